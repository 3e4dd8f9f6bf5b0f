"""When cases took their steps, and how long each was in the stages between them, against a norm.

A stage is named after its ends, "approved-sent". Steps that the parameters do not map are skipped,
so that stages join what is known. Where the waits for others are known, a case's way is parted into
the time at work and the time in which it waited.

A day is numbered by the days of the unit before it. So the times of a case's stages add up to its
whole way, and a step taken on a closed day counts as taken on the next working day.
"""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import TYPE_CHECKING, cast

import pandas as pd

from kpi.definitions.kinds import Timed
from kpi.definitions.population import chosen, population
from kpi.engine import CALENDAR
from kpi.errors import DefinitionError, did_you_mean
from kpi.figures.cases import (
    accepted_tables,
    clocked,
    common_tables,
    identified,
    unit_of,
    waits_of,
)
from kpi.figures.clocks import waits_in_clock, with_numbers
from kpi.params import FINE_UNITS, Counting, Params
from kpi.sources.milestones import matches

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

    from kpi.definitions.subject import Subject, Waits


AT_WORK = "at_work"


def staged(params: Params, measured: list[str]) -> list[str]:
    """Return the measured metrics whose cases pass two stages or more, so that one can be named."""
    return [name for name in measured if len(stage_names(params, name)) > 1]


def is_parted_by_waits(params: Params, metric: str) -> bool:
    """Tell whether the stages of a metric are the time at work and the time of waiting."""
    definition = params.definition(metric)
    waits = definition.subject.waits if isinstance(definition, Timed) else None
    return waits is not None and waits.subject in params.report.sources


def waiting_stage(params: Params, metric: str) -> str:
    """Name the stage in which a metric's cases wait for somebody outside; else empty."""
    waits = timed(params, metric).subject.waits
    return waits.stage if waits else ""


def steps_of(params: Params, metric: str) -> tuple[str, ...]:
    """Return the steps that are known of a metric's cases, in their order: "received", ..."""
    definition = params.definition(metric)
    unit = unit_of(params.metrics[metric].counting_on(params.quarter.last_day))
    if not isinstance(definition, Timed) or not definition.steps or unit in FINE_UNITS:
        return ()
    source = params.report.sources.get(definition.subject.name)
    if source is None:
        return ()
    first, *between, last = definition.steps
    mapped = {*source.milestones, *(c.removesuffix("_at") for c in source.columns)}
    return (first, *(step for step in between if step in mapped), last)


def stage_names(params: Params, metric: str) -> tuple[str, ...]:
    """Return the stages of a metric, in their order; none where its steps are not known."""
    if is_parted_by_waits(params, metric):
        return AT_WORK, waiting_stage(params, metric)
    return tuple(f"{start}-{end}" for start, end in pairwise(steps_of(params, metric)))


def check_norms(params: Params, metric: str) -> None:
    """See that the norms of a metric are about its stages; else raise DefinitionError."""
    known = stage_names(params, metric) if params.metrics[metric].stages else ()
    for version in params.metrics[metric].stages:
        for stage in version.norms:
            if stage not in known:
                raise DefinitionError(
                    f"{metric}.stages gives norms for the stages that its cases pass.",
                    f'"{stage}"',
                    did_you_mean(stage, known),
                )


def make_steps(
    backend: Backend, params: Params, tables: dict[str, ir.Table], metric: str
) -> ir.Table:
    """Make the table `steps_<metric>`: one row for each case, and for each that came in uncounted.

    Columns: row_no, case_id, person, period (the reported one) and month (both null for cases that
    are not counted), outcome, unit, is_net (the clock stands still while a case waits for the
    citizen), is_open, <step>_on and <step>_no for each known step (null where it was not taken by
    `as_of`), as_of_no, due_on, due_no, left_on (when it was returned, if nothing followed),
    start_at, stop_at, and days_late: of late cases, the days of the unit from the due day to the
    last step, or to `as_of` of open ones; null for all others.
    """
    import ibis

    definition, steps = timed(params, metric), steps_of(params, metric)
    arrived = population(definition, tables)
    if definition.arrivals:
        arrived = chosen(definition, definition.arrivals, tables[definition.subject.name])
    arrived = clocked(definition, identified(definition, (), arrived), params.report.as_of)
    rows = arrived.select(
        "row_no", "case_id", "person", "start_at", "stop_at",
        is_open=arrived.stop_at.isnull() & ~arrived.is_done,
        **_days_of_steps(arrived, steps, params),
    )  # fmt: skip
    rows = _judged(rows, backend.table(f"cases_{metric}"), params, metric)
    rows = _with_left_on(backend, rows, params, definition)
    rows = _numbered(rows, backend.table(CALENDAR), params, steps)
    late = rows[f"{steps[-1]}_no"].coalesce(rows.as_of_no) + 1 - rows.due_no
    is_late = rows.outcome == "missed"
    eves = [*steps, "as_of", "due"]
    kept = [name for name in rows.columns if name not in eves]
    rows = rows.select(*kept, days_late=ibis.ifelse(is_late, late, ibis.null("int64")))
    return backend.create_table(f"steps_{metric}", rows, overwrite=True)


