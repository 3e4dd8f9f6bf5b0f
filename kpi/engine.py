"""The engine that holds the typed tables: DuckDB through Ibis."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

CALENDAR = "calendar"


@contextmanager
def open_engine(path: Path) -> Iterator[Backend]:
    """Open a DuckDB database in a file that does not exist yet, and close it at the end."""
    import ibis

    backend = ibis.duckdb.connect(path, threads=os.cpu_count())
    try:
        yield backend
    finally:
        backend.disconnect()


def load_calendar(backend: Backend, days: pd.DataFrame) -> None:
    """Store the working-day calendar, with the quarter, month and ISO week of each day."""
    dates = pd.to_datetime(days["date"])
    iso = dates.dt.isocalendar()
    labelled = days.assign(
        quarter=dates.dt.year.astype(str) + "Q" + dates.dt.quarter.astype(str),
        month=dates.dt.strftime("%Y-%m"),
        week=iso["year"].astype(str) + "-W" + iso["week"].astype(str).str.zfill(2),
    )
    backend.create_table(CALENDAR, labelled, overwrite=True)
