"""Responses that callers share, over HTTP."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY

from edge_api.tests.toy import Toy
from tests.support.waiting import eventually

Headers = dict[str, str]
WITHIN_S = 60.0
FLYER_OLD_S = FLYER_WITHIN_S = 1.0  # its age and deadline, by the contract
ANEW = {"Cache-Control": "no-cache"}


@pytest.fixture
def poster(note: dict[str, Any]) -> str:
    """Returns the path of one that nobody has asked for yet."""
    return f"/toy/posters/{note['id']}"


@pytest.fixture
def flyer(toy: Toy, note: dict[str, Any]) -> Iterator[str]:
    """Returns the path of one that is asked for ahead of time, until the test ends."""
    yield f"/toy/flyers/{note['id']}"
    del toy.notes[note["id"]]
    time.sleep(FLYER_OLD_S + FLYER_WITHIN_S)  # the call that finds it gone is the last


def lookups(result: str) -> float:
    labels = {"http_route": "/toy/posters/{note_id}", "result": result}
    return REGISTRY.get_sample_value("http_server_cache_requests_total", labels) or 0


def asked(toy: Toy, get: Callable[[], httpx.Response]) -> tuple[httpx.Response, int]:
    """Returns the response, and how many calls reached the service for it."""
    before = len(toy.seen)
    return get(), len(toy.seen) - before


def test_a_second_caller_gets_the_first_ones_response_without_a_call(
    client: httpx.Client, toy: Toy, poster: str, signed_in: Callable[..., Headers]
) -> None:
    hits, misses = lookups("hit"), lookups("miss")
    first = client.get(poster)
    second, calls = asked(toy, lambda: client.get(poster, headers=signed_in("bob")))
    assert (second.json(), calls) == (first.json(), 0)
    assert (lookups("hit") - hits, lookups("miss") - misses) == (1, 1)
    for response in (first, second):
        assert response.headers["cache-control"] == "public, max-age=30"
        assert response.headers["vary"] == "Accept"
        assert response.headers["etag"] == '"1"'
    assert "age" not in first.headers
    assert int(second.headers["age"]) >= 1  # rounded up
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


def test_a_change_is_seen_within_the_age_and_at_once_by_who_asks_for_it(
    client: httpx.Client, flyer: str, note: dict[str, Any]
) -> None:
    path = f"/toy/notes/{note['id']}"
    assert client.get(flyer).json()["title"] == "milk"
    client.patch(path, json={"title": "bread"}).raise_for_status()
    asked = changed = time.monotonic()
    while client.get(flyer).json()["title"] == "milk":
        assert asked - changed < 1, "it was older than a second"
        asked = time.monotonic()
    client.patch(path, json={"title": "tea"}).raise_for_status()
    assert client.get(flyer, headers=ANEW).json()["title"] == "tea"
    assert client.get(flyer).json()["title"] == "tea"


def test_the_service_may_answer_from_a_replica_and_what_is_old_then_is_kept_for_less(
    client: httpx.Client, toy: Toy, poster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy.max_ages_ms.clear()
    monkeypatch.setattr(toy, "age_ms", 29_999)
    first = client.get(poster)
    assert (first.headers["age"], toy.max_ages_ms) == ("30", [30_000])
    time.sleep(0.01)
    second, calls = asked(toy, lambda: client.get(poster))
    assert (second.headers["age"], calls) == ("30", 1)
    _, calls = asked(toy, lambda: client.get(poster, headers=ANEW))
    assert (calls, len(toy.max_ages_ms)) == (1, 2), "what is to be new must not be a replica's"


def test_what_was_looked_at_is_asked_for_ahead_of_time_in_nobodys_name(
    client: httpx.Client,
    toy: Toy,
    flyer: str,
    note: dict[str, Any],
    signed_in: Callable[..., Headers],
) -> None:
    called = 0

    def looked_at() -> bool:
        """Asks as a user; returns whether what was kept was the answer."""
        nonlocal called
        called = len(toy.seen)
        found = client.get(flyer, headers=signed_in("bob"))
        return "age" in found.headers

    eventually(looked_at, WITHIN_S)
    wanted = type(toy.seen[-1])(note_id=note["id"])
    eventually(lambda: wanted in toy.seen[called:], WITHIN_S)
    assert not any(caller.user_id for caller in toy.callers[called:])


@pytest.mark.parametrize("directive", ["no-cache", "max-age=0", "No-Store", "foo, no-cache"])
def test_a_request_may_ask_anew(
    client: httpx.Client, toy: Toy, poster: str, directive: str
) -> None:
    client.get(poster)
    response, calls = asked(toy, lambda: client.get(poster, headers={"Cache-Control": directive}))
    assert (response.status_code, calls, "age" in response.headers) == (200, 1, False)


def test_what_is_known_is_304_without_a_call(client: httpx.Client, toy: Toy, poster: str) -> None:
    client.get(poster)
    response, calls = asked(toy, lambda: client.get(poster, headers={"If-None-Match": '"1"'}))
    assert (response.status_code, response.content, calls) == (304, b"", 0)
    assert response.headers["cache-control"] == "public, max-age=30"
    assert client.get(poster, headers={"If-None-Match": '"2"'}).status_code == 200


def test_a_demanded_version_is_that_of_now(
    client: httpx.Client, note: dict[str, Any], poster: str
) -> None:
    client.get(poster)
    client.patch(f"/toy/notes/{note['id']}", json={"title": "x"}).raise_for_status()
    assert client.get(poster, headers={"If-Match": '"2"'}).json()["title"] == "x"


def test_a_response_without_an_etag_of_its_own_is_tagged_by_its_content(
    client: httpx.Client, note: dict[str, Any]
) -> None:
    first = client.get("/toy/posters", headers=ANEW)
    known = {"If-None-Match": first.headers["etag"]} | ANEW
    assert client.get("/toy/posters", headers=known).status_code == 304
    client.patch(f"/toy/notes/{note['id']}", json={"title": "y"}).raise_for_status()
    assert client.get("/toy/posters", headers=known).status_code == 200


def test_two_spellings_of_one_request_share_and_another_request_does_not(
    client: httpx.Client, toy: Toy
) -> None:
    client.get("/toy/posters?page_size=7", headers=ANEW)
    _, calls = asked(toy, lambda: client.get("/toy/posters/?pageToken=&pageSize=7"))
    assert calls == 0
    _, calls = asked(toy, lambda: client.get("/toy/posters?page_size=8"))
    assert calls == 1


def test_many_who_ask_at_once_are_one_call(client: httpx.Client, toy: Toy, poster: str) -> None:
    toy.notes["slow"] = toy.notes[poster.rpartition("/")[2]]
    before = len(toy.seen)
    with ThreadPoolExecutor(8) as threads:
        responses = list(threads.map(lambda _: client.get("/toy/posters/slow"), range(8)))
    assert {response.status_code for response in responses} == {200}
    assert len(toy.seen) - before == 1


def test_an_error_is_not_kept(client: httpx.Client, toy: Toy, note: dict[str, Any]) -> None:
    path = "/toy/posters/later"
    toy.notes.pop("later", None)
    missing = client.get(path)
    assert (missing.status_code, missing.headers["cache-control"]) == (404, "no-store")
    toy.notes["later"] = toy.notes[str(note["id"])]
    assert client.get(path).status_code == 200


def test_a_callers_rights_and_limits_are_looked_at_before_and_never_passed_on(
    client: httpx.Client, toy: Toy, poster: str, signed_in: Callable[..., Headers]
) -> None:
    client.get(poster, headers=signed_in("root", "notes.read"))
    assert toy.callers[-1].user_id == ""
    refused = client.get(poster, headers={"Authorization": "Bearer nonsense"})
    assert refused.status_code == 401
    assert client.get(poster, headers={"Accept": "text/csv"}).status_code == 406
    assert client.head(poster).headers["etag"] == '"1"'
