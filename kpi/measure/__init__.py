"""Definition x tables x quarters -> cases in the engine, those of each metric by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from kpi.engine import CALENDAR, DUCKDB, count_tables, has_few_rows
from kpi.measure.cases import cases_of
from kpi.metrics import CATALOGUE
from kpi.metrics.definition import Definition, FromTable
from kpi.params import Params
from kpi.periods import Quarter
from kpi.workdays import FIRST_YEAR, LAST_YEAR

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend


def measure(backend: Backend, params: Params) -> list[str]:
    """Make `cases_<metric>` of every reported metric whose tables are there.

    DuckDB judges many cases anew faster than it writes them down, so there it is a view; a table is
    quicker to plan with. Columns: those of kpi.measure.cases, and version, quarter, month, week of
    the day that decides.
    Returns the ids of the metrics measured, in the committee's order.
    """
    backend.create_table("periods", _period_frame(params), overwrite=True)
    tables = accepted_tables(backend, params)
    judges_anew = backend.name == DUCKDB and not has_few_rows(backend)
    keep = backend.create_view if judges_anew else backend.create_table
    measured = []
    for name in params.metrics:
        definition = CATALOGUE[name]
        if isinstance(definition, FromTable) and is_measurable(definition, tables):
            cases = _all_versions(definition, params, tables)
            keep(f"cases_{name}", cases, overwrite=True)
            measured.append(name)
    count_tables(backend)
    return measured


def accepted_tables(backend: Backend, params: Params) -> dict[str, ir.Table]:
    """Return the accepted tables by name, with the calendar and the periods."""
    tables = {name: backend.table(f"accepted_{name}") for name in params.report.sources}
    return tables | {name: backend.table(name) for name in (CALENDAR, "periods")}


def is_measurable(definition: Definition, tables: dict[str, ir.Table]) -> bool:
    """Tell whether all tables that a definition reads are among the sources."""
    return all(name in tables for name in definition.tables)


def _all_versions(definition: FromTable, params: Params, tables: dict[str, ir.Table]) -> ir.Table:
    """Unite the cases of each version of the counting rules, each in the quarters it governs.

    A case without a date that decides its quarter counts under today's rules, in no quarter.
    """
    import ibis

    settings = params.metrics[definition.id]
    today = settings.counting_on(params.quarter.last_day)
    calendar = tables[CALENDAR].select("date", "quarter", "month", "week")
    parts = []
    for counting in settings.counting:
        governed = [str(q) for q in _ALL_QUARTERS if settings.counting_on(q.last_day) is counting]
        cases = cases_of(definition, counting, settings.groups, tables, params.report.as_of)
        labelled = cases.left_join(calendar, cases.period_on == calendar.date).drop("date")
        if len(governed) < len(_ALL_QUARTERS):
            undated = labelled.quarter.isnull() & ibis.literal(counting is today)
            labelled = labelled.filter(labelled.quarter.isin(governed) | undated)
        parts.append(labelled.mutate(version=ibis.literal(counting.version)))
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


_ALL_QUARTERS = Quarter(LAST_YEAR, 4).since(Quarter(FIRST_YEAR, 1))


def _period_frame(params: Params) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"quarter": str(q), "first_day": q.first_day, "last_day": q.last_day}
            for q in params.quarters
        ]
    )
