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
from tools.dashboards.queries import busy, count, quantile

STEP, MESSAGE = "outbox_step_duration_seconds", "messaging_process_duration_seconds"
MAIL = "mail_send_duration_seconds"
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
    stat(
        "Oldest step pending since", SECONDS, "max(outbox_oldest_step_age_seconds)", worse=(30, 300)
    ),
    stat("Steps done", PER_SECOND, count(STEP, 'outcome="done"')),
    stat("Mails sent", PER_SECOND, count(MAIL, 'outcome="sent"')),
)
PENDING = (
    graph(
        "Pending",
        "none",
        {"{{service}} {{kind}}": 'max by (service, kind) (outbox_steps{state="pending"})'},
    ),
    graph(
        "Oldest",
        SECONDS,
        {"{{service}} {{kind}}": "max by (service, kind) (outbox_oldest_step_age_seconds)"},
    ),
    graph(
        "Parked",
        "none",
        {"{{service}} {{kind}}": 'max by (service, kind) (outbox_steps{state="parked"})'},
    ),
)
RUNS = (
    graph("Runs", PER_SECOND, {"{{kind}}": count(STEP, by="kind")}),
    graph(
        "Runs that did not end the step",
        PER_SECOND,
        {"{{kind}} {{outcome}}": count(STEP, 'outcome!="done"', "kind, outcome")},
    ),
    graph("95 % of runs within", SECONDS, {"{{kind}}": quantile(0.95, STEP, by="kind")}),
)
MESSAGES = (
    graph(
        "Queue messages processed",
        PER_SECOND,
        {"{{messaging_destination_name}}": count(MESSAGE, by="messaging_destination_name")},
    ),
    graph(
        "95 % of queue messages processed within",
        SECONDS,
        {
            "{{messaging_destination_name}}": quantile(
                0.95, MESSAGE, by="messaging_destination_name"
            )
        },
    ),
    graph("Worker threads busy", RATIO, {"{{tier}}": busy("outbox_worker_threads", "tier")}),
)
MAILS = (
    graph("Mails by template", PER_SECOND, {"{{template}}": count(MAIL, by="template")}),
    graph(
        "Mails that the server did not take",
        PER_SECOND,
        {"{{template}} {{outcome}}": count(MAIL, 'outcome!="sent"', "template, outcome")},
    ),
    graph(
        "95 % of mails taken within", SECONDS, {"{{template}}": quantile(0.95, MAIL, by="template")}
    ),
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
