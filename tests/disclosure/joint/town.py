"""Simulated small municipalities: their accepted tables, and what their reports show.

A municipality has 5 to 60 persons a quarter and subject, in two to four offices. Its rows are drawn
as accepted tables, so that a report's figures are made and disclosed in this process, without
extracts, notebooks and pages. Quarters are drawn each by itself: a report on many is many towns'.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from kpi.definitions.subject import IBIS_TYPES
from kpi.definitions.subjects import SUBJECTS
from kpi.disclosure import Care, protect, protect_all, released
from kpi.disclosure.published import Release, frames_stand, stand_as_published
from kpi.disclosure.units import beside_units
from kpi.engine import load_calendar
from kpi.figures.bottlenecks import where_stuck
from kpi.figures.cases import measure
from kpi.figures.counting_changes import overlap
from kpi.figures.durations import open_cases
from kpi.figures.outlook import outlook
from kpi.figures.results import evaluate
from kpi.params import Params
from kpi.params.quarter_file import QuarterFile
from kpi.params.targets_file import TargetsFile
from kpi.periods import Period
from tests.disclosure.careful import careful
from tests.drawn import GREENLAND

CARE = careful(5)
LAST = Period(2019, 4)
AS_OF = dt.date(2020, 1, 15)
METRICS = {
    "payments_on_time": "bills",
    "application_time": "applications",
    "early_retirement_pension_time": "applications",
    "conversations_within_10_days": "conversations",
}
STEPS = {"received": "Received", "approved": "Approved", "sent": "Sent", "posted": "Posted",
         "paid": "Paid"}  # fmt: skip
RETURNED = "Returned"
TARGETS: dict[str, Any] = {
    "payments_on_time": {
        "counting": [{"due": {"column": "due_at"}, "quarter_by": "due"}],
        "targets": [{"direction": "at_least", "value": 0.95}],
        "groups": ["office"],
        "stages": {
            "received-approved": 3, "approved-sent": 2, "sent-posted": 2, "posted-paid": 3,
        },
    },
    "application_time": {
        "counting": [{"due": {"days": 10, "unit": "working_days"}, "quarter_by": "due"}],
        "targets": [{"direction": "at_least", "value": 1.0}],
        "groups": ["office"],
    },
    "early_retirement_pension_time": {
        "targets": [{"direction": "at_most", "baseline": "previous"}],
    },
    "conversations_within_10_days": {
        "counting": [
            {"version": "1", "due": {"days": 14}, "valid_to": "2019-06-30"},
            {"version": "2", "due": {"days": 10}, "valid_from": "2019-07-01", "reason": "decided"},
        ],
        "targets": [{"direction": "at_least", "value": 0.9}],
    },
}  # fmt: skip
Tables = dict[str, pd.DataFrame]
Frames = dict[str, pd.DataFrame]
NOBODY_ELSE: Mapping[str, pd.DataFrame] = {}


@dataclass(frozen=True)
class Town:
    """The accepted rows of a municipality, and what it is called among the units."""

    tables: Tables
    first: Period
    unit: str = ""

    def part(self, unit: str, offices: Sequence[str]) -> Town:
        """Return the unit that has some of the offices; what belongs to its rows goes with them."""
        kept = {name: rows[rows["office"].isin(offices)] for name, rows in self.tables.items()}
        return Town(kept, self.first, unit)

    def corrected(self, rng: np.random.Generator, persons: int = 1) -> Town:
        """Return it as a later extract tells it: so many persons' cases ended some days later."""
        tables = {name: rows.copy() for name, rows in self.tables.items()}
        for name, moment in (("bills", "paid_at"), ("applications", "decided_at")):
            rows = tables.get(name)
            if rows is not None and len(rows):
                chosen = rows["citizen"].isin(rng.choice(rows["citizen"].unique(), persons))
                days = pd.to_timedelta(rng.integers(5, 30, len(rows)), unit="D")
                rows[moment] = rows[moment].where(~chosen, rows[moment] + days)
        return replace(self, tables=tables)


def draw(rng: np.random.Generator, metrics: Sequence[str], quarters: int = 2) -> Town:
    """Draw a municipality with cases of some metrics over so many quarters."""
    offices = [f"Office {letter}" for letter in "ABCD"[: int(rng.integers(2, 5))]]
    drawn = [LAST]
    while len(drawn) < quarters:
        drawn.insert(0, drawn[0].previous)
    tables: Tables = {}
    for name in {METRICS[metric] for metric in metrics}:
        tables |= _MAKERS[name](rng, drawn, offices)
    return Town(tables, drawn[0])


