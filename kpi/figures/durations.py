"""How long cases take, counting those that are still open, and how old the open ones are.

Times are counted, not listed: of many cases few took different times. The median of the ended cases
alone looks best when the slow ones are left lying. Here every case under way in the quarter counts,
by the period method: it is at risk from its age on the quarter's first day (delayed entry), or from
its start, until it ended or the quarter did; a case still open then is censored at its age.

Sources: E. L. Kaplan and P. Meier (1958), Nonparametric estimation from incomplete observations,
JASA 53, 457-481; delayed entry and its risk sets: J. P. Klein and M. L. Moeschberger (2003),
Survival Analysis, 2nd ed., section 4.6; the period method: H. Brenner and O. Gefeller (1997),
Deriving more up-to-date estimates of long-term patient survival, J. Clin. Epidemiol. 50, 211-216.
Tests hold the curve against that of statsmodels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpi.definitions.frames import OPEN_CASES
from kpi.definitions.kinds import Duration, Timed
from kpi.engine import CALENDAR
from kpi.figures.cases import unit_of
from kpi.figures.clocks import with_numbers
from kpi.figures.drawn_cases import OF_UNIT, in_multiples, secret_of, with_unit
from kpi.figures.steps import cases_with_a_step, silent_after
from kpi.params import FINE_UNITS, Params

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend


def quantile_of(
    counted: pd.DataFrame, keys: list[str], value: str, share: float
) -> pd.Series[float]:
    """Return a quantile of counted values, interpolated, of each of the keys that has any.

    `counted` has rows with the keys, a value (null counts for nothing) and its number of `cases`.
    A hundred million cases have a few hundred different times, and counting them takes an engine
    less time and memory than sorting.
    """
    known = counted.groupby([*keys, value])["cases"].sum()
    of_key = known.groupby(level=keys).sum()
    place, before = (of_key - 1) * share, of_key.cumsum() - of_key
    values, reached = known.index.get_level_values(value).to_numpy(), known.cumsum()
    below, above = (
        values[np.searchsorted(reached, before + at, side="right")]
        for at in (np.floor(place), np.ceil(place))
    )
    return below + (above - below) * (place % 1)


UNDER_WAY = "under_way"


def with_clock(params: Params, measured: list[str]) -> list[str]:
    """Return the metrics whose cases have a clock that starts and stops, in days."""
    return [
        name
        for name in measured
        if isinstance(params.definition(name), Timed)
        and unit_of(params.metrics[name].counting_on(params.quarter.last_day)) not in FINE_UNITS
    ]


def make_under_way(backend: Backend, params: Params, measured: list[str]) -> None:
    """Make the table `under_way`: cases with a clock, one row for each quarter they ran in.

    A case had begun by the quarter's last day, or by `as_of` where that is earlier, and had not
    ended before the quarter's first day. Cases that ended on a day nobody knows are left out.
    Columns (days are in the unit of the limit):

        metric, period, person, of_unit (kpi.figures.drawn_cases.with_unit)
        is_open        it had not ended by that last day
        is_late        it is open and was due by that last day; null without a limit
        is_silent      it is open and has shown no step for longer than the parameters say
        age_days       from its start to that last day
        late_days      from its due day to that last day, negative before it
        limit_days     its limit; null without one
        entered, left  between which days of its life it was seen (kpi.figures.durations)
    """
    names = with_clock(params, measured)
    if names:
        rows = _paired(backend, params, names)
        aged = _aged(rows, backend.table(CALENDAR))
        backend.create_table(UNDER_WAY, aged, overwrite=True)


def _paired(backend: Backend, params: Params, names: list[str]) -> ir.Table:
    """Pair each case with the quarters in which it was under way."""
    import ibis

    columns = ("case_id", "person", "outcome", "start_at", "stop_at", "due_at", "version", OF_UNIT)
    of_metrics = [
        with_unit(backend, params, name, backend.table(f"cases_{name}")) for name in names
    ]
    cases = ibis.union(
        *(
            rows.select(*columns, metric=ibis.literal(name))
            if _has_limit(params, name)
            else rows.mutate(due_at=ibis.null(rows.due_at.type())).select(
                *columns, metric=ibis.literal(name)
            )
            for name, rows in zip(names, of_metrics, strict=True)
        )
    )
    known = cases.filter(cases.stop_at.notnull() | (cases.outcome != "unknown"))
    rows = known.join(ibis.memtable(_quarters(params, names)), "metric")
    rows = rows.join(ibis.memtable(_limits(params, names)), ["metric", "version"])
    is_alike = rows.limit_unit == rows.unit
    rows = rows.select(
        "metric", "period", "unit", "last_day", "case_id", "person", OF_UNIT,
        days_allowed=ibis.ifelse(is_alike, rows.days_allowed, ibis.null("int64")),
        start=rows.start_at.date(), stop=rows.stop_at.date(), due=rows.due_at.date(),
        eve=rows.first_day - ibis.interval(days=1),
    )  # fmt: skip
    had_begun = rows.start <= rows.last_day
    had_not_ended = rows.stop.isnull() | ((rows.stop > rows.eve) & (rows.stop >= rows.start))
    rows = rows.filter(had_begun & had_not_ended)
    return _with_silent(backend, rows, params, names)


def _with_silent(backend: Backend, rows: ir.Table, params: Params, names: list[str]) -> ir.Table:
    """Add is_silent: whether a case has shown no step by the last day for longer than declared."""
    import ibis

    ends = [min(quarter.last_day, params.report.as_of) for quarter in params.quarters]
    days = ibis.memtable(pd.DataFrame({"on_date": ends}), schema={"on_date": "date"})
    lively = {name: cases_with_a_step(backend, params, name, days) for name in names}
    if all(found is None for found in lively.values()):
        return rows.mutate(is_silent=ibis.literal(False))
    parts = []
    for name, found in lively.items():
        of_metric = rows.filter(rows.metric == name)
        if found is None:
            parts.append(of_metric.mutate(is_silent=ibis.literal(False)))
            continue
        joined = of_metric.left_join(found, [("case_id", "shown_id"), ("last_day", "on_date")])
        parts.append(joined.select(*rows.columns, is_silent=joined.shown_id.isnull()))
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def _quarters(params: Params, names: list[str]) -> pd.DataFrame:
    """Return the quarters of each metric, their days and the unit in which times are counted."""
    rows = [
        {
            "metric": name,
            "period": str(quarter),
            "first_day": quarter.first_day,
            "last_day": min(quarter.last_day, params.report.as_of),
            "unit": unit_of(params.metrics[name].counting_on(quarter.last_day)),
        }
        for name in names
        for quarter in params.quarters
    ]
    return pd.DataFrame(rows)


def _has_limit(params: Params, name: str) -> bool:
    """Tell metrics that judge cases by a limit; `due` of a duration gives the unit of its times."""
    return not isinstance(params.definition(name), Duration)


def _limits(params: Params, names: list[str]) -> pd.DataFrame:
    """Return the limit of each version of each metric: days_allowed (null: no number), its unit."""
    rows = [
        {
            "metric": name,
            "version": counting.version,
            "days_allowed": counting.due.days
            if counting.due and not counting.due.by and _has_limit(params, name)
            else None,
            "limit_unit": unit_of(counting),
        }
        for name in names
        for counting in params.metrics[name].counting
    ]
    return pd.DataFrame(rows).astype({"days_allowed": "Int64"})


def _aged(rows: ir.Table, calendar: ir.Table) -> ir.Table:
    import ibis

    is_open = rows.stop.isnull() | (rows.stop > rows.last_day)
    eve_of_stop = rows.stop - ibis.interval(days=1)
    rows = rows.mutate(is_open=is_open, seen=ibis.ifelse(is_open, rows.last_day, eve_of_stop))
    rows = with_numbers(rows, calendar, "start", "due", "eve", "last_day", "seen")
    before = ibis.ifelse(rows.start <= rows.eve, rows.eve_no - rows.start_no + 1, 0)
    age = ibis.ifelse(rows.seen >= rows.start, rows.seen_no - rows.start_no + 1, 0)
    is_late = rows.is_open & (rows.due <= rows.last_day)
    return rows.select(
        "metric", "period", "person", OF_UNIT, "is_open",
        is_silent=rows.is_open & rows.is_silent,
        is_late=ibis.ifelse(rows.due.isnull(), ibis.null("boolean"), is_late),
        age_days=rows.last_day_no - rows.start_no,
        late_days=rows.last_day_no - rows.due_no,
        limit_days=rows.days_allowed.coalesce(rows.due_no - rows.start_no),
        entered=before,
        left=age + ibis.ifelse(rows.is_open, 0, 1),
    )  # fmt: skip


MEDIAN_COLUMNS = ("metric", "period", "km_median_days")
_TOLERANCE = 1e-9


def km_medians(backend: Backend, params: Params, measured: list[str]) -> pd.DataFrame:
    """Return the Kaplan-Meier median of each quarter and metric with a clock.

    Columns: metric, period, km_median_days (gross, in the unit of the limit; null where the cases
    seen do not tell when half of them have ended).
    """
    medians = []
    if with_clock(params, measured):
        rows = backend.table(UNDER_WAY)
        rows = rows.filter(rows.left > rows.entered).mutate(is_end=~rows.is_open)
        alike = rows.group_by("metric", "period", "entered", "left", "is_end").agg(n=rows.count())
        by_quarter = backend.execute(alike).groupby(["metric", "period"])
        medians = [(*quarter, km_median(spells)) for quarter, spells in by_quarter]
    return pd.DataFrame(medians, columns=list(MEDIAN_COLUMNS))


def km_median(spells: pd.DataFrame) -> float:
    """Return the median time from start to stop, in days, with open cases taken into account.

    `spells` has the columns entered, left, is_end and n (so many cases alike), in days of a case's
    life, of which the day it starts is the first: a case that ended on the day it began took 0 days
    and left on its day 1. It was at risk on the days after `entered`, up to and including `left`;
    on a day on which some end and others are censored, these were at risk as well.

    The median is the day on which the curve falls to one half. Where it stays on exactly one half
    for a while it is the middle of that while (as R's survfit has it), so that without open cases
    it is the ordinary median. Null where the curve does not come down to one half, or only by
    breaking off: where the last case at risk at some age ended although older cases were seen.
    """
    alive, age = _curve(spells)
    at_half, below = age[alive <= 0.5 + _TOLERANCE], age[alive < 0.5 - _TOLERANCE]
    if not at_half.size:
        return np.nan
    return float((at_half[0] + (below[0] if below.size else at_half[0])) / 2)


def _curve(spells: pd.DataFrame) -> tuple[NDArray[np.floating], NDArray[np.int_]]:
    """Return the share of cases that go on after each age at which some end, and these ages.

    The curve stops where it breaks off: nobody was left at that age although older cases were seen.
    """
    entered, left, cases = (spells[name].to_numpy(dtype=int) for name in ("entered", "left", "n"))
    days, is_end = left.max() + 1, spells["is_end"].to_numpy(dtype=bool)
    ended = np.bincount(left[is_end], cases[is_end], days)
    came, went = np.bincount(entered, cases, days), np.bincount(left, cases, days)
    at_risk = np.cumsum(came) - came - (np.cumsum(went) - went)
    day = np.flatnonzero(ended)
    alive = np.cumprod(1 - ended[day] / at_risk[day])
    is_whole = ~np.logical_or.accumulate((alive == 0) & (day < left.max()))
    return alive[is_whole], day[is_whole] - 1


WITHIN_LIMIT = "within limit"
SILENT = "no step for long"
BANDS_OF_LIMIT = (WITHIN_LIMIT, "up to twice the limit", "over twice the limit")
BANDS_OF_DAYS = ("0–90", "91–180", "181–365", "over 365")
AT_QUARTER_END = ("open", "overdue")
PERSONS_AT_QUARTER_END = ("persons_open", "persons_overdue", "persons_in_time", "persons_ended")


def open_at_period_ends(backend: Backend, params: Params, measured: list[str]) -> pd.DataFrame:
    """Count the cases that were open, and open past their limit, on each quarter's last day.

    Where `as_of` lies before that day, it takes its place. Columns: metric, period, open, overdue
    (null without a limit), and distinct persons: persons_open, persons_overdue, persons_in_time
    (open within their limit) and persons_ended (with a case that ended in the quarter). Metrics
    without a clock have no rows.
    """
    columns = ["metric", "period", *AT_QUARTER_END, *PERSONS_AT_QUARTER_END]
    if not with_clock(params, measured):
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
    band, in the bands' order, empty bands too. Columns: the frame OPEN_CASES: n cases, persons
    (distinct), median and highest age in days of the limit's unit, null where none is open. Bands
    are relative to the limit (BANDS_OF_LIMIT) or, for metrics without one, in days (BANDS_OF_DAYS).
    Cases past their limit (or without one) that have shown no step for longer than the parameters
    say have a band of their own, SILENT. The bands past the limit, SILENT among them, add up to
    `overdue` of the results, all of them to `open`, but that n is rounded
    (kpi.figures.drawn_cases.in_multiples). Reads the table that `evaluate` made
    (kpi.figures.durations).
    """
    period = str(params.quarter)
    index = pd.MultiIndex.from_tuples(
        [(name, band) for name in with_clock(params, measured) for band in _bands_of(params, name)],
        names=["metric", "band"],
    )
    if index.empty:
        return OPEN_CASES.empty
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
    found = bands.reset_index().assign(period=period).astype(whole)
    by_age = rows.group_by("metric", OF_UNIT, "age_days", band=_band(rows))
    ages = backend.execute(by_age.agg(cases=rows.count()))
    of = max(params.report.disclosure.hide_persons_below, 1)
    return OPEN_CASES.checked(_in_multiples(found, ages, of))


def _in_multiples(bands: pd.DataFrame, ages: pd.DataFrame, of: int) -> pd.DataFrame:
    """Round the bands within the limit, and those past it: the results tell how many each are.

    They are rounded in each unit by itself, and added up.
    """
    rounded = bands.assign(n=bands["n"] * 0)
    is_within = bands["band"] == WITHIN_LIMIT
    for (metric, _), rows in bands.groupby([bands["metric"], is_within], sort=False):
        for _, own in ages[ages["metric"] == metric].groupby(OF_UNIT):
            counted = own.groupby("band")["cases"].sum()
            counts = [int(counted.get(band, 0)) for band in rows["band"]]
            secret = secret_of(own.groupby(["metric", "age_days"], as_index=False)[["cases"]].sum())
            rounded.loc[rows.index, "n"] += in_multiples(counts, of, secret, sum(counts))
    return rounded


def _bands_of(params: Params, name: str) -> tuple[str, ...]:
    """Return the bands of a metric; both kinds where only some of its versions have a limit."""
    judges = _has_limit(params, name)
    has_limit = {judges and one.due is not None for one in params.metrics[name].counting}
    kinds = {True: BANDS_OF_LIMIT, False: BANDS_OF_DAYS}
    bands = tuple(band for kind in (True, False) if kind in has_limit for band in kinds[kind])
    return (*bands, SILENT) if silent_after(params, name) else bands


def _band(rows: ir.Table) -> ir.StringValue:
    """Name the band of an open case by its age where it has no limit, else by its due day."""
    import ibis

    within, twice, over_twice = BANDS_OF_LIMIT
    first, second, third, over = BANDS_OF_DAYS
    return ibis.cases(
        (rows.is_silent & rows.is_late.fill_null(True), SILENT),
        (rows.is_late.isnull() & (rows.age_days <= 90), first),
        (rows.is_late.isnull() & (rows.age_days <= 180), second),
        (rows.is_late.isnull() & (rows.age_days <= 365), third),
        (rows.is_late.isnull(), over),
        (~rows.is_late, within),
        (rows.late_days <= rows.limit_days, twice),
        else_=over_twice,
    )
