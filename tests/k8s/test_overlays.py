"""What a real API server, scheduler and controllers make of the manifests.

The nodes are made up, so no container runs: neither probes nor what policies close are seen here.
"""

import json
from collections import Counter

import pytest

from dev.config import DATABASES
from tests.k8s.conftest import follow
from tests.k8s.control_plane import ControlPlane
from tests.k8s.nodes import NODES
from tests.support.waiting import eventually
from tools.k8s.built import Manifest
from tools.k8s.tiers import market_tiers

MESH = "app.kubernetes.io/part-of=marketmesh"
AFTER = "marketmesh.example/after=migration"  # its processes, without the jobs
PROD = "marketmesh"
WITHIN_S = 120
SERVERS = ["edge-serve", *(f"{name}-serve" for name in DATABASES)]
PAIRS = [f"{name}-{role}" for name in DATABASES for role in ("relay", "admin")]


def pods_of(cluster: ControlPlane, tier: str) -> list[Manifest]:
    """Returns the pods of a tier that are not on their way out."""
    member, _, role = tier.partition("-")
    labels = f"app.kubernetes.io/name={member},app.kubernetes.io/component={role}"
    return [
        pod
        for pod in cluster.objects("pods", PROD, labels)
        if "deletionTimestamp" not in pod["metadata"]
    ]


def three_of(cluster: ControlPlane, tier: str) -> list[Manifest]:
    """Returns the pods of a tier of servers, once there are three and all run."""

    def there() -> list[Manifest] | None:
        pods = pods_of(cluster, tier)
        run = all(pod["status"]["phase"] == "Running" for pod in pods)
        return pods if run and len(pods) == 3 else None

    return eventually(there, WITHIN_S, every_s=0.5)


def conditions(one: Manifest) -> dict[str, str]:
    return {told["type"]: told["status"] for told in one["status"]["conditions"]}


def test_production_is_rolled_out_as_the_page_says(production: ControlPlane) -> None:
    deployments = production.objects("deployments", PROD, MESH)
    assert {one["metadata"]["name"] for one in deployments} == {
        tier.name for tier in market_tiers() if tier.role != "migrate"
    }
    assert [one for one in deployments if conditions(one)["Available"] != "True"] == []


def test_migrations_end_before_the_first_process_is_made(production: ControlPlane) -> None:
    jobs = production.objects("jobs", PROD, MESH)
    ended = [job["status"]["completionTime"] for job in jobs]
    made = [
        deployment["metadata"]["creationTimestamp"]
        for deployment in production.objects("deployments", PROD, MESH)
    ]
    assert len(ended) == len(DATABASES)
    assert max(ended) <= min(made)


@pytest.mark.parametrize("tier", SERVERS)
def test_servers_are_scaled_to_three_in_three_zones(production: ControlPlane, tier: str) -> None:
    """By the HorizontalPodAutoscaler, which needs no metrics for the fewest it may have."""
    pods = three_of(production, tier)
    zones = Counter(NODES[pod["spec"]["nodeName"]] for pod in pods)
    assert zones == {"a": 1, "b": 1, "c": 1}
    scaler = json.loads(production.kubectl("get", "hpa", tier, "-n", PROD, "-o", "json"))
    assert conditions(scaler)["AbleToScale"] == "True"


@pytest.mark.parametrize("tier", PAIRS)
def test_the_two_of_a_tier_are_on_different_nodes(production: ControlPlane, tier: str) -> None:
    nodes = {pod["spec"]["nodeName"] for pod in pods_of(production, tier)}
    assert len(nodes) == 2
    assert len({NODES[node] for node in nodes}) == 2


def test_callers_find_every_server_by_its_name(production: ControlPlane) -> None:
    def found() -> bool:
        slices = production.objects(
            "endpointslices", PROD, "kubernetes.io/service-name=order-serve"
        )
        ready = [
            address
            for one in slices
            for endpoint in one["endpoints"] or ()
            if endpoint["conditions"]["ready"]
            for address in endpoint["addresses"]
        ]
        return sorted(ready) == sorted(own)

    own = [pod["status"]["podIP"] for pod in three_of(production, "order-serve")]
    eventually(found, WITHIN_S, every_s=0.5)


