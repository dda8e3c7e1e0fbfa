"""CompleteMultipartUpload. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html"""

import hashlib

from . import checksums
from .checksums import COMPOSITE, FULL_OBJECT
from .conditions import WriteCondition
from .errors import S3Error
from .exchange import Response
from .xmltext import document, parse

_REMEMBERED = 20  # Uploads that are done; each keeps the bytes of its object.


def _listed_parts(request):
    """[(number, etag, checksums by element name)] as the client lists them."""
    root = parse(request.body, "CompleteMultipartUpload")
    listed = []
    for node in root.children:
        number, etag = node.get("PartNumber", ""), node.get("ETag")
        if node.name != "Part" or not number.strip().isdigit() or etag is None:
            raise S3Error("MalformedXML")
        given = {child.name: child.text for child in node.children if child.name.startswith("Checksum")}
        listed.append((int(number), etag.strip().strip('"'), given))
    if not listed:
        raise S3Error("MalformedXML")
    return listed


def _check_part_checksum(upload, number, part, given):
    element = f"Checksum{upload.algorithm}"
    if upload.algorithm and upload.checksum_type == COMPOSITE and element not in given:
        raise S3Error("InvalidRequest", f"The upload was created using a {upload.algorithm.lower()} checksum. The "
                      f"complete request must include the checksum for each part. It was missing for part {number} in "
                      "the request.")
    for name, value in given.items():
        if name != "Checksum" + part.checksum.algorithm or value.strip() != part.checksum.value:
            raise S3Error("InvalidPart", None, PartNumber=number, ETag=part.etag)


def _chosen_parts(upload, listed, limits):
    numbers = [number for number, _, _ in listed]
    if numbers != sorted(set(numbers)):
        raise S3Error("InvalidPartOrder", None, UploadId=upload.id)
    chosen = []
    for number, etag, given in listed:
        part = upload.parts.get(number)
        if part is None or part.etag != etag:
            raise S3Error("InvalidPart", None, UploadId=upload.id, PartNumber=number, ETag=etag)
        _check_part_checksum(upload, number, part, given)
        chosen.append(part)
    for number, part in list(zip(numbers, chosen))[:-1]:
        if len(part.body) < limits.min_part:
            raise S3Error("EntityTooSmall", None, ProposedSize=len(part.body), MinSizeAllowed=limits.min_part,
                          PartNumber=number, ETag=part.etag)
    return chosen


def _object_checksum(upload, chosen, body):
    if upload.checksum_type == COMPOSITE:
        return checksums.composite(upload.algorithm, [part.checksum.value for part in chosen])
    return checksums.compute(upload.algorithm or "CRC64NVME", body)


def _check_object(request, upload, checksum, body):
    """What the request says of the whole: its checksum, the checksum's type, its size."""
    kind = request.header("x-amz-checksum-type")
    if kind and kind != (upload.checksum_type or FULL_OBJECT):
        raise S3Error("BadDigest", f"The upload was created using the {upload.checksum_type or FULL_OBJECT} checksum "
                      f"type. The complete request must use the same type, not {kind}.")
    given = checksums.of_request({name: value for name, value in request.headers.items()
                                  if name.startswith(checksums.PREFIX)}, {})
    if given:
        if given.algorithm != checksum.algorithm:
            raise S3Error("InvalidRequest", "Checksum Type mismatch occurred, expected checksum Type: "
                          f"{checksum.algorithm.lower()}, actual checksum Type: {given.algorithm.lower()}")
        if given.value.partition("-")[0] != checksum.value.partition("-")[0]:
            raise S3Error("BadDigest", f"The {given.algorithm.lower()} you specified did not match the calculated "
                          "checksum.")
    size = request.header("x-amz-mp-object-size")
    if size and size != str(len(body)):
        raise S3Error("InvalidRequest", "The provided 'x-amz-mp-object-size' header does not match what was computed.")


def _repeated(bucket, request, listed):
    """An upload that was completed already is answered as at first, as long as its object is the newest."""
    done = bucket.completed.get(request.query["uploadId"])
    if done is None or done[0].key != request.key or done[1] != [(number, etag) for number, etag, _ in listed]:
        raise S3Error("NoSuchUpload", None, UploadId=request.query["uploadId"])
    return _reply(request, bucket, done[0])


def _reply(request, bucket, version):
    result = [("Location", f"http://{request.header('host')}/{bucket.name}/{version.key}"), ("Bucket", bucket.name),
              ("Key", version.key), ("ETag", f'"{version.etag}"'), *version.checksum.elements(),
              ("ChecksumType", version.checksum.type)]
    headers = {**version.encryption, **bucket.version_header(version)}
    return Response.xml(document("CompleteMultipartUploadResult", result), headers)


def complete(service, request):
    bucket = service.bucket_of(request)
    condition = WriteCondition(request)
    listed = _listed_parts(request)
    with bucket.lock:
        upload = bucket.uploads.get(request.query["uploadId"])
        if upload is None or upload.draft.key != request.key:
            return _repeated(bucket, request, listed)
        chosen = _chosen_parts(upload, listed, service.limits)
        body = b"".join(part.body for part in chosen)
        if len(body) > service.limits.max_object:
            raise S3Error("EntityTooLarge", None, ProposedSize=len(body), MaxSizeAllowed=service.limits.max_object)
        version = upload.draft
        version.checksum = _object_checksum(upload, chosen, body)
        _check_object(request, upload, version.checksum, body)
        condition.check(bucket, request.key)
        version.body, version.part_sizes = body, [len(part.body) for part in chosen]
        digests = b"".join(bytes.fromhex(part.etag) for part in chosen)
        version.etag = f"{hashlib.md5(digests).hexdigest()}-{len(chosen)}"
        del bucket.uploads[upload.id]
        bucket.publish(version)
        while len(bucket.completed) >= _REMEMBERED:
            del bucket.completed[next(iter(bucket.completed))]
        bucket.completed[upload.id] = (version, [(number, etag) for number, etag, _ in listed])
    return _reply(request, bucket, version)
