"""The engine that holds the typed tables, through Ibis: DuckDB, PostgreSQL or Spark."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpi.errors import ParameterError
from kpi.files import rows_folder
from kpi.periods import CALENDAR_QUARTERS, Cycle, WorkCalendar

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd
    from ibis.backends.duckdb import Backend


CALENDAR = "calendar"
DECIMALS = 6
_SETTINGS = {
    "preserve_insertion_order": False,
    # texts packed more tightly cost more than all else that is done with them
    "disabled_compression_methods": "fsst,dict_fsst",
}
_MOST_MEMORY = 6_000_000_000
DUCKDB = "duckdb"
_IN_MEMORY = "memory"


def open_engine(
    path: Path, engine: str = DUCKDB, *, few_rows: bool = False
) -> AbstractContextManager[Backend]:
    """Open an engine in which a run's tables are its own, and leave nothing behind.

    `engine` is "duckdb" (a database in the file `path`, which does not exist yet; with `few_rows`
    in memory, at work on one processor: writing them down and parting the work would cost more
    than the work), a URL postgresql://... or spark://..., or Spark's local[...].

    Raises:
        ParameterError: no engine has such a name, or what it needs is not installed.
        RunError: the engine cannot be reached or started.
    """
    if engine == DUCKDB:
        return _duckdb(path, few_rows=few_rows)
    if engine.startswith(("postgresql://", "postgres://")):
        from kpi.engine.postgres import postgres

        return postgres(engine)
    if engine.startswith(("spark://", "local[")):
        from kpi.engine.spark import spark

        return spark(engine, path.parent)
    raise ParameterError(
        "The engine is one that is known.",
        f"a name that begins with {engine.partition(':')[0][:12]!r}",
        "Use duckdb, postgresql://host/database, spark://host:port or local[*].",
    )


@contextmanager
def _duckdb(path: Path, *, few_rows: bool) -> Iterator[Backend]:
    import ibis

    from kpi.engine.duckdb import KnowingTables

    installed = import_module("psutil").virtual_memory().total
    memory = min(_MOST_MEMORY, installed * 6 // 10)
    # DuckDB merges selects itself, in less time
    ibis.options.sql.fuse_selects = False
    backend = KnowingTables().connect(
        f":{_IN_MEMORY}:" if few_rows else path,
        threads=1 if few_rows else os.cpu_count(),
        memory_limit=f"{memory}B",
        temp_directory=str(path.with_suffix(".tmp")),
        **_SETTINGS,
    )
    try:
        yield backend
    finally:
        backend.disconnect()


def has_few_rows(backend: Backend) -> bool:
    """Tell whether an engine was opened for few rows."""
    return backend.name == DUCKDB and backend.current_catalog == _IN_MEMORY


def described(backend: Backend) -> dict[str, str]:
    """Return the name and version of an engine; where it is and who uses it stays untold."""
    return {"name": backend.name, "version": backend.version}


def left_behind(backend: Backend) -> list[str]:
    """Return the schemas of killed runs that this one could not drop, on PostgreSQL."""
    if backend.name != "postgres":
        return []
    from kpi.engine import postgres

    return postgres.left_behind(backend.con)


class Staged:
    """Texts held in DuckDB, to be looked at with its SQL and stored in the engine as it types them.

    DuckDB reads the texts for every engine, so that a value is read the same on each of them.
    """

    def __init__(self, staging: Backend, backend: Backend, folder: Path) -> None:
        self.connection = staging.con
        self._staging, self._backend, self._folder = staging, backend, folder

    def store(self, name: str, query: str) -> None:
        """Store what a query gives in a new table of the engine; here, it is there as well."""
        self._staging.raw_sql(f"CREATE OR REPLACE TABLE {name} AS {query}")
        if self._backend.name == "postgres":
            from kpi.engine.postgres import copy

            copy(self._staging, self._backend, name, self._folder)
        elif self._backend.name != DUCKDB:
            from kpi.engine.spark import copy

            copy(self._staging, self._backend, name, self._folder)


@contextmanager
def staged(backend: Backend, relation: str, texts: Any) -> Iterator[Staged]:
    """Hold batches of text as a relation of DuckDB; they are gone at the end."""
    if backend.name == DUCKDB:
        with _held(backend, relation, texts):
            yield Staged(backend, backend, Path())
        return
    import ibis

    with rows_folder() as folder:
        staging = ibis.duckdb.connect(folder / "staging.duckdb", threads=os.cpu_count())
        try:
            with _held(staging, relation, texts):
                yield Staged(staging, backend, folder)
        finally:
            staging.disconnect()


@contextmanager
def _held(backend: Backend, relation: str, texts: Any) -> Iterator[None]:
    backend.con.register("batches", texts)
    try:
        backend.raw_sql(f"CREATE TEMP TABLE {relation} AS SELECT * FROM batches")  # noqa: S608 - a name of ours
    finally:
        backend.con.unregister("batches")
    try:
        yield
    finally:
        backend.raw_sql(f"DROP TABLE {relation}")


def count_tables(backend: Backend) -> None:
    """Let an engine that plans by statistics count the tables that were made since."""
    if backend.name == "postgres":
        from kpi.engine.postgres import count_tables

        count_tables(backend)


def rename(backend: Backend, old: str, new: str) -> None:
    """Give a table the name of another, which is dropped if it is there."""
    backend.raw_sql(f"DROP TABLE IF EXISTS {new}")
    backend.raw_sql(f"ALTER TABLE {old} RENAME TO {new}")


def fetch(backend: Backend, rows: ir.Table) -> pd.DataFrame:
    """Return rows as a frame, their fractions to six decimals: engines differ in the last ones."""
    frame: pd.DataFrame = backend.execute(rows)
    return frame.round(dict.fromkeys(frame.select_dtypes("float").columns, DECIMALS))


def load_calendar(
    backend: Backend, calendar: WorkCalendar, cycle: Cycle = CALENDAR_QUARTERS
) -> None:
    """Store the working-day calendar, with the month, ISO week and reported period of each day.

    The column of the reported period is called by its kind: quarter, month or year.
    """
    backend.create_table(CALENDAR, _named_days(calendar, cycle), overwrite=True)


@lru_cache(maxsize=8)
def _named_days(calendar: WorkCalendar, cycle: Cycle) -> pd.DataFrame:
    import pandas as pd

    days = calendar.table
    dates = pd.to_datetime(days["date"])
    iso = dates.dt.isocalendar()
    names = {
        "closed_name": days["closed_name"].astype("str"),  # text, even if none is closed
        cycle.kind: cycle.names(dates),
        "month": dates.dt.strftime("%Y-%m"),
        "week": iso["year"].astype(str) + "-W" + iso["week"].astype(str).str.zfill(2),
    }
    return days.assign(**names)
