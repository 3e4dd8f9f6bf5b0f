"""Parts of a whole: what is hidden does not follow from the whole less the others."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from kpi.definitions.frames import Frame, Inner, Key, Rows
from kpi.disclosure import protect
from kpi.disclosure.hiding import by_itself, with_other_parts

PARTS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=7)
SAVED = st.lists(st.integers(0, 12), min_size=3, max_size=3)
COUNTS = ("persons", "met", "missed")
WHOLE = Frame(
    "whole",
    "A whole",
    "Parts of a whole.",
    columns=(
        Key("metric", "Metric", "Its name."),
        Key("part", "Part", "Which part."),
        *(Inner(name, "", "Persons.") for name in COUNTS),
    ),
    adds_up=(Rows("part", COUNTS),),
    decided_by=COUNTS,
)
NOTHING_HIDDEN = pd.DataFrame({"metric": [], "period": [], "group": [], "suppressed": []})


@given(PARTS)
def test_no_few_persons_are_left_over(drawn: list[tuple[int, int]]) -> None:
    """Stages of late cases, values of a circumstance: nobody hidden, or not few, or everybody."""
    parts = pd.DataFrame(drawn, columns=["met", "missed"]).assign(metric="m")
    parts["persons"] = parts["met"] + parts["missed"]
    parts["part"] = [str(place) for place in parts.index]
    counts = list(COUNTS)
    suppressed = by_itself(WHOLE, parts, NOTHING_HIDDEN, 5)
    suppressed = with_other_parts(WHOLE, parts, suppressed, NOTHING_HIDDEN, 5)
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
    )  # fmt: skip
    protected = protect("counterfactual", rows, {"results": NOTHING_HIDDEN}, 5)
    shown = protected.set_index("stages")["met"]
    for less, more in (("", "a-b"), ("", "b-c"), ("", "a-b+b-c"), ("a-b", "a-b+b-c")):
        difference = shown[more] - shown[less]
        assert pd.isna(difference) or difference == 0 or difference >= 5
