"""Small counts of persons are hidden, and what would give them away."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.definitions.frames import RESULTS
from kpi.disclosure import disclose
from kpi.periods import Cycle
from tests.disclosure.careful import careful
from tests.tried import tried

CARE = careful(5)


def row(period: str, met: int, missed: int, unknown: int = 0, group: str = "") -> dict[str, Any]:
    """Draw a row of a share in which every case is another person."""
    n = met + missed + unknown
    kind = "quarter" if "Q" in period else "week" if "W" in period else "month"
    drawn: dict[str, Any] = dict.fromkeys(RESULTS.made)
    return drawn | {
        "metric": "payments_on_time", "period": period, "period_kind": kind, "group": group,
        "n": n, "met": met, "missed": missed, "unknown": unknown, "not_yet_due": 0,
        "value": met / n if n else None, "lower": met / n if n else None,
        "upper": (met + unknown) / n if n else None, "unit": "share", "status": "met",
        "persons": n, "persons_met": met, "persons_missed": missed, "persons_unknown": unknown,
        "persons_not_yet_due": 0, "persons_timed": met, "persons_ended": met,
        "median_days": 4.0, "p90_days": 9.0, "max_days": 30, "median_net_days": 3.0,
        "km_median_days": 5.0,
    } | still_open(0, 0)  # fmt: skip


def still_open(within: int, overdue: int) -> dict[str, Any]:
    """Draw what was open at a quarter's end, every case another person."""
    return {
        "open": within + overdue, "overdue": overdue, "persons_open": within + overdue,
        "persons_overdue": overdue, "persons_in_time": within,
    }  # fmt: skip


def frame(*rows: dict[str, Any]) -> pd.DataFrame:
    """Return drawn rows as results."""
    drawn = pd.DataFrame(rows)
    counts = [
        "n",
        "met",
        "missed",
        "unknown",
        "not_yet_due",
        "open",
        "overdue",
        *RESULTS.inner,
    ]
    drawn[counts] = drawn[counts].astype("Int64")
    return drawn


@pytest.mark.parametrize(
    ("met", "missed", "suppressed"),
    [
        (4, 0, "primary"),
        (5, 0, ""),
        (0, 0, ""),
        (100, 4, "primary"),
        (100, 5, ""),
        (100, 0, ""),
        (4, 100, "primary"),
    ],
)
def test_one_to_four_persons_are_hidden(met: int, missed: int, suppressed: str) -> None:
    """In all, on time or late; nobody (zero) is shown."""
    shown = disclose(frame(row("2019Q4", met, missed)), CARE).iloc[0]
    assert shown["suppressed"] == suppressed
    if suppressed:
        assert shown["status"] == "hidden"
        assert shown[["n", "met", "missed", "value", "lower", "upper"]].isna().all()
    else:
        assert shown["n"] == met + missed


def test_unknown_cases_of_few_persons_hide_the_bounds() -> None:
    """Lower and upper bound would tell their number."""
    assert disclose(frame(row("2019Q4", 100, 20, 3)), CARE).iloc[0]["suppressed"] == "primary"


def test_one_hidden_month_takes_a_second_with_it() -> None:
    """Else it is the quarter less the two others."""
    shown = disclose(
        frame(
            row("2019Q4", 300, 40),
            row("2019-10", 100, 20),
            row("2019-11", 120, 3),
            row("2019-12", 80, 17),
        ),
        CARE,
    ).set_index("period")
    assert dict(shown["suppressed"]) == {
        "2019Q4": "",
        "2019-10": "",
        "2019-11": "primary",
        "2019-12": "secondary",
    }


def test_one_hidden_office_takes_a_second_with_it() -> None:
    """Else it is the total less the others."""
    shown = disclose(
        frame(
            row("2019Q4", 300, 40),
            row("2019Q4", 220, 20, group="office=Nuuk"),
            row("2019Q4", 70, 13, group="office=Tasiilaq"),
            row("2019Q4", 8, 2, group="office=Ittoqqortoormiit"),
        ),
        CARE,
    ).set_index("group")
    assert dict(shown["suppressed"]) == {
        "": "",
        "office=Nuuk": "",
        "office=Tasiilaq": "secondary",
        "office=Ittoqqortoormiit": "primary",
    }


def test_hidden_offices_are_not_few_together() -> None:
    """Two hidden offices with one late person each would tell of two: a third goes along."""
    shown = disclose(
        frame(
            row("2019Q4", 300, 40),
            row("2019Q4", 150, 28, group="office=Nuuk"),
            row("2019Q4", 70, 10, group="office=Tasiilaq"),
            row("2019Q4", 60, 1, group="office=Paamiut"),
            row("2019Q4", 20, 1, group="office=Ittoqqortoormiit"),
        ),
        CARE,
    ).set_index("group")
    assert [shown.loc[f"office={name}", "suppressed"] for name in ("Nuuk", "Tasiilaq")] == [
        "",
        "secondary",
    ]


