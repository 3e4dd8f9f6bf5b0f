"""PostgreSQL: each run has a schema of its own, which is dropped at its end."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kpi.errors import ParameterError, RunError

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

PREFIX = "kpi_run_"


@contextmanager
def postgres(url: str) -> Iterator[Backend]:
    """Open the database of a URL, with a new schema first in the search path.

    The password comes from PGPASSWORD or .pgpass; a URL with one is refused, as it would be seen
    in the list of processes and the shell's history.
    """
    if urlsplit(url).password:
        raise ParameterError(
            "The address of an engine holds no password.",
            "a password in --engine",
            "Set PGPASSWORD, or write the password into .pgpass, and leave it out of the address.",
        )
    backend = _connect(url)
    schema = PREFIX + secrets.token_hex(6)
    try:
        backend.raw_sql(f"CREATE SCHEMA {schema}")
        backend.raw_sql(f"SET search_path TO {schema}")
        backend.raw_sql("SET TIME ZONE 'UTC'")
        yield backend
    finally:
        try:
            backend.raw_sql(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        finally:
            backend.disconnect()


def _connect(url: str) -> Backend:
    try:
        import ibis
        import psycopg
    except ImportError as error:
        raise ParameterError(
            "The engine that is named is installed.",
            f"no module {error.name}",
            "Install it: pip install kpi[postgresql]",
        ) from None
    try:
        connection = psycopg.connect(url, autocommit=True)
        backend: Backend = ibis.postgres.from_connection(connection)
    except psycopg.Error as error:
        raise RunError(
            "The database of the engine can be reached.",
            f"an error of the kind {type(error).__name__}",
            "See whether the server runs, and whether host, database, user and PGPASSWORD fit.",
        ) from None
    return backend


def copy(staging: Backend, backend: Backend, name: str, folder: Path) -> None:
    """Copy a table from DuckDB."""
    file = folder / "rows.csv"
    staging.raw_sql(f"COPY {name} TO '{file.as_posix()}' (FORMAT csv, HEADER false)")
    backend.create_table(name, schema=staging.table(name).schema(), overwrite=True)
    with (
        backend.con.cursor() as cursor,
        cursor.copy(f"COPY {name} FROM STDIN (FORMAT csv)") as sink,
        file.open("rb") as rows,
    ):
        while part := rows.read(1 << 20):
            sink.write(part)
