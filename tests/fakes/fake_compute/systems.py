"""Systems Manager: public parameters, and which machines have an agent that is online."""

import hashlib
import re

from fake_functions.errors import ServiceError
from fake_functions.routing import action

from . import images
from .json_replies import json_reply

_PUBLISHED = 1768903200.0  # When the images of the catalogue were made.


@action("ssm", "GetParameter", ("Name!", "WithDecryption"))
def get_parameter(call):
    """Public parameters of images only: parameter-store-public-parameters-ami.html"""
    name = call.body["Name"]
    if not re.fullmatch(r"[a-zA-Z0-9_.\-/:]{1,2048}", name):
        raise ServiceError(400, "ValidationException", "Parameter name: can't be prefixed with \"ssm\" (case-insensitive)")
    identity = images.parameter(call.region, name)
    if identity is None:
        raise ServiceError(400, "ParameterNotFound", "")
    return json_reply({"Parameter": {
        "Name": name, "Type": "String", "Value": identity, "Version": 42, "LastModifiedDate": _PUBLISHED,
        "ARN": f"arn:aws:ssm:{call.region}::parameter{name}", "DataType": "aws:ec2:image"}})


def agent_of(account, instance):
    """"Online", "ConnectionLost", or None for a machine that has never been heard of. This is a look at it."""
    instance.look(account.knobs)
    profile = instance.launch.profile
    if profile is None or not profile.serves_agent() or instance.state in ("shutting-down", "terminated", "gone"):
        return None
    if instance.state == "running":
        instance.agent -= 1
        if instance.agent < 0:
            instance.agent_known = True
            return "Online"
    return "ConnectionLost" if instance.agent_known else None


def _wanted(call):
    """Ids of the instances that are asked for; None for all."""
    body = call.body
    if "Filters" in body and "InstanceInformationFilterList" in body:
        raise ServiceError(400, "ValidationException", "Filters and InstanceInformationFilterList are mutually exclusive")
    filters = [(one.get("Key"), one.get("Values")) for one in body.get("Filters", [])]
    filters += [(one.get("key"), one.get("valueSet")) for one in body.get("InstanceInformationFilterList", [])]
    wanted = None
    for key, values in filters:
        if key != "InstanceIds" or not values:
            raise ServiceError(400, "InvalidFilterKey", f"The fake filters by InstanceIds, not by {key}")
        wanted = set(values) if wanted is None else wanted & set(values)
    return wanted


@action("ssm", "DescribeInstanceInformation", ("Filters", "InstanceInformationFilterList", "MaxResults", "NextToken"))
def describe_instance_information(call):
    size, wanted = call.body.get("MaxResults", 50), _wanted(call)
    if not isinstance(size, int) or not 5 <= size <= 50:
        raise ServiceError(400, "ValidationException", "Value at 'maxResults' failed to satisfy constraint: Member must have "
                           "value greater than or equal to 5")
    found = []
    for instance in list(call.account.region(call.region).instances.values()):
        if wanted is None or instance.id in wanted:
            ping = agent_of(call.account, instance)
            if ping:
                found.append(_describe(instance, ping))
    found = [one for one in found if one["InstanceId"] > call.body.get("NextToken", "")]
    found.sort(key=lambda one: one["InstanceId"])
    reply = {"InstanceInformationList": found[:size]}
    return json_reply({**reply, "NextToken": found[size - 1]["InstanceId"]} if len(found) > size else reply)


def _describe(instance, ping):
    digest = hashlib.sha256(instance.id.encode()).digest()
    return {"InstanceId": instance.id, "PingStatus": ping, "LastPingDateTime": _PUBLISHED, "AgentVersion": "3.3.2299.0",
            "IsLatestVersion": True, "PlatformType": "Linux", "PlatformName": "Amazon Linux", "PlatformVersion": "2023",
            "ResourceType": "EC2Instance", "IPAddress": instance.launch.address,
            "ComputerName": f"ip-{digest[0]}-{digest[1]}.{instance.launch.region}.compute.internal"}
