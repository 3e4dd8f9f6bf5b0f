"""Two reports of the same quarter, subtracted, tell of no few persons."""

from __future__ import annotations

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.disclosure import disclose, released
from kpi.disclosure.published import (
    AS_PUBLISHED,
    COMPARED,
    KEYS,
    Release,
    frames_stand,
    stand_as_published,
)
from tests.disclosure.careful import careful
from tests.disclosure.test_attacker import MONTHS, counted
from tests.disclosure.test_disclosure import frame, row
from tests.tried import tried

CARE = careful(5)
THRESHOLD = CARE.threshold


def published(results: pd.DataFrame, quarter: str = "2019Q3") -> Release:
    """Publish results as the report of a quarter."""
    nothing_before = stand_as_published(disclose(results, CARE), results, [], CARE)
    return Release(quarter, released("results", nothing_before, synthetic=False))


def beside(results: pd.DataFrame, *releases: Release) -> pd.DataFrame:
    """Disclose results that come after releases, by period and group."""
    shown = stand_as_published(disclose(results, CARE), results, releases, CARE)
    return shown.set_index(["metric", "period", "group"], drop=False)


def test_without_earlier_reports_everything_is_of_now() -> None:
    shown = beside(frame(row("2019Q3", 50, 10)))
    assert list(shown[AS_PUBLISHED]) == [""]
    assert list(shown["n"]) == [60]


def test_a_figure_that_moved_by_three_stands_as_published() -> None:
    """Three late cases came in after the report: the old figure stays, and says so."""
    before = published(frame(row("2019Q3", 50, 10)))
    shown = beside(frame(row("2019Q3", 50, 13), row("2019Q4", 40, 10)), before)
    assert list(shown["n"]) == [60, 50]
    assert list(shown[AS_PUBLISHED]) == ["2019Q3", ""]


def test_a_figure_that_moved_by_many_is_shown_anew() -> None:
    """Five and more are not few."""
    before = published(frame(row("2019Q3", 50, 10)))
    shown = beside(frame(row("2019Q3", 50, 15)), before)
    assert list(shown["n"]) == [65]
    assert list(shown[AS_PUBLISHED]) == [""]


def test_cases_that_changed_their_outcome_count_though_the_sum_is_the_same() -> None:
    before = published(frame(row("2019Q3", 50, 10)))
    assert list(beside(frame(row("2019Q3", 48, 12)), before)["missed"]) == [10]


def test_every_earlier_report_counts_and_the_latest_stands() -> None:
    """A figure may have moved by many since the first report and by few since the second."""
    first, second = (published(frame(row("2019Q3", n, 10)), q) for n, q in ((50, "A"), (60, "B")))
    shown = beside(frame(row("2019Q3", 52, 10)), first, second)
    assert list(shown["met"]) == [60]
    assert list(shown[AS_PUBLISHED]) == ["B"]


def test_the_months_of_a_quarter_stand_or_move_together() -> None:
    """Else the month that moved by few is the quarter less the two others."""
    then = [row("2019Q4", 90, 30), *(row(month, 30, 10) for month in MONTHS)]
    now = [
        row("2019Q4", 102, 30),
        *(row(m, n, 10) for m, n in zip(MONTHS, (32, 40, 30), strict=True)),
    ]
    shown = beside(frame(*now), published(frame(*then)))
    assert set(shown[AS_PUBLISHED]) == {"2019Q3"}
    assert list(shown["met"]) == [90, 30, 30, 30]


def test_metrics_that_count_the_same_cases_stand_together() -> None:
    """Conversations held moved by ten, acute ones by two: booked ones would tell."""

    def drawn(held: int, acute: int) -> pd.DataFrame:
        return frame(
            counted("conversations_held", "2019Q3", held),
            counted("acute_conversations", "2019Q3", acute),
            counted("booked_conversations_per_caseworker_week", "2019Q3", held - acute),
        )

    shown = beside(drawn(110, 22), published(drawn(100, 20)))
    assert list(shown["n"]) == [100, 20, 80]


def test_a_group_that_is_new_was_nobody() -> None:
    """An office with four cases that came after the report."""
    offices = [row("2019Q3", 50, 10, 0, f"office={name}") for name in ("A", "B")]
    before = published(frame(row("2019Q3", 100, 20), *offices))
    new = row("2019Q3", 4, 0, 0, "office=C")
    shown = beside(frame(row("2019Q3", 104, 20), *offices, new), before)
    assert list(shown["group"]) == ["", "office=A", "office=B"]
    assert set(shown[AS_PUBLISHED]) == {"2019Q3"}


