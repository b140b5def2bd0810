"""A customer's story in Java, in plaintext and over mutual TLS."""

from pathlib import Path

from tests.interop.clients import STORY, Guarded, program, told
from tests.support.left_out import fetched, need
from tests.support.mesh_under_test import Market

MAKE = ("mvn", "--batch-mode", "--quiet", "compile", "dependency:copy-dependencies")
RUN = ("java", "-cp", "target/classes:target/dependency/*", "shop.Story")


def build(bundle: Path, folder: Path) -> Path:
    """Returns the folder of the built program."""
    need("java")
    need("mvn")
    folder = program("java", folder)
    fetched(*MAKE, folder=folder, CONTRACTS=str(bundle))
    return folder


def test_the_story_in_java(market: Market, shop: Path) -> None:
    assert told(*RUN, folder=shop, at=market.at) == STORY


def test_the_story_in_java_over_mutual_tls(guarded: Guarded, shop: Path) -> None:
    assert told(*RUN, folder=shop, at=guarded.at, **guarded.certificates) == STORY
