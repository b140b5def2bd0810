"""A customer's story in Rust, in plaintext and over mutual TLS."""

from pathlib import Path

import pytest

from dev.config import ROOT
from tests.interop.clients import STORY, Guarded, program, told
from tests.interop.left_out import fetched, need
from tests.support.mesh_under_test import Market

# Kept, as Cargo keeps what it compiled nowhere else.
TARGET = ROOT / "var" / "interop" / "cargo"


@pytest.fixture(scope="module")
def shop(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns the folder of the built program."""
    need("cargo")
    need("cc")  # compiles the cryptography of rustls
    folder = program("rust", tmp_path_factory.mktemp("shop"))
    settings = {"CONTRACTS": str(bundle), "CARGO_TARGET_DIR": str(TARGET)}
    fetched("cargo", "build", "--quiet", folder=folder, **settings)
    return TARGET / "debug"


def test_the_story_in_rust(market: Market, shop: Path) -> None:
    assert told("./shop", folder=shop, at=market.at) == STORY


def test_the_story_in_rust_over_mutual_tls(guarded: Guarded, shop: Path) -> None:
    assert told("./shop", folder=shop, at=guarded.at, **guarded.certificates) == STORY
