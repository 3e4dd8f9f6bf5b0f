"""Parts of a whole: what is hidden does not follow from the whole less the others."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from kpi.disclosure.frames import disclose_counterfactual
from kpi.disclosure.results import suppressed_parts
from kpi.figures.what_it_would_take import COUNTERFACTUAL_COLUMNS

PARTS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=7)
SAVED = st.lists(st.integers(0, 12), min_size=3, max_size=3)
NOTHING_HIDDEN = pd.DataFrame({"metric": [], "period": [], "group": [], "suppressed": []})


@given(PARTS)
def test_no_few_persons_are_left_over(drawn: list[tuple[int, int]]) -> None:
    """Stages of late cases, values of a circumstance: nobody hidden, or not few, or everybody."""
    parts = pd.DataFrame(drawn, columns=["met", "missed"]).assign(whole="2019Q4")
    parts["persons"] = parts["met"] + parts["missed"]
    counts = ["persons", "met", "missed"]
    suppressed = suppressed_parts(parts, ["whole"], counts, 5)
    small = ((parts[counts] > 0) & (parts[counts] < 5)).any(axis=1)
    assert (suppressed[small] == "primary").all()
    hidden = parts[suppressed != ""]
    everybody = not (parts.loc[suppressed == "", "persons"] > 0).any()
    for count in counts:
        assert everybody or hidden[count].sum() == 0 or hidden[count].sum() >= 5
    assert everybody or len(hidden) != 1


@given(SAVED)
def test_what_would_have_been_saved_tells_of_nobody(drawn: list[int]) -> None:
    """A share whose difference from the actual one, or from one it contains, is few is hidden."""
    one, two, both = drawn[0], drawn[1], sum(drawn)
    saved = [("", 0), ("a-b", one), ("b-c", two), ("a-b+b-c", both)]
    rows = pd.DataFrame(
        [
            {
                "metric": "payments_on_time", "period": "2019Q4", "stages": stages, "runs": "free",
                "n": 100, "met": 50 + moved, "missed": 50 - moved, "unknown": 0, "lower": 0.5,
                "upper": 0.5, "persons_moved": moved, "persons_met": moved,
            }
            for stages, moved in saved
        ]
    )[list(COUNTERFACTUAL_COLUMNS)]  # fmt: skip
    shown = disclose_counterfactual(rows, NOTHING_HIDDEN, 5).set_index("stages")["met"]
    for less, more in (("", "a-b"), ("", "b-c"), ("", "a-b+b-c"), ("a-b", "a-b+b-c")):
        difference = shown[more] - shown[less]
        assert pd.isna(difference) or difference == 0 or difference >= 5
