"""Security groups. https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html"""

import re

from fake_functions.state import ACCOUNT

from . import network, rules
from .finding import find, matching, page
from .query import FILTERS, PAGES, RETURN, TAGS, items, operation
from .refusals import bad_combination, missing, refuse
from .state import Thing, new_id
from .tags import specified, tag_set

_MAX_RULES = 60  # "Inbound or outbound rules per security group": amazon-vpc-limits.html
_CHARACTERS = r"a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*"


class Group(Thing):
    def __init__(self, knobs, vpc, name, description, tags):
        super().__init__(knobs, new_id("sg"), tags)
        self.vpc, self.name, self.description = vpc, name, description
        # "By default, a new security group has only an outbound rule that allows all traffic".
        self.inbound, self.outbound = {}, {rules.ALL_OUTBOUND: ""}
        self.ids = {("outbound", rules.ALL_OUTBOUND): new_id("sgr")}  # Of rules.


def default_group(call, vpc):
    """The one that is in each network, which is made when it is first wanted; it is not late."""
    for group in call.region.groups.values():
        if group.vpc is vpc and group.name == "default":
            return group
    group = Group(call.account.knobs, vpc, "default", "default VPC security group", {})
    group.is_seen = lambda: True
    rule = rules.Rule("-1", None, None, "Groups", group.id)
    group.inbound[rule], group.ids["inbound", rule] = "", new_id("sgr")
    call.region.groups[group.id] = group
    return group


def _text(what, text):
    if not re.fullmatch(f"[{_CHARACTERS}]{{1,255}}", text):
        raise refuse("InvalidParameterValue", f"Value ({text}) for parameter {what} is invalid. Character sets beyond ASCII "
                     "are not supported." if not text.isascii() else f"Invalid security group {what}. Valid "
                     f"{what}s are 1 to 255 characters from the following set: a-zA-Z0-9. _-:/()#,@[]+=&;{{}}!$*")
    return text


@operation("CreateSecurityGroup", "GroupName!", "GroupDescription!", "VpcId", *TAGS)
def create_security_group(call):
    name, description = _text("GroupName", call.get("GroupName")), _text("GroupDescription", call.get("GroupDescription"))
    if name.lower().startswith("sg-"):
        raise refuse("InvalidParameterValue", "Invalid security group name. Group names may not be in the format sg-*.")
    vpc = network.vpc(call, call.get("VpcId")) if call.get("VpcId") else network.default_vpc(call)
    if name.lower() == "default":
        raise refuse("InvalidParameterValue", f"Cannot use reserved security group name: {name}")
    # "Names are case-insensitive" within a network: API_CreateSecurityGroup.html
    if any(group.vpc is vpc and group.name.lower() == name.lower() for group in call.region.groups.values()):
        raise refuse("InvalidGroup.Duplicate", f"The security group '{name}' already exists for VPC '{vpc.id}'")
    tags = specified(call, "security-group")["security-group"]
    call.proceed()
    group = Group(call.account.knobs, vpc, name, description, tags)
    call.region.groups[group.id] = group
    return [*RETURN, ("groupId", group.id), tag_set(group)]


def _one(call):
    if not call.get("GroupId"):
        raise missing("GroupId")
    return find("group", call.region.groups, [call.get("GroupId")])[0]


def _peer_of(call, group):
    def peer(identity):
        found = find("group", call.region.groups, [identity])[0]
        if found.vpc is not group.vpc:
            raise refuse("InvalidGroup.NotFound", "You have specified two resources that belong to different networks.")
        return found
    return peer


def _rule_set(group, direction, added):
    return items("securityGroupRuleSet", [[
        ("securityGroupRuleId", group.ids[direction, rule]), ("groupId", group.id), ("groupOwnerId", ACCOUNT),
        ("isEgress", direction == "outbound"), ("ipProtocol", rule.protocol),
        ("fromPort", -1 if rule.from_port is None else rule.from_port),
        ("toPort", -1 if rule.to_port is None else rule.to_port),
        ("cidrIpv4", rule.source if rule.kind == "IpRanges" else None),
        ("cidrIpv6", rule.source if rule.kind == "Ipv6Ranges" else None),
        ("referencedGroupInfo", [("groupId", rule.source), ("userId", ACCOUNT)] if rule.kind == "Groups" else None),
        ("description", added[rule] or None), ("tagSet", [])] for rule in added])


def _authorize(call, direction):
    group = _one(call)
    added, present = rules.given(call, _peer_of(call, group)), getattr(group, direction)
    for rule in added:
        if rule in present:
            raise refuse("InvalidPermission.Duplicate", f'the specified rule "{rule}" already exists')
    if len(present) + len(added) > _MAX_RULES:
        raise refuse("RulesPerSecurityGroupLimitExceeded", "The maximum number of rules per security group has been "
                     "reached.")
    call.proceed()
    present |= added
    group.ids |= {(direction, rule): new_id("sgr") for rule in added}
    return [*RETURN, _rule_set(group, direction, added)]


def _by_rule_ids(call, group, direction):
    named = {group.ids[direction, rule]: rule for rule in getattr(group, direction)}
    for identity in call.list("SecurityGroupRuleId"):
        if not re.fullmatch(r"sgr-[0-9a-f]{8,17}", identity):
            raise refuse("InvalidSecurityGroupRuleId.Malformed", f"The security group rule ID '{identity}' is malformed")
        if identity not in named:
            raise refuse("InvalidSecurityGroupRuleId.NotFound", f"The security group rule ID '{identity}' does not exist")
    return [named[identity] for identity in call.list("SecurityGroupRuleId")]


