"""What `make bench` writes is in the form that programs read, and its ratios point one way."""

from tests.bench.load import Round
from tests.bench.report import document, tables, troubles
from tests.bench.rounds import Measured, Results, ratios


def measured(*, answers: int, cpu_s: float, took_s: float, wrong: int = 0) -> Measured:
    found = Round(2.0, {200: [took_s] * answers}, wrong=wrong, cpu_s=0.1)
    return Measured(found, {"tier": cpu_s})


def results(*rounds: Measured) -> Results:
    return Results(list(rounds), rss_mib=100.0, pss_mib=80.0)


FAST = results(measured(answers=400, cpu_s=0.4, took_s=0.01))
SLOW = results(measured(answers=100, cpu_s=0.5, took_s=0.05))
HTTP = {"shop": {32: {"mesh": FAST, "envoy": SLOW}}}


def test_a_mesh_that_is_better_has_ratios_above_one() -> None:
    assert ratios(FAST, SLOW) == {"rps": 4.0, "cpu": 5.0, "p50": 5.0}


def test_a_ratio_is_the_median_of_the_rounds_ratios() -> None:
    rates = [(100, 100), (300, 100), (1000, 200)]
    ours = results(*(measured(answers=a, cpu_s=1, took_s=1) for a, _ in rates))
    theirs = results(*(measured(answers=b, cpu_s=1, took_s=1) for _, b in rates))
    assert ratios(ours, theirs)["rps"] == 3.0


def test_the_document_has_figures_and_ratios_by_workload_and_connections() -> None:
    found = document(1, HTTP, {})
    assert found["rounds"] == 1
    assert found["workloads"]["shop"]["32"] == {
        "mesh": {"rps": 200.0, "p50_ms": 10.0, "p99_ms": 10.0, "cpu_us": 1000, "rss_mib": 100.0},
        "envoy": {"rps": 50.0, "p50_ms": 50.0, "p99_ms": 50.0, "cpu_us": 5000, "rss_mib": 100.0},
        "ratios": {"envoy": {"rps": 4.0, "cpu": 5.0, "p50": 5.0}},
    }


def test_tables_name_what_a_rate_needs_and_what_the_model_says() -> None:
    shown = tables(document(1, HTTP, {}))
    assert "| tier | 1000 | 1000 | 1.0 cores | 10.0 cores | 100.0 cores |" in shown
    assert "| shop | 32 |" in shown


def test_a_wrong_answer_and_a_refusal_are_named() -> None:
    refused = Measured(Round(1.0, {200: [0.1], 503: [0.2, 0.2]}, wrong=1), {"tier": 0.1})
    assert troubles({"shop": {1: {"mesh": results(refused)}}}) == [
        "shop at 1, mesh: 1 wrong",
        "shop at 1, mesh: 2 times 503",
    ]
