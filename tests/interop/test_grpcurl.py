"""The commands of `docs/grpc.md`, by grpcurl itself."""

import os
from pathlib import Path

from dev.config import ROOT
from tests.support.left_out import fetched, need
from tests.support.mesh_under_test import Market
from tests.support.pages import run_page

GRPCURL = "github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.3"


def test_the_page_about_grpc(market: Market, tmp_path: Path) -> None:
    need("go")
    fetched("go", "install", GRPCURL, folder=tmp_path, GOBIN=str(tmp_path), CGO_ENABLED="0")
    at = market.at.grpc
    instead = {
        "USERS=localhost:50051": f"USERS={at['user_service']}",
        "ORDERS=localhost:50052": f"ORDERS={at['order_service']}",
    }
    run_page(ROOT / "docs" / "grpc.md", instead, {"PATH": f"{tmp_path}:{os.environ['PATH']}"})
