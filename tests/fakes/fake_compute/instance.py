"""One instance: its states, what it shows of itself, and its machine.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html
"""

import time

from fake_s3.exchange import iso_date
from fake_functions.state import ACCOUNT

from .query import items
from .state import Thing
from .tags import tag_set

CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
_NEXT = {"pending": ("running", "pending_looks"), "stopping": ("stopped", "stop_looks"),
         "shutting-down": ("terminated", "terminate_looks"), "terminated": ("gone", "gone_looks")}


class Instance(Thing):
    def __init__(self, knobs, identity, machine, launch, tags):
        super().__init__(knobs, identity, tags)
        self.machine = machine
        self.launch = launch            # What it was made of: launch.py.
        self.groups = list(launch.groups)
        self.type = launch.type
        self.user_data = launch.user_data
        self.protected = launch.protected
        self.state, self.looks, self._since = "pending", 0, time.monotonic()
        self.reason, self.state_reason = "", None
        self.launched = iso_date(None)
        self.volumes = {}               # By device.
        self.checks = self.console_looks = self.agent = self.busy = 0
        self.fails = False
        self.has_run = False            # Ever reached `running`.
        self.agent_known = False        # Systems Manager has heard of it.

    def enter(self, state, knobs, reason=None):
        """Into a state; the machine is what it says."""
        self.state, self.looks, self._since = state, 0, time.monotonic()
        self.reason = f"User initiated ({time.strftime('%Y-%m-%d %H:%M:%S GMT', time.gmtime())})" if reason else ""
        self.state_reason = reason
        if state == "pending":
            self.boot(knobs)
        elif state in ("stopping", "shutting-down"):
            self.machine.shut_down()
        elif state == "terminated":
            self.machine.remove()
            self.busy = knobs.group_busy_looks
            for volume in self.volumes.values():
                volume.outlive()
            self.volumes = {}
        elif state == "running":
            self.has_run = True

    def boot(self, knobs):
        self.checks, self.console_looks, self.agent = knobs.status_looks, knobs.console_looks, knobs.agent_looks
        self.machine.boot()

    def look(self, knobs):
        """Time passes as somebody looks."""
        if self.state not in _NEXT:
            return
        state, knob = _NEXT[self.state]
        if self.looks < getattr(knobs, knob) or time.monotonic() - self._since < knobs.step_ms / 1000:
            self.looks += 1
        elif self.state == "pending" and self.fails:
            # troubleshooting-launch.html, "Instance terminates immediately"
            self.enter("shutting-down", knobs, ("Client.InternalError", "Client.InternalError: Client error on launch"))
        else:
            self.enter(state, knobs, self.state_reason)

    def holds_groups(self):
        """Whether a removal of a group of it is refused; it lets go of them some time after its end."""
        if self.state not in ("terminated", "gone"):
            return True
        self.busy -= 1
        return self.busy >= 0

    def is_up(self):
        return self.state in ("pending", "running")

    def change(self, before):
        """What operations that change states say of it."""
        return [("instanceId", self.id), ("currentState", _state(self.state)), ("previousState", _state(before))]

    def describe(self):
        launch, is_over = self.launch, self.state == "terminated"
        has_public = launch.public and self.state in ("running", "stopping", "shutting-down")
        address = "127.0.0.1" if has_public else None  # Where its processes listen.
        content = [
            ("instanceId", self.id), ("imageId", launch.image.id), ("instanceState", _state(self.state)),
            ("privateDnsName", "" if is_over else f"ip-{launch.address.replace('.', '-')}.{launch.region}.compute.internal"),
            # Real ones are ec2-<address>.<region>.compute.amazonaws.com.
            ("dnsName", "localhost" if has_public else ""), ("reason", self.reason),
            ("keyName", launch.key), ("amiLaunchIndex", launch.index), ("productCodes", []), ("instanceType", self.type),
            ("launchTime", self.launched),
            ("placement", [("availabilityZone", launch.subnet.zone), ("groupName", ""), ("tenancy", "default")]),
            ("monitoring", [("state", "disabled")])]
        if not is_over:
            content += [("subnetId", launch.subnet.id), ("vpcId", launch.subnet.vpc.id),
                        ("privateIpAddress", launch.address), ("ipAddress", address), ("sourceDestCheck", True)]
        groups = [] if is_over else self.groups
        content.append(items("groupSet", [[("groupId", group.id), ("groupName", group.name)] for group in groups]))
        if self.state_reason:
            content.append(("stateReason", [("code", self.state_reason[0]), ("message", self.state_reason[1])]))
        content += [
            ("architecture", launch.image.architecture), ("rootDeviceType", "ebs"),
            ("rootDeviceName", launch.image.root_device),
            items("blockDeviceMapping", [[("deviceName", device), ("ebs", volume.device_mapping())]
                                         for device, volume in self.volumes.items()]),
            ("virtualizationType", "hvm"), ("clientToken", launch.token or None), tag_set(self), ("hypervisor", "xen"),
            ("networkInterfaceSet", [])]
        if launch.profile and not is_over:
            content.append(("iamInstanceProfile", [("arn", launch.profile.arn), ("id", launch.profile.id)]))
        metadata = launch.metadata
        content.append(("metadataOptions", [
            ("state", "pending" if self.state == "pending" else "applied"), ("httpTokens", metadata["HttpTokens"]),
            ("httpPutResponseHopLimit", metadata["HttpPutResponseHopLimit"]), ("httpEndpoint", metadata["HttpEndpoint"]),
            ("instanceMetadataTags", metadata["InstanceMetadataTags"])]))
        return content


def _state(name):
    return [("code", CODES[name]), ("name", name)]


def reservation(instances):
    """Instances that were launched together."""
    launch = instances[0].launch
    return [("reservationId", launch.reservation), ("ownerId", ACCOUNT), ("groupSet", []),
            items("instancesSet", [instance.describe() for instance in instances])]
