"""Rules of security groups: how they are given, told apart, and shown."""

import ipaddress
import re
from dataclasses import dataclass

from .query import items
from .refusals import bad_combination, invalid_value, missing, refuse

_PERMISSION = "IpPermissions.n."
PERMISSIONS = tuple(_PERMISSION + name for name in (
    "IpProtocol", "FromPort", "ToPort", "IpRanges.n.CidrIp", "IpRanges.n.Description", "Ipv6Ranges.n.CidrIpv6",
    "Ipv6Ranges.n.Description", "Groups.n.GroupId", "Groups.n.UserId", "Groups.n.Description",
    "PrefixListIds.n.PrefixListId", "PrefixListIds.n.Description"))
_PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "all": "-1"}
# Of each list in a permission: the member with the source, and the names in replies.
_SOURCES = {"IpRanges": ("CidrIp", "ipRanges", "cidrIp"), "Ipv6Ranges": ("CidrIpv6", "ipv6Ranges", "cidrIpv6"),
            "Groups": ("GroupId", "groups", "groupId"),
            "PrefixListIds": ("PrefixListId", "prefixListIds", "prefixListId")}


@dataclass(frozen=True)
class Rule:
    """What makes rules the same: a description does not."""
    protocol: str
    from_port: object
    to_port: object
    kind: str
    source: str

    def __str__(self):
        if self.protocol == "-1":
            return f"peer: {self.source}, ALL, ALLOW"
        return (f"peer: {self.source}, {self.protocol.upper()}, from port: {self.from_port}, to port: {self.to_port}, "
                "ALLOW")


ALL_OUTBOUND = Rule("-1", None, None, "IpRanges", "0.0.0.0/0")


def _port(permission, name):
    text = permission.get(name)
    if text is not None and not re.fullmatch(r"-?\d{1,6}", text):
        raise invalid_value(name, text)
    return None if text is None else int(text)


def _ports(protocol, permission):
    """API_IpPermission.html. "-1", and protocols without ports, mean all of them, whatever is given."""
    first, last = _port(permission, "FromPort"), _port(permission, "ToPort")
    if protocol in ("tcp", "udp"):
        if first is None or last is None:
            raise refuse("InvalidParameterValue", "Invalid value 'Must specify both from and to ports with TCP/UDP.' for "
                         "portRange.")
        for port, which in ((first, "from"), (last, "to")):
            if not 0 <= port <= 65535:
                raise refuse("InvalidParameterValue", f"TCP/UDP ({which}) port ({port}) out of range")
        if first > last:
            raise refuse("InvalidParameterValue", f"Invalid TCP/UDP port range ({first}:{last})")
        return first, last
    if protocol == "icmp":
        if first is None or last is None:
            raise refuse("InvalidParameterValue", "Invalid value 'Must specify both from and to ports with ICMP.' for "
                         "portRange.")
        if not -1 <= first <= 255 or not -1 <= last <= 255 or (first == -1 and last != -1):
            raise refuse("InvalidParameterValue", f"ICMP code ({last}) out of range")
        return first, last
    return (None, None) if protocol == "-1" else (-1 if first is None else first, -1 if last is None else last)


def _cidr(text, network):
    """"If you specify 100.68.0.18/18, we canonicalize it to 100.68.0.0/18": API_CreateSecurityGroup's user guide."""
    if not re.fullmatch(r"[0-9a-fA-F.:]+/\d{1,3}", text):
        raise refuse("InvalidParameterValue", f"CIDR block {text} is malformed")
    try:
        return str(network(text, strict=False))
    except ValueError as error:
        raise refuse("InvalidParameterValue", f"CIDR block {text} is malformed") from error


def _source(kind, one, find_group):
    text = one.get(_SOURCES[kind][0])
    if not text:
        raise missing(f"{kind}.{_SOURCES[kind][0]}")
    if kind == "IpRanges":
        return _cidr(text, ipaddress.IPv4Network)
    if kind == "Ipv6Ranges":
        return _cidr(text, ipaddress.IPv6Network)
    if kind == "PrefixListIds":
        raise refuse("InvalidPrefixListID.NotFound", f"The prefix list ID '{text}' does not exist")
    return find_group(text).id


def _description(text):
    """API_IpRange.html: up to 255 of a-z, A-Z, 0-9, spaces, and ._-:/()#,@[]+=&;{}!$*"""
    if not re.fullmatch(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}", text):
        raise refuse("InvalidParameterValue", "Invalid rule description. Valid descriptions are strings less than 256 "
                     "characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*")
    return text


def given(call, find_group):
    """{Rule: description} of a call's permissions."""
    rules = {}
    for permission in call.list("IpPermissions"):
        protocol = permission.get("IpProtocol", "").lower()
        protocol = _PROTOCOLS.get(protocol, protocol)
        if protocol not in ("tcp", "udp", "icmp", "icmpv6", "-1") and not (protocol.isdigit() and int(protocol) < 256):
            raise invalid_value("IpProtocol", protocol) if protocol else missing("IpPermissions.IpProtocol")
        ports = _ports(protocol, permission)
        sources = [(kind, one) for kind in _SOURCES for one in permission.get(kind, [])]
        if not sources:
            raise missing("IpPermissions.IpRanges")
        for kind, one in sources:
            rule = Rule(protocol, *ports, kind, _source(kind, one, find_group))
            if rule in rules:
                raise refuse("InvalidParameterValue", "The same permission must not appear multiple times")
            rules[rule] = _description(one.get("Description", ""))
    if not rules:
        raise missing("IpPermissions")
    return rules


def shown(name, rules, owner):
    """A set of permissions: one for all sources that have protocol and ports in common."""
    together = {}
    for rule, description in rules.items():
        together.setdefault((rule.protocol, rule.from_port, rule.to_port), []).append((rule, description))
    content = []
    for (protocol, first, last), some in together.items():
        permission = [("ipProtocol", protocol), ("fromPort", first), ("toPort", last)]
        for kind, (_, set_name, member) in _SOURCES.items():
            permission.append(items(set_name, [[
                ("userId", owner if kind == "Groups" else None), (member, rule.source),
                ("description", description or None)] for rule, description in some if rule.kind == kind]))
        content.append(permission)
    return items(name, content)


def without_both(call):
    """A call has permissions or ids of rules."""
    if call.list("IpPermissions") and call.list("SecurityGroupRuleId"):
        raise bad_combination("The parameter ipPermissions cannot be used with the parameter securityGroupRuleIds")
