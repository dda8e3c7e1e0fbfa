"""Shared Key. https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key"""

import base64
import hashlib
import hmac

_LINES = ("content-encoding", "content-language", "content-length", "content-md5", "content-type", "date",
          "if-modified-since", "if-match", "if-none-match", "if-unmodified-since", "range")


def sign(key, text):
    """`key`: bytes."""
    return base64.b64encode(hmac.new(key, text.encode("utf-8", "surrogateescape"), hashlib.sha256).digest()).decode()


def _weight(character):
    """Symbols before digits before letters."""
    return (2 if character.isalpha() else 1 if character.isdigit() else 0, character)


def in_culture(name):
    """The order of names for .NET's culture en-US: by all but hyphens, then by where these are."""
    return [_weight(c) for c in name if c != "-"], [c == "-" for c in name]


def _query_lines(pairs):
    values = {}
    for name, value in pairs:
        values.setdefault(name.lower(), []).append(value)
    return "".join(f"\n{name}:{','.join(sorted(values[name]))}" for name in sorted(values))


def string_to_sign(request, account):
    lines = [request.method]
    for name in _LINES:
        value = request.header(name)
        if name == "content-length" and value == "0":
            value = ""  # Since 2015-02-21.
        if name == "date" and "x-ms-date" in request.headers:
            value = ""
        lines.append(value)
    ours = sorted((name for name in request.headers if name.startswith("x-ms-")), key=in_culture)
    lines += [f"{name}:{request.headers[name].strip()}" for name in ours]
    return "\n".join(lines) + f"\n/{account}{request.raw_path}{_query_lines(request.query_pairs)}"
