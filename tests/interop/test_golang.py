"""A customer's story in Go, in plaintext and over mutual TLS."""

from pathlib import Path

from tests.interop.clients import GO, GO_PLUGINS, STORY, Guarded, generate, program, told
from tests.support.left_out import fetched, need
from tests.support.mesh_under_test import Market


def build(bundle: Path, folder: Path) -> Path:
    """Returns the folder of the built program."""
    need("go")
    folder = program("golang", folder)
    (folder / "bin").mkdir()
    fetched("go", "build", "-o", "bin/", *GO_PLUGINS, folder=folder, **GO)
    generate(bundle, "go", folder, folder / "bin")
    fetched("go", "build", "-buildvcs=false", "-o", "bin/shop", ".", folder=folder, **GO)
    return folder


def test_the_story_in_go(market: Market, shop: Path) -> None:
    assert told("bin/shop", folder=shop, at=market.at) == STORY


def test_the_story_in_go_over_mutual_tls(guarded: Guarded, shop: Path) -> None:
    assert told("bin/shop", folder=shop, at=guarded.at, **guarded.certificates) == STORY
