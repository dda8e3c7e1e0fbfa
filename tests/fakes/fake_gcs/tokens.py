"""Tokens for the service account's own assertions.

https://developers.google.com/identity/protocols/oauth2/service-account#httprest
"""

import base64
import json
import time
import urllib.parse

from .exchange import json_reply

# Google's own client is for this one, wherever it asks.
_AUDIENCE = "https://oauth2.googleapis.com/token"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_SCOPES = {f"https://www.googleapis.com/auth/{name}"
           for name in ("cloud-platform", "devstorage.full_control", "devstorage.read_write")}


def _decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _refused(description, error="invalid_grant"):
    return json_reply({"error": error, "error_description": description}, 400)


def grant(request, key, account, audience, token):
    """`token` for an assertion that `key` signed, and that is for `audience` and for now."""
    form = dict(urllib.parse.parse_qsl(request.body.decode()))
    if form.get("grant_type") != _GRANT:
        return _refused("Invalid grant_type", "unsupported_grant_type")
    try:
        signed, _, signature = form["assertion"].rpartition(".")
        header, claims = (json.loads(_decode(part)) for part in signed.split("."))
        is_genuine = header["alg"] == "RS256" and key.verifies(signed.encode(), _decode(signature))
    except (KeyError, ValueError):
        return _refused("Malformed assertion")
    if not is_genuine or claims.get("iss") != account:
        return _refused("Invalid JWT Signature.")
    if claims.get("aud") not in (_AUDIENCE, audience):
        return _refused("Invalid JWT: Failed audience check.")
    begun, end = claims.get("iat", 0), claims.get("exp", 0)
    if not begun - 60 <= time.time() < end <= begun + 3600:
        return _refused("Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.")
    if not _SCOPES & set(claims.get("scope", "").split()):
        return _refused("Invalid OAuth scope or ID token audience provided.", "invalid_scope")
    return json_reply({"access_token": token, "expires_in": 3599, "token_type": "Bearer"})
