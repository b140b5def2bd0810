"""Every word of a mail is marked to be translated."""

import re
from pathlib import Path

import pytest

from dev.config import ROOT

TEMPLATES = sorted(
    file for file in ROOT.glob("*/*/templates/mail/**/*") if file.suffix in (".txt", ".html")
)
# A person reads none of this: tags of templates, what is translated, HTML, styles, and code.
NOT_READ = (
    r"{% blocktranslate.*?{% endblocktranslate %}",
    r"{%.*?%}",
    r"{{.*?}}",
    r"<style>.*?</style>",
    r"<[^>]*>",
    r"&\w+;",
    r"POST /\S+ \{[^}]*\}",
)


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_mail_has_no_word_outside_what_is_translated(file: Path) -> None:
    text = re.sub("|".join(NOT_READ), "", file.read_text(), flags=re.DOTALL)
    assert re.findall(r"[^\W\d_]{2,}", text) == []
