"""docs/tutorial.md, followed word for word in a copy of the checkout."""

from pathlib import Path

from dev.config import PORTS, ROOT
from dev.ports import free_ports
from tests.pages.checkout import changed_in, checkout, environment_in
from tests.pages.follow import Reader
from tests.support.left_out import need

PAGE = ROOT / "docs" / "tutorial.md"
# With those of the service that the tutorial adds, as dev.config numbers them.
DEFAULTS = {name: port for name, (port, _) in PORTS.items()} | {
    "INVENTORY_PORT": 50054,
    "INVENTORY_ADMIN_PORT": 8004,
    "INVENTORY_METRICS_PORT": 9104,
    "INVENTORY_WORKER_METRICS_PORT": 9204,
}


def test_the_tutorial_is_followed_to_its_end_and_leaves_all_as_it_was(tmp_path: Path) -> None:
    for tool in ("curl", "git", "make"):
        need(tool)
    copy, ports = checkout(tmp_path), free_ports(len(DEFAULTS))
    moved = dict(zip(DEFAULTS, map(str, ports), strict=True))
    of_page = dict(zip(DEFAULTS.values(), ports, strict=True))
    with Reader(copy, environment_in(copy) | moved, of_page) as reader:
        reader.follow(PAGE)
    assert changed_in(copy) == ""
