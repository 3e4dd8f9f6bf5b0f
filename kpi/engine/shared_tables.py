"""Tables lent to an engine in another process: copies in a file, which it reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kpi.engine import open_engine

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend


_LENT = "lent"


def lend(backend: Backend, copies: Path, tables: Iterable[str]) -> None:
    """Copy tables into a new file, for another engine to borrow."""
    with _attached(backend, copies):
        for name in tables:
            backend.raw_sql(f"CREATE TABLE {_LENT}.{name} AS SELECT * FROM {name}")  # noqa: S608 - a declared name


@contextmanager
def borrowed(copies: Path, tables: Iterable[str], *, few_rows: bool) -> Iterator[Backend]:
    """Open an engine that has the tables lent in a file."""
    with open_engine(copies, few_rows=few_rows) as backend:
        if not few_rows:
            yield backend
            return
        with _attached(backend, copies):
            for name in tables:
                backend.raw_sql(f"CREATE VIEW {name} AS SELECT * FROM {_LENT}.{name}")  # noqa: S608 - a declared name
            yield backend


@contextmanager
def _attached(backend: Backend, file: Path) -> Iterator[None]:
    quoted = str(file).replace("'", "''")
    backend.raw_sql(f"ATTACH '{quoted}' AS {_LENT}")
    yield
    backend.raw_sql(f"DETACH {_LENT}")
