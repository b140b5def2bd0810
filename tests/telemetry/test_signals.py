"""One order through a real mesh: each tier's spans, metrics and logs, and how they join up."""

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.support.waiting import eventually
from tests.telemetry.conftest import LAST, REQUEST_ID, TOLD_WITHIN_S, Story
from tests.telemetry.receiver import Told

EDGE = ("edge_api", "serve")
USER, USER_WORKER = ("user_service", "serve"), ("user_service", "worker")
ORDER, ORDER_WORKER = ("order_service", "serve"), ("order_service", "worker")
PAYMENT, PAYMENT_WORKER = ("payment_service", "serve"), ("payment_service", "worker")
USERS, ORDERS, CANCEL = LAST

CREATE_USER = "market.user.v1.UserService/CreateUser"
GET_USER = "market.user.v1.UserService/GetUser"
CREATE_ORDER = "market.order.v1.OrderService/CreateOrder"
CAPTURE = "market.payment.v1.PaymentService/CapturePayment"

# Tier: the trace that it has a part in, where its metrics are, and what they must count.
TIERS = {
    EDGE: (ORDERS, "EDGE", 'http_server_request_duration_seconds_count{.*"/api/orders"'),
    USER: (USERS, "USER", f'rpc_server_call_duration_seconds_count{{.*"{CREATE_USER}"'),
    ORDER: (ORDERS, "ORDER", f'rpc_server_call_duration_seconds_count{{.*"{CREATE_ORDER}"'),
    PAYMENT: (ORDERS, "PAYMENT", f'rpc_server_call_duration_seconds_count{{.*"{CAPTURE}"'),
    USER_WORKER: (USERS, "USER_WORKER", 'mail_send_duration_seconds_count{.*"welcome"'),
    ORDER_WORKER: (ORDERS, "ORDER_WORKER", 'outbox_step_duration_seconds_count{.*"charge_order"'),
    PAYMENT_WORKER: (
        CANCEL,
        "PAYMENT_WORKER",
        'outbox_step_duration_seconds_count{.*"finish_refund"',
    ),
}
Node = tuple[tuple[str, str], str, str]
PARENTS_AND_CHILDREN: list[tuple[Node, Node]] = [
    ((EDGE, "SERVER", ORDERS), (EDGE, "CLIENT", CREATE_ORDER)),
    ((EDGE, "CLIENT", CREATE_ORDER), (ORDER, "SERVER", CREATE_ORDER)),
    ((ORDER, "SERVER", CREATE_ORDER), (ORDER, "CLIENT", GET_USER)),
    ((ORDER, "CLIENT", GET_USER), (USER, "SERVER", GET_USER)),
    ((USER, "SERVER", GET_USER), (USER, "CLIENT", "SELECT accounts_user")),
    ((ORDER, "SERVER", CREATE_ORDER), (ORDER, "CLIENT", "INSERT catalog_product")),
    ((ORDER, "SERVER", CREATE_ORDER), (ORDER_WORKER, "CONSUMER", "process charge_order")),
    ((ORDER_WORKER, "CONSUMER", "process charge_order"), (ORDER_WORKER, "CLIENT", CAPTURE)),
    ((ORDER_WORKER, "CLIENT", CAPTURE), (PAYMENT, "SERVER", CAPTURE)),
    ((PAYMENT, "SERVER", CAPTURE), (PAYMENT, "CLIENT", "INSERT payments_payment")),
    (
        (ORDER_WORKER, "CONSUMER", "process charge_order"),
        (ORDER_WORKER, "CLIENT", "UPDATE orders_order"),
    ),
    (
        (ORDER_WORKER, "CONSUMER", "process charge_order"),
        (ORDER_WORKER, "CONSUMER", "process send_mail"),
    ),
    ((ORDER_WORKER, "CONSUMER", "process send_mail"), (ORDER_WORKER, "CLIENT", GET_USER)),
    ((ORDER_WORKER, "CLIENT", GET_USER), (USER, "SERVER", GET_USER)),
    ((ORDER_WORKER, "CONSUMER", "process send_mail"), (ORDER_WORKER, "CLIENT", "SMTP send")),
]
KINDS_OF_WORK = [
    ("EDGE", "http_server_request", "http_response_status_code"),
    ("EDGE", "rpc_client_call", "rpc_response_status_code"),
    ("ORDER", "rpc_server_call", "rpc_response_status_code"),
    ("ORDER", "rpc_client_call", "rpc_response_status_code"),
    ("ORDER_WORKER", "messaging_process", "messaging_destination_name"),
    ("ORDER_WORKER", "outbox_step", "outcome"),
    ("ORDER_WORKER", "mail_send", "outcome"),
]
ATTRIBUTES = {
    "http.request.method": {"http.route", "http.response.status_code"},
    "rpc.system.name": {"rpc.method", "rpc.response.status_code"},
    "db.system.name": {"db.namespace", "db.operation.name", "db.query.summary"},
    "messaging.system": {"messaging.operation.type", "messaging.destination.name"},
    "network.protocol.name": {"server.address", "server.port", "mail.id", "mail.template"},
}


