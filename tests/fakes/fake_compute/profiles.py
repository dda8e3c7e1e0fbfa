"""Instance profiles, through which a machine has a role.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2_instance-profiles.html
"""

import re
import secrets
from dataclasses import dataclass, field

from fake_functions.errors import ServiceError
from fake_functions.iam import members, reply, role_of, role_xml
from fake_functions.routing import action
from fake_functions.state import ACCOUNT
from fake_s3.exchange import iso_date

from .refusals import bad_combination, refuse

# What makes the agent of a machine known to Systems Manager, if its role has it.
_SSM_POLICY = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"


@dataclass
class Profile:
    name: str
    attempts: int  # Uses that are refused still, as long as it propagates.
    role: object = None
    id: str = field(default_factory=lambda: "AIPA" + secrets.token_hex(8).upper())
    created: str = field(default_factory=lambda: iso_date(None).replace(".000Z", "Z"))

    @property
    def arn(self):
        return f"arn:aws:iam::{ACCOUNT}:instance-profile/{self.name}"

    def serves_agent(self):
        return self.role is not None and self.role.trusts("ec2.amazonaws.com") and (
            _SSM_POLICY in self.role.attached or any("ssm:UpdateInstanceInformation" in text
                                                     for text in self.role.inline.values()))

    def describe(self):
        return [("Path", "/"), ("InstanceProfileName", self.name), ("InstanceProfileId", self.id), ("Arn", self.arn),
                ("CreateDate", self.created), ("Roles", [("member", role_xml(self.role))] if self.role else [])]


def profile_of(call):
    """The Profile that RunInstances asks for, or None."""
    name, arn = call.get("IamInstanceProfile", "Name"), call.get("IamInstanceProfile", "Arn")
    if name and arn:
        raise bad_combination("The parameter 'iamInstanceProfile.name' may not be used in combination with "
                              "'iamInstanceProfile.arn'")
    if not name and not arn:
        return None
    found = next((one for one in call.account.profiles.values() if one.name == name or one.arn == arn), None)
    if found is None or found.attempts > 0:
        if found:
            found.attempts -= 1
        which = "name" if name else "arn"
        raise refuse("InvalidParameterValue", f"Value ({name or arn}) for parameter iamInstanceProfile.{which} is invalid. "
                     f"Invalid IAM Instance Profile {which}")
    if found.role is None:
        raise refuse("InvalidParameterValue", f'IAM Instance Profile "{found.arn}" has no associated IAM Roles')
    return found


def _profile(call):
    name = call.body["InstanceProfileName"]
    if name not in call.account.profiles:
        raise ServiceError(404, "NoSuchEntity", f"Instance Profile {name} cannot be found.")
    return call.account.profiles[name]


@action("iam", "CreateInstanceProfile", ("InstanceProfileName!", "Path"))
def create_instance_profile(call):
    name = call.body["InstanceProfileName"]
    if not re.fullmatch(r"[\w+=,.@-]{1,128}", name) or call.body.get("Path", "/") != "/":
        raise ServiceError(400, "ValidationError", "The specified value for instanceProfileName is invalid.")
    if name in call.account.profiles:
        raise ServiceError(409, "EntityAlreadyExists", f"Instance Profile {name} already exists.")
    profile = call.account.profiles[name] = Profile(name, call.account.knobs.role_attempts)
    return reply("CreateInstanceProfile", [("InstanceProfile", profile.describe())])


@action("iam", "GetInstanceProfile", ("InstanceProfileName!",))
def get_instance_profile(call):
    return reply("GetInstanceProfile", [("InstanceProfile", _profile(call).describe())])


@action("iam", "AddRoleToInstanceProfile", ("InstanceProfileName!", "RoleName!"))
def add_role_to_instance_profile(call):
    """"An instance profile can contain only one role, and this quota cannot be increased." """
    profile, role = _profile(call), role_of(call)
    if profile.role:
        raise ServiceError(409, "LimitExceeded", "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1")
    profile.role, profile.attempts = role, call.account.knobs.role_attempts
    role.profiles.append(profile.name)
    return reply("AddRoleToInstanceProfile")


@action("iam", "RemoveRoleFromInstanceProfile", ("InstanceProfileName!", "RoleName!"))
def remove_role_from_instance_profile(call):
    profile, role = _profile(call), role_of(call)
    if profile.role is not role:
        raise ServiceError(404, "NoSuchEntity", f"Role {role.name} not found in instance profile {profile.name}.")
    profile.role = None
    role.profiles.remove(profile.name)
    return reply("RemoveRoleFromInstanceProfile")


@action("iam", "DeleteInstanceProfile", ("InstanceProfileName!",))
def delete_instance_profile(call):
    profile = _profile(call)
    if profile.role:
        raise ServiceError(409, "DeleteConflict", "Cannot delete entity, must remove roles from instance profile first.")
    del call.account.profiles[profile.name]
    return reply("DeleteInstanceProfile")


@action("iam", "ListInstanceProfilesForRole", ("RoleName!", "Marker", "MaxItems"))
def list_instance_profiles_for_role(call):
    profiles = [call.account.profiles[name].describe() for name in role_of(call).profiles]
    return reply("ListInstanceProfilesForRole", members("InstanceProfiles", profiles))
