"""The events of a log, each with its instant, its local date, its business position and its next.

Events are ordered by case, instant, declared sequence and row of the file, so that equal timestamps
come in the same order whatever the order in which the engine reads them.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd

from kpi.errors import ContractError, did_you_mean
from kpi.evaluate.flow.clock import Clock

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

EVENTS, STEPS, DAYS = "flow_events", "flow_steps", "flow_days"
NEEDED = ("case_id", "activity", "happened_at", "row_no")


def store_events(backend: Backend, log: ir.Table, clock: Clock, as_of: dt.date | None) -> None:
    """Store the usable events with their instants, positions and local dates.

    Columns of `flow_events`: case_id, activity, sequence (null throughout if the log has none),
    row_no, at (microseconds since 1970), position (business microseconds) and day (local date).
    Events without case, activity or timestamp, and those after the day `as_of`, are left out.

    Raises ContractError where a column is missing or has another type, or no event is left.
    """
    import ibis

    _check(log)
    usable = log.filter(is_usable(log))
    sequence = usable.sequence if "sequence" in log.columns else ibis.null("int64")
    events = usable.select("case_id", "activity", "row_no", sequence=sequence, at=_at(usable))
    if clock.local_timestamps:
        events = _from_wall_clock(backend, events, clock)
    backend.create_table(EVENTS, events, overwrite=True)
    events = backend.table(EVENTS)
    first, last = _span(backend, events)
    backend.create_table(DAYS, clock.days(first, last), overwrite=True)
    placed = _placed(events, backend.table(DAYS))
    if as_of:
        placed = placed.filter(placed.day <= as_of)
    backend.create_table(f"{EVENTS}_placed", placed, overwrite=True)


def events_of(backend: Backend) -> ir.Table:
    """Return the events that `store_events` stored."""
    return backend.table(f"{EVENTS}_placed")


def is_usable(log: ir.Table) -> ir.BooleanValue:
    """Tell the rows that have a case, an activity and a timestamp."""
    case, activity = log.case_id, log.activity
    named = case.notnull() & activity.notnull() & (case != "") & (activity != "")
    return named & log.happened_at.notnull()


def store_steps(backend: Backend) -> None:
    """Store each event beside the next one of its case: the two steps of all measures.

    Columns of `flow_steps`: case_id, activity, at, position, day, place (from 1 in the case),
    is_last, and next_activity, next_at, next_position, next_day, null after a case's last event;
    also what ties need: next_sequence and sequence.
    """
    import ibis

    events = events_of(backend)
    window = ibis.window(
        group_by=events.case_id, order_by=[events.at, events.sequence, events.row_no]
    )
    following = {
        f"next_{name}": events[name].lead().over(window)
        for name in ("activity", "at", "position", "day", "sequence")
    }
    steps = events.mutate(place=ibis.row_number().over(window) + 1, **following)
    backend.create_table(STEPS, steps, overwrite=True)


def _check(log: ir.Table) -> None:
    for name in NEEDED:
        if name not in log.columns:
            raise ContractError(
                "A log has a case, an activity, a timestamp and its row.",
                f"no column {name}",
                did_you_mean(name, log.columns),
            )
    kind = log.happened_at.type()
    if not kind.is_timestamp():
        raise ContractError("The timestamps of a log are instants.", f"the type {kind}")


def _at(log: ir.Table) -> ir.IntegerValue:
    """Return the timestamp in microseconds since 1970, as it is written."""
    import ibis

    moment = log.happened_at.cast("timestamp")
    return moment.delta(ibis.timestamp(1970, 1, 1, 0, 0, 0), unit="microsecond").cast("int64")


def _day_of(at: ir.IntegerValue) -> ir.DateValue:
    return (at // 1_000_000).as_timestamp("s").date()


def _from_wall_clock(backend: Backend, events: ir.Table, clock: Clock) -> ir.Table:
    """Turn wall-clock microseconds into instants, by the offset that held."""
    import ibis

    walls = events.mutate(wall_day=_day_of(events["at"]))
    span = backend.execute(walls.aggregate(first=walls.wall_day.min(), last=walls.wall_day.max()))
    if pd.isna(span.loc[0, "first"]):
        return events
    days = [pd.Timestamp(span.loc[0, end]).date() for end in ("first", "last")]
    backend.create_table("flow_offsets", clock.offsets(*days), overwrite=True)
    joined = walls.join(backend.table("flow_offsets"), "wall_day")
    offset = ibis.ifelse(joined["at"] >= joined.changes, joined.next_offset, joined.offset)
    return joined.select(
        "case_id", "activity", "row_no", "sequence", at=(joined["at"] - offset).cast("int64")
    )


def _span(backend: Backend, events: ir.Table) -> tuple[dt.date, dt.date]:
    found = backend.execute(events.aggregate(first=events["at"].min(), last=events["at"].max()))
    if pd.isna(found.loc[0, "first"]):
        raise ContractError(
            "A log has events with a case, an activity and a timestamp.",
            "none",
            "See whether the right columns were named.",
        )
    first, last = (
        pd.Timestamp(int(found.loc[0, end]), unit="us").date() for end in ("first", "last")
    )
    return first, last


def _placed(events: ir.Table, days: ir.Table) -> ir.Table:
    """Add position and local date, from the table of days."""
    import ibis

    joined = events.mutate(utc_day=_day_of(events["at"])).join(days, "utc_day")
    at = joined["at"]
    inside = [
        ibis.least(ibis.greatest(at - joined[f"opens_{n}"], 0), joined[f"open_{n}"]) for n in (1, 2)
    ]
    return joined.select(
        *events.columns,
        position=(joined.before + inside[0] + inside[1]).cast("int64"),
        day=ibis.ifelse(at < joined.changes, joined.local_day, joined.next_local_day),
    )
