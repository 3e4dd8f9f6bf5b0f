"""PostgreSQL: each run has a schema of its own, which is dropped at its end, or by the next run.

It is held by a lock as long as the run's session lives. The server lets go of a session's locks
when the session ends, however it ends. So a schema whose lock is free belongs to no run any more:
its run was killed, or its computer went down.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpi.errors import ParameterError, RunError

if TYPE_CHECKING:
    import psycopg
    from ibis.backends.duckdb import Backend


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


_SECONDS_TO_ANSWER = 10
_SETTINGS = {
    "timezone": "'UTC'",
    # nobody has counted the run's new tables yet, so the server would guess and loop over them
    "enable_nestloop": "off",
    "jit": "off",  # compiling a query costs more than it gains on most of them
    "work_mem": "'64MB'",
}


@contextmanager
def postgres(url: str) -> Iterator[Backend]:
    """Open the database of a URL, with a new schema as the only one in the search path.

    The password comes from PGPASSWORD or .pgpass; a URL with one is refused, as it would be seen
    in the list of processes and the shell's history.
    """
    try:
        import ibis
        import psycopg
    except ImportError as error:
        raise ParameterError(
            "The engine that is named is installed.",
            f"no module {error.name}",
            'Install it: pip install "psycopg[binary]"',
        ) from None
    connection = _connect(_read(url))
    try:
        with own_schema(connection) as schema:
            connection.execute(f"SET search_path TO {schema}")
            for name, value in _SETTINGS.items():
                connection.execute(f"SET {name} TO {value}")
            yield ibis.postgres.from_connection(connection)
    except (psycopg.OperationalError, psycopg.errors.InsufficientPrivilege) as error:
        raise RunError(
            "The database carries the run to its end.",
            f"an error of the kind {type(error).__name__}",
            "See in the server's log what it lacked: the connection, disk, memory or a right.",
        ) from None
    finally:
        connection.close()


def _read(url: str) -> dict[str, Any]:
    """Return the parts of an address."""
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        given = conninfo_to_dict(url)
    except psycopg.Error:
        raise ParameterError(
            "The address of an engine can be read.",
            "an address of PostgreSQL that cannot",
            "Write postgresql://user@host:port/database.",
        ) from None
    if given.keys() & {"password", "sslpassword"}:
        raise ParameterError(
            "The address of an engine holds no password.",
            "a password in --engine",
            "Set PGPASSWORD, or write the password into .pgpass, and leave it out of the address.",
        )
    return {"connect_timeout": _SECONDS_TO_ANSWER, "application_name": "kpi"} | given


def _connect(address: dict[str, Any]) -> psycopg.Connection[Any]:
    import psycopg

    try:
        return psycopg.connect(**address, autocommit=True)
    except psycopg.Error as error:
        raise RunError(
            "The database of the engine can be reached.",
            f"an error of the kind {type(error).__name__}",
            "See whether the server runs, and whether host, database, user and PGPASSWORD fit.",
        ) from None


def copy(staging: Backend, backend: Backend, name: str, folder: Path) -> None:
    """Copy a table from DuckDB; its texts are in the order of their code points, as there."""
    from psycopg import sql

    file = folder / "rows.csv"
    staging.raw_sql(f"COPY {name} TO '{file.as_posix()}' (FORMAT csv, HEADER false)")
    schema = staging.table(name).schema()
    backend.create_table(name, schema=schema, overwrite=True)
    texts = [
        sql.SQL("ALTER {} TYPE text COLLATE {}").format(sql.Identifier(text), sql.Identifier("C"))
        for text, kind in schema.items()
        if kind.is_string()
    ]
    with backend.con.cursor() as cursor:
        if texts:
            changes = sql.SQL(", ").join(texts)
            cursor.execute(sql.SQL("ALTER TABLE {} {}").format(sql.Identifier(name), changes))
        with cursor.copy(f"COPY {name} FROM STDIN (FORMAT csv)") as sink, file.open("rb") as rows:
            while part := rows.read(1 << 20):
                sink.write(part)


def count_tables(backend: Backend) -> None:
    """Let the server count the run's tables: of new ones it knows nothing, and guesses its way."""
    cursor = backend.raw_sql("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    tables = [name for (name,) in cursor.fetchall()]
    cursor.close()
    for name in tables:
        backend.raw_sql(f'ANALYZE "{name}"').close()
