"""The shapes that PromQL takes again and again."""

from mesh.rpc.interceptors.telemetry import SERVER_ERRORS

FAILED_HTTP = 'http_response_status_code=~"5.."'
FAILED_RPC = f'rpc_response_status_code=~"{"|".join(sorted(SERVER_ERRORS))}"'


def rate(metric: str, where: str = "", by: str = "") -> str:
    """How often a second, by the labels; of a counter."""
    selected = f"{metric}{{{where}}}" if where else metric
    return f"{_sum(by)}(rate({selected}[$__rate_interval]))"


def count(histogram: str, where: str = "", by: str = "") -> str:
    """How often a second what the histogram measures was done."""
    return rate(f"{histogram}_count", where, by)


def share(histogram: str, failed: str, where: str = "", by: str = "") -> str:
    """The failed part of what the histogram measures; 0 where nothing ever failed."""
    total = count(histogram, where, by)
    bad = count(histogram, ",".join(filter(None, (where, failed))), by)
    return f"({bad} or 0 * {total}) / {total}"


def quantile(q: float, histogram: str, where: str = "", by: str = "") -> str:
    """So long at most took the part `q` of what the histogram measures, in seconds."""
    buckets = rate(f"{histogram}_bucket", where, f"le, {by}" if by else "le")
    return f"histogram_quantile({q}, {buckets})"


def quantiles(histogram: str, where: str = "") -> dict[str, str]:
    return {f"p{q * 100:g}": quantile(q, histogram, where) for q in (0.5, 0.95, 0.99)}


def busy(threads: str, by: str, where: str = "") -> str:
    """The part of the threads that has something to do."""
    selected = f"{{{where}}}" if where else ""
    taken, most = (f"sum by ({by}) ({threads}_{part}{selected})" for part in ("busy", "limit"))
    return f"{taken} / {most}"


def an_hour(minor_units: str) -> str:
    """How much money within an hour, by currency, where a unit has hundredths."""
    return f"sum by (currency) (increase({minor_units}_total[1h])) / 100"


def _sum(by: str) -> str:
    return f"sum by ({by}) " if by else "sum "
