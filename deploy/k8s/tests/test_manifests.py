"""What the manifests promise, and that the gate refuses those that break it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from dev.config import DATABASES, ROOT, short_name
from mesh.contract.model import market_contract
from tests.support.left_out import leave_out
from tools.k8s import policies, schemas
from tools.k8s.access import GRPC, HTTP, METRICS
from tools.k8s.built import Manifest, Missing
from tools.k8s.tiers import market_tiers

ROW = re.compile(r"^\| `(\w+)`", re.MULTILINE)
SETTINGS = set(ROW.findall((ROOT / "docs/configuration.md").read_text()))
SECRETS = re.search(r"\| secret \|.*?\n\n", (ROOT / "docs/kubernetes.md").read_text(), re.DOTALL)
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]


def named(manifests: list[Manifest], kind: str, name: str) -> Any:
    (found,) = [one for one in manifests if (one["kind"], one["metadata"]["name"]) == (kind, name)]
    return found


def pod(manifests: list[Manifest], name: str, kind: str = "Deployment") -> Any:
    return named(manifests, kind, name)["spec"]["template"]["spec"]


BREAKS: dict[str, tuple[Callable[[list[Manifest]], object], str]] = {
    "root": (
        lambda them: pod(them, "user-serve")["securityContext"].pop("runAsNonRoot"),
        "Deployment user-serve: may run as root",
    ),
    "no memory limit": (
        lambda them: pod(them, "order-worker")["containers"][0]["resources"].pop("limits"),
        "Deployment order-worker: process has no limit of memory",
    ),
    "no version": (
        lambda them: pod(them, "edge-serve")["containers"][0].update(image="market/edge:latest"),
        "Deployment edge-serve: process runs market/edge:latest, which names no version",
    ),
    "no readiness": (
        lambda them: pod(them, "edge-serve")["containers"][0].pop("readinessProbe"),
        "Deployment edge-serve: process serves without a readiness probe",
    ),
    "files of the node": (
        lambda them: pod(them, "user-relay")["volumes"].append(
            {"name": "node", "hostPath": {"path": "/"}}
        ),
        "Deployment user-relay: mounts {'hostPath'}",
    ),
    "no budget": (
        lambda them: them.remove(named(them, "PodDisruptionBudget", "user-admin")),
        "user-admin has no disruption budget",
    ),
    "two owners of replicas": (
        lambda them: named(them, "Deployment", "order-serve")["spec"].update(replicas=2),
        "order-serve has two or no owners of its number of replicas",
    ),
    "no default": (
        lambda them: them.remove(named(them, "NetworkPolicy", "default-deny")),
        "no policy denies what no other allows",
    ),
    "a service of nobody": (
        lambda them: named(them, "Service", "user-serve")["spec"].update(selector={"a": "b"}),
        "Service user-serve selects no pod",
    ),
    "a host that no sign-in leads to": (
        lambda them: named(them, "HTTPRoute", "user-admin")["spec"].update(hostnames=["a.example"]),
        "HTTPRoute user-admin: ADMIN_SITES does not name a.example",
    ),
}


@pytest.mark.parametrize(("break_it", "found"), BREAKS.values(), ids=BREAKS)
def test_the_gate_refuses_what_a_review_would(
    prod: list[Manifest], break_it: Callable[[list[Manifest]], object], found: str
) -> None:
    assert list(policies.complaints(prod)) == []
    break_it(prod)
    assert list(policies.complaints(prod)) == [found]


@pytest.mark.parametrize(
    ("kind", "name", "field"),
    [
        ("Deployment", "user-serve", "replica"),
        ("NetworkPolicy", "user-serve", "ingres"),
        ("HTTPRoute", "edge", "hostname"),
        ("ScaledObject", "user-worker", "maxReplicas"),
        ("Certificate", "user-tls", "uri"),
    ],
)
def test_the_gate_refuses_a_field_that_the_schema_does_not_have(
    prod: list[Manifest], kind: str, name: str, field: str
) -> None:
    manifest = named(prod, kind, name)
    try:
        assert list(schemas.complaints(manifest)) == []
    except Missing as missing:
        leave_out(str(missing))
    manifest["spec"][field] = 1
    assert any(field in found for found in schemas.complaints(manifest))


@pytest.mark.parametrize("overlay", ["prod", "dev"])
def test_every_tier_of_the_contract_is_deployed_and_nothing_else_of_the_mesh(
    overlay: str, request: pytest.FixtureRequest
) -> None:
    manifests = request.getfixturevalue(overlay)
    ours = {
        (one["kind"], one["metadata"]["name"])
        for one in manifests
        if one["kind"] in ("Deployment", "Job")
        and one["metadata"].get("labels", {}).get("app.kubernetes.io/part-of") == "marketmesh"
    }
    tiers = market_tiers()
    assert ours == {("Job" if t.role == "migrate" else "Deployment", t.name) for t in tiers}
    for tier in tiers:
        process = pod(manifests, tier.name, "Job" if tier.role == "migrate" else "Deployment")
        assert process["containers"][0]["args"] == [tier.role]
        assert process["serviceAccountName"] == tier.member
        named(manifests, "ServiceAccount", tier.member)


@pytest.mark.parametrize("overlay", ["prod", "dev"])
def test_every_variable_is_a_setting_and_every_file_of_one_is_mounted(
    overlay: str, request: pytest.FixtureRequest
) -> None:
    manifests = request.getfixturevalue(overlay)
    data = {one["metadata"]["name"]: one["data"] for one in manifests if one["kind"] == "ConfigMap"}
    for tier in market_tiers():
        process = pod(manifests, tier.name, "Job" if tier.role == "migrate" else "Deployment")
        container = process["containers"][0]
        told: dict[str, str] = {}
        for source in container["envFrom"]:
            told |= data[source["configMapRef"]["name"]]
        told |= {one["name"]: one["value"] for one in container.get("env", [])}
        known = SETTINGS | {"HEALTH_TARGET"}
        assert [n for n in told if not {n, n.removesuffix("_FILE")} & known] == []
        own = {name: value for name, value in told.items() if not _of_others(name, tier.member)}
        mounted = _files(process)
        wanted = {value for name, value in own.items() if name.endswith("_FILE")}
        assert {file for file in wanted if file.startswith("/run")} <= mounted


def _of_others(name: str, member: str) -> bool:
    """Returns whether a shared setting is read by another tier only."""
    of_edge = member == "edge" and name == "SMTP_URL_FILE"
    return of_edge or (name.startswith("STRIPE") and member != "payment")


def _files(process: Any) -> set[str]:
    """Returns every file that a pod's secrets come to."""
    certificate = [{"key": name, "path": name} for name in ("tls.crt", "tls.key", "ca.crt")]
    stripe = [{"key": name, "path": name} for name in ("api_key", "webhook_secret")]
    replica = [{"key": "uri", "path": "uri"}]
    whole = {"mesh-tls": certificate, "stripe": stripe, "replica": replica}
    items = {}
    for volume in process["volumes"]:
        sources = volume.get("projected", {}).get("sources", [])
        listed = [item for source in sources for item in source["secret"]["items"]]
        items[volume["name"]] = listed or whole.get(volume["name"], [])
    mounts = process["containers"][0]["volumeMounts"]
    return {f"{one['mountPath']}/{item['path']}" for one in mounts for item in items[one["name"]]}