def order_spans(story: Story) -> list[Told]:
    return story.receiver.of_trace(story.traces[ORDERS])


def edges(spans: list[Told]) -> Iterator[tuple[Node, Node]]:
    by_id = {span.span_id: (span.tier, span.kind, span.name) for span in spans}
    for span in spans:
        if span.parent_id:
            yield by_id[span.parent_id], (span.tier, span.kind, span.name)


@pytest.mark.parametrize("tier", TIERS, ids="/".join)
def test_each_tier_tells_by_spans(story: Story, tier: tuple[str, str]) -> None:
    spans = story.receiver.of_trace(story.traces[TIERS[tier][0]])
    assert tier in {span.tier for span in spans}


@pytest.mark.parametrize("tier", TIERS, ids="/".join)
def test_each_tier_tells_by_metrics(story: Story, tier: tuple[str, str]) -> None:
    _, name, series = TIERS[tier]
    (counted,) = re.findall(
        f"^{series}.*}} (.*)$", story.metrics(f"{name}_METRICS_PORT"), re.MULTILINE
    )
    assert float(counted) == 1


@pytest.mark.parametrize("tier", TIERS, ids="/".join)
def test_each_tier_tells_by_logs_that_name_the_trace(story: Story, tier: tuple[str, str]) -> None:
    trace_id = story.traces[TIERS[tier][0]]
    lines = [line for line in story.lines() if line.get("trace_id") == trace_id]
    own = [line for line in lines if (line["service.name"], line["mesh.role"]) == tier]
    spans = {span.span_id for span in story.receiver.of_trace(trace_id)}
    assert own
    assert {line["span_id"] for line in own} <= spans
    assert all(line["request_id"] for line in own)


def test_the_order_s_logs_share_its_request_id_in_every_tier(story: Story) -> None:
    lines = [line for line in story.lines() if line.get("request_id") == REQUEST_ID]
    assert {line["trace_id"] for line in lines} == {story.traces[ORDERS]}
    tiers = {(line["service.name"], line["mesh.role"]) for line in lines}
    assert tiers == set(TIERS) - {USER_WORKER, PAYMENT_WORKER}


@pytest.mark.parametrize(("parent", "child"), PARENTS_AND_CHILDREN)
def test_each_span_hangs_under_its_cause(story: Story, parent: Node, child: Node) -> None:
    """A statement's name is its first table's, and further ones may follow."""
    children = [found for cause, found in edges(order_spans(story)) if cause == parent]
    assert any(found[:2] == child[:2] and found[2].startswith(child[2]) for found in children)


def test_the_order_is_one_tree_from_the_request_to_the_mail(story: Story) -> None:
    spans = order_spans(story)
    ids = Counter(span.span_id for span in spans)
    assert set(ids.values()) == {1}
    roots = [span for span in spans if not span.parent_id]
    assert [(root.tier, root.name) for root in roots] == [(EDGE, ORDERS)]
    assert {span.parent_id for span in spans if span.parent_id} <= set(ids)


def test_each_step_is_linked_across_the_queue_to_the_message_that_it_was_run_for(
    story: Story,
) -> None:
    steps = [span for span in order_spans(story) if span.kind == "CONSUMER"]
    assert {step.name for step in steps} >= {"process charge_order", "process send_mail"}

    def messages() -> list[Told] | None:
        told = {span.span_id: span for span in list(story.receiver.spans)}
        runs = [told[link] for step in steps for link in step.links if link in told]
        sent = [told[run.parent_id] for run in runs if run.parent_id in told]
        return sent if len(sent) == len(steps) else None

    for message in eventually(messages, TOLD_WITHIN_S):
        assert (message.kind, message.name) == ("PRODUCER", "send order_service")


