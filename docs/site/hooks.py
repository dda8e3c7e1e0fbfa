"""Makes the site whole: what its pages lead to outside of docs/ has a page of its own below source/.

There is no copy of anything in docs/: these pages, and the list of decisions, are made while the site is built.
"""
import os
import pathlib
import re

from mkdocs.structure.files import File
from mkdocs.structure.nav import Link

ROOT = pathlib.Path(__file__).resolve().parents[2]
FENCE_OR_LINK = re.compile(r"^```.*?^```|(?<=\]\()[^)\s]+(?=\))", re.MULTILINE | re.DOTALL)
LANGUAGES = {".cc": "cpp", ".h": "cpp", ".json": "json", ".py": "python", ".sbatch": "bash", ".txt": "cmake", ".yaml": "yaml",
             ".yml": "yaml"}
BUILT = {"__pycache__", "build"}  # What is not the repository's.

NOT_SEARCHED = "---\nsearch:\n  exclude: true\n---\n"


def on_config(config):
    """The nav ends with the decisions, whoever adds one."""
    pages = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
    config.nav[-1]["Decisions"] += [f"decisions/{page.name}" for page in pages]


def on_nav(nav, config, files):
    """docs/site/build puts the reference there, which Doxygen makes."""
    nav.items.insert(-1, Link("Every symbol", "reference/index.html"))


def on_files(files, config):
    files.append(File.generated(config, "decisions/README.md", content=list_of_decisions()))
    files.append(File.generated(config, "assets/site.css", content=(ROOT / "docs/site/site.css").read_text()))
    waiting = [target for file in files.documentation_pages() if (text := as_written(file)) is not None
               for target in outside(text, pathlib.Path("docs", file.src_uri).parent)]
    seen = set()
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            text = page_of(path)
            waiting += outside(text, base_of(path))
            text = for_site(text, base_of(path), address(path))
            files.append(File.generated(config, address(path), content=NOT_SEARCHED + text))


def on_page_markdown(markdown, page, config, files):
    if page.file.generated_by is None:
        return for_site(markdown, pathlib.Path("docs", page.file.src_uri).parent, page.file.src_uri)
    return markdown


def as_written(file):
    return None if file.generated_by else pathlib.Path(file.abs_src_path).read_text(encoding="utf-8")


def list_of_decisions():
    lines = ["# Decisions", "", "What was decided, why, and what it costs: a page each.", ""]
    for page in sorted((ROOT / "docs/decisions").glob("[0-9]*.md")):
        number, title = re.match(r"# (\d+)\. (.+)", page.read_text(encoding="utf-8")).groups()
        lines.append(f"- {number} · [{title}]({page.name})")
    return "\n".join(lines) + "\n"


def resolve(link, base):
    """What a link leads to, relative to the repository; None: to the web, or within its page."""
    name = link.partition("#")[0]
    if not name or re.match(r"[a-z]+:", name):
        return None
    return pathlib.Path(os.path.normpath(base / name))


def links(text, base):
    for match in FENCE_OR_LINK.finditer(text):
        if not match[0].startswith("```") and (path := resolve(match[0], base)) is not None:
            yield path


def is_page(path):
    """Of docs/, which is on the site anyway, but for what makes it."""
    return path.parts[0] == "docs" and path.parts[1:2] not in [("site",), ("reference",)]


def outside(text, base):
    return [path for path in links(text, base) if not is_page(path) and (ROOT / path).exists()]


def base_of(path):
    """Against which the links of a page are meant."""
    return path if (ROOT / path).is_dir() else path.parent


def address(path):
    """The page of the site that shows a file or directory of the repository."""
    if is_page(path):
        return str(pathlib.Path(*path.parts[1:]) / ("README.md" if (ROOT / path).is_dir() else ""))
    place = "/".join(["source", *(re.sub(r"^\.", "_", part) for part in path.parts)])  # MkDocs hides what begins with a dot.
    if (ROOT / path).is_dir():
        return f"{place}/README.md"
    return place if path.suffix == ".md" else f"{place}.md"


def page_of(path):
    there = ROOT / path
    if there.is_dir() and not (there / "README.md").is_file():
        entries = sorted(entry.name + "/" * entry.is_dir() for entry in there.iterdir() if entry.name not in BUILT)
        return f"# {path}/\n\n" + "".join(f"- [{entry}]({entry})\n" for entry in entries)
    if there.is_dir():
        there /= "README.md"
    text = there.read_text(encoding="utf-8", errors="replace")
    if there.suffix == ".md":
        return text
    return f"# {path}\n\n~~~~~~~~ {LANGUAGES.get(path.suffix, 'text')}\n{text.rstrip()}\n~~~~~~~~\n"


def for_site(text, base, page):
    """With its links turned to the pages of the site."""
    def turned(match):
        path = None if match[0].startswith("```") else resolve(match[0], base)
        if path is None or not (ROOT / path).exists():
            return match[0]
        anchor = match[0].partition("#")[2]
        return os.path.relpath(address(path), os.path.dirname(page) or ".") + (f"#{anchor}" if anchor else "")

    return FENCE_OR_LINK.sub(turned, text)
