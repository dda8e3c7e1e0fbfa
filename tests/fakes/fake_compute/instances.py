"""Operations on instances."""

import base64
import dataclasses

from fake_functions.errors import ServiceError
from fake_s3.exchange import iso_date

from . import capacity, launch, tokens
from .finding import find, matching, not_found, page
from .images import TYPES
from .instance import CODES, Instance, reservation
from .machine import Machine
from .query import FILTERS, PAGES, RETURN, items, operation
from .refusals import refuse, wrong_state
from .state import new_id
from .volumes import root_volumes

_STOPPED_BY_USER = ("Client.UserInitiatedShutdown", "Client.UserInitiatedShutdown: User initiated shutdown")


@operation("RunInstances", *launch.PARAMETERS)
def run_instances(call):
    wanted = launch.read(call)
    call.proceed()
    # A zone is no part of what must be the same; where it was asked for, the token holds for that zone.
    made = tokens.recall(call.region.launches, wanted.token, wanted.zone, call.parameters, ("Placement",))
    if made:
        tokens.check_alive(made)
        return reservation(made)
    least, most = wanted.counts
    capacity.check(call, wanted, least)
    instances, identity = [], new_id("r")
    for index in range(most):
        if index >= least and not _has_room(call, wanted):
            break
        one = dataclasses.replace(wanted, reservation=identity, index=index, address=_address(call, wanted))
        instances.append(_launch(call, one))
    if made is not None:
        made += instances
    return reservation(instances)


def _has_room(call, wanted):
    try:
        capacity.check(call, wanted, 1)
    except ServiceError:
        return False
    return True


def _address(call, wanted):
    number = next(call.region.addresses)
    return f"{wanted.subnet.cidr.rpartition('.')[0].rpartition('.')[0]}.{number // 250}.{number % 250 + 4}"


def _launch(call, wanted):
    knobs, identity = call.account.knobs, new_id("i")
    machine = Machine(call.account.place, identity, wanted.user_data)
    instance = Instance(knobs, identity, machine, wanted, wanted.tags["instance"])
    if knobs.failing_boots > 0:
        knobs.failing_boots -= 1
        instance.fails = True
    root_volumes(call, instance)
    instance.boot(knobs)
    call.region.instances[identity] = instance
    return instance


def look_at(call, identities):
    """Those instances, each of which gets on by being looked at."""
    found = find("instance", call.region.instances, identities)
    for instance in found:
        instance.look(call.account.knobs)
    gone = [instance.id for instance in found if instance.state == "gone"]
    for identity in gone:
        del call.region.instances[identity]
    if gone:
        raise not_found("instance", gone)
    return found


def look_at_all(call):
    for instance in list(call.region.instances.values()):
        instance.look(call.account.knobs)
        if instance.state == "gone":
            del call.region.instances[instance.id]
    return [instance for instance in call.region.instances.values() if instance.is_seen()]


_VALUES = {
    "instance-id": lambda one: [one.id], "instance-state-name": lambda one: [one.state],
    "instance-state-code": lambda one: [CODES[one.state]], "client-token": lambda one: [one.launch.token],
    "image-id": lambda one: [one.launch.image.id], "vpc-id": lambda one: [one.launch.subnet.vpc.id],
    "subnet-id": lambda one: [one.launch.subnet.id], "instance-type": lambda one: [one.type],
    "availability-zone": lambda one: [one.launch.subnet.zone], "key-name": lambda one: [one.launch.key],
    "reservation-id": lambda one: [one.launch.reservation],
    "instance.group-id": lambda one: [group.id for group in one.groups],
    "instance.group-name": lambda one: [group.name for group in one.groups],
    "private-ip-address": lambda one: [one.launch.address],
}


_INTERFACE_VALUES = {
    "group-id": lambda one: [group.id for group in one.groups], "attachment.instance-id": lambda one: [one.id],
}


@operation("DescribeNetworkInterfaces", *FILTERS, *PAGES)
def describe_network_interfaces(call):
    """One of each instance, as long as it lasts."""
    lasting = [one for one in call.region.instances.values() if one.state not in ("terminated", "gone")]
    shown, following = page(call, matching(call, lasting, _INTERFACE_VALUES), None)
    return [items("networkInterfaceSet", [[
        ("networkInterfaceId", "eni" + one.id[1:]), ("status", "in-use"),
        items("groupSet", [[("groupId", group.id), ("groupName", group.name)] for group in one.groups]),
        ("attachment", [("instanceId", one.id), ("status", "attached")])] for one in shown]), *following]


