"""Log groups. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_Operations.html"""

import json

from fake_s3.exchange import Response

from .errors import ServiceError
from .routing import action

_MAX_EVENTS = 10_000  # API_FilterLogEvents.html


def _reply(value):
    body = b"" if value is None else json.dumps(value).encode()
    return Response(200, body, {"Content-Type": "application/x-amz-json-1.1"})


def _group(call):
    events = call.account.logs.get((call.region, call.body["logGroupName"]))
    if events is None:
        raise ServiceError(400, "ResourceNotFoundException", "The specified log group does not exist.")
    return events


@action("logs", "FilterLogEvents", ("logGroupName!", "startTime", "endTime", "nextToken", "limit", "interleaved"))
def filter_log_events(call):
    body = call.body
    size = body.get("limit", _MAX_EVENTS)
    if not 1 <= size <= _MAX_EVENTS:
        raise ServiceError(400, "InvalidParameterException", "limit is 1 to 10000")
    found = [event for event in _group(call)
             if body.get("startTime", 0) <= event["timestamp"] < body.get("endTime", 2**62)]
    begin = body.get("nextToken", "0")
    if not begin.isdigit():
        raise ServiceError(400, "InvalidParameterException", "The specified nextToken is invalid.")
    end = int(begin) + size
    reply = {"events": found[int(begin):end], "searchedLogStreams": []}
    return _reply({**reply, "nextToken": str(end)} if end < len(found) else reply)


@action("logs", "DescribeLogGroups", ("logGroupNamePrefix", "limit", "nextToken"))
def describe_log_groups(call):
    prefix = call.body.get("logGroupNamePrefix", "")
    names = sorted(name for region, name in call.account.logs if region == call.region and name.startswith(prefix))
    return _reply({"logGroups": [{"logGroupName": name} for name in names]})


@action("logs", "DeleteLogGroup", ("logGroupName!",))
def delete_log_group(call):
    _group(call)
    del call.account.logs[call.region, call.body["logGroupName"]]
    return _reply(None)
