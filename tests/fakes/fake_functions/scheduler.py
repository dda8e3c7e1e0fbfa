"""EventBridge Scheduler. https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Operations.html"""

import json
import re
import time
import zoneinfo

from fake_s3.exchange import Response

from .errors import ServiceError
from .functions import json_reply
from .routing import rest
from .state import ACCOUNT

_MEMBERS = ("ScheduleExpression!", "FlexibleTimeWindow!", "Target!", "ScheduleExpressionTimezone", "State", "Description",
            "ClientToken", "GroupName")
_ITEM = r"(\*|\d+|[A-Z]{3})(-(\d+|[A-Z]{3}))?(/\d+)?"
_FIELD = re.compile(rf"{_ITEM}(,{_ITEM})*")
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cron-expressions.html
_LIMITS = ((0, 59), (0, 23), (1, 31), (1, 12), (1, 7), (1970, 2199))


def _invalid(message):
    return ServiceError(400, "ValidationException", message)


def check_expression(text):
    """Of cron(…) only. "You can't use * in both the Day-of-month and Day-of-week fields.\""""
    match = re.fullmatch(r"cron\((.+)\)", text)
    fields = match[1].split(" ") if match else []
    good = len(fields) == 6 and (fields[2] == "?") != (fields[4] == "?") and len(text) <= 256
    for field, (low, high) in zip(fields, _LIMITS):
        if field != "?":
            good = good and bool(_FIELD.fullmatch(field))
            numbers = [int(number) for number in re.findall(r"(?<!/)\b\d+", field)]
            good = good and all(low <= number <= high for number in numbers)
    if not good or any(field == "?" for i, field in enumerate(fields) if i not in (2, 4)):
        raise _invalid(f"Invalid Schedule Expression {text}.")


def _check(call):
    body = call.body
    if not re.fullmatch(r"[0-9a-zA-Z-_.]{1,64}", call.path["name"]) or body.get("GroupName", "default") != "default":
        raise _invalid("The fake has the group default only, and names of 1 to 64 characters")
    check_expression(body["ScheduleExpression"])
    zone = body.get("ScheduleExpressionTimezone", "UTC")
    if zone not in zoneinfo.available_timezones():
        raise _invalid(f"Invalid Timezone {zone}.")
    if body["FlexibleTimeWindow"].get("Mode") != "OFF":
        raise _invalid("The fake knows FlexibleTimeWindow OFF only")
    target = body["Target"]
    if not re.fullmatch(r"arn:aws:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(:[\w$-]+)?", target.get("Arn", "")):
        raise _invalid(f"Provided Arn is not in correct format: {target.get('Arn')}")
    try:
        json.loads(target.get("Input", "{}"))
    except ValueError as error:
        raise _invalid("Input must be JSON for a target of Lambda") from error
    call.account.assume(target.get("RoleArn"), "scheduler.amazonaws.com",
                        _invalid("The execution role you provide must allow AWS EventBridge Scheduler to assume the role."))


def _find(call):
    found = call.account.schedules.get((call.region, call.path["name"]))
    if found is None:
        raise ServiceError(404, "ResourceNotFoundException", f"Schedule {call.path['name']} does not exist.")
    return found


def _store(call, created):
    now = time.time()
    arn = f"arn:aws:scheduler:{call.region}:{ACCOUNT}:schedule/default/{call.path['name']}"
    # "the PUT request overwrites": what is not said is as if it had never been.
    stored = {"ActionAfterCompletion": "NONE", "State": "ENABLED", "ScheduleExpressionTimezone": "UTC", **call.body,
              "Arn": arn, "Name": call.path["name"], "GroupName": "default", "CreationDate": created or now,
              "LastModificationDate": now}
    call.account.schedules[call.region, call.path["name"]] = stored
    return json_reply({"ScheduleArn": arn})


@rest("scheduler", "POST", "/schedules/{name}", (), _MEMBERS)
def create_schedule(call):
    present = call.account.schedules.get((call.region, call.path["name"]))
    if present is not None:
        if present.get("ClientToken") and present["ClientToken"] == call.body.get("ClientToken"):
            return json_reply({"ScheduleArn": present["Arn"]})
        raise ServiceError(409, "ConflictException", f"Schedule {call.path['name']} already exists.")
    _check(call)
    return _store(call, None)


@rest("scheduler", "PUT", "/schedules/{name}", (), _MEMBERS)
def update_schedule(call):
    present = _find(call)
    _check(call)
    return _store(call, present["CreationDate"])


@rest("scheduler", "GET", "/schedules/{name}", ("groupName",))
def get_schedule(call):
    return json_reply({key: value for key, value in _find(call).items() if key != "ClientToken"})


@rest("scheduler", "DELETE", "/schedules/{name}", ("groupName", "clientToken"))
def delete_schedule(call):
    _find(call)
    del call.account.schedules[call.region, call.path["name"]]
    return Response(200, b"{}", {"Content-Type": "application/json"})


@rest("scheduler", "GET", "/schedules", ("ScheduleGroup", "NamePrefix", "State", "NextToken", "MaxResults"))
def list_schedules(call):
    prefix = call.query.get("NamePrefix", "")
    names = sorted(name for region, name in call.account.schedules if region == call.region and name.startswith(prefix))
    names = [name for name in names if name > call.query.get("NextToken", "")]
    size = call.number("MaxResults", 100, 100)
    page = []
    for name in names[:size]:  # A summary has neither expression nor input: API_ScheduleSummary.html
        stored = call.account.schedules[call.region, name]
        page.append({key: stored[key] for key in ("Arn", "Name", "GroupName", "State", "CreationDate",
                                                  "LastModificationDate")} | {"Target": {"Arn": stored["Target"]["Arn"]}})
    return json_reply({"Schedules": page, **({"NextToken": names[size - 1]} if len(names) > size else {})})
