"""XML in both directions: replies begin with a byte order mark, as Azure's do."""

import xml.etree.ElementTree as ElementTree

from fake_s3.xmltext import Node, element

from .errors import BlobError

_HEAD = "\ufeff<?xml version=\"1.0\" encoding=\"utf-8\"?>"


def document(name, content, attributes=""):
    body = element(name, content)
    if attributes:
        body = body.replace(f"<{name}>", f"<{name} {attributes}>", 1)
    return (_HEAD + body).encode()


def raw_document(inner):
    return (_HEAD + inner).encode()


def parse(body, root):
    """The root element."""
    try:
        if b"<!DOCTYPE" in body:
            raise BlobError("InvalidXmlDocument")
        node = Node(ElementTree.fromstring(body))
    except (ElementTree.ParseError, ValueError) as error:
        raise BlobError("InvalidXmlDocument") from error
    if node.name != root:
        raise BlobError("InvalidXmlDocument")
    return node
