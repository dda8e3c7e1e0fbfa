"""Roles and their policies. https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html"""

import json
import re
import time
import urllib.parse

from fake_s3.exchange import Response
from fake_s3.xmltext import document

from .errors import IAM_NAMESPACE, ServiceError
from .routing import action
from .state import ACCOUNT, Role, new_id

_NAME = re.compile(r"[\w+=,.@-]{1,64}")


def reply(name, result=None):
    content = [] if result is None else [(f"{name}Result", result)]
    body = document(f"{name}Response", content + [("ResponseMetadata", [("RequestId", new_id(32))])], IAM_NAMESPACE)
    return Response(200, body, {"Content-Type": "text/xml"})


def role_xml(role):
    # "URL-encoded compliant with RFC 3986": API_GetRole.html
    return [("Path", "/"), ("RoleName", role.name), ("RoleId", role.identity), ("Arn", role.arn),
            ("CreateDate", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(role.created))),
            ("AssumeRolePolicyDocument", urllib.parse.quote(json.dumps(role.trust), safe="-._~")),
            ("Description", role.description),
            ("Tags", [("member", [("Key", tag["Key"]), ("Value", tag["Value"])]) for tag in role.tags]),
            ("MaxSessionDuration", "3600")]


def role_of(call):
    role = call.account.roles.get(call.body["RoleName"])
    if role is None:
        raise ServiceError(404, "NoSuchEntity", f"The role with name {call.body['RoleName']} cannot be found.")
    return role


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html: a trust policy says who and of no
# resource, a role's policy the reverse.
def _policy(text, of_trust):
    try:
        policy = json.loads(text)
        statements = policy["Statement"]
        good = policy.get("Version") == "2012-10-17" and all(
            statement["Effect"] in ("Allow", "Deny") and statement["Action"] and
            bool(statement.get("Principal")) == of_trust and bool(statement.get("Resource")) != of_trust
            for statement in statements)
    except (ValueError, TypeError, KeyError):
        good = False
    if not good:
        raise ServiceError(400, "MalformedPolicyDocument", "Syntax errors in policy.")
    return policy


def members(name, values):
    return [(name, [("member", value) for value in values]), ("IsTruncated", "false")]


@action("iam", "CreateRole", ("RoleName!", "AssumeRolePolicyDocument!", "Description", "Tags", "Path"))
def create_role(call):
    name = call.body["RoleName"]
    if not _NAME.fullmatch(name):
        raise ServiceError(400, "ValidationError", "The specified value for roleName is invalid.")
    if name in call.account.roles:
        raise ServiceError(409, "EntityAlreadyExists", f"Role with name {name} already exists.")
    if call.body.get("Path", "/") != "/":
        raise ServiceError(400, "ValidationError", "The fake has roles in / only")
    role = Role(name, f"arn:aws:iam::{ACCOUNT}:role/{name}", _policy(call.body["AssumeRolePolicyDocument"], True),
                call.account.knobs.role_attempts, tags=call.body.get("Tags", []),
                description=call.body.get("Description", ""))
    call.account.roles[name] = role
    return reply("CreateRole", [("Role", role_xml(role))])


@action("iam", "GetRole", ("RoleName!",))
def get_role(call):
    return reply("GetRole", [("Role", role_xml(role_of(call)))])


@action("iam", "ListRoles", ("PathPrefix", "Marker", "MaxItems"))
def list_roles(call):
    return reply("ListRoles", members("Roles", [role_xml(role) for role in call.account.roles.values()]))


@action("iam", "DeleteRole", ("RoleName!",))
def delete_role(call):
    role = role_of(call)
    if role.profiles:
        raise ServiceError(409, "DeleteConflict", "Cannot delete entity, must remove roles from instance profile first.")
    if role.attached:
        raise ServiceError(409, "DeleteConflict", "Cannot delete entity, must detach all policies first.")
    if role.inline:
        raise ServiceError(409, "DeleteConflict", "Cannot delete entity, must delete policies first.")
    del call.account.roles[role.name]
    return reply("DeleteRole")


@action("iam", "UpdateAssumeRolePolicy", ("RoleName!", "PolicyDocument!"))
def update_assume_role_policy(call):
    role = role_of(call)
    role.trust = _policy(call.body["PolicyDocument"], True)
    role.attempts = call.account.knobs.role_attempts
    return reply("UpdateAssumeRolePolicy")


@action("iam", "AttachRolePolicy", ("RoleName!", "PolicyArn!"))
def attach_role_policy(call):
    role, arn = role_of(call), call.body["PolicyArn"]
    if not re.fullmatch(r"arn:aws:iam::(aws|\d{12}):policy/[\w+=,.@/-]+", arn):
        raise ServiceError(400, "InvalidInput", f"ARN {arn} is not valid.")
    if arn not in role.attached:
        role.attached.append(arn)
    return reply("AttachRolePolicy")


@action("iam", "DetachRolePolicy", ("RoleName!", "PolicyArn!"))
def detach_role_policy(call):
    role, arn = role_of(call), call.body["PolicyArn"]
    if arn not in role.attached:
        raise ServiceError(404, "NoSuchEntity", f"Policy {arn} was not found.")
    role.attached.remove(arn)
    return reply("DetachRolePolicy")


@action("iam", "ListAttachedRolePolicies", ("RoleName!", "Marker", "MaxItems"))
def list_attached_role_policies(call):
    policies = [[("PolicyName", arn.rpartition("/")[2]), ("PolicyArn", arn)] for arn in role_of(call).attached]
    return reply("ListAttachedRolePolicies", members("AttachedPolicies", policies))


@action("iam", "PutRolePolicy", ("RoleName!", "PolicyName!", "PolicyDocument!"))
def put_role_policy(call):
    role = role_of(call)
    _policy(call.body["PolicyDocument"], False)
    role.inline[call.body["PolicyName"]] = call.body["PolicyDocument"]
    return reply("PutRolePolicy")


@action("iam", "GetRolePolicy", ("RoleName!", "PolicyName!"))
def get_role_policy(call):
    role, name = role_of(call), call.body["PolicyName"]
    if name not in role.inline:
        raise ServiceError(404, "NoSuchEntity", f"The role policy with name {name} cannot be found.")
    text = urllib.parse.quote(role.inline[name], safe="-._~")
    return reply("GetRolePolicy", [("RoleName", role.name), ("PolicyName", name), ("PolicyDocument", text)])


@action("iam", "DeleteRolePolicy", ("RoleName!", "PolicyName!"))
def delete_role_policy(call):
    role, name = role_of(call), call.body["PolicyName"]
    if name not in role.inline:
        raise ServiceError(404, "NoSuchEntity", f"The role policy with name {name} cannot be found.")
    del role.inline[name]
    return reply("DeleteRolePolicy")


@action("iam", "ListRolePolicies", ("RoleName!", "Marker", "MaxItems"))
def list_role_policies(call):
    return reply("ListRolePolicies", members("PolicyNames", sorted(role_of(call).inline)))


@action("iam", "TagRole", ("RoleName!", "Tags!"))
def tag_role(call):
    role = role_of(call)
    tags = {tag["Key"]: tag["Value"] for tag in role.tags + call.body["Tags"]}
    role.tags = [{"Key": key, "Value": value} for key, value in tags.items()]
    return reply("TagRole")


@action("iam", "ListRoleTags", ("RoleName!", "Marker", "MaxItems"))
def list_role_tags(call):
    tags = [[("Key", tag["Key"]), ("Value", tag["Value"])] for tag in role_of(call).tags]
    return reply("ListRoleTags", members("Tags", tags))
