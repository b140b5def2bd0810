"""Entity tags over HTTP."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from edge_api.tests.toy import Toy

Headers = dict[str, str]


@pytest.mark.parametrize("tags", ['"1"', 'W/"1"', '"0", "1"', "*"])
def test_a_read_of_what_is_known_is_304(
    client: httpx.Client, note: dict[str, Any], tags: str
) -> None:
    response = client.get(f"/toy/notes/{note['id']}", headers={"If-None-Match": tags})
    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["etag"] == '"1"'


@pytest.mark.parametrize("tags", ['"2"', "1", ""])
def test_a_read_of_what_changed_is_whole(
    client: httpx.Client, note: dict[str, Any], tags: str
) -> None:
    response = client.get(f"/toy/notes/{note['id']}", headers={"If-None-Match": tags})
    assert (response.status_code, response.json()) == (200, note)


@pytest.mark.parametrize(
    ("tag", "status"), [('"1"', 200), ("*", 200), ('"0"', 412), ('W/"1"', 412)]
)
def test_an_update_may_depend_on_the_version(
    client: httpx.Client, note: dict[str, Any], tag: str, status: int
) -> None:
    url = f"/toy/notes/{note['id']}"
    assert client.patch(url, json={"title": "x"}, headers={"If-Match": tag}).status_code == status
    assert client.get(url).json()["title"] == ("x" if status == 200 else "milk")


def test_a_delete_may_depend_on_the_version_too(
    client: httpx.Client, toy: Toy, signed_in: Callable[..., Headers], note: dict[str, Any]
) -> None:
    headers = signed_in("root", "notes.write") | {"If-Match": '"1"'}
    assert client.delete(f"/toy/notes/{note['id']}", headers=headers).status_code == 204
    assert toy.seen[-1].etag == "1"


def test_an_etag_in_the_body_counts_and_its_mismatch_is_409(
    client: httpx.Client, note: dict[str, Any]
) -> None:
    response = client.patch(f"/toy/notes/{note['id']}", json={"title": "x", "etag": "0"})
    assert (response.status_code, response.json()["code"]) == (409, "ETAG_MISMATCH")


def test_a_read_may_demand_a_version(client: httpx.Client, note: dict[str, Any]) -> None:
    url = f"/toy/notes/{note['id']}"
    assert client.get(url, headers={"If-Match": '"1"'}).status_code == 200
    assert client.get(url, headers={"If-Match": '"2"'}).status_code == 412


def test_a_condition_that_can_not_be_kept_is_refused(
    client: httpx.Client, signed_in: Callable[..., Headers], note: dict[str, Any]
) -> None:
    url = f"/toy/notes/{note['id']}"
    refused = [
        client.post("/toy/echo", json={}, headers={"If-Match": '"1"'}),
        client.post("/toy/notes", json={}, headers=signed_in("ada") | {"If-Match": '"1"'}),
        client.patch(url, json={"title": "x"}, headers={"If-None-Match": "*"}),
        client.patch(url, json={"title": "x"}, headers={"If-Match": '"1", "2"'}),
        client.patch(url, json={"title": "x", "etag": "1"}, headers={"If-Match": '"2"'}),
    ]
    assert {response.json()["code"] for response in refused} == {"HEADER_INVALID"}
