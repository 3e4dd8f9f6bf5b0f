"""Cases counted: one row per metric, period and group."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from kpi.definitions.kinds import (
    MEDIAN,
    Duration,
    Metric,
    OfCounts,
    Per,
    Stock,
    with_derived,
)
from kpi.definitions.population import day_of, truth_of, value_of
from kpi.engine import CALENDAR, DECIMALS
from kpi.figures.cases import COUNTED, kinds_of, measure_of, united
from kpi.figures.durations import quantile_of
from kpi.params import MetricParams, Params
from kpi.periods import CALENDAR_QUARTERS, Cycle, Period

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend


OUTCOMES = ("met", "missed", "not_yet_due", "unknown")
IN_DENOMINATOR = ("met", "missed", "unknown", COUNTED)
DAYS_PER_WEEK = 5
TOGETHER = " + "
"""Between the names of versions that count the cases of one period."""
_TIMES = ("days", "net_days")
_TIMED = "timed"
_MARKS = (*OUTCOMES, COUNTED, _TIMED)
_COUNTED = ("person", "outcome", *_TIMES, "weight")


def count_cases(backend: Backend, params: Params, measured: list[str]) -> pd.DataFrame:
    """Count the cases of the measured metrics.

    One row per metric x period x group, reported periods with and without groups, months and weeks
    without; a stock, which is counted on the last day of a period, has no weeks, nor
    have rows that are already counts, of a month perhaps. Columns: metric,
    version (those that counted its cases, the oldest first: "1 + 2"), period, period_kind, group
    ("" for all, else name=value),
    n (cases in the denominator), met, missed, not_yet_due, unknown, persons (distinct, of n) and
    persons_<outcome>; of ended cases median_days, p90_days, max_days, persons_timed (distinct), and
    median_net_days (null where no waits are known). Days are in the unit of the limit.
    """
    own = percentiles_of(params.definition(name) for name in measured)
    cases = _cases_of(backend, params, measured)
    counts = [counts_of(backend, cases, kinds_of(params), ["metric"], own).assign(group="")]
    for group in sorted({group for name in measured for group in params.metrics[name].groups}):
        parted = [name for name in measured if group in params.metrics[name].groups]
        column = f"group_{group}"
        cases = _cases_of(backend, params, parted, column)
        found = counts_of(backend, cases, [params.quarter.kind], ["metric", column], own)
        counts.append(found.assign(group=f"{group}=" + found[column]).drop(columns=column))
    counted = pd.concat(counts, ignore_index=True)
    counted["metric"] = counted["metric"].map(dict(enumerate(params.metrics)))
    no_weeks = [n for n in measured if isinstance(params.definition(n), Stock | OfCounts)]
    counted = counted[~(counted["metric"].isin(no_weeks) & (counted["period_kind"] == "week"))]
    return _with_versions(backend, params, _with_times_of_one_unit(counted, params))


def _cases_of(backend: Backend, params: Params, metrics: list[str], *more: str) -> ir.Table:
    """Unite the cases of metrics in the periods of the history: one query counts them all.

    A metric is its place among all: by a number, an engine counts a hundred million cases in less
    memory than by a name.
    """
    import ibis

    places = {name: place for place, name in enumerate(params.metrics)}
    kinds, parts = kinds_of(params), []
    for name in metrics:
        place = ibis.literal(places[name], "int16")
        parts.append(backend.table(f"cases_{name}").select(*kinds, *_COUNTED, *more, metric=place))
    cases = united(parts)
    return cases.filter(cases[kinds[0]].isin([str(period) for period in params.quarters]))


def _with_times_of_one_unit(counted: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Take out the times of weeks that lie in two periods, if these count them in other units."""
    for name in counted["metric"].unique():
        settings = params.metrics[name]
        if len({measure_of(counting) for counting in settings.counting}) == 1:
            continue
        weeks = counted[(counted["metric"] == name) & (counted["period_kind"] == "week")]
        cycle = params.quarter.cycle
        is_mixed = [_has_two_units(settings, str(week), cycle) for week in weeks["period"]]
        times = [name for name in map(str, counted) if name.endswith("_days")]
        counted.loc[weeks.index[is_mixed], times] = np.nan
    return counted


