"""The callers: nobody, a user, another one, staff who may do everything, and each service.

What is tried erases accounts, locks them and ends their sessions and tokens, which live
five minutes at most: so people are replaced by new ones now and then.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from mesh.contract.model import market_contract
from mesh.rpc.interceptors.authentication import members
from mesh.rpc.metadata import Metadata
from tests.contract.callers import Caller, open_staff, secret_of
from tests.support.mesh_under_test import Market, Person

NOBODY, USER, OTHER, STAFF = "nobody", "user", "another user", "staff"
PEOPLE = (NOBODY, USER, OTHER, STAFF)
SERVICES = tuple(sorted(members(market_contract())))


def open_account(market: Market, ready: Path, name: str) -> Person:
    """Opens a new account for one of PEOPLE but nobody, on the mesh that wrote `ready`."""
    if name != STAFF:
        return market.register("fuzz")
    return open_staff(market, json.loads(ready.read_text())["environment"])


@dataclass(frozen=True)
class People:
    """The callers of one turn, by name."""

    callers: dict[str, Caller]
    secret: str

    @classmethod
    def opened(cls, market: Market, ready: Path) -> Self:
        accounts = {name: open_account(market, ready, name) for name in PEOPLE if name != NOBODY}
        callers = [
            Caller(NOBODY),
            *(Caller(name, person) for name, person in accounts.items()),
            *(Caller(service, service=service) for service in SERVICES),
        ]
        return cls({caller.name: caller for caller in callers}, secret_of(ready.parent))

    def person(self, name: str) -> Person:
        person = self.callers[name].person
        assert person is not None, f"{name} has no account"
        return person

    def metadata(self, name: str, audience: str) -> Metadata:
        """Returns the metadata of a call to the service `audience`."""
        return self.callers[name].metadata(self.secret, audience)
