"""Fills the databases of a running mesh: `python -m dev.seed --users 1000 --orders 10000`."""

import argparse
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg

from dev.config import DATABASES, ROOT
from dev.errors import CannotRun, exit_code
from dev.seed.fill import Shop, fill
from dev.seed.people import PASSWORD
from dev.supervisor.control import Control
from dev.up.preflight import is_in_use

MOST_SEED = 999


def main() -> int:
    options = _options()
    return exit_code(lambda: _seed(options), options.var)


def _seed(options: argparse.Namespace) -> None:
    """Raises CannotRun when no mesh runs there, or has the rows of that seed already."""
    if not is_in_use(options.var):
        raise CannotRun(f"no mesh runs on {options.var}; `make up` starts one")
    told = Control(options.var).environment()
    urls = {name: told[f"{name.upper()}_DATABASE_URL"] for name in DATABASES}
    until = datetime.combine(options.until, datetime.min.time(), UTC)
    shop = Shop(options.users, options.orders, options.seed, until)
    try:
        fill(urls, shop, currency=told.get("MARKET_CURRENCY", "EUR"))
    except psycopg.errors.UniqueViolation:
        asked = f"the rows of seed {options.seed} are there already: name another one, SEED=2"
        raise CannotRun(asked) from None
    print(f"each user's password: {PASSWORD}; the first user: {shop.person(0).username}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m dev.seed", description=__doc__)
    parser.add_argument("--var", type=Path, default=ROOT / "var", help="where the mesh runs")
    parser.add_argument("--users", type=_count, default=1_000)
    parser.add_argument("--orders", type=_count, default=10_000)
    parser.add_argument("--seed", type=_seed_number, default=1, help="the same rows for the same")
    parser.add_argument(
        "--until",
        type=date.fromisoformat,
        default=datetime.now(UTC).date(),
        metavar="YYYY-MM-DD",
        help="the day before which the last order is placed; by default today",
    )
    return parser.parse_args()


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return count


def _seed_number(text: str) -> int:
    if not 0 <= (number := int(text)) <= MOST_SEED:
        raise argparse.ArgumentTypeError(f"must be from 0 to {MOST_SEED}")
    return number


if __name__ == "__main__":
    sys.exit(main())
