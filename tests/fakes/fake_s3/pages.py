"""What all listings share: prefix, delimiter, markers, encoding-type.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-prefixes.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
"""

import bisect
import urllib.parse

from .errors import S3Error


def walk(keys, prefix, delimiter, after):
    """(name, first, end) of each entry after the name `after`: the key keys[first], for which end is first + 1, or a
    common prefix of keys[first:end], which ends with the delimiter. `keys` is sorted."""
    at = max(bisect.bisect_left(keys, prefix), bisect.bisect_right(keys, after))
    while at < len(keys) and keys[at].startswith(prefix):
        key = keys[at]
        cut = key.find(delimiter, len(prefix)) if delimiter else -1
        if cut < 0:
            if key > after:
                yield key, at, at + 1
            at += 1
            continue
        group = key[:cut + len(delimiter)]
        end = _end_of_group(keys, group, at)
        if group != after:
            yield group, at, end
        at = end


def _end_of_group(keys, group, at):
    if ord(group[-1]) < 0x10FFFF:
        return bisect.bisect_left(keys, group[:-1] + chr(ord(group[-1]) + 1), at)
    while at < len(keys) and keys[at].startswith(group):
        at += 1
    return at


class Parameters:
    """Those that every listing of a bucket has."""

    def __init__(self, request, limits, size_name):
        self.prefix = request.query.get("prefix", "")
        self.delimiter = request.query.get("delimiter", "")
        self.most = request.number(size_name, limits.max_page, 0, limits.max_page)
        self.encoding = request.query.get("encoding-type")
        if self.encoding not in (None, "url"):
            raise S3Error("InvalidArgument", "Invalid Encoding Method specified in Request",
                          ArgumentName="encoding-type", ArgumentValue=self.encoding)

    def is_group(self, name):
        """Of an entry that `walk` gave: whether it is a common prefix."""
        return bool(self.delimiter) and name.find(self.delimiter, len(self.prefix)) >= 0

    def name(self, text):
        """As the reply has it. A space becomes '+', as forms encode it; '/' stays."""
        return urllib.parse.quote_plus(text, safe="/*") if self.encoding else text

    def fields(self):
        delimiter = self.name(self.delimiter) if self.delimiter else None
        return [("Prefix", self.name(self.prefix)), ("Delimiter", delimiter), ("EncodingType", self.encoding)]

    def groups(self, names):
        return [("CommonPrefixes", [("Prefix", self.name(name))]) for name in names]
