"""Which passages between steps are shown, and by which names."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from kpi.disclosure import protect
from kpi.disclosure.explanatory import OTHER

NO_RESULTS = pd.DataFrame(
    columns=["metric", "period", "period_kind", "group", "suppressed", "n"], dtype=object
)


def passages(*given):
    columns = ["from_step", "to_step", "n", "persons"]
    frame = pd.DataFrame(given, columns=columns).assign(metric="payments_on_time", period="2019Q4")
    return frame.assign(cases=frame["n"], median_days=1.0)


def shown(*given):
    found = protect("step_paths", passages(*given), {"results": NO_RESULTS}, 5)
    return found.set_index(["from_step", "to_step"])


def test_counts_are_rounded_and_few_are_hidden():
    found = shown(("", "Received", 101, 90), ("Received", "Paid", 98, 88), ("Paid", "", 3, 3))
    assert found.loc[("", "Received"), "n"] == 100
    assert found.loc[("Received", "Paid"), "n"] == 100
    assert pd.isna(found.loc[("Paid", ""), "n"])


def test_a_name_that_only_few_persons_share_may_be_a_note_about_one_of_them():
    found = shown(
        ("Received", "Paid", 90, 80),
        ("Received", "Call Jens about it", 1, 1),
        ("Call Jens about it", "Paid", 1, 1),
        ("Received", "Phoned Anna", 2, 2),
        ("Phoned Anna", "Paid", 2, 2),
    )
    assert list(found.index) == [("Received", "Paid"), ("Received", OTHER), (OTHER, "Paid")]


@given(st.lists(st.integers(0, 12), min_size=2, max_size=8))
def test_what_is_shown_is_of_enough_persons_and_a_multiple(persons):
    rows = [(f"step {place}", f"step {place + 1}", n, n) for place, n in enumerate(persons)]
    found = shown(*rows)
    known = found[found["suppressed"] == ""]
    assert (known["n"] % 5 == 0).all()
    assert len(known) == sum(n >= 5 or n == 0 for n in persons)
    assert (
        found.loc[found["suppressed"] != "", ["n", "cases", "persons", "median_days"]]
        .isna()
        .all(axis=None)
    )
