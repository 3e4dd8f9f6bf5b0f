"""How Great Expectations reaches the engine that holds the tables; none is copied."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from kpi.quality.dialect import shared

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

# The rows of a table as Great Expectations defines them, and what it is given when it counts.
Rows = Callable[[str], tuple[Any, dict[str, Any]]]
_ALL_ROWS = "all rows"


@contextmanager
def reached(backend: Backend, context: Any) -> Iterator[Rows]:
    """Let a context of Great Expectations reach the tables of an engine, and let go at the end."""
    if backend.name == "pyspark":
        yield _spark(backend, context)
        return
    if backend.name == "postgres":
        with _sql(context, _address(backend)) as rows:
            yield rows
        return
    with shared(backend.con) as url, _sql(context, url) as rows:
        yield rows


@contextmanager
def _sql(context: Any, url: str) -> Iterator[Rows]:
    with warnings.catch_warnings():
        # its own data sources know neither DuckDB nor a database reached through a socket
        warnings.filterwarnings("ignore", "You are using a generic SQLDatasource")
        source = context.data_sources.add_sql(name="extracts", connection_string=url)

    def rows(table: str) -> tuple[Any, dict[str, Any]]:
        asset = source.add_table_asset(table, table_name=table)
        return asset.add_batch_definition_whole_table(_ALL_ROWS), {}

    try:
        yield rows
    finally:
        source.get_engine().dispose()
        source.get_execution_engine().close()


def _address(backend: Backend) -> str:
    """Return the URL of the open database and its schema; the password is found as it was there."""
    from psycopg.conninfo import conninfo_to_dict
    from sqlalchemy.engine import URL

    schema = backend.con.execute("SELECT current_schema()").fetchone()[0]
    given = {name: str(value) for name, value in conninfo_to_dict(backend.con.info.dsn).items()}
    options = f"{given.pop('options', '')} -csearch_path={schema}".strip()
    return URL.create("postgresql+psycopg", query={**given, "options": options}).render_as_string()


def _spark(backend: Backend, context: Any) -> Rows:
    source = context.data_sources.add_spark(name="extracts", persist=False)
    session = backend._session  # noqa: SLF001 - Ibis offers no other way

    def rows(table: str) -> tuple[Any, dict[str, Any]]:
        asset = source.add_dataframe_asset(table)
        return asset.add_batch_definition_whole_dataframe(_ALL_ROWS), {
            "dataframe": session.table(table)
        }

    return rows