def timed(params: Params, metric: str) -> Timed:
    """Return the definition of a metric that has a clock."""
    return cast("Timed", params.definition(metric))


def _days_of_steps(
    rows: ir.Table, steps: tuple[str, ...], params: Params
) -> dict[str, ir.DateValue]:
    """Return the day of each step as known at the end of the day `as_of`."""
    import ibis

    first, *between, last = steps
    moments = {first: rows.start_at, **{s: rows[f"{s}_at"] for s in between}, last: rows.stop_at}
    days = {step: moment.date() for step, moment in moments.items()}
    as_of = params.report.as_of
    return {f"{s}_on": ibis.ifelse(day <= as_of, day, ibis.null("date")) for s, day in days.items()}


def _judged(rows: ir.Table, cases: ir.Table, params: Params, metric: str) -> ir.Table:
    """Add what became of each case, and how its stages are timed: in the unit of its quarter."""
    import ibis

    settings = params.metrics[metric]
    units = pd.DataFrame(
        [
            {"timed_in": str(quarter), "unit": _unit(settings.counting_on(quarter.last_day))}
            for quarter in params.quarters
        ]
    )
    net = [counting.version for counting in settings.counting if counting.clock == "net"]
    judged = cases.select(
        "month", "outcome", judged_no="row_no", period=params.quarter.kind,
        due_on=cases.due_at.date(),
        is_net=cases.version.isin(net) if net else ibis.literal(False),
    )  # fmt: skip
    joined = rows.left_join(judged, [("row_no", "judged_no")])
    joined = joined.left_join(ibis.memtable(units), [("period", "timed_in")])
    today = settings.counting_on(params.quarter.last_day)
    return joined.select(
        *rows.columns, "month", "outcome", "period", "due_on",
        unit=joined.unit.fill_null(_unit(today)),
        is_net=joined.is_net.fill_null(bool(today and today.clock == "net")),
    )  # fmt: skip


def units_of(params: Params, metric: str) -> set[str]:
    """Return the units in which the stages of the reported quarters are timed."""
    settings = params.metrics[metric]
    return {_unit(settings.counting_on(quarter.last_day)) for quarter in params.quarters}


def _unit(counting: Counting | None) -> str:
    by_column = bool(counting and counting.due and counting.due.column)
    return "working_days" if by_column else unit_of(counting)


def _with_left_on(backend: Backend, rows: ir.Table, params: Params, definition: Timed) -> ir.Table:
    """Add the day on which a case was returned, where no step of it followed."""
    import ibis

    returns = params.report.sources[definition.subject.name].returns
    if returns is None:
        return rows.mutate(left_on=ibis.null("date"))
    steps = backend.table(events_table(definition.subject))
    known = events_of(definition.subject, steps, params.report.as_of)
    last = known.group_by("case_id").agg(
        returned_at=known.happened_at.max(where=matches(known.step, returns)),
        last_at=known.happened_at.max(),
    )
    left = last.filter(last.returned_at == last.last_at)
    left = left.select(left_id="case_id", left_on=left.returned_at.date())
    return rows.left_join(left, [("case_id", "left_id")]).select(*rows.columns, "left_on")


def events_table(subject: Subject) -> str:
    """Name the table of the accepted steps of a subject's cases."""
    return f"accepted_{subject.steps.events if subject.steps else ''}"


def events_of(subject: Subject, steps: ir.Table, as_of: dt.date) -> ir.Table:
    """Return those of the steps that cases of a subject had taken by the end of a day.

    Columns: row_no, case_id, step and happened_at.
    """
    known = steps.filter(steps.happened_at.date() <= as_of)
    case_id = known[subject.key[0]].cast("string")
    return known.select("row_no", "step", "happened_at", case_id=case_id)


