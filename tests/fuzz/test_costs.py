"""The judge of costs, and the shapes that it judges."""

import os
import time

import pytest

from edge_api.tests.shapes import of_binding, of_message
from mesh.contract.model import Method, market_contract
from tests.fuzz.costs import LET_IN_S, REFUSED_BYTES, REFUSED_S, Cost, cpu_s

METHODS = market_contract().methods
CREATE_ORDER: Method = METHODS["/market.order.v1.OrderService/CreateOrder"]


@pytest.mark.parametrize(
    ("cost", "sent_bytes", "word"),
    [
        (Cost(1.9, 300, refused=True), 15_000, "CPU"),
        (Cost(0.01, 1_128_284, refused=True), 15_000, "answered by"),
        (Cost(1.5, 300, refused=True), 1024 * 1024, "CPU"),
        (Cost(REFUSED_S + 0.01, 300, refused=True), 10, "CPU"),
        (Cost(REFUSED_S + 0.01, 300, refused=True), 1024 * 1024, ""),
        (Cost(REFUSED_S + 0.1, REFUSED_BYTES + 1, refused=False), 10, ""),
        (Cost(LET_IN_S + 0.1, 300, refused=False), 10, "CPU"),
    ],
)
def test_what_is_out_of_proportion_is_wrong(cost: Cost, sent_bytes: int, word: str) -> None:
    wrong = cost.wrong(sent_bytes)
    assert word in wrong
    assert bool(wrong) == bool(word)


def test_cpu_time_is_that_of_the_process() -> None:
    before_s, until_s = cpu_s(os.getpid()), time.process_time() + 0.05
    while time.process_time() < until_s:
        pass
    assert 0.04 < cpu_s(os.getpid()) - before_s < 5


def test_every_list_of_a_request_is_tried_at_and_over_its_size() -> None:
    (http,) = CREATE_ORDER.bindings
    for shapes in (of_message(CREATE_ORDER), of_binding(CREATE_ORDER, http)):
        names = {shape.name for shape in shapes}
        assert {"items x 1", "items x 10", "items x 1000"} <= names


def test_the_body_that_blocked_an_edge_is_among_the_shapes() -> None:
    method = METHODS["/market.user.v1.SessionService/CreateToken"]
    bodies = [shape.body for shape in of_binding(method, method.bindings[0])]
    assert any(body.count(b"[],") > 300_000 for body in bodies)
    assert any(body.count(b"{},") > 300_000 for body in bodies)
