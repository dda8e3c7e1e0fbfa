"""Rules of EventBridge that fire by a schedule. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Operations.html"""

import json
import re

from fake_s3.exchange import Response

from .errors import ServiceError
from .routing import action
from .scheduler import check_expression
from .state import ACCOUNT

_MAX_TARGETS = 5  # "five targets per rule": userguide/eb-quota.html


def _reply(value=None):
    body = b"" if value is None else json.dumps(value).encode()
    return Response(200, body, {"Content-Type": "application/x-amz-json-1.1"})


def _rule(call, member):
    found = call.account.rules.get((call.region, call.body[member]))
    if found is None:
        raise ServiceError(400, "ResourceNotFoundException",
                           f"Rule {call.body[member]} does not exist on EventBus default.")
    return found


def _describe(rule):
    return {key: value for key, value in rule.items() if key != "targets"}


@action("events", "PutRule", ("Name!", "ScheduleExpression!", "State", "Description", "Tags"))
def put_rule(call):
    name = call.body["Name"]
    if not re.fullmatch(r"[.\-_A-Za-z0-9]{1,64}", name):
        raise ServiceError(400, "ValidationException", "Value at 'name' failed to satisfy constraint")
    try:
        check_expression(call.body["ScheduleExpression"])
    except ServiceError as error:
        raise ServiceError(400, "ValidationException", "Parameter ScheduleExpression is not valid.") from error
    present = call.account.rules.get((call.region, name), {"targets": {}})
    rule = {"Name": name, "Arn": f"arn:aws:events:{call.region}:{ACCOUNT}:rule/{name}", "EventBusName": "default",
            "State": "ENABLED", **{key: value for key, value in call.body.items() if key != "Tags"},
            "targets": present["targets"]}
    call.account.rules[call.region, name] = rule
    return _reply({"RuleArn": rule["Arn"]})


@action("events", "DescribeRule", ("Name!",))
def describe_rule(call):
    return _reply(_describe(_rule(call, "Name")))


@action("events", "ListRules", ("NamePrefix", "NextToken", "Limit"))
def list_rules(call):
    names = sorted(name for region, name in call.account.rules
                   if region == call.region and name.startswith(call.body.get("NamePrefix", "")))
    names = [name for name in names if name > call.body.get("NextToken", "")]
    size = call.body.get("Limit", 100)
    reply = {"Rules": [_describe(call.account.rules[call.region, name]) for name in names[:size]]}
    return _reply({**reply, "NextToken": names[size - 1]} if len(names) > size else reply)


@action("events", "PutTargets", ("Rule!", "Targets!"))
def put_targets(call):
    rule, failed = _rule(call, "Rule"), []
    for target in call.body["Targets"]:
        if not re.fullmatch(r"arn:aws:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(:[\w$-]+)?", target["Arn"]):
            # With 200: a caller must look.
            failed.append({"TargetId": target["Id"], "ErrorCode": "ValidationException",
                           "ErrorMessage": f"Provided Arn is not in correct format: {target['Arn']}"})
        else:
            rule["targets"][target["Id"]] = target
    if len(rule["targets"]) > _MAX_TARGETS:
        raise ServiceError(400, "LimitExceededException", "The requested resource exceeds the maximum number allowed.")
    return _reply({"FailedEntryCount": len(failed), "FailedEntries": failed})


@action("events", "ListTargetsByRule", ("Rule!", "NextToken", "Limit"))
def list_targets_by_rule(call):
    return _reply({"Targets": list(_rule(call, "Rule")["targets"].values())})


@action("events", "RemoveTargets", ("Rule!", "Ids!"))
def remove_targets(call):
    rule = _rule(call, "Rule")
    for identity in call.body["Ids"]:
        rule["targets"].pop(identity, None)
    return _reply({"FailedEntryCount": 0, "FailedEntries": []})


@action("events", "DeleteRule", ("Name!",))
def delete_rule(call):
    """"Before you can delete the rule, you must remove all targets"; one that there is not is deleted."""
    rule = call.account.rules.get((call.region, call.body["Name"]))
    if rule and rule["targets"]:
        raise ServiceError(400, "ValidationException", "Rule can't be deleted since it has targets.")
    call.account.rules.pop((call.region, call.body["Name"]), None)
    return _reply()
