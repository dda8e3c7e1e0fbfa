"""https://learn.microsoft.com/rest/api/storageservices/lease-blob"""

import uuid

from fake_s3.exchange import Response

from .errors import BlobError
from .routing import operation
from .storage import Lease

HEADERS = frozenset({"x-ms-lease-id"})


def _held(container, name, now):
    lease = container.leases.get(name)
    return lease if lease and lease.holds(now) else None


def headers(container, name, now):
    lease = container.leases.get(name)
    if not lease:
        return {"x-ms-lease-status": "unlocked", "x-ms-lease-state": "available"}
    if not lease.holds(now):
        return {"x-ms-lease-status": "unlocked", "x-ms-lease-state": "broken" if lease.broken else "expired"}
    return {"x-ms-lease-status": "locked", "x-ms-lease-state": "breaking" if lease.broken else "leased",
            "x-ms-lease-duration": "infinite" if lease.seconds < 0 else "fixed"}


def check_write(container, request, now):
    """Who changes a blob that is leased has to say the lease."""
    lease, said = _held(container, request.blob, now), request.header("x-ms-lease-id")
    if lease and not said:
        raise BlobError("LeaseIdMissing")
    if lease and said.lower() != lease.id:
        raise BlobError("LeaseIdMismatchWithBlobOperation")
    if said and not lease:
        raise BlobError("LeaseNotPresentWithBlobOperation")


def _duration(request):
    text = request.header("x-ms-lease-duration")
    if text != "-1" and not (text.isdigit() and 15 <= int(text) <= 60):
        raise BlobError("InvalidHeaderValue", HeaderName="x-ms-lease-duration", HeaderValue=text)
    return int(text)


def _acquire(container, request, lease, now):
    wanted = request.header("x-ms-proposed-lease-id").lower() or str(uuid.uuid4())
    if lease and (lease.broken or lease.id != wanted):
        raise BlobError("LeaseAlreadyPresent")
    seconds = _duration(request)
    container.leases[request.blob] = Lease(wanted, seconds, now + seconds)
    return Response(201, headers={"x-ms-lease-id": wanted})


def _mine(container, request):
    lease = container.leases.get(request.blob)
    if not lease:
        raise BlobError("LeaseNotPresentWithLeaseOperation")
    if lease.id != request.header("x-ms-lease-id").lower():
        raise BlobError("LeaseIdMismatchWithLeaseOperation")
    return lease


def _renew(container, request, _, now):
    lease = _mine(container, request)
    lease.until = now + lease.seconds
    return Response(200, headers={"x-ms-lease-id": lease.id})


def _change(container, request, _, __):
    lease = _mine(container, request)
    lease.id = request.header("x-ms-proposed-lease-id").lower()
    return Response(200, headers={"x-ms-lease-id": lease.id})


def _release(container, request, _, __):
    _mine(container, request)
    del container.leases[request.blob]
    return Response(200)


def _break(container, request, lease, now):
    if not container.leases.get(request.blob):
        raise BlobError("LeaseNotPresentWithLeaseOperation")
    left = 0
    if lease:
        period = request.header("x-ms-lease-break-period")
        rest = max(int(lease.until - now), 0) if lease.seconds > 0 else 0
        left = min(int(period), rest or int(period)) if period.isdigit() else rest
    container.leases[request.blob].broken = now + left or now
    return Response(202, headers={"x-ms-lease-time": str(left)})


_ACTIONS = {"acquire": _acquire, "renew": _renew, "change": _change, "release": _release, "break": _break}


@operation("PUT", "blob", "lease", "w",
           headers=HEADERS | {"x-ms-lease-action", "x-ms-lease-duration", "x-ms-proposed-lease-id",
                              "x-ms-lease-break-period"})
def lease_blob(service, request):
    action = _ACTIONS.get(request.header("x-ms-lease-action"))
    if action is None:
        raise BlobError("InvalidHeaderValue", HeaderName="x-ms-lease-action")
    container, blob = service.blob_of(request)
    now = service.verifier.now()
    with container.lock:
        response = action(container, request, _held(container, request.blob, now), now)
    response.headers.update(blob.tokens())
    return response
