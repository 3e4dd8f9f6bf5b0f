"""Frames counted from drawn cases: what is rounded, what is hidden, and what stops the run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.definitions.frames import LATENESS, STAGES
from kpi.disclosure import Care, protect
from kpi.disclosure.drawn import in_steps
from kpi.errors import DisclosureError
from tests.disclosure.careful import careful

CARE = careful(5)
KEY = {"metric": "payments_on_time", "period": "2019Q4", "unit": "working_days"}


def results(suppressed: str = "") -> dict[str, pd.DataFrame]:
    row = KEY | {"group": "", "suppressed": suppressed}
    return {"results": pd.DataFrame([row])}


def stage(**given: Any) -> dict[str, Any]:
    """Draw the late cases of a stage: of so many persons, rounded."""
    row = {
        "stage": "approved-sent", "outcome": "missed", "n": 25, "median_days": 9.0,
        "p90_days": 11.0, "norm_days": 2.0, "norm_from": "on_time_median", "persons": 60,
        "persons_of_norm": 90,
    }  # fmt: skip
    return dict.fromkeys(STAGES.made) | KEY | row | given


def shown_stage(suppressed: str = "", care: Care = CARE, **given: Any) -> pd.Series[Any]:
    row: pd.Series[Any] = protect(
        "stages", pd.DataFrame([stage(**given)]), results(suppressed), care
    ).iloc[0]
    return row


def test_a_rounded_count_leaves_and_says_so() -> None:
    row = shown_stage()
    assert (row["n"], row["median_days"], row["p90_days"], row["rounded_to"]) == (25, 9, 11, 5)
    assert not set(STAGES.inner) & set(row.index)


@pytest.mark.parametrize(
    ("persons", "median", "nine_in_ten"), [(4, False, False), (5, True, False), (50, True, True)]
)
def test_times_of_few_persons_are_hidden(persons: int, median: bool, nine_in_ten: bool) -> None:
    """Behind the median, and beyond the ninetieth percentile; the norm is of those on time."""
    row = shown_stage(persons=persons)
    assert (pd.notna(row["median_days"]), pd.notna(row["p90_days"])) == (median, nine_in_ten)
    assert row["norm_days"] == 2
    assert pd.isna(shown_stage(persons_of_norm=3)["norm_days"])


def test_what_the_results_hide_is_hidden() -> None:
    row = shown_stage("primary")
    assert row["suppressed"] == "secondary"
    assert row[["n", "median_days", "norm_days"]].isna().all()


def test_a_count_that_is_not_of_drawn_cases_stops_the_run() -> None:
    with pytest.raises(DisclosureError, match="1 other counts in n"):
        shown_stage(n=24)
    assert shown_stage(n=24, care=careful(0))["n"] == 24


@pytest.mark.parametrize("allowed", [True, False])
def test_the_oldest_is_one_person_s(allowed: bool) -> None:
    row = {
        "metric": "m", "on_date": "2019-12-31", "unit": "working_days", "stage": "a-b",
        "queue": 20, "median_age": 4.0, "p90_age": 9.0, "oldest_age": 226, "persons": 80,
    }  # fmt: skip
    frame = pd.DataFrame([row])
    shown = protect("stage_queues", frame, results(), careful(5, longest=allowed)).iloc[0]
    assert pd.notna(shown["oldest_age"]) == allowed
    assert (shown["queue"], shown["median_age"], shown["p90_age"]) == (20, 4, 9)


def test_days_of_delay_are_rounded_and_add_up() -> None:
    rows = [
        {"stage": name, "late": 25, "shared_days": days, "total_late": 50, "total_days": 476.0}
        for name, days in {"a-b": 123.3, "b-c": 116.1, "c-d": 236.6}.items()
    ]
    frame = pd.DataFrame([dict.fromkeys(LATENESS.made) | KEY | row for row in rows])
    shown = protect("lateness", frame, results(), CARE)
    assert list(shown["shared_days"]) == [125, 125, 225]
    assert set(shown["total_days"]) == {475}


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=8))
def test_steps_add_up_and_stay_near(parts: list[float]) -> None:
    given_parts = np.array(parts)
    rounded = in_steps(given_parts)
    step = 2.5 * given_parts.sum() / 20 + 1
    assert abs(rounded.sum() - given_parts.sum()) <= step
    assert (abs(rounded - given_parts) <= step).all()
