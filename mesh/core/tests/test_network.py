"""One client's address, however it is written."""

import pytest

from mesh.core.network import address_of, client_network


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::FFFF:C000:0201", "192.0.2.1"),
        ("::ffff:192.0.2.1%eth0", "192.0.2.1"),
        ("192.0.2.1:567", "192.0.2.1"),
        ("[::1]:80", "::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[::ffff:192.0.2.1]:80", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::1"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
    ],
)
def test_an_address_is_written_in_one_way(written: str, address: str) -> None:
    assert address_of(written) == address


@pytest.mark.parametrize(
    "written",
    [
        *("", "unknown", "_hidden", "1.2.3", "1.2.3.4/8", "1.2.3.4 ", "01.2.3.4", "[1.2.3.4"),
        *("1.2.3.4:", "1.2.3.4:x", "1.2.3.4:\u0661", "[::1", "[::1]80", "::1]:80"),
    ],
)
def test_what_is_no_address_is_none(written: str) -> None:
    assert address_of(written) == ""
    assert client_network(written) == written


def test_clients_are_told_apart_by_address_and_in_ipv6_by_network() -> None:
    assert client_network("::ffff:192.0.2.1") == client_network("192.0.2.1") == "192.0.2.1"
    assert client_network("2001:db8::1") == client_network("2001:db8::2%eth0") == "2001:db8::/64"
    assert client_network("2001:db8:0:1::1") == "2001:db8:0:1::/64"
