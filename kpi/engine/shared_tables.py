"""Tables that an engine in another process works in: copies in a file, which it reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kpi.engine import open_engine

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend


_COPIES = "copies"


def copy_tables(backend: Backend, file: Path, tables: Iterable[str]) -> None:
    """Copy tables into a new file, for another engine to work in."""
    with _attached(backend, file):
        for name in tables:
            backend.raw_sql(f"CREATE TABLE {_COPIES}.{name} AS SELECT * FROM {name}")  # noqa: S608 - a declared name


@contextmanager
def open_copies(file: Path, tables: Iterable[str], *, few_rows: bool) -> Iterator[Backend]:
    """Open an engine that has the tables copied into a file."""
    with open_engine(file, few_rows=few_rows) as backend:
        if not few_rows:
            yield backend
            return
        with _attached(backend, file):
            for name in tables:
                backend.raw_sql(f"CREATE VIEW {name} AS SELECT * FROM {_COPIES}.{name}")  # noqa: S608 - a declared name
            yield backend


@contextmanager
def _attached(backend: Backend, file: Path) -> Iterator[None]:
    quoted = str(file).replace("'", "''")
    backend.raw_sql(f"ATTACH '{quoted}' AS {_COPIES}")
    yield
    backend.raw_sql(f"DETACH {_COPIES}")
