"""Which operation a request is. Each says which queries and headers it knows; whatever else would change what Azure does
is refused, so that no test passes because the fake looked away."""

from dataclasses import dataclass

from . import sas
from .errors import BlobError

_OPERATIONS = []

_QUERY_OF_ALL = {"timeout", "comp", "restype"} | sas.PARAMETERS
_HEADERS_OF_ALL = {"x-ms-date", "x-ms-version", "x-ms-client-request-id", "x-ms-return-client-request-id"}
_HTTP = {"if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "range", "content-md5"}


@dataclass(frozen=True)
class Operation:
    name: str
    method: str
    level: str            # "account", "container" or "blob"
    comp: str
    permission: str       # Letters of a signature, of which one is enough; "" for those that only keys and tokens allow.
    query: frozenset
    headers: frozenset    # x-ms- headers and those of HTTP that it knows; one that ends with "-" is a prefix.
    with_header: str      # A header without which it is another operation.
    body: str             # "none", "xml", "batch" or "bytes"
    handler: object

    def matches(self, request, level, comp):
        return (self.method == request.method and self.level == level and self.comp == comp
                and (not self.with_header or self.with_header in request.headers))

    def takes_header(self, name):
        return (name in self.headers or name == self.with_header
                or any(name.startswith(known) for known in self.headers if known.endswith("-")))


def operation(method, level, comp="", permission="", query=(), headers=(), with_header="", body="none"):
    def register(handler):
        _OPERATIONS.append(Operation(handler.__name__, method, level, comp, permission, frozenset(query),
                                     frozenset(headers), with_header, body, handler))
        return handler
    return register


def _level(request):
    if request.blob:
        return "blob"
    restype = request.query.get("restype", "")
    if request.container:
        if restype != "container":
            raise BlobError("InvalidQueryParameterValue", QueryParameterName="restype", QueryParameterValue=restype)
        return "container"
    return "account"


def find(request):
    """The most specific operation that fits, if it knows all of the request."""
    level = _level(request)
    comp = request.query.get("comp", "")
    fitting = [known for known in _OPERATIONS if known.matches(request, level, comp)]
    if not fitting:
        if any(known.level == level and known.comp == comp for known in _OPERATIONS):
            raise BlobError("UnsupportedHttpVerb")
        raise BlobError("InvalidQueryParameterValue", QueryParameterName="comp", QueryParameterValue=comp)
    # A put that names a source is a copy, whatever else it names.
    found = max(fitting, key=lambda known: (bool(known.with_header), known.with_header == "x-ms-copy-source"))
    for name in request.query:
        if name not in found.query | _QUERY_OF_ALL:
            raise BlobError("UnsupportedQueryParameter", QueryParameterName=name)
    for name in request.headers:
        ours = name.startswith("x-ms-") and name not in _HEADERS_OF_ALL
        if (ours or name in _HTTP) and not found.takes_header(name):
            raise BlobError("UnsupportedHeader", HeaderName=name)
    return found
