"""Under which circumstances cases were on time: the cases of a quarter parted in several ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from kpi.definitions.frames import CIRCUMSTANCES
from kpi.engine import CALENDAR, fetch
from kpi.figures.counts import IN_DENOMINATOR
from kpi.figures.drawn_cases import cases_in, with_stands_for
from kpi.figures.steps import events_of, events_table, steps_of, timed
from kpi.params import Params, Steps
from kpi.sources.milestones import matches

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

    from kpi.definitions.subject import Subject


_OUTCOMES = ("met", "missed", "unknown")
_AMOUNTS = ("amount", *(f"amount_{outcome}" for outcome in _OUTCOMES))
NOT_KNOWN = "unknown"
ALL, RETURNED, WEEKDAY, MONTH_END = "all", "returned", "weekday", "month_end"
LAST_WORKDAYS = 3


def make_circumstances(backend: Backend, params: Params, staged: list[str]) -> None:
    """Make the tables `circumstances_<metric>`: the cases in the denominator, and theirs."""
    for name in staged:
        backend.create_table(f"circumstances_{name}", _cases(backend, params, name), overwrite=True)


def circumstances(
    backend: Backend, params: Params, staged: list[str], drawn: ir.Table
) -> pd.DataFrame:
    """Count the drawn cases of each quarter by their circumstances. Not disclosed yet.

    One row per metric, quarter, circumstance and value; the values of a circumstance part the
    cases that are in the denominator:

        all             all
        the first step  in_time; too_late (fewer than `days_needed` working days before the due
                        day); after_due. Only where due dates come from the data
        the gate        by_due; after_due (the day of the step that the subject calls its gate
                        against the due day)
        returned        never; once; more (only where the parameters tell the steps of returns)
        weekday         1 (Monday) to 7, of the day of the gate
        month_end       last_three_workdays; other, of the day of the gate
        a group         its value

    and "unknown" where the date is missing. Values without a drawn case have no row. Columns: the
    frame CIRCUMSTANCES: counts of drawn cases, bounds of the share on time, and of all cases
    persons_ended (distinct, with a case that ended), median and 90th percentile of the days of the
    whole way of ended cases (in the unit of the stages); of the circumstance "all" the amounts by
    outcome, null where the subject has none, and persons_<outcome>.
    """
    if not staged:
        return CIRCUMSTANCES.empty
    parted = with_stands_for(_parted(backend, params, staged), drawn)
    rows = fetch(backend, _counted(parted))
    rows = rows[rows["n"] > 0]
    rows.loc[rows["circumstance"] != ALL, [*_AMOUNTS]] = None
    rows["lower"] = rows["met"] / rows["n"]
    rows["upper"] = (rows["met"] + rows["unknown"]) / rows["n"]
    kinds = [(name, kind) for name in staged for kind in circumstances_of(params, name)]
    rows["place"] = [
        kinds.index(kind) for kind in zip(rows["metric"], rows["circumstance"], strict=True)
    ]
    rows = rows.sort_values(["place", "period", "value"], ignore_index=True)
    return CIRCUMSTANCES.checked(rows.drop(columns="place"))


def circumstances_of(params: Params, metric: str) -> list[str]:
    """Name the circumstances that may be known of a metric's cases, in their order."""
    subject = timed(params, metric).subject
    gate = [subject.steps.gate_word] if subject.steps and subject.steps.gate else []
    first = steps_of(params, metric)[0]
    return [ALL, first, *gate, RETURNED, WEEKDAY, MONTH_END, *subject.groups]


def _parted(backend: Backend, params: Params, staged: list[str]) -> ir.Table:
    """Return the cases of all metrics as often as they have circumstances: one query counts all."""
    import ibis

    parts = []
    for name in staged:
        cases = backend.table(f"circumstances_{name}")
        parts += [
            cases.select(
                "row_no", "period", "person", "outcome", "whole", "amount",
                metric=ibis.literal(name),
                circumstance=ibis.literal(circumstance),
                value=cases[circumstance].fill_null(NOT_KNOWN),
            )
            for circumstance in circumstances_of(params, name)
            if circumstance in cases.columns
        ]  # fmt: skip
    return ibis.union(*parts)


def _cases(backend: Backend, params: Params, metric: str) -> ir.Table:
    """Return the cases in the denominator with a column for each circumstance that is known."""
    import ibis

    steps, subject = steps_of(params, metric), timed(params, metric).subject
    source = params.report.sources[subject.name]
    gate = subject.steps.gate if subject.steps and subject.steps.gate in steps else ""
    rows = backend.table(f"steps_{metric}")
    quarters = [str(quarter) for quarter in params.quarters]
    rows = rows.filter(rows.period.isin(quarters) & rows.outcome.isin(IN_DENOMINATOR))
    days = {f"{steps[0]}_on", f"{gate}_on"} & {*rows.columns}
    rows = rows.select(
        "row_no", "case_id", "person", "period", "outcome", "due_on", *sorted(days),
        all=ibis.literal("all"), whole=rows[f"{steps[-1]}_no"] - rows[f"{steps[0]}_no"],
    )  # fmt: skip
    rows = _with_own(backend, rows, subject, has_amount=subject.amount in source.columns)
    calendar = backend.table(CALENDAR)
    if any(counting.due and counting.due.column for counting in params.metrics[metric].counting):
        rows = _with_received(rows, calendar, steps[0], params.metrics[metric].days_needed)
    if gate and subject.steps:
        rows = _with_gate(rows, calendar, gate, subject.steps.gate_word)
    if source.returns:
        events = events_of(subject, backend.table(events_table(subject)), params.report.as_of)
        rows = _with_returned(rows, events, source.returns)
    return rows