def has_events(params: Params, subject: Subject) -> bool:
    """Tell whether the steps of a subject's cases are among the sources, one a row."""
    source = params.report.sources[subject.name]
    events = subject.steps.events if subject.steps else ""
    return bool(source.milestones) and events in params.report.sources


def silent_after(params: Params, metric: str) -> int:
    """Return after how many days without a step an open case is silent; 0 where none are told."""
    definition = params.definition(metric)
    if not isinstance(definition, Timed) or not has_events(params, definition.subject):
        return 0
    return params.report.sources[definition.subject.name].silent_after or 0


def cases_with_a_step(
    backend: Backend, params: Params, metric: str, days: ir.Table
) -> ir.Table | None:
    """Return the cases that took a step lately by each day (column on_date); else they are silent.

    Columns: shown_id and on_date. None where the parameters do not say when a case is silent.
    """
    import ibis

    allowed = silent_after(params, metric)
    if not allowed:
        return None
    subject = timed(params, metric).subject
    events = events_of(subject, backend.table(events_table(subject)), params.report.as_of)
    taken = events.select(shown_id="case_id", taken_on=events.happened_at.date()).distinct()
    both = taken.cross_join(days)
    lately = (both.taken_on <= both.on_date) & (
        both.taken_on >= both.on_date - ibis.interval(days=allowed)
    )
    return both.filter(lately).select("shown_id", "on_date").distinct()


def _numbered(
    rows: ir.Table, calendar: ir.Table, params: Params, steps: tuple[str, ...]
) -> ir.Table:
    """Add the number of each day: of steps and `as_of` by the days before, of the due day by it."""
    import ibis

    a_day = ibis.interval(days=1)
    eves = {step: rows[f"{step}_on"] - a_day for step in steps}
    rows = rows.mutate(**eves, as_of=ibis.literal(params.report.as_of) - a_day, due=rows.due_on)
    return with_numbers(rows, calendar, *steps, "as_of", "due")


PASSED, RUNNING, AHEAD = "passed", "running", "ahead"
MISSING, DISORDERED = "missing", "disordered"
FROM_PARAMETERS, FROM_ON_TIME = "parameters", "on_time_median"


def make_stages(backend: Backend, params: Params, measured: list[str]) -> list[str]:
    """Make the tables `steps_<metric>` and `stages_<metric>` of the metrics returned.

    `stages_<metric>` has one row for each counted case and stage. Columns: row_no, case_id, person,
    period, month, outcome, unit, days_late (as in `steps_<metric>`), and

        place, stage   the stage, numbered in its order from 0
        state          passed, running (it had not ended by `as_of`), ahead (the case has not come
                       to it), missing (a day is not known) or disordered (it ended before it began)
        days           in the stage, in `unit`; until `as_of` while it runs; 0 ahead; null otherwise
        norm           the days allowed: by the parameters, else the median of the cases of the
                       quarter that were on time; null where there is neither
        norm_from      parameters or on_time_median
        excess         the days beyond the norm; null where either is not known. Waiting for the
                       citizen is no excess where the net time is judged
    """
    names = staged(params, measured)
    tables = accepted_tables(backend, params)
    for name in names:
        steps = make_steps(backend, params, tables, name)
        counted = steps.filter(steps.period.isin([str(quarter) for quarter in params.quarters]))
        if is_parted_by_waits(params, name):
            timed_stages = _by_waits(counted, params, tables, name)
        else:
            timed_stages = _between_steps(counted, steps_of(params, name))
        stages = _with_norms(timed_stages, params, name)
        backend.create_table(f"stages_{name}", stages, overwrite=True)
    return names


def tables_of_stages(params: Params, measured: list[str]) -> list[str]:
    """Name the tables in the engine that `make_stages`, and what is asked of stages, reads."""
    accepted = [f"accepted_{name}" for name in params.report.sources]
    cases = [f"cases_{name}" for name in staged(params, measured)]
    return [*accepted, *cases, *common_tables(params)]


def stages_of(backend: Backend, staged: list[str]) -> ir.Table:
    """Unite the tables `stages_<metric>`, with a column metric: one query counts them all."""
    import ibis

    return ibis.union(
        *(backend.table(f"stages_{name}").mutate(metric=ibis.literal(name)) for name in staged)
    )


def _row(rows: ir.Table, place: int, stage: str, state: ir.StringValue, days: ir.Value) -> ir.Table:
    import ibis

    return rows.select(
        "row_no", "case_id", "person", "period", "month", "outcome", "unit", "is_net", "days_late",
        place=ibis.literal(place, "int64"), stage=ibis.literal(stage), state=state,
        days=days.cast("int64"),
    )  # fmt: skip