def test_weeks_of_persons_do_not_leave() -> None:
    """Months less whole weeks would tell of the few days between; weeks of nobody stay."""
    weeks = frame(row("2019Q4", 300, 40), row("2019-W41", 30, 10), row("2019-W42", 25, 6))
    assert list(disclose(weeks, CARE)["period"]) == ["2019Q4"]
    of_nobody = weeks.copy()
    of_nobody[["persons", "persons_met", "persons_missed"]] = pd.NA
    assert len(disclose(of_nobody, CARE)) == 3
    assert len(disclose(weeks, careful(0))) == 3


@pytest.mark.parametrize(
    ("allowed", "hidden"),
    [
        ("hidden", ["2019Q4", "2019-10", "2019-11"]),
        ("hidden_in_parts", ["2019-10", "2019-11"]),
        ("shown", []),
    ],
)
def test_that_all_of_a_part_were_late_tells_of_everyone(allowed: Any, hidden: list[str]) -> None:
    """Those of a quarter may be told: to hide it would hide that a target is missed altogether."""
    drawn = frame(row("2019Q4", 0, 40), row("2019-10", 0, 12), row("2019-11", 0, 28))
    shown = disclose(drawn, careful(5, all_missed=allowed))
    assert list(shown.loc[shown["suppressed"] != "", "period"]) == hidden


def test_the_persons_behind_each_outcome_do_not_leave() -> None:
    """They exist for this step alone; the input stays as it was."""
    results = frame(row("2019Q4", 300, 40))
    before = results.copy()
    assert not set(RESULTS.inner) & set(disclose(results, CARE).columns)
    pd.testing.assert_frame_equal(results, before)


SMALL = st.integers(0, 12)


@settings(max_examples=tried(60))
@given(
    st.sampled_from([Cycle(), Cycle("quarter", 2), Cycle("year", 4), Cycle("year")]),
    st.lists(st.tuples(SMALL, SMALL), min_size=12, max_size=12),
)
def test_no_month_follows_from_the_whole_less_the_others(
    cycle: Cycle, counts: list[tuple[int, int]]
) -> None:
    """Wherever a quarter or year is shown, none or at least two of its months are hidden."""
    period = cycle.at(dt.date(2019, 12, 31))
    names = period.months
    months = dict(zip(names, counts, strict=False))
    met, missed = (sum(month[place] for month in months.values()) for place in (0, 1))
    whole = row(str(period), met, missed) | {"period_kind": cycle.kind}
    rows = [row(name, *months[name]) for name in names]
    care = careful(5, cycle=cycle)
    shown = disclose(frame(whole, *rows), care).set_index("period")
    if shown.loc[str(period), "suppressed"]:
        return
    hidden = [name for name in names if shown.loc[name, "suppressed"]]
    assert len(hidden) != 1
    for outcome in (0, 1):
        together = sum(months[name][outcome] for name in hidden)
        assert not 0 < together < 5
    for name, (met, missed) in months.items():
        if met + missed > 0 and (0 < met < 5 or 0 < missed < 5 or met + missed < 5):
            assert name in hidden


def test_a_reported_month_is_no_part_of_itself() -> None:
    """Months that are reported are wholes: that all were late may be told of them."""
    months = frame(row("2019-12", 0, 20), row("2019-11", 2, 1))
    shown = disclose(months, careful(5, cycle=Cycle("month")))
    assert list(shown["suppressed"]) == ["", "primary"]
    of_quarter = disclose(frame(row("2019-12", 0, 20)), CARE)
    assert list(of_quarter["suppressed"]) == ["primary"]


@pytest.mark.parametrize(("ended", "is_hidden"), [(4, True), (5, False), (0, False)])
def test_the_times_of_few_ended_cases_are_hidden(ended: int, is_hidden: bool) -> None:
    """The row counts many persons, most of them still waiting; the counts stay."""
    drawn = row("2019Q4", 40, 60) | {"persons_timed": ended, "persons_ended": 50}
    shown = disclose(frame(drawn), CARE).iloc[0]
    times = shown[["median_days", "p90_days", "max_days", "median_net_days"]]
    assert times.isna().all() == is_hidden
    assert pd.isna(shown["p90_days"])  # beyond it are fewer than five
    assert (shown["n"], shown["km_median_days"]) == (100, 5.0)
    shown = disclose(frame(drawn | {"persons_ended": ended, "persons_timed": 50}), CARE).iloc[0]
    assert (pd.isna(shown["km_median_days"]), shown["median_days"]) == (is_hidden, 4.0)


def test_a_hidden_row_takes_its_durations_with_it() -> None:
    """Net, with open cases, and of ended ones."""
    shown = disclose(frame(row("2019Q4", 100, 3)), CARE).iloc[0]
    assert shown[["median_days", "median_net_days", "km_median_days"]].isna().all()


@pytest.mark.parametrize(
    ("within", "overdue", "is_hidden"),
    [(40, 4, True), (40, 5, False), (40, 0, False), (4, 40, True), (0, 40, False), (2, 2, True)],
)
def test_few_open_cases_are_hidden(within: int, overdue: int, is_hidden: bool) -> None:
    """Late ones, and those within their limit: they are all the open less the late."""
    drawn = row("2019Q4", 100, 20) | still_open(within, overdue)
    shown = disclose(frame(drawn), CARE).iloc[0]
    assert shown[["open", "overdue"]].isna().tolist() == [is_hidden, is_hidden]
    assert shown["n"] == 120
