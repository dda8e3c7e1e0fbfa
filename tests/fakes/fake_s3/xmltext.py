"""XML in both directions."""

import xml.etree.ElementTree as ElementTree

from .errors import S3Error

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
# Characters that XML 1.0 cannot hold are written as S3 writes them, which is why encoding-type=url exists:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
_ESCAPES = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord('"'): "&quot;"}
_ESCAPES.update({code: f"&#x{code:x};" for code in [*range(0x20), 0x7F] if code not in (0x09, 0x0A)})


def escape(text):
    return str(text).translate(_ESCAPES)


def element(name, content):
    """`content`: a text, or a list of (name, content) pairs; pairs whose content is None are left out."""
    if isinstance(content, list):
        inner = "".join(element(child, value) for child, value in content if value is not None)
    elif isinstance(content, bool):
        inner = "true" if content else "false"
    else:
        inner = escape(content)
    return f"<{name}>{inner}</{name}>"


def document(name, content, namespace=NAMESPACE):
    body = element(name, content)
    if namespace:
        body = body.replace(f"<{name}>", f'<{name} xmlns="{namespace}">', 1)
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + body).encode()


class Node:
    """An element without its namespace."""

    def __init__(self, raw):
        self._raw = raw
        self.name = raw.tag.rpartition("}")[2]
        self.text = raw.text or ""
        self.children = [Node(child) for child in raw]

    def all(self, name):
        return [child for child in self.children if child.name == name]

    def get(self, name, default=None):
        found = self.all(name)
        return found[0].text if found else default


def parse(body, root):
    """The root element; MalformedXML for what is not a document with that root."""
    try:
        if not body:
            raise S3Error("MissingRequestBodyError")
        if b"<!DOCTYPE" in body:
            raise S3Error("MalformedXML")
        node = Node(ElementTree.fromstring(body))
    except (ElementTree.ParseError, ValueError) as error:
        raise S3Error("MalformedXML") from error
    if node.name != root:
        raise S3Error("MalformedXML")
    return node
