"""Tables drawn as text, for tests that a case officer can read.

    bill_id | due_at     | paid_at
    on time | 2019-10-31 | 2019-10-31

The first line names the columns; an empty cell is null; columns that are not drawn are null, save
those named in `DEFAULTS`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import ibis
import pandas as pd
import pyarrow as pa

from kpi.definitions.kinds import FromRows
from kpi.definitions.metrics import METRICS
from kpi.definitions.subject import IBIS_TYPES
from kpi.definitions.subjects import SUBJECTS
from kpi.engine import load_calendar
from kpi.engine.duckdb import KnowingTables
from kpi.figures.cases import cases_of
from kpi.params import Counting
from kpi.periods import ClosedDay, WorkCalendar

GREENLAND = WorkCalendar(
    "GL",
    (ClosedDay(12, 24, "Juleaftensdag"), ClosedDay(12, 31, "Nytårsaftensdag")),
)
DEFAULTS = {
    "bills": {"kind": "bill", "received_at": "2019-10-01", "approved_at": "2019-10-02"},
    "conversations": {"kind": "booked", "status": "held"},
    "applications": {"kind": "other"},
}


def drawn(table: str, text: str) -> pa.Table:
    """Return a drawn table with all columns of its contract, numbered from 1."""
    lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    header, *rows = lines
    defaults = DEFAULTS.get(table, {})
    columns: dict[str, pa.Array] = {}
    for column in SUBJECTS[table].columns:
        if column.name in header:
            cells = [row[header.index(column.name)] or None for row in rows]
        else:
            cells = [defaults.get(column.name)] * len(rows)
        columns[column.name] = _typed(cells, IBIS_TYPES[column.type])
    unknown = set(header) - set(columns)
    assert not unknown, f"not columns of {table}: {unknown}"
    columns["row_no"] = pa.array(range(1, len(rows) + 1), pa.int64())
    return pa.table(columns)


def _typed(cells: list[str | None], kind: str) -> pa.Array:
    if kind == "date":
        return pa.array([c and dt.date.fromisoformat(c) for c in cells], pa.date32())
    if kind == "timestamp":
        return pa.array([c and dt.datetime.fromisoformat(c) for c in cells], pa.timestamp("us"))
    if kind == "boolean":
        return pa.array([None if c is None else c == "yes" for c in cells], pa.bool_())
    if kind == "float64":
        return pa.array([None if c is None else float(c) for c in cells], pa.float64())
    if kind.startswith("decimal"):
        return pa.array(cells, pa.string()).cast(pa.decimal128(18, 2))
    return pa.array(cells, pa.string())


def small_engine() -> Any:
    """Return a DuckDB in memory, as a run has it that reads few rows (kpi.engine)."""
    ibis.options.sql.fuse_selects = False
    return KnowingTables().connect(":memory:", threads=1)


def connect(
    tables: Mapping[str, str], calendar: WorkCalendar = GREENLAND
) -> tuple[Any, dict[str, Any]]:
    """Return a DuckDB connection with drawn tables and the calendar, and the tables by name."""
    backend = small_engine()
    load_calendar(backend, calendar)
    for name, text in tables.items():
        backend.create_table(f"accepted_{name}", drawn(name, text))
    named = {name: backend.table(f"accepted_{name}") for name in tables}
    return backend, named | {"calendar": backend.table("calendar")}


def measured(
    metric: str,
    tables: Mapping[str, str],
    *,
    as_of: str,
    counting: Counting | None = None,
    last_days: tuple[str, ...] = ("2019-12-31",),
) -> pd.DataFrame:
    """Return the cases of a metric on drawn tables, indexed by case."""
    backend, named = connect(tables)
    days = pd.DataFrame(
        {
            "quarter": [f"until {day}" for day in last_days],
            "first_day": [dt.date.fromisoformat(day) for day in last_days],
            "last_day": [dt.date.fromisoformat(day) for day in last_days],
        }
    )
    definition = METRICS[metric]
    assert isinstance(definition, FromRows)
    named["periods"] = backend.create_table("periods", days)
    cases = cases_of(definition, counting or Counting(), (), named, dt.date.fromisoformat(as_of))
    frame: pd.DataFrame = backend.execute(cases).set_index("case_id").sort_index()
    return frame


def outcomes(metric: str, tables: Mapping[str, str], **how: Any) -> dict[str, str]:
    """Return the outcome of each case of a metric on drawn tables."""
    return dict(measured(metric, tables, **how)["outcome"])
