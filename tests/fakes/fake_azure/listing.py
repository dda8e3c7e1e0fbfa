"""https://learn.microsoft.com/rest/api/storageservices/list-blobs"""

import base64
import binascii
import urllib.parse

from fake_s3.exchange import Response, http_date
from fake_s3.xmltext import element, escape

from . import leases
from .containers import page_size
from .errors import BlobError
from .routing import operation
from .xmltext import raw_document

_INCLUDE = {"snapshots", "metadata", "uncommittedblobs", "copy", "deleted", "tags", "versions"}
# What XML cannot hold comes percent-encoded, since version 2021-02-12.
_UNSPEAKABLE = {*map(chr, range(0x20)), "\ufffe", "\uffff"} - {"\t", "\n", "\r"}


def name_element(name):
    if _UNSPEAKABLE.isdisjoint(name):
        return element("Name", name)
    return f'<Name Encoded="true">{escape(urllib.parse.quote(name, safe=""))}</Name>'


def _to_marker(name, gap=False):
    """Opaque, as Azure's are."""
    return f"2!{'0' if gap else '1'}!" + base64.urlsafe_b64encode(name.encode()).decode()


def _from_marker(marker):
    """(the name to begin with, whether the page without blobs was sent already)"""
    if not marker:
        return "", False
    try:
        kind, gap, text = marker.split("!")
        if kind == "2":
            return base64.urlsafe_b64decode(text).decode(), gap == "0"
    except (ValueError, binascii.Error):
        pass
    raise BlobError("InvalidQueryParameterValue", QueryParameterName="marker")


class _Rows:
    """What is listed of a name, one after the other: each row has an order among those of its name."""

    def __init__(self, service, container, include):
        self._container, self._include = container, include
        self._now = service.verifier.now()

    def of(self, name):
        container, include = self._container, self._include
        rows = []
        if "snapshots" in include:
            rows += [self._row(blob, Snapshot=blob.snapshot) for blob in container.snapshots.get(name, ())]
        if "versions" in include:
            rows += [self._row(blob, VersionId=blob.version) for blob in container.versions.get(name, ())]
        if "deleted" in include and name in container.deleted:
            rows.append(self._row(container.deleted[name], Deleted="true"))
        if name in container.blobs:
            blob = container.blobs[name]
            current = {"VersionId": blob.version, "IsCurrentVersion": "true"} if blob.version else {}
            rows.append(self._row(blob, **(current if "versions" in include else {})))
        elif "uncommittedblobs" in include and name in container.uncommitted:
            rows.append("<Blob>" + name_element(name) + element("Properties", [
                ("Content-Length", 0), ("BlobType", "BlockBlob")]) + "</Blob>")
        return rows

    def _row(self, blob, **details):
        head = "".join(element(name, value) for name, value in details.items())
        content = [("Creation-Time", http_date(blob.created)), ("Last-Modified", http_date(blob.modified)),
                   ("Etag", blob.etag), ("Content-Length", len(blob.body))]
        content += [(name, blob.headers.get(name, "")) for name in (
            "Content-Type", "Content-Encoding", "Content-Language", "Content-MD5", "Cache-Control",
            "Content-Disposition")]
        content += [("BlobType", "BlockBlob"), ("AccessTier", blob.tier or "Hot")]
        if not blob.tier:
            content.append(("AccessTierInferred", "true"))
        if blob.archive_status:
            content.append(("ArchiveStatus", blob.archive_status))
        lease = leases.headers(self._container, blob.name, self._now)
        content += [("LeaseStatus", lease["x-ms-lease-status"]), ("LeaseState", lease["x-ms-lease-state"]),
                    ("ServerEncrypted", "true")]
        if "copy" in self._include and blob.copy:
            content += [("CopyId", blob.copy.id), ("CopyStatus", blob.copy.status)]
        row = name_element(blob.name) + head + element("Properties", content)
        if "metadata" in self._include:
            row += element("Metadata", list(blob.metadata.items()))
        if "tags" in self._include and blob.tags:
            tags = "".join(element("Tag", [("Key", key), ("Value", value)]) for key, value in blob.tags.items())
            row += f"<Tags><TagSet>{tags}</TagSet></Tags>"
        return f"<Blob>{row}</Blob>"


def _include(request):
    wanted = {item for name, value in request.query_pairs if name == "include" for item in value.split(",") if item}
    if wanted - _INCLUDE:
        raise BlobError("InvalidQueryParameterValue", QueryParameterName="include")
    # Versions may be: https://learn.microsoft.com/rest/api/storageservices/enumerating-blob-resources
    if "snapshots" in wanted and request.query.get("delimiter"):
        raise BlobError("InvalidQueryParameterValue", QueryParameterName="include")
    return wanted


def _page(rows_of, names, prefix, delimiter, start, most):
    """(XML of up to `most` rows or prefixes, the name with which the next page begins)"""
    page, seen = [], set()
    for name in names:
        begin = name
        if not name.startswith(prefix):
            if name > prefix:
                break
            continue
        rest = name[len(prefix):]
        if delimiter and delimiter in rest:
            group = prefix + rest[:rest.index(delimiter) + len(delimiter)]
            if group in seen or group < start or not rows_of(name):
                continue  # Of what was removed nothing is listed, even if versions are kept.
            rows = [f"<BlobPrefix>{name_element(group)}</BlobPrefix>"]
            seen.add(group)
            begin = group
        else:
            rows = rows_of(name)
        if rows and len(page) + len(rows) > most and page:
            return page, begin
        page += rows
    return page, ""


@operation("GET", "container", "list", "l",
           query={"prefix", "delimiter", "marker", "maxresults", "include", "startFrom"})
def list_blobs(service, request):
    get = request.query.get
    include, most = _include(request), page_size(request, service.limits)
    following, after_gap = _from_marker(get("marker", ""))
    start = max(following, get("startFrom", ""), get("prefix", ""))
    container = service.container_of(request)
    with container.lock:
        rows = _Rows(service, container, include)
        page, following = _page(rows.of, container.names_from(start), get("prefix", ""), get("delimiter", ""), start,
                                most)
    following = _to_marker(following) if following else ""
    if service.limits.empty_pages and not after_gap:
        page, following = [], _to_marker(start, gap=True)  # A marker may come with no results at all.
    echoed = "".join(element(name, get(key)) for name, key in (
        ("Prefix", "prefix"), ("Marker", "marker"), ("MaxResults", "maxresults"), ("Delimiter", "delimiter")) if get(key))
    endpoint = f'http://{request.header("host")}/{request.account.name}/'
    body = (f'<EnumerationResults ServiceEndpoint="{endpoint}" ContainerName="{container.name}">{echoed}'
            f"<Blobs>{''.join(page)}</Blobs>{element('NextMarker', following)}</EnumerationResults>")
    return Response(200, raw_document(body), {"Content-Type": "application/xml"})
