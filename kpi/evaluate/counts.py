"""Cases counted: one row per metric, period and group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from kpi.engine import fetch
from kpi.measure.cases import COUNTED
from kpi.params import Params

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

OUTCOMES = ("met", "missed", "not_yet_due", "unknown")
IN_DENOMINATOR = ("met", "missed", "unknown", COUNTED)
PERIOD_KINDS = ("quarter", "month", "week")
DAYS_PER_WEEK = 5
_COUNTED_BY = ("version", *PERIOD_KINDS, "person", "outcome", "days", "net_days")


def count_cases(backend: Backend, params: Params, measured: list[str]) -> pd.DataFrame:
    """Count the cases of the measured metrics.

    One row per metric x period x group, quarters with and without groups, months and weeks
    without. Columns: metric, version, period, period_kind, group ("" for all, else name=value),
    n (cases in the denominator), met, missed, not_yet_due, unknown, persons (distinct, of n) and
    persons_<outcome>; of ended cases median_days, p90_days, max_days, persons_timed (distinct), and
    median_net_days (null where no waits are known). Days are in the unit of the limit.
    """
    cases = _cases_of(backend, params, measured, _COUNTED_BY)
    counts = [counts_of(cases, kind) for kind in PERIOD_KINDS]
    for group in sorted({group for name in measured for group in params.metrics[name].groups}):
        parted = [name for name in measured if group in params.metrics[name].groups]
        columns = (*_COUNTED_BY, f"group_{group}")
        counts.append(counts_of(_cases_of(backend, params, parted, columns), "quarter", group))
    return pd.concat([fetch(backend, frame) for frame in counts], ignore_index=True)


def _cases_of(
    backend: Backend, params: Params, metrics: list[str], columns: Sequence[str]
) -> ir.Table:
    """Unite the cases of metrics in the quarters of the history: one query counts them all."""
    import ibis

    cases = ibis.union(
        *(
            backend.table(f"cases_{name}").select(*columns, metric=ibis.literal(name))
            for name in metrics
        )
    )
    return cases.filter(cases.quarter.isin([str(quarter) for quarter in params.quarters]))


def counts_of(cases: ir.Table, kind: str, group: str = "") -> ir.Table:
    """Count a table of cases by metric, period and version, and by the values of a group.

    Columns: those of `count_cases`.
    """
    import ibis

    keys = {"metric": cases.metric, "period": cases[kind], "version": cases.version}
    label = ibis.literal("")
    if group:
        keys["group_value"] = cases[f"group_{group}"]
        label = ibis.literal(f"{group}=")
    times = cases.group_by(**keys).agg(
        median_days=cases.days.quantile(0.5),
        p90_days=cases.days.quantile(0.9),
        max_days=cases.days.max(),
        median_net_days=cases.net_days.quantile(0.5),
    )
    counted = _persons_and_cases(cases, keys).inner_join(times, list(keys))
    shown = label + counted.group_value if group else label
    labelled = counted.mutate(group=shown, period_kind=ibis.literal(kind))
    return labelled.drop("group_value") if group else labelled


def _persons_and_cases(cases: ir.Table, keys: dict[str, ir.Value]) -> ir.Table:
    """Count cases and persons: the cases of each person first, then both in one pass.

    So an engine keeps one set of persons a period, not one for each outcome.
    """
    outcomes = (*OUTCOMES, COUNTED)
    of_each = cases.group_by(**keys, person=cases.person).agg(
        **{outcome: cases.count(where=cases.outcome == outcome) for outcome in outcomes},
        timed=cases.days.count(),
    )
    judged = sum((of_each[outcome] for outcome in IN_DENOMINATOR[1:]), of_each[IN_DENOMINATOR[0]])
    of_each = of_each.mutate(n=judged)
    persons = {
        f"persons_{name}" if name != "n" else "persons": of_each.person.count(
            where=of_each[name] > 0
        )
        for name in (*OUTCOMES, "n", "timed")
    }
    cases_too = {name: of_each[name].sum() for name in (*OUTCOMES, "n")}
    return of_each.group_by(*keys).agg(**cases_too, **persons)


def weeks_of(backend: Backend, kind: str, unit: str) -> pd.DataFrame:
    """Return the weeks in each period: working days / 5, or days of casework in the roster / 5.

    Columns: period, denominator (weeks). A period without any has no row.
    """
    calendar = backend.table("calendar")
    days = calendar.filter(calendar.is_workday)
    if unit == "per_caseworker_week":
        roster = backend.table("accepted_duty_roster")
        on_duty = roster.filter(roster.duty == "casework")
        days = on_duty.join(calendar, "date")
    weeks = days.group_by(period=days[kind]).agg(denominator=days.count() / DAYS_PER_WEEK)
    return backend.execute(weeks)
