"""A table or query of a database through SQLAlchemy, read as text; nothing is ever written there.

A query is one SELECT, which is seen before the database is. No message of a driver is repeated: it
may hold a host, a user, a statement or a value.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from kpi.engine.passwords import password_of
from kpi.errors import ContractError, KpiError, ParameterError, SourceError
from kpi.params.source import Database
from kpi.sources.cells import cell_text
from kpi.sources.columns import places_of
from kpi.sources.extract import Doubt
from kpi.sources.files import see_inside

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine import URL


_DIALECTS = {"postgresql": "postgres", "mssql": "tsql", "sqlite": "sqlite"}


def see_reads_only(name: str, query: str, database: str) -> None:
    """Raise ParameterError unless a query is one statement that selects and changes nothing."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    writing = (
        exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create, exp.Drop, exp.Alter,
        exp.Command, exp.Into, exp.Copy, exp.Set, exp.TruncateTable, exp.Lock,
    )  # fmt: skip
    try:
        statements = [one for one in sqlglot.parse(query, read=_DIALECTS.get(database)) if one]
    except SqlglotError:
        found = "one that cannot be understood"
    else:
        if len(statements) != 1:
            found = f"{len(statements)} statements"
        elif not isinstance(statements[0], exp.Query) or statements[0].find(*writing):
            found = "a statement that may write"
        else:
            return
    raise ParameterError(
        f"The query of {name} is one SELECT.", found, "A source only reads: write one SELECT."
    )


_ROWS_AT_A_TIME = 20_000
_SECONDS_TO_CONNECT = 10
_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


