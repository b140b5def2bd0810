"""Each wanted difference between the edge and Envoy's transcoder, with its reason."""

from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.support.mesh_under_test import Market, Person

JSON = {"Content-Type": "application/json"}
Answer = tuple[int, str]


@dataclass(frozen=True)
class Difference:
    """A request, and of both answers the status and how the body starts."""

    name: str
    reason: str
    verb: str
    path: str
    ours: Answer
    theirs: Answer
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def send(self, client: httpx.Client, who: Person, names: dict[str, str]) -> Answer:
        answer = client.request(
            self.verb,
            self.path.format_map(names),
            content=self.body.encode() or None,
            headers={**who.headers, **(JSON if self.body else {}), **self.headers},
        )
        return answer.status_code, answer.text


MUG, RENAMED = "/api/products/MUG-BLUE", '{"full_name": "Ada"}'
REVOKED = '{"refresh_token": "none"}'
PROBLEM = '{"type":"/api/docs/errors/#'
DIFFERENCES = [
    Difference(
        "response_body",
        "A resource is what its path says it is; Envoy takes a response_body for raw bodies only.",
        *("GET", MUG),
        ours=(200, '{"sku":'),
        theirs=(200, '{"product":'),
    ),
    Difference(
        "created",
        "201 and a Location tell a client what was made, and where (RFC 9110, 15.3.2).",
        *("POST", "/api/orders"),
        ours=(201, '{"id":'),
        theirs=(200, '{"order":'),
        body='{"items": [{"sku": "MUG-BLUE", "quantity": 1}], "payment_method": "pm_ok"}',
    ),
    Difference(
        "no content",
        "An answer without fields has nothing to parse (RFC 9110, 15.3.5).",
        *("POST", "/api/auth/token/revoke"),
        ours=(204, ""),
        theirs=(200, "{}"),
        body=REVOKED,
    ),
    Difference(
        "problem document",
        "RFC 9457 is what clients of HTTP know; it names the reason, the fields, the request.",
        *("GET", "/api/products/NONE"),
        ours=(404, f"{PROBLEM}PRODUCT_NOT_FOUND"),
        theirs=(404, '{"code":5'),
    ),
    Difference(
        "head",
        "Whoever may GET may HEAD (RFC 9110, 9.3.2).",
        *("HEAD", MUG),
        ours=(200, ""),
        theirs=(404, ""),
    ),
    Difference(
        "method not allowed",
        "405 with Allow says that the path is right (RFC 9110, 15.5.6).",
        *("PUT", MUG),
        ours=(405, f"{PROBLEM}METHOD_NOT_ALLOWED"),
        theirs=(404, ""),
    ),
    Difference(
        "doubled parameter",
        "Which of the two counts is a guess, and proxies guess differently.",
        *("GET", "/api/products?page_size=1&page_size=2"),
        ours=(400, f"{PROBLEM}PARAMETER_INVALID"),
        theirs=(200, "{"),
    ),
    Difference(
        "unknown member",
        "A member that is misspelled must not be left out in silence.",
        *("POST", "/api/auth/token/revoke"),
        ours=(400, f"{PROBLEM}BODY_MALFORMED"),
        theirs=(200, "{}"),
        body='{"refresh_token": "none", "refreshToken2": ""}',
    ),
    Difference(
        "member given twice",
        "Parsers differ in which one counts (RFC 8259, 4).",
        *("POST", "/api/auth/token/revoke"),
        ours=(400, f"{PROBLEM}BODY_MALFORMED"),
        theirs=(200, "{}"),
        body='{"refresh_token": "a", "refresh_token": "none"}',
    ),
    Difference(
        "fraction of nought",
        "An integer is written as one: docs/decisions/0006-codec.md.",
        *("POST", "/api/orders"),
        ours=(400, f"{PROBLEM}BODY_MALFORMED"),
        theirs=(200, '{"order":'),
        body='{"items": [{"sku": "MUG-BLUE", "quantity": 1.0}], "payment_method": "pm_ok"}',
    ),
    Difference(
        "media type",
        "A page of another origin may send text/plain without asking first (Fetch, CORS).",
        *("POST", "/api/auth/token/revoke"),
        ours=(415, f"{PROBLEM}UNSUPPORTED_MEDIA_TYPE"),
        theirs=(200, "{}"),
        body=REVOKED,
        headers={"Content-Type": "text/plain"},
    ),
    Difference(
        "mask from the body",
        "A PATCH changes what it names (RFC 7396), without saying so twice.",
        *("PATCH", "/api/users/me"),
        ours=(200, '{"id":'),
        theirs=(400, '{"code":3'),
        body=RENAMED,
    ),
    Difference(
        "not modified",
        "What a client has need not be sent again (RFC 9110, 13.1.2).",
        *("GET", MUG),
        ours=(304, ""),
        theirs=(200, '{"product":'),
        headers={"If-None-Match": "*"},
    ),
    Difference(
        "precondition",
        "An update that was meant to be conditional must not become an unconditional one.",
        *("PATCH", "/api/users/me?update_mask=fullName"),
        ours=(412, f"{PROBLEM}ETAG_MISMATCH"),
        theirs=(200, '{"user":'),
        body=RENAMED,
        headers={"If-Match": '"0"'},
    ),
    Difference(
        "header of a repeat",
        "Idempotency-Key is what clients of HTTP repeat by; a body may have a request_id instead.",
        *("POST", "/api/orders"),
        ours=(400, f"{PROBLEM}HEADER_INVALID"),
        theirs=(200, '{"order":'),
        body='{"items": [{"sku": "MUG-BLUE", "quantity": 1}], "payment_method": "pm_ok",'
        ' "request_id": "9f7b1c1e-6a53-4a0e-9f0e-6d61726b6574"}',
        headers={"Idempotency-Key": "one of both"},
    ),
    Difference(
        "stream",
        "Server-sent events come as they happen, and a browser goes on after the last one.",
        *("GET", "/api/orders/{fulfilled}/events"),
        ours=(200, "retry: 1000\n\nid: 1\nevent: order_event\n"),
        theirs=(200, '[{"event":{"seq":"1"'),
    ),
]


@pytest.fixture(scope="module")
def names(market: Market, ada: Person, staff: Person) -> dict[str, str]:
    placed = market.place_order(ada, "MUG-BLUE").json()
    path = f"/api/orders/{market.order_at_rest(ada, placed['id'])['id']}/fulfill"
    fulfilled: dict[str, Any] = market.post(path, staff, json={}).json()
    return {"fulfilled": fulfilled["id"]}


@pytest.mark.parametrize("one", DIFFERENCES, ids=lambda one: one.name)
def test_a_wanted_difference_is_as_it_is_said_to_be(
    market: Market, stock: httpx.Client, ada: Person, names: dict[str, str], one: Difference
) -> None:
    ours = one.send(market.http, ada, names)
    theirs = one.send(stock, ada, names)
    assert (ours[0], ours[1][: len(one.ours[1])]) == one.ours
    assert (theirs[0], theirs[1][: len(one.theirs[1])]) == one.theirs
