"""A customer's story in Rust, in plaintext and over mutual TLS."""

from pathlib import Path

from dev.config import ROOT
from tests.interop.clients import STORY, Guarded, program, told
from tests.interop.left_out import fetched, need
from tests.support.mesh_under_test import Market

# Kept, as Cargo keeps what it compiled nowhere else.
TARGET = ROOT / "var" / "interop" / "cargo"


def build(bundle: Path, folder: Path) -> Path:
    """Returns the folder of the built program."""
    need("cargo")
    need("cc")  # compiles the cryptography of rustls
    folder = program("rust", folder)
    cargo("build", folder=folder, CONTRACTS=str(bundle))
    return TARGET / "debug"


def cargo(*arguments: str, folder: Path, **environment: str) -> None:
    fetched(
        "cargo", *arguments, "--quiet", folder=folder, CARGO_TARGET_DIR=str(TARGET), **environment
    )


def test_the_story_in_rust(market: Market, shop: Path) -> None:
    assert told("./shop", folder=shop, at=market.at) == STORY


def test_the_story_in_rust_over_mutual_tls(guarded: Guarded, shop: Path) -> None:
    assert told("./shop", folder=shop, at=guarded.at, **guarded.certificates) == STORY
