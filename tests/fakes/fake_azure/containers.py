"""Containers and the account. https://learn.microsoft.com/rest/api/storageservices/operations-on-containers"""

from fake_s3.exchange import Response, http_date, iso_date

from . import conditions, sas
from .errors import BlobError
from .names import check_container, metadata_headers, metadata_of
from .routing import operation
from .xmltext import document, parse, raw_document


@operation("PUT", "container", "", "cw", headers={"x-ms-meta-", "x-ms-blob-public-access"})
def create_container(service, request):
    check_container(request.container)
    public = request.header("x-ms-blob-public-access")
    if public not in ("", "container", "blob"):
        raise BlobError("InvalidHeaderValue", HeaderName="x-ms-blob-public-access")
    container = request.account.create(request.container, metadata_of(request.headers, service.limits), public,
                                       service.verifier.now())
    return Response(201, headers=container.tokens())


@operation("DELETE", "container", "", "d", headers=conditions.HEADERS | {"x-ms-lease-id"})
def delete_container(service, request):
    """With all that it holds; its name is free again some time later: rest/api/storageservices/delete-container"""
    container = service.container_of(request)
    request.account.delete(container, service.verifier.now() + service.deleting_seconds)
    return Response(202)


def _properties(service, request):
    container = service.container_of(request)
    public = {"x-ms-blob-public-access": container.public} if container.public else {}
    return Response(200, headers={**container.tokens(), **metadata_headers(container.metadata), **public,
                                  "x-ms-lease-status": "unlocked", "x-ms-lease-state": "available",
                                  "x-ms-has-immutability-policy": "false", "x-ms-has-legal-hold": "false"})


@operation("HEAD", "container", "", "r", headers={"x-ms-lease-id"})
def head_container(service, request):
    return _properties(service, request)


@operation("GET", "container", "", "r", headers={"x-ms-lease-id"})
def get_container_properties(service, request):
    return _properties(service, request)


@operation("GET", "account", "list", "l", query={"prefix", "marker", "maxresults", "include"})
def list_containers(service, request):
    """https://learn.microsoft.com/rest/api/storageservices/list-containers2"""
    get = request.query.get
    most = page_size(request, service.limits)
    names = [one for one in request.account.all()
             if one.name.startswith(get("prefix", "")) and one.name >= get("marker", "")]
    inner = "".join(f"<{name}>{get(key)}</{name}>" for name, key in (("Prefix", "prefix"), ("Marker", "marker"),
                                                                    ("MaxResults", "maxresults")) if get(key))
    rows = "".join(_row(one, "metadata" in get("include", "")) for one in names[:most])
    following = names[most].name if len(names) > most else ""
    body = (f'<EnumerationResults ServiceEndpoint="http://{request.header("host")}/{request.account.name}/">{inner}'
            f"<Containers>{rows}</Containers><NextMarker>{following}</NextMarker></EnumerationResults>")
    return Response(200, raw_document(body), {"Content-Type": "application/xml"})


def _row(container, with_metadata):
    content = [("Name", container.name),
               ("Properties", [("Last-Modified", http_date(container.modified)), ("Etag", f'"{container.etag}"'),
                               ("LeaseStatus", "unlocked"), ("LeaseState", "available")])]
    if with_metadata:
        content.append(("Metadata", list(container.metadata.items())))
    return document("Container", content).decode().partition("?>")[2]


def page_size(request, limits):
    text = request.query.get("maxresults", "")
    if text and (not text.isdigit() or not 1 <= int(text) < 2**31):
        raise BlobError("OutOfRangeQueryParameterValue", QueryParameterName="maxresults", QueryParameterValue=text)
    return min(int(text or limits.max_page), limits.max_page)


@operation("POST", "account", "userdelegationkey", body="xml")
def get_user_delegation_key(service, request):
    """https://learn.microsoft.com/rest/api/storageservices/get-user-delegation-key"""
    if request.identity != "token":
        raise BlobError("AuthenticationFailed")  # "…only with Microsoft Entra credentials."
    asked = parse(request.body, "KeyInfo")
    now = service.verifier.now()
    try:
        start, end = sas.parse_time(asked.get("Start", "")), sas.parse_time(asked.get("Expiry", ""))
    except BlobError as error:
        raise BlobError("InvalidXmlDocument") from error
    if end <= now or end <= start or end > now + 7 * 86400 + 60 or start < now - 7 * 86400:
        raise BlobError("OutOfRangeInput")
    expires = iso_date(end).replace(".000Z", "Z")
    object_id, value = service.verifier.lend(expires)
    return Response(200, document("UserDelegationKey", [
        ("SignedOid", object_id), ("SignedTid", "tid-1"), ("SignedStart", iso_date(start).replace(".000Z", "Z")),
        ("SignedExpiry", expires), ("SignedService", "b"), ("SignedVersion", request.header("x-ms-version")),
        ("Value", value)]), {"Content-Type": "application/xml"})
