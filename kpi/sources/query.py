"""One SELECT over declared files, run by DuckDB: where an extract is put together from several.

The files are read like any extract, typed as declared, and are the tables of the query. It sees
nothing else: no other file, no network, no setting, no extension, no clock, nothing drawn by
chance; it writes nothing, and what it holds is in memory alone. That it is one SELECT over these
tables is seen before any file is opened, and tried there on tables without rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyarrow as pa

from kpi.definitions.columns import Column
from kpi.definitions.subject import ROW_NO, UNREADABLE, Subject
from kpi.errors import ParameterError, SourceError, did_you_mean
from kpi.params.source import FileOfQuery, Source
from kpi.sources.columns import places_of
from kpi.sources.database import see_reads_only
from kpi.sources.extract import Doubt, Extract, merged
from kpi.sources.parquet_file import texts_of
from kpi.sources.typed import SQL_TYPE

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from ibis.backends.duckdb import Backend

_ROWS_AT_A_TIME = 100_000
_LOCKED = (
    "enable_external_access = false",
    "allow_community_extensions = false",
    "autoinstall_known_extensions = false",
    "autoload_known_extensions = false",
    "python_enable_replacements = false",
    "lock_configuration = true",
)
_NOT_ONE_ANSWER = ("age", "ago", "version")
_OF_THE_SERVER = ("current_", "pg_", "has_", "inet_")
UNREAD = "unread_in_query"


def table_of(name: str, file: FileOfQuery) -> tuple[Subject, Source]:
    """Return a file of a query as the subject and source by which it is read."""
    columns = tuple(
        Column(column, one.type, column, optional=True) for column, one in file.columns.items()
    )
    called = {column: one.column for column, one in file.columns.items()}
    source = Source(
        file=file.file,
        sheet=file.sheet,
        format=file.format,
        timezone=file.timezone,
        columns=called,
    )
    return Subject(name, "row", columns), source


def see_query(name: str, source: Source) -> None:
    """See, before any file is opened, that a source's query is one SELECT over its files.

    Raises ParameterError for one that does more, asks for what is not declared, or cannot be
    understood, and ContractError where it does not give the columns of the source.
    """
    where = f"sources.{name}.query"
    see_reads_only(name, source.query, "duckdb")
    _see_tables(where, source)
    with _in_memory() as backend:
        for table, file in source.files.items():
            typed = (f'"{c}" {SQL_TYPE[one.type]}' for c, one in file.columns.items())
            backend.raw_sql(f'CREATE TABLE "{table}" ({", ".join(typed)})')
        _see_functions(where, source.query, backend.con)
        _lock(backend.con)
        given = _bound(where, source.query, backend.con)
    places_of(f"The query of {name}", given, list(dict.fromkeys(source.columns.values())))


class QueryOverFiles:
    """The rows that a query gives, as a part of an extract: texts, in one order each time."""

    def __init__(
        self, name: str, source: Source, read: Callable[[Backend, str], list[Extract]]
    ) -> None:
        self.name = f"query of {name}"
        self._source, self._read = source, read
        self._where = f"sources.{name}.query"
        self._digest = hashlib.sha256()
        self.files: dict[str, str] = {}
        self.detected: tuple[str, ...] = ()
        self.doubts: list[Doubt] = []

    @property
    def sha256(self) -> str:
        """The SHA-256 of the texts that the query gave, in their order."""
        return self._digest.hexdigest()

    @property
    def written(self) -> dict[str, str]:
        """The files that it asks."""
        return {"query": ", ".join(self.files)}

    def tables(self) -> Iterator[pa.Table]:
        """Yield the wanted columns as text."""
        wanted = list(dict.fromkeys(self._source.columns.values()))
        with _in_memory() as backend:
            for table in self._source.files:
                self._load(backend, table)
            _lock(backend.con)
            reader = _asked(self._where, self._source.query, backend.con)
            places = places_of(self.name, reader.schema.names, wanted)
            for batch in _batches(self._where, reader):
                texts = {name: texts_of(batch.column(place)) for name, place in places.items()}
                self._digest.update(repr([one.to_pylist() for one in texts.values()]).encode())
                yield pa.table(texts)

    def _load(self, backend: Backend, table: str) -> None:
        extracts = self._read(backend, table)
        self.files |= {one.file: one.sha256 for one in extracts}
        columns = ", ".join(f'"{name}"' for name in self._source.files[table].columns)
        backend.raw_sql(
            f'CREATE TABLE "{table}" AS SELECT {columns} FROM read_{table} ORDER BY {ROW_NO}'  # noqa: S608 - declared names only
        )
        unread = f"SELECT count(*) FROM read_{table} WHERE {UNREADABLE} <> ''"  # noqa: S608 - same
        rows = backend.con.execute(unread).fetchall()[0][0]
        backend.raw_sql(f"DROP TABLE read_{table}")
        found = [doubt for one in extracts for doubt in one.doubts]
        if rows:
            found.append(Doubt(UNREAD, int(rows), (table,)))
        self.doubts = list(merged([*self.doubts, *found]))


def _see_tables(where: str, source: Source) -> None:
    import sqlglot
    from sqlglot import exp

    tree = sqlglot.parse_one(source.query, read="duckdb")
    named = {str(one.alias) for one in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        is_plain = isinstance(table.this, exp.Identifier) and not table.db
        if not is_plain or table.name not in {*named, *source.files}:
            raise ParameterError(
                f"{where} reads the tables that stand under `files`, and nothing else.",
                f"{table.sql(dialect='duckdb')[:80]}",
                did_you_mean(table.name, source.files),
            )


def _see_functions(where: str, query: str, connection: DuckDBPyConnection) -> None:
    """See that a query gives the same each time: no clock, no chance, nothing of the machine."""
    from sqlglot.dialects.duckdb import DuckDB

    changing = connection.execute(
        "SELECT DISTINCT function_name FROM duckdb_functions() "
        "WHERE stability IN ('VOLATILE', 'CONSISTENT_WITHIN_QUERY')"
    ).fetchall()
    refused = {name for (name,) in changing} | {*_NOT_ONE_ANSWER}
    bare = ("current_date", "current_time", "current_timestamp", "localtime", "localtimestamp")
    tokens = DuckDB().tokenize(query)
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        word = token.text.lower()
        is_called = after is not None and after.text == "("
        is_other = word in refused or word.startswith(_OF_THE_SERVER)
        if word in bare or (is_called and is_other):
            raise ParameterError(
                f"{where} gives the same whenever it is asked, of its files alone.",
                word,
                "Leave it out; the day of the report is as_of, and can be written as a date.",
            )


def _bound(where: str, query: str, connection: DuckDBPyConnection) -> Sequence[str]:
    """Return the names of the columns that a query gives, seen on tables without rows."""
    reader = _asked(where, query, connection)
    return list(reader.schema.names)


def _asked(where: str, query: str, connection: DuckDBPyConnection) -> pa.RecordBatchReader:
    import duckdb

    try:
        (statement,) = connection.extract_statements(query)
        if statement.type != duckdb.StatementType.SELECT:
            raise ParameterError(f"{where} is one SELECT.", "another statement", "Write a SELECT.")
        return connection.sql(statement).to_arrow_reader(_ROWS_AT_A_TIME)
    except (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException) as error:
        told = " ".join(line.strip() for line in str(error).splitlines()[:3] if line.strip())
        raise ParameterError(
            f"{where} can be understood, with the columns and types that stand under `files`.",
            told[:200],
            "Correct the query, or the columns of its files.",
        ) from None
    except duckdb.Error as error:
        raise _failed(where, error) from None


def _batches(where: str, reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """Yield what a query gives; the engine's own words would quote a value."""
    try:
        yield from reader
    except (pa.ArrowException, OSError) as error:
        raise _failed(where, error) from None


def _failed(where: str, error: Exception) -> SourceError:
    return SourceError(
        f"{where} can be answered from its files.",
        f"an error of the kind {type(error).__name__}",
        "A value may not be what the query takes it for: use TRY_CAST, or read its column as text.",
    )


@contextmanager
def _in_memory() -> Iterator[Backend]:
    """Open a DuckDB that writes nothing down, at work in one order."""
    import ibis

    backend = ibis.duckdb.connect(threads=1, temp_directory="")
    try:
        yield backend
    finally:
        backend.disconnect()


def _lock(connection: DuckDBPyConnection) -> None:
    for setting in _LOCKED:
        connection.execute(f"SET {setting}")


def files_of(part: object) -> Mapping[str, str]:
    """Return the files behind a part of an extract with their SHA-256, where a query asked them."""
    return part.files if isinstance(part, QueryOverFiles) else {}
