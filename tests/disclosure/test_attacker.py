"""From all that a release shows, nobody can work out how few persons a hidden count is."""

from __future__ import annotations

import pandas as pd
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kpi.disclosure import disclose
from kpi.disclosure.attack import COUNTS, Shown, read_as_attacker
from kpi.periods import CALENDAR_QUARTERS, Period
from tests.disclosure.careful import SUMS, careful, range_of
from tests.disclosure.test_disclosure import frame, row
from tests.tried import tried

THRESHOLD = 5
QUARTER = "2019Q4"
MONTHS = Period.parse(QUARTER).months
BOOKED = "booked_conversations_per_caseworker_week"

outcomes = st.tuples(st.integers(0, 30), st.integers(0, 8), st.integers(0, 3))
offices = st.lists(st.lists(outcomes, min_size=3, max_size=3), min_size=1, max_size=4)


def town(cells: list[list[tuple[int, int, int]]], metric: str = "payments_on_time") -> pd.DataFrame:
    """Draw results of a quarter: offices x months of (met, missed, unknown), and their sums."""
    table = pd.DataFrame(
        [
            {
                "office": f"office={number}",
                "month": month,
                "met": met,
                "missed": late,
                "unknown": un,
            }
            for number, months in enumerate(cells)
            for month, (met, late, un) in zip(MONTHS, months, strict=True)
        ]
    )

    def sums(rows: pd.DataFrame) -> tuple[int, int, int]:
        met, missed, unknown = (int(rows[count].sum()) for count in COUNTS[1:])
        return met, missed, unknown

    rows = [row(QUARTER, *sums(table))]
    rows += [row(str(month), *sums(part)) for month, part in table.groupby("month")]
    for office, part in table.groupby("office"):
        met, missed, unknown = sums(part)
        rows.append(row(QUARTER, met, missed, unknown, str(office)))
    return frame(*(one | {"metric": metric} for one in rows))


def narrowed(results: pd.DataFrame, shown: pd.DataFrame) -> list[tuple[str, int, tuple[int, int]]]:
    """List the counts of 1 to 4 persons that a release leaves fewer than five values for."""
    release = read_as_attacker(shown, CALENDAR_QUARTERS, SUMS)
    found = []
    for true, seen in zip(results.to_dict("records"), shown.to_dict("records"), strict=True):
        for count in COUNTS:
            cell = (seen["metric"], seen["period"], seen["group"], count)
            if 0 < true[count] < THRESHOLD:
                low, high = range_of(release, cell)
                if high - low + 1 < THRESHOLD:
                    found.append((" ".join(cell), true[count], (low, high)))
    return found


@settings(max_examples=tried(25))
@given(cells=offices)
def test_no_count_of_few_persons_is_narrowed_down(cells):
    results = town(cells)
    assert narrowed(results, disclose(results, careful(THRESHOLD))) == []


def test_the_attacker_wins_where_only_the_small_count_is_hidden():
    results = town([[(10, 3, 0), (10, 0, 0), (10, 0, 0)]])
    shown = results.copy()
    small = shown["missed"].between(1, 4) & (shown["period"] == "2019-10")
    shown.loc[small, list(COUNTS)] = pd.NA
    assert ("payments_on_time 2019-10  missed", 3, (3, 3)) in narrowed(results, shown)


@settings(max_examples=tried(25))
@given(cells=offices, rng=st.randoms(use_true_random=False))
def test_what_is_narrow_is_what_its_range_says(cells, rng):
    """Values that were found for one cell spare others their search, and change no answer."""
    results = town(cells)
    hidden = [rng.random() < 0.6 for _ in range(len(results))]
    shown = results.assign(**{count: results[count].mask(hidden) for count in COUNTS})
    told = read_as_attacker(shown, CALENDAR_QUARTERS, SUMS)
    unknown = [cell for cell, value in told.known.items() if value is None]
    ranges = [(cell, *range_of(told, cell)) for cell in unknown]
    narrow = [(cell, low, high) for cell, low, high in ranges if high - low + 1 < THRESHOLD]
    assert list(told.narrow(unknown, THRESHOLD)) == narrow


def test_of_what_contradicts_itself_nothing_is_narrow():
    told = Shown({("a", "", "", "n"): 3.0, ("b", "", "", "n"): 4.0, ("c", "", "", "n"): None})
    told.add(("a", "", "", "n"), [("b", "", "", "n"), ("c", "", "", "n")])
    assert list(told.narrow([("c", "", "", "n")], THRESHOLD)) == []
    assert range_of(told, ("c", "", "", "n"))[1] > 1000


def counted(metric: str, period: str, n: int) -> dict[str, object]:
    """Draw a row of a count of events, each of another person."""
    drawn = row(period, n, 0)
    return drawn | {
        "metric": metric,
        "unit": "count",
        "met": 0,
        "persons_met": 0,
        "persons_timed": 0,
    }


def conversations(periods: dict[str, tuple[int, int, int]]) -> pd.DataFrame:
    """Draw conversations of (acute, at home, booked elsewhere) by period."""
    figures = [
        (period, metric, n)
        for period, (acute, home, elsewhere) in periods.items()
        for metric, n in {
            "acute_conversations": acute,
            "home_visits": home,
            "booked_conversations_per_caseworker_week": home + elsewhere,
            "conversations_held": acute + home + elsewhere,
            "conversations_per_working_week": acute + home + elsewhere,
        }.items()
    ]
    return frame(*(counted(metric, period, n) for period, metric, n in figures))


kinds = st.tuples(st.integers(0, 12), st.integers(0, 9), st.integers(0, 12))


@settings(max_examples=tried(25))
@given(months=st.lists(kinds, min_size=3, max_size=3), weeks=st.lists(kinds, max_size=2))
def test_no_metric_tells_what_its_sister_hides(months, weeks):
    drawn = dict(zip(MONTHS, months, strict=True))
    drawn[QUARTER] = tuple(map(sum, zip(*months, strict=True)))
    drawn |= {f"2019-W{40 + number}": week for number, week in enumerate(weeks)}
    results = conversations(drawn)
    shown = disclose(results, careful(THRESHOLD))
    kept = results.merge(shown[["metric", "period"]], on=["metric", "period"])
    kept = kept.set_index(["metric", "period"]).loc[
        zip(shown["metric"], shown["period"], strict=True)
    ]
    assert narrowed(kept.reset_index(), shown) == []
    told = read_as_attacker(shown, CALENDAR_QUARTERS, SUMS)
    rest = next(one for one in SUMS if one.rest and one.whole == (BOOKED, "n"))
    few = [period for period, (_, _, elsewhere) in drawn.items() if 0 < elsewhere < THRESHOLD]
    unseen = [(rest.name_of_rest, period, "", "n") for period in few]
    ranges = [range_of(told, cell) for cell in unseen if cell in told.known]
    assert [high - low for low, high in ranges if high - low + 1 < THRESHOLD] == []


@settings(max_examples=tried(25))
@example(offices=[(0, 0, 1), (0, 5, 0)])
@given(offices=st.lists(kinds, min_size=2, max_size=3))
def test_no_office_tells_what_the_sister_metric_hides(offices):
    """All offices together are the quarter, in each of the metrics."""
    drawn = {("office=" + str(number)): kinds for number, kinds in enumerate(offices)}
    drawn[""] = tuple(map(sum, zip(*offices, strict=True)))
    results = pd.concat(
        [conversations({QUARTER: of}).assign(group=group) for group, of in drawn.items()],
        ignore_index=True,
    )
    assert narrowed(results, disclose(results, careful(THRESHOLD))) == []
