"""Which operation a request is. Every operation says which queries and headers it knows; whatever else would change
what S3 does is refused with NotImplemented, so that no test passes because the fake looked away."""

from dataclasses import dataclass

from .errors import S3Error, not_implemented

_OPERATIONS = []

# Of every request. x-id is a hint of the SDKs, and no S3 looks at it.
_QUERY_OF_ALL = {"x-id"}
_HEADERS_OF_ALL = {
    "x-amz-date", "x-amz-content-sha256", "x-amz-security-token", "x-amz-user-agent", "x-amz-request-payer",
    "x-amz-expected-bucket-owner", "x-amz-decoded-content-length", "x-amz-trailer", "x-amz-sdk-checksum-algorithm",
}
_PRESIGN = "x-amz-"
# Headers of HTTP itself that change what is done.
_HTTP = {"if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range", "range", "content-range"}


@dataclass(frozen=True)
class Operation:
    name: str
    method: str
    level: str            # "service", "bucket" or "object"
    needs: frozenset      # Queries without which it is another operation.
    query: frozenset      # Queries that it knows besides.
    headers: frozenset    # x-amz- headers and those of HTTP that it knows; one that ends with "-" is a prefix.
    with_header: str      # A header without which it is another operation.
    body: str             # "none", "xml" or "bytes"
    handler: object

    def matches(self, request, level):
        return (self.method == request.method and self.level == level and self.needs <= set(request.query)
                and (not self.with_header or self.with_header in request.headers))

    def takes_header(self, name):
        if name in self.headers or name == self.with_header:
            return True
        return any(name.startswith(prefix) for prefix in self.headers if prefix.endswith("-"))


def operation(method, level, needs=(), query=(), headers=(), with_header="", body="none"):
    def register(handler):
        _OPERATIONS.append(Operation(handler.__name__, method, level, frozenset(needs), frozenset(query),
                                     frozenset(headers), with_header, body, handler))
        return handler
    return register


def level_of(request):
    return "object" if request.key else "bucket" if request.bucket else "service"


def find(request):
    """The most specific operation that fits, if it knows all of the request."""
    level = level_of(request)
    fitting = [known for known in _OPERATIONS if known.matches(request, level)]
    if not fitting:
        if request.query or request.method not in ("GET", "PUT", "POST", "DELETE", "HEAD"):
            raise not_implemented("Resource", f"{request.method} {'&'.join(request.query)} of a {level}")
        raise S3Error("MethodNotAllowed", None, Method=request.method, ResourceType=level.upper())
    found = max(fitting, key=lambda known: (len(known.needs), bool(known.with_header)))
    for name in request.query:
        if name not in found.needs | found.query | _QUERY_OF_ALL and not _is_of_presigning(request, name):
            raise not_implemented("Query", name)
    for name in request.headers:
        if name in _HTTP or (name.startswith("x-amz-") and name not in _HEADERS_OF_ALL):
            if not found.takes_header(name):
                raise not_implemented("Header", name)
    return found


def _is_of_presigning(request, name):
    return request.presigned and name.lower().startswith(_PRESIGN)
