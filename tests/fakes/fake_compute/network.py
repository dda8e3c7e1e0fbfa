"""The networks of an account: a default one, unless the account has none, and another."""

from fake_functions.state import ACCOUNT

from .finding import check_id, matching, not_found, page
from .query import FILTERS, PAGES, items, operation
from .refusals import refuse


def default_vpc(call):
    for vpc in call.region.vpcs(call.account.knobs):
        if vpc.is_default:
            return vpc
    raise refuse("VPCIdNotSpecified", "No default VPC for this user")


def _by_id(kind, known, identity):
    check_id(kind, identity)
    found = [one for one in known if one.id == identity]
    if not found:
        raise not_found(kind, [identity])
    return found[0]


def vpc(call, identity):
    return _by_id("vpc", call.region.vpcs(call.account.knobs), identity)


def subnet(call, identity):
    return _by_id("subnet", call.region.subnets(call.account.knobs), identity)


def default_subnet(call, zone):
    """The one of the default network, in a zone that has capacity if none is asked for."""
    network, full = default_vpc(call), call.account.knobs.full_zones.split(",")
    subnets = [one for one in call.region.subnets(call.account.knobs) if one.vpc is network]
    if zone:
        return next(one for one in subnets if one.zone == zone)
    return next((one for one in subnets if one.zone not in full), subnets[0])


_VPC_VALUES = {
    "is-default": lambda one: [str(one.is_default).lower()],
    "vpc-id": lambda one: [one.id], "cidr": lambda one: [one.cidr], "state": lambda one: ["available"],
}
_SUBNET_VALUES = {
    "default-for-az": lambda one: [str(one.is_default).lower()], "vpc-id": lambda one: [one.vpc.id],
    "subnet-id": lambda one: [one.id], "availability-zone": lambda one: [one.zone], "state": lambda one: ["available"],
}


def _listed(things):
    """As they are listed: with the order that pages need, and without tags."""
    for i, thing in enumerate(things):
        thing.born, thing.tags = i + 1, {}
    return things


@operation("DescribeVpcs", "VpcId.n", *FILTERS, *PAGES)
def describe_vpcs(call):
    given = [vpc(call, identity) for identity in call.list("VpcId")]
    found = matching(call, _listed(given or call.region.vpcs(call.account.knobs)), _VPC_VALUES)
    shown, following = page(call, found, "vpcSet" if given else None)
    return [items("vpcSet", [[("vpcId", one.id), ("ownerId", ACCOUNT), ("state", "available"), ("cidrBlock", one.cidr),
                              ("instanceTenancy", "default"), ("isDefault", one.is_default), ("tagSet", [])]
                             for one in shown]), *following]


@operation("DescribeSubnets", "SubnetId.n", *FILTERS, *PAGES)
def describe_subnets(call):
    given = [subnet(call, identity) for identity in call.list("SubnetId")]
    found = matching(call, _listed(given or call.region.subnets(call.account.knobs)), _SUBNET_VALUES)
    shown, following = page(call, found, "subnetSet" if given else None)
    return [items("subnetSet", [[
        ("subnetId", one.id), ("state", "available"), ("vpcId", one.vpc.id), ("cidrBlock", one.cidr),
        ("availableIpAddressCount", 4091), ("availabilityZone", one.zone), ("defaultForAz", one.is_default),
        ("mapPublicIpOnLaunch", one.is_default), ("tagSet", [])] for one in shown]), *following]
