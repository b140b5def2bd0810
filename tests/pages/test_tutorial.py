"""docs/tutorial.md, followed word for word in a copy of the checkout."""

from pathlib import Path

from dev.config import MOST_OFFSET, PORTS, ROOT
from dev.ports import is_taken
from tests.pages.checkout import changed_in, checkout, environment_in
from tests.pages.follow import Reader
from tests.support.left_out import need

PAGE = ROOT / "docs" / "tutorial.md"
OFFSETS = range(100, MOST_OFFSET, 50)


def free_offset() -> int:
    """Returns how far all ports of a local run can be moved, those of one more service too."""
    ports = {port + more for port, _ in PORTS.values() for more in (0, 1)}
    return next(by for by in OFFSETS if not any(is_taken(port + by) for port in ports))


def test_the_tutorial_is_followed_to_its_end_and_leaves_all_as_it_was(tmp_path: Path) -> None:
    for tool in ("curl", "git", "make"):
        need(tool)
    copy, offset = checkout(tmp_path), free_offset()
    with Reader(copy, environment_in(copy) | {"PORT_OFFSET": str(offset)}, offset) as reader:
        reader.follow(PAGE)
    assert changed_in(copy) == ""
