"""What staff may do to accounts: nothing to one with a scope that it lacks itself.

Otherwise a scope that changes accounts would be worth all scopes that any account has.
"""

from mesh.auth.access import Caller
from mesh.contract.model import market_contract
from user_service.accounts import queries
from user_service.accounts.errors import StaffScopesInsufficient
from user_service.accounts.models import User


def require_authority(by: Caller, user: User) -> None:
    """Authorizes the account's owner, and staff that has all scopes of the account.

    Raises StaffScopesInsufficient, also when the caller's own account has lost a scope that
    its token still says.
    """
    if by.user_id == str(user.id):
        return
    if not set(user.staff_scopes) <= by.scopes <= queries.current_scopes(by.user_id):
        raise StaffScopesInsufficient("this account may do what you may not")


def all_scopes() -> list[str]:
    """Returns every staff scope that an RPC of the market asks for."""
    return sorted({method.access.staff_scope for method in market_contract()} - {""})
