"""What operators of the cluster do for the mesh: certificates, scaling by age, alerts, routes."""

from collections.abc import Iterable, Iterator
from typing import Any

import yaml

from dev.config import MEMBERS, ROOT, short_name
from mesh.auth.tls import dns_name, spiffe_id
from tools.k8s.access import Manifest
from tools.k8s.services import admin_sites
from tools.k8s.tiers import Tier

RULES = ROOT / "deploy" / "observability" / "rules"
PROMETHEUS = "http://prometheus-operated.monitoring.svc:9090"
# The age in seconds that one more worker is worth: steps are run within a second or two.
AGE_A_WORKER_S = 15
STAFF_HOST = "{}.staff.marketmesh.example"


def certificates() -> Iterator[Manifest]:
    """Yields a cert-manager Certificate a member, by the names that `mesh.auth.tls` looks for."""
    for service in MEMBERS:
        member = short_name(service)
        yield {
            "apiVersion": "cert-manager.io/v1",
            "kind": "Certificate",
            "metadata": {"name": f"{member}-tls"},
            "spec": {
                "secretName": f"{member}-tls",
                "uris": [spiffe_id(service)],
                "dnsNames": [dns_name(service)],
                "usages": ["digital signature", "client auth", "server auth"],
                "duration": "2160h",
                "renewBefore": "720h",
                "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
                "issuerRef": {"name": "mesh", "kind": "Issuer"},
            },
        }


def certificate_mounts(tiers: Iterable[Tier]) -> Iterator[Manifest]:
    """Yields a patch a tier that mounts its member's certificate, whole, so that it is renewed."""
    for tier in tiers:
        job = tier.role == "migrate"
        mount = {"name": "mesh-tls", "mountPath": "/run/mesh-tls", "readOnly": True}
        pod = {
            "containers": [{"name": "process", "volumeMounts": [mount]}],
            "volumes": [{"name": "mesh-tls", "secret": {"secretName": f"{tier.member}-tls"}}],
        }
        yield {
            "apiVersion": "batch/v1" if job else "apps/v1",
            "kind": "Job" if job else "Deployment",
            "metadata": {"name": tier.name},
            "spec": {"template": {"spec": pod}},
        }


def scaled_objects(tiers: Iterable[Tier]) -> Iterator[Manifest]:
    """Yields a KEDA ScaledObject a worker tier: one worker more for each 15 s of lateness."""
    for tier in tiers:
        if tier.role == "worker":
            yield {
                "apiVersion": "keda.sh/v1alpha1",
                "kind": "ScaledObject",
                "metadata": {"name": tier.name},
                "spec": {
                    "scaleTargetRef": {"name": tier.name},
                    "minReplicaCount": 2,
                    "maxReplicaCount": 10,
                    "cooldownPeriod": 300,
                    "fallback": {"failureThreshold": 3, "replicas": 3},
                    "triggers": [_oldest_step(tier)],
                },
            }


def _oldest_step(tier: Tier) -> Manifest:
    query = f'max(outbox_oldest_step_age_seconds{{service="{tier.service}"}})'
    threshold = str(AGE_A_WORKER_S)
    told = {"serverAddress": PROMETHEUS, "query": query, "threshold": threshold}
    return {"type": "prometheus", "metricType": "AverageValue", "metadata": told}


def staff_routes(tiers: Iterable[Tier]) -> Iterator[Manifest]:
    """Yields a route to each service's pages for staff, at a host of its own."""
    for tier in _with_pages(tiers):
        yield {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "HTTPRoute",
            "metadata": {"name": tier.name},
            "spec": {
                "parentRefs": [
                    {"name": "staff", "namespace": "staff-gateways", "sectionName": "https"}
                ],
                "hostnames": [STAFF_HOST.format(tier.member)],
                "rules": [{"backendRefs": [{"name": tier.name, "port": 80}]}],
            },
        }


def staff_sites(tiers: Iterable[Tier]) -> str:
    """Returns the setting by which the pages send browsers to each other, by those routes."""
    hosts = {tier.member: STAFF_HOST.format(tier.member) for tier in _with_pages(tiers)}
    return admin_sites({name: f"https://{host}" for name, host in hosts.items()}) + "\n"


def _with_pages(tiers: Iterable[Tier]) -> Iterator[Tier]:
    yield from (tier for tier in tiers if tier.role == "admin")


def prometheus_rules() -> Iterator[Manifest]:
    """Yields the rules that Prometheus reads from files in Compose, as the operator's resource."""
    files: list[Any] = [yaml.safe_load(file.read_text()) for file in sorted(RULES.glob("*.yaml"))]
    yield {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "marketmesh"},
        "spec": {"groups": [group for file in files for group in file["groups"]]},
    }
