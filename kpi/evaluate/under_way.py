"""The cases under way in a quarter, ended in it or open at its end: what durations are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from kpi.engine import CALENDAR
from kpi.measure.cases import unit_of
from kpi.measure.clocks import with_numbers
from kpi.metrics import CATALOGUE
from kpi.metrics.definition import Timed
from kpi.params import Params

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

UNDER_WAY = "under_way"


def with_clock(measured: list[str]) -> list[str]:
    """Return the metrics whose cases have a clock that starts and stops."""
    return [name for name in measured if isinstance(CATALOGUE[name], Timed)]


def make_under_way(backend: Backend, params: Params, measured: list[str]) -> None:
    """Make the table `under_way`: cases with a clock, one row for each quarter they ran in.

    A case had begun by the quarter's last day, or by `as_of` where that is earlier, and had not
    ended before the quarter's first day. Cases that ended on a day nobody knows are left out.
    Columns (days are in the unit of the limit):

        metric, period, person
        is_open        it had not ended by that last day
        is_late        it is open and was due before that last day; null without a limit
        age_days       from its start to that last day
        late_days      from its due day to that last day, negative before it
        limit_days     its limit; null without one
        entered, left  between which days of its life it was seen (kpi.evaluate.durations)
    """
    names = with_clock(measured)
    if names:
        rows = _paired(backend, params, names)
        aged = _aged(rows, backend.table(CALENDAR))
        backend.create_table(UNDER_WAY, aged, overwrite=True)


def _paired(backend: Backend, params: Params, names: list[str]) -> ir.Table:
    """Pair each case with the quarters in which it was under way."""
    import ibis

    columns = ("person", "outcome", "start_at", "stop_at", "due_at")
    cases = ibis.union(
        *(
            backend.table(f"cases_{name}").select(*columns, metric=ibis.literal(name))
            for name in names
        )
    )
    known = cases.filter(cases.stop_at.notnull() | (cases.outcome != "unknown"))
    rows = known.join(ibis.memtable(_quarters(params, names)), "metric")
    rows = rows.select(
        "metric", "period", "unit", "days_allowed", "last_day", "person",
        start=rows.start_at.date(), stop=rows.stop_at.date(), due=rows.due_at.date(),
        eve=rows.first_day - ibis.interval(days=1),
    )  # fmt: skip
    had_begun = rows.start <= rows.last_day
    had_not_ended = rows.stop.isnull() | ((rows.stop > rows.eve) & (rows.stop >= rows.start))
    return rows.filter(had_begun & had_not_ended)


def _quarters(params: Params, names: list[str]) -> pd.DataFrame:
    """Return the quarters of each metric: their days, the unit, days_allowed (null: no number)."""
    rows = []
    for name in names:
        for quarter in params.quarters:
            counting = params.metrics[name].counting_on(quarter.last_day)
            rows.append(
                {
                    "metric": name,
                    "period": str(quarter),
                    "first_day": quarter.first_day,
                    "last_day": min(quarter.last_day, params.report.as_of),
                    "unit": unit_of(counting),
                    "days_allowed": counting.due.days if counting and counting.due else None,
                }
            )
    return pd.DataFrame(rows).astype({"days_allowed": "Int64"})


def _aged(rows: ir.Table, calendar: ir.Table) -> ir.Table:
    import ibis

    is_open = rows.stop.isnull() | (rows.stop > rows.last_day)
    eve_of_stop = rows.stop - ibis.interval(days=1)
    rows = rows.mutate(is_open=is_open, seen=ibis.ifelse(is_open, rows.last_day, eve_of_stop))
    rows = with_numbers(rows, calendar, "start", "due", "eve", "last_day", "seen")
    before = ibis.ifelse(rows.start <= rows.eve, rows.eve_no - rows.start_no + 1, 0)
    age = ibis.ifelse(rows.seen >= rows.start, rows.seen_no - rows.start_no + 1, 0)
    is_late = rows.is_open & (rows.due < rows.last_day)
    return rows.select(
        "metric", "period", "person", "is_open",
        is_late=ibis.ifelse(rows.due.isnull(), ibis.null("boolean"), is_late),
        age_days=rows.last_day_no - rows.start_no,
        late_days=rows.last_day_no - rows.due_no,
        limit_days=rows.days_allowed.coalesce(rows.due_no - rows.start_no),
        entered=before,
        left=age + ibis.ifelse(rows.is_open, 0, 1),
    )  # fmt: skip
