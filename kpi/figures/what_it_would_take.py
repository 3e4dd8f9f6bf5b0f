"""What it would take: the share on time had a stage, or two, kept their norm.

In a late case the time in the chosen stages is cut to their norms, all that follows moves up, and
the case is judged again. Cases on time stay so, unknown ones stay unknown. Two readings differ in
what becomes of steps that happen in runs (kpi.figures.paths): "free" lets them move up by
as many days, "kept" only to an earlier run, save for the run that a chosen stage itself waits for.

Where a stage's time is not known, a case is bounded: at most the days that its known stages leave
over could have been saved. Of an open case nobody knows how long the rest of its way takes. Cases
that might have been on time count as unknown, between `lower` and `upper`.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import pandas as pd

from kpi.definitions.frames import COUNTERFACTUAL
from kpi.definitions.kinds import Duration
from kpi.engine import CALENDAR
from kpi.figures.clocks import with_numbers
from kpi.figures.counts import IN_DENOMINATOR
from kpi.figures.drawn_cases import STANDS_FOR, cases_in, with_stands_for
from kpi.figures.paths import next_runs
from kpi.figures.steps import DISORDERED, RUNNING, is_parted_by_waits, stage_names, steps_of
from kpi.params import Params

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend


FREE, KEPT = "free", "kept"
_MORE_THAN_ANY = 1_000_000


def counterfactual(
    backend: Backend,
    params: Params,
    staged: list[str],
    runs: pd.DataFrame,
    drawn: ir.Table,
) -> pd.DataFrame:
    """Judge each quarter again as if stages had kept their norm. Not disclosed yet.

    One row per metric with a limit, quarter, stages ("" as it was, then each stage, then each pair
    "first-second+second-third") and runs (free, kept). `runs` are those of `runs_of`. Columns: the
    frame COUNTERFACTUAL: the drawn late cases that would be on time (on_time), or might be
    (perhaps), and lower and upper bound of the share on time: as it was, and these.
    """
    frames = [COUNTERFACTUAL.empty]
    for name in staged:
        if isinstance(params.definition(name), Duration):
            continue
        as_it_was = backend.execute(_as_it_was(backend, params, name)).set_index("period")
        if len(as_it_was):
            choices = _choices(stage_names(params, name))
            moved = _moved(backend, params, name, choices, runs, drawn)
            frames.append(_judged(as_it_was, moved, choices).assign(metric=name))
    return COUNTERFACTUAL.checked(pd.concat(frames[1:] or frames, ignore_index=True))


def _choices(stages: tuple[str, ...]) -> pd.DataFrame:
    """Return the stages to be chosen: each, and each pair; kept_<place> tells which are."""
    chosen = [*combinations(stages, 1), *combinations(stages, 2)]
    return pd.DataFrame(
        {
            "stages": ["+".join(names) for names in chosen],
            **{f"in_{i}": [s in names for names in chosen] for i, s in enumerate(stages)},
        }
    )


def _as_it_was(backend: Backend, params: Params, metric: str) -> ir.Table:
    cases = backend.table(f"cases_{metric}")
    kind, periods = params.quarter.kind, [str(period) for period in params.quarters]
    cases = cases.filter(cases[kind].isin(periods) & cases.outcome.isin(IN_DENOMINATOR))
    return cases.group_by(period=cases[kind]).agg(
        n=cases.count(),
        **{outcome: (cases.outcome == outcome).sum() for outcome in ("met", "missed", "unknown")},
    )


def _moved(
    backend: Backend,
    params: Params,
    metric: str,
    choices: pd.DataFrame,
    runs: pd.DataFrame,
    drawn: ir.Table,
) -> pd.DataFrame:
    """Count the drawn late cases that would, or might, be on time, for each choice and reading."""
    import ibis

    stages = stage_names(params, metric)
    late = with_stands_for(_late_cases(backend, metric, len(stages)), drawn, metric)
    rows = late.filter(late[STANDS_FOR] > 0).cross_join(ibis.memtable(choices))
    steps = () if is_parted_by_waits(params, metric) else steps_of(params, metric)[1:]
    no_runs = [pd.DataFrame()] * len(stages)
    cycle = params.quarter.cycle
    found = [next_runs(backend, runs, metric, step, cycle) for step in steps] or no_runs
    calendar = backend.table(CALENDAR)
    free = kept = backend.execute(_judged_again(rows, calendar, no_runs))
    if any(len(run) for run in found):
        kept = backend.execute(_judged_again(rows, calendar, found))
    return pd.concat([free.assign(runs=FREE), kept.assign(runs=KEPT)])


def _late_cases(backend: Backend, metric: str, count: int) -> ir.Table:
    """Return one row a late case with, of each stage, its days, the days saved and its norm."""
    stages = backend.table(f"stages_{metric}")
    late = stages.filter(stages.outcome == "missed")
    columns = {}
    for place in range(count):
        here = late.place == place
        columns[f"days_{place}"] = late.days.max(where=here).cast("float64")
        columns[f"saved_{place}"] = late.excess.max(where=here)
        columns[f"norm_{place}"] = late.norm.max(where=here)
        columns[f"runs_on_{place}"] = (here & (late.state == RUNNING)).any()
    wide = late.group_by("period", "row_no").agg(
        gaps=late.excess.isnull().sum(),
        disordered=(late.state == DISORDERED).any(),
        known_days=late.days.sum().cast("float64"),
        **columns,
    )
    steps = backend.table(f"steps_{metric}")
    first = next(name for name in steps.columns if name.endswith("_no") and name != "row_no")
    cases = steps.select(
        "period", "row_no", "unit", "is_open", "days_late", start_no=steps[first],
        whole=steps.days_late + steps.due_no - 1 - steps[first],
    )  # fmt: skip
    return wide.join(cases, ["period", "row_no"])


def _judged_again(rows: ir.Table, calendar: ir.Table, runs: list[pd.DataFrame]) -> ir.Table:
    """Count by choice the cases that are on time once the days saved are taken off."""
    import ibis

    places = range(len(runs))
    chosen = {p: rows[f"in_{p}"] for p in places}
    saved = sum(
        (ibis.ifelse(chosen[p], rows[f"saved_{p}"].fill_null(0.0), 0.0) for p in places),
        start=ibis.literal(0.0),
    )
    left_over = ibis.ifelse(rows.disordered, rows.whole, rows.whole - rows.known_days)
    left_over = left_over.fill_null(_MORE_THAN_ANY)
    hidden = ibis.greatest(
        ibis.literal(0.0),
        *(
            ibis.ifelse(
                chosen[p] & rows[f"saved_{p}"].isnull(),
                left_over - rows[f"norm_{p}"].fill_null(0.0),
                0.0,
            )
            for p in places
        ),
    )
    last_runs_on = chosen[places[-1]] & rows[f"runs_on_{places[-1]}"] & (len(runs) > 1)
    rows = rows.mutate(saved=saved, at_most=saved + hidden, ends=~rows.is_open | last_runs_on)
    rows = rows.mutate(sure=rows.saved, is_certain=rows.ends)
    if any(len(run) for run in runs):
        rows = _with_runs(rows, calendar, runs)
        rows = rows.mutate(is_certain=rows.ends & (rows.gaps == 0))
    in_time = ((rows.sure > 0) & (rows.sure >= rows.days_late)).fill_null(False)
    is_met = in_time & rows.is_certain
    might = (rows.at_most > 0) & (rows.at_most >= rows.days_late)
    bounded = might & ((rows.gaps > 0) | ~rows.ends)
    rows = rows.mutate(is_met=is_met, is_bounded=bounded & ~is_met)
    return rows.group_by("period", "stages").agg(
        on_time=cases_in(rows, rows.is_met),
        perhaps=cases_in(rows, rows.is_bounded),
    )


def _with_runs(rows: ir.Table, calendar: ir.Table, runs: list[pd.DataFrame]) -> ir.Table:
    """Let each step that happens in runs move up to an earlier run only; `sure` is what is left."""
    import ibis

    rows = rows.mutate(was=rows.start_no.cast("float64"), now=rows.start_no.cast("float64"))
    for place, run in enumerate(runs):
        chosen, days = rows[f"in_{place}"], rows[f"days_{place}"]
        cut = ibis.ifelse(chosen, days - rows[f"saved_{place}"], days)
        rows = rows.mutate(was=rows.was + days, now=rows.now + cut)
        if len(run):
            table = _numbered(ibis.memtable(run), calendar)
            rows = rows.mutate(step_no=rows.now.ceil().cast("int64"))
            rows = rows.left_join(table, ["unit", "step_no"])
            rows = rows.drop("unit_right", "step_no_right")
            later = ibis.least(rows.run_no.cast("float64").coalesce(rows.was), rows.was)
            now = ibis.ifelse(rows[f"in_{place}"], rows.now, later)
            rows = rows.mutate(now=now).drop("step_no", "run_no")
    return rows.mutate(sure=rows.was - rows.now)


def _numbered(run: ir.Table, calendar: ir.Table) -> ir.Table:
    """Number the days of `next_runs` as steps are numbered, in either unit."""
    import ibis

    a_day = ibis.interval(days=1)
    units = ibis.memtable(pd.DataFrame({"unit": ["working_days", "calendar_days"]}))
    eves = run.select(day=run.date.cast("date") - a_day, run=run.next_on.cast("date") - a_day)
    numbered = with_numbers(eves.cross_join(units), calendar, "day", "run")
    return numbered.group_by("unit", step_no=numbered.day_no).agg(run_no=numbered.run_no.min())


def _judged(as_it_was: pd.DataFrame, moved: pd.DataFrame, choices: pd.DataFrame) -> pd.DataFrame:
    """Return what has moved with each choice, and the share as it was and with that."""
    readings = [(stages, runs) for stages in ("", *choices["stages"]) for runs in (FREE, KEPT)]
    index = pd.MultiIndex.from_tuples(
        [(period, *reading) for period in sorted(as_it_was.index) for reading in readings],
        names=["period", "stages", "runs"],
    )
    rows = moved.set_index(["period", "stages", "runs"]).reindex(index).fillna(0).astype("int64")
    rows = rows.join(as_it_was, on="period")
    rows["lower"] = (rows["met"] + rows["on_time"]) / rows["n"]
    at_most = rows[["met", "unknown", "on_time", "perhaps"]].sum(axis=1)
    rows["upper"] = at_most / rows["n"]
    return rows.drop(columns=list(as_it_was.columns)).reset_index()
