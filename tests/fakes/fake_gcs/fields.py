"""The query parameter `fields`: what it does not name is not in the reply."""

from . import errors


def _parse(text, at):
    wanted = {}
    name = ""
    while at < len(text):
        char = text[at]
        if char == "(":
            wanted[name], at = _parse(text, at + 1)
            name = None
        elif char in ",)":
            if name:
                wanted[name] = None
            name = ""
            if char == ")":
                return wanted, at
        else:
            name = (name or "") + char
        at += 1
    if name:
        wanted[name] = None
    return wanted, at


def _select(value, wanted):
    if wanted is None:
        return value
    if isinstance(value, list):
        return [_select(item, wanted) for item in value]
    return {name: _select(value[name], inner) for name, inner in wanted.items() if name in value}


def select(document, text):
    """`document` with what `text` names, such as "items(name,size),nextPageToken"."""
    if not text:
        return document
    wanted, end = _parse(text, 0)
    if end != len(text) or not wanted:
        raise errors.invalid(f"Invalid field selection {text}")
    return _select(document, wanted)
