"""Dashboard of what is pending and how it is done: steps, queue messages, mails."""

from tools.dashboards.grafana import (
    PER_SECOND,
    RATIO,
    SECONDS,
    dashboard,
    graph,
    logs,
    stat,
    traces,
)
from tools.dashboards.queries import busy, by, count, highest, p95

STEP, MESSAGE = "outbox_step_duration_seconds", "messaging_process_duration_seconds"
MAIL = "mail_send_duration_seconds"
STEPS, OLDEST = "outbox_steps", "outbox_oldest_step_age_seconds"
QUEUE = "messaging_destination_name"
# Every worker and relay of a service exports the same backlog, hence `max`.
NOW = (
    stat("Steps pending", "none", 'sum(max by (service, kind) (outbox_steps{state="pending"}))'),
    stat(
        "Parked steps",
        "none",
        'sum(max by (service, kind) (outbox_steps{state="parked"}))',
        worse=(1, 1),
        about="They wait for a person: docs/operations.md, replay.",
    ),
    stat("Oldest step pending since", SECONDS, f"max({OLDEST})", worse=(30, 300)),
    stat("Steps done", PER_SECOND, count(STEP, 'outcome="done"')),
    stat("Mails sent", PER_SECOND, count(MAIL, 'outcome="sent"')),
)
PENDING = (
    graph("Pending", "none", by("service, kind", highest, STEPS, 'state="pending"')),
    graph("Oldest", SECONDS, by("service, kind", highest, OLDEST)),
    graph("Parked", "none", by("service, kind", highest, STEPS, 'state="parked"')),
)
RUNS = (
    graph("Runs", PER_SECOND, by("kind", count, STEP)),
    graph(
        "Runs that did not end the step",
        PER_SECOND,
        by("kind, outcome", count, STEP, 'outcome!="done"'),
    ),
    graph("95 % of runs within", SECONDS, by("kind", p95, STEP)),
)
MESSAGES = (
    graph("Queue messages processed", PER_SECOND, by(QUEUE, count, MESSAGE)),
    graph("95 % of queue messages processed within", SECONDS, by(QUEUE, p95, MESSAGE)),
    graph("Worker threads busy", RATIO, by("tier", busy, "outbox_worker_threads")),
)
MAILS = (
    graph("Mails by template", PER_SECOND, by("template", count, MAIL)),
    graph(
        "Mails that the server did not take",
        PER_SECOND,
        by("template, outcome", count, MAIL, 'outcome!="sent"'),
    ),
    graph("95 % of mails taken within", SECONDS, by("template", p95, MAIL)),
)
WORDS = (
    logs(
        "Steps and mails that went wrong",
        '{service_name=~".+"} | event=~"step_failed|step_parked|step_lease_lost|mail_dropped"',
    ),
    traces(
        "Traces with a step that failed", '{ span.outbox.step.outcome =~ "failed|parked|lost" }'
    ),
)
OUTBOX = dashboard("market-outbox", "Outbox and mail", [
    ("Now", NOW),
    ("Pending", PENDING),
    ("Steps", RUNS),
    ("Queue and workers", MESSAGES),
    ("Mail", MAILS),
    ("In words", WORDS),
])  # fmt: skip
