"""A customer's story in TypeScript, in plaintext and over mutual TLS."""

from pathlib import Path

from tests.interop.clients import STORY, Guarded, generate, program, told
from tests.support.left_out import fetched, need
from tests.support.mesh_under_test import Market


def build(bundle: Path, folder: Path) -> Path:
    """Returns the folder of the built program."""
    need("node")
    need("npm")
    folder = program("typescript", folder)
    fetched("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", folder=folder)
    generate(bundle, "typescript", folder, folder / "node_modules/.bin")
    fetched("npm", "run", "build", folder=folder)
    return folder


def test_the_story_in_typescript(market: Market, shop: Path) -> None:
    assert told("node", "out/src/main.js", folder=shop, at=market.at) == STORY


def test_the_story_in_typescript_over_mutual_tls(guarded: Guarded, shop: Path) -> None:
    found = told("node", "out/src/main.js", folder=shop, at=guarded.at, **guarded.certificates)
    assert found == STORY
