"""While a quarter runs: how likely its target is, from what is decided and what is not."""

from __future__ import annotations

import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kpi.definitions.frames import OUTLOOK
from kpi.disclosure import protect
from kpi.figures.cases import measure
from kpi.figures.outlook import Past, chance_of, outlook
from kpi.figures.results import Goal
from kpi.params import Params
from kpi.params.quarter_file import QuarterFile
from kpi.params.targets_file import TargetsFile
from tests.disclosure.careful import careful
from tests.drawn import connect

HALF = Goal(0.5, "at_least")
EVEN = Past(met=10, not_met=10, joined=0, quarters=4)

# As of 30 November 31 days of the quarter are left; on 30 August so many were left of the third.
BILLS = """
    bill_id                      | received_at | due_at     | paid_at
    third, paid before           | 2019-07-01  | 2019-07-20 | 2019-07-19
    third, late before           | 2019-07-01  | 2019-07-20 | 2019-09-19
    third, due that day, late    | 2019-08-20  | 2019-08-30 | 2019-08-31
    third, open, late            | 2019-08-20  | 2019-09-10 | 2019-09-20
    third, came later, on time   | 2019-08-31  | 2019-09-25 | 2019-09-24
    third, came later, late      | 2019-09-06  | 2019-09-26 | 2019-10-24
    third, came later, never     | 2019-09-06  | 2019-09-30 |
    fourth, paid                 | 2019-10-01  | 2019-10-20 | 2019-10-19
    fourth, also paid            | 2019-10-01  | 2019-12-20 | 2019-10-19
    fourth, late                 | 2019-10-01  | 2019-10-20 |
    fourth, open                 | 2019-11-01  | 2019-12-31 |
    fourth, open and due today   | 2019-11-01  | 2019-11-30 |
    open, but due next year      | 2019-11-01  | 2020-01-01 |
"""
PAYMENTS = """
    metrics:
      payments_on_time:
        counting: [{due: {column: due_at}, quarter_by: due}]
        targets: [{direction: at_least, value: 0.5}]
"""
THIRD_QUARTER = Past(met=1, not_met=3, joined=3, quarters=1)


def parameters(targets: str = PAYMENTS, as_of: str = "2019-11-30") -> Params:
    """Return parameters of 2019Q4 as the two files would give them."""
    report = QuarterFile.model_validate(
        {
            "quarter": "2019Q4",
            "as_of": as_of,
            "history_from": "2019Q1",
            "organisation": {"name": "A town"},
            "calendar": {"country": "GL"},
            "disclosure": {"hide_persons_below": 0},
            "sources": {"bills": {"file": "drawn"}, "conversations": {"file": "drawn"}},
        }
    )
    return Params(report, TargetsFile.model_validate(yaml.safe_load(targets)).metrics)


def seen(params: Params, **tables: str) -> pd.DataFrame:
    """Return the outlook on drawn tables."""
    nothing = {"bills": "bill_id", "conversations": "conversation_id"}
    backend, _ = connect(nothing | tables)
    return outlook(backend, params, measure(backend, params))


@pytest.mark.parametrize(
    ("met", "not_met", "undecided", "needed", "chance"),
    [
        (60, 20, 40, 0, 1.0),
        (20, 62, 40, None, 0.0),
        (0, 0, 5, 3, 0.5),
        (10, 10, 7, 4, 0.5),
        (10, 10, 0, 0, 1.0),
        (9, 10, 0, None, 0.0),
    ],
)
def test_certain_yes_certain_no_and_even(
    met: int, not_met: int, undecided: int, needed: int | None, chance: float
) -> None:
    """Half of all cases wanted, half of the past undecided ones met."""
    found, likely = chance_of(HALF, met, not_met, undecided, EVEN)
    assert found == needed
    assert likely == pytest.approx(chance)


def test_the_last_case_decides() -> None:
    """One open case, which must be met: its chance is the past rate, with half a case each way."""
    needed, chance = chance_of(HALF, 1, 2, 1, Past(met=7, not_met=1, joined=0, quarters=4))
    assert needed == 1
    assert chance == pytest.approx(7.5 / 9, abs=0.005)


def test_a_rate_from_few_cases_is_less_sure() -> None:
    """The same rate in the past, seen in 10 cases and in 1,000; a little less is wanted now."""
    goal = Goal(0.85, "at_least")
    few, many = (chance_of(goal, 0, 0, 200, Past(n * 9, n, 0, 4))[1] for n in (1, 100))
    assert few is not None
    assert many is not None
    assert few < 0.8
    assert many > 0.95


def test_without_cases_or_without_a_past_there_is_no_chance() -> None:
    """Null is not zero."""
    assert chance_of(HALF, 0, 0, 0, EVEN) == (None, None)
    assert chance_of(HALF, 5, 5, 5, Past(0, 0, 0, 0)) == (None, None)


