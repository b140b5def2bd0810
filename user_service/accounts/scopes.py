"""What staff may be allowed, as the contract asks for it and access tokens say it."""

from mesh.contract.model import market_contract


def all_scopes() -> list[str]:
    """Every staff scope that an RPC of the market asks for."""
    return sorted({method.access.staff_scope for method in market_contract()} - {""})
