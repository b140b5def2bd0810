"""Starts locust on a running mesh: its page, or a run without one for so many seconds.

`make load` opens the page on 127.0.0.1; `make load SHOPPERS=50 SECONDS=60` runs at once and
exits with 1 when an answer was wrong. locust is in the environment of `make bench`.
"""

import argparse
import os
from pathlib import Path

from dev.ports import HOST
from tests.bench.peers.environment import python
from tests.support.mesh_under_test import Addresses

SHOP = Path(__file__).with_name("shop.py")


def main() -> None:
    options = _options()
    asked = ["--locustfile", str(SHOP), "--host", options.edge, "--users", str(options.shoppers)]
    asked += ["--spawn-rate", str(max(1, options.shoppers / 10))]
    if options.seconds:
        asked += ["--headless", "--only-summary", "--run-time", f"{options.seconds}s"]
    else:
        asked += ["--web-host", HOST, "--web-port", str(options.port)]
        print(f"load: http://{HOST}:{options.port} is locust's page; Ctrl-C ends it", flush=True)
    locust = str(python())
    os.execv(locust, [locust, "-m", "locust", *asked])  # noqa: S606  # in place of this process


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("--edge", default=Addresses.from_environment().edge, metavar="URL")
    parser.add_argument("--shoppers", type=int, default=20, help="how many at once")
    parser.add_argument("--seconds", type=int, default=0, help="run at once, and for so long")
    parser.add_argument("--port", type=int, default=8089, help="of locust's page")
    return parser.parse_args()


if __name__ == "__main__":
    main()
