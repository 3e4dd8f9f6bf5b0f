"""A report from a later extract with an early `as_of` is the one from the extract of that day.

A small office is drawn with everything that ever happened in it, and the extracts are what its
systems would have given out on a day. Undated facts (a cancellation, say) hold from the beginning:
no extract tells since when.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable
from typing import Any, NamedTuple

import pandas as pd
import pytest
import yaml

from kpi.definitions.metrics import METRICS
from kpi.definitions.subjects import SUBJECTS
from kpi.figures.bottlenecks import where_stuck
from kpi.figures.cases import measure
from kpi.figures.counting_changes import overlap
from kpi.figures.durations import open_cases
from kpi.figures.effect import effect
from kpi.figures.outlook import outlook
from kpi.figures.results import evaluate
from kpi.params import Params
from kpi.params.quarter_file import QuarterFile
from kpi.params.targets_file import TargetsFile
from kpi.periods import Period
from kpi.quality import check_tables
from tests.quality.extracts import read

QUARTER = Period(2019, 4)
EARLY, LATE = dt.date(2019, 7, 1), dt.date(2020, 3, 31)
A_DAY = dt.timedelta(days=1)
TARGETS = """
metrics:
  booked_conversations_per_caseworker_week:
    targets: [{direction: at_least, value: 2}]
  conversation_wait:
    counting: [{due: {days: 14}, quarter_by: stop}]
    targets: [{direction: at_least, value: 0.9}]
  conversations_within_10_days:
    counting:
      - {version: "1", due: {days: 10}, quarter_by: stop, valid_to: 2019-11-10}
      - {version: "2", due: {days: 7, unit: working_days}, quarter_by: stop, valid_from: 2019-11-11}
    targets: [{direction: at_least, value: 0.9}]
    groups: [office]
  phone_hours:
    targets: [{direction: at_least, value: 1.0}]
  acute_duty:
    targets: [{direction: at_least, value: 1.0}]
  application_time:
    counting: [{due: {days: 10, unit: working_days}, quarter_by: due, clock: net}]
    targets: [{direction: at_least, value: 1.0}]
  payments_on_time:
    counting: [{due: {column: due_at}, quarter_by: due}]
    targets: [{direction: at_least, value: 0.95}]
  action_plan_coverage:
    targets: [{direction: at_least, value: 1.0}]
  early_retirement_pension_time:
    targets: [{direction: at_most, baseline: previous}]
  conversations_per_working_week: {}
  action_plans_made: {}
  action_plan_follow_ups: {}
  persons_in_match_group_3: {}
