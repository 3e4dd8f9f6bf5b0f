"""A release read as an attacker reads it: every count a number, every sum a relation.

The attacker knows how figures are made (README, the dictionary, the code), and reads the frames
that leave, for page, pictures, alternative texts, workbook and open data are made from them.
Numbers are named by frame, metric and so on; `tag` tells releases and units apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from tests.disclosure.joint.relations import Known, Name, Sum

OUTCOMES = ("met", "missed", "unknown")
COUNTS = {
    "results": ("n", *OUTCOMES, "not_yet_due", "open", "overdue"),
    "overlap": ("n", *OUTCOMES, "not_yet_due"),
    "outlook": ("decided", *OUTCOMES, "open_due"),
    "open_cases": ("n",),
    "stages": ("n",),
    "stage_months": ("n",),
    "stage_queues": ("queue",),
    "lateness": ("late", "total_late"),
    "counterfactual": ("n", *OUTCOMES, "on_time", "perhaps"),
    "circumstances": ("n", *OUTCOMES),
    "payment_runs": ("payments",),
    "step_paths": ("n", "cases"),
    "reached": ("cases",),
}
KEYS = {
    "results": ("metric", "period", "group"),
    "overlap": ("metric", "version", "period"),
    "outlook": ("metric", "period"),
    "open_cases": ("metric", "period", "band"),
    "stages": ("metric", "period", "stage", "outcome"),
    "stage_months": ("metric", "period", "stage"),
    "stage_queues": ("metric", "on_date", "stage"),
    "lateness": ("metric", "period", "stage"),
    "counterfactual": ("metric", "period", "stages", "runs"),
    "circumstances": ("metric", "period", "circumstance", "value"),
    "payment_runs": ("metric", "period", "step", "weekday"),
    "step_paths": ("metric", "period", "from_step", "to_step"),
    "reached": ("metric", "period", "step", "on_date"),
}
ANSWER = "what_if"
"""What numbers are called that an answer of what-if tells, beside those of frames."""
NOBODY = ("acute_duty", "phone_hours")
"""Metrics of the catalogue that count days and windows, not persons."""
Frames = Mapping[str, pd.DataFrame]
Row = Mapping[str, Any]


class Rows(list[Row]):
    """A frame's rows: a few at a time are read faster one by one than as a table."""

    def of(self, column: str) -> list[Any]:
        """Return the values of a column, row by row."""
        return [row[column] for row in self]

    def has(self, column: str) -> bool:
        """Tell whether there are rows with a column."""
        return bool(self) and column in self[0]

    def where(self, **values: str) -> Rows:
        """Return the rows that have these values."""
        return Rows(row for row in self if all(row[name] == values[name] for name in values))

    def parts(self, *by: str) -> Iterator[tuple[tuple[str, ...], Rows]]:
        """Yield the rows that agree in some columns, in their order."""
        found: dict[tuple[str, ...], Rows] = {}
        for row in self:
            found.setdefault(tuple(str(row[name]) for name in by), Rows()).append(row)
        yield from found.items()


Told = Mapping[str, Rows]


@dataclass
class Reading:
    """What releases tell together, and the numbers of persons that must not be told.

    `at_stake` names sums of numbers that count persons of one kind: each must be nobody, or be one
    of enough possible numbers. `shares` are the releases' metrics whose cases have outcomes. Of a
    rounded count (`rounded_to`) the attacker knows that one person in so many is there, and
    supposes that it is no further from the truth than `closeness`.
    """

    known: Known = field(default_factory=Known)
    at_stake: dict[str, dict[Name, int]] = field(default_factory=dict)
    shares: set[tuple[str, str]] = field(default_factory=set)
    closeness: int = 4

    def stake(self, said: str, counted: Sum) -> None:
        """Note a sum that counts persons of one kind."""
        self.at_stake[said] = dict(counted)

    def note_counts(self, frame: str, rows: Rows, tag: str) -> None:
        """Note every count of a frame's rows, shown or hidden."""
        for row in rows:
            key = tuple(str(row[name]) for name in KEYS[frame])
            for count in COUNTS[frame]:
                if count in row:
                    name = (tag, frame, *key, count)
                    self.known.number(name, *self._bounds(row, count))
                    self.stake(words(name), {name: 1})

    def compare(self, earlier: str, later: str) -> None:
        """Subtract a release from a later one of the same figures: who came, left or was corrected.

        Nothing is supposed of the difference but that it counts persons of one kind.
        """
        for name in list(self.known.low):
            if isinstance(name, tuple) and name[0] == later and name[1] in {*KEYS, ANSWER}:
                before = (earlier, *name[1:])
                if self.known.is_known(before):
                    self.stake(words(name, f"since {earlier}"), {name: 1, before: -1})

    def add_units(self, whole: str, units: Sequence[str]) -> None:
        """Note that the cases of units are those of a whole; a part without a row has none."""
        counted = [n for n in self.known.low if isinstance(n, tuple) and n[1:2]]
        for name in {name[1:] for name in counted if name[0] in {whole, *units}}:
            if name[0] in ("results", "stage_queues", "open_cases", ANSWER):
                parts = [(unit, *name) for unit in units if self.known.is_known((unit, *name))]
                if self.known.is_known((whole, *name)) and parts:
                    self.known.adds_up((whole, *name), parts)

    def _bounds(self, row: Mapping[Any, Any], count: str) -> tuple[int, ...]:
        """Return between which numbers a shown count lies; nothing where it is hidden."""
        value = row[count]
        if pd.isna(value):
            return ()
        shown, base = int(float(str(value))), row.get("rounded_to")
        if base is None or pd.isna(base) or int(float(str(base))) <= 1:
            return shown, shown
        return max(
            shown - self.closeness, -(-shown // int(float(str(base))))
        ), shown + self.closeness


def words(*parts: object) -> str:
    """Write a name as text."""
    told = (part if isinstance(part, tuple) else (part,) for part in parts)
    return " ".join(str(part) for one in told for part in one if part != "")


def rows_of(frame: pd.DataFrame) -> Rows:
    """Return the rows of a frame, whose keys have no nulls: null and empty are the same."""
    plain = frame.copy()
    for name in plain.columns:
        if any(name in keys for keys in KEYS.values()):
            plain[name] = plain[name].astype(object).where(plain[name].notna(), "")
    records = plain.astype(object).where(plain.notna(), None).to_dict("records")
    return Rows({str(name): value for name, value in row.items()} for row in records)
