"""PromQL expressions that several dashboards use."""

from collections.abc import Callable
from functools import partial
from typing import Any

from mesh.rpc.interceptors.telemetry import SERVER_ERRORS

FAILED_HTTP = 'http_response_status_code=~"5.."'
FAILED_RPC = f'rpc_response_status_code=~"{"|".join(sorted(SERVER_ERRORS))}"'


def by(labels: str, query: Callable[..., str], *arguments: Any) -> dict[str, str]:
    """Returns a query by labels, and as its legend their values."""
    legend = " ".join(f"{{{{{label}}}}}" for label in labels.split(", "))
    return {legend: query(*arguments, by=labels)}


def rate(metric: str, where: str = "", by: str = "") -> str:
    """Returns the rate of a counter per second, by the labels."""
    selected = f"{metric}{{{where}}}" if where else metric
    return f"{_sum(by)}(rate({selected}[$__rate_interval]))"


def count(histogram: str, where: str = "", by: str = "") -> str:
    """Returns how often a second the histogram was observed."""
    return rate(f"{histogram}_count", where, by)


def share(histogram: str, failed: str, where: str = "", by: str = "") -> str:
    """Returns the failed part of a histogram's observations; 0 where nothing ever failed."""
    total = count(histogram, where, by)
    bad = count(histogram, ",".join(filter(None, (where, failed))), by)
    return f"({bad} or 0 * {total}) / {total}"


def quantile(q: float, histogram: str, where: str = "", by: str = "") -> str:
    """Returns the quantile `q` of a histogram, in seconds."""
    buckets = rate(f"{histogram}_bucket", where, f"le, {by}" if by else "le")
    return f"histogram_quantile({q}, {buckets})"


p95 = partial(quantile, 0.95)


def quantiles(histogram: str) -> dict[str, str]:
    return {f"p{q * 100:g}": quantile(q, histogram) for q in (0.5, 0.95, 0.99)}


def busy(threads: str, where: str = "", by: str = "") -> str:
    """Returns the part of the threads that is busy."""
    selected = f"{{{where}}}" if where else ""
    taken, most = (f"sum by ({by}) ({threads}_{part}{selected})" for part in ("busy", "limit"))
    return f"{taken} / {most}"


def highest(gauge: str, where: str = "", by: str = "") -> str:
    """Returns a gauge that several processes export alike."""
    return f"max by ({by}) ({gauge}{{{where}}})" if where else f"max by ({by}) ({gauge})"


def an_hour(minor_units: str) -> str:
    """Returns the money of the last hour by currency, for currencies with hundredths."""
    return f"sum by (currency) (increase({minor_units}_total[1h])) / 100"


def _sum(by: str) -> str:
    return f"sum by ({by}) " if by else "sum "
