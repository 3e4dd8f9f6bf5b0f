"""What changed in how we count is told, and both ways of counting stand side by side."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
import yaml

from kpi.definitions.frames import RESULTS
from kpi.disclosure.ways import both_ways
from kpi.figures.cases import measure
from kpi.figures.counting_changes import Change, _in_multiples, changes, moved, overlap
from kpi.figures.results import evaluate
from kpi.params import Params, load_params
from kpi.params.quarter_file import QuarterFile
from kpi.params.targets_file import TargetsFile
from kpi.periods import Period
from tests.disclosure.careful import careful
from tests.drawn import connect, small_engine

SHIPPED = Path(__file__).parents[2] / "params"
HELD_AND_OPEN = """
    conversation_id   | contact_at | held_at    | status | kind   | citizen
    same week         | 2019-07-01 | 2019-07-04 | held   | booked | 1
    ten working days  | 2019-08-01 | 2019-08-15 | held   | booked | 2
    ten calendar days | 2019-11-01 | 2019-11-11 | held   | booked | 3
    fourteen days     | 2019-11-01 | 2019-11-15 | held   | booked | 4
    three weeks       | 2019-11-01 | 2019-11-22 | held   | booked | 5
"""
NOW_CALENDAR_DAYS = """
    metrics:
      conversations_within_10_days:
        counting:
          - version: "1"
            valid_to: 2019-09-30
            due: {days: 10, unit: working_days}
          - version: "2"
            valid_from: 2019-10-01
            due: {days: 10, unit: calendar_days}
            what: Days are calendar days
            reason: A citizen waits on Sundays too
            decided_by: The committee
        targets:
          - {valid_to: 2019-09-30, direction: at_least, value: 0.8, wording: most}
          - {valid_from: 2019-10-01, direction: at_least, value: 0.9, wording: nearly all}