COUNTS = st.integers(0, 60)


@given(COUNTS, COUNTS, COUNTS, COUNTS, COUNTS, st.floats(0, 1))
def test_one_more_met_case_never_lowers_the_chance(
    met: int, not_met: int, undecided: int, past_met: int, past_not_met: int, value: float
) -> None:
    """And a chance lies between 0 and 1."""
    goal, past = Goal(value, "at_least"), Past(past_met, past_not_met, 0, 4)
    _, chance = chance_of(goal, met, not_met + 1, undecided, past)
    _, better = chance_of(goal, met + 1, not_met, undecided, past)
    assert chance is not None
    assert better is not None
    assert 0 <= chance <= better <= 1


def test_what_is_open_what_is_still_to_come_and_what_became_of_them_before() -> None:
    """Four bills are decided and one open; three came after this day in the third quarter."""
    found = seen(parameters(), bills=BILLS).iloc[0]
    assert (found["metric"], found["period"]) == ("payments_on_time", "2019Q4")
    counted = found[["met", "missed", "unknown", "decided", "open_due", "expected"]]
    assert counted.tolist() == [2, 2, 0, 4, 1, 3]
    needed, chance = chance_of(HALF, 2, 2, 1 + 3, THIRD_QUARTER)
    assert (found["needed"], found["chance"]) == (needed, chance) == (2, chance)
    assert (found["lower"], found["upper"]) == (2 / 8, 6 / 8)
    assert found[list(OUTLOOK.inner)].tolist() == [2, 2, 0, 1, 0]


def test_a_conversation_overdue_from_before_joins_the_quarter_in_which_it_is_held() -> None:
    """It was missed in its own quarter while open; held in September, it counts there."""
    params = parameters(
        """
        metrics:
          conversation_wait:
            counting: [{due: {days: 14}, quarter_by: stop}]
            targets: [{direction: at_least, value: 0.9}]
        """
    )
    found = seen(
        params,
        conversations="""
            conversation_id | ordered_at | held_at    | status
            overdue in June | 2019-06-01 | 2019-09-02 | held
            open in August  | 2019-08-25 | 2019-09-02 | held
            open now        | 2019-11-25 |            | open
        """,
    ).iloc[0]
    assert found[["decided", "open_due", "expected", "needed"]].tolist() == [0, 1, 1, 2]
    assert found["chance"] == chance_of(Goal(0.9, "at_least"), 0, 0, 2, Past(1, 1, 1, 1))[1]


@pytest.mark.parametrize(
    ("targets", "as_of"),
    [
        (PAYMENTS, "2020-01-01"),
        (PAYMENTS, "2019-12-31"),
        (PAYMENTS.replace("targets: [{direction: at_least, value: 0.5}]", ""), "2019-11-30"),
        (PAYMENTS + "        retired: {valid_from: 2019-10-01, reason: New aims}", "2019-11-30"),
    ],
)
def test_no_outlook(targets: str, as_of: str) -> None:
    """Once the quarter is over, without a target, or after it was dropped."""
    found = seen(parameters(targets, as_of), bills=BILLS)
    assert found.empty
    assert list(shown_of(found).columns) == [c for c in OUTLOOK.leaving if c != "synthetic"]


def test_on_the_day_before_the_last_what_is_due_on_it_may_still_be_met() -> None:
    """After it nothing comes."""
    found = seen(parameters(as_of="2019-12-30"), bills=BILLS).iloc[0]
    assert found[["missed", "open_due"]].tolist() == [2, 1]


def shown_of(found: pd.DataFrame) -> pd.DataFrame:
    """Return the outlook that may be shown."""
    nothing = pd.DataFrame(columns=["metric", "period", "group", "suppressed"])
    return protect("outlook", found, {"results": nothing}, careful(5))


@pytest.mark.parametrize(("open_due", "status"), [(0, ""), (1, "hidden"), (4, "hidden"), (5, "")])
def test_few_persons_are_hidden(open_due: int, status: str) -> None:
    """Behind any count: the input stays as it was, and no count of persons leaves."""
    row = dict.fromkeys(OUTLOOK.made, 1.0) | {"metric": "m", "period": "2019Q4", "status": ""}
    drawn = pd.DataFrame([row | dict.fromkeys(OUTLOOK.inner, 0) | {"persons_open_due": open_due}])
    before = drawn.copy()
    shown = shown_of(drawn).iloc[0]
    assert shown["status"] == status
    assert shown[["decided", "chance", "needed", "upper"]].isna().all() == (status == "hidden")
    assert not set(OUTLOOK.inner) & set(shown.index)
    pd.testing.assert_frame_equal(drawn, before)
