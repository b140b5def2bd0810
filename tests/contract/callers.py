"""Everybody who may call: nobody, users, staff with each scope, every service."""

import os
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path

from mesh.auth.tokens import ServiceTokens
from mesh.contract.model import Access, Contract
from mesh.rpc.interceptors.authentication import members
from mesh.rpc.metadata import Metadata
from tests.support.mesh_under_test import Market, Person

STAFF_PASSWORD = "a staff password for the walk"


@dataclass(frozen=True)
class Caller:
    """One caller, and what the contract has to say to allow it."""

    name: str
    person: Person | None = None
    scope: str = ""
    service: str = ""

    def expected(self, access: Access, *, owner: bool) -> str:
        """Returns `in`, or the refusal's reason; `owner`: whether it names itself as the owner."""
        if access.anyone or self.service in access.services:
            return "in"
        if self.scope and self.scope == access.staff_scope:
            return "in"
        if self.person is None:
            internal = bool(self.service) and access.internal
            return "NOT_ADMITTED" if internal else "TOKEN_MISSING"
        if access.signed_in:
            return "in"
        if access.owner_field:
            return "in" if owner else "NOT_FOUND"
        return "NOT_ADMITTED"

    def metadata(self, secret: str, audience: str) -> Metadata:
        if self.service:
            return (("x-mesh-identity", ServiceTokens(secret, self.service).make(audience)),)
        if self.person:
            return (("authorization", f"Bearer {self.person.token}"),)
        return ()


def everybody(market: Market, contract: Contract, environment: dict[str, str]) -> list[Caller]:
    """Returns all callers; each staff account holds one scope, and so lacks every other."""
    scopes = sorted({method.access.staff_scope for method in contract} - {""})
    return [
        Caller("nobody"),
        Caller("a user", market.register("walker")),
        *(
            Caller(f"staff with {scope}", open_staff(market, environment, scope), scope)
            for scope in scopes
        ),
        *(Caller(service, service=service) for service in sorted(members(contract))),
        Caller("a service that nobody lists", service="stranger"),
    ]


def open_staff(market: Market, environment: dict[str, str], *scopes: str) -> Person:
    """Opens a staff account and signs it in; without `scopes` it holds them all."""
    name = f"staff-{uuid.uuid4().hex[:10]}"
    subprocess.run(
        [sys.executable, "-m", "user_service", "createstaff", name, f"{name}@example.org",
         *(f"--scope={scope}" for scope in scopes)],
        env={**os.environ, **environment, "STAFF_PASSWORD": STAFF_PASSWORD},
        check=True,
        capture_output=True,
    )  # fmt: skip
    return market.sign_in(Person(name, f"{name}@example.org", STAFF_PASSWORD))


def secret_of(var: Path) -> str:
    return (var / "secrets" / "MESH_SECRET").read_text()
