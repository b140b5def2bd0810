"""The commands of `docs/grpc.md`, by grpcurl itself."""

from dev.config import ROOT
from tests.support.mesh_under_test import Market
from tests.support.pages import run_page


def test_the_page_about_grpc(market: Market, grpcurl: dict[str, str]) -> None:
    at = market.at.grpc
    instead = {
        "USERS=localhost:50051": f"USERS={at['user_service']}",
        "ORDERS=localhost:50052": f"ORDERS={at['order_service']}",
    }
    run_page(ROOT / "docs" / "grpc.md", instead, grpcurl)