def _cases(
    rng: np.random.Generator, quarters: Sequence[Period], offices: Sequence[str]
) -> pd.DataFrame:
    """Draw persons with a case each, one in eight with another of theirs, and when each began."""
    parts = []
    for quarter in quarters:
        persons = [f"{quarter} p{number}" for number in range(int(rng.integers(5, 61)))]
        again = [person for person in persons if rng.random() < 1 / 8]
        cases, weights = len(persons) + len(again), rng.dirichlet(np.ones(len(offices)))
        days = rng.integers(-20, 80, cases)
        began = [_working_day(quarter.first_day + dt.timedelta(days=int(day))) for day in days]
        office = rng.choice(offices, cases, p=weights)
        parts.append(
            pd.DataFrame({"citizen": [*persons, *again], "office": office, "began": began})
        )
    return pd.concat(parts, ignore_index=True)


def _working_day(day: dt.date) -> dt.date:
    return day + dt.timedelta(days=max(0, 7 - day.isoweekday()) if day.isoweekday() > 5 else 0)


def _after(rng: np.random.Generator, days: pd.Series, mean: float) -> pd.Series:
    """Draw the next step of cases: some days later, none where it would lie after `as_of`."""
    waited = rng.geometric(1 / (1 + mean), len(days)) - 1
    later = days + pd.to_timedelta(waited, unit="D")
    later = later + pd.to_timedelta(
        np.where(later.dt.day_of_week > 4, 7 - later.dt.day_of_week, 0), "D"
    )
    return later.where(later.dt.date <= AS_OF)


def _bills(rng: np.random.Generator, quarters: Sequence[Period], offices: Sequence[str]) -> Tables:
    rows = _cases(rng, quarters, offices)
    days = {"received": pd.to_datetime(rows["began"])}
    for step, before, mean in (
        ("approved", "received", 2), ("sent", "approved", 1), ("posted", "sent", 1.5),
        ("paid", "posted", 2),
    ):  # fmt: skip
        days[step] = _after(rng, days[before], mean)
    due = days["received"] + pd.to_timedelta(rng.integers(5, 15, len(rows)), unit="D")
    paid = days["paid"].where(rng.random(len(rows)) > 0.05)
    bills = rows.assign(
        bill_id=[f"B{number}" for number in range(len(rows))], kind="bill", due_at=due,
        received_at=days["received"], approved_at=days["approved"], sent_at=days["sent"],
        posted_at=days["posted"], paid_at=paid, is_paid=days["paid"].notna(),
        is_cancelled=False, amount_dkk=np.round(rng.lognormal(7, 1, len(rows)), 2),
    )  # fmt: skip
    taken = days | {"paid": paid}
    steps = [
        bills[["bill_id", "office"]].assign(step=STEPS[step], happened_at=day)
        for step, day in taken.items()
    ]
    returned = bills[rng.random(len(bills)) < 0.15]
    back = returned["received_at"] + pd.Timedelta(hours=1)
    steps.append(returned[["bill_id", "office"]].assign(step=RETURNED, happened_at=back))
    joined = pd.concat(steps, ignore_index=True).dropna(subset=["happened_at"])
    return {"bills": bills.drop(columns="began"), "bill_steps": joined}


def _applications(
    rng: np.random.Generator, quarters: Sequence[Period], offices: Sequence[str]
) -> Tables:
    rows = _cases(rng, quarters, offices)
    received = pd.to_datetime(rows["began"])
    kind = rng.choice(["other", "early_retirement_pension"], len(rows), p=[0.7, 0.3])
    decided = _after(rng, received, 9)
    applications = rows.assign(
        application_id=[f"A{number}" for number in range(len(rows))], kind=kind,
        received_at=received, decided_at=decided, is_rollover=False, is_reassessment=False,
        result=decided.notna().map({True: "granted", False: None}),
    )  # fmt: skip
    waited = applications[rng.random(len(applications)) < 0.3]
    began = waited["received_at"] + pd.Timedelta(days=1)
    waits = waited[["application_id", "office"]].assign(
        from_date=began, to_date=_after(rng, began, 4)
    )
    return {"applications": applications.drop(columns="began"), "application_waits": waits}


