"""Shares of the same cases within ten days and within twenty tell of no few persons together."""

from __future__ import annotations

from itertools import product

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kpi.definitions.kinds import ShareWithinLimit
from kpi.definitions.shared_cases import sums_of
from kpi.definitions.subjects.applications import APPLICATIONS
from kpi.disclosure import Care, disclose
from kpi.params.targets_file import MetricParams
from tests.disclosure.careful import careful
from tests.disclosure.joint import Reading, read, told
from tests.disclosure.joint.frames import in_results
from tests.disclosure.test_attacker import MONTHS, QUARTER, THRESHOLD
from tests.disclosure.test_disclosure import frame, row
from tests.tried import tried

LIMITS = {"within_10": 10, "within_20": 20}
Took = tuple[int, int, int]
"""How many cases took up to ten days, up to twenty, and longer."""


def nested() -> Care:
    """Return the care of a report that has both shares."""
    metrics = [
        ShareWithinLimit(
            id=name, title=name, words=name, subject=APPLICATIONS, start="received_at",
            stop="decided_at",
        )
        for name in LIMITS
    ]  # fmt: skip
    counting = {"quarter_by": "start"}
    rules = {
        name: MetricParams.model_validate({"counting": [{"due": {"days": days}, **counting}]}).rule
        for name, days in LIMITS.items()
    }
    return careful(THRESHOLD, sums=sums_of(metrics, rules))


def results(cells: list[list[Took]]) -> pd.DataFrame:
    """Return both metrics of offices x months, of the months and of the quarter."""
    parts: dict[tuple[str, str], Took] = {}
    for (number, months), place in product(enumerate(cells), range(len(MONTHS))):
        for key in (
            (MONTHS[place], ""), (QUARTER, f"office={number}"), (QUARTER, ""),
        ):  # fmt: skip
            before = parts.get(key, (0, 0, 0))
            parts[key] = tuple(map(sum, zip(before, months[place], strict=True)))  # type: ignore[assignment]
    rows = []
    for (period, group), (soon, later, late) in parts.items():
        ten = row(period, soon, later + late, group=group)
        twenty = row(period, soon + later, late, group=group)
        rows += [ten | {"metric": "within_10"}, twenty | {"metric": "within_20"}]
    return frame(*rows)


def learned(shown: pd.DataFrame) -> list[str]:
    """Read both shares as an attacker who knows that the shorter limit lies in the longer one."""
    reading = read(Reading(), {"results": shown})
    for period, group in set(zip(shown["period"], shown["group"], strict=True)):
        less, more = (in_results("", name, period, group) for name in LIMITS)
        for count, first, second in (("met", less, more), ("missed", more, less)):
            reading.known.at_most((*first, count), (*second, count))
            between = {(*second, count): 1, (*first, count): -1}
            reading.stake(f"{count} between, {period} {group}", between)
        reading.known.relate({(*less, "n"): 1}, {(*more, "n"): 1})
    return [one.what for one in told(reading)]


took = st.tuples(st.integers(0, 20), st.integers(0, 9), st.integers(0, 9))


@settings(max_examples=tried(12))
@example(cells=[[(20, 3, 9)] * 3])
@example(cells=[[(20, 0, 9), (20, 2, 9), (20, 9, 2)], [(9, 7, 9), (20, 5, 9), (3, 9, 7)]])
@given(cells=st.lists(st.lists(took, min_size=3, max_size=3), min_size=1, max_size=2))
def test_no_difference_between_two_limits_tells_of_few(cells: list[list[Took]]) -> None:
    assert learned(disclose(results(cells), nested())) == []


def test_each_share_by_itself_would_tell() -> None:
    """Three persons took eleven to twenty days: either share alone is of many."""
    made = results([[(20, 1, 9)] * 3])
    alone = disclose(made, careful(THRESHOLD, sums=()))
    assert f"met between, {QUARTER} " in learned(alone)
    beside = disclose(made, nested())
    of_quarter = beside[(beside["period"] == QUARTER) & (beside["group"] == "")]
    assert sorted(of_quarter["suppressed"]) == ["", "secondary"]


@pytest.mark.parametrize(("late", "is_hidden"), [(17, True), (13, True), (15, False), (20, False)])
def test_what_may_be_nested_is_not_told_by_few(late: int, is_hidden: bool) -> None:
    """Clocks that start on other days: who is late by one of them may be so by the other."""
    one = row(QUARTER, 100 - 15, 15) | {"metric": "from_contact"}
    other = row(QUARTER, 100 - late, late) | {"metric": "from_order"}
    care = careful(THRESHOLD, sums=(), perhaps=(("from_contact", "from_order"),))
    shown = disclose(frame(one, other), care)
    assert sorted(shown["suppressed"]) == (["", "secondary"] if is_hidden else ["", ""])
    assert set(disclose(frame(one, other), careful(THRESHOLD, sums=()))["suppressed"]) == {""}
