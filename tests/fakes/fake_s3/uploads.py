"""ListMultipartUploads. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html"""

from .errors import S3Error
from .exchange import Response, iso_date
from .multipart import checksum_fields
from .pages import Parameters, walk
from .routing import operation
from .xmltext import document


def _entries(by_key, parameters, key_marker, upload_marker):
    """(marker of the entry, upload or None), by key, then by when they began."""
    keys = sorted(by_key)
    if upload_marker and key_marker in by_key and key_marker.startswith(parameters.prefix):
        ids = [upload.id for upload in by_key[key_marker]]
        rest = by_key[key_marker][ids.index(upload_marker) + 1:] if upload_marker in ids else []
        yield from (((key_marker, upload.id), upload) for upload in rest)
    for name, _, _ in walk(keys, parameters.prefix, parameters.delimiter, key_marker):
        if parameters.is_group(name):
            yield (name, ""), None
        else:
            yield from (((name, upload.id), upload) for upload in by_key[name])


def _entry(service, parameters, upload):
    return "Upload", [("Key", parameters.name(upload.draft.key)), ("UploadId", upload.id),
                      ("Initiator", service.owner()), ("Owner", service.owner()),
                      ("StorageClass", upload.draft.storage_class), ("Initiated", iso_date(upload.initiated)),
                      *checksum_fields(upload)]


@operation("GET", "bucket", needs={"uploads"},
           query={"prefix", "delimiter", "max-uploads", "encoding-type", "key-marker", "upload-id-marker"})
def list_multipart_uploads(service, request):
    bucket = service.bucket_of(request)
    parameters = Parameters(request, service.limits, "max-uploads")
    if parameters.most == 0:
        raise S3Error("InvalidArgument", "max-uploads must be between 1 and 1000", ArgumentName="max-uploads")
    key_marker = request.query.get("key-marker", "")
    # "If key-marker is not specified, the upload-id-marker parameter is ignored."
    upload_marker = request.query.get("upload-id-marker", "") if key_marker else ""
    by_key = {}
    with bucket.lock:
        for upload in sorted(bucket.uploads.values(), key=lambda upload: upload.initiated):
            by_key.setdefault(upload.draft.key, []).append(upload)
    found, groups, last, is_truncated = [], [], ("", ""), False
    for marker, upload in _entries(by_key, parameters, key_marker, upload_marker):
        if len(found) + len(groups) == parameters.most:
            is_truncated = True
            break
        last = marker
        if upload is None:
            groups.append(marker[0])
        else:
            found.append(_entry(service, parameters, upload))
    result = [("Bucket", bucket.name), *parameters.fields(), ("KeyMarker", parameters.name(key_marker)),
              ("UploadIdMarker", upload_marker), ("NextKeyMarker", parameters.name(last[0]) if is_truncated else None),
              ("NextUploadIdMarker", last[1] if is_truncated else None), ("MaxUploads", parameters.most),
              ("IsTruncated", is_truncated), *found, *parameters.groups(groups)]
    return Response.xml(document("ListMultipartUploadsResult", result))