"""


def parameters(targets: str, quarter: str = "2019Q4", history_from: str = "2019Q3") -> Params:
    """Return parameters as the two files would give them."""
    report = QuarterFile.model_validate(
        {
            "quarter": quarter,
            "as_of": "2020-01-15",
            "history_from": history_from,
            "organisation": {"name": "A town"},
            "calendar": {"country": "GL"},
            "disclosure": {"hide_persons_below": 0},
            "sources": {"conversations": {"file": "drawn"}},
        }
    )
    return Params(report, TargetsFile.model_validate(yaml.safe_load(targets)).metrics)


def both_series(params: Params, **how: int) -> pd.DataFrame:
    """Return both series of the drawn conversations."""
    backend, _ = connect({"conversations": HELD_AND_OPEN})
    return overlap(backend, params, measure(backend, params), **how)


@pytest.fixture(scope="module")
def now_calendar_days() -> pd.DataFrame:
    """Return both series where days are calendar days from October on."""
    return both_series(parameters(NOW_CALENDAR_DAYS))


def shipped(quarter: Period) -> Params:
    """Return the shipped parameters as they would be for a quarter."""
    params = load_params(SHIPPED, Period(2019, 4))
    return replace(params, report=params.report.model_copy(update={"quarter": quarter}))


@pytest.mark.parametrize(("quarter", "is_new"), [("2019Q3", True), ("2019Q4", False)])
def test_the_changes_of_2019_as_the_agenda_item_tells_them(quarter: str, is_new: bool) -> None:
    """Two targets were dropped: one replaced by a plan for everyone, one without replacement."""
    plans, telephone = changes(shipped(Period.parse(quarter)))
    assert (plans.metric, plans.kind) == ("action_plans_per_caseworker_week", "retired")
    assert plans.what == "10 handlingsplaner pr. sagsbehandler pr. uge"
    assert plans.new is not None
    assert plans.new["metric"] == "action_plan_coverage"
    assert plans.new["aim"] == "Alle borgere i matchgruppe 3 skal have en handlingsplan"
    assert "så lavt" in plans.reason
    assert (telephone.metric, telephone.kind) == ("phone_conversations", "retired")
    assert telephone.new is None
    assert "90 % af alle samtaler" in telephone.reason
    for change in (plans, telephone):
        assert change.valid_from == "2019-07-01"
        assert change.decided_by == "Forvaltning for Velfærd og Arbejdsmarked"
        assert change.source == "Dagsorden EMN-2020-00627"
        assert change.since_last_report is is_new
    assert json.loads(json.dumps(vars(plans))) == vars(plans)


@pytest.mark.parametrize("quarter", ["2019Q2", "2020Q3"])
def test_nothing_changed_in_other_years(quarter: str) -> None:
    """A change is told in the quarter that it falls in and in the three after it."""
    assert changes(shipped(Period.parse(quarter))) == []


def test_a_new_limit_and_a_new_target() -> None:
    """Each is told with what was in force before it."""
    plain: dict[str, object] = {
        "direction": "at_least",
        "between": None,
        "baseline": None,
        "near": None,
        "groups": {},
    }
    target, counting = changes(parameters(NOW_CALENDAR_DAYS))
    assert target == Change(
        metric="conversations_within_10_days",
        kind="target",
        what="nearly all",
        valid_from="2019-10-01",
        reason="",
        decided_by="",
        source="",
        old={"value": 0.8, "wording": "most"} | plain,
        new={"value": 0.9, "wording": "nearly all"} | plain,
        since_last_report=True,
    )
    assert (counting.kind, counting.what) == ("counting", "Days are calendar days")
    assert counting.reason == "A citizen waits on Sundays too"
    units = [record["due"]["unit"] for record in (counting.old, counting.new) if record]
    assert units == ["working_days", "calendar_days"]


def test_a_target_that_lapses_and_one_that_is_only_worded_anew() -> None:
    """The end of a target is a change; other words for the same number are none."""
    found = changes(
        parameters("""
            metrics:
              payments_on_time:
                targets:
                  - {valid_to: 2019-09-30, direction: at_least, value: 0.95, wording: 95 %}
                  - {valid_from: 2019-10-01, direction: at_least, value: 0.95, wording: 95 per cent}
              home_visits:
                targets:
                  - {valid_to: 2019-10-31, direction: at_least, value: 10, reason: Too few asked}
        """)
    )
    assert [(c.metric, c.valid_from, c.new, c.reason) for c in found] == [
        ("home_visits", "2019-11-01", None, "Too few asked")
    ]


def test_a_metric_introduced_in_place_of_none() -> None:
    """It is told by itself, and its first target is no change of target."""
    (found,) = changes(
        parameters("""
            metrics:
              payments_on_time:
                aim: Bills are paid on time
                introduced: 2019-10-01
                targets:
                  - {valid_from: 2019-10-01, direction: at_least, value: 0.95, reason: New}
        """)
    )
    assert (found.kind, found.what, found.reason) == ("introduced", "Bills are paid on time", "New")
    assert found.old is None


def test_both_ways_of_counting_over_the_overlap(now_calendar_days: pd.DataFrame) -> None:
    """Ten working days were two weeks: one conversation in August and one in November differ."""
    found = now_calendar_days.set_index(["version", "period"])
    counts = found[["met", "missed", "unknown", "n"]].astype(int)
    assert {key: tuple(row) for key, row in zip(counts.index, counts.to_numpy(), strict=True)} == {
        ("1", "2019Q3"): (2, 0, 0, 2),
        ("1", "2019Q4"): (2, 1, 0, 3),
        ("2", "2019Q3"): (1, 1, 0, 2),
        ("2", "2019Q4"): (1, 2, 0, 3),
    }
    assert found["is_judged"].tolist() == [True, False, False, True]
    assert found["value"].tolist() == pytest.approx([1, 2 / 3, 1 / 2, 1 / 3])


def test_the_series_in_force_is_the_published_one(now_calendar_days: pd.DataFrame) -> None:
    """The overlap counts with the same code as the results."""
    params = parameters(NOW_CALENDAR_DAYS)
    backend, _ = connect({"conversations": HELD_AND_OPEN})
    results = evaluate(backend, params, measure(backend, params))
    published = results[results["period_kind"] == "quarter"].reset_index(drop=True)
    is_judged = now_calendar_days["is_judged"].astype(bool)
    own = now_calendar_days[is_judged].reset_index(drop=True)
    same = ["metric", "version", "period", "n", "met", "missed", "value", "lower", "upper"]
    pd.testing.assert_frame_equal(own[same], published[same], check_dtype=False)


def test_a_change_before_the_overlap_is_no_longer_shown() -> None:
    """Two quarters later an overlap of one quarter is over; without a change there is none."""
    later = parameters(NOW_CALENDAR_DAYS, quarter="2020Q1")
    assert set(both_series(later)["version"]) == {"1", "2"}
    assert both_series(later, quarters=0).empty
    once = "metrics: {conversations_within_10_days: {counting: [{due: {days: 10}}]}}"
    nothing = both_series(parameters(once))
    assert both_ways(nothing, RESULTS.empty.assign(suppressed=""), careful(5)).empty


def test_disclosed_series_and_their_difference(now_calendar_days: pd.DataFrame) -> None:
    """The new value less the old, quarter by quarter, from what is shown."""
    results = RESULTS.empty.assign(suppressed="")
    shown = both_ways(now_calendar_days, results, careful(0))
    assert shown["difference"].tolist() == pytest.approx(
        [float("nan"), float("nan"), -1 / 2, -1 / 3], nan_ok=True
    )


def test_versions_are_told_apart_by_name() -> None:
    """Two versions of the same name would be counted as one."""
    with pytest.raises(ValueError, match="a name of its own"):
        parameters(NOW_CALENDAR_DAYS.replace('version: "2"', 'version: "1"'))


BILLS = 40


def judged(outcomes: dict[int, str], quarter: str = "2019Q4") -> pa.Table:
    """Draw 40 bills of a quarter, all met save those given."""
    numbers = range(BILLS)
    days = [dt.datetime(2019, 10, 1) + dt.timedelta(days=number) for number in numbers]
    return pa.table(
        {
            "quarter": [quarter] * BILLS,
            "case_id": [f"bill {number}" for number in numbers],
            "of_unit": [""] * BILLS,
            "outcome": [outcomes.get(number, "met") for number in numbers],
            "start_at": pa.array(days, pa.timestamp("us")),
            "stop_at": pa.array(days, pa.timestamp("us")),
        }
    )


def change(one: pa.Table, other: pa.Table, of: int = 5) -> dict[str, int]:
    """Return by how many cases the outcomes of the drawn quarter are told to grow."""
    (found,) = changed(one, other, of).to_dict("records")
    return {str(name): int(number) for name, number in found.items()}


def changed(one: pa.Table, other: pa.Table, of: int = 5) -> pd.DataFrame:
    """Return that of each drawn quarter, in their order."""
    backend = small_engine()
    first, second = (backend.create_table(n, t) for n, t in (("one", one), ("other", other)))
    return moved(backend, first, second, of).sort_index()


def late(cases: Iterable[int]) -> pd.DataFrame:
    """Return by how many the outcomes grow where so many cases become late: a row each."""
    quarters = {number: f"{number:02} become late" for number in cases}
    return changed(
        pa.concat_tables([judged({}, name) for name in quarters.values()]),
        pa.concat_tables(
            [judged(dict.fromkeys(range(n), "missed"), name) for n, name in quarters.items()]
        ),
    )


def test_a_difference_is_told_in_multiples() -> None:
    """Two, six and ten cases become late; what outcomes lose and gain is the same."""
    none = judged({})
    assert not any(change(none, none).values())
    for cases, found in enumerate(late(range(12)).to_dict("records")):
        assert found["missed"] == -found["met"]
        assert found["missed"] in {cases // 5 * 5, -(-cases // 5) * 5}
        assert found["n"] == 0
    assert change(none, judged({0: "missed", 1: "missed"}), of=1)["missed"] == 2


def test_a_case_that_leaves_the_quarter() -> None:
    """Seven bills fewer are five or ten fewer."""
    found = change(judged({}), judged({}).slice(7))
    assert found["n"] == found["met"]
    assert found["n"] in {-5, -10}


@pytest.mark.parametrize("secret", ["the days of these bills", "those of others", "and of others"])
def test_who_moves_more_is_never_told_to_move_fewer(secret: str) -> None:
    """Two answers tell no less together than each alone: they differ by a multiple."""
    flows = [{("met", "missed"): late, ("met", "met"): BILLS - late} for late in range(BILLS)]
    told = [_in_multiples(one, 5, secret)["missed"] for one in flows]
    assert told == sorted(told)
    assert {later - one for one, later in pairwise(told)} == {0, 5}


def test_no_outcome_loses_more_than_it_has() -> None:
    late = dict.fromkeys(range(9), "missed")
    gone = dict.fromkeys(range(4), "unknown") | dict.fromkeys(range(4, 9), "met")
    assert change(judged(late), judged(gone))["missed"] == -5


def test_of_the_other_way_no_counts_are_told(now_calendar_days: pd.DataFrame) -> None:
    """The figure that is judged is shown with its counts, and hidden with the results."""
    versions = now_calendar_days
    many = dict.fromkeys(("n", "met", "persons", "persons_met"), 100)
    versions = versions.assign(**many, missed=0, unknown=0, persons_missed=0)
    shown = both_ways(versions, RESULTS.empty.assign(suppressed=""), careful(5))
    judged_by = versions["is_judged"].astype(bool)
    assert shown.loc[judged_by, "n"].tolist() == [100, 100]
    assert shown.loc[~judged_by, ["n", "met", "missed", "numerator"]].isna().all(axis=None)
    assert shown["value"].notna().all()
    hidden = pd.DataFrame(
        [{"metric": versions["metric"].iloc[0], "period": "2019Q4", "group": "", "suppressed": "x"}]
    )
    shown = both_ways(versions, hidden, careful(5))
    shown = shown[shown["period"] == "2019Q4"]
    assert shown["value"].isna().all()
    assert set(shown["status"]) == {"hidden"}
