"""Hooks of mkdocs: pages from outside `docs/`, and patterns in the navigation.

`*.md` in the navigation stands for the pages that no other entry names, and `decisions/*.md` for
those of a folder; so a new page is in it without a word.
"""

import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
# At the top of the tree, where people and platforms look for them.
TOP = ("CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
_LINK = re.compile(r"\[(?P<text>[^][]*)\]\((?P<path>\.\.?/[^)#\s]+)(?P<anchor>#[^)\s]*)?\)")


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    for name in TOP:
        text = (ROOT / name).read_text().replace("](docs/", "](")
        files.append(File.generated(config, name.lower(), content=text))
    pages = sorted(file.src_uri for file in files.documentation_pages())
    named = set(_entries(config.nav))
    config.nav = _expanded(config.nav, pages, named)
    return files


def on_page_markdown(markdown: str, *, page: Page, **_: object) -> str:
    """Returns a page whose links out of `docs/` lead to the page in the site, or name a path."""
    folder = DOCS / Path(page.file.src_uri).parent
    to_top = "../" * page.file.src_uri.count("/")

    def turned(link: re.Match[str]) -> str:
        path = (folder / link["path"]).resolve()
        if path.is_relative_to(DOCS) or not path.exists():
            return link[0]
        name = path.relative_to(ROOT).as_posix()
        if name in TOP:
            return f"[{link['text']}]({to_top}{name.lower()}{link['anchor'] or ''})"
        return f"{link['text']} (`{name}`)"

    return _LINK.sub(turned, markdown)


def _entries(nav: Any) -> list[str]:
    """Returns all pages and patterns that a navigation names."""
    if isinstance(nav, str):
        return [nav]
    parts = nav.values() if isinstance(nav, dict) else nav
    return [entry for part in parts for entry in _entries(part)]


def _expanded(nav: Any, pages: list[str], named: set[str]) -> Any:
    """Returns a navigation with its patterns replaced by pages, without what is not there."""
    if isinstance(nav, dict):
        return {title: _expanded(part, pages, named) for title, part in nav.items()}
    entries: list[Any] = []
    for entry in nav:
        if not isinstance(entry, str):
            entries.append(_expanded(entry, pages, named))
        else:
            new = [page for page in pages if _is_meant(page, entry) and page not in named - {entry}]
            named.update(new)
            entries += new
    return entries


def _is_meant(page: str, entry: str) -> bool:
    return fnmatch(page, entry) and page.count("/") == entry.count("/")
