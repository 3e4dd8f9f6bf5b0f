"""The events of a log, each with its instant, its business position and the next of its case.

Events are ordered by case, instant, declared sequence and row of the file, so that equal timestamps
come in the same order whatever the order in which the engine reads them.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd

from kpi.errors import ContractError, did_you_mean
from kpi.figures.business_time import DAY, Clock, position

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend


STEPS, DAYS, ACTIVITIES = "flow_steps", "flow_days", "flow_activities"
OFFSETS = "flow_offsets"
_EVENTS_AT_ONCE = 10_000_000
NEEDED = ("case_id", "activity", "happened_at", "row_no")


def store_steps(backend: Backend, log: ir.Table, clock: Clock, as_of: dt.date | None) -> None:
    """Store each usable event beside the next one of its case: the two steps of all measures.

    Columns of `flow_steps`: case_no (row of the case's first event), activity_no (of
    `flow_activities`), at (microseconds since 1970), place (from 1 in the case); next_activity_no,
    wait (microseconds until the next event) and work (those inside office hours), null after a
    case's last event; also sequence and next_sequence, if the log has one. Events without case,
    activity or timestamp, and those after the day `as_of`, are left out. Numbers instead of texts,
    and everything in one pass: that is what makes it fast.

    Raises ContractError where a column is missing or has another type, or no event is left.
    """
    _check(log)
    usable = log.filter(is_usable(log))
    _store_activities(backend, usable)
    if clock.local_timestamps:
        _, *walls = _span(backend, usable.select(at=_at(usable)))
        backend.create_table(OFFSETS, clock.offsets(*walls), overwrite=True)
    count, *span = _span(backend, _timed(backend, usable, clock, as_of))
    days = clock.days(*span)
    backend.create_table(DAYS, days, overwrite=True)
    spells = 1 + int(days["open_2"].gt(0).any())
    parts = -(-count // _EVENTS_AT_ONCE) if backend.name == "duckdb" else 1
    for number, part in enumerate(_in_parts(usable, parts)):
        events = part.join(backend.table(ACTIVITIES), "activity")
        placed = _placed(_timed(backend, events, clock, as_of), backend.table(DAYS), spells)
        if number == 0:
            backend.create_table(STEPS, _steps(placed), overwrite=True)
        else:
            backend.insert(STEPS, _steps(placed))


def _in_parts(log: ir.Table, parts: int) -> list[ir.Table]:
    """Return the log in parts of whole cases, which an engine in one process sorts in memory.

    The hash is DuckDB's own: that of Ibis is turned into a signed number through a text of bits,
    which takes longer than all the rest of reading.
    """
    if parts == 1:
        return [log]
    import ibis

    engine_hash = ibis.udf.scalar.builtin(_hash, signature=((str,), "uint64"), name="hash")
    return [log.filter(engine_hash(log.case_id) % parts == part) for part in range(parts)]


def _hash(text: str) -> int:
    """Stand for the engine's function of that name; it is never called here."""
    raise NotImplementedError


def _timed(backend: Backend, log: ir.Table, clock: Clock, as_of: dt.date | None) -> ir.Table:
    """Add the instant `at`, and leave out what happened after the day `as_of`."""
    events = log.mutate(at=_at(log))
    if clock.local_timestamps:
        events = _from_wall_clock(backend, events)
    if as_of:
        events = events.filter(events["at"] < int(clock.local_days(as_of, as_of)["ends"].iloc[0]))
    return events


def _steps(events: ir.Table) -> ir.Table:
    import ibis

    declared = ["sequence"] if "sequence" in events.columns else []
    order = [events[name] for name in ("at", *declared, "row_no")]
    window = ibis.window(group_by=events.case_id, order_by=order)

    def following(name: str) -> ir.Column:
        return events[name].lead().over(window)

    return events.select(
        "activity_no",
        "at",
        *declared,
        case_no=events.row_no.first().over(window),
        place=ibis.row_number().over(window).cast("int32") + 1,
        wait=following("at") - events["at"],
        work=following("position") - events.position,
        **{f"next_{name}": following(name) for name in ("activity_no", *declared)},
    )


def names_of(backend: Backend) -> dict[int, str]:
    """Return the activities by their numbers."""
    found = backend.execute(backend.table(ACTIVITIES))
    return dict(zip(found["activity_no"], found["activity"], strict=True))


def _store_activities(backend: Backend, usable: ir.Table) -> None:
    """Store the names of activities in their order, with numbers: activity_no, activity."""
    names = sorted(backend.execute(usable.select("activity").distinct())["activity"])
    numbered = pd.DataFrame({"activity_no": pd.Series(range(len(names)), dtype="int32")})
    numbered["activity"] = pd.Series(names, dtype="str")
    backend.create_table(ACTIVITIES, numbered, overwrite=True)


def is_usable(log: ir.Table) -> ir.BooleanValue:
    """Tell the rows that have a case, an activity and a timestamp."""
    case, activity = log.case_id, log.activity
    named = case.notnull() & activity.notnull() & (case != "") & (activity != "")
    return named & log.happened_at.notnull()


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
    return moment.delta(ibis.timestamp("1970-01-01 00:00:00"), unit="microsecond").cast("int64")


def local_day(at: ir.IntegerValue, days: ir.Table) -> ir.DateValue:
    """Return the local date of an instant on the UTC day that a row of `flow_days` is about."""
    import ibis

    return ibis.ifelse(at < days.changes, days.local_day, days.next_local_day)


def midnight(at: ir.IntegerValue) -> ir.IntegerValue:
    """Return the instant at which the UTC day of an instant since 1970 begins."""
    return at - at % DAY


def _from_wall_clock(backend: Backend, events: ir.Table) -> ir.Table:
    """Turn wall-clock microseconds into instants, by the offset that held."""
    import ibis

    offsets = backend.table(OFFSETS)
    joined = events.join(offsets, midnight(events["at"]) == offsets.wall_day)
    offset = ibis.ifelse(joined["at"] >= joined.changes, joined.next_offset, joined.offset)
    return joined.mutate(at=(joined["at"] - offset).cast("int64")).select(events.columns)


def _span(backend: Backend, events: ir.Table) -> tuple[int, dt.date, dt.date]:
    """Return the number of events, and the UTC days of the first and the last."""
    at = events["at"]
    found = backend.execute(events.aggregate(n=events.count(), first=at.min(), last=at.max()))
    count, first, last = found.iloc[0]
    if not count:
        raise ContractError(
            "A log has events with a case, an activity and a timestamp.",
            "none",
            "See whether the right columns were named.",
        )
    days = [pd.Timestamp(int(end), unit="us").date() for end in (first, last)]
    return int(count), days[0], days[1]


def _placed(events: ir.Table, days: ir.Table, spells: int) -> ir.Table:
    """Add the business position, from the table of days and its spells of office hours."""
    joined = events.join(days, midnight(events["at"]) == days.utc_day)
    hours = [(joined[f"opens_{n}"], joined[f"open_{n}"]) for n in range(1, spells + 1)]
    return joined.mutate(position=position(joined["at"], joined.before, *hours))
