"""What makes objects. https://cloud.google.com/storage/docs/uploads-downloads"""

import dataclasses
import json
import re

from . import errors, fields
from .exchange import CONDITIONS, Reply, json_reply
from .store import Conditions, check_attributes, check_name

_UNIT = 256 * 1024


@dataclasses.dataclass
class Session:
    bucket: str
    name: str
    attributes: dict
    conditions: Conditions
    fields: str
    data: bytearray = dataclasses.field(default_factory=bytearray)
    result: object = None
    cancelled: bool = False
    kept_less: bool = False


def _related(request):
    """The description and the bytes. https://cloud.google.com/storage/docs/json_api/v1/how-tos/multipart-upload"""
    match = re.fullmatch(r"multipart/related; ?boundary=\"?([^\";]+)\"?", request.header("content-type"))
    if not match:
        raise errors.invalid("Malformed multipart body.")
    delimiter = b"--" + match[1].encode()
    if not request.body.startswith(delimiter) or not request.body.rstrip(b"\r\n").endswith(b"\r\n" + delimiter + b"--"):
        raise errors.invalid("Malformed multipart body.")
    inner = request.body.rstrip(b"\r\n")[len(delimiter):-len(delimiter) - 4]
    first, _, second = inner.partition(b"\r\n" + delimiter)
    try:
        attributes = json.loads(first.split(b"\r\n\r\n", 1)[1])
        head, data = second.split(b"\r\n\r\n", 1)
    except (ValueError, IndexError):
        raise errors.invalid("Malformed multipart body.") from None
    types = re.findall(rb"(?i)content-type: *([^\r\n]+)", head)
    if types:
        attributes.setdefault("contentType", types[0].decode())
    return attributes, data


def insert(store, request, bucket):
    store.bucket(bucket)
    kind = request.query.get("uploadType")
    request.only("uploadType", "name", *CONDITIONS)
    if kind == "multipart":
        attributes, data = _related(request)
        name = request.query.get("name") or attributes.get("name", "")
        record = store.insert(bucket, name, data, attributes, request.conditions())
        return json_reply(fields.select(record.resource(), request.query.get("fields")))
    if kind == "media":
        if not request.query.get("name"):
            raise errors.GcsError(400, "required", "Required")
        record = store.insert(bucket, request.query["name"], request.body,
                              {"contentType": request.header("content-type") or "application/octet-stream"},
                              request.conditions())
        return json_reply(fields.select(record.resource(), request.query.get("fields")))
    if kind == "resumable":
        return _begin(store, request, bucket)
    raise errors.invalid("Invalid uploadType")


def _begin(store, request, bucket):
    attributes = request.document() if request.body else {}
    name = request.query.get("name") or attributes.get("name", "")
    check_name(name)
    check_attributes(attributes)
    if request.header("x-upload-content-type"):
        attributes.setdefault("contentType", request.header("x-upload-content-type"))
    attributes.setdefault("contentType", "application/octet-stream")
    upload_id = store.new_token()
    with store.lock:
        store.sessions[upload_id] = Session(bucket, name, attributes, request.conditions(),
                                            request.query.get("fields", ""))
    location = f"http://{request.header('host')}{request.prefix}{request.raw_path}?uploadType=resumable&upload_id={upload_id}"
    return Reply(200, b"", {"Location": location, "X-GUploader-UploadID": upload_id})


def _incomplete(session):
    headers = {"Range": f"bytes=0-{len(session.data) - 1}"} if session.data else {}
    return Reply(308, b"", headers)


def _finish(store, session, request):
    expected = re.search(r"crc32c=([^,]+)", request.header("x-goog-hash"))
    attributes = dict(session.attributes)
    if expected:
        attributes["crc32c"] = expected[1]
    record = store.insert(session.bucket, session.name, bytes(session.data), attributes, session.conditions)
    session.result = json_reply(fields.select(record.resource(), session.fields))
    return session.result


def resume(store, request, _bucket):
    """https://cloud.google.com/storage/docs/performing-resumable-uploads"""
    request.only("uploadType", "upload_id", "name", *CONDITIONS)
    with store.lock:
        session = store.sessions.get(request.query["upload_id"])
        if session is None:
            raise errors.GcsError(404, "notFound", "Upload not found")
        if session.cancelled:
            raise errors.GcsError(410, "gone", "Upload was cancelled")
        if request.method == "DELETE":
            session.cancelled = True
            return Reply(499)
        if session.result:
            return session.result
        return _store(store, request, session)


def _store(store, request, session):
    match = re.fullmatch(r"bytes (?:\*|(\d+)-(\d+))/(?:\*|(\d+))", request.header("content-range"))
    if not match:
        raise errors.invalid("Failed to parse Content-Range header.")
    first, last, total = (int(group) if group else None for group in match.groups())
    if first is not None:
        if last - first + 1 != len(request.body):
            raise errors.invalid("Content-Range and the body differ.")
        is_final = last + 1 == total
        if not is_final and len(request.body) < _UNIT:
            raise errors.invalid(f"The number of bytes uploaded is required to be equal or greater than {_UNIT}, except for the "
                                 "final request.")
        if first > len(session.data):
            raise errors.GcsError(503, "backendError", "Bytes are missing before these.")
        # What is there already is ignored.
        fresh = request.body[len(session.data) - first:]
        if store.mean:
            # Of any chunk less may be kept than was sent; the Range of the reply says so.
            session.kept_less = not session.kept_less
            fresh = fresh[:len(fresh) // 2] if session.kept_less and len(fresh) > 1 else fresh
        if not is_final:
            fresh = fresh[:max((len(session.data) + len(fresh)) // _UNIT * _UNIT - len(session.data), 0)]
        session.data += fresh
    elif request.body:
        raise errors.invalid("a question about a session has no body")
    if total is not None:
        if len(session.data) > total:
            raise errors.invalid("The session has more bytes than that.")
        if len(session.data) == total:
            return _finish(store, session, request)
    return _incomplete(session)
