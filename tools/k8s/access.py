"""NetworkPolicies and ServiceAccounts: what no line here allows, nobody reaches.

Probes come from the node, which is always let in. Namespaces that may come in from elsewhere
are told by labels: `marketmesh.example/gateway`, `…/staff-gateway`, `…/monitoring`.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tools.k8s.tiers import EDGE, Tier

GRPC, HTTP, METRICS, OTLP = 50051, 8000, 9464, 4318
POSTGRESQL = 5432
REDIS = (6379, 26379)  # itself, and Sentinel
SMTP = (25, 465, 587, 1025)
DNS_PODS = {
    "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
    "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
}
Manifest = dict[str, Any]


def service_accounts(tiers: Iterable[Tier]) -> Iterator[Manifest]:
    """Yields an account a member, which no pod gets a token of."""
    for member in dict.fromkeys(tier.member for tier in tiers):
        yield {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": member},
            "automountServiceAccountToken": False,
        }


def network_policies(tiers: Sequence[Tier]) -> Iterator[Manifest]:
    yield _policy("default-deny", {}, policyTypes=["Ingress", "Egress"])
    ports = [{"port": 53, "protocol": protocol} for protocol in ("UDP", "TCP")]
    yield _policy("names", {}, egress=[{"to": [DNS_PODS], "ports": ports}])
    yield _policy(
        "telemetry",
        {"app.kubernetes.io/part-of": "marketmesh"},
        ingress=[_from([_namespace("monitoring")], METRICS)],
        egress=[_to([_namespace("monitoring")], OTLP)],
    )
    for tier in tiers:
        yield _policy(tier.name, _labels(tier), **_of(tier, tiers))
    for engine, ports_of in _engines(tiers).items():
        clients = [_pod(tier) for tier in tiers if engine in _reached(tier)]
        yield _policy(engine, _engine(engine), ingress=[_from(clients, *ports_of)])


def _of(tier: Tier, tiers: Sequence[Tier]) -> Manifest:
    """Returns the rules of a tier: who may come in, and where it may go."""
    ingress: list[Manifest] = []
    egress: list[Manifest] = []
    if tier.role == "serve" and tier.service != EDGE:
        callers = [_pod(other) for other in tiers if tier.service in other.calls]
        ingress.append(_from(callers, GRPC))
    elif tier.role in ("serve", "admin"):
        gateway = "gateway" if tier.service == EDGE else "staff-gateway"
        ingress.append(_from([_namespace(gateway)], HTTP))
    called = [other for other in tiers if other.role == "serve" and other.service in tier.calls]
    if called:
        egress.append(_to([_pod(other) for other in called], GRPC))
    egress += [
        _to([{"podSelector": {"matchLabels": _engine(engine)}}], *_ports(engine))
        for engine in _reached(tier)
    ]
    if "smtp" in tier.engines:
        egress.append({"ports": _tcp(SMTP)})  # wherever the mail server is
    return {"ingress": ingress, "egress": egress} if ingress else {"egress": egress}


def _reached(tier: Tier) -> list[str]:
    names = {"database": f"{tier.member}-db", "redis": "redis"}
    return [names[engine] for engine in sorted(tier.engines) if engine in names]


def _engines(tiers: Sequence[Tier]) -> dict[str, Sequence[int]]:
    return {engine: _ports(engine) for tier in tiers for engine in _reached(tier)}


def _ports(engine: str) -> Sequence[int]:
    return REDIS if engine == "redis" else (POSTGRESQL,)


def _engine(name: str) -> Manifest:
    return {"marketmesh.example/engine": name}


def _labels(tier: Tier) -> Manifest:
    return {"app.kubernetes.io/name": tier.member, "app.kubernetes.io/component": tier.role}


def _pod(tier: Tier) -> Manifest:
    return {"podSelector": {"matchLabels": _labels(tier)}}


def _namespace(purpose: str) -> Manifest:
    return {"namespaceSelector": {"matchLabels": {f"marketmesh.example/{purpose}": "true"}}}


def _from(peers: list[Manifest], *ports: int) -> Manifest:
    return {"from": peers, "ports": _tcp(ports)}


def _to(peers: list[Manifest], *ports: int) -> Manifest:
    return {"to": peers, "ports": _tcp(ports)}


def _tcp(ports: Iterable[int]) -> list[Manifest]:
    return [{"port": port, "protocol": "TCP"} for port in ports]


def _policy(name: str, selects: Manifest, **rules: Any) -> Manifest:
    selector = {"matchLabels": selects} if selects else {}
    kinds = [kind for kind in ("Ingress", "Egress") if kind.lower() in rules]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name},
        "spec": {"podSelector": selector, "policyTypes": kinds, **rules},
    }
