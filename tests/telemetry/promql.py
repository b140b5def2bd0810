"""Reads from a PromQL expression its metrics, and of each the labels and their values."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families
from promql_parser import (
    AggModifierType,
    AggregateExpr,
    BinaryExpr,
    Call,
    Expr,
    MatchOp,
    MatrixSelector,
    ParenExpr,
    VectorSelector,
    parse,
    walk,
)

# What Prometheus and deploy/observability/prometheus.yaml add to every series.
TARGET = {"job", "instance", "tier", "service"}
# Grafana's, and any value that it would fill in.
FILLED_IN = {"$__rate_interval": "5m", "$service": "order_service"}

Exported = Mapping[str, Mapping[str, set[str]]]  # metric: label: its values


@dataclass(frozen=True)
class Asked:
    """One metric of an expression, with the labels that the expression names."""

    metric: str
    values: list[tuple[str, str]]
    kept: set[str] = field(default_factory=set)


def asked_by(query: str) -> list[Asked]:
    """Parses an expression. Raises ValueError for what is no PromQL."""
    expression = parsed(query)
    found = [_asked(one, set()) for one in _all(expression, VectorSelector)]
    for aggregate in _all(expression, AggregateExpr):
        kept = kept_by(aggregate)
        found += [_asked(one, kept) for one in _all(aggregate.expr, VectorSelector)]
    return found


def kept_by(aggregate: Any) -> set[str]:
    """Returns the labels that are left, where the expression names them."""
    modifier = aggregate.modifier
    by = modifier is not None and modifier.type == AggModifierType.By
    return set(modifier.labels) if by else set()


def labels_left(query: str) -> set[str]:
    """Returns the labels that the result's series are sure to have. Raises ValueError."""
    return _left(parsed(query))


def parsed(query: str) -> Expr:
    """Returns the expression as Grafana would send it. Raises ValueError."""
    for name, value in FILLED_IN.items():
        query = query.replace(name, value)
    return parse(query)


def complaints(query: str, exported: Exported) -> Iterator[str]:
    """Yields what the query names and nothing exports."""
    for asked in asked_by(query):
        if asked.metric not in exported:
            yield f"there is no metric {asked.metric}"
            continue
        labels = exported[asked.metric]
        for label in sorted({name for name, _ in asked.values} | asked.kept):
            if label not in labels and label not in TARGET:
                yield f"{asked.metric} has no label {label}"
        for label, value in asked.values:
            if value and label in labels and value not in labels[label]:
                yield f"no {asked.metric} has {label}={value!r}"


def exported_at(addresses: Iterable[str]) -> dict[str, dict[str, set[str]]]:
    """Returns the metrics of all these pages together."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for address in addresses:
        text = httpx.get(f"http://{address}/metrics").text
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                labels = found[sample.name]
                for label, value in sample.labels.items():
                    labels[label].add(value)
    return found


def _asked(selector: Any, kept: set[str]) -> Asked:
    """Returns what a selector asks for; of a regular expression only the label counts."""
    matchers = selector.matchers.matchers
    exactly = (MatchOp.Equal, MatchOp.NotEqual)
    values = [(one.name, one.value if one.op in exactly else "") for one in matchers]
    return Asked(selector.name, values, kept)


def _left(expression: Any) -> set[str]:
    match expression:
        case AggregateExpr():
            return kept_by(expression)
        case VectorSelector() | MatrixSelector():
            return TARGET
        case BinaryExpr():
            parts = [expression.lhs, expression.rhs]
        case Call():
            parts = expression.args
        case _:
            parts = [expression.expr] if isinstance(expression, ParenExpr) else []
    return {label for part in parts for label in _left(part)}


def _all(expression: Expr, kind: type) -> list[Any]:
    found: list[Any] = []
    walk(expression, lambda one: found.append(one) if isinstance(one, kind) else None)
    return found
