"""What a session of PostgreSQL is told, and which connection has one of its own.

A pooler in transaction mode, such as PgBouncer, gives a connection of ours another session for
each transaction. Where there is one, the settings name PostgreSQL itself as the database DIRECT,
for what needs a session: LISTEN, and migrations.
"""

from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

DIRECT = "direct"
# A prepared statement keeps a plan, which must not be to read a whole table because it was made
# when that was small; no plan is worth compiling.
SESSION = {"statement_timeout": "10s", "enable_seqscan": "off", "jit": "off"}


def own_session() -> BaseDatabaseWrapper:
    """Returns the thread's connection to PostgreSQL itself, which without a pooler is its only."""
    return connections[DIRECT if pooled() else "default"]


def pooled() -> bool:
    return DIRECT in connections.settings


def bypass_pooler() -> None:
    """Has all that this thread sends from now on go to PostgreSQL itself."""
    connection.close()
    connection.settings_dict = connections.settings[DIRECT]


def tell_role() -> None:
    """Has PostgreSQL tell each later session of our role SESSION, as no pooler hands it on."""
    role_in_database = sql.SQL("ALTER ROLE CURRENT_USER IN DATABASE {} SET {} = {}")
    with connection.cursor() as cursor:
        for name, value in SESSION.items():
            database = sql.Identifier(connection.settings_dict["NAME"])
            cursor.execute(role_in_database.format(database, sql.Identifier(name), value))
