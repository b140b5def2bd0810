"""A mesh with all telemetry on, and in it one order, confirmed and then refunded."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from dev.config import ROOT
from dev.supervisor.console import log_of
from dev.supervisor.lines import event_of
from dev.supervisor.procfile import read_procfile
from tests.support.local_mesh import LocalMesh
from tests.support.mesh_under_test import Market, Person
from tests.support.waiting import eventually
from tests.telemetry.receiver import Receiver, receiving

MUG = "MUG-BLUE"
TOLD_WITHIN_S = 60
# Route: the span that comes last in its trace.
LAST = {
    "POST /api/users": "SMTP send",
    "POST /api/orders": "SMTP send",
    # The worker sees half a minute later that the refund needed no second try.
    "POST /api/orders/{order_id}/cancel": "process finish_refund",
}
REQUEST_ID = f"signals-{uuid.uuid4().hex}"


@dataclass(frozen=True)
class Story:
    """A person who registered and ordered, and the telemetry of that."""

    person: Person
    order: dict[str, Any]
    receiver: Receiver
    var: Path
    traces: dict[str, str]

    def lines(self) -> list[dict[str, Any]]:
        """Returns the logs of all processes."""
        texts = [log_of(self.var, name).read_text() for name in read_procfile(ROOT / "Procfile")]
        events = [event_of(line) for text in texts for line in text.splitlines()]
        return [event for event in events if event]

    def metrics(self, variable: str) -> str:
        port = json.loads((self.var / "ready.json").read_text())["ports"][variable]
        return httpx.get(f"http://127.0.0.1:{port}/metrics").text


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    var = tmp_path_factory.mktemp("mesh")
    with receiving() as receiver:
        environment = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.endpoint,
            "OTEL_BSP_SCHEDULE_DELAY": "200",
        }
        mesh = LocalMesh(var, environment)
        try:
            with Market(mesh.start()) as market:
                yield _told(market, receiver, var)
        finally:
            mesh.stop()


def _told(market: Market, receiver: Receiver, var: Path) -> Story:
    person = market.register("ada")
    answer = market.post(
        "/api/orders/",
        person,
        json={"items": [{"sku": MUG, "quantity": 2}], "payment_method": "pm_ok"},
        headers={"X-Request-Id": REQUEST_ID},
    )
    order = answer.json()
    market.mail_about(person.email, "welcome", TOLD_WITHIN_S)
    market.mail_about(person.email, "confirmed", TOLD_WITHIN_S)
    assert market.post(f"/api/orders/{order['id']}/cancel/", person).status_code == 200
    traces = {route: _trace_of(receiver, route) for route in LAST}
    for route, trace_id in traces.items():
        _wait_for(receiver, trace_id, LAST[route])
    return Story(person, order, receiver, var, traces)


def _trace_of(receiver: Receiver, name: str) -> str:
    def found() -> str | None:
        ids = [span.trace_id for span in list(receiver.spans) if span.name == name]
        return ids[-1] if ids else None

    return eventually(found, TOLD_WITHIN_S)


def _wait_for(receiver: Receiver, trace_id: str, last: str) -> None:
    """Waits until a trace is whole: its last span and every span's parent have arrived."""

    def whole() -> bool:
        spans = receiver.of_trace(trace_id)
        ids = {span.span_id for span in spans}
        ended = any(span.name == last for span in spans)
        orphans = [span for span in spans if span.parent_id and span.parent_id not in ids]
        return ended and not orphans

    eventually(whole, TOLD_WITHIN_S)
