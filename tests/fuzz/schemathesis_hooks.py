"""Loaded by schemathesis: asks as FUZZ_IDENTITY, on the mesh that wrote FUZZ_READY.

Each operation is asked by an account of its own, as some end the account that asks; where
operations build upon one another (`stateful`), one account asks all.
"""

import os
import re
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis import AuthContext, Case, HookContext, Response
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.openapi.checks import RejectedPositiveData

from edge_api.openapi.headers import ENTITY_TAG
from tests.fuzz.excuses import BINDINGS, rightly_accepted, rightly_refused
from tests.fuzz.people import NOBODY, STAFF, open_account
from tests.support.mesh_under_test import Market, read_addresses

IDENTITY = os.environ["FUZZ_IDENTITY"]
READY = Path(os.environ["FUZZ_READY"])
RENEWED_AFTER_S = 60


def asked_as(case: Case[Any], context: AuthContext) -> str:
    """Returns the name that cases share an account by; opening one for staff takes seconds."""
    alone = IDENTITY != STAFF and case.meta is not None and case.meta.phase.name != "stateful"
    return context.operation.label if alone else ""


class Bearer:
    """Authenticates cases by somebody's access token."""

    def __init__(self) -> None:
        self._market = Market(read_addresses(READY))
        # Its own, as whoever guesses passwords is soon kept out by address.
        self._market.http.headers["X-Forwarded-For"] = "192.0.2.1"

    def get(self, case: Case[Any], context: AuthContext) -> str:
        return open_account(self._market, READY, IDENTITY).token

    def set(self, case: Case[Any], data: str, context: AuthContext) -> None:
        case.headers["Authorization"] = f"Bearer {data}"


if IDENTITY != NOBODY:
    # A 401 may be the answer to a wrong code or password, and then the token is good.
    register = schemathesis.auth(
        refresh_interval=RENEWED_AFTER_S, cache_by_key=asked_as, retry_on=[]
    )
    register(Bearer)


@schemathesis.hook
def filter_failure(
    context: HookContext, failure: Failure, case: Case[Any], response: Response
) -> bool:
    """Returns whether a failure is one by the contract."""
    method, http = BINDINGS[case.operation.definition.raw["operationId"]]
    if isinstance(failure, RejectedPositiveData):
        sent: Any = response.request.body or b""
        fits = fits_the_document(case, response)
        return fits and not rightly_refused(method, sent, response.json())
    if isinstance(failure, AcceptedNegativeData):
        return not rightly_accepted(method, http, response.request, case.path_parameters)
    return True


def fits_the_document(case: Case[Any], response: Response) -> bool:
    """Returns whether a request fits; schemathesis fills in 0 for what it can't draw."""
    tag = response.request.headers.get("If-Match")
    drawn = tag is None or re.fullmatch(ENTITY_TAG, str(tag)) is not None
    parts = case.meta.components.values() if case.meta is not None else ()
    return drawn and not any(part.mode.is_negative for part in parts)
