"""The ways through a system's own steps: counted as a person would, whatever the order of rows."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.figures.paths import step_paths
from kpi.params import Params
from kpi.params.quarter_file import QuarterFile
from tests.drawn import small_engine
from tests.figures.test_stuck import METRIC, all_drawn, town
from tests.tried import tried

AS_OF = pd.Timestamp("2020-01-15")
STEP = st.tuples(
    st.integers(0, 3), st.sampled_from(["received", "approved", "returned"]), st.integers(0, 20)
)


def with_steps() -> Params:
    """Return the parameters of a town whose bills are made of steps."""
    report = town().report.model_dump(mode="json", exclude_defaults=True)
    milestones = {"paid": {"steps": ["paid"], "take": "last"}}
    report["sources"] = {
        "bills": {"milestones": milestones},
        "bill_steps": {"file": "steps", "columns": {"step": "step"}},
    }
    return Params(QuarterFile.model_validate(report), town().metrics)


def paths(steps: list[tuple[int, str, int]], seed: int = 0) -> pd.DataFrame:
    """Count drawn steps: (bill, name, days after 1 January 2020 less two weeks)."""
    backend = small_engine()
    bills = sorted({bill for bill, _, _ in steps})
    cases = pd.DataFrame(
        {
            "row_no": bills,
            "period": "2019Q4",
            "case_id": [f"bill {bill}" for bill in bills],
            "person": [f"person {bill % 2}" for bill in bills],
        }
    )
    rows = pd.DataFrame(
        [(f"bill {bill}", name, _at(day)) for bill, name, day in steps],
        columns=["bill_id", "step", "happened_at"],
    )
    rows["row_no"] = range(1, len(rows) + 1)
    backend.create_table(f"steps_{METRIC}", cases)
    backend.create_table("accepted_bill_steps", rows.sample(frac=1, random_state=seed))
    return step_paths(backend, with_steps(), [METRIC], all_drawn(METRIC, bills))


def _at(day: int) -> pd.Timestamp:
    return pd.Timestamp("2020-01-01") + pd.Timedelta(days=day)


def slowly(steps: list[tuple[int, str, int]]) -> Counter[tuple[str, str]]:
    """Go through each bill's steps in their order, and count the passages."""
    found: Counter[tuple[str, str]] = Counter()
    known = [(bill, day, place, name) for place, (bill, name, day) in enumerate(steps)]
    known = [step for step in known if _at(step[1]) <= AS_OF]
    for bill in {step[0] for step in known}:
        names = ["", *(step[3] for step in sorted(s for s in known if s[0] == bill)), ""]
        found.update(pairwise(names))
    return found


@settings(max_examples=tried(15), deadline=None)
@given(st.lists(STEP, min_size=1, max_size=20), st.integers(0, 9))
def test_each_passage_is_what_a_person_counts_in_whatever_order_rows_are_read(steps, seed):
    found: Any = paths(steps, seed)
    counted = {(row.from_step, row.to_step): row.n for row in found.itertuples()}
    assert counted == dict(slowly(steps))


@settings(max_examples=tried(15), deadline=None)
@given(st.lists(STEP, min_size=1, max_size=20))
def test_as_many_enter_a_step_as_leave_it_and_persons_are_no_more_than_passages(steps):
    found = paths(steps)
    entering, leaving = (found.groupby(side)["n"].sum() for side in ("to_step", "from_step"))
    assert entering.to_dict() == leaving.to_dict()
    assert (found["persons"] <= found["n"]).all()
    times = found.loc[(found["from_step"] != "") & (found["to_step"] != ""), "median_days"]
    assert (times >= 0).all()
