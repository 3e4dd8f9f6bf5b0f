"""Reports of a whole and of its units, side by side, tell of no few persons."""

from __future__ import annotations

from itertools import permutations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.disclosure import disclose, released
from kpi.disclosure.units import beside_units, told_with_units
from tests.disclosure.careful import careful
from tests.disclosure.joint import Reading, read, told
from tests.disclosure.test_attacker import MONTHS, town
from tests.disclosure.test_disclosure import frame, row
from tests.tried import tried

THRESHOLD = 5
METRIC = "payments_on_time"
Frames = dict[str, pd.DataFrame]


def shown(made: Frames, order: tuple[str, ...]) -> Frames:
    """Return the results as their reports show them, made one after the other."""
    reports: Frames = {}
    for unit in order:
        alone = disclose(made[unit], careful(THRESHOLD))
        reports[unit] = beside_units(alone, reports, unit, careful(THRESHOLD), {METRIC})
    return {
        unit: released("results", rows.assign(as_published_in=""), synthetic=True)
        for unit, rows in reports.items()
    }


def units(north: tuple[int, int], south: tuple[int, int]) -> Frames:
    """Return the results of two units and of their whole: met and missed of the quarter."""
    whole = (north[0] + south[0], north[1] + south[1])
    return {
        unit: frame(row("2019Q4", *counts))
        for unit, counts in {"": whole, "north": north, "south": south}.items()
    }


@pytest.mark.parametrize("order", list(permutations(["", "north", "south"])))
def test_a_whole_less_a_unit_tells_nothing_of_the_other(order: tuple[str, ...]) -> None:
    """Two were missed in the south; whatever is published first, they cannot be worked out."""
    reports = shown(units((40, 12), (30, 2)), order)
    seen = {unit for unit, rows in reports.items() if rows["suppressed"].eq("").all()}
    assert len(seen) == 1
    assert "south" not in seen


def test_a_unit_without_a_report_is_protected_in_the_months_that_others_hide() -> None:
    """The whole less the south has 8, of which 6 came in the last month: 2 in the months before."""

    def report(*counts: int) -> pd.DataFrame:
        months = [row(month, met, 0) for month, met in zip(MONTHS, counts, strict=True)]
        return frame(row("2019Q4", sum(counts), 0), *months)

    reports = shown({"": report(6, 3, 14), "south": report(5, 2, 8)}, ("south", ""))
    in_both = reports["south"].merge(reports[""], on="period")
    seen = in_both[in_both[["n_x", "n_y"]].notna().all(axis=1)]
    assert set(seen["period"]) < {"2019Q4", MONTHS[-1]}


def test_units_without_a_whole_and_with_enough_each_stay_as_they_are() -> None:
    made = units((40, 12), (30, 2))
    assert set(shown(made, ("north", "south"))["north"]["suppressed"]) == {""}
    reports = shown(units((40, 12), (30, 9)), ("", "north", "south"))
    assert all(rows["suppressed"].eq("").all() for rows in reports.values())


def test_reports_made_at_the_same_time_are_told_when_one_is_published() -> None:
    made = units((40, 12), (30, 2))
    alone = {unit: disclose(rows, careful(THRESHOLD)) for unit, rows in made.items()}
    others = {unit: rows for unit, rows in alone.items() if unit}
    assert told_with_units(alone[""], others, "", careful(THRESHOLD), {METRIC}) == 1
    assert told_with_units(alone[""], others, "", careful(THRESHOLD), set()) == 0
    assert told_with_units(alone[""], others, "", careful(1), {METRIC}) == 0


def _added(cells: tuple[tuple[int, int, int], ...]) -> tuple[int, int, int]:
    met, missed, unknown = (sum(counts) for counts in zip(*cells, strict=True))
    return met, missed, unknown


cell = st.tuples(st.integers(0, 20), st.integers(0, 7), st.integers(0, 1))
offices = st.lists(st.lists(cell, min_size=3, max_size=3), min_size=2, max_size=2)


@settings(max_examples=tried(25), deadline=None)
@given(st.lists(offices, min_size=2, max_size=3), st.permutations(range(4)))
def test_no_attacker_learns_of_few_by_any_order(
    parts: list[list[list[tuple[int, int, int]]]], order: list[int]
) -> None:
    """Offices and months of each unit, the same ones in the whole."""
    made = {f"unit {number}": town(cells) for number, cells in enumerate(parts)}
    made[""] = town(
        [[_added(same) for same in zip(*one, strict=True)] for one in zip(*parts, strict=True)]
    )
    names = [list(made)[place] for place in order if place < len(made)]
    reports = shown(made, tuple(names))
    reading = Reading()
    for unit, rows in reports.items():
        read(reading, {"results": rows}, unit or "whole")
    reading.add_units("whole", [unit for unit in reports if unit])
    found = [one for one in told(reading) if "results" in one.what]
    assert found == [], MONTHS
