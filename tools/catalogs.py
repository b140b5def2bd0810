"""Holds the catalogs of the mails' other languages in step with their templates.

`python -m tools.catalogs` writes `locale/<language>/LC_MESSAGES/django.po` of each Django app that
has mails, which translators fill in, and `django.mo` beside it, which programs read; with
`--check` it only says which differ. Either fails while a text lacks its translation.

Source: Django's makemessages and compilemessages, which need the programs of GNU gettext.
"""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from dev.config import ROOT
from mesh.mail.locales import DEFAULT_LOCALE, LANGUAGES
from tools.made import write_or_check

TRANSLATIONS = [language for language in LANGUAGES if language != DEFAULT_LOCALE]
APPS = sorted(folder.parent.parent for folder in ROOT.glob("*/*/templates/mail"))
ABOUT = {
    "project": "Marketmesh",
    "version": "1",
    "header_comment": "# Texts of mails: `make gen` adds new ones, to be translated here.",
    "msgid_bugs_address": "hello@marketmesh.example",
    "last_translator": "Marketmesh <hello@marketmesh.example>",
    "language_team": "Marketmesh",
}
KEYWORDS = {"gettext": None, "gettext_noop": None}


def messages(app: Path) -> Catalog:
    """Returns the texts of an app's templates and Python files, in English."""
    found = Catalog()
    for file in sorted(app.rglob("*")):
        for text in _texts(file):
            found.add(text, locations=[(str(file.relative_to(ROOT)), 0)])
    return found


def _texts(file: Path) -> Iterator[str]:
    # What is no text of a template, templatize overwrites; what is left is calls of functions.
    if "templates" in file.parts and file.is_file():
        source, method = templatize(file.read_text()), "javascript"
    elif file.suffix == ".py":
        source, method = file.read_text(), "python"
    else:
        return
    for _, text, *_ in extract(method, BytesIO(source.encode()), KEYWORDS):
        yield str(text)


def catalog(app: Path, language: str) -> Catalog:
    """Returns the app's texts with the translations that its `.po` has of them."""
    file = _file(app, language)
    if file.exists():
        kept = read_po(BytesIO(file.read_bytes()), locale=language)
    else:
        now = datetime.now(UTC)
        kept = Catalog(language, **ABOUT, creation_date=now, revision_date=now, fuzzy=False)
    new = messages(app)
    new.creation_date = kept.creation_date
    kept.update(new, no_fuzzy_matching=True)
    kept.obsolete.clear()
    return kept


def _file(app: Path, language: str) -> Path:
    return app / "locale" / language / "LC_MESSAGES" / "django.po"


def _written(kept: Catalog) -> bytes:
    content = BytesIO()
    write_po(content, kept, width=100, include_lineno=False)
    return content.getvalue()


def _compiled(kept: Catalog) -> bytes:
    content = BytesIO()
    write_mo(content, kept)
    return content.getvalue()


def main() -> int:
    files: dict[Path, str | bytes] = {}
    missing = 0
    for file, kept in [
        (_file(app, language), catalog(app, language)) for app in APPS for language in TRANSLATIONS
    ]:
        files |= {file: _written(kept), file.with_suffix(".mo"): _compiled(kept)}
        for message in kept:
            if message.id and (not message.string or message.fuzzy):
                print(f"{file.relative_to(ROOT)} lacks: {message.id}", file=sys.stderr)
                missing += 1
    return write_or_check(files, "the mails and their translations") or int(missing > 0)


if __name__ == "__main__":
    sys.exit(main())
