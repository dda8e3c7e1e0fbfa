"""What an account holds, in all regions, under one lock."""

import datetime
import secrets
import threading
import time
from dataclasses import dataclass, field

from .errors import ServiceError

ACCOUNT = "123456789012"


@dataclass
class Role:
    name: str
    arn: str
    trust: dict
    attempts: int  # Uses that are refused still, as long as the role propagates.
    attached: list = field(default_factory=list)
    inline: dict = field(default_factory=dict)
    tags: list = field(default_factory=list)
    profiles: list = field(default_factory=list)  # Names of the instance profiles that it is in.
    description: str = ""
    identity: str = field(default_factory=lambda: "AROA" + secrets.token_hex(8).upper())
    created: float = field(default_factory=time.time)

    def trusts(self, service):
        for statement in self.trust["Statement"]:
            trusted = statement.get("Principal", {}).get("Service", [])
            if (statement["Effect"] == "Allow" and "sts:AssumeRole" in as_list(statement["Action"])
                    and service in as_list(trusted)):
                return True
        return False

    def may_log(self):
        """https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html"""
        return (any(arn.endswith("/AWSLambdaBasicExecutionRole") for arn in self.attached)
                or any("logs:" in text for text in self.inline.values()))


@dataclass
class Version:
    """Code and configuration, as $LATEST or frozen."""
    number: str
    config: dict
    code: bytes


@dataclass
class Function:
    name: str
    arn: str
    latest: Version
    tags: dict
    polls: int          # Looks until what is pending is true.
    state: str = "Pending"
    update: str = "Successful"
    versions: dict = field(default_factory=dict)
    aliases: dict = field(default_factory=dict)
    permissions: dict = field(default_factory=dict)  # A statement by its id.
    concurrency: object = None
    url: object = None

    def look(self):
        """Time passes as somebody looks."""
        self.polls = max(self.polls - 1, 0)
        if self.polls == 0:
            self.state, self.update = "Active", "Successful"


class Account:
    def __init__(self, knobs):
        self.knobs = knobs
        self.lock = threading.RLock()
        self.roles = {}
        self.functions = {}  # By (region, name).
        self.apis = {}       # REST APIs by (region, id).
        self.http_apis = {}
        self.schedules = {}  # By (region, name).
        self.rules = {}      # Of EventBridge, by (region, name).
        self.logs = {}       # By (region, group): a list of events.
        self.url = ""        # Where the fake listens.
        self.clock = datetime.datetime.now(datetime.timezone.utc)  # By which schedules fire; it is moved by `firing`.

    def assume(self, arn, service, refusal):
        """Raises `refusal` unless `service` can assume the role, now."""
        role = next((role for role in self.roles.values() if role.arn == arn), None)
        if role is None or not role.trusts(service):
            raise refusal
        if role.attempts > 0:
            role.attempts -= 1
            raise refusal
        return role

    def function(self, region, text, qualifier=""):
        """(function, qualifier) by a name, a part of an ARN or an ARN: API_GetFunction.html, FunctionName."""
        parts = text.split(":")
        if text.startswith("arn:"):
            if len(parts) not in (7, 8) or parts[2] != "lambda" or parts[3] != region:
                raise ServiceError(400, "ValidationException", f"{text} names no function in {region}")
            name, given = parts[6], parts[7:]
        elif len(parts) >= 3 and parts[1] == "function":
            name, given = parts[2], parts[3:]
        else:
            name, given = parts[0], parts[1:]
        qualifier = (given or [qualifier])[0]
        found = self.functions.get((region, name))
        if found is None:
            arn = f"arn:aws:lambda:{region}:{ACCOUNT}:function:{name}"
            raise ServiceError(404, "ResourceNotFoundException", f"Function not found: {arn}", Type="User")
        return found, qualifier

    def log(self, region, group, lines):
        now = int(time.time() * 1000)
        events = self.logs.setdefault((region, group), [])
        events += [{"timestamp": now, "ingestionTime": now, "message": line, "eventId": f"{len(events) + i:056d}",
                    "logStreamName": "2026/01/01/[$LATEST]" + "0" * 32} for i, line in enumerate(lines)]


def as_list(value):
    return value if isinstance(value, list) else [value]


def new_id(size=10):
    return "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(size))
