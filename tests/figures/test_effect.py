"""What the rows set aside, and those in doubt, would change."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from kpi.definitions.subjects import SUBJECTS
from kpi.figures.cases import measure
from kpi.figures.effect import effect
from kpi.figures.results import evaluate
from kpi.params import load_params
from kpi.periods import Period
from kpi.quality import check_tables
from tests.quality.extracts import read

QUARTER = Period(2019, 4)
REPORT: dict[str, Any] = {
    "quarter": "2019Q4",
    "as_of": dt.date(2020, 1, 15),
    "history_from": "2019Q3",
    "organisation": {"name": "A small town", "municipality_code": "956"},
    "calendar": {"country": "GL"},
    "disclosure": {"hide_persons_below": 0},
}
DUE = {
    "counting": [{"due": {"column": "due_at"}, "quarter_by": "due"}],
    "targets": [{"direction": "at_least", "value": 0.5}],
}
BILLS = """
    bill_id | kind | citizen | received_at | due_at     | paid_at    | municipality_code
    on time | bill | ane     | 2019-10-01  | 2019-11-01 | 2019-10-30 | 956
    late    | bill | bo      | 2019-10-01  | 2019-11-01 | 2019-11-30 | 956
    lost    | bill | carl    | 2019-10-01  | 2019-11-01 |            | 956
    before  | bill | dorthe  | 2019-10-09  | 2019-11-01 | 2019-10-30 | 956
    no bill | gift | erik    | 2019-10-01  | 2019-11-01 | 2019-11-30 | 956
    on time | bill | ane     | 2019-10-01  | 2019-11-01 | 2019-10-30 | 956
    theirs  | bill | frida   | 2019-10-01  | 2019-11-01 | 2019-10-30 | 955
    """


def effect_on(
    folder: Path, metrics: dict[str, dict[str, Any]], tables: dict[str, str]
) -> dict[str, dict[str, Any]]:
    """Return the effect on each metric, by its id."""
    report = REPORT | {"sources": {name: {"file": f"{name}.csv"} for name in tables}}
    (folder / "2019Q4.yaml").write_text(yaml.safe_dump(report), encoding="utf-8")
    (folder / "targets.yaml").write_text(yaml.safe_dump({"metrics": metrics}), encoding="utf-8")
    params = load_params(folder, QUARTER)
    backend, context = read(tables)
    lenient = {
        name: SUBJECTS[name].with_severities(
            {"no_rows_in_quarter": "note"} if SUBJECTS[name].dated_by else {}
        )
        for name in tables
    }
    quality = check_tables(backend, lenient, context, quarter=QUARTER, docs=None)
    measured = measure(backend, params)
    results = evaluate(backend, params, measured)
    found: pd.DataFrame = effect(backend, params, measured, results, quality.rules)
    return {str(row["metric"]): row for row in found.to_dict("records")}  # type: ignore[misc]


@pytest.mark.slow
def test_each_case_is_judged_by_the_rule_of_its_own(tmp_path: Path) -> None:
    """The limit falls from 10 days to 5: of two decided on the ninth, one began before that."""
    counting = [
        {"version": "1", "due": {"days": 10}, "valid_to": "2019-11-14"},
        {"version": "2", "due": {"days": 5}, "valid_from": "2019-11-15"},
    ]
    applications = """
        application_id | kind  | citizen | received_at | decided_at | result  | municipality_code
        before         | other | ane     | 2019-11-14  | 2019-11-23 | granted | 956
        after          | other | bo      | 2019-11-15  | 2019-11-24 | granted | 956
        no kind        | gift  | carl    | 2019-11-14  | 2019-11-23 | granted | 956
        """
    targets = [{"direction": "at_least", "value": 0.5}]
    metrics = {"application_time": {"counting": counting, "targets": targets}}
    row = effect_on(tmp_path, metrics, {"applications": applications})["application_time"]
    assert (row["n"], row["lower"], row["verdict"]) == (2, 0.5, "met")


def test_a_share_with_the_rows_set_aside_and_with_those_in_doubt_unknown(tmp_path: Path) -> None:
    """A copy and another municipality's bill stay out; the bill lost on its way is in doubt.

    All were approved on 2 October: one of them before it was received.
    """
    row = effect_on(tmp_path, {"payments_on_time": DUE}, {"bills": BILLS})["payments_on_time"]
    assert (row["n"], row["lower"], row["verdict"]) == (3, pytest.approx(1 / 3), "not_met")
    # approved before it was received, but paid in time: it would have been met
    assert (row["with_set_aside_n"], row["with_set_aside_lower"]) == (4, 0.5)
    assert row["with_set_aside_verdict"] == "met"
    assert row["with_set_aside_rule"] == "approved_before_received"
    # the bill lost on its way was late: not known, it may have been on time
    bounds = [row[f"doubtful_unknown_{name}"] for name in ("n", "lower", "upper")]
    assert bounds == [3, pytest.approx(1 / 3), pytest.approx(2 / 3)]
    assert row["doubtful_unknown_verdict"] == "not_documented"
    assert row["doubtful_unknown_rule"] == "absent_from_ledger"


@pytest.mark.slow
def test_nothing_set_aside_moves_nothing(tmp_path: Path) -> None:
    """Every way of counting gives the figure."""
    lines = BILLS.strip().splitlines()[:3]
    row = effect_on(tmp_path, {"payments_on_time": DUE}, {"bills": "\n".join(lines)})
    found = row["payments_on_time"]
    for way in ("with_set_aside", "doubtful_unknown"):
        assert (found[f"{way}_n"], found[f"{way}_lower"]) == (2, 0.5)
        assert found[f"{way}_rule"] == ""


def test_a_count_and_a_rate(tmp_path: Path) -> None:
    """A no-show recorded as held is no conversation; one without a number of a person is."""
    conversations = """
        conversation_id | citizen | ordered_at | held_at    | kind   | status
        held            | ane     | 2019-10-01 | 2019-10-08 | booked | held
        nobody          |         | 2019-10-01 | 2019-10-08 | booked | held
        on Sunday       | bo      | 2019-10-01 | 2019-10-06 | booked | held
        stayed away     | carl    | 2019-10-01 | 2019-10-08 | booked | no_show
        """
    metrics: dict[str, dict[str, Any]] = {
        "conversations_held": {},
        "conversations_per_working_week": {},
    }
    found = effect_on(tmp_path, metrics, {"conversations": conversations})
    held = found["conversations_held"]
    assert (held["n"], held["with_set_aside_n"], held["doubtful_unknown_n"]) == (2, 3, 2)
    assert (held["doubtful_unknown_lower"], held["doubtful_unknown_upper"]) == (1, 2)
    assert held["with_set_aside_rule"] == "citizen_missing"
    assert held["doubtful_unknown_rule"] == "held_on_closed_day"
    rate = found["conversations_per_working_week"]
    assert rate["with_set_aside_value"] == pytest.approx(rate["value"] * 3 / 2)
    assert rate["doubtful_unknown_lower"] == pytest.approx(rate["value"] / 2)
    assert rate["doubtful_unknown_upper"] == rate["value"]


def test_a_median_lies_between_those_of_the_quickest_and_slowest_that_may_be(
    tmp_path: Path,
) -> None:
    """The decision of a case that was reopened is in doubt: it took any time."""
    applications = """
        application_id | kind                     | received_at | decided_at | is_reopened
        quick          | early_retirement_pension | 2019-10-01  | 2019-10-11 | no
        slow           | early_retirement_pension | 2019-10-01  | 2019-10-31 | no
        again          | early_retirement_pension | 2019-10-01  | 2019-12-20 | yes
        """
    tables = {"applications": applications}
    row = effect_on(tmp_path, {"early_retirement_pension_time": {}}, tables)
    found = row["early_retirement_pension_time"]
    assert found["value"] == 30
    assert (found["doubtful_unknown_lower"], found["doubtful_unknown_upper"]) == (10, 30)
    assert found["doubtful_unknown_rule"] == "reopened"


@pytest.mark.slow
def test_a_median_that_may_be_of_a_case_in_doubt_has_no_upper_end(tmp_path: Path) -> None:
    applications = """
        application_id | kind                     | received_at | decided_at | is_reopened
        quick          | early_retirement_pension | 2019-10-01  | 2019-10-11 | no
        again          | early_retirement_pension | 2019-10-01  | 2019-12-20 | yes
        once more      | early_retirement_pension | 2019-10-01  | 2019-12-20 | yes
        """
    most = {"targets": [{"direction": "at_most", "value": 90}]}
    tables = {"applications": applications}
    row = effect_on(tmp_path, {"early_retirement_pension_time": most}, tables)
    found = row["early_retirement_pension_time"]
    assert found["doubtful_unknown_lower"] == 0
    assert pd.isna(found["doubtful_unknown_upper"])
    assert (found["verdict"], found["doubtful_unknown_verdict"]) == ("met", "not_documented")


def test_a_stock_hangs_on_the_rows_of_all_its_tables(tmp_path: Path) -> None:
    """A plan set aside would have covered somebody; a citizen in two groups is in doubt."""
    groups = """
        citizen | match_group | from_date  | to_date
        ane     | 3           | 2019-01-01 |
        bo      | 3           | 2019-01-01 |
        carl    | 1           | 2019-01-01 |
        carl    | 3           | 2019-06-01 |
        """
    plans = """
        plan_id | citizen | made_at    | closed_at | unreadable
        1       | ane     | 2019-10-01 |           |
        2       | bo      | 2019-10-01 |           | next_follow_up_at
        """
    metrics: dict[str, dict[str, Any]] = {"action_plan_coverage": {}}
    found = effect_on(tmp_path, metrics, {"match_groups": groups, "action_plans": plans})
    row = found["action_plan_coverage"]
    assert (row["n"], row["lower"]) == (3, pytest.approx(1 / 3))
    assert row["with_set_aside_lower"] == pytest.approx(2 / 3)
    bounds = [row[f"doubtful_unknown_{name}"] for name in ("n", "lower", "upper")]
    assert bounds == [3, pytest.approx(1 / 3), pytest.approx(2 / 3)]


PAID = {"on time": "2019-10-30", "late": "2019-11-30", "open": ""}


def test_a_case_in_doubt_widens_the_range_and_never_disappears(tmp_path: Path) -> None:
    """Whatever the cases in doubt are, all of them count, and the figure lies inside the range."""
    drawn = [(paid, in_doubt) for paid in PAID for in_doubt in (True, False, True)]
    lines = [
        f"{place} | bill | person{place} | 2019-10-01 | 2019-11-01 | {PAID[paid]} | 956 |"
        f" {-1 if in_doubt else 100}"
        for place, (paid, in_doubt) in enumerate(drawn)
    ]
    head = (
        "bill_id | kind | citizen | received_at | due_at | paid_at | municipality_code | amount_dkk"
    )
    tables = {"bills": "\n".join([head, *lines])}
    row = effect_on(tmp_path, {"payments_on_time": DUE}, tables)["payments_on_time"]
    assert row["doubtful_unknown_n"] == row["n"] == len(drawn)
    doubted = sum(in_doubt or paid == "open" for paid, in_doubt in drawn)
    width = row["doubtful_unknown_upper"] - row["doubtful_unknown_lower"]
    assert width == pytest.approx(doubted / len(drawn))
    assert row["doubtful_unknown_lower"] < row["lower"]
    assert row["doubtful_unknown_upper"] > row["upper"]
