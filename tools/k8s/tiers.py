"""The tiers of a deployed mesh, and what each may reach: by the contract and the wirings.

A tier is a service in one of its roles. Compose's networks and the policies of Kubernetes are
both held against this table.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from dev.config import short_name
from mesh.auth.jwks import jwks_method
from mesh.contract.model import Contract, Method, market_contract
from tools.gates import SERVICES
from tools.k8s.wired import Wired, wired

EDGE = "edge_api"
ROLES = ("serve", "worker", "relay", "admin", "migrate")


@dataclass(frozen=True)
class Tier:
    """`calls` are services; `engines` are `database`, its service's own, `redis` and `smtp`."""

    service: str
    role: str
    calls: frozenset[str] = frozenset()
    engines: frozenset[str] = frozenset()

    @property
    def member(self) -> str:
        """Returns the service as images and names of the cluster have it: `user`."""
        return short_name(self.service)

    @property
    def name(self) -> str:
        """Returns the name of its Deployment or Job: `user-worker`."""
        return f"{self.member}-{self.role}"


@cache
def market_tiers() -> tuple[Tier, ...]:
    """Returns the tiers of this mesh. Raises SystemExit where contract and wirings disagree."""
    contract, wirings = market_contract(), wired(SERVICES)
    if found := list(disagreements(contract, wirings)):
        raise SystemExit("\n".join(found))
    return tuple(tiers(contract, wirings))


def tiers(contract: Contract, wirings: Sequence[Wired]) -> Iterator[Tier]:
    publisher = jwks_method(contract)
    published = frozenset({publisher.served_by} if publisher else ())
    serving = frozenset(method.served_by for method in contract)
    yield Tier(EDGE, "serve", serving, frozenset({"redis"}))
    database, queued = frozenset({"database"}), frozenset({"database", "redis"})
    for one in wirings:
        mail = frozenset({"smtp"} if one.sends_mail else ())
        yield Tier(one.service, "serve", frozenset(one.servers_call), database)
        yield Tier(one.service, "worker", frozenset(one.calls), queued | mail)
        yield Tier(one.service, "relay", engines=queued)
        # Staff signs in at the service that publishes the keys.
        yield Tier(one.service, "admin", published, database)
        yield Tier(one.service, "migrate", engines=database)


def disagreements(contract: Contract, wirings: Iterable[Wired]) -> Iterator[str]:
    """Yields who calls without being admitted to any RPC, and who is admitted and never calls."""
    for one in wirings:
        for other in sorted({method.served_by for method in contract} - {one.service}):
            admitted = any(one.service in m.access.services for m in contract.served_by(other))
            if other in one.calls and not admitted:
                yield f"{one.service}'s wiring calls {other}, whose contract admits it to no RPC"
            if admitted and other not in {*one.calls, *one.servers_call}:
                yield f"{other}'s contract admits {one.service}, whose wiring does not call it"


def callers(method: Method) -> list[str]:
    """Returns which members the contract admits to an RPC on their own, or for their users."""
    for_users = [] if method.access.internal else [EDGE]
    return sorted({*for_users, *method.access.services})