def test_a_second_server_may_not_go_while_the_first_is_not_back(production: ControlPlane) -> None:
    first, second, _ = (pod["metadata"]["name"] for pod in three_of(production, "order-serve"))
    production.kubectl("cordon", *NODES)  # what replaces the first waits for a node
    try:
        assert evict(production, first) == ""
        assert "would violate the pod's disruption budget" in evict(production, second)
    finally:
        production.kubectl("uncordon", *NODES)
    eventually(lambda: evict(production, second) == "", WITHIN_S, every_s=0.5)


def evict(cluster: ControlPlane, pod: str) -> str:
    """Returns why a pod may not be evicted; it is when nothing is against it."""
    eviction = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": pod, "namespace": PROD},
    }
    path = f"/api/v1/namespaces/{PROD}/pods/{pod}/eviction"
    return cluster.tried("create", "--raw", path, "-f", "-", told=json.dumps(eviction)).stderr


@pytest.mark.parametrize(
    ("flag", "why"),
    [
        ("--privileged", "privileged"),
        ("--overrides={}", "runAsNonRoot != true"),
    ],
)
def test_a_pod_that_could_take_the_node_is_refused(
    production: ControlPlane, flag: str, why: str
) -> None:
    done = production.tried("run", "intruder", "-n", PROD, "--image", "intruder:1", flag)
    assert 'violates PodSecurity "restricted:latest"' in done.stderr
    assert why in done.stderr


def test_no_pod_gets_a_token_of_the_api(production: ControlPlane) -> None:
    pods = production.objects("pods", PROD, MESH)
    mounted = {volume["name"] for pod in pods for volume in pod["spec"]["volumes"]}
    assert mounted <= {"secrets", "tmp", "mesh-tls", "stripe", "replica"}


def test_the_server_refuses_a_field_that_it_does_not_know(production: ControlPlane) -> None:
    (budget,) = (
        one
        for one in production.objects("poddisruptionbudgets", PROD, MESH)
        if one["metadata"]["name"] == "order-serve"
    )
    budget["spec"]["minAvailible"] = 1
    done = production.tried("apply", "--filename", "-", told=json.dumps(budget))
    assert 'unknown field "spec.minAvailible"' in done.stderr


def test_a_node_is_drained_without_a_tier_that_is_gone(production: ControlPlane) -> None:
    node = three_of(production, "order-serve")[0]["spec"]["nodeName"]
    production.kubectl("drain", node, "--delete-emptydir-data", "--timeout", "100s")
    try:
        pods = production.objects("pods", PROD, AFTER)
        assert node not in {pod["spec"].get("nodeName") for pod in pods}
        deployments = production.objects("deployments", PROD, MESH)
        assert [one for one in deployments if conditions(one)["Available"] != "True"] == []
    finally:
        production.kubectl("uncordon", node)


def test_the_next_version_is_rolled_out_the_same_way(production: ControlPlane) -> None:
    """Jobs are made anew, and nobody takes back what autoscalers did."""
    before = {job["metadata"]["uid"] for job in production.objects("jobs", PROD, MESH)}
    follow(production, "Roll out")
    after = {job["metadata"]["uid"] for job in production.objects("jobs", PROD, MESH)}
    assert len(after - before) == len(DATABASES)
    scaled = [
        deployment["spec"]["replicas"]
        for deployment in production.objects("deployments", PROD, MESH)
        if deployment["metadata"]["name"] in SERVERS
    ]
    assert scaled == [3] * len(SERVERS)


@pytest.mark.parametrize("example", ["cloudnative-pg", "redis-sentinel"])
def test_the_definitions_of_operators_take_the_examples(
    production: ControlPlane, example: str
) -> None:
    production.kubectl("apply", "--server-side", "-n", PROD, "-k", f"deploy/k8s/examples/{example}")


def test_dev_is_tried_as_the_page_says(cluster: ControlPlane) -> None:
    """But for the last line: a node that is made up forwards no port."""
    cluster.create(*map(volume, DATABASES))
    follow(cluster, "Try it", but_last=1)

    def all_run() -> bool:
        pods = cluster.objects("pods", "marketmesh-dev")
        return {pod["status"]["phase"] for pod in pods} == {"Running", "Succeeded"}

    eventually(all_run, WITHIN_S, every_s=0.5)


def volume(name: str) -> Manifest:
    """Returns a disk for a database, which a cluster's provisioner would make."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name},
        "spec": {
            "capacity": {"storage": "1Gi"},
            "accessModes": ["ReadWriteOnce"],
            "hostPath": {"path": f"/{name}"},
        },
    }
