"""The command-line client `market`, run as a person and as a script run it."""

import json
import re
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import pytest

from dev.config import ROOT
from tests.support.mesh_under_test import PASSWORD, STAFF, Market

WITHIN_S = 120


class Terminal:
    """Runs `market` with settings of its own; `sent` is what the mesh's tests look for in logs."""

    def __init__(self, market: Market, home: Path) -> None:
        at = [f"{name.removesuffix('_service')}={it}" for name, it in market.at.grpc.items()]
        self._environment = {
            "MARKET_ADDRESS": " ".join(at),
            "XDG_CONFIG_HOME": str(home),
            "HOME": str(home),
            "PYTHONPATH": f"{ROOT}:{ROOT / 'generated' / 'python'}",
            "TZ": "UTC",
        }
        self.kept = home
        self._told = market.told

    def run(self, *arguments: str, said: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "tools.market", *arguments],
            input=said,
            env=self._environment | more,
            capture_output=True,
            text=True,
            check=False,
            timeout=WITHIN_S,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def ok(self, *arguments: str, said: str = "") -> str:
        """Returns what a command printed, which ended well."""
        done = self.run(*arguments, said=said)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def json(self, *arguments: str) -> Any:
        return json.loads(self.ok("--json", *arguments))

    def sessions(self) -> dict[str, Any]:
        """Returns what is kept on disk, which the mesh's logs must not show."""
        (file,) = self.kept.rglob("sessions.json")
        assert file.stat().st_mode & 0o777 == 0o600
        kept: dict[str, Any] = json.loads(file.read_text())
        for session in kept.values():
            self._told |= {session["access_token"], session["refresh_token"]}
        return kept

    def register(self) -> str:
        name = f"ada-{uuid.uuid4().hex[:10]}"
        email = ("--email", f"{name}@example.org")
        self.ok("register", name, *email, "--password-stdin", said=f"{PASSWORD}\n")
        self._told.add(PASSWORD)
        self.sessions()
        return name


@pytest.fixture
def terminal(market: Market, tmp_path: Path) -> Terminal:
    return Terminal(market, tmp_path)


def test_somebody_registers_orders_looks_and_gives_up(terminal: Terminal) -> None:
    terminal.register()
    assert "MUG-BLUE\tMug, cobalt blue\t12.90 EUR\t" in terminal.ok("products")
    told = terminal.ok("order", "MUG-BLUE:2", "PEN-GEL-05")
    order_id = re.findall(r"^order (\S+), 29.00 EUR$", told, re.MULTILINE)[0]
    assert [line.split()[-1] for line in told.splitlines()[1:]] == ["PENDING", "CONFIRMED"]
    assert terminal.ok("cancel", order_id) == f"order {order_id}, CANCELLING\n"
    watched = terminal.ok("--json", "watch", order_id).splitlines()
    states = ["PENDING", "CONFIRMED", "CANCELLING", "REFUNDED"]
    assert [json.loads(line)["state"] for line in watched] == [f"ORDER_STATE_{s}" for s in states]
    (line,) = terminal.ok("orders", "--state", "refunded").splitlines()
    assert line.split("\t")[0] == order_id
    assert line.split("\t")[3:] == ["29.00 EUR", "29.00 EUR", "REFUNDED"]


def test_a_declined_order_ends_with_a_code_of_its_own(terminal: Terminal) -> None:
    terminal.register()
    done = terminal.run("order", "PEN-GEL-05", "--pay", "pm_declined")
    assert done.returncode == 9
    assert done.stdout.splitlines()[-1].endswith("CANCELLED  (payment declined)")