def _conversations(
    rng: np.random.Generator, quarters: Sequence[Period], offices: Sequence[str]
) -> Tables:
    rows = _cases(rng, quarters, offices)
    contact = pd.to_datetime(rows["began"])
    ordered = _after(rng, contact, 1)
    held = _after(rng, ordered, 4)
    kind = rng.choice(["booked", "acute", "home_visit"], len(rows), p=[0.8, 0.12, 0.08])
    conversations = rows.assign(
        conversation_id=[f"C{number}" for number in range(len(rows))], kind=kind,
        contact_at=contact, ordered_at=ordered, held_at=held,
        status=np.where(held.notna(), "held", "open"),
    )  # fmt: skip
    return {"conversations": conversations.drop(columns="began")}


_MAKERS = {"bills": _bills, "applications": _applications, "conversations": _conversations}


def params_of(town: Town, metrics: Sequence[str], **disclosure: Any) -> Params:
    """Return the parameters of its report on these metrics."""
    sources: dict[str, Any] = {}
    for name in town.tables:
        columns = {c.name: c.name for c in SUBJECTS[name].columns if c.name in town.tables[name]}
        sources[name] = {"file": "drawn", "columns": columns}
    if "bills" in sources:
        made = {step: {"steps": [word], "take": "last"} for step, word in STEPS.items()}
        sources["bills"] |= {"returns": {"steps": [RETURNED]}, "milestones": made}
    report = QuarterFile.model_validate(
        {
            "quarter": str(LAST), "as_of": AS_OF, "history_from": str(town.first),
            "unit": town.unit, "organisation": {"name": "A town"}, "calendar": {"country": "GL"},
            "disclosure": {"units_by": "office"} | disclosure, "sources": sources,
        }
    )  # fmt: skip
    file = TargetsFile.model_validate({"metrics": {name: TARGETS[name] for name in metrics}})
    return Params(report, file.metrics)


def fill(backend: Any, town: Town) -> None:
    """Put its accepted rows into an engine, in place of those of another town."""
    load_calendar(backend, GREENLAND)
    for name, rows in town.tables.items():
        backend.create_table(f"accepted_{name}", typed(name, rows), overwrite=True)


def typed(name: str, rows: pd.DataFrame) -> pa.Table:
    """Return rows with all columns of their contract, numbered from 1."""
    columns: Mapping[str, pa.Array] = {
        column.name: _column(rows, column.name, IBIS_TYPES[column.type])
        for column in SUBJECTS[name].columns
    }
    return pa.table({**columns, "row_no": pa.array(range(1, len(rows) + 1), pa.int64())})


def _column(rows: pd.DataFrame, name: str, kind: str) -> pa.Array:
    types = {
        "date": pa.date32(), "timestamp": pa.timestamp("us"), "boolean": pa.bool_(),
        "float64": pa.float64(),
    }  # fmt: skip
    wanted = types.get(kind, pa.string())
    if name not in rows.columns:
        return pa.nulls(len(rows), wanted)
    values = rows[name]
    if kind == "date":
        values = pd.to_datetime(values).dt.date
    if kind.startswith("decimal"):
        return pa.array(values.astype(str)).cast(pa.decimal128(18, 2))
    return pa.array(values, wanted, from_pandas=True)


def figures(backend: Any, town: Town, metrics: Sequence[str], **disclosure: Any) -> Frames:
    """Return all frames of its report as they are worked out, before any is disclosed."""
    params = params_of(town, metrics, **disclosure)
    fill(backend, town)
    measured = measure(backend, params)
    return {
        "results": evaluate(backend, params, measured),
        "overlap": overlap(backend, params, measured, params.overlap_quarters),
        "outlook": outlook(backend, params, measured),
        "open_cases": open_cases(backend, params, measured),
        **where_stuck(backend, params, measured),
    }


def shown(
    made: Frames,
    before: Sequence[Release] = (),
    care: Care = CARE,
    unit: str = "",
    others: Mapping[str, pd.DataFrame] = NOBODY_ELSE,
) -> Frames:
    """Return the frames as they leave, beside earlier reports and the results of other units."""
    rest = dict(made)
    results = protect("results", rest.pop("results"), {}, care)
    results = beside_units(results, others, unit, care, set(METRICS))
    results = stand_as_published(results, made["results"], before, care)
    frames = frames_stand(protect_all(rest, {"results": results}, care), before, care.cycle)
    return {name: released(name, frame, synthetic=True) for name, frame in frames.items()}
