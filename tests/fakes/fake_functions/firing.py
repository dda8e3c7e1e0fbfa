"""Schedules of EventBridge Scheduler fire when a test moves their clock on: POST /_fake/clock?seconds=N, unsigned.

They fire by their own time zone: what spring skips does not fire, what autumn repeats fires once.
https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
"""

import datetime
import fnmatch
import json
import threading
import zoneinfo

from fake_s3.exchange import Response

from . import invoke
from .functions import version_of
from .state import as_list

PATH = "/_fake/clock"
_MAX_SECONDS = 10 * 86400
_MINUTE = datetime.timedelta(minutes=1)
_LIMITS = ((0, 59), (0, 23), (1, 31), (1, 12), (1, 7), (1970, 2199))
_NAMES = {name: i + 1 for names in ("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC", "SUN MON TUE WED THU FRI SAT")
          for i, name in enumerate(names.split())}


def _allowed(field, low, high):
    """The values of a field of cron(…), which `scheduler.check_expression` has taken."""
    number = lambda text: _NAMES.get(text) or int(text)
    values = set()
    for item in field.split(","):
        span, _, step = item.partition("/")
        first, _, last = span.partition("-")
        begin = low if first in ("*", "?") else number(first)
        end = number(last) if last else high if step or first in ("*", "?") else begin
        values.update(range(begin, end + 1, int(step or 1)))
    return values


def fires(expression, zone, after, until):
    """When it does, after `after` and not after `until`; both are UTC, in whole minutes."""
    fields = [_allowed(field, *limits) for field, limits in zip(expression[5:-1].split(" "), _LIMITS)]
    found = []
    while (after := after + _MINUTE) <= until:
        local = after.astimezone(zone)
        parts = (local.minute, local.hour, local.day, local.month, local.isoweekday() % 7 + 1, local.year)
        if local.fold == 0 and all(part in field for part, field in zip(parts, fields)):
            found.append(after)
    return found


def _may_invoke(account, role_arn, function_arn):
    """https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html#setting-up-execution-role"""
    role = next((role for role in account.roles.values() if role.arn == role_arn), None)
    if role is None or not role.trusts("scheduler.amazonaws.com"):
        return False
    statements = [statement for text in role.inline.values() for statement in as_list(json.loads(text)["Statement"])]
    return any(statement["Effect"] == "Allow" and "lambda:InvokeFunction" in as_list(statement["Action"])
               and any(fnmatch.fnmatchcase(function_arn, pattern) for pattern in as_list(statement["Resource"]))
               for statement in statements)


def _fire(account, region, target):
    """Whom nobody may invoke, or what there is not, is not invoked: all that Scheduler does is count it."""
    arn = target["Arn"].split(":")
    function = account.functions.get((region, arn[6]))
    if function is None or not _may_invoke(account, target["RoleArn"], target["Arn"]):
        return
    version = version_of(function, "".join(arn[7:]))
    threading.Thread(target=invoke.run_async, daemon=True,
                     args=(account, region, function, version, target.get("Input", "{}").encode())).start()


def answer(account, request):
    seconds = request.query.get("seconds", "")
    if request.method != "POST" or not seconds.isdigit() or int(seconds) > _MAX_SECONDS:
        return Response(400, f"POST {PATH}?seconds=N, up to {_MAX_SECONDS}\n".encode())
    with account.lock:
        before = account.clock
        account.clock += datetime.timedelta(seconds=int(seconds))
        for (region, _), schedule in list(account.schedules.items()):
            if schedule["State"] == "ENABLED":
                zone = zoneinfo.ZoneInfo(schedule["ScheduleExpressionTimezone"])
                for _ in fires(schedule["ScheduleExpression"], zone, before.replace(second=0, microsecond=0),
                               account.clock):
                    _fire(account, region, schedule["Target"])
    return Response(204)
