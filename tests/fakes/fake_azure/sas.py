"""Shared access signatures: of the service, of a user's delegated key, of the account.

https://learn.microsoft.com/rest/api/storageservices/create-service-sas
https://learn.microsoft.com/rest/api/storageservices/create-user-delegation-sas
https://learn.microsoft.com/rest/api/storageservices/create-account-sas
"""

import calendar
import hmac
import time

from . import signing
from .errors import BlobError

PARAMETERS = {"sv", "ss", "srt", "sp", "st", "se", "sr", "sip", "spr", "si", "sig", "ses", "skoid", "sktid", "skt", "ske",
              "sks", "skv", "saoid", "suoid", "scid", "sdd", "rscc", "rscd", "rsce", "rscl", "rsct"}
OVERRIDES = {"rscc": "Cache-Control", "rscd": "Content-Disposition", "rsce": "Content-Encoding",
             "rscl": "Content-Language", "rsct": "Content-Type"}
_RESPONSE = ("rscc", "rscd", "rsce", "rscl", "rsct")
_DELEGATED = ("skoid", "sktid", "skt", "ske", "sks", "skv", "saoid", "suoid", "scid")
_ORDER = "racwdxyltmeopi"
_FORMS = ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%MZ", "%Y-%m-%d")


def _failed(why):
    return BlobError("AuthenticationFailed", AuthenticationErrorDetail=why)


def parse_time(text):
    for form in _FORMS:
        try:
            return calendar.timegm(time.strptime(text, form))
        except ValueError:
            pass
    raise _failed(f"{text} is no time")


def _resource(request, account, kind):
    name = f"/blob/{account}/{request.container}"
    return name if kind == "c" else f"{name}/{request.blob}"


def service_string(query, resource, snapshot):
    get = query.get
    delegation = [get(name, "") for name in _DELEGATED] if "skoid" in query else [get("si", "")]
    lines = [get("sp", ""), get("st", ""), get("se", ""), resource, *delegation, get("sip", ""), get("spr", ""),
             get("sv", ""), get("sr", ""), snapshot, get("ses", ""), *(get(name, "") for name in _RESPONSE)]
    return "\n".join(lines)


def account_string(query, account):
    get = query.get
    lines = [account, *(get(name, "") for name in ("sp", "ss", "srt", "st", "se", "sip", "spr", "sv"))]
    if get("sv", "") >= "2020-12-06":
        lines.append(get("ses", ""))
    return "\n".join(lines) + "\n"


def _check_times(query, now):
    if not query.get("se"):
        raise _failed("se is mandatory")
    start = parse_time(query["st"]) if query.get("st") else 0
    if not start <= now < parse_time(query["se"]):
        raise _failed(f"Signed expiry time [{query['se']}] must be after, and start before, current time")


def _check_surroundings(query):
    if query.get("spr", "https,http") not in ("https,http", "http,https", "https"):
        raise _failed("spr is mandatory to be https or https,http")
    if query.get("spr") == "https":
        raise BlobError("AuthorizationProtocolMismatch")  # The fake serves plain http.
    if query.get("sip"):
        low, _, high = query["sip"].partition("-")
        if not low <= "127.0.0.1" <= (high or low):
            raise BlobError("AuthorizationSourceIPMismatch")


def _check_order(permissions):
    places = [_ORDER.find(letter) for letter in permissions]
    if not permissions or -1 in places or places != sorted(set(places)):
        raise _failed(f"sp={permissions} is not in the order {_ORDER}")


def _verify_account(request, account, key, query):
    if not hmac.compare_digest(signing.sign(key, account_string(query, account)), query["sig"]):
        raise _failed("Signature did not match.")
    if "b" not in query["ss"]:
        raise BlobError("AuthorizationServiceMismatch")
    level = "o" if request.blob else "c" if request.container else "s"
    if level not in query.get("srt", ""):
        raise BlobError("AuthorizationResourceTypeMismatch")


def _verify_service(request, account, key, query):
    kind = query.get("sr", "")
    if kind not in ("b", "c", "bs", "bv"):
        raise _failed("sr is mandatory")
    if not request.container or (kind != "c" and not request.blob):
        raise BlobError("AuthorizationResourceTypeMismatch")
    snapshot = request.query.get("snapshot", "") if kind == "bs" else request.query.get("versionid", "") * (kind == "bv")
    text = service_string(query, _resource(request, account, kind), snapshot)
    if not hmac.compare_digest(signing.sign(key, text), query["sig"]):
        raise _failed("Signature did not match.")
    if kind == "c" and not request.blob and request.query.get("comp", "") not in ("list", "batch", ""):
        raise BlobError("AuthorizationResourceTypeMismatch")


def verify(request, account, delegated, now):
    """The permissions, letter by letter. `delegated(skoid, ske)`: the key that the service lent, or None."""
    query = request.query
    if not query.get("sv"):
        raise _failed("sv is mandatory")
    key = account.key
    if "skoid" in query:
        key = delegated(query["skoid"], query.get("ske", ""))
        if key is None or parse_time(query["ske"]) <= now:
            raise _failed("the user delegation key is not known, or has ended")
    _check_order(query.get("sp", ""))
    (_verify_account if "ss" in query else _verify_service)(request, account.name, key, query)
    _check_times(query, now)
    _check_surroundings(query)
    return set(query["sp"])