"""
PAYMENT_STEPS = ("approved", "sent", "posted", "paid")


class Happened(NamedTuple):
    """A case: who, the day it began, and the days until what followed; null is never."""

    person: str
    day: dt.date
    lags: tuple[int | None, ...]
    kind: int

    def on(self, place: int) -> dt.date | None:
        """Return the day of what followed; nothing follows what never came."""
        days = 0
        for lag in self.lags[: place + 1]:
            if lag is None:
                return None
            days += lag
        return self.day + days * A_DAY


KINDS = ("conversations", "applications", "bills", "match_groups", "action_plans")
CASES = 12


def draw_office(chance: random.Random) -> dict[str, list[Happened]]:
    """Draw cases of each kind; of what may follow one in four never came."""
    days = (LATE - EARLY).days
    return {
        kind: [
            Happened(
                chance.choice(["ane", "bo", "carl", "dorthe"]),
                EARLY + chance.randrange(days) * A_DAY,
                tuple(chance.choice([None, *chance.sample(range(61), 3)]) for _ in range(4)),
                chance.randrange(4),
            )
            for _ in range(CASES)
        ]
        for kind in KINDS
    }


FIRST_CASE = Happened("ane", EARLY, (3, 4, 5, 6), 0)
DUTIES = ("casework", "acute_duty", "absent")


def extract(office: dict[str, list[Happened]], roster: list[str], day: dt.date) -> dict[str, str]:
    """Write what the systems give out on a day; plans reach beyond it, and may change."""

    def known(date: dt.date | None) -> str:
        return date.isoformat() if date and date <= day else ""

    def cases(name: str) -> Iterable[tuple[int, Happened]]:
        every = enumerate([FIRST_CASE, *office[name]])
        return ((place, one) for place, one in every if one.day <= day)

    def steps(one: Happened) -> list[str]:
        return [known(one.on(place)) for place in range(len(PAYMENT_STEPS))]

    conversations = [
        (place, one.person, known(one.day), known(one.on(0)), known(one.on(1)),
         ("booked", "home_visit", "acute", "booked")[one.kind],
         "held" if known(one.on(1)) else "open", ("north", "south")[one.kind % 2])
        for place, one in cases("conversations")
    ]  # fmt: skip
    applications = [
        (place, one.person, known(one.day), known(one.on(0)),
         ("granted" if one.kind else "withdrawn") if known(one.on(0)) else "",
         ("other", "other", "early_retirement_pension", "housing_benefit")[one.kind])
        for place, one in cases("applications")
    ]  # fmt: skip
    waits = [
        (place, known(one.day + one.kind * A_DAY), known(one.day + (one.kind + 4) * A_DAY))
        for place, one in cases("applications")
        if one.kind and one.day + one.kind * A_DAY <= day
    ]
    bills = [
        (place, one.person, "bill", known(one.day), one.day + 20 * A_DAY, *steps(one),
         "yes" if known(one.on(3)) else "no")
        for place, one in cases("bills")
    ]  # fmt: skip
    groups = [
        (one.person, ("3", "3", "2", "0")[one.kind], known(one.day),
         known(one.on(0)) or ("", "9999-12-31")[one.kind % 2])
        for _, one in cases("match_groups")
    ]  # fmt: skip
    plans = [
        (place, one.person, known(one.day), known(one.on(0)))
        for place, one in cases("action_plans")
    ]
    follow_ups = [
        (place, place, one.person, known(one.on(1)))
        for place, one in cases("action_plans")
        if known(one.on(1))
    ]
    days = [EARLY + number * A_DAY for number in range((LATE - EARLY).days)]
    duties = [
        ("abc", date, roster[number % len(roster)] if date <= day else "casework")
        for number, date in enumerate(days)
    ]
    windows = [
        (date, "09:00", 60, (60, 30, "")[number % 3] if date <= day else "")
        for number, date in enumerate(days)
    ]
    return {
        "conversations": _drawn("conversation_id citizen contact_at ordered_at held_at kind status"
                                " office", conversations),
        "applications": _drawn("application_id citizen received_at decided_at result kind",
                               applications),
        "application_waits": _drawn("application_id from_date to_date", waits),
        "bills": _drawn("bill_id citizen kind received_at due_at approved_at sent_at posted_at"
                        " paid_at is_paid", bills),
        "match_groups": _drawn("citizen match_group from_date to_date", groups),
        "action_plans": _drawn("plan_id citizen made_at closed_at", plans),
        "follow_ups": _drawn("follow_up_id plan_id citizen followed_up_at", follow_ups),
        "duty_roster": _drawn("caseworker date duty", duties),
        "phone_windows": _drawn("date from_time planned_minutes open_minutes", windows),
    }  # fmt: skip


def _drawn(header: str, rows: list[tuple[Any, ...]]) -> str:
    return "\n".join((header.replace(" ", "|"), *("|".join(map(str, row)) for row in rows)))


def report(tables: dict[str, str], as_of: dt.date) -> dict[str, pd.DataFrame]:
    """Return every frame of the figures that extracts give, as of a day."""
    columns = {
        name: {"file": "drawn", "columns": {c.name: c.name for c in SUBJECTS[name].columns}}
        for name in tables
    }
    described = {
        "quarter": str(QUARTER),
        "as_of": as_of,
        "history_from": "2019Q3",
        "organisation": {"name": "An office"},
        "calendar": {"country": "GL"},
        "sources": columns,
    }
    metrics = TargetsFile.model_validate(yaml.safe_load(TARGETS)).metrics
    params = Params(QuarterFile.model_validate(described), metrics)
    backend, context = read(tables, as_of=as_of)
    quiet: Any = {"no_rows_in_quarter": "note"}
    lenient: Any = {name: SUBJECTS[name].with_severities(quiet) for name in tables}
    override = "empty extracts are drawn as well"
    quality = check_tables(backend, lenient, context, quarter=QUARTER, docs=None, override=override)
    measured = measure(backend, params)
    results = evaluate(backend, params, measured)
    return {
        "results": results,
        "overlap": overlap(backend, params, measured),
        "outlook": outlook(backend, params, measured),
        "open_cases": open_cases(backend, params, measured),
        "effect": effect(backend, params, measured, results, quality.rules),
        **where_stuck(backend, params, measured),
    }


@pytest.mark.slow
def test_a_later_extract_tells_no_more() -> None:
    """Every frame, row for row: results, both ways of counting, stages, queues, doubt, outlook."""
    chance, as_of = random.Random(1), dt.date(2019, 11, 20)  # noqa: S311 - a drawn office
    office, roster = draw_office(chance), chance.choices(DUTIES, k=7)
    then = report(extract(office, roster, as_of), as_of)
    now = report(extract(office, roster, as_of + 40 * A_DAY), as_of)
    untold = {"circumstances", "step_paths"}  # no steps of a ledger are drawn
    assert {name for name, frame in then.items() if frame.empty} <= untold
    for name, frame in then.items():
        keys = [str(column) for column in frame if frame[column].dtype.kind not in "fi"]
        pd.testing.assert_frame_equal(
            now[name].sort_values(keys, ignore_index=True),
            frame.sort_values(keys, ignore_index=True),
            obj=name,
        )


def test_the_drawn_metrics_are_of_every_kind() -> None:
    """Each kind of metric that is counted is among them."""
    drawn = {type(METRICS[name]) for name in yaml.safe_load(TARGETS)["metrics"]}
    assert drawn == {type(one) for one in METRICS.values() if one.tables}
