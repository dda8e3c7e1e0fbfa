"""Who asks, and whether that is allowed: a key, a signature, a token, or nobody for what is public.

https://learn.microsoft.com/rest/api/storageservices/authorize-requests-to-azure-storage
"""

import base64
import binascii
import hmac
import re
import secrets
import threading
import time

from fake_s3.exchange import parse_http_date

from . import sas, signing
from .errors import BlobError

_CHALLENGE = {"WWW-Authenticate": "Bearer authorization_uri=https://login.microsoftonline.com/"
                                  "11111111-2222-3333-4444-555555555555/oauth2/authorize "
                                  "resource_id=https://storage.azure.com"}
_VERSION = re.compile(r"20\d\d-\d\d-\d\d")


class Verifier:
    def __init__(self, tokens, limits):
        self.tokens = set(tokens)   # That are good.
        self.skew = 0.0             # Of the service's clock to this machine's.
        self._limits = limits
        self._lent = {}             # Keys of users, by object id and end.
        self._lock = threading.Lock()

    def now(self):
        return time.time() + self.skew

    def check(self, request, account, operation):
        """Sets `request.identity`: "key", "sas", "token" or "nobody"; and `request.may`, letters of a signature."""
        request.may = None          # All.
        authorization = request.header("authorization")
        scheme, _, value = authorization.partition(" ")
        version = request.header("x-ms-version") or getattr(request, "version", "")
        if authorization and not _VERSION.fullmatch(version):
            raise BlobError("InvalidHeaderValue" if version else "MissingRequiredHeader", HeaderName="x-ms-version")
        if scheme == "SharedKey":
            self._check_key(request, account, value)
        elif scheme == "Bearer":
            self._check_token(request, value)
        elif authorization:
            raise BlobError("InvalidAuthenticationInfo", 400)
        elif "sig" in request.query:
            request.identity = "sas"
            request.may = sas.verify(request, account, self.lent, self.now())
            self._check_permission(request, operation)
        else:
            self._check_public(request, account, operation)

    def _check_key(self, request, account, value):
        name, _, signature = value.partition(":")
        sent = parse_http_date(request.header("x-ms-date") or request.header("date"))
        if sent is None or abs(sent - self.now()) > self._limits.skew_seconds:
            raise BlobError("AuthenticationFailed",
                            AuthenticationErrorDetail=f"Request date header too old: '{request.header('x-ms-date')}'")
        text = signing.string_to_sign(request, account.name)
        if name != account.name or not hmac.compare_digest(signing.sign(account.key, text), signature):
            raise BlobError("AuthenticationFailed", AuthenticationErrorDetail=f"The MAC signature found in the HTTP "
                            f"request is not the same as any computed signature. Server used following string to "
                            f"sign: '{text}'.")
        request.identity = "key"

    def _check_token(self, request, value):
        if value not in self.tokens:
            raise BlobError("InvalidAuthenticationInfo", headers=_CHALLENGE,
                            AuthenticationErrorDetail="Lifetime validation failed. The token is expired.")
        request.identity = "token"

    @staticmethod
    def _check_permission(request, operation):
        if not request.may & set(operation.permission):
            raise BlobError("AuthorizationPermissionMismatch")

    @staticmethod
    def _check_public(request, account, operation):
        container = account.containers.get(request.container)
        public = container.public if container else ""
        reads = operation.method in ("GET", "HEAD") and "r" in operation.permission
        lists = operation.method == "GET" and request.query.get("comp") == "list"
        if not (public and reads and request.blob) and not (public == "container" and lists):
            raise BlobError("NoAuthenticationInformation" if operation.method not in ("GET", "HEAD")
                            else "ResourceNotFound", headers=_CHALLENGE)
        request.identity = "nobody"

    # ---- keys that are lent to users

    def lend(self, expires):
        """(object id, key in base64)"""
        key = secrets.token_bytes(32)
        with self._lock:
            self._lent["oid-1", expires] = key
        return "oid-1", base64.b64encode(key).decode()

    def lent(self, object_id, expires):
        return self._lent.get((object_id, expires))


def key_of(base64_text):
    try:
        return base64.b64decode(base64_text, validate=True)
    except binascii.Error as error:
        raise SystemExit("--account wants NAME:KEY, the key in base64") from error