def _has_two_units(settings: MetricParams, week: str, cycle: Cycle) -> bool:
    periods = {cycle.at(day) for day in days_of(week, cycle)}
    return len({measure_of(settings.counting_on(one.last_day)) for one in periods}) > 1


def _with_versions(backend: Backend, params: Params, counted: pd.DataFrame) -> pd.DataFrame:
    """Add the versions that count the cases of each metric and period."""
    version = counted["metric"].map(
        {name: settings.counting[0].version for name, settings in params.metrics.items()}
    )
    several = [n for n in counted["metric"].unique() if len(params.metrics[n].counting) > 1]
    for name in several:
        cases, order = backend.table(f"cases_{name}"), params.metrics[name].by_age
        kinds, periods = kinds_of(params), [str(period) for period in params.quarters]
        kept = cases.filter(cases[kinds[0]].isin(periods)).select(*kinds, "version")
        found = backend.execute(kept.distinct())
        for kind in kinds:
            had = found.groupby(kind)["version"].agg(set)
            labels = had.map(
                lambda names, order=order: TOGETHER.join(
                    one.version for one in order if one.version in names
                )
            )
            own = (counted["metric"] == name) & (counted["period_kind"] == kind)
            version = version.mask(own, counted["period"].map(labels))
    return counted.assign(version=version)


def versions_in(label: Any) -> list[str]:
    """Return the versions that a label names, the oldest first; none where there are no cases.

    Examples:
        >>> versions_in("1 + 2")
        ['1', '2']
    """
    return label.split(TOGETHER) if isinstance(label, str) and label else []


def percentiles_of(definitions: Iterable[Metric]) -> tuple[int, ...]:
    """Return the percentiles, beside the median, that are the figure of a metric."""
    own = {one.percentile for one in definitions if isinstance(one, Duration)}
    return tuple(sorted(own - {MEDIAN}))


def times_at(percentile: int) -> tuple[str, str]:
    """Return the columns of a percentile of the ended cases' days, and of their net days."""
    if percentile == MEDIAN:
        return "median_days", "median_net_days"
    return f"p{percentile}_days", f"p{percentile}_net_days"


def counts_of(
    backend: Backend,
    cases: ir.Table,
    kinds: Sequence[str],
    by: Sequence[str] = (),
    percentiles: Sequence[int] = (),
) -> pd.DataFrame:
    """Count a table of cases by period and by more columns.

    Columns: those of `count_cases`, but for metric, version and group, and those of `by`; for each
    of the `percentiles` those of `times_at`.
    """
    alike = cases.group_by(*kinds, *by, "outcome", *_TIMES).agg(
        cases=cases.weight.sum().cast("int64")
    )
    counted, keys = backend.execute(alike), ["period", *by]
    frames = []
    for kind in kinds:
        of_kind = counted.rename(columns={kind: "period"})
        persons = _persons(backend, cases.rename(period=kind), keys)
        whole = _by_outcome(of_kind, keys).join(_times(of_kind, keys, percentiles))
        whole = whole.join(persons)
        frames.append(whole.reset_index().assign(period_kind=kind))
    return pd.concat(frames, ignore_index=True)


