"""The declared tables without data, to try a definition on their columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kpi.tables import TABLES
from kpi.tables.contract import IBIS_TYPES

if TYPE_CHECKING:
    import ibis.expr.types as ir

_CALENDAR = {"date": "date", "is_workday": "boolean", "workday_index": "int64"}
_PERIODS = {"quarter": "string", "first_day": "date", "last_day": "date"}


def unbound_tables(names: Iterable[str]) -> dict[str, ir.Table]:
    """Return Ibis tables with the declared columns, plus the calendar and the periods."""
    import ibis

    tables = {
        name: ibis.table(
            {c.name: IBIS_TYPES[c.type] for c in TABLES[name].columns} | {"row_no": "int64"},
            name=name,
        )
        for name in names
        if name in TABLES
    }
    return tables | {
        "calendar": ibis.table(_CALENDAR, name="calendar"),
        "periods": ibis.table(_PERIODS, name="periods"),
    }
