"""Attributes of instances, one a call.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceAttribute.html
"""

import base64

from . import images, launch
from .finding import find
from .instances import look_at
from .query import RETURN, Call, items, operation
from .refusals import bad_combination, invalid_value, missing, refuse, wrong_state

_ONE_OF = ("GroupId", "InstanceType", "UserData", "DisableApiTermination")


@operation("ModifyInstanceAttribute", "InstanceId!", "GroupId.n", "InstanceType.Value", "UserData.Value",
           "DisableApiTermination.Value")
def modify_instance_attribute(call):
    instance = look_at(call, [call.get("InstanceId")])[0]
    given = [name for name in _ONE_OF if name in call.parameters]
    if len(given) != 1:
        raise bad_combination("Fields for multiple attribute types specified") if given else missing("attribute")
    if instance.state in ("shutting-down", "terminated"):
        raise wrong_state(f"The instance '{instance.id}' is not in a valid state for this operation.")
    if given[0] in ("InstanceType", "UserData") and instance.state != "stopped":
        raise wrong_state(f"The instance '{instance.id}' is not in the 'stopped' state.")
    change = _CHANGES[given[0]](call, instance)
    call.proceed()
    change()
    return RETURN


def _groups(call, instance):
    groups = find("group", call.region.groups, call.list("GroupId"))
    if any(group.vpc is not instance.launch.subnet.vpc for group in groups):
        raise refuse("InvalidParameter", "Security group and subnet belong to different networks.")
    return lambda: setattr(instance, "groups", groups)


def _type(call, instance):
    name = call.get("InstanceType", "Value")
    if images.check_type(call.region.name, name)[2] != instance.launch.image.architecture:
        raise refuse("InvalidParameterValue", "The architecture of the instance type does not match that of the instance.")
    return lambda: setattr(instance, "type", name)


def _user_data(call, instance):
    """It is kept, but has been run before, or not at all."""
    data = launch.user_data(Call(call.account, call.region, call.name, {"UserData": call.get("UserData", "Value")}))
    return lambda: setattr(instance, "user_data", data)


def _protection(call, instance):
    is_protected = call.boolean("DisableApiTermination", "Value")
    return lambda: setattr(instance, "protected", is_protected)


_CHANGES = {"GroupId": _groups, "InstanceType": _type, "UserData": _user_data, "DisableApiTermination": _protection}


@operation("DescribeInstanceAttribute", "InstanceId!", "Attribute!")
def describe_instance_attribute(call):
    instance = look_at(call, [call.get("InstanceId")])[0]
    name = call.get("Attribute")
    values = {
        "userData": [("value", base64.b64encode(instance.user_data).decode())] if instance.user_data else [],
        "instanceType": [("value", instance.type)], "disableApiTermination": [("value", instance.protected)]}
    if name == "groupSet":
        return [("instanceId", instance.id), items("groupSet", [[("groupId", group.id)] for group in instance.groups])]
    if name not in values:
        raise invalid_value("attribute", name)
    return [("instanceId", instance.id), (name, values[name])]