def test_ports_are_those_that_the_settings_bind_and_that_the_policies_open(
    dev: list[Manifest],
) -> None:
    opened = {
        port["containerPort"]
        for tier in market_tiers()
        if tier.role != "migrate"
        for port in pod(dev, tier.name)["containers"][0]["ports"]
    }
    assert opened == {GRPC, HTTP, METRICS}
    assert COMPOSE["user"]["environment"]["USER_SERVICE_BIND"].endswith(f":{GRPC}")
    assert COMPOSE["edge"]["environment"]["EDGE_BIND"].endswith(f":{HTTP}")
    assert COMPOSE["edge"]["environment"]["METRICS_BIND"].endswith(f":{METRICS}")


def test_callers_find_every_replica_of_a_service(prod: list[Manifest]) -> None:
    (settings,) = [
        one["data"] for one in prod if one["kind"] == "ConfigMap" and "LOG_LEVEL" in one["data"]
    ]
    for name in DATABASES:
        assert settings[f"{name.upper()}_SERVICE_TARGET"] == f"dns:///{name}-serve:{GRPC}"
        assert named(prod, "Service", f"{name}-serve")["spec"]["clusterIP"] == "None"


def test_a_roll_out_keeps_the_old_until_the_new_serve_and_waits_for_the_jobs(
    prod: list[Manifest],
) -> None:
    for tier in market_tiers():
        if tier.role == "migrate":
            labels = named(prod, "Job", tier.name)["metadata"]["labels"]
            assert "marketmesh.example/after" not in labels
        else:
            deployment = named(prod, "Deployment", tier.name)
            assert deployment["metadata"]["labels"]["marketmesh.example/after"] == "migration"
            strategy = deployment["spec"]["strategy"]["rollingUpdate"]
            assert strategy == {"maxSurge": 1, "maxUnavailable": 0}


def test_in_dev_every_engine_that_the_policies_name_is_there(dev: list[Manifest]) -> None:
    label = "marketmesh.example/engine"
    engines = {
        one["spec"]["template"]["metadata"]["labels"].get(label)
        for one in dev
        if one["kind"] in ("StatefulSet", "Deployment")
    }
    named_in_policies = {
        peer["podSelector"]["matchLabels"][label]
        for one in dev
        if one["kind"] == "NetworkPolicy"
        for rule in one["spec"].get("egress", [])
        for peer in rule.get("to", [])
        if label in peer.get("podSelector", {}).get("matchLabels", {})
    }
    assert named_in_policies == engines - {None, "mailpit"}
    assert named_in_policies == {"redis", *(f"{name}-db" for name in DATABASES)}


def test_only_the_server_of_what_may_be_old_reads_from_a_replica(
    prod: list[Manifest], dev: list[Manifest]
) -> None:
    told = {
        one["metadata"]["name"]: entry["value"]
        for one in (*prod, *dev)
        if one["kind"] in ("Deployment", "Job")
        for entry in one["spec"]["template"]["spec"]["containers"][0].get("env", [])
        if "REPLICA" in entry["name"]
    }
    may_be_old = {short_name(one.served_by) for one in market_contract() if one.max_age_s}
    assert told == {f"{name}-serve": "/run/replica/uri" for name in may_be_old}


def test_the_page_lists_every_secret_that_production_refers_to(prod: list[Manifest]) -> None:
    assert SECRETS
    rows = [row.split("|")[1:3] for row in SECRETS[0].splitlines()[2:] if row]
    listed = {
        (name, key)
        for names, keys in rows
        for name in re.findall("`([^`]+)`", names)
        for key in re.findall("`([^`]+)`", keys)
    }
    referred = {  # mounted whole
        ("stripe", "api_key"),
        ("stripe", "webhook_secret"),
        ("order-db-replica", "uri"),
    }
    for tier in market_tiers():
        process = pod(prod, tier.name, "Job" if tier.role == "migrate" else "Deployment")
        for volume in process["volumes"]:
            for source in volume.get("projected", {}).get("sources", []):
                secret = source["secret"]
                referred |= {(secret["name"], item["key"]) for item in secret["items"]}
    assert referred == listed
