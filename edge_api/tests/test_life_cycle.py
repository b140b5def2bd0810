"""Clients of a deprecated operation are told until when it is served, and what to use then."""

import httpx


def test_a_deprecated_operation_says_so_and_what_comes_after_it(client: httpx.Client) -> None:
    response = client.get("/toy/old/no such note/")
    assert response.status_code == 404
    assert response.headers["Deprecation"] == "@1767225600"
    assert response.headers["Sunset"] == "Wed, 01 Jul 2026 00:00:00 GMT"
    assert response.headers["Link"] == '</toy/notes/no%20such%20note>; rel="successor-version"'


def test_a_slash_in_an_id_stays_in_its_segment(client: httpx.Client) -> None:
    link = client.get("/toy/old/a%2Fb/").headers["Link"]
    assert link == '</toy/notes/a%2Fb>; rel="successor-version"'


def test_other_operations_say_nothing(client: httpx.Client) -> None:
    headers = client.get("/toy/notes/no such note/").headers
    assert not {"deprecation", "sunset", "link"} & set(headers)


def test_what_is_gone_after_its_sunset_is_410(client: httpx.Client) -> None:
    asked = {"code": "UNIMPLEMENTED", "reason": "RPC_SUNSET"}
    response = client.post("/toy/fail/", json=asked)
    assert (response.status_code, response.json()["code"]) == (410, "RPC_SUNSET")
