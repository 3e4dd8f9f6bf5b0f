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
from kpi.periods import Quarter
from kpi.quality import check_tables
from tests.quality.extracts import read

QUARTER = Quarter(2019, 4)
REPORT: dict[str, Any] = {
    "quarter": "2019Q4",
    "as_of": dt.date(2020, 1, 15),
    "history_from": "2019Q3",
    "organisation": {"name": "A small town", "municipality_code": "956"},
    "calendar": {"country": "GL"},
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


def test_a_share_with_the_rows_set_aside_and_without_those_in_doubt(tmp_path: Path) -> None:
    """A copy and another municipality's bill stay out; the bill lost on its way is in doubt.

    All were approved on 2 October: one of them before it was received.
    """
    row = effect_on(tmp_path, {"payments_on_time": DUE}, {"bills": BILLS})["payments_on_time"]
    assert (row["n"], row["lower"], row["verdict"]) == (3, pytest.approx(1 / 3), "not_met")
    # approved before it was received, but paid in time: it would have been met
    assert (row["with_set_aside_n"], row["with_set_aside_lower"]) == (4, 0.5)
    assert row["with_set_aside_verdict"] == "met"
    assert row["with_set_aside_rule"] == "approved_before_received"
    assert (row["without_doubtful_n"], row["without_doubtful_lower"]) == (2, 0.5)
    assert row["without_doubtful_rule"] == "absent_from_ledger"
    assert (row["with_set_aside_persons"], row["without_doubtful_persons"]) == (1, 1)


def test_nothing_set_aside_moves_nothing(tmp_path: Path) -> None:
    """Every way of counting gives the figure, and tells of nobody."""
    lines = BILLS.strip().splitlines()[:3]
    row = effect_on(tmp_path, {"payments_on_time": DUE}, {"bills": "\n".join(lines)})
    found = row["payments_on_time"]
    for way in ("with_set_aside", "without_doubtful"):
        assert (found[f"{way}_n"], found[f"{way}_lower"]) == (2, 0.5)
        assert found[f"{way}_rule"] == ""
        assert pd.isna(found[f"{way}_persons"])


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
    assert (held["n"], held["with_set_aside_n"], held["without_doubtful_n"]) == (2, 3, 1)
    assert held["with_set_aside_rule"] == "citizen_missing"
    assert held["without_doubtful_rule"] == "held_on_closed_day"
    rate = found["conversations_per_working_week"]
    assert rate["with_set_aside_value"] == pytest.approx(rate["value"] * 3 / 2)


def test_a_median_is_taken_anew(tmp_path: Path) -> None:
    """The decision of a case that was reopened is in doubt."""
    applications = """
        application_id | kind                     | received_at | decided_at | is_reopened
        quick          | early_retirement_pension | 2019-10-01  | 2019-10-11 | no
        slow           | early_retirement_pension | 2019-10-01  | 2019-10-31 | no
        again          | early_retirement_pension | 2019-10-01  | 2019-12-20 | yes
        """
    tables = {"applications": applications}
    row = effect_on(tmp_path, {"early_retirement_pension_time": {}}, tables)
    found = row["early_retirement_pension_time"]
    assert (found["value"], found["without_doubtful_value"]) == (30, 20)
    assert found["without_doubtful_rule"] == "reopened"


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
    assert (row["without_doubtful_n"], row["without_doubtful_lower"]) == (2, 0.5)
    assert (row["with_set_aside_persons"], row["without_doubtful_persons"]) == (1, 1)
