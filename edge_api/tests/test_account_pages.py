"""The pages that mails link to: where they are, and that they leak nothing."""

from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from edge_api.tests.conftest import edge_before, free_port

PAGES = ["verify-email", "reset-password/", f"orders/{uuid4()}"]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_takes_no_script_from_elsewhere_and_tells_nobody_where_one_was(
    client: httpx.Client, page: str
) -> None:
    answer = client.get(f"/account/{page}")
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["referrer-policy"] == "no-referrer"
    policy = answer.headers["content-security-policy"]
    for rule in ("script-src 'self';", "form-action 'none'", "frame-ancestors 'none'"):
        assert rule in policy
    assert "//" not in answer.text  # all that it loads is of this origin


@pytest.mark.parametrize("other", ["", "orders/", "orders/7", "orders/../x", "verify-email/x"])
def test_there_is_no_other_page(client: httpx.Client, other: str) -> None:
    assert client.get(f"/account/{other}").status_code == 404


def test_they_may_be_left_to_a_front_end(contract_file: Path) -> None:
    with edge_before(contract_file, free_port(), account_pages=False) as url:
        assert httpx.get(f"{url}/account/verify-email").status_code == 404
