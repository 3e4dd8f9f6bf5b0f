"""What releases tell of few persons: counts that are known to be few, and figures of one person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tests.disclosure.joint.reading import Reading

POSSIBLE = 5
"""Of so many numbers at least each count of persons must be one; nobody may be known as nobody."""


@dataclass(frozen=True)
class Finding:
    """What is told: a count of persons, and the smallest and largest number it can be."""

    what: str
    low: int
    high: int


def told(reading: Reading, *, try_hard: bool = True) -> list[Finding]:
    """Return the counts that are known to be few, or to be one of fewer numbers than they must.

    A count is told where it may be 1 to 4 and has fewer than `POSSIBLE` values, unless it is known
    to be nobody. With `try_hard` integer programs decide what propagation leaves in doubt.
    """
    solved = reading.known.solve()
    ranges = {what: solved.bounds(counted) for what, counted in reading.at_stake.items()}
    if try_hard:
        asked = [
            what
            for what, (low, high) in ranges.items()
            if low < POSSIBLE and high >= 1 and not _is_told(low, high)
        ]
        ranges |= solved.ranges({what: reading.at_stake[what] for what in asked}, POSSIBLE)
    return [Finding(what, *ends) for what, ends in ranges.items() if _is_told(*ends)]


def _is_told(low: int, high: int) -> bool:
    return high >= 1 and low < POSSIBLE and high - low + 1 < POSSIBLE


EXTREMES = ("max_days", "oldest_age_days", "oldest_age")
TAILS = {"p90_days": 0.1, "p90_age": 0.1}
"""Percentiles, and the share of cases beyond them."""
CASES = ("n", "queue")
NEARNESS = 32
"""Rounded counts are as near to the truth as this: in each of four offices up to four cases of each
of two outcomes are left over."""


def one_persons(frames: Mapping[str, pd.DataFrame]) -> list[str]:
    """Return the figures shown that are one person's, or tell what became of everyone of a part.

    An extreme is one person's time, and so is a percentile that few cases lie beyond. Where all of
    a part were late, everyone of it was.
    """
    return [
        f"{name} {' '.join(str(value) for value in list(row.values())[:5])}: {what}"
        for name, frame in frames.items()
        for row in frame.to_dict("records")
        for what in _of_one(name, {str(column): value for column, value in row.items()})
    ]


def _of_one(name: str, row: Mapping[str, Any]) -> Iterator[str]:
    for column in EXTREMES:
        if column in row and not pd.isna(row[column]):
            yield column
    cases = next((row[name] for name in CASES if name in row and not pd.isna(row[name])), None)
    if cases is None:
        return
    for column, beyond in TAILS.items():
        most = cases + NEARNESS if row.get("rounded_to", 1) > 1 else cases
        if column in row and not pd.isna(row[column]) and most * beyond < POSSIBLE:
            yield column
    is_part = name == "results" and (row["group"] or row["period_kind"] != "quarter")
    if is_part and cases and row["missed"] == cases:
        yield "all were late"
