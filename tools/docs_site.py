"""Hooks of mkdocs: pages from outside `docs/`, patterns in the navigation, drawn diagrams.

`*.md` in the navigation stands for the pages that no other entry names, and `decisions/*.md` for
those of a folder; so a new page is in it without a word.

Material would load Mermaid, which draws diagrams in the browser, from elsewhere. It takes one that
is there already, so pages with diagrams load the site's own, which the package mermaidx carries.
"""

import re
from fnmatch import fnmatch
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
# At the top of the tree, where people and platforms look for them.
TOP = ("CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
MERMAID = "assets/mermaid.js"
_LINK = re.compile(r"\[(?P<text>[^][]*)\]\((?P<path>\.\.?/[^)#\s]+)(?P<anchor>#[^)\s]*)?\)")


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    for name in TOP:
        text = (ROOT / name).read_text().replace("](docs/", "](")
        files.append(File.generated(config, name.lower(), content=text))
    script = distribution("mermaidx").locate_file("mermaidx/assets/mermaid.js")
    files.append(File.generated(config, MERMAID, abs_src_path=str(script)))
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


def on_page_content(html: str, *, page: Page, **_: object) -> str:
    """Returns a page that loads Mermaid if it has a diagram."""
    if 'class="mermaid"' not in html:
        return html
    return f'{html}<script src="{get_relative_url(MERMAID, page.url)}"></script>'


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