def _by_outcome(counted: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Add up cases: one column an outcome, and n of those in the denominator."""
    outcomes = [*OUTCOMES, COUNTED]
    sums = counted.groupby([*keys, "outcome"])["cases"].sum()
    by_outcome = sums.unstack(fill_value=0)  # noqa: PD010 - in half the time of a pivot table
    by_outcome = by_outcome.reindex(columns=outcomes, fill_value=0).rename_axis(columns=None)
    return by_outcome[list(OUTCOMES)].assign(n=by_outcome[list(IN_DENOMINATOR)].sum(axis="columns"))


def _times(counted: pd.DataFrame, keys: list[str], percentiles: Sequence[int]) -> pd.DataFrame:
    """Return the medians and the like of the days; null where no case ended."""
    times = {
        "median_days": quantile_of(counted, keys, "days", 0.5),
        "p90_days": quantile_of(counted, keys, "days", 0.9),
        "max_days": counted.groupby(keys)["days"].max(),
        "median_net_days": quantile_of(counted, keys, "net_days", 0.5),
    }
    for percentile in percentiles:
        for name, of in zip(times_at(percentile), _TIMES, strict=True):
            times[name] = quantile_of(counted, keys, of, percentile / 100)
    return pd.DataFrame(times, dtype="float64").round(DECIMALS)


def _persons(backend: Backend, cases: ir.Table, keys: list[str]) -> pd.DataFrame:
    """Count persons by what their cases came to: a bit for each outcome, one for a time."""
    import ibis

    bits = {outcome: 1 << place for place, outcome in enumerate(_MARKS)}
    outcome = ibis.cases(*((cases.outcome == name, bits[name]) for name in _MARKS[:-1]), else_=0)
    marks = outcome + ibis.ifelse(cases.days.notnull(), bits[_TIMED], 0)
    of_each = cases.group_by(*keys, "person").agg(marks=_united()(marks))
    alike = of_each.group_by(*keys, "marks").agg(persons=of_each.person.count())
    counted = backend.execute(alike)
    told = {f"persons_{name}": (name,) for name in (*OUTCOMES, _TIMED)}
    for column, names in {**told, "persons": IN_DENOMINATOR}.items():
        has_any = counted["marks"] & sum(bits[name] for name in names) != 0
        counted[column] = counted["persons"].where(has_any, 0)
    return counted.drop(columns="marks").groupby(keys).sum()


@cache
def _united() -> Callable[[ir.IntegerValue], ir.IntegerValue]:
    """Return the aggregate that unites marks: always the same one, as questions are told apart."""
    import ibis

    return ibis.udf.agg.builtin(_bit_or, signature=(("int64",), "int64"), name="bit_or")


def _bit_or(marks: int) -> int:
    """Stand for the aggregate that all engines have by that name; it is never called here."""
    raise NotImplementedError


def divisors(backend: Backend, params: Params, kind: str, per: Per) -> pd.DataFrame:
    """Return what a rate is divided by in each period: working weeks, or what the metric counts.

    Only what lies on the days of which cases are counted has a part, however far a plan reaches.
    Columns: period, denominator. A period without any has no row.
    """
    days = backend.table(CALENDAR)
    seen = days.filter(days.date.between(*days_seen(params)))
    divided, whole = seen.filter(seen.is_workday), float(DAYS_PER_WEEK)
    if per.subject:
        rows = with_derived(per.subject, backend.table(f"accepted_{per.subject.name}"))
        if per.filter:
            rows = rows.filter(truth_of(per.subject, per.filter, rows, "per.filter"))
        on = day_of(value_of(per.subject, per.on, rows, "per.on"))
        divided = rows.select(counted_on=on).join(seen, [("counted_on", "date")])
        whole = per.divided_by
    counted = divided.group_by(period=divided[kind]).agg(denominator=divided.count() / whole)
    return backend.execute(counted)


def days_seen(params: Params) -> tuple[dt.date, dt.date]:
    """Return the first and last day of which cases are counted."""
    return params.quarters[0].first_day, min(params.quarter.last_day, params.report.as_of)


def days_of(name: str, cycle: Cycle = CALENDAR_QUARTERS) -> tuple[dt.date, dt.date]:
    """Return the first and last day of a reported period, a month or a week.

    Examples:
        >>> days_of("2020-W01")
        (datetime.date(2019, 12, 30), datetime.date(2020, 1, 5))
    """
    if "W" in name:
        year, week = int(name[:4]), int(name[6:])
        return dt.date.fromisocalendar(year, week, 1), dt.date.fromisocalendar(year, week, 7)
    period = Period.parse(name, cycle.year_starts)
    return period.first_day, period.last_day
