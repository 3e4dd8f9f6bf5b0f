"""From all that several releases show, nobody can work out how few persons a hidden count is."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kpi.disclosure import disclose, released
from kpi.disclosure.attack import COUNTS, Cell, Shown, read_as_attacker
from kpi.disclosure.published import AS_PUBLISHED, Release, stand_as_published
from kpi.periods import CALENDAR_QUARTERS
from tests.disclosure.careful import SUMS, careful, range_of
from tests.disclosure.test_attacker import THRESHOLD, town
from tests.tried import tried

CARE = careful(THRESHOLD)

first = st.tuples(st.integers(0, 30), st.integers(0, 8), st.integers(0, 2))
late = st.one_of(
    st.just((0, 0, 0)), st.tuples(st.integers(0, 9), st.integers(0, 6), st.integers(0, 1))
)


def offices(outcomes):
    """Draw two offices with three months each."""
    months = st.lists(outcomes, min_size=3, max_size=3)
    return st.lists(months, min_size=2, max_size=2)


def added(cells, more):
    """Add what came late to the cases of each office and month."""
    return [
        [tuple(map(sum, zip(*both, strict=True))) for both in zip(*months, strict=True)]
        for months in zip(cells, more, strict=True)
    ]


def history(cells, arrivals):
    """Return the true results of each release, and what each of them shows."""
    truths, shown, releases = [], [], []
    for more in (None, *arrivals):
        cells = added(cells, more) if more else cells
        results = town(cells)
        seen = stand_as_published(disclose(results, CARE), results, releases, CARE)
        truths.append(results)
        shown.append(released("results", seen, synthetic=False))
        releases.append(Release(str(len(shown)), shown[-1]))
    return truths, shown


def narrowed(truths, shown):
    """List the few persons' counts, not standing as published, that all releases narrow down."""
    together = read_several(shown, AS_PUBLISHED)
    found = []
    for number, (true, seen) in enumerate(zip(truths, shown, strict=True), start=1):
        now = seen.loc[seen[AS_PUBLISHED] == "", ["metric", "period", "group"]]
        for row in true.merge(now, on=["metric", "period", "group"]).to_dict("records"):
            for count in COUNTS:
                cell = (row["metric"], row["period"], row["group"], f"{count} of {number}")
                if 0 < row[count] < THRESHOLD:
                    low, high = range_of(together, cell)
                    if high - low + 1 < THRESHOLD:
                        found.append((" ".join(cell), row[count], (low, high)))
    return found


def read_several(releases: Sequence[pd.DataFrame], standing: str) -> Shown:
    """Return what releases of the same figures tell together, in the order of their publication.

    The attacker supposes that late data only add cases: what a release shows is what the one before
    showed, and what came since, which is not below zero. Figures that stand as published (the
    column `standing` is not empty) are those of the release before and tell nothing new. The
    counts of a release are called "n of 1", "met of 1" and so on.
    """
    together = Shown()
    before: dict[Cell, float | None] = {}
    for number, rows in enumerate(releases, start=1):
        one = read_as_attacker(rows, CALENDAR_QUARTERS, SUMS)
        stands = {
            (row["metric"], row["period"], row["group"])
            for row in rows.to_dict("records")
            if row[standing]
        }
        for cell, value in one.known.items():
            together.known[_in(cell, number)] = value
        together.sums += [
            (_in(total, number), [_in(part, number) for part in parts]) for total, parts in one.sums
        ]
        for cell in before.keys() & one.known.keys():
            parts = [_in(cell, number - 1)]
            if cell[:3] not in stands:
                came = (*cell[:3], f"{cell[3]} came before {number}")
                together.known[came] = None
                parts.append(came)
            together.sums.append((_in(cell, number), parts))
        before = one.known
    return together


def _in(cell: Cell, number: int) -> Cell:
    return (*cell[:3], f"{cell[3]} of {number}")


@settings(max_examples=tried(12))
@example(cells=[[(20, 3, 0)] * 3] * 2, arrivals=[[[(5, 0, 0)] * 3] * 2])
@given(cells=offices(first), arrivals=st.lists(offices(late), min_size=1, max_size=2))
def test_no_count_of_few_persons_is_narrowed_down_by_several_releases(cells, arrivals):
    assert narrowed(*history(cells, arrivals)) == []


def test_the_attacker_wins_where_a_later_release_shows_what_an_earlier_one_hid():
    """Without the rule: three late cases are hidden, and five that came are shown beside eight."""
    before, after = town([[(20, 3, 0), (20, 9, 0), (20, 9, 0)]]), None
    after = town([[(20, 8, 0), (20, 9, 0), (20, 9, 0)]])
    hidden = before.copy()
    hidden.loc[before["missed"].between(1, 4), list(COUNTS)] = pd.NA
    shown = [frame.assign(**{AS_PUBLISHED: ""}) for frame in (hidden, after)]
    assert narrowed([before, after], shown) != []
