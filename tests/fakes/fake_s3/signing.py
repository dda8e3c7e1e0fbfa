"""SigV4, checked from the service's side.

https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
"""

import calendar
import functools
import hashlib
import hmac
import re
import time
import urllib.parse
from dataclasses import dataclass

from .errors import S3Error

ALGORITHM = "AWS4-HMAC-SHA256"
MAX_SKEW = 15 * 60        # https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
MAX_EXPIRES = 7 * 86400   # sigv4-query-string-auth.html
_CREDENTIAL = re.compile(r"([^/]+)/(\d{8})/([^/]*)/([^/]+)/([^/]+)")
_PRESIGN = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders",
            "X-Amz-Signature")


@dataclass
class Signed:
    """A signature that was right, and what the chunks of the body are to be checked with."""
    region: str
    scope: str
    time: str
    key: bytes
    signature: str
    payload: str


def quote(text, safe=""):
    return urllib.parse.quote(text, safe=safe + "-._~")


@functools.lru_cache(64)
def signing_key(secret, date, region, service):
    key = ("AWS4" + secret).encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def sign(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _canonical_request(request, path, names, payload):
    pairs = sorted((quote(name), quote(value)) for name, value in request.query_pairs if name != "X-Amz-Signature")
    query = "&".join(f"{name}={value}" for name, value in pairs)
    # One blank for several, none at the ends.
    headers = "".join(f"{name}:{' '.join(request.header(name).split())}\n" for name in names)
    return "\n".join([request.method, path, query, headers, ";".join(names), payload])


def _parse_time(text):
    try:
        return calendar.timegm(time.strptime(text, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        return None


def _check_signed_headers(request, names):
    """host and every x-amz- header must be signed, and what is signed must be there."""
    unsigned = [name for name in request.headers
                if (name == "host" or name.startswith("x-amz-")) and name not in names]
    if unsigned:
        raise S3Error("AccessDenied", "There were headers present in the request which were not signed",
                      HeadersNotSigned=", ".join(unsigned))
    absent = [name for name in names if name not in request.headers]
    if absent:
        raise S3Error("SignatureDoesNotMatch", f"Signed, but not sent: {', '.join(absent)}")


class Verifier:
    """`keys`: of each access key its secret, and its session token or None. `regions`: where the service is."""

    services = frozenset({"s3"})  # That a scope may name.

    @staticmethod
    def _canonical_path(request):
        return quote(urllib.parse.unquote_to_bytes(request.raw_path), "/")

    @staticmethod
    def _payload(request):
        """What the body's hash is said to be."""
        payload = request.header("x-amz-content-sha256")
        if not payload:
            raise S3Error("InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
        return payload

    def __init__(self, keys, regions, now=time.time):
        self._keys = keys
        self._regions = regions
        self._now = now

    def check(self, request):
        """The Signed, or raises."""
        authorization = request.header("authorization")
        if authorization and request.presigned:
            raise S3Error("InvalidArgument", "Only one auth mechanism allowed; only the X-Amz-Algorithm query "
                          "parameter, Signature query string parameter or the Authorization header should be specified",
                          ArgumentName="Authorization", ArgumentValue="")
        if authorization:
            return self._check_header(request, authorization)
        if any(name in request.query for name in _PRESIGN):
            return self._check_query(request)
        raise S3Error("AccessDenied")  # Nothing here is public.

    def _check_header(self, request, authorization):
        scheme, _, fields = authorization.partition(" ")
        if scheme != ALGORITHM:
            raise S3Error("InvalidRequest", "The authorization mechanism you have provided is not supported. Please "
                          f"use {ALGORITHM}.")
        given = dict(field.strip().partition("=")[::2] for field in fields.split(","))
        if set(given) != {"Credential", "SignedHeaders", "Signature"}:
            raise S3Error("AuthorizationHeaderMalformed", "The authorization header is malformed; the authorization "
                          "header requires three components: Credential, SignedHeaders, and Signature.")
        signed_at = request.header("x-amz-date")
        seconds = _parse_time(signed_at)
        if seconds is None:
            raise S3Error("AccessDenied", "AWS authentication requires a valid Date or x-amz-date header")
        if abs(seconds - self._now()) > MAX_SKEW:
            raise S3Error("RequestTimeTooSkewed", None, RequestTime=signed_at,
                          MaxAllowedSkewMilliseconds=MAX_SKEW * 1000,
                          ServerTime=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self._now())))
        payload = self._payload(request)
        names = given["SignedHeaders"].split(";")
        _check_signed_headers(request, names)
        return self._compare(request, given["Credential"], signed_at, names, payload, given["Signature"],
                             request.header("x-amz-security-token"), "AuthorizationHeaderMalformed")

    def _check_query(self, request):
        given = {name: request.query.get(name) for name in _PRESIGN}
        if None in given.values():
            raise S3Error("AuthorizationQueryParametersError", "Query-string authentication version 4 requires the "
                          f"{', '.join(_PRESIGN)} parameters.")
        if given["X-Amz-Algorithm"] != ALGORITHM:
            raise S3Error("AuthorizationQueryParametersError", f'X-Amz-Algorithm only supports "{ALGORITHM}"')
        expires, seconds = given["X-Amz-Expires"], _parse_time(given["X-Amz-Date"])
        if not expires.isdigit() or not 1 <= int(expires) <= MAX_EXPIRES:
            raise S3Error("AuthorizationQueryParametersError", "X-Amz-Expires must be between 1 and 604800 seconds")
        if seconds is None:
            raise S3Error("AuthorizationQueryParametersError", "X-Amz-Date must be in the ISO8601 Long Format "
                          '"yyyyMMdd\'T\'HHmmss\'Z\'"')
        if seconds - self._now() > MAX_SKEW:
            raise S3Error("AccessDenied", "Request is not valid yet")
        if self._now() > seconds + int(expires):
            raise S3Error("AccessDenied", "Request has expired")
        names = given["X-Amz-SignedHeaders"].split(";")
        _check_signed_headers(request, names)
        hoisted = request.query.get("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
        payload = request.header("x-amz-content-sha256") or hoisted
        return self._compare(request, given["X-Amz-Credential"], given["X-Amz-Date"], names, payload,
                             given["X-Amz-Signature"], request.query.get("X-Amz-Security-Token", ""),
                             "AuthorizationQueryParametersError")

    def _compare(self, request, credential, signed_at, names, payload, signature, token, malformed):
        parts = _CREDENTIAL.fullmatch(credential)
        if not parts or parts[4] not in self.services or parts[5] != "aws4_request":
            raise S3Error(malformed, "The Credential is malformed; expecting "
                          f'"<YOUR-AKID>/YYYYMMDD/REGION/{"|".join(sorted(self.services))}/aws4_request".')
        access_key, date, region, service = parts[1], parts[2], parts[3], parts[4]
        if access_key not in self._keys:
            raise S3Error("InvalidAccessKeyId", None, AWSAccessKeyId=access_key)
        secret, session = self._keys[access_key]
        if (session or "") != token:
            raise S3Error("InvalidToken")
        if date != signed_at[:8]:
            raise S3Error(malformed, f'Invalid credential date "{date}". This date is not the same as X-Amz-Date: '
                          f'"{signed_at[:8]}".')
        if region not in self._regions:
            # A reply to HEAD has no body, so that a header says it, too: API_HeadBucket.html
            raise S3Error(malformed, f"The authorization header is malformed; the region '{region}' is wrong; "
                          f"expecting '{self._regions[0]}'", {"x-amz-bucket-region": self._regions[0]},
                          Region=self._regions[0])
        if names != sorted(names):
            raise S3Error(malformed, "SignedHeaders must be sorted")
        canonical = _canonical_request(request, self._canonical_path(request), names, payload)
        scope = f"{date}/{region}/{service}/aws4_request"
        text = "\n".join([ALGORITHM, signed_at, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = signing_key(secret, date, region, service)
        if not hmac.compare_digest(sign(key, text), signature):
            # As S3 says it, which is what one needs to find the mistake; the secret is in none of it.
            raise S3Error("SignatureDoesNotMatch", None, AWSAccessKeyId=access_key, StringToSign=text,
                          CanonicalRequest=canonical)
        return Signed(region, scope, signed_at, key, signature, payload)
