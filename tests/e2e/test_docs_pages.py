"""The commands on the pages for callers do as the pages say."""

from pathlib import Path

from dev.config import ROOT
from tests.support.left_out import need
from tests.support.mesh_under_test import Market
from tests.support.pages import run_page

DOCS = ROOT / "docs"


def test_the_rest_api_in_half_an_hour(market: Market) -> None:
    need("curl")
    run_page(DOCS / "rest.md", {"http://localhost:8000\n": f"{market.at.edge}\n"}, {})


def test_the_client_in_a_terminal(market: Market, tmp_path: Path) -> None:
    at = [f"{name.removesuffix('_service')}={it}" for name, it in market.at.grpc.items()]
    told = {"MARKET_ADDRESS": " ".join(at), "XDG_CONFIG_HOME": str(tmp_path)}
    run_page(DOCS / "market.md", {}, told)
