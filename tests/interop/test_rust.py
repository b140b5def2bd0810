"""A customer's story in Rust, in plaintext and over mutual TLS."""

from pathlib import Path

from dev.config import ROOT
from tests.interop.clients import STORY, Guarded, generate, program, told
from tests.support.left_out import fetched, need
from tests.support.mesh_under_test import Market

# Kept, as Cargo keeps what it compiled nowhere else.
TARGET = ROOT / "var" / "interop" / "cargo"
PLUGINS = (
    "protoc-gen-prost@0.5.0",
    "protoc-gen-prost-crate@0.5.0",
    "protoc-gen-tonic@0.5.0",
)


def build(bundle: Path, folder: Path) -> Path:
    """Returns the folder of the built program."""
    need("cargo")
    need("cc")  # compiles the cryptography of rustls
    folder = program("rust", folder)
    cargo("build", folder=folder, CONTRACTS=str(bundle))
    return TARGET / "debug"


def cargo(*arguments: str, folder: Path, **environment: str) -> None:
    lean = {
        "CARGO_PROFILE_DEV_DEBUG": "0",
        "CARGO_INCREMENTAL": "0",
        "CARGO_TARGET_DIR": str(TARGET),
    }
    fetched("cargo", *arguments, "--quiet", folder=folder, **lean, **environment)


def test_the_story_in_rust(market: Market, shop: Path) -> None:
    assert told("./shop", folder=shop, at=market.at) == STORY


def test_the_story_in_rust_over_mutual_tls(guarded: Guarded, shop: Path) -> None:
    assert told("./shop", folder=shop, at=guarded.at, **guarded.certificates) == STORY


def test_the_template_makes_code_that_the_program_builds_with(
    bundle: Path, shop: Path, tmp_path: Path
) -> None:
    cargo("install", "--debug", "--root", str(shop), *PLUGINS, folder=tmp_path)
    folder = program("rust", tmp_path)
    (folder / "build.rs").unlink()
    generate(bundle, "rust", folder, shop / "bin")
    (folder / "gen/mod.rs").rename(folder / "gen/contracts.rs")
    cargo("build", folder=folder, OUT_DIR=str(folder / "gen"))
