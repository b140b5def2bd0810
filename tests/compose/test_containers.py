"""What containers add to the story: who may do what in them, and what happens when one is
killed or replaced."""

import os
import subprocess
import sys
import time

import httpx
import pytest

from dev.config import ROOT
from tests.compose.load import Load
from tests.compose.mesh import FILES, PROJECT, SERVICES, ComposeMesh, Container
from tests.support.mesh_under_test import Market, Person
from tests.support.waiting import eventually

OURS = ("edge", *SERVICES, *(f"{name}-worker" for name in SERVICES))
ENGINES = ("redis", "mailpit", *(f"{name}-db" for name in SERVICES))
RELAYS = tuple(f"{name}-relay" for name in SERVICES)
PAGES = tuple(f"{name}-admin" for name in SERVICES)
MUG = "MUG-BLUE"
BACK_WITHIN_S = 40.0


@pytest.fixture
def plenty(market: Market) -> str:
    """Returns the SKU of a product that does not run out."""
    sku = f"PLENTY-{time.time_ns()}"
    price = {"currency_code": "EUR", "units": "1"}
    product = {"sku": sku, "title": "Plenty", "price": price, "stock": 1_000_000}
    assert market.post("/api/products/", market.staff(), json=product).status_code == 201
    return sku


@pytest.mark.parametrize("service", [*OURS, *RELAYS, *PAGES])
def test_a_process_of_ours_has_no_rights_and_can_change_no_file(
    compose: ComposeMesh, service: str
) -> None:
    container = compose.containers(service)[0]
    status = compose.run_in(container, "cat", "/proc/1/status").stdout
    assert "Uid:\t10001" in status
    assert "CapBnd:\t0000000000000000" in status
    assert "NoNewPrivs:\t1" in status
    assert "Read-only file system" in compose.run_in(container, "touch", "/app/new").stderr


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_reaches_no_database_but_its_own(compose: ComposeMesh, service: str) -> None:
    container = compose.containers(service)[0]
    for name in SERVICES:
        found = compose.run_in(container, "getent", "hosts", f"{name}-db")
        assert (found.returncode == 0) == (name == service)


@pytest.mark.parametrize("service", SERVICES)
def test_both_replicas_of_a_service_are_found_under_its_name(
    compose: ComposeMesh, service: str
) -> None:
    edge = compose.containers("edge")[0]
    found = compose.run_in(edge, "getent", "ahostsv4", service).stdout.split("\n")
    assert len({line.split()[0] for line in found if "STREAM" in line}) == 2


@pytest.mark.parametrize("service", [*OURS, *RELAYS, *PAGES, *ENGINES])
def test_a_container_that_is_killed_comes_back_and_no_order_is_lost(
    compose: ComposeMesh, market: Market, service: str
) -> None:
    ada = market.register()
    placed = [market.place_order(ada, MUG).json()["id"]]
    killed = compose.containers(service)[0]
    compose.crash(killed)
    eventually(lambda: came_back(compose, killed), BACK_WITHIN_S, every_s=0.5)
    placed.append(eventually(lambda: order_id(market, ada), BACK_WITHIN_S, every_s=0.2))
    for order in placed:
        ended = market.order_at_rest(ada, order, within_s=BACK_WITHIN_S)
        assert ended["state"] == "ORDER_STATE_CONFIRMED"
    eventually(lambda: len(confirmations(market, ada.email)) == 2, BACK_WITHIN_S)


@pytest.mark.parametrize("service", SERVICES)
def test_replacing_a_service_s_containers_under_load_fails_no_request(
    compose: ComposeMesh, market: Market, plenty: str, service: str
) -> None:
    before = {container.id for container in compose.containers(service)}
    told = {"COMPOSE_PROJECT_NAME": PROJECT, "COMPOSE_FILE": os.pathsep.join(FILES)}
    with Load(market, plenty) as load:
        roll = [sys.executable, "deploy/docker/roll.py", service]
        subprocess.run(roll, check=True, cwd=ROOT, env=os.environ | told)
    after = {container.id for container in compose.containers(service)}
    assert len(after) == len(before) == 2
    assert not after & before
    assert not load.failures()
    assert load.answers.total() > 100


def came_back(compose: ComposeMesh, killed: Container) -> bool:
    now = [one for one in compose.containers(killed.service) if one.id == killed.id]
    return any(one.restarts > killed.restarts for one in now)


def order_id(market: Market, person: Person) -> str | None:
    try:
        answer = market.place_order(person, MUG)
    except httpx.TransportError:  # the edge itself is away
        return None
    return str(answer.json()["id"]) if answer.status_code == 201 else None


def confirmations(market: Market, address: str) -> list[str]:
    mails = market.mails_to(address)
    return [mail["MessageID"] for mail in mails if "confirmed" in mail["Subject"].lower()]
