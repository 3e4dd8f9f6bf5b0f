"""SQLAlchemy on the DuckDB database that this process has open already.

Great Expectations reaches a database through SQLAlchemy and closes its connection before it
fetches; duckdb-engine then returns nothing, and cannot list columns on DuckDB 2. Here every cursor
is a connection of its own to the open database, so that results outlive the closing, and columns
come from DuckDB's own catalogue. Nothing is written, so there are no transactions.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

from sqlalchemy import types
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.base import PGDialect

if TYPE_CHECKING:
    import duckdb
    from sqlalchemy.engine import URL, Connection

_TYPES: dict[str, type[types.TypeEngine[Any]]] = {
    "BIGINT": types.BigInteger,
    "BOOLEAN": types.Boolean,
    "DATE": types.Date,
    "DECIMAL": types.Numeric,
    "DOUBLE": types.Double,
    "TIMESTAMP": types.DateTime,
    "VARCHAR": types.String,
}
_opened: dict[str, list[duckdb.DuckDBPyConnection]] = {}


@contextmanager
def shared(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Give a URL under which SQLAlchemy shares an open database; at the end it is let go."""
    registry.register("duckdb.opened", __name__, "OpenedDuckDB")
    name = f"n{id(connection)}"
    _opened[name] = [connection]
    try:
        yield f"duckdb+opened://{name}"
    finally:
        _, *given = _opened.pop(name)
        for one in given:
            one.close()


class OpenedDuckDB(PGDialect):
    """DuckDB's SQL, which is PostgreSQL's for the reading that is done here."""

    name = "duckdb"
    driver = "opened"
    supports_statement_cache = False

    @classmethod
    def import_dbapi(cls) -> ModuleType:
        """DuckDB's own module is the driver."""
        import duckdb

        return duckdb

    def create_connect_args(self, url: URL) -> tuple[tuple[str], dict[str, Any]]:
        """Take the name of the open database from the URL."""
        return (str(url.host),), {}

    def connect(self, *cargs: Any, **_: Any) -> Any:
        """Give another connection to the open database."""
        known = _opened[cargs[0]]
        known.append(known[0].cursor())
        return known[-1]

    def initialize(self, connection: Connection) -> None:
        """Ask the database nothing: what PostgreSQL would be asked does not apply."""

    def do_begin(self, dbapi_connection: Any) -> None:
        """Begin nothing."""

    def do_rollback(self, dbapi_connection: Any) -> None:
        """Roll nothing back."""

    def do_commit(self, dbapi_connection: Any) -> None:
        """Commit nothing."""

    def get_columns(  # type: ignore[override]
        self, connection: Connection, table_name: str, schema: str | None = None, **_: Any
    ) -> list[dict[str, Any]]:
        """List the columns of a table or view in their order."""
        found = connection.exec_driver_sql(
            "SELECT column_name, data_type FROM duckdb_columns() "
            "WHERE table_name = ? AND schema_name = ? ORDER BY column_index",
            (table_name, schema or "main"),
        )
        return [
            {
                "name": name,
                "type": _TYPES.get(kind.partition("(")[0], types.NullType)(),
                "nullable": True,
                "default": None,
            }
            for name, kind in found
        ]

    def get_pk_constraint(self, *_: Any, **__: Any) -> Any:
        """Views have no primary key."""
        return {"constrained_columns": [], "name": None}
