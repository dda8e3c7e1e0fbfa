"""RunInstances: what is asked for, checked. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html"""

import base64
import binascii
import re
from dataclasses import dataclass

from . import images, network
from .finding import find
from .groups import by_names, default_group
from .keys import find_key
from .profiles import profile_of
from .query import TAGS, boolean, number
from .refusals import bad_combination, invalid_value, missing, refuse
from .tags import specified
from .volumes import check_size

MAX_USER_DATA = 16 * 1024  # "limited to 16 KB, in raw form, before it is base64-encoded": user-data.html
_MAX_GROUPS = 5            # Of a network interface: amazon-vpc-limits.html
_DEVICE = "BlockDeviceMapping.n."
_INTERFACE = "NetworkInterface.n."
PARAMETERS = (
    "ImageId", "InstanceType", "MinCount!", "MaxCount!", "KeyName", "SecurityGroupId.n", "SecurityGroup.n", "SubnetId",
    "UserData", "ClientToken", "Placement.AvailabilityZone", "IamInstanceProfile.Name", "IamInstanceProfile.Arn",
    "DisableApiTermination", "InstanceInitiatedShutdownBehavior", "Monitoring.Enabled", "MetadataOptions.HttpTokens",
    "MetadataOptions.HttpPutResponseHopLimit", "MetadataOptions.HttpEndpoint", "MetadataOptions.InstanceMetadataTags",
    *(_DEVICE + name for name in ("DeviceName", "Ebs.VolumeSize", "Ebs.VolumeType", "Ebs.DeleteOnTermination",
                                  "Ebs.Encrypted")),
    *(_INTERFACE + name for name in ("DeviceIndex", "SubnetId", "AssociatePublicIpAddress", "SecurityGroupId.n",
                                     "DeleteOnTermination", "Description")),
    *TAGS)


@dataclass
class Launch:
    """What machines are made of."""
    region: str
    image: object
    type: str
    subnet: object
    groups: list
    public: bool
    key: object
    profile: object
    user_data: bytes
    metadata: dict
    devices: dict          # (GiB, type, whether it is deleted with the instance) by device name.
    tags: dict
    protected: bool
    token: str = ""
    reservation: str = ""
    address: str = ""
    index: int = 0
    zone: str = ""         # That was asked for, by itself or by the subnet.
    counts: tuple = (1, 1)


def read(call):
    """The Launch that a call asks for."""
    if not call.get("ImageId"):
        raise missing("ImageId")
    image = images.image(call.region.name, call.get("ImageId"))
    kind = call.get("InstanceType", default="m1.small")
    _, _, architecture, _ = images.check_type(call.region.name, kind)
    if architecture != image.architecture:
        raise refuse("InvalidParameterValue", f"The architecture '{architecture}' of the specified instance type does not "
                     f"match the architecture '{image.architecture}' of the specified AMI.")
    least, most = (number(call.get(name), name, 1, 1000) for name in ("MinCount", "MaxCount"))
    if least > most:
        raise invalid_value("minCount", least, "Maximum count must be at least the minimum count.")
    key = find_key(call, call.get("KeyName")).name if call.get("KeyName") else None
    subnet, groups, public = _network(call)
    if len(groups) > _MAX_GROUPS:
        raise refuse("SecurityGroupsPerInstanceLimitExceeded", "You have exceeded the number of security groups allowed "
                     "per instance.")
    if call.get("InstanceInitiatedShutdownBehavior", default="stop") not in ("stop", "terminate"):
        raise invalid_value("instanceInitiatedShutdownBehavior", call.get("InstanceInitiatedShutdownBehavior"))
    call.boolean("Monitoring", "Enabled")
    tags = specified(call, "instance", "volume", "network-interface")
    asked_zone = call.get("SubnetId") or call.get("Placement", "AvailabilityZone") or any(
        "SubnetId" in one for one in call.list("NetworkInterface"))
    return Launch(call.region.name, image, kind, subnet, groups, public, key, profile_of(call), user_data(call),
                  _metadata(call), _devices(call, image), tags, call.boolean("DisableApiTermination"),
                  token=_token(call), zone=subnet.zone if asked_zone else "", counts=(least, most))


