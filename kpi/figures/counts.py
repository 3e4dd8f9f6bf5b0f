"""Cases counted: one row per metric, period and group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from kpi.definitions.kinds import Per, with_derived
from kpi.definitions.population import day_of, truth_of, value_of
from kpi.engine import DECIMALS
from kpi.figures.cases import COUNTED
from kpi.figures.durations import quantile_of
from kpi.params import Params

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend


OUTCOMES = ("met", "missed", "not_yet_due", "unknown")
IN_DENOMINATOR = ("met", "missed", "unknown", COUNTED)
PERIOD_KINDS = ("quarter", "month", "week")
DAYS_PER_WEEK = 5
_TIMES = ("days", "net_days")
_TIMED = "timed"
_MARKS = (*OUTCOMES, COUNTED, _TIMED)
_COUNTED = (*PERIOD_KINDS, "person", "outcome", *_TIMES)


def count_cases(backend: Backend, params: Params, measured: list[str]) -> pd.DataFrame:
    """Count the cases of the measured metrics.

    One row per metric x period x group, quarters with and without groups, months and weeks
    without. Columns: metric, version, period, period_kind, group ("" for all, else name=value),
    n (cases in the denominator), met, missed, not_yet_due, unknown, persons (distinct, of n) and
    persons_<outcome>; of ended cases median_days, p90_days, max_days, persons_timed (distinct), and
    median_net_days (null where no waits are known). Days are in the unit of the limit.
    """
    rules = _rules(params, measured)
    cases = _cases_of(backend, params, rules)
    counts = [counts_of(backend, cases, PERIOD_KINDS, ["rules"]).assign(group="")]
    for group in sorted({group for name in measured for group in params.metrics[name].groups}):
        parted = rules[[group in params.metrics[name].groups for name in rules["metric"]]]
        column = f"group_{group}"
        cases = _cases_of(backend, params, parted, column)
        found = counts_of(backend, cases, ["quarter"], ["rules", column])
        counts.append(found.assign(group=f"{group}=" + found[column]).drop(columns=column))
    counted = pd.concat(counts, ignore_index=True)
    return counted.join(rules, on="rules").drop(columns="rules")


def _rules(params: Params, metrics: list[str]) -> pd.DataFrame:
    """Number the versions of the counting rules of all metrics: metric, version.

    By a number, an engine counts a hundred million cases in less memory than by names.
    """
    versions = [(name, one.version) for name in metrics for one in params.metrics[name].counting]
    return pd.DataFrame(versions, columns=["metric", "version"])


def _cases_of(backend: Backend, params: Params, rules: pd.DataFrame, *more: str) -> ir.Table:
    """Unite the cases of metrics in the quarters of the history: one query counts them all."""
    import ibis

    parts = []
    for name, versions in rules.groupby("metric")["version"]:
        cases = backend.table(f"cases_{name}")
        numbers = [(cases.version == version, number) for number, version in versions.items()]
        number = ibis.cases(*numbers) if len(numbers) > 1 else ibis.literal(numbers[0][1])
        parts.append(cases.select(*_COUNTED, *more, rules=number.cast("int16")))
    cases = ibis.union(*parts)
    return cases.filter(cases.quarter.isin([str(quarter) for quarter in params.quarters]))


def counts_of(
    backend: Backend, cases: ir.Table, kinds: Sequence[str], by: Sequence[str] = ()
) -> pd.DataFrame:
    """Count a table of cases by period and by more columns.

    Columns: those of `count_cases`, but for metric, version and group, and those of `by`.
    """
    alike = cases.group_by(*kinds, *by, "outcome", *_TIMES).agg(cases=cases.count())
    counted, keys = backend.execute(alike), ["period", *by]
    frames = []
    for kind in kinds:
        of_kind = counted.rename(columns={kind: "period"})
        persons = _persons(backend, cases.rename(period=kind), keys)
        whole = _by_outcome(of_kind, keys).join(_times(of_kind, keys)).join(persons)
        frames.append(whole.reset_index().assign(period_kind=kind))
    return pd.concat(frames, ignore_index=True)


def _by_outcome(counted: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Add up cases: one column an outcome, and n of those in the denominator."""
    outcomes = [*OUTCOMES, COUNTED]
    by_outcome = counted.pivot_table("cases", keys, "outcome", aggfunc="sum", fill_value=0)
    by_outcome = by_outcome.reindex(columns=outcomes, fill_value=0).rename_axis(columns=None)
    return by_outcome[list(OUTCOMES)].assign(n=by_outcome[list(IN_DENOMINATOR)].sum(axis="columns"))


def _times(counted: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return the medians and the like of the days; null where no case ended."""
    times = {
        "median_days": quantile_of(counted, keys, "days", 0.5),
        "p90_days": quantile_of(counted, keys, "days", 0.9),
        "max_days": counted.groupby(keys)["days"].max(),
        "median_net_days": quantile_of(counted, keys, "net_days", 0.5),
    }
    return pd.DataFrame(times, dtype="float64").round(DECIMALS)


def _persons(backend: Backend, cases: ir.Table, keys: list[str]) -> pd.DataFrame:
    """Count persons by what their cases came to: a bit for each outcome, one for a time."""
    import ibis

    bits = {outcome: 1 << place for place, outcome in enumerate(_MARKS)}
    outcome = ibis.cases(*((cases.outcome == name, bits[name]) for name in _MARKS[:-1]), else_=0)
    marks = outcome + ibis.ifelse(cases.days.notnull(), bits[_TIMED], 0)
    unite = ibis.udf.agg.builtin(_bit_or, signature=(("int64",), "int64"), name="bit_or")
    of_each = cases.group_by(*keys, "person").agg(marks=unite(marks))
    alike = of_each.group_by(*keys, "marks").agg(persons=of_each.person.count())
    counted = backend.execute(alike)
    told = {f"persons_{name}": (name,) for name in (*OUTCOMES, _TIMED)}
    for column, names in {**told, "persons": IN_DENOMINATOR}.items():
        has_any = counted["marks"] & sum(bits[name] for name in names) != 0
        counted[column] = counted["persons"].where(has_any, 0)
    return counted.drop(columns="marks").groupby(keys).sum()


def _bit_or(marks: int) -> int:
    """Stand for the aggregate that all engines have by that name; it is never called here."""
    raise NotImplementedError


def divisors(backend: Backend, kind: str, per: Per | None) -> pd.DataFrame:
    """Return what a rate is divided by in each period: working weeks, or what the metric counts.

    Columns: period, denominator. A period without any has no row.
    """
    calendar = backend.table("calendar")
    days, whole = calendar.filter(calendar.is_workday), float(DAYS_PER_WEEK)
    if per:
        rows = with_derived(per.subject, backend.table(f"accepted_{per.subject.name}"))
        if per.filter:
            rows = rows.filter(truth_of(per.subject, per.filter, rows, "per.filter"))
        on = day_of(value_of(per.subject, per.on, rows, "per.on"))
        days, whole = (
            rows.select(counted_on=on).join(calendar, [("counted_on", "date")]),
            per.divided_by,
        )
    counted = days.group_by(period=days[kind]).agg(denominator=days.count() / whole)
    return backend.execute(counted)
