"""Which language of mails an `Accept-Language` prefers."""

import pytest

from mesh.mail.locales import preferred_locale


@pytest.mark.parametrize(
    ("accept_language", "preferred"),
    [
        ("de", "de"),
        ("DE-ch", "de-CH"),
        ("de-Latn-CH-1996", "de-CH"),
        ("de-419", "de"),
        ("en;q=0.3, de;q=0.7", "de"),
        ("fr, de;q=0.2, en;q=0.1", "de"),
        ("den, deutsch, de;q=0.1", "de"),
    ],
)
def test_the_first_language_that_mails_have_is_taken_with_its_region(
    accept_language: str, preferred: str
) -> None:
    assert preferred_locale(accept_language) == preferred


@pytest.mark.parametrize(
    "accept_language",
    [
        "",
        "fr, zh-Hant;q=0.9",
        "de;q=0",
        "*, de;q=0.5",
        "de;q=2",
        "de; drop table",
        "\xff\x00" * 1000,
        "d" * 100_000,
        ",;q=" * 10_000,
    ],
)
def test_english_is_taken_where_none_is_named_and_for_what_can_not_be_read(
    accept_language: str,
) -> None:
    assert preferred_locale(accept_language) == "en"
