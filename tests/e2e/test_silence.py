"""What people say in confidence is in no log and in no problem document."""

import json
import uuid
from collections.abc import Callable
from pathlib import Path

import httpx

from tests.support.leaks import leaks
from tests.support.local_mesh import LocalMesh
from tests.support.mesh_under_test import Market

PASSWORD = "a password in no log whatever happens"
TOKEN = "x" * 20 + "-a-token-in-no-log"


def test_what_goes_wrong_says_nothing_in_confidence(market: Market, mesh: LocalMesh) -> None:
    ada = market.register("ada")
    said = {PASSWORD, TOKEN, *market.told}
    for provoke in PROVOCATIONS:
        answer = provoke(market, ada.email)
        assert answer.status_code in range(400, 500), answer.text
        assert [text for text in {ada.email, *said} if text in answer.text] == []
    assert leaks(mesh.var, said) == []


def test_a_leak_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "MESH_SECRET").write_text("the mesh's secret")
    said = ["the mesh's secret", "hunter2", "ada@example.org", "eyJhbGciOi.eyJzdWIiOi.x",
            "postgresql://me:mine@localhost/x", "no-reply@marketmesh.example"]  # fmt: skip
    log = tmp_path / "up.log"
    log.write_text("\n".join(json.dumps({"event": text}) for text in said))
    assert len(leaks(tmp_path, ["hunter2", ""])) == 5


def post(path: str, **body: object) -> Callable[[Market, str], httpx.Response]:
    return lambda market, email: market.post(
        path, json={name: email if value == "EMAIL" else value for name, value in body.items()}
    )


PROVOCATIONS: list[Callable[[Market, str], httpx.Response]] = [
    post("/api/auth/token/", email="EMAIL", password=PASSWORD),
    post("/api/auth/token/", username="nobody-here", password=PASSWORD),
    post("/api/auth/token/", email="EMAIL", password=PASSWORD, nope=PASSWORD),
    post("/api/auth/token/refresh/", refresh_token=TOKEN),
    post("/api/auth/email/verify/", token=TOKEN),
    post("/api/auth/password/confirm/", token=TOKEN, password=PASSWORD),
    post("/api/users/", username=f"u{uuid.uuid4().hex[:8]}", email="EMAIL", password=PASSWORD),
    post("/api/users/", username="!", email="EMAIL", password=PASSWORD),
    post("/api/users/", username="x\x00", email="EMAIL", password=PASSWORD),
    lambda market, _: market.get("/api/orders/", headers={"Authorization": f"Bearer {TOKEN}"}),
    lambda market, email: market.get("/api/users/", params={"email": email}),
    lambda market, _: market.get("/api/users/me/", params={"token": TOKEN}),
]
