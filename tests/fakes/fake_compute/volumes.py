"""Volumes. https://docs.aws.amazon.com/ebs/latest/userguide/ebs-describing-volumes.html"""

import re

from fake_s3.exchange import iso_date

from . import tokens
from .finding import find, matching, page
from .query import FILTERS, PAGES, RETURN, TAGS, items, operation
from .refusals import invalid_value, missing, refuse
from .state import Thing, new_id
from .tags import specified, tag_set

# GiB of each type: https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html
_SIZES = {"gp2": (1, 16384), "gp3": (1, 65536), "io1": (4, 16384), "io2": (4, 65536), "st1": (125, 16384),
          "sc1": (125, 16384), "standard": (1, 1024)}
_NEXT = {"creating": "available", "attaching": "in-use", "detaching": "available", "deleting": "gone"}


def check_size(size, kind):
    if kind not in _SIZES:
        raise invalid_value("volumeType", kind)
    low, high = _SIZES[kind]
    if not low <= size <= high:
        raise refuse("InvalidParameterValue", f"Volume of {size}GiB is {'smaller' if size < low else 'larger'} than the "
                     f"{'minimum' if size < low else 'maximum'} of {low if size < low else high}GiB for {kind} volumes.")


class Volume(Thing):
    def __init__(self, knobs, zone, size, kind, tags, state="creating"):
        super().__init__(knobs, new_id("vol"), tags)
        self.zone, self.size, self.type, self.created = zone, size, kind, iso_date(None)
        self.step, self.looks = state, 0   # `attaching` and `detaching` are in-use as EC2 calls it.
        self.instance, self.device, self.attached, self.goes_with_instance = None, "", "", False

    @property
    def state(self):
        return "in-use" if self.step in ("attaching", "detaching") else self.step

    def enter(self, step):
        self.step, self.looks = step, 0

    def look(self, knobs):
        if self.step in _NEXT:
            if self.looks < knobs.volume_looks:
                self.looks += 1
                return
            if self.step == "detaching":
                self.let_go()
            self.enter(_NEXT[self.step])

    def attach(self, instance, device, goes_with_instance, step):
        self.instance, self.device, self.attached = instance, device, iso_date(None)
        self.goes_with_instance = goes_with_instance
        instance.volumes[device] = self
        self.enter(step)

    def let_go(self):
        self.instance.volumes.pop(self.device, None)
        self.instance = None

    def outlive(self):
        """The instance is terminated; a volume that is not deleted with it is there for others."""
        self.instance = None
        self.enter("gone" if self.goes_with_instance else "available")

    def device_mapping(self):
        return [("volumeId", self.id), ("status", "attached" if self.step == "in-use" else self.step),
                ("attachTime", self.attached), ("deleteOnTermination", self.goes_with_instance)]

    def attachment(self):
        return [("volumeId", self.id), ("instanceId", self.instance.id), ("device", self.device),
                *self.device_mapping()[1:]]

    def describe(self):
        return [("volumeId", self.id), ("size", self.size), ("snapshotId", ""), ("availabilityZone", self.zone),
                ("status", self.state), ("createTime", self.created), ("volumeType", self.type), ("encrypted", False),
                items("attachmentSet", [self.attachment()] if self.instance else []), tag_set(self)]


def root_volumes(call, instance):
    """Those that an instance is launched with."""
    for device, (size, kind, goes) in instance.launch.devices.items():
        volume = Volume(call.account.knobs, instance.launch.subnet.zone, size, kind, instance.launch.tags["volume"])
        volume.attach(instance, device, goes, "in-use")
        call.region.volumes[volume.id] = volume


def _forget_gone(call):
    for volume in list(call.region.volumes.values()):
        if volume.step == "gone":
            del call.region.volumes[volume.id]


def _look_at(call, identities):
    for identity in identities:
        if volume := call.region.volumes.get(identity):
            volume.look(call.account.knobs)
    _forget_gone(call)
    return find("volume", call.region.volumes, identities)


