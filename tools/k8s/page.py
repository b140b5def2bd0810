"""docs/callers.md: which members the contract admits to each RPC, and what each tier reaches."""

from collections.abc import Sequence

from mesh.contract.model import Contract
from tools.k8s.tiers import Tier, callers

HEAD = """\
# Who calls whom

Made by `make k8s` from `access.services` and `served_by` in the contract and from each service's
`wiring.py`: don't edit it. `deploy/k8s/base/access` says the same to Kubernetes, and
`deploy/docker/tests/test_compose_file.py` holds the networks of `compose.yaml` against it.

## What each tier reaches

| tier | calls | engines |
|---|---|---|
"""
RPCS = """
## Who is admitted to each RPC

`edge_api` calls for its users, every other service on its own.

| RPC | served by | callers |
|---|---|---|
"""


def page(tiers: Sequence[Tier], contract: Contract) -> str:
    reach = (f"| {tier.name} | {_list(tier.calls)} | {_list(tier.engines)} |\n" for tier in tiers)
    rpcs = (
        f"| {method.full_name} | {method.served_by} | {_list(callers(method))} |\n"
        for method in sorted(contract, key=lambda method: method.full_name)
    )
    return "".join([HEAD, *reach, RPCS, *rpcs])


def _list(names: Sequence[str] | frozenset[str]) -> str:
    return ", ".join(sorted(names)) or "none"