class DatabaseTable:
    """What a database gives: a table, or the rows of a query."""

    detected: tuple[str, ...] = ()

    def __init__(
        self,
        name: str,
        database: Database,
        wanted: Sequence[str],
        data: Path,
        allowed: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.wanted, self._database, self._data = wanted, database, data
        self._allowed = allowed
        self._digest = hashlib.sha256()
        self.doubts: list[Doubt] = []
        self.written: dict[str, str] = {}
        if database.query:
            see_reads_only(name, database.query, self._url.get_backend_name())

    @property
    def sha256(self) -> str:
        """The SHA-256 of the texts that were read, in their order."""
        return self._digest.hexdigest()

    @cached_property
    def _url(self) -> URL:
        import sqlalchemy

        url = sqlalchemy.make_url(self._database.url)
        url = url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
        if url.get_backend_name() != "sqlite":
            return url.set(password=password_of(self._database, url.username or ""))
        path = self._data / (url.database or "")
        see_inside(path, self._data, self._allowed)
        if not path.is_file():
            raise SourceError(
                "The database file of a source exists.",
                f"no file {path.name} in the data folder",
                "Correct `url` of that source: sqlite:///ledger.db is ledger.db in that folder.",
            )
        return url.set(database=f"file:{path.resolve()}", query={"mode": "ro", "uri": "true"})

    @cached_property
    def _engine(self) -> Engine:
        import sqlalchemy

        arguments: dict[str, Any] = {}
        if self._url.get_backend_name() == "postgresql":
            arguments = {"connect_timeout": _SECONDS_TO_CONNECT}
        try:
            return sqlalchemy.create_engine(
                self._url,
                connect_args=arguments,
                poolclass=sqlalchemy.NullPool,
                hide_parameters=True,
            )
        except (ImportError, sqlalchemy.exc.ArgumentError):
            raise ParameterError(
                "The kind of database in a URL is one whose driver is installed.",
                f"{self._url.drivername}",
                "Install its driver (see kpi docs sources), or correct `url` of that source.",
            ) from None

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        """Connect, read in a transaction that may not write, and roll it back."""
        import sqlalchemy

        options: dict[str, Any] = {"stream_results": True, "yield_per": _ROWS_AT_A_TIME}
        if self._url.get_backend_name() == "postgresql":
            options["postgresql_readonly"] = True
        try:
            with self._engine.connect() as connection:
                _read_days_without_end(connection)
                reading = connection.execution_options(**options)
                try:
                    yield reading
                finally:
                    reading.rollback()
        except sqlalchemy.exc.SQLAlchemyError as error:
            raise self._explained(error) from None

    def _statement(self, connection: Connection) -> Any:
        import sqlalchemy

        if self._database.query:
            return sqlalchemy.text(self._database.query.replace(":", r"\:"))
        *schema, table = self._database.table.split(".")
        inspector = sqlalchemy.inspect(connection)
        try:
            found = inspector.get_columns(table, schema=schema[-1] if schema else None)
        except sqlalchemy.exc.NoSuchTableError:
            raise self._no_table() from None
        names = [str(column["name"]) for column in found]
        places = places_of(self.name, names, self.wanted)
        columns: list[Any] = [sqlalchemy.column(names[place]) for place in places.values()]
        source = sqlalchemy.table(table, *columns, schema=schema[-1] if schema else None)
        return sqlalchemy.select(*columns).select_from(source)

    def tables(self) -> Iterator[pa.Table]:
        """Yield the wanted columns as text."""
        with (
            self._connected() as connection,
            closing(connection.execute(self._statement(connection))) as result,
        ):
            places = places_of(self.name, list(result.keys()), self.wanted)
            for rows in result.partitions(_ROWS_AT_A_TIME):
                columns: dict[str, pa.Array] = {}
                for name, place in places.items():
                    texts = [cell_text(row[place]) for row in rows]
                    columns[name] = pa.array(texts, pa.string())
                    self._digest.update(repr(texts).encode())
                yield pa.table(columns)

    def _no_table(self) -> KpiError:
        return ContractError(
            "The database has the table that the parameters name.",
            f"no table {self._database.table or 'of the query'} for {self.name}",
            "Correct `table` of that source; write schema.table where it is not in the usual one.",
        )

    def _explained(self, error: Exception) -> KpiError:
        """Say what the database refused, in our words."""
        original = getattr(error, "orig", None)
        state = getattr(original, "sqlstate", None) or ""
        text = str(original).lower()
        if state == "42P01" or "no such table" in text:
            return self._no_table()
        if state == "42703" or "no such column" in text:
            return ContractError(
                f"The query of {self.name} names columns that exist.",
                "one that does not",
                "Correct `query` of that source.",
            )
        for sign, (found, remedy) in _REFUSALS.items():
            if sign in (state, state[:2]) or (len(sign) > 5 and sign in text):
                return SourceError(f"{self.name} may be read from its database.", found, remedy)
        return SourceError(
            f"{self.name} can be read from its database.",
            f"an error of the kind {type(original or error).__name__}",
            "Try the same URL and query with the database's own program.",
        )


def _read_days_without_end(connection: Connection) -> None:
    """Read PostgreSQL's days that Python has not, as infinity and 44 BC, as the texts they are."""
    if connection.dialect.name != "postgresql":
        return
    from psycopg.types.datetime import DateLoader, TimestampLoader, TimestamptzLoader

    adapters = connection.connection.driver_connection.adapters  # type: ignore[union-attr]
    for kind, loader in (
        ("date", DateLoader),
        ("timestamp", TimestampLoader),
        ("timestamptz", TimestamptzLoader),
    ):
        adapters.register_loader(kind, _or_text(loader))


def _or_text(loader: type[Any]) -> type[Any]:
    """Return a loader of values that gives the text itself where the other cannot read it."""

    class OrText(loader):  # type: ignore[misc]
        def load(self, data: Any) -> Any:
            from psycopg import DataError

            try:
                return super().load(data)
            except DataError:
                return bytes(data).decode()

    return OrText


_NO_SERVER = (
    "no server that answers",
    "See whether it runs, and whether host and port in `url` are right and the network lets you.",
)
_NO_LOGIN = (
    "the user or the password is refused",
    "See whether password_env or keyring names the right password, and the URL the right user.",
)
_NO_RIGHT = (
    "permission is denied",
    "Ask the database's owner to grant this user SELECT on it.",
)
_ONLY_READS = (
    "the query tries to write; a source only reads",
    "Write a query that is one SELECT without functions that change anything.",
)
_REFUSALS: dict[str, tuple[str, str]] = {
    "28": _NO_LOGIN,
    "42501": _NO_RIGHT,
    "25006": _ONLY_READS,
    "readonly database": _ONLY_READS,
    "3D000": ("no database of that name", "Correct the name in `url` of that source."),
    "42601": ("a query with a mistake in it", "Correct `query` of that source."),
    "syntax error": ("a query with a mistake in it", "Correct `query` of that source."),
    "password authentication failed": _NO_LOGIN,
    "no password supplied": _NO_LOGIN,
    "permission denied": _NO_RIGHT,
    "login failed": _NO_LOGIN,
    "connection refused": _NO_SERVER,
    "could not connect": _NO_SERVER,
    "connection failed": _NO_SERVER,
    "timeout": _NO_SERVER,
    "name or service not known": _NO_SERVER,
    "failed to resolve": _NO_SERVER,
    "file is not a database": (
        "a file that is no database",
        "Name the right file, or copy it again.",
    ),
    "malformed": ("a database file that is damaged", "Copy it again from its system."),
}