@operation("DescribeInstances", "InstanceId.n", *FILTERS, *PAGES)
def describe_instances(call):
    ids = call.list("InstanceId")
    found = matching(call, look_at(call, ids) if ids else look_at_all(call), _VALUES)
    shown, following = page(call, found, "instancesSet" if ids else None)
    together = {}
    for instance in shown:
        together.setdefault(instance.launch.reservation, []).append(instance)
    return [items("reservationSet", [reservation(some) for some in together.values()]), *following]


def _must_be(instances, states, verb):
    for instance in instances:
        if instance.state not in states:
            if verb == "stopped" and instance.state == "pending" and not instance.has_run:
                raise wrong_state(f"Instance '{instance.id}' cannot be stopped as it has never reached the 'running' state.")
            raise wrong_state(f"The instance '{instance.id}' is not in a state from which it can be {verb}.")


@operation("StartInstances", "InstanceId.n!")
def start_instances(call):
    instances = look_at(call, call.list("InstanceId"))
    _must_be(instances, ("stopped", "pending", "running"), "started")
    call.proceed()
    for instance in instances:
        if instance.state == "stopped":
            capacity.check(call, dataclasses.replace(instance.launch, type=instance.type), 1)
    return [items("instancesSet", [_into("pending", instance, call, from_states=("stopped",)) for instance in instances])]


def _into(state, instance, call, from_states, reason=None):
    before = instance.state
    if before in from_states:
        instance.enter(state, call.account.knobs, reason)
    return instance.change(before)


@operation("StopInstances", "InstanceId.n!", "Force", "Hibernate")
def stop_instances(call):
    instances = look_at(call, call.list("InstanceId"))
    call.boolean("Force")
    if call.boolean("Hibernate"):
        raise refuse("UnsupportedHibernationConfiguration", "You can't hibernate an instance that wasn't launched for it.")
    _must_be(instances, ("running", "stopping", "stopped"), "stopped")
    call.proceed()
    return [items("instancesSet", [_into("stopping", instance, call, ("running",), _STOPPED_BY_USER)
                                   for instance in instances])]


@operation("RebootInstances", "InstanceId.n!")
def reboot_instances(call):
    """"It only queues a request to reboot the specified instances. […] Requests to reboot terminated instances are
    ignored." The state shows nothing of it: API_RebootInstances.html"""
    instances = look_at(call, call.list("InstanceId"))
    _must_be(instances, ("running", "shutting-down", "terminated"), "rebooted")
    call.proceed()
    for instance in instances:
        if instance.state == "running":
            instance.machine.shut_down()
            instance.boot(call.account.knobs)
    return RETURN


@operation("TerminateInstances", "InstanceId.n!", "Force", "SkipOsShutdown")
def terminate_instances(call):
    instances = look_at(call, call.list("InstanceId"))
    for instance in instances:
        if instance.protected:
            raise refuse("OperationNotPermitted", f"The instance '{instance.id}' may not be terminated. Modify its "
                         "'disableApiTermination' instance attribute and try again.")
    call.proceed()
    return [items("instancesSet", [
        _into("shutting-down", instance, call, ("pending", "running", "stopping", "stopped"), _STOPPED_BY_USER)
        for instance in instances])]


@operation("DescribeInstanceStatus", "InstanceId.n", "IncludeAllInstances", *FILTERS, *PAGES)
def describe_instance_status(call):
    """"By default, only running instances are described, unless you specifically indicate to return the status of all
    instances." """
    ids = call.list("InstanceId")
    found = matching(call, look_at(call, ids) if ids else look_at_all(call), _VALUES)
    if not call.boolean("IncludeAllInstances"):
        found = [instance for instance in found if instance.state == "running"]
    shown, following = page(call, found, "instancesSet" if ids else None)
    return [items("instanceStatusSet", [_status(instance) for instance in shown]), *following]


def _status(instance):
    status, detail = "not-applicable", None
    if instance.state == "running":
        instance.checks -= 1
        status, detail = ("initializing", "initializing") if instance.checks >= 0 else ("ok", "passed")
    check = [("status", status), ("details", [("item", [("name", "reachability"), ("status", detail)])] if detail else [])]
    return [("instanceId", instance.id), ("availabilityZone", instance.launch.subnet.zone),
            ("instanceState", [("code", CODES[instance.state]), ("name", instance.state)]),
            ("systemStatus", check), ("instanceStatus", check)]


@operation("GetConsoleOutput", "InstanceId!", "Latest")
def get_console_output(call):
    instance = look_at(call, [call.get("InstanceId")])[0]
    if call.boolean("Latest") and not TYPES[instance.type][3]:
        raise refuse("UnsupportedOperation", "This instance type does not support retrieving the latest console logs. To see "
                     "the console output, omit --latest.")
    instance.console_looks -= 1
    output = base64.b64encode(instance.machine.console()).decode() if instance.console_looks < 0 else None
    return [("instanceId", instance.id), ("timestamp", iso_date(None)), ("output", output)]