@operation("CreateVolume", "AvailabilityZone", "Size", "VolumeType", "ClientToken", "Encrypted", *TAGS)
def create_volume(call):
    zone, kind = call.get("AvailabilityZone"), call.get("VolumeType", default="gp2")
    if not zone:
        raise missing("AvailabilityZone")
    if zone not in call.region.zones:
        raise refuse("InvalidZone.NotFound", f"The zone '{zone}' does not exist.")
    if not call.get("Size"):
        raise missing("size/snapshot")
    size = call.number("Size", low=0, high=2**20)
    check_size(size, kind)
    tags = specified(call, "volume")["volume"]
    call.proceed()
    made = tokens.recall(call.region.volume_tokens, call.get("ClientToken"), zone, call.parameters)
    if made:
        return made[0].describe()
    volume = Volume(call.account.knobs, zone, size, kind, tags)
    call.region.volumes[volume.id] = volume
    if made is not None:
        made.append(volume)
    return volume.describe()


_VALUES = {
    "volume-id": lambda one: [one.id], "status": lambda one: [one.state], "availability-zone": lambda one: [one.zone],
    "size": lambda one: [one.size], "volume-type": lambda one: [one.type],
    "attachment.instance-id": lambda one: [one.instance.id] if one.instance else [],
    "attachment.status": lambda one: [dict(one.attachment())["status"]] if one.instance else [],
    "attachment.device": lambda one: [one.device] if one.instance else [],
}


@operation("DescribeVolumes", "VolumeId.n", *FILTERS, *PAGES)
def describe_volumes(call):
    ids = call.list("VolumeId")
    if ids:
        found = _look_at(call, ids)
    else:
        for volume in call.region.volumes.values():
            volume.look(call.account.knobs)
        _forget_gone(call)
        found = [volume for volume in call.region.volumes.values() if volume.is_seen()]
    shown, following = page(call, matching(call, found, _VALUES), "volumeSet" if ids else None)
    return [items("volumeSet", [volume.describe() for volume in shown]), *following]


@operation("AttachVolume", "VolumeId!", "InstanceId!", "Device!")
def attach_volume(call):
    volume = _look_at(call, [call.get("VolumeId")])[0]
    instance = find("instance", call.region.instances, [call.get("InstanceId")])[0]
    instance.look(call.account.knobs)
    device = call.get("Device")
    if volume.instance:
        raise refuse("VolumeInUse", f"{volume.id} is already attached to an instance")
    if volume.state != "available":
        raise refuse("IncorrectState", f"{volume.id} is not 'available'.")
    if instance.state not in ("running", "stopped"):
        raise refuse("IncorrectState", f"Instance '{instance.id}' is not 'running'.")
    if volume.zone != instance.launch.subnet.zone:
        raise refuse("InvalidVolume.ZoneMismatch", f"The volume '{volume.id}' is not in the same availability zone as "
                     f"instance '{instance.id}'")
    if not re.fullmatch(r"/dev/(xvd|sd)[a-z]{1,2}[0-9]?", device):
        raise refuse("InvalidParameterValue", f"Value ({device}) for parameter device is invalid. {device} is not a valid "
                     "EBS device name.")
    if device in instance.volumes:
        raise refuse("InvalidParameterValue", f"Invalid value '{device}' for unixDevice. Attachment point {device} is "
                     "already in use")
    call.proceed()
    volume.attach(instance, device, False, "attaching")
    return volume.attachment()


@operation("DetachVolume", "VolumeId!", "InstanceId", "Device", "Force")
def detach_volume(call):
    volume = _look_at(call, [call.get("VolumeId")])[0]
    if not volume.instance or volume.step == "detaching":
        raise refuse("IncorrectState", f"Volume '{volume.id}' is in the '{volume.state}' state.")
    if call.get("InstanceId", default=volume.instance.id) != volume.instance.id or call.get(
            "Device", default=volume.device) != volume.device:
        raise refuse("InvalidAttachment.NotFound", f"The volume '{volume.id}' is not attached to instance "
                     f"'{call.get('InstanceId')}' as device '{call.get('Device', default=volume.device)}'.")
    if volume.device == volume.instance.launch.image.root_device and volume.instance.state != "stopped":
        raise refuse("OperationNotPermitted", f"Unable to detach root volume '{volume.id}' from instance "
                     f"'{volume.instance.id}'")
    call.boolean("Force")
    call.proceed()
    volume.enter("detaching")
    return volume.attachment()


@operation("DeleteVolume", "VolumeId!")
def delete_volume(call):
    volume = _look_at(call, [call.get("VolumeId")])[0]
    if volume.instance:
        raise refuse("VolumeInUse", f"Volume {volume.id} is currently attached to {volume.instance.id}")
    if volume.state not in ("available", "error"):
        raise refuse("IncorrectState", f"The volume '{volume.id}' is not 'available'.")
    call.proceed()
    volume.enter("deleting")
    return RETURN
