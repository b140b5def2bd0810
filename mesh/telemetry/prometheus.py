"""Serves `/metrics` to Prometheus, in a thread of its own."""

from prometheus_client import disable_created_metrics, start_http_server

from mesh.core import config
from mesh.core.network import binds


def serve(processes: int) -> None:
    """Listens on METRICS_BIND; without it nothing is served.

    Of several processes that share the setting each takes the first port that is free
    among that, that plus ten, and so on. Raises SettingError when there is none.
    """
    first = first_address()
    if not first:
        return
    # A series more for each, and no dashboard asks for it.
    disable_created_metrics()  # type: ignore[no-untyped-call]  # it has no types
    for address in binds(first, processes):
        host, _, port = address.rpartition(":")
        try:
            start_http_server(int(port), host)
        except OSError:
            continue
        return
    raise config.SettingError(f"METRICS_BIND: can't listen on {first}: is the port taken?")


def first_address() -> str:
    """Returns where to listen; empty where nothing is to be served."""
    about = "Where `/metrics` is served; several processes take ports ten above each other."
    return config.address("METRICS_BIND", "", about=about)