def _token(call):
    token = call.get("ClientToken", default="")
    if len(token) > 64 or not token.isascii():
        raise invalid_value("clientToken", token, "Up to 64 ASCII characters.")
    return token


def user_data(call):
    try:
        data = base64.b64decode(call.get("UserData", default=""), validate=True)
    except (binascii.Error, ValueError) as error:
        raise refuse("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.") from error
    if len(data) > MAX_USER_DATA:
        raise refuse("InvalidParameterValue", f"User data is limited to {MAX_USER_DATA} bytes")
    return data


def _metadata(call):
    """API_InstanceMetadataOptionsRequest.html; without a word of it, version 1 is let in, too."""
    allowed = {"HttpTokens": ("optional", "required"), "HttpEndpoint": ("enabled", "disabled"),
               "InstanceMetadataTags": ("disabled", "enabled")}
    found = {name: call.get("MetadataOptions", name, default=values[0]) for name, values in allowed.items()}
    for name, value in found.items():
        if value not in allowed[name]:
            raise invalid_value(name, value)
    found["HttpPutResponseHopLimit"] = call.number("MetadataOptions", "HttpPutResponseHopLimit", low=1, high=64, default=1)
    return found


def _devices(call, image):
    devices = {image.root_device: (images.MIN_ROOT_GIB, "gp3", True)}
    for one in call.list("BlockDeviceMapping"):
        name, disk = one.get("DeviceName"), one.get("Ebs", {})
        if not name or not re.fullmatch(r"/dev/(xvd|sd)[a-z][a-z0-9]*", name):
            raise refuse("InvalidBlockDeviceMapping", f"Invalid device name {name}")
        least = images.MIN_ROOT_GIB if name == image.root_device else 1
        size = number(disk.get("VolumeSize"), "volumeSize", 0, 2**20, least)
        if name == image.root_device and size < least:
            raise refuse("InvalidBlockDeviceMapping", f"Volume of size {size}GB is smaller than snapshot 'snap-"
                         f"{image.id[4:]}', expect size >= {least}GB")
        kind = disk.get("VolumeType", "gp3")
        check_size(size, kind)
        boolean(disk.get("Encrypted"), "encrypted")
        devices[name] = size, kind, boolean(disk.get("DeleteOnTermination"), "deleteOnTermination", True)
    return devices


def _network(call):
    """(subnet, groups, whether it has a public address)."""
    interfaces = call.list("NetworkInterface")
    if interfaces:
        for name, text in (("SubnetId", "subnet ID"), ("SecurityGroupId", "security groups"),
                           ("SecurityGroup", "security groups")):
            if call.get(name):
                raise bad_combination(f"Network interfaces and an instance-level {text} may not be specified on the same "
                                      "request")
        if len(interfaces) != 1 or interfaces[0].get("DeviceIndex") != "0":
            raise refuse("InvalidParameterValue", "Each network interface requires a device index: the fake has one, 0.")
    given = interfaces[0] if interfaces else {"SubnetId": call.get("SubnetId"), "SecurityGroupId": call.list("SecurityGroupId")}
    zone = call.get("Placement", "AvailabilityZone")
    if zone and zone not in call.region.zones:
        raise invalid_value("AvailabilityZone", zone, "Subnets can currently only be created in the following "
                            f"availability zones: {', '.join(call.region.zones)}.")
    subnet = network.subnet(call, given["SubnetId"]) if given.get("SubnetId") else network.default_subnet(call, zone)
    if zone and subnet.zone != zone:
        raise refuse("InvalidParameterValue", "The specified subnet and Availability Zone do not match.")
    groups = find("group", call.region.groups, given.get("SecurityGroupId") or [])
    if names := call.list("SecurityGroup"):
        if call.get("SubnetId"):
            raise bad_combination("The parameter groupName cannot be used with the parameter subnet")
        groups += by_names(call, names)
    for group in groups:
        if group.vpc is not subnet.vpc:
            raise refuse("InvalidParameter", f"Security group {group.id} and subnet {subnet.id} belong to different "
                         "networks.")
    public = boolean(given.get("AssociatePublicIpAddress"), "associatePublicIpAddress", subnet.is_default)
    return subnet, groups or [default_group(call, subnet.vpc)], public
