"""Who asks, and the container registry of the account: STS and ECR."""

import base64
import re
import time

from fake_functions.errors import NAMESPACES, ServiceError
from fake_functions.routing import action
from fake_functions.state import ACCOUNT, new_id
from fake_s3.exchange import Response
from fake_s3.xmltext import document

from .json_replies import json_reply

_TOKEN_SECONDS = 12 * 3600  # "valid for 12 hours": ECR's API_GetAuthorizationToken.html
REGISTRY_PASSWORD = "cktest-registry-1"


@action("sts", "GetCallerIdentity")
def get_caller_identity(call):
    del call
    body = document("GetCallerIdentityResponse", [
        ("GetCallerIdentityResult", [("Arn", f"arn:aws:iam::{ACCOUNT}:user/test"), ("UserId", "AIDACKTEST0000000001"),
                                     ("Account", ACCOUNT)]),
        ("ResponseMetadata", [("RequestId", new_id(32))])], NAMESPACES["sts"])
    return Response(200, body, {"Content-Type": "text/xml"})


def _registry(call):
    if call.body.get("registryId", ACCOUNT) != ACCOUNT:
        raise ServiceError(400, "InvalidParameterException", "Invalid parameter at 'registryId'")
    return f"{ACCOUNT}.dkr.ecr.{call.region}.amazonaws.com"


@action("ecr", "GetAuthorizationToken", ("registryIds",))
def get_authorization_token(call):
    token = base64.b64encode(f"AWS:{REGISTRY_PASSWORD}".encode()).decode()
    return json_reply({"authorizationData": [{"authorizationToken": token, "expiresAt": time.time() + _TOKEN_SECONDS,
                                              "proxyEndpoint": f"https://{_registry(call)}"}]})


def _repositories(call):
    return call.account.region(call.region).repositories


@action("ecr", "CreateRepository", ("repositoryName!", "registryId", "tags", "imageTagMutability",
                                    "imageScanningConfiguration"))
def create_repository(call):
    name, registry = call.body["repositoryName"], _registry(call)
    # Its pattern: API_CreateRepository.html
    part = "[a-z0-9]+(?:[._-][a-z0-9]+)*"
    if not 2 <= len(name) <= 256 or not re.fullmatch(f"(?:{part}/)*{part}", name):
        raise ServiceError(400, "InvalidParameterException", "Invalid parameter at 'repositoryName' failed to satisfy "
                           "constraint: 'must satisfy regular expression'")
    if name in _repositories(call):
        raise ServiceError(400, "RepositoryAlreadyExistsException", f"The repository with name '{name}' already exists in "
                           f"the registry with id '{ACCOUNT}'")
    mutability = call.body.get("imageTagMutability", "MUTABLE")
    if mutability not in ("MUTABLE", "IMMUTABLE"):
        raise ServiceError(400, "InvalidParameterException", "Invalid parameter at 'imageTagMutability'")
    _repositories(call)[name] = repository = {
        "repositoryArn": f"arn:aws:ecr:{call.region}:{ACCOUNT}:repository/{name}", "registryId": ACCOUNT,
        "repositoryName": name, "repositoryUri": f"{registry}/{name}", "createdAt": time.time(),
        "imageTagMutability": mutability, "imageScanningConfiguration": {"scanOnPush": False}}
    call.account.region(call.region).repository_tags[repository["repositoryArn"]] = call.body.get("tags", [])
    return json_reply({"repository": repository})


def _repository(call, name):
    if name not in _repositories(call):
        raise ServiceError(400, "RepositoryNotFoundException", f"The repository with name '{name}' does not exist in the "
                           f"registry with id '{ACCOUNT}'")
    return _repositories(call)[name]


@action("ecr", "ListTagsForResource", ("resourceArn!",))
def list_tags(call):
    arn = call.body["resourceArn"]
    _repository(call, arn.partition(":repository/")[2])
    return json_reply({"tags": call.account.region(call.region).repository_tags[arn]})


@action("ecr", "DescribeRepositories", ("repositoryNames", "registryId", "maxResults", "nextToken"))
def describe_repositories(call):
    _registry(call)
    if names := call.body.get("repositoryNames"):
        if "maxResults" in call.body or "nextToken" in call.body:
            raise ServiceError(400, "InvalidParameterException", "'maxResults' cannot be used with 'repositoryNames'")
        return json_reply({"repositories": [_repository(call, name) for name in names]})
    names = sorted(name for name in _repositories(call) if name > call.body.get("nextToken", ""))
    size = call.body.get("maxResults", 100)
    reply = {"repositories": [_repository(call, name) for name in names[:size]]}
    return json_reply({**reply, "nextToken": names[size - 1]} if len(names) > size else reply)


@action("ecr", "DeleteRepository", ("repositoryName!", "registryId", "force"))
def delete_repository(call):
    repository = _repository(call, call.body["repositoryName"])
    del _repositories(call)[repository["repositoryName"]]
    return json_reply({"repository": repository})
