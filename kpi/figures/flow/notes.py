"""What is odd in a log, counted: nothing is left out or guessed without being said."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Collection
from typing import TYPE_CHECKING

import pandas as pd

from kpi.figures.flow.events import names_of

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend


NOTE_COLUMNS = ["note", "name", "n"]
LONG = dt.timedelta(days=730)
LEFT_OUT = (
    "events_without_case",
    "events_without_activity",
    "events_without_timestamp",
    "events_after_as_of",
)


def left_out(backend: Backend, log: ir.Table, as_of: dt.date | None, kept: int) -> dict[str, int]:
    """Count the rows of a log by why they are no event; the first reason counts."""
    case = log.case_id.isnull() | (log.case_id == "")
    activity = log.activity.isnull() | (log.activity == "")
    found = backend.execute(
        log.aggregate(
            rows=log.count(),
            events_without_case=log.count(where=case),
            events_without_activity=log.count(where=activity & ~case),
            events_without_timestamp=log.count(where=log.happened_at.isnull() & ~activity & ~case),
        )
    ).iloc[0]
    counted = {name: int(found[name]) for name in LEFT_OUT[:3]}
    after = int(found["rows"]) - sum(counted.values()) - kept
    return counted | ({"events_after_as_of": after} if as_of else {})


def about_order(backend: Backend, steps: ir.Table) -> dict[str, int]:
    """Count equal timestamps, where their order decided a transition, and what decided it."""
    import ibis

    tie = (steps.wait == 0).fill_null(False)
    same_step = steps.activity_no == steps.next_activity_no
    matters = tie & ~same_step
    by_sequence = against = ibis.literal(False)
    if "sequence" in steps.columns:
        by_sequence = (steps.sequence != steps.next_sequence).fill_null(False)
        against = (steps.sequence > steps.next_sequence) & (steps.wait > 0)
    found = backend.execute(
        steps.aggregate(
            events=steps.count(),
            cases=steps.count(where=steps.place == 1),
            activities=steps.activity_no.nunique(),
            ties=steps.count(where=tie),
            ties_that_matter=steps.count(where=matters),
            ties_by_file_order=steps.count(where=matters & ~by_sequence),
            duplicate_events=steps.count(where=tie & same_step),
            events_against_sequence=steps.count(where=against.fill_null(False)),
        )
    )
    return {str(name): int(n) for name, n in found.iloc[0].items()}


def ending_before_start(backend: Backend, steps: ir.Table) -> dict[str, int]:
    """Count the cases whose last step in the declared sequence lies before their first."""
    if "sequence" not in steps.columns:
        return {}
    import ibis

    case = ibis.window(group_by=steps.case_no)
    marked = steps.mutate(low=steps.sequence.min().over(case), high=steps.sequence.max().over(case))
    ends = marked.group_by("case_no").agg(
        start=marked["at"].min(where=marked.sequence == marked.low),
        end=marked["at"].max(where=marked.sequence == marked.high),
    )
    found = backend.execute(ends.count(where=ends.end < ends.start))
    return {"cases_ending_before_start": int(found)}


def about_cases(backend: Backend, cases: ir.Table) -> dict[str, int]:
    """Count cases of one event, open cases, and those that took, or are open for, two years."""
    long = (cases.until_at - cases.first_at) >= LONG // dt.timedelta(microseconds=1)
    found = backend.execute(
        cases.aggregate(
            one_event_cases=cases.count(where=cases.events == 1),
            open_cases=cases.count(where=cases.is_open),
            long_cases=cases.count(where=long),
        )
    )
    return {str(name): int(n) for name, n in found.iloc[0].items()}


def going_on_after_end(
    backend: Backend, steps: ir.Table, ends: Collection[str] | None
) -> dict[str, int]:
    """Count the cases in which something follows a step that ends a case."""
    if ends is None:
        return {}
    names = names_of(backend)
    is_end = steps.activity_no.isin([number for number in names if names[number] in ends])
    follows = steps.next_activity_no.notnull() & steps.next_activity_no.notin(
        [number for number in names if names[number] in ends]
    )
    found = backend.execute(steps.filter(is_end & follows).case_no.nunique())
    return {"cases_going_on_after_end": int(found)}


def written_alike(backend: Backend, steps: ir.Table) -> pd.DataFrame:
    """List names that differ from a more frequent one by capitals, spaces or accents' code only."""
    counted = backend.execute(steps.group_by("activity_no").agg(n=steps.count()))
    counted["name"] = counted["activity_no"].map(names_of(backend))
    counted["alike"] = [_plain(name) for name in counted["name"]]
    counted = counted.sort_values(["n", "name"], ascending=[False, True])
    rarer = counted[counted.duplicated("alike")].sort_values("name")
    return rarer.assign(note="activity_written_alike")[NOTE_COLUMNS]


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def unknown_activities(
    backend: Backend, steps: ir.Table, known: Collection[str] | None
) -> pd.DataFrame:
    """List the activities that are not among the known ones, with their events."""
    if known is None:
        return pd.DataFrame(columns=NOTE_COLUMNS)
    names = names_of(backend)
    strange = steps.filter(steps.activity_no.isin([n for n in names if names[n] not in known]))
    found = backend.execute(strange.group_by(name="activity_no").agg(n=strange.count()))
    found["name"] = found["name"].map(names)
    return found.assign(note="unknown_activity").sort_values("name")[NOTE_COLUMNS]