def _revoke(call, direction):
    """API_RevokeSecurityGroupIngress.html: "For a default VPC, if the values you specify do not match the existing rule's
    values, no error is returned, and the output describes the security group rules that were not revoked. For a non-default
    VPC, […] an InvalidPermission.NotFound client error is returned, and no rules are revoked." """
    group = _one(call)
    rules.without_both(call)
    present, unknown = getattr(group, direction), {}
    if call.list("SecurityGroupRuleId"):
        removed = _by_rule_ids(call, group, direction)
    else:
        wanted = rules.given(call, lambda identity: find("group", call.region.groups, [identity])[0])
        unknown = {rule: text for rule, text in wanted.items() if rule not in present}
        if unknown and not group.vpc.is_default:
            raise refuse("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
        removed = [rule for rule in wanted if rule in present]
    call.proceed()
    revoked = [[("securityGroupRuleId", group.ids.pop((direction, rule))), ("groupId", group.id),
                ("isEgress", direction == "outbound"), ("ipProtocol", rule.protocol)] for rule in removed]
    for rule in removed:
        del present[rule]
    reply = [*RETURN, items("revokedSecurityGroupRuleSet", revoked)]
    return [*reply, rules.shown("unknownIpPermissionSet", unknown, ACCOUNT)] if unknown else reply


@operation("AuthorizeSecurityGroupIngress", "GroupId", *rules.PERMISSIONS)
def authorize_security_group_ingress(call):
    return _authorize(call, "inbound")


@operation("AuthorizeSecurityGroupEgress", "GroupId", *rules.PERMISSIONS)
def authorize_security_group_egress(call):
    return _authorize(call, "outbound")


@operation("RevokeSecurityGroupIngress", "GroupId", "SecurityGroupRuleId.n", *rules.PERMISSIONS)
def revoke_security_group_ingress(call):
    return _revoke(call, "inbound")


@operation("RevokeSecurityGroupEgress", "GroupId", "SecurityGroupRuleId.n", *rules.PERMISSIONS)
def revoke_security_group_egress(call):
    return _revoke(call, "outbound")


_VALUES = {
    "group-id": lambda group: [group.id], "group-name": lambda group: [group.name], "vpc-id": lambda group: [group.vpc.id],
    "description": lambda group: [group.description], "owner-id": lambda group: [ACCOUNT],
    "ip-permission.group-id": lambda group: [rule.source for rule in group.inbound if rule.kind == "Groups"],
    "egress.ip-permission.group-id": lambda group: [rule.source for rule in group.outbound if rule.kind == "Groups"],
}


@operation("DescribeSecurityGroups", "GroupId.n", "GroupName.n", *FILTERS, *PAGES)
def describe_security_groups(call):
    for vpc in call.region.vpcs(call.account.knobs):
        default_group(call, vpc)
    ids, names = call.list("GroupId"), call.list("GroupName")
    if ids and names:
        raise bad_combination("The parameter groupNames cannot be used with the parameter groupIds")
    if ids:
        found = find("group", call.region.groups, ids)
    elif names:
        found = by_names(call, names)
    else:
        visible = call.region.vpcs(call.account.knobs)
        found = [group for group in call.region.groups.values() if group.vpc in visible and group.is_seen()]
    shown, following = page(call, matching(call, found, _VALUES), "groupIds" if ids or names else None)
    return [items("securityGroupInfo", [[
        ("ownerId", ACCOUNT), ("groupName", group.name), ("groupId", group.id), ("groupDescription", group.description),
        rules.shown("ipPermissions", group.inbound, ACCOUNT), rules.shown("ipPermissionsEgress", group.outbound, ACCOUNT),
        ("vpcId", group.vpc.id), tag_set(group)] for group in shown]), *following]


def by_names(call, names):
    """Groups of the default network, the only one in which names mean something."""
    vpc = network.default_vpc(call)
    default_group(call, vpc)
    known = {group.name: group for group in call.region.groups.values() if group.vpc is vpc}
    for name in names:
        if name not in known or not known[name].is_seen():
            raise refuse("InvalidGroup.NotFound", f"The security group '{name}' does not exist in default VPC '{vpc.id}'")
    return [known[name] for name in names]


@operation("DeleteSecurityGroup", "GroupId")
def delete_security_group(call):
    """"If you attempt to delete a security group that is associated with an instance or network interface, or is
    referenced by another security group in the same VPC, the operation fails with DependencyViolation." """
    group = _one(call)
    if group.name == "default":
        raise refuse("CannotDelete", f'the specified group: "{group.id}" name: "default" cannot be deleted by a user')
    used = False
    for instance in list(call.region.instances.values()):
        if group in instance.groups:
            instance.look(call.account.knobs)
            # All of them, so that each gets nearer to letting go of it.
            used = instance.holds_groups() or used
    referenced = any(rule.kind == "Groups" and rule.source == group.id for other in call.region.groups.values()
                     if other is not group for rule in (*other.inbound, *other.outbound))
    if used or referenced:
        raise refuse("DependencyViolation", f"resource {group.id} has a dependent object")
    call.proceed()
    del call.region.groups[group.id]
    return [*RETURN, ("groupId", group.id)]
