"""What compose.yaml promises, read from the file itself, so that it holds without an engine."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.docker.make_secrets import FOLDER, make_secrets
from dev.certs import Authority
from dev.config import MEMBERS, ROOT
from tools.k8s.tiers import Tier, market_tiers

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
JOBS = {name for name in SERVICES if name.endswith("-migrate")}
TLS: dict[str, Any] = yaml.safe_load((ROOT / "compose.tls.yaml").read_text())
DATABASES = {name for name in SERVICES if name.endswith("-db")}
PAGES_FOR_STAFF = {f"{database.removesuffix('-db')}-admin" for database in DATABASES}
PUBLISHED = {"edge", "mailpit", "grafana"} | PAGES_FOR_STAFF


def _on(network: str) -> set[str]:
    return {name for name, service in SERVICES.items() if network in service["networks"]}


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_limited_and_can_change_no_file_of_its_image(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert service["restart"] == ("no" if name in JOBS else "unless-stopped")
    assert service["logging"]["options"]["max-size"]


def test_only_the_edge_and_the_pages_are_published_and_to_this_machine_alone() -> None:
    assert {name for name, service in SERVICES.items() if "ports" in service} == PUBLISHED
    for name in PUBLISHED:
        assert all(port.startswith("127.0.0.1:") for port in SERVICES[name]["ports"])


def test_only_what_is_published_is_on_a_network_with_a_way_out() -> None:
    open_networks = {name for name, network in COMPOSE["networks"].items() if not network}
    assert open_networks == {"public", "staff"}
    on = {network: _on(network) for network in open_networks}
    assert on == {"public": PUBLISHED - PAGES_FOR_STAFF, "staff": PAGES_FOR_STAFF}


@pytest.mark.parametrize("database", sorted(DATABASES))
def test_a_database_shares_its_only_network_with_its_own_service(database: str) -> None:
    own = database.removesuffix("-db")
    (network,) = SERVICES[database]["networks"]
    roles = ("migrate", "worker", "relay", "admin")
    assert _on(network) == {database, own, *(f"{own}-{role}" for role in roles)}


def test_every_service_has_two_replicas_that_start_on_a_migrated_database() -> None:
    for database in DATABASES:
        own = database.removesuffix("-db")
        assert SERVICES[own]["deploy"]["replicas"] == 2
        awaited = SERVICES[own]["depends_on"][f"{own}-migrate"]
        assert awaited == {"condition": "service_completed_successfully"}


def test_secrets_come_as_files_that_make_secrets_makes(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    for secret in COMPOSE["secrets"].values():
        file = ROOT / secret["file"]
        assert file.parent == FOLDER
        assert (tmp_path / file.name).exists()
    for service in SERVICES.values():
        for variable, value in service.get("environment", {}).items():
            secret = variable.endswith(("SECRET", "SECRET_KEY", "PASSWORD", "DATABASE_URL"))
            assert not secret, f"{variable} is {value}"


@pytest.mark.parametrize("tier", market_tiers(), ids=lambda tier: tier.name)
def test_a_container_is_on_the_networks_of_what_the_contract_lets_it_reach(tier: Tier) -> None:
    engines = {"database": f"{tier.member}-data", "redis": "queue", "smtp": "mail"}
    wanted = {engines[engine] for engine in tier.engines}
    if tier.calls or tier.role == "serve":
        wanted.add("mesh")
    wanted |= {"admin": {"staff"}, "serve": {"public"} if tier.member == "edge" else set()}.get(
        tier.role, set()
    )
    assert set(SERVICES[tier.name.removesuffix("-serve")]["networks"]) == wanted


def test_with_tls_all_that_calls_or_is_called_has_its_own_certificate(tmp_path: Path) -> None:
    Authority(tmp_path).keep(*MEMBERS)
    calls = {name for name, one in SERVICES.items() if "build" in one and "mesh" in one["networks"]}
    assert calls <= set(TLS["services"])
    for name, laid_over in TLS["services"].items():
        image = SERVICES[name]["build"]["args"]["SERVICE"]
        mounted = {one["target"]: one["source"] for one in laid_over["secrets"][1:]}
        files = [Path(TLS["secrets"][source]["file"]) for source in mounted.values()]
        assert [file.name for file in files] == [f"{image}.pem", f"{image}.key"]
        assert {f"/run/secrets/{target}" for target in mounted} <= set(
            laid_over["environment"].values()
        )
        assert all(file.parent == Path("deploy/secrets/certs") for file in files)
        assert all((tmp_path / file.name).exists() for file in files)
