"""How far cases had come: no two numbers that are shown differ by few persons."""

import datetime as dt

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from kpi.disclosure import protect

STEPS = ("received", "approved", "paid")
SUNDAYS = [dt.date(2019, 10, 6) + dt.timedelta(days=7 * week) for week in range(4)]
QUEUES = pd.DataFrame(columns=["metric", "on_date", "suppressed"], dtype=object)
RESULTS = pd.DataFrame(
    columns=["metric", "period", "period_kind", "group", "suppressed", "n"], dtype=object
)


def shown_of(rows, queues=QUEUES):
    return protect("reached", rows, {"results": RESULTS, "stage_queues": queues}, 5)


came = st.lists(
    st.tuples(st.integers(0, 8), st.integers(0, 5), st.integers(0, 3), st.integers(0, 3)),
    max_size=60,
)


def weeks(cases):
    """Count drawn cases: a person, the week received, the weeks to approval, those to payment."""
    rows = []
    for week, sunday in enumerate(SUNDAYS):
        for place, step in enumerate(STEPS):
            at = [received + sum(waits[:place]) for _, received, *waits in cases]
            before = [received + sum(waits[: place - 1]) for _, received, *waits in cases]
            new = {case[0] for case, day in zip(cases, at, strict=True) if day == week}
            new |= {case[0] for case, day in zip(cases, at, strict=True) if day < week == 0}
            between = {
                case[0]
                for case, day, earlier in zip(cases, at, before, strict=True)
                if place and earlier <= week < day
            }
            rows.append(
                {
                    "metric": "m", "period": "2019Q4", "on_date": sunday, "step": step,
                    "cases": sum(day <= week for day in at), "persons_new": len(new),
                    "persons_between": len(between),
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


@given(came)
def test_no_shown_difference_is_of_few_persons(cases):
    shown = shown_of(weeks(cases))
    for place, step in enumerate(STEPS):
        mine = shown[(shown["step"] == step) & (shown["suppressed"] == "")]
        last = -1
        for week, sunday in enumerate(SUNDAYS):
            if sunday in set(mine["on_date"]):
                persons = {
                    case[0] for case in cases if last < case[1] + sum(case[2 : 2 + place]) <= week
                }
                if last == -1:
                    persons = {
                        case[0] for case in cases if case[1] + sum(case[2 : 2 + place]) <= week
                    }
                assert not 0 < len(persons) < 5
                last = week


def test_few_of_a_week_are_merged_into_the_next():
    cases = [(person, 0, 0, 0) for person in range(8)]
    cases += [(person, 1, 0, 0) for person in range(2)]
    cases += [(person, 2, 0, 0) for person in range(6)]
    shown = shown_of(weeks(cases))
    received = shown[shown["step"] == "received"]["cases"]
    assert received.isna().tolist() == [False, True, False, False]
    assert received.dropna().tolist() == [8, 16, 16]


def test_a_day_whose_queues_are_hidden_is_hidden_as_a_whole():
    queues = pd.DataFrame({"metric": ["m"], "on_date": [SUNDAYS[2]], "suppressed": ["hidden"]})
    shown = shown_of(weeks([(p, 0, 0, 0) for p in range(8)]), queues)
    hidden = shown[shown["suppressed"] != ""]
    assert set(hidden["on_date"]) == {SUNDAYS[2]}
    assert len(hidden) == len(STEPS)