def _between_steps(rows: ir.Table, steps: tuple[str, ...]) -> ir.Table:
    import ibis

    stages = []
    for place, (start, end) in enumerate(pairwise(steps)):
        began, ended = rows[f"{start}_no"], rows[f"{end}_no"]
        none_later = ibis.and_(*(rows[f"{step}_no"].isnull() for step in steps[place + 1 :]))
        is_on = rows.is_open & none_later
        state = ibis.cases(
            (rows[f"{end}_on"] >= rows[f"{start}_on"], PASSED),
            (rows[f"{end}_on"] < rows[f"{start}_on"], DISORDERED),
            (is_on & began.notnull(), RUNNING),
            (is_on & ibis.literal(place > 0), AHEAD),
            else_=MISSING,
        )
        days = ibis.cases(
            (state == PASSED, ended - began),
            (state == RUNNING, rows.as_of_no - began),
            (state == AHEAD, ibis.literal(0, "int64")),
        )
        stages.append(_row(rows, place, f"{start}-{end}", state, days))
    return ibis.union(*stages)


def _by_waits(rows: ir.Table, params: Params, tables: dict[str, ir.Table], metric: str) -> ir.Table:
    """Part the way of a case into the days that it waited for others, and those at work."""
    import ibis

    subject = timed(params, metric).subject
    first, last = steps_of(params, metric)
    periods = waits_of(subject, cast("Waits", subject.waits), tables)
    waited = ibis.union(
        *(
            waits_in_clock(
                rows.filter(rows.unit == unit), periods, tables[CALENDAR], unit, params.report.as_of
            )
            for unit in sorted(units_of(params, metric))
        )
    )
    deducted = waited.group_by(waited_by="row_no").agg(waited=waited.waited.sum())
    rows = rows.left_join(deducted, [("row_no", "waited_by")])
    began, ended = rows[f"{first}_no"], rows[f"{last}_no"]
    state = ibis.cases(
        (rows[f"{last}_on"] >= rows[f"{first}_on"], PASSED),
        (rows[f"{last}_on"] < rows[f"{first}_on"], DISORDERED),
        (rows.is_open & began.notnull(), RUNNING),
        else_=MISSING,
    )
    is_known = state.isin([PASSED, RUNNING])
    whole = ibis.ifelse(is_known, ended.coalesce(rows.as_of_no) - began, ibis.null("int64"))
    waiting = ibis.least(rows.waited.fill_null(0), whole)
    at_work = _row(rows, 0, AT_WORK, state, whole - waiting)
    return ibis.union(at_work, _row(rows, 1, waiting_stage(params, metric), state, waiting))


def _with_norms(stages: ir.Table, params: Params, metric: str) -> ir.Table:
    import ibis

    given = ibis.memtable(_given_norms(params, metric), schema=_NORMS)
    on_time = stages.filter((stages.outcome == "met") & (stages.state == PASSED))
    medians = on_time.group_by(median_of="period", median_at="stage").agg(
        median=on_time.days.quantile(0.5).cast("float64")
    )
    rows = stages.left_join(given, [("period", "given_of"), ("stage", "given_at")])
    rows = rows.left_join(medians, [("period", "median_of"), ("stage", "median_at")])
    norm = rows.given.coalesce(rows["median"])
    norm_from = ibis.cases(
        (rows.given.notnull(), FROM_PARAMETERS), (rows["median"].notnull(), FROM_ON_TIME)
    )
    beyond = ibis.cases(
        (rows.days.isnull() | norm.isnull(), ibis.null("float64")),
        (rows.is_net & (rows.stage == waiting_stage(params, metric)), ibis.literal(0.0)),
        (rows.days > norm, rows.days - norm),
        else_=ibis.literal(0.0),
    )
    kept = [name for name in stages.columns if name != "is_net"]
    return rows.select(*kept, norm=norm, norm_from=norm_from, excess=beyond)


_NORMS = {"given_of": "string", "given_at": "string", "given": "float64"}


def _given_norms(params: Params, metric: str) -> pd.DataFrame:
    settings = params.metrics[metric]
    rows = [
        (str(quarter), stage, days)
        for quarter in params.quarters
        for stage, days in settings.norms_on(quarter.last_day).items()
    ]
    return pd.DataFrame(rows, columns=list(_NORMS)).astype({"given": "float64"})