@pytest.mark.parametrize("mark", ATTRIBUTES)
def test_spans_carry_the_attributes_of_the_conventions(story: Story, mark: str) -> None:
    spans = [span for span in order_spans(story) if mark in span.attributes]
    assert spans
    for span in spans:
        assert ATTRIBUTES[mark] <= set(span.attributes), span.name
    assert all(any(mark in span.attributes for mark in ATTRIBUTES) for span in order_spans(story))


def test_spans_name_the_user_by_id_where_one_asks(story: Story) -> None:
    for tier in (EDGE, ORDER):
        asked = [s for s in order_spans(story) if s.tier == tier and s.kind == "SERVER"]
        assert {span.attributes["enduser.id"] for span in asked} == {story.person.id}


def test_nothing_failed(story: Story) -> None:
    assert [span.name for span in order_spans(story) if span.failed] == []


def test_no_signal_holds_personal_data_or_a_secret(story: Story) -> None:
    person = story.person
    private = (
        person.username,
        person.email,
        person.password,
        person.token,
        person.refresh_token,
        "pm_ok",
    )
    told = [repr((span.name, span.attributes)) for span in list(story.receiver.spans)]
    told += [story.metrics(f"{name}_METRICS_PORT") for _, name, _ in TIERS.values()]
    told += map(repr, story.lines())
    assert [text for text in told if any(word in text for word in private)] == []


def test_workers_tell_what_is_pending_and_services_how_busy_they_are(story: Story) -> None:
    worker, service = (
        story.metrics("ORDER_WORKER_METRICS_PORT"),
        story.metrics("ORDER_METRICS_PORT"),
    )
    assert 'outbox_steps{kind="send_mail",state="pending"} 0.0' in worker
    assert 'outbox_steps{kind="send_mail",state="parked"} 0.0' in worker
    assert 'outbox_oldest_step_age_seconds{kind="send_mail"} 0.0' in worker
    assert "outbox_worker_threads_limit 4.0" in worker
    assert re.search(r"^postgresql_backends [1-9]", worker, re.MULTILINE)
    assert "postgresql_connection_max " in worker
    assert "rpc_server_threads_busy 0.0" in service
    assert "rpc_server_threads_limit 4.0" in service


@pytest.mark.parametrize(("tier", "metric", "label"), KINDS_OF_WORK)
def test_each_kind_of_work_has_its_rate_errors_and_duration(
    story: Story, tier: str, metric: str, label: str
) -> None:
    """Errors are a label of the same histogram; a queue message has none, its steps do."""
    told = story.metrics(f"{tier}_METRICS_PORT")
    for part in ("count", "sum", "bucket"):
        assert re.search(rf"^{metric}_duration_seconds_{part}{{.*{label}=", told, re.MULTILINE)


def test_make_logs_follows_the_order_from_the_request_to_the_mail(story: Story) -> None:
    command = [sys.executable, "-m", "dev", "logs", "--var", str(story.var)]
    shown = subprocess.run(
        [*command, "--request", REQUEST_ID], check=True, capture_output=True, text=True
    ).stdout.splitlines()
    processes = [line.split()[0] for line in shown]
    assert set(processes) == {"edge", "user", "order", "payment", "order-worker"}
    times = [int(line.split()[2]) for line in shown]
    assert times[0] == min(times) == 0
    assert any(" mail_sent " in line for line in shown if line.startswith("order-worker"))


def test_services_count_the_business_that_was_done(story: Story) -> None:
    total = story.order["total"]["units"]
    orders = story.metrics("ORDER_METRICS_PORT") + story.metrics("ORDER_WORKER_METRICS_PORT")
    assert 'orders_state_changes_total{state="PENDING"} 1.0' in orders
    assert 'orders_state_changes_total{state="CONFIRMED"} 1.0' in orders
    captured = re.search(
        r'captured_minor_units_total\{currency="EUR"\} (.*)', story.metrics("PAYMENT_METRICS_PORT")
    )
    assert captured
    assert float(captured[1]) // 100 == int(total)
