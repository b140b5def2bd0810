"""The codes themselves, by the vectors of RFC 6238, Appendix B, and RFC 4226, Appendix D."""

from urllib.parse import parse_qs, urlsplit

import pytest

from user_service.credentials.totp import code_of, step_at, step_of, uri_of

SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("time_s", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_rfc_6238(time_s: int, code: str) -> None:
    assert code_of(SECRET, step_at(time_s), digits=8) == code


def test_codes_of_six_digits_are_those_of_rfc_4226() -> None:
    codes = "755224 287082 359152 969429 338314 254676 287922 162583 399871 520489"
    assert [code_of(SECRET, step) for step in range(10)] == codes.split()


@pytest.mark.parametrize(
    ("step", "taken"), [(98, None), (99, 99), (100, 100), (101, 101), (102, None)]
)
def test_a_code_may_be_one_step_early_or_late(step: int, taken: int | None) -> None:
    assert step_of(SECRET, code_of(SECRET, step), time_s=100 * 30 + 29) == taken


def test_the_uri_is_what_authenticators_read() -> None:
    uri = urlsplit(uri_of(SECRET, "ada"))
    assert (uri.scheme, uri.netloc, uri.path) == ("otpauth", "totp", "/Marketmesh:ada")
    assert parse_qs(uri.query) == {
        "secret": ["GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"],
        "issuer": ["Marketmesh"],
    }
