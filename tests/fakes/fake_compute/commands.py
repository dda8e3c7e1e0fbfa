"""Commands of Systems Manager, which run. https://docs.aws.amazon.com/systems-manager/latest/userguide/run-command.html"""

import datetime
import re
import signal
import time
import uuid

from fake_functions.errors import ServiceError
from fake_functions.routing import action
from fake_functions.state import ACCOUNT

from . import images
from .json_replies import json_reply
from .systems import agent_of

_MAX_INSTANCES = 50      # API_SendCommand.html
_MAX_OUT, _MAX_ERR = 24_000, 8_000  # API_GetCommandInvocation.html: "the first 24,000 characters", "the first 8,000"
_STOPPED_CODE = 137      # Of the agent, for what it ended: appconfig.CommandStoppedPreemptivelyExitCode
_DEFAULT_SECONDS = "3600"


class Invocation:
    """A command on one machine."""

    def __init__(self, knobs, run, comment):
        self.run, self.comment = run, comment
        self.unseen, self.looks = knobs.invocation_looks, knobs.command_looks
        self.began = time.time()
        self.cancelled = None  # When.

    def outcome(self):
        """(status, details, code, end, out, err)"""
        has_ended, result = self.run.has_ended(), self.run.result()  # In this order: a result is written before the end.
        if self.cancelled and (result is None or result["ended"] > self.cancelled):
            return "Cancelled", "Cancelled", _STOPPED_CODE, self.cancelled, "", ""
        if result is None and not has_ended:
            return "InProgress", "InProgress", -1, None, "", ""
        if result is None or result["late"]:
            # A machine that was stopped does not report any more, which ends the same way.
            return "TimedOut", "ExecutionTimedOut", _STOPPED_CODE, result["ended"] if result else time.time(), "", ""
        code, end = result["code"], result["ended"]
        out, err = self.run.texts()
        if code == 0:
            return "Success", "Success", 0, end, out, err
        if code == _STOPPED_CODE:  # The agent takes it for its own, and adds no words: GetStatus of its pluginutil.
            return "TimedOut", "ExecutionTimedOut", code, end, out, err
        # The agent says so itself, right behind what the script has printed: AppendError of its iohandler.go.
        why = f"exit status {code}" if code > 0 else f"signal: {signal.strsignal(-code).lower()}"
        return "Failed", "Failed", max(code, -1), end, out, f"{err}failed to run commands: {why}"


def _with_values(call, script):
    """As the agent replaces names of parameters: sysman-param-runcommand.html"""
    return re.sub(r"\{\{ *ssm:([/\w.:-]+) *\}\}", lambda found: images.parameter(call.region, found[1]) or found[0], script)


def _parameters(call):
    """(script, seconds, directory)"""
    given = call.body.get("Parameters", {})
    unknown = set(given) - {"commands", "executionTimeout", "workingDirectory"}
    lists = isinstance(given, dict) and all(isinstance(one, list) and all(isinstance(text, str) for text in one)
                                            for one in given.values())
    if unknown or not lists or not given.get("commands"):
        raise ServiceError(400, "InvalidParameters", "Parameters provided do not match those of the document: "
                           f"{', '.join(sorted(unknown)) or 'commands'}")
    seconds = given.get("executionTimeout", [_DEFAULT_SECONDS])
    if len(seconds) != 1 or not re.fullmatch(r"[1-9][0-9]{0,5}", seconds[0]) or int(seconds[0]) > 172_800:
        raise ServiceError(400, "InvalidParameters", "Parameter executionTimeout must match the allowed pattern")
    script = _with_values(call, "\n".join(given["commands"]) + "\n")
    return script, int(seconds[0]), "".join(given.get("workingDirectory", []))


def _check(body):
    if body["DocumentName"] not in ("AWS-RunShellScript", "arn:aws:ssm:::document/AWS-RunShellScript"):
        raise ServiceError(400, "InvalidDocument", f"Document with name {body['DocumentName']} does not exist.")
    ids, timeout = body["InstanceIds"], body.get("TimeoutSeconds", 3600)
    if not isinstance(ids, list) or not 1 <= len(ids) <= _MAX_INSTANCES:
        raise ServiceError(400, "ValidationException", "Value at 'instanceIds' failed to satisfy constraint: Member must "
                           "have length less than or equal to 50")
    if not isinstance(timeout, int) or not 30 <= timeout <= 2_592_000:
        raise ServiceError(400, "ValidationException", f"Value '{timeout}' at 'timeoutSeconds' failed to satisfy constraint: "
                           "Member must have value greater than or equal to 30")
    if len(body.get("Comment", "")) > 100:
        raise ServiceError(400, "ValidationException", "Value at 'comment' failed to satisfy constraint: Member must have "
                           "length less than or equal to 100")


