"""Renders the reference: an index and a page for each package, in both forms."""

from collections.abc import Mapping
from pathlib import Path

from django.template import Context, Engine

from mesh.contract.errors import of_any_rpc
from tools.bundle.reference.contents import packages

TEMPLATES = Path(__file__).parent / "templates"
# The ending of a page, and that of its template.
FORMS = {"html": "html", "md": "markdown"}


def write_pages(descriptor_set: bytes, folder: Path) -> None:
    """Writes `index` and each package's page, as HTML and as Markdown."""
    folder.mkdir(parents=True, exist_ok=True)
    found = packages(descriptor_set)
    lines = {rpc.method.name: rpc.curl for p in found for s in p.services for rpc in s.rpcs}
    for form, kind in FORMS.items():
        index = {"packages": found, "curl": lines, "errors": of_any_rpc()}
        (folder / f"index.{form}").write_text(_rendered(f"index.{kind}", index))
        for package in found:
            page = _rendered(f"package.{kind}", {"package": package})
            (folder / f"{package.name}.{form}").write_text(page)


def _rendered(template: str, values: Mapping[str, object]) -> str:
    engine = Engine(
        dirs=[str(TEMPLATES)],
        autoescape=template.endswith(".html"),
        builtins=["tools.bundle.reference.filters"],
    )
    return engine.get_template(template).render(
        Context(dict(values), autoescape=engine.autoescape, use_l10n=False)
    )
