"""Who asks: nobody, a user, staff who may do everything, and each service."""

import json
import os
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Self

from deploy.local.config import ROOT
from mesh.outgoing import AUTHORIZATION, SERVICE_IDENTITY, Metadata
from mesh.tokens import ServiceTokens
from tests.mesh_under_test import Market, Person, read_addresses

NOBODY, USER, STAFF = "nobody", "user", "staff"
PEOPLE = (NOBODY, USER, STAFF)
# An access token lasts five minutes; and an account may be locked or erased by what is tried.
RENEWED_AFTER_S = 100.0
STAFF_PASSWORD = "a staff password for hostile input"


class Identities:
    """Opens accounts on a running mesh, and others when those get old."""

    def __init__(self, ready: Path) -> None:
        self._market = Market(read_addresses(ready))
        self._environment = json.loads(ready.read_text())["environment"]
        self._secret = Path(self._environment["MESH_SECRET_FILE"]).read_text()
        self._people: dict[str, tuple[float, Person]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._market.http.close()

    def person(self, name: str) -> Person:
        """The account that USER or STAFF stands for now."""
        opened, person = self._people.get(name, (float("-inf"), None))
        if person is None or time.monotonic() - opened > RENEWED_AFTER_S:
            person = self._staff() if name == STAFF else self._market.register("fuzz")
            self._people[name] = (time.monotonic(), person)
        return person

    def metadata(self, name: str, audience: str) -> Metadata:
        """What a call to the service `audience` says of its caller."""
        if name == NOBODY:
            return ()
        if name in PEOPLE:
            return ((AUTHORIZATION, f"Bearer {self.person(name).token}"),)
        return ((SERVICE_IDENTITY, ServiceTokens(self._secret, name).make(audience)),)

    def _staff(self) -> Person:
        name = f"staff-{uuid.uuid4().hex[:10]}"
        subprocess.run(
            [sys.executable, "-m", "user_service", "createstaff", name, f"{name}@example.org"],
            env={**os.environ, **self._environment, "STAFF_PASSWORD": STAFF_PASSWORD},
            cwd=ROOT,
            check=True,
            capture_output=True,
        )
        return self._market.sign_in(Person(name, f"{name}@example.org", STAFF_PASSWORD))