@action("ssm", "SendCommand", ("DocumentName!", "InstanceIds!", "Parameters", "TimeoutSeconds", "Comment",
                               "DocumentVersion"))
def send_command(call):
    body = call.body
    _check(body)
    script, seconds, directory = _parameters(call)
    region = call.account.region(call.region)
    instances = [region.instances.get(identity) for identity in body["InstanceIds"]]
    if any(instance is None or agent_of(call.account, instance) != "Online" for instance in instances):
        raise ServiceError(400, "InvalidInstanceId", f"Instances [[{', '.join(body['InstanceIds'])}]] not in a valid state "
                           f"for account {ACCOUNT}")
    identity, now = str(uuid.uuid4()), time.time()
    region.commands[identity] = {
        instance.id: Invocation(call.account.knobs, instance.machine.run(identity, script, seconds, directory),
                                body.get("Comment", "")) for instance in instances}
    return json_reply({"Command": {
        "CommandId": identity, "DocumentName": body["DocumentName"], "DocumentVersion": "$DEFAULT",
        "Comment": body.get("Comment", ""), "InstanceIds": body["InstanceIds"], "Targets": [], "Status": "Pending",
        "StatusDetails": "Pending", "Parameters": body["Parameters"], "RequestedDateTime": now,
        "ExpiresAfter": now + body.get("TimeoutSeconds", 3600), "OutputS3BucketName": "", "OutputS3KeyPrefix": "",
        "MaxConcurrency": "50", "MaxErrors": "0", "TargetCount": len(instances), "CompletedCount": 0, "ErrorCount": 0,
        "DeliveryTimedOutCount": 0, "TimeoutSeconds": body.get("TimeoutSeconds", 3600)}})


def _command(call):
    identity = call.body["CommandId"]
    if len(identity) != 36:
        raise ServiceError(400, "ValidationException", f"Value '{identity}' at 'commandId' failed to satisfy constraint: "
                           "Member must have length equal to 36")
    return call.account.region(call.region).commands.get(identity)


def _iso(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


@action("ssm", "GetCommandInvocation", ("CommandId!", "InstanceId!", "PluginName"))
def get_command_invocation(call):
    """A command that was just sent is not there yet: https://github.com/aws/aws-sdk/issues/86"""
    invocation = (_command(call) or {}).get(call.body["InstanceId"])
    if invocation is None or invocation.unseen > 0:
        if invocation:
            invocation.unseen -= 1
        raise ServiceError(400, "InvocationDoesNotExist", "")
    status, details, code, end, out, err = invocation.outcome()
    if invocation.looks > 0 and status != "Cancelled":
        invocation.looks -= 1
        status, details, code, end, out, err = "InProgress", "InProgress", -1, None, "", ""
    return json_reply({
        "CommandId": call.body["CommandId"], "InstanceId": call.body["InstanceId"], "Comment": invocation.comment,
        "DocumentName": "AWS-RunShellScript", "DocumentVersion": "$DEFAULT", "PluginName": "aws:runShellScript",
        "ResponseCode": code, "ExecutionStartDateTime": _iso(invocation.began),
        "ExecutionElapsedTime": f"PT{end - invocation.began:.3f}S" if end else "",
        "ExecutionEndDateTime": _iso(end) if end else "", "Status": status, "StatusDetails": details,
        "StandardOutputContent": out[:_MAX_OUT], "StandardOutputUrl": "", "StandardErrorContent": err[:_MAX_ERR],
        "StandardErrorUrl": "", "CloudWatchOutputConfig": {"CloudWatchLogGroupName": "", "CloudWatchOutputEnabled": False}})


@action("ssm", "CancelCommand", ("CommandId!", "InstanceIds"))
def cancel_command(call):
    """"There is no guarantee that the command will be terminated"; here it is, unless it has ended before."""
    command = _command(call)
    if command is None:
        raise ServiceError(400, "InvalidCommandId", "")
    for identity in call.body.get("InstanceIds") or list(command):
        invocation = command.get(identity)
        if invocation is None:
            raise ServiceError(400, "InvalidInstanceId", "")
        if invocation.run.result() is None and not invocation.run.has_ended():
            invocation.cancelled = time.time()
            invocation.run.cut()
    return json_reply({})