def test_pages_follow_each_other_to_the_end(terminal: Terminal) -> None:
    terminal.register()
    placed = [terminal.json("order", "PEN-GEL-05", "--no-wait")["id"] for _ in range(3)]
    first = terminal.run("orders", "--limit", "2")
    more = re.findall(r"--page-token (\S+)", first.stderr)
    second = terminal.ok("orders", "--limit", "2", "--page-token", *more)
    listed = [line.split("\t")[0] for line in (first.stdout + second).splitlines()]
    assert listed == placed[::-1]
    assert len(terminal.ok("orders", "--limit", "2", "--all").splitlines()) == 3


def test_a_repeat_under_its_request_id_is_the_same_order(terminal: Terminal) -> None:
    terminal.register()
    once = ("order", "PEN-GEL-05", "--no-wait", "--request-id", str(uuid.uuid4()))
    assert terminal.json(*once)["id"] == terminal.json(*once)["id"]


def test_staff_pays_a_part_back(terminal: Terminal, tmp_path: Path, market: Market) -> None:
    terminal.register()
    order_id = terminal.json("order", "MUG-BLUE")["id"]
    refused = terminal.run("refund", order_id)
    assert refused.returncode == 4
    assert "NOT_ADMITTED" in refused.stderr
    staff = Terminal(market, tmp_path / "staff")
    staff.ok("login", STAFF[0], "--password-stdin", said=f"{STAFF[1]}\n")
    staff.sessions()
    assert staff.ok("refund", order_id, "--amount", "2.50") == "2.50 EUR of 12.90 EUR paid back\n"
    assert order_id in staff.ok("orders", "--everybody", "--limit", "200")


def test_an_expired_token_is_renewed_and_a_logout_ends_the_session(terminal: Terminal) -> None:
    terminal.register()
    (address, session), *_ = terminal.sessions().items()
    old = {address: session | {"expire_time": time.time()}}
    next(terminal.kept.rglob("sessions.json")).write_text(json.dumps(old))
    terminal.ok("orders")
    renewed = terminal.sessions()[address]
    assert renewed["refresh_token"] != session["refresh_token"]
    terminal.ok("logout")
    assert terminal.sessions() == {}
    next(terminal.kept.rglob("sessions.json")).write_text(
        json.dumps({address: renewed | {"expire_time": time.time()}})
    )
    assert terminal.run("orders").returncode == 3


def test_each_refusal_says_what_to_do_and_has_its_code(terminal: Terminal) -> None:
    anonymous = terminal.run("orders")
    assert (anonymous.returncode, "market login" in anonymous.stderr) == (3, True)
    terminal.register()
    wrong = terminal.run("--json", "order", "MUG-BLUE:5000")
    assert wrong.returncode == 6
    error = json.loads(wrong.stderr)
    assert [one["field"] for one in error["errors"]] == ["items[0].quantity"]
    assert error["code"] == "INVALID_ARGUMENT"
    assert error["request_id"]
    assert terminal.run("order", "NOTHING").returncode == 7
    assert terminal.run("cancel", str(uuid.uuid4())).returncode == 5
    assert terminal.run("order", "MUG-BLUE:two").returncode == 2
    for asked in (
        ["products", "--address", "127.0.0.1:1"],
        ["--address", "127.0.0.1:1", "products"],
    ):
        away = terminal.run(*asked)
        assert (away.returncode, "is the mesh running" in away.stderr) == (8, True)


def test_a_shell_completes_products_and_commands(terminal: Terminal) -> None:
    assert "_MARKET_COMPLETE=bash_complete" in terminal.ok("completion", "bash")
    asked = {"COMP_WORDS": "market order MUG", "COMP_CWORD": "2"}
    completed = terminal.run(_MARKET_COMPLETE="bash_complete", **asked).stdout
    assert completed.splitlines() == ["plain,MUG-BLUE", "plain,MUG-WHITE"]
    away = {"COMP_WORDS": "market --address 127.0.0.1:1 order MUG", "COMP_CWORD": "4"}
    nothing = terminal.run(_MARKET_COMPLETE="bash_complete", **away)
    assert (nothing.stdout.strip(), nothing.stderr) == ("", "")
