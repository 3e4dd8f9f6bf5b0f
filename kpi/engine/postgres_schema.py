"""A run's schema on PostgreSQL: held by a lock as long as the run's session lives.

The server lets go of a session's locks when the session ends, however it ends. So a schema whose
lock is free belongs to no run any more: its run was killed, or its computer went down.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from kpi.errors import RunError

if TYPE_CHECKING:
    import psycopg

PREFIX = "kpi_run_"
_NUMBER_BITS = 48
_NAMES = f"^{PREFIX}[0-9a-f]{{{_NUMBER_BITS // 4}}}$"


@contextmanager
def own_schema(connection: psycopg.Connection[Any]) -> Iterator[str]:
    """Make a schema of the session's own and drop it at the end; drop those left by killed runs.

    Raises RunError if the user may make none.
    """
    import psycopg

    _drop_left_behind(connection)
    number = secrets.randbits(_NUMBER_BITS)
    schema = f"{PREFIX}{number:0{_NUMBER_BITS // 4}x}"
    connection.execute("SELECT pg_advisory_lock(%s)", (number,))  # before the schema can be seen
    try:
        connection.execute(f"CREATE SCHEMA {schema}")
    except psycopg.errors.InsufficientPrivilege:
        raise RunError(
            "The user of the engine may make a schema in its database.",
            "no right to do so",
            "Let the database's owner grant it: GRANT CREATE ON DATABASE ... TO ...",
        ) from None
    try:
        yield schema
    finally:
        with suppress(psycopg.OperationalError):  # where the server went, nothing can be dropped
            connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


def _drop_left_behind(connection: psycopg.Connection[Any]) -> None:
    """Drop the schemas of killed runs, of those that the user may drop; what is in use is left."""
    import psycopg

    for schema in _schemas(connection, "AND pg_has_role(nspowner, 'USAGE')"):
        with _free(connection, schema) as is_free, suppress(psycopg.errors.LockNotAvailable):
            if is_free:
                with connection.transaction():
                    connection.execute("SET LOCAL lock_timeout TO '2s'")  # somebody reads in it
                    connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


def left_behind(connection: psycopg.Connection[Any]) -> list[str]:
    """Return the schemas of killed runs that are still there."""
    found = []
    for schema in _schemas(connection, "AND nspname <> current_schema()"):
        with _free(connection, schema) as is_free:
            if is_free:
                found.append(schema)
    return found


def _schemas(connection: psycopg.Connection[Any], which: str) -> list[str]:
    query = f"SELECT nspname FROM pg_namespace WHERE nspname ~ %s {which} ORDER BY 1"  # noqa: S608
    return [name for (name,) in connection.execute(query, (_NAMES,)).fetchall()]


@contextmanager
def _free(connection: psycopg.Connection[Any], schema: str) -> Iterator[bool]:
    """Tell whether no session holds a schema, and hold it meanwhile if so."""
    number = int(schema.removeprefix(PREFIX), 16)
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", (number,)).fetchone()
    is_free = bool(row and row[0])
    try:
        yield is_free
    finally:
        if is_free:
            connection.execute("SELECT pg_advisory_unlock(%s)", (number,))
