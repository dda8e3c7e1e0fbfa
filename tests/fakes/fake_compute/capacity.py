"""What an account may have, and what a zone has left."""

from .images import TYPES
from .refusals import refuse


def check(call, launch, count):
    """Raises when there is no room for so many more machines."""
    knobs, zone = call.account.knobs, launch.subnet.zone
    running = [instance for instance in call.region.instances.values() if instance.is_up()]
    if len(running) + count > knobs.max_instances:
        raise refuse("InstanceLimitExceeded", f"Your quota allows for {max(knobs.max_instances - len(running), 0)} more "
                     f"running instance(s). You requested at least {count}.")
    used = sum(TYPES[instance.type][0] for instance in running)
    if used + count * TYPES[launch.type][0] > knobs.max_vcpus:
        raise refuse("VcpuLimitExceeded", f"You have requested more vCPU capacity than your current vCPU limit of "
                     f"{knobs.max_vcpus} allows for the instance bucket that the specified instance type belongs to. Please "
                     "visit http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.")
    full = knobs.full_zones.split(",")
    if zone in full:
        others = [name for name in call.region.zones if name not in full]
        raise refuse("InsufficientInstanceCapacity", f"We currently do not have sufficient {launch.type} capacity in the "
                     f"Availability Zone you requested ({zone}). Our system will be working on provisioning additional "
                     f"capacity. You can currently get {launch.type} capacity by not specifying an Availability Zone in "
                     f"your request or choosing {', '.join(others)}.", 500)
