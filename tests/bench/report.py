"""What was measured, as tables to read and as a document for programs."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.bench import capacity
from tests.bench.rounds import Results, ratios
from tests.bench.stage import MESH

Measurements = Mapping[str, Mapping[int, Mapping[str, Results]]]


def document(rounds: int, http: Measurements, grpc: Measurements) -> dict[str, Any]:
    """Returns the document.

    `tiers` has the CPU of each tier, `load_us` that of our own requests to the mesh, and in
    `pss_mib` shared pages count once.
    """
    return {
        "rounds": rounds,
        "workloads": _figures(http),
        "grpc": _figures(grpc),
        "tiers": _tiers(http) | _tiers(grpc),
        "load_us": {
            workload: {
                str(connections): results[MESH].load_us()
                for connections, results in by_connections.items()
            }
            for workload, by_connections in http.items()
        },
        "pss_mib": _pss(http),
    }


def troubles(*measurements: Measurements) -> list[str]:
    return [
        f"{workload} at {connections}, {name}: {trouble}"
        for measured in measurements
        for workload, by_connections in measured.items()
        for connections, results in by_connections.items()
        for name, result in results.items()
        for trouble in result.troubles()
    ]


def tables(document: Mapping[str, Any]) -> str:
    """Returns a table for each workload, in Markdown; ratios above 1 are better for the mesh."""
    lines: list[str] = []
    for kind in ("workloads", "grpc"):
        for workload, by_connections in document[kind].items():
            lines += [f"### {workload}", "", *_head()]
            lines += _lines(by_connections, document["tiers"][workload])
            lines.append("")
    lines += [f"PSS MiB: {document['pss_mib']}", "", capacity.tables(document)]
    return "\n".join(lines)


def _head() -> list[str]:
    titles = (
        "connections | system | req/s | p50 ms | p99 ms | CPU µs | RSS MiB"
        " | req/s ÷ | CPU ÷ | p50 ÷ | CPU µs by tier"
    )
    columns = titles.split(" | ")
    return [f"| {titles} |", "|" + "|".join(["---"] * len(columns)) + "|"]


def _lines(by_connections: Mapping[str, Any], tiers: Mapping[str, Any]) -> Iterator[str]:
    for connections, systems in by_connections.items():
        for name, figures in systems.items():
            if name == "ratios":
                continue
            ratio = systems["ratios"].get(name, {})
            cells = [connections, name, f"{figures['rps']:.0f}", figures["p50_ms"]]
            cells += [figures["p99_ms"], figures["cpu_us"], f"{figures['rss_mib']:.0f}"]
            cells += [ratio.get(key, "") for key in ("rps", "cpu", "p50")]
            cells.append(", ".join(f"{tier} {us}" for tier, us in tiers[connections][name].items()))
            yield f"| {' | '.join(map(str, cells))} |"


def _figures(measurements: Measurements) -> dict[str, Any]:
    return {
        workload: {
            str(connections): {
                **{name: result.figures() for name, result in results.items()},
                "ratios": {
                    name: ratios(results[MESH], result)
                    for name, result in results.items()
                    if name != MESH
                },
            }
            for connections, results in by_connections.items()
        }
        for workload, by_connections in measurements.items()
    }


def _tiers(measurements: Measurements) -> dict[str, Any]:
    return {
        workload: {
            str(connections): {name: result.tiers_us() for name, result in results.items()}
            for connections, results in by_connections.items()
        }
        for workload, by_connections in measurements.items()
    }


def _pss(measurements: Measurements) -> dict[str, float]:
    """Returns the largest PSS of each system."""
    largest: dict[str, float] = {}
    for by_connections in measurements.values():
        for results in by_connections.values():
            for name, result in results.items():
                largest[name] = round(max(result.pss_mib, largest.get(name, 0.0)), 1)
    return largest
