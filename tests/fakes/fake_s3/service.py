"""From a request to its reply: routing, signature, body, operation; and errors in S3's form."""

import secrets
import sys
import traceback
from collections import Counter

# Of the operations, most are imported to be known to `routing`.
from . import buckets, bulk, copying, listing, multipart, objects, tagging, uploads, versions  # noqa: F401
from . import checksums, payload, routing
from .errors import S3Error
from .exchange import Response, decode
from .limits import Limits
from .signing import Verifier
from .storage import Store, find_version
from .xmltext import document

OWNER_ID = "c0ffee" + "0" * 58
OWNER_NAME = "fake-s3"
ACCOUNT = "123456789012"
_HOST_SUFFIX = ".s3.localhost"  # Before it stands a bucket: userguide/VirtualHosting.html
_PRESIGN = {"x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires", "x-amz-signedheaders",
            "x-amz-signature"}


def _climbs_out(key):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html: relative path elements may not outnumber the
    others before them."""
    depth = 0
    for segment in key.split("/"):
        depth += -1 if segment == ".." else 1
        if depth < 0:
            return True
    return False


class Service:
    def __init__(self, keys, regions, limits=None, log=sys.stderr):
        self.limits = limits or Limits()
        self.regions = regions
        self.store = Store()
        self.payloads = Counter()  # How often each kind of x-amz-content-sha256 came, "SIGNED" for a hash.
        self._verifier = Verifier(keys, regions)
        self._log = log

    def answer(self, request, read_body):
        """`read_body()` gives the bytes as they were sent, or raises S3Error; it is not called when the headers alone
        are refused, after which the connection cannot be used again."""
        was_read = False
        try:
            self._locate(request)
            signed = self._verifier.check(request)
            _hoist(request)
            operation = routing.find(request)
            self._check_owner(request)
            self._check_length(request, operation, signed)
            if request.bucket and operation.handler is not buckets.create_bucket:
                # GetBucketLocation is asked of any region.
                anywhere = operation.handler is buckets.get_bucket_location
                bucket = self.bucket_of(request, None if anywhere else signed.region)
                request.ticket = bucket.ticket(request.key)
            elif operation.handler is buckets.create_bucket:
                request.region = signed.region
            self.payloads[signed.payload if "-" in signed.payload else "SIGNED"] += 1
            raw = read_body()
            was_read = True
            request.body, trailers = payload.decode(request, signed, raw)
            self._check_digests(request, operation, trailers)
            response = operation.handler(self, request)
            if request.header("x-amz-request-payer"):
                response.headers["x-amz-request-charged"] = "requester"
        except S3Error as error:
            response = self._error(request, error)
        except Exception:  # pylint: disable=broad-except
            traceback.print_exc(file=self._log)
            response = self._error(request, S3Error("InternalError"))
        response.close = response.close or not was_read
        response.headers.setdefault("x-amz-request-id", secrets.token_hex(8).upper())
        response.headers.setdefault("x-amz-id-2", secrets.token_urlsafe(32))
        return response

    def _locate(self, request):
        host = request.header("host").rpartition(":")[0] or request.header("host")
        path = request.raw_path
        if not path.startswith("/"):
            raise S3Error("InvalidURI", URI=path)
        if host.endswith(_HOST_SUFFIX):
            request.bucket, key = host[:-len(_HOST_SUFFIX)], path[1:]
        else:
            name, _, key = path[1:].partition("/")
            request.bucket = decode(name)
        request.key = decode(key)
        if _climbs_out(request.key):
            raise S3Error("")
        if len(request.key.encode()) > self.limits.max_key:
            raise S3Error("KeyTooLongError", None, Size=len(request.key.encode()), MaxSizeAllowed=self.limits.max_key)

    def _check_owner(self, request):
        if request.header("x-amz-expected-bucket-owner", ACCOUNT) != ACCOUNT:
            raise S3Error("AccessDenied")
        if request.header("x-amz-request-payer", "requester") != "requester":
            raise S3Error("InvalidArgument", None, ArgumentName="x-amz-request-payer",
                          ArgumentValue=request.header("x-amz-request-payer"))

    def _check_length(self, request, operation, signed):
        payload.check_kind(signed.payload)
        if "content-length" not in request.headers:
            if "transfer-encoding" in request.headers:
                if not payload.is_chunked(signed.payload):
                    raise S3Error("NotImplemented", None, Header="Transfer-Encoding")
            elif operation.body == "bytes":
                raise S3Error("MissingContentLength")
        length = (payload.decoded_length(request) if payload.is_chunked(signed.payload)
                  else int(request.header("content-length") or 0))
        most = {"none": 0, "xml": self.limits.max_xml}.get(operation.body, self.limits.max_put)
        if length > most:
            if operation.body == "none":
                raise S3Error("NotImplemented", f"{operation.name} takes no body", Header="Content-Length")
            raise S3Error("EntityTooLarge", None, ProposedSize=length, MaxSizeAllowed=most)

    def _check_digests(self, request, operation, trailers):
        if "content-md5" in request.headers:
            checksums.check_content_md5(request.header("content-md5"), request.body)
        # At the end of an upload such a header is of the whole object.
        if operation.handler is multipart.complete_multipart_upload:
            return
        request.checksum = checksums.of_request(request.headers, trailers)
        if request.checksum:
            checksums.compare(request.checksum, request.body)

    def _error(self, request, error):
        details = [("Code", error.code), ("Message", error.message), *error.details.items()]
        if request.bucket:
            details.append(("Resource", request.raw_path))
        headers = dict(error.headers)
        request_id = headers["x-amz-request-id"] = secrets.token_hex(8).upper()
        details += [("RequestId", request_id), ("HostId", secrets.token_urlsafe(32))]
        if error.code == "NotImplemented":
            print(f"NOT IMPLEMENTED: {request.method} {request.raw_path}: {error.details}", file=self._log, flush=True)
        if error.status == 304 or not error.code:
            return Response(error.status, headers=headers)
        return Response.xml(document("Error", details, namespace=None), headers, error.status)

    # ---- what handlers ask

    def bucket_of(self, request, region=None):
        """Of the request; for one that is signed for another region than the bucket's, the redirect."""
        bucket = self.store.get(request.bucket)
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/Redirects.html
        if region is not None and bucket.region != region:
            raise S3Error("PermanentRedirect", headers={"x-amz-bucket-region": bucket.region}, Bucket=bucket.name,
                          Endpoint=f"{bucket.name}.s3.{bucket.region}.amazonaws.com")
        return bucket

    def version_of(self, request):
        """(bucket, version) that a request about an object means, which must have bytes."""
        bucket = self.bucket_of(request)
        return bucket, find_version(bucket, request.key, request.query.get("versionId"))

    @staticmethod
    def require_digest(request):
        """Of requests that say so: "This header is required", Content-MD5 or a checksum: API_DeleteObjects.html."""
        if "content-md5" not in request.headers and request.checksum is None:
            raise S3Error("InvalidRequest", "Missing required header for this request: Content-MD5 OR x-amz-checksum-*")

    @staticmethod
    def owner():
        return [("ID", OWNER_ID), ("DisplayName", OWNER_NAME)]


def _hoist(request):
    """A presigned URL may carry x-amz- headers in its query: sigv4-query-string-auth.html."""
    if not request.presigned:
        return
    for name, value in request.query.items():
        lower = name.lower()
        if lower.startswith("x-amz-") and lower not in _PRESIGN:
            request.headers.setdefault(lower, value)
