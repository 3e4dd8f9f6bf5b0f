"""Open cases at a quarter's end: how many, how old, and how far past their limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from kpi.evaluate.under_way import UNDER_WAY, with_clock
from kpi.params import Params

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

WITHIN_LIMIT = "within limit"
BANDS_OF_LIMIT = (WITHIN_LIMIT, "up to twice the limit", "over twice the limit")
BANDS_OF_DAYS = ("0–90", "91–180", "181–365", "over 365")
OPEN_COLUMNS = ("metric", "period", "band", "n", "persons", "median_age_days", "oldest_age_days")
AT_QUARTER_END = ("open", "overdue")
PERSONS_AT_QUARTER_END = ("persons_open", "persons_overdue", "persons_in_time", "persons_ended")


def open_at_period_ends(backend: Backend, measured: list[str]) -> pd.DataFrame:
    """Count the cases that were open, and open past their limit, on each quarter's last day.

    Where `as_of` lies before that day, it takes its place. Columns: metric, period, open, overdue
    (null without a limit), and distinct persons: persons_open, persons_overdue, persons_in_time
    (open within their limit) and persons_ended (with a case that ended in the quarter). Metrics
    without a clock have no rows.
    """
    columns = ["metric", "period", *AT_QUARTER_END, *PERSONS_AT_QUARTER_END]
    if not with_clock(measured):
        return pd.DataFrame(columns=columns)
    rows = backend.table(UNDER_WAY)
    counted = rows.group_by("metric", "period").agg(
        open=rows.is_open.sum(),
        overdue=rows.is_late.sum(),
        persons_open=rows.person.nunique(where=rows.is_open),
        persons_overdue=rows.person.nunique(where=rows.is_late),
        persons_in_time=rows.person.nunique(where=rows.is_open & ~rows.is_late),
        persons_ended=rows.person.nunique(where=~rows.is_open),
    )
    return backend.execute(counted)[columns]


def open_cases(backend: Backend, params: Params, measured: list[str]) -> pd.DataFrame:
    """Sort the cases that were open on the reported quarter's last day into bands of age.

    Where `as_of` lies before that day, it takes its place. One row per metric with a clock and
    band, in the bands' order, empty bands too. Columns: OPEN_COLUMNS: n cases, persons (distinct),
    median and highest age in days of the limit's unit, null where n is 0. Bands are relative to
    the limit (BANDS_OF_LIMIT) or, for metrics without one, in days (BANDS_OF_DAYS). The bands past
    the limit add up to `overdue` of the results, all of them to `open`. Reads the table that
    `evaluate` made (kpi.evaluate.under_way).
    """
    period = str(params.quarter)
    index = pd.MultiIndex.from_tuples(
        [(name, band) for name in with_clock(measured) for band in _bands_of(params, name)],
        names=["metric", "band"],
    )
    if index.empty:
        return pd.DataFrame(columns=list(OPEN_COLUMNS))
    rows = backend.table(UNDER_WAY)
    rows = rows.filter(rows.is_open & (rows.period == period))
    counted = rows.group_by("metric", band=_band(rows)).agg(
        n=rows.count(),
        persons=rows.person.nunique(),
        median_age_days=rows.age_days.quantile(0.5),
        oldest_age_days=rows.age_days.max(),
    )
    bands = backend.execute(counted).set_index(["metric", "band"]).reindex(index)
    bands[["n", "persons"]] = bands[["n", "persons"]].fillna(0)
    whole = dict.fromkeys(("n", "persons", "oldest_age_days"), "Int64")
    return bands.reset_index().assign(period=period).astype(whole)[list(OPEN_COLUMNS)]


def _bands_of(params: Params, name: str) -> tuple[str, ...]:
    counting = params.metrics[name].counting_on(params.quarter.last_day)
    return BANDS_OF_LIMIT if counting and counting.due else BANDS_OF_DAYS


def _band(rows: ir.Table) -> ir.StringValue:
    """Name the band of an open case by its age where it has no limit, else by its due day."""
    import ibis

    within, twice, over_twice = BANDS_OF_LIMIT
    first, second, third, over = BANDS_OF_DAYS
    return ibis.cases(
        (rows.is_late.isnull() & (rows.age_days <= 90), first),
        (rows.is_late.isnull() & (rows.age_days <= 180), second),
        (rows.is_late.isnull() & (rows.age_days <= 365), third),
        (rows.is_late.isnull(), over),
        (~rows.is_late, within),
        (rows.late_days <= rows.limit_days, twice),
        else_=over_twice,
    )
