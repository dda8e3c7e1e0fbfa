#!/usr/bin/env python3
"""Every link of the built site leads to a page and a place in it, and no page loads anything from elsewhere."""
import html.parser
import pathlib
import sys
import tempfile
import urllib.parse

import tree

# What a browser loads by itself.
LOADED = {("link", "href"), ("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src")}


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.loaded = set(), set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name == "id":
                self.ids.add(value)
            elif (tag, name) in LOADED:
                self.loaded.add(value)
            elif (tag, name) == ("a", "href"):
                self.links.add(value)


def problems(site):
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        if path.is_relative_to(site / "reference"):  # Doxygen's own.
            continue
        for link in sorted(page.links | page.loaded):
            parts = urllib.parse.urlsplit(link)
            if parts.scheme or parts.netloc:
                if link in page.loaded:
                    yield f"{path.relative_to(site)}: loads {link}"
                continue
            name, anchor = (urllib.parse.unquote(part) for part in (parts.path, parts.fragment))
            # The page of what is not there is shown wherever that is, and so begins at the root.
            base = site if path == site / "404.html" else path.parent
            target = (base / (name.lstrip("/") if base == site else name)).resolve() if name else path
            target = target / "index.html" if target.is_dir() else target
            if not target.is_file():
                yield f"{path.relative_to(site)}: there is no {link}"
            elif anchor and target in pages and anchor not in pages[target].ids:
                yield f"{path.relative_to(site)}: {link} has no such place"


def trap():
    with tempfile.TemporaryDirectory() as directory:
        page = '<a href="none.html"></a><a href="#none"></a><script src="https://elsewhere.example/x.js"></script>'
        pathlib.Path(directory, "index.html").write_text(page)
        return len(list(problems(pathlib.Path(directory).resolve())))


found = list(problems(tree.ROOT / "build/site"))
if trap() != 3:
    found.append("a broken page passes: the check has no teeth")
print(*found, sep="\n", end="\n" if found else "")
sys.exit(1 if found else 0)
