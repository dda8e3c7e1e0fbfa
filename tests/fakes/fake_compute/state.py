"""What an account holds, by region, under one lock."""

import itertools
import secrets
import threading
from dataclasses import dataclass, field

_born = itertools.count(1)


class Thing:
    """What has an id, tags, and a time in which it is not seen everywhere yet."""

    def __init__(self, knobs, identity, tags=()):
        self.id = identity
        self.tags = dict(tags)
        self.born = next(_born)  # Lists are in this order, by which their pages are cut.
        self._unseen, self._flickers, self._shown = knobs.late_looks, knobs.flickers, False

    def is_seen(self):
        """Whether this look finds it. "You might not be able to find a resource immediately after creating it"."""
        if self._unseen > 0:
            self._unseen -= 1
            return False
        if self._flickers > 0:
            self._shown = not self._shown
            self._flickers -= 0 if self._shown else 1
            return self._shown
        return True


@dataclass
class Vpc:
    id: str
    cidr: str
    is_default: bool


@dataclass
class Subnet:
    id: str
    vpc: Vpc
    cidr: str
    zone: str

    @property
    def is_default(self):
        return self.vpc.is_default


class Region:
    def __init__(self, name):
        self.name = name
        self.zones = [name + letter for letter in "abc"]
        self.addresses = itertools.count(10)
        self.instances, self.groups, self.keys, self.volumes = {}, {}, {}, {}  # By id; keys by name.
        self.repositories = {}
        self.repository_tags = {}  # By ARN.
        self.commands = {}
        self.launches = {}        # By token and zone: tokens.py.
        self.volume_tokens = {}
        self.pages = {}           # What a token of a page leads to.
        default, other = Vpc(new_id("vpc"), "172.31.0.0/16", True), Vpc(new_id("vpc"), "10.0.0.0/16", False)
        self._vpcs = [default, other]
        self._subnets = [Subnet(new_id("subnet"), vpc, f"{vpc.cidr[:-6]}{16 * i}.0/20", zone)
                         for vpc in self._vpcs for i, zone in enumerate(self.zones)]

    def vpcs(self, knobs):
        return [vpc for vpc in self._vpcs if not (vpc.is_default and knobs.no_default_vpc)]

    def subnets(self, knobs):
        return [subnet for subnet in self._subnets if not (subnet.is_default and knobs.no_default_vpc)]


@dataclass
class Account:
    knobs: object
    place: object  # Of its machines: machine.py.
    regions: dict = field(default_factory=dict)
    roles: dict = field(default_factory=dict)
    profiles: dict = field(default_factory=dict)
    faults: dict = field(default_factory=dict)  # Codes to refuse the next calls of an operation with.
    calls: list = field(default_factory=list)   # (service, operation) of each request.
    lock: object = field(default_factory=threading.RLock)

    def region(self, name):
        return self.regions.setdefault(name, Region(name))


def new_id(prefix):
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html: "17 characters"."""
    return f"{prefix}-0{secrets.token_hex(8)}"
