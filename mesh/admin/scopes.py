"""The scopes that the contract requires of staff.

A page or row action names the scope that the RPC for the same asks for. What has no RPC, such as
the outbox, is for holders of ANY or of EVERY scope of the service. OF_MARKET is any of any service.
"""

from functools import cache

from django.conf import settings

from mesh.contract.model import market_contract

ANY, EVERY, OF_MARKET = "any", "every", "of market"


def own_scopes() -> frozenset[str]:
    """Returns every staff scope that an RPC of this service requires."""
    return _scopes_of(settings.SERVICE)


@cache
def all_scopes() -> frozenset[str]:
    """Returns every staff scope that an RPC of any service requires."""
    return frozenset({method.access.staff_scope for method in market_contract()} - {""})


@cache
def _scopes_of(service: str) -> frozenset[str]:
    methods = market_contract().served_by(service)
    return frozenset({method.access.staff_scope for method in methods} - {""})