def test_other_cells_hidden_than_then_hide_all_of_a_moved_quarter() -> None:
    """October was hidden then and would be shown now, by which November's old figure came out."""

    def months(*late: int) -> pd.DataFrame:
        rows = [row(month, 30, n) for month, n in zip(MONTHS, late, strict=True)]
        return frame(row("2019Q4", 90, sum(late)), *rows)

    before = published(months(3, 8, 20))
    assert list(before.results["suppressed"] == "hidden").count(True) == 2
    shown = beside(months(13, 8, 30), before)
    assert set(shown["status"]) == {"hidden"}
    assert shown[["n", "met", "missed", "value"]].isna().all(axis=None)


def test_payments_to_firms_are_not_about_persons() -> None:
    """Their counts may be subtracted."""
    then, now = (frame(row("2019Q3", met, 10)) for met in (50, 52))
    then["persons"] = now["persons"] = pd.Series([None], dtype="Int64")
    assert list(beside(now, published(then))["met"]) == [52]


cases = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 9)), min_size=3, max_size=3)


def _quarter_of(months: list[tuple[int, int]]) -> pd.DataFrame:
    met, late = (sum(counts) for counts in zip(*months, strict=True))
    return frame(
        row("2019Q4", met, late),
        *(row(name, *counts) for name, counts in zip(MONTHS, months, strict=True)),
    )


@settings(max_examples=tried(25))
@given(history=st.lists(cases, min_size=2, max_size=4))
def test_no_two_reports_differ_by_few(history):
    """Whatever came in between: of any two releases no visible cell differs by 1 to 4."""
    releases: list[Release] = []
    for place, months in enumerate(history):
        results = _quarter_of(months)
        shown = stand_as_published(disclose(results, CARE), results, releases, CARE)
        releases.append(Release(str(place), released("results", shown, synthetic=False)))
    for place, one in enumerate(releases):
        for other in releases[place + 1 :]:
            both = one.results.merge(other.results, on=KEYS)
            for name in COMPARED:
                moved = (both[f"{name}_x"] - both[f"{name}_y"]).abs().dropna()
                assert not moved.between(1, THRESHOLD - 1).any()


def test_a_report_made_again_after_its_publication_is_the_same() -> None:
    """Else nobody could verify it, and its approval would be lost."""
    first = published(frame(row("2019Q3", 50, 10)))
    results = frame(row("2019Q3", 50, 13), row("2019Q4", 40, 10))
    own = stand_as_published(disclose(results, CARE), results, [first], CARE)
    releases = [first, Release("2019Q4", released("results", own, synthetic=False))]
    again = stand_as_published(disclose(results, CARE), results, releases, CARE)
    pd.testing.assert_frame_equal(
        released("results", again, synthetic=False), released("results", own, synthetic=False)
    )


def test_what_belongs_to_a_figure_stands_with_it() -> None:
    """The open cases of a quarter that stands as published are those of that report."""
    bands = pd.DataFrame(
        {"metric": ["payments_on_time"] * 2, "period": ["2019Q3", "2019Q4"], "n": [11, 20]}
    )
    then = published(frame(row("2019Q3", 50, 10)))
    release = Release("2019Q3", then.results, lambda _: bands.iloc[:1].assign(n=9))
    results = frame(row("2019Q3", 50, 13), row("2019Q4", 40, 10))
    shown = stand_as_published(disclose(results, CARE), results, [release], CARE)
    frames = frames_stand({"results": shown, "open_cases": bands}, [release], CARE.cycle)
    assert sorted(frames["open_cases"]["n"]) == [9, 20]
    assert (
        frames_stand({"results": shown.assign(**{AS_PUBLISHED: ""}), "x": bands}, [], CARE.cycle)[
            "x"
        ]
        is bands
    )


def test_a_frame_without_rows_keeps_its_columns_beside_what_was_published() -> None:
    """Nothing changed in how it is counted: the frame of both ways is empty, then and now."""
    results = frame(row("2019Q3", 50, 10))
    empty = pd.DataFrame(columns=["metric", "version", "period", "n"])
    before = published(results)
    release = Release(before.quarter, before.results, lambda _: empty)
    shown = stand_as_published(disclose(results, CARE), results, [release], CARE)
    stands = frames_stand({"results": shown, "overlap": empty}, [release], CARE.cycle)["overlap"]
    assert list(stands.columns) == list(empty.columns)
    assert stands.empty