def _with_own(backend: Backend, rows: ir.Table, subject: Subject, *, has_amount: bool) -> ir.Table:
    """Add the amount (null where there is none) and the groups."""
    import ibis

    table = backend.table(f"accepted_{subject.name}")
    amount = table[subject.amount] if has_amount else ibis.null("decimal(18, 2)")
    own = table.select("row_no", *subject.groups, amount=amount)
    return rows.join(own, "row_no")


def _with_received(rows: ir.Table, calendar: ir.Table, first: str, needed: int) -> ir.Table:
    """Tell the cases that came in with too few working days left, or after they were due."""
    import ibis

    came = calendar.select(came_on="date", came_index="workday_index")
    ends = calendar.select(ends_on="date", ends_index="workday_index")
    joined = rows.left_join(came, [(f"{first}_on", "came_on")])
    joined = joined.left_join(ends, [("due_on", "ends_on")])
    came_in = ibis.cases(
        (joined[f"{first}_on"].isnull() | joined.due_on.isnull(), NOT_KNOWN),
        (joined[f"{first}_on"] > joined.due_on, "after_due"),
        (joined.ends_index - joined.came_index < needed, "too_late"),
        else_="in_time",
    )
    return joined.select(*rows.columns, **{first: came_in})


def _with_gate(rows: ir.Table, calendar: ir.Table, gate: str, word: str) -> ir.Table:
    """Tell when cases passed the gate: by the due day, on which weekday, at the month's end."""
    import ibis

    months = calendar.group_by("month").agg(last_index=calendar.workday_index.max())
    days = calendar.join(months, "month").select(
        "last_index",
        index="workday_index",
        day_of="date",
        day=(calendar.date.day_of_week.index() + 1).cast("string"),
    )
    joined = rows.left_join(days, [(f"{gate}_on", "day_of")])
    day = joined[f"{gate}_on"]
    at_the_end = joined.last_index - joined.index < LAST_WORKDAYS
    return joined.select(
        *rows.columns,
        **{
            word: ibis.cases(
                (day <= joined.due_on, "by_due"),
                (day > joined.due_on, "after_due"),
                else_=NOT_KNOWN,
            ),
            WEEKDAY: joined.day.fill_null(NOT_KNOWN),
            MONTH_END: ibis.cases(
                (day.isnull(), NOT_KNOWN), (at_the_end, "last_three_workdays"), else_="other"
            ),
        },
    )


def _with_returned(rows: ir.Table, events: ir.Table, returns: Steps) -> ir.Table:
    """Tell how often a case was returned by `as_of`; returns in a row are one, passed on."""
    import ibis

    known = events.mutate(is_return=matches(events.step, returns))
    case = ibis.window(group_by=known.case_id, order_by=[known.happened_at, known.row_no])
    known = known.mutate(goes_on=known.is_return.lag().over(case).fill_null(False))
    anew = known.filter(known.is_return & ~known.goes_on)
    times = anew.group_by(returned_id=anew.case_id).agg(times=anew.count())
    joined = rows.left_join(times, [("case_id", "returned_id")])
    returned = ibis.cases(
        (joined.times.isnull(), "never"), (joined.times == 1, "once"), else_="more"
    )
    return joined.select(*rows.columns, returned=returned)


def _counted(rows: ir.Table) -> ir.Table:
    has_ended = rows.whole.notnull()
    by_outcome = {outcome: rows.outcome == outcome for outcome in _OUTCOMES}
    return rows.group_by("metric", "circumstance", "period", "value").agg(
        n=cases_in(rows),
        median_days=rows.whole.quantile(0.5),
        p90_days=rows.whole.quantile(0.9),
        amount=rows.amount.sum().cast("float64"),
        persons_ended=rows.person.nunique(where=has_ended),
        **{outcome: cases_in(rows, which) for outcome, which in by_outcome.items()},
        **{f"amount_{o}": _sum(rows.amount, which) for o, which in by_outcome.items()},
        **{f"persons_{o}": rows.person.nunique(where=which) for o, which in by_outcome.items()},
    )


def _sum(amount: ir.DecimalValue, which: ir.BooleanValue) -> ir.FloatingValue:
    """Add up the amounts of an outcome: none is zero, unless no amounts are known at all."""
    import ibis

    return ibis.ifelse(which, amount, amount - amount).sum().cast("float64")
