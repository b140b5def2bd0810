"""Server-streaming RPCs as server-sent events, over real HTTP."""

import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from edge_api.tests.conftest import edge_before
from edge_api.tests.test_problems import assert_problem
from edge_api.tests.toy import Toy, toy_served
from edge_api.transcoding import sse

Headers = dict[str, str]
SignedIn = Callable[..., Headers]


@pytest.fixture
def ada(signed_in: SignedIn) -> Headers:
    return signed_in("ada")


def event(seq: int) -> str:
    return f'id: {seq}\nevent: note_event\ndata: {{"seq":"{seq}","what":"thing {seq}"}}\n\n'


def test_each_message_is_an_event_with_its_id_name_and_json(
    client: httpx.Client, ada: Headers
) -> None:
    response = client.get("/toy/notes/egg/events/", headers=ada)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/event-stream"
    assert response.headers["cache-control"] == "no-store"
    assert response.text == "retry: 1000\n\n" + event(1) + event(2) + event(3)


def test_a_client_goes_on_after_the_last_event_that_it_got(
    client: httpx.Client, ada: Headers
) -> None:
    again = client.get("/toy/notes/egg/events?after_event=1", headers=ada | {"Last-Event-ID": "2"})
    assert again.text == "retry: 1000\n\n" + event(3)
    asked = client.get("/toy/notes/egg/events?after_event=1", headers=ada)
    assert asked.text == "retry: 1000\n\n" + event(2) + event(3)


def test_204_tells_a_client_that_nothing_is_left(client: httpx.Client, ada: Headers) -> None:
    response = client.get("/toy/notes/egg/events", headers=ada | {"Last-Event-ID": "3"})
    assert (response.status_code, response.content) == (204, b"")


@pytest.mark.parametrize("given", ["", "x", "-1", "1.0", "9" * 19])
def test_an_id_that_is_none_is_refused(client: httpx.Client, ada: Headers, given: str) -> None:
    response = client.get("/toy/notes/egg/events", headers=ada | {"Last-Event-ID": given})
    assert (response.status_code, response.json()["code"]) == (400, "HEADER_INVALID")


def test_an_error_before_the_first_event_is_a_problem(client: httpx.Client, ada: Headers) -> None:
    assert client.get("/toy/notes/egg/events").json()["code"] == "TOKEN_MISSING"
    missing = client.get("/toy/notes/missing/events", headers=ada)
    assert (missing.status_code, missing.json()["code"]) == (404, "NOTE_NOT_FOUND")


def test_an_error_after_it_is_the_last_event(client: httpx.Client, ada: Headers) -> None:
    response = client.get("/toy/notes/breaks/events", headers=ada)
    head, _, problem = response.text.partition("event: error\ndata: ")
    assert (response.status_code, head) == (200, "retry: 1000\n\n" + event(1))
    document = json.loads(problem)
    assert (document["status"], document["code"]) == (503, "OUT_OF_INK")
    assert document["instance"] == "/toy/notes/breaks/events"
    assert document["request_id"] == response.headers["x-request-id"]


@pytest.mark.parametrize(
    ("accept", "status"),
    [("text/event-stream", 200), ("*/*", 200), ("text/*", 200), ("application/json", 406)],
)
def test_a_client_must_accept_events(
    client: httpx.Client, ada: Headers, accept: str, status: int
) -> None:
    response = client.get("/toy/notes/egg/events", headers=ada | {"Accept": accept})
    assert response.status_code == status


def test_events_are_not_another_rpc_s_answer(client: httpx.Client) -> None:
    response = client.get("/toy/echo", headers={"Accept": "text/event-stream"})
    assert response.status_code == 406


def test_head_says_what_get_would_and_opens_nothing(
    client: httpx.Client, toy: Toy, ada: Headers
) -> None:
    toy.let_go.clear()
    response = client.head("/toy/notes/quiet/events", headers=ada)
    assert response.headers["content-type"] == "text/event-stream"
    assert toy.let_go.wait(30)


def test_a_stream_with_nothing_to_say_shows_that_it_is_open(
    client: httpx.Client, ada: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "HEARTBEAT_S", 0.1)
    with client.stream("GET", "/toy/notes/quiet/events", headers=ada) as response:
        lines = response.iter_lines()
        assert [next(lines) for _ in range(6)] == ["retry: 1000", "", ":", "", ":", ""]


def test_a_stream_ends_with_the_time_that_the_contract_allows(
    client: httpx.Client, ada: Headers
) -> None:
    started = time.monotonic()
    response = client.get("/toy/notes/quiet/events", headers=ada)
    assert (response.status_code, response.text) == (200, "retry: 1000\n\n")
    assert time.monotonic() - started > 1


def test_a_client_that_hangs_up_cancels_the_rpc(
    client: httpx.Client, toy: Toy, ada: Headers
) -> None:
    with client.stream("GET", "/toy/notes/quiet/events", headers=ada) as response:
        lines = response.iter_lines()  # kept, as httpx hangs up when nobody has it any more
        assert next(lines) == "retry: 1000"
        toy.let_go.clear()
    assert toy.let_go.wait(30)


def test_a_caller_holds_no_more_streams_open_than_the_contract_lets_it(
    client: httpx.Client, toy: Toy, signed_in: SignedIn
) -> None:
    path, eve = "/toy/notes/quiet/events", signed_in("eve")
    with ExitStack() as held:
        streams = [held.enter_context(client.stream("GET", path, headers=eve)) for _ in range(3)]
        lines = [stream.iter_lines() for stream in streams]  # kept, as httpx hangs up without
        assert [next(each) for each in lines] == ["retry: 1000"] * 3
        refused = client.get(path, headers=eve)
        assert_problem(refused, 429, "TOO_MANY_STREAMS")
        assert refused.headers["retry-after"] == "5"
        with client.stream("GET", path, headers=signed_in("adam")) as another_s:
            assert another_s.status_code == 200
    deadline = time.monotonic() + 30
    while client.head(path, headers=eve).status_code == 429:
        assert time.monotonic() < deadline, "clients that hung up are still counted"
        time.sleep(0.05)


@pytest.mark.parametrize("note", ["egg", "breaks", "missing"])
def test_a_stream_that_is_over_is_counted_no_more(
    client: httpx.Client, signed_in: SignedIn, note: str
) -> None:
    eve = signed_in("eve of " + note)
    answers = [client.get(f"/toy/notes/{note}/events", headers=eve) for _ in range(5)]
    assert 429 not in [answer.status_code for answer in answers]


def test_a_server_that_stops_ends_its_streams_at_once(
    contract_file: Path, toy: Toy, ada: Headers
) -> None:
    with toy_served(toy) as port:
        edge = edge_before(contract_file, port)
        url = edge.__enter__()
        with httpx.stream("GET", f"{url}/toy/notes/quiet/events", headers=ada) as response:
            lines = response.iter_lines()
            assert next(lines) == "retry: 1000"
            started = time.monotonic()
            edge.__exit__(None, None, None)
            assert time.monotonic() - started < 1
            assert list(lines) == [""]
