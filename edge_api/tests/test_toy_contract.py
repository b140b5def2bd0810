"""An annotated RPC and its servicer are all that it takes to publish an endpoint."""

from collections.abc import Callable

import httpx

from edge_api.tests.toy import Toy

Headers = dict[str, str]


def test_a_created_resource_is_201_with_its_location(
    client: httpx.Client, signed_in: Callable[..., Headers]
) -> None:
    response = client.post("/toy/notes/", json={"title": "milk"}, headers=signed_in("ada"))
    assert response.status_code == 201
    created = response.json()
    assert response.headers["location"] == f"/toy/notes/{created['id']}/"
    assert response.headers["etag"] == '"1"'
    assert response.headers["content-type"] == "application/json"
    assert client.get(response.headers["location"]).json() == created


def test_defaults_are_there_and_unset_messages_are_not(note: dict[str, object]) -> None:
    assert note["author"] == ""
    assert note["lines"] == [{"text": "two bottles", "quantity": 2}]
    assert note["create_time"] == "2023-11-14T22:13:20Z"
    assert "update_time" not in note


def test_an_update_changes_what_the_body_names(
    client: httpx.Client, toy: Toy, note: dict[str, object]
) -> None:
    sent_back = note | {"title": "bread", "lines": None}
    response = client.patch(f"/toy/notes/{note['id']}", json=sent_back)
    assert response.status_code == 200, response.text
    assert response.json()["title"] == "bread"
    assert response.json()["lines"] == []
    assert list(toy.seen[-1].update_mask.paths) == ["title", "lines", "request_id"]


def test_a_mask_in_the_query_is_taken_as_it_is(
    client: httpx.Client, toy: Toy, note: dict[str, object]
) -> None:
    response = client.patch(
        f"/toy/notes/{note['id']}?update_mask=title", json={"title": "x", "lines": []}
    )
    assert response.json()["lines"] == note["lines"]


def test_an_update_of_nothing_is_refused(client: httpx.Client, note: dict[str, object]) -> None:
    response = client.patch(f"/toy/notes/{note['id']}", json={"etag": "1"})
    assert (response.status_code, response.json()["code"]) == (400, "BODY_MALFORMED")


def test_a_body_that_contradicts_the_path_is_refused(
    client: httpx.Client, note: dict[str, object]
) -> None:
    response = client.patch(f"/toy/notes/{note['id']}", json={"id": "other", "title": "x"})
    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "id"


def test_an_empty_answer_is_204(
    client: httpx.Client, signed_in: Callable[..., Headers], note: dict[str, object]
) -> None:
    path = f"/toy/notes/{note['id']}"
    response = client.delete(path, headers=signed_in("root", "notes.write"))
    assert (response.status_code, response.content) == (204, b"")
    assert client.get(path).json()["code"] == "NOTE_NOT_FOUND"


def test_head_answers_as_get_without_the_body(
    client: httpx.Client, note: dict[str, object]
) -> None:
    got = client.get(f"/toy/notes/{note['id']}")
    head = client.head(f"/toy/notes/{note['id']}")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"]
    assert head.headers["etag"] == got.headers["etag"]


def test_options_says_what_a_path_takes(client: httpx.Client) -> None:
    response = client.options("/toy/notes")
    assert (response.status_code, response.headers["allow"]) == (204, "GET, HEAD, OPTIONS, POST")


def test_an_additional_binding_reaches_the_same_rpc(
    client: httpx.Client, toy: Toy, signed_in: Callable[..., Headers]
) -> None:
    response = client.get("/toy/users/me/notes?tags=a&tags=b", headers=signed_in("ada"))
    assert response.status_code == 200
    assert (toy.seen[-1].user_id, list(toy.seen[-1].tags)) == ("ada", ["a", "b"])


def test_variables_may_span_segments_and_share_the_request_with_the_query(
    client: httpx.Client,
) -> None:
    query = "colour=COLOUR_RED&timestamp=2026-01-31T12:00:00Z&int32s=1&int32s=2"
    echoed = client.get(f"/toy/echo/7/as/files/a%20b/c?{query}").json()
    assert echoed["int32_value"] == 7
    assert echoed["string_value"] == "files/a b/c"
    assert echoed["colour"] == "COLOUR_RED"
    assert echoed["timestamp"] == "2026-01-31T12:00:00Z"
    assert echoed["int32s"] == [1, 2]


def test_a_verb_after_a_colon_is_its_own_route(client: httpx.Client) -> None:
    response = client.post("/toy/echo/7:again", json={"string_value": "x"})
    assert response.json()["int32_value"] == 7


def test_an_rpc_for_services_only_has_no_route(client: httpx.Client) -> None:
    assert client.post("/toy/hidden", json={}).json()["code"] == "ROUTE_NOT_FOUND"


def test_a_request_without_a_body_is_an_empty_one(client: httpx.Client) -> None:
    assert client.post("/toy/echo").status_code == 200


def test_the_request_id_and_trace_go_with_the_call(client: httpx.Client, toy: Toy) -> None:
    trace = f"00-{'a' * 32}-{'b' * 16}-01"
    response = client.get("/toy/echo", headers={"X-Request-Id": "my-id.1", "traceparent": trace})
    assert response.headers["x-request-id"] == "my-id.1"
    assert (toy.request_ids[-1], toy.traceparents[-1]) == ("my-id.1", trace)


def test_an_insane_request_id_is_replaced(client: httpx.Client) -> None:
    response = client.get("/toy/echo", headers={"X-Request-Id": "a b\t<script>"})
    assert "<" not in response.headers["x-request-id"]
    assert len(response.headers["x-request-id"]) == 36


def test_one_idempotency_key_names_one_request(
    client: httpx.Client, toy: Toy, signed_in: Callable[..., Headers]
) -> None:
    ids = []
    for user, key in (("ada", "k1"), ("ada", "k1"), ("ada", "k2"), ("bob", "k1"), ("ada", None)):
        headers = signed_in(user) | ({"Idempotency-Key": key} if key else {})
        client.post("/toy/notes", json={"title": "milk"}, headers=headers)
        ids.append(toy.seen[-1].request_id)
    assert ids[0] == ids[1]
    assert len(set(ids)) == 4
    assert all(len(each) == 36 for each in ids)
