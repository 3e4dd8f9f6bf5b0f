"""Limits by category in several units, told rightly; another one tried in its own unit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kpi.errors import ParameterError
from kpi.language import Labels
from kpi.page.methods import limit_in_words
from kpi.params import Due
from kpi.periods import Period
from kpi.simulate.what_if import Trial, what_if
from tests.foreign import Administration

MIXED = {"hours": 8, "by": "category", "values": {"Sewer": {"days": 2}, "Leak": {"minutes": 30}}}
DAYS = {
    "days": 3, "by": "category", "values": {"Sewer": {"days": 3, "unit": "working_days"}},
}  # fmt: skip
REQUESTS = """Nr;Category;Opened;Closed
1;Sewer;2019-02-01 10:00:00;2019-02-03 10:00:00
2;Sewer;2019-02-01 10:00:00;2019-02-03 10:00:01
3;Leak;2019-02-01 10:00:00;2019-02-01 10:30:00
4;Leak;2019-02-01 10:00:00;2019-02-01 10:31:00
5;Street;2019-02-01 10:00:00;2019-02-01 18:00:00
6;Street;2019-02-01 10:00:00;2019-02-01 18:00:01
7;Sewer;2019-02-01 10:00:00;2019-02-06 18:00:00
8;;2019-02-01 10:00:00;2019-02-04 18:00:00
"""


def requests(folder: Path, due: dict[str, Any]) -> Administration:
    """Return an office with requests of several categories."""
    moment = {"type": "moment", "required": True}
    subject = {
        "key": "request",
        "dated_by": "opened_at",
        "columns": {
            "request": {"required": True}, "category": "text", "opened_at": moment,
            "closed_at": "moment",
        },
    }  # fmt: skip
    names = {"request": "Nr", "category": "Category", "opened_at": "Opened", "closed_at": "Closed"}
    metric = {
        "kind": "share_within_limit", "title": "In time", "subject": "requests",
        "start": "opened_at", "stop": "closed_at",
    }  # fmt: skip
    settings = {"counting": [{"due": due, "quarter_by": "due"}]}
    return Administration(
        folder, {"requests": subject}, {"in_time": metric},
        {"in_time": settings | {"targets": [{"direction": "at_least", "value": 0.5}]}},
        {"requests": {"file": "r.csv", "columns": names, "timezone": "Europe/Paris"}},
        {"r.csv": REQUESTS},
        report={"disclosure": {"hide_persons_below": 0}},
    )  # fmt: skip


def test_each_category_is_judged_in_its_own_unit(tmp_path):
    row = requests(tmp_path, MIXED).figures("in_time").loc["2019Q1"]
    assert [row["n"], row["met"], row["missed"]] == [8, 3, 5]


@pytest.mark.slow
def test_spark_judges_mixed_limits_as_duckdb_does(tmp_path, spark_master):
    found = []
    for engine in ("duckdb", spark_master):
        town = requests(tmp_path, MIXED)
        town.engine = engine
        _, _, results = town.measured()
        told = results[["period", "n", "met", "missed", "median_days", "max_days"]]
        found.append(told.astype({"period": str}).fillna(-1).to_numpy().tolist())
    assert found[0] == found[1]


def test_times_are_told_in_the_finest_unit(tmp_path):
    row = requests(tmp_path, MIXED).figures("in_time").loc["2019Q1"]
    assert row["max_days"] == 5 * 1440 + 480
    assert Due.model_validate(MIXED).shown_in == "minutes"
    assert Due.model_validate(DAYS).shown_in == "calendar_days"


def test_working_days_beside_calendar_days(tmp_path):
    """The first of February 2019 was a Friday."""
    row = requests(tmp_path, DAYS).figures("in_time").loc["2019Q1"]
    assert [row["n"], row["met"], row["missed"]] == [8, 8, 0]
    other = DAYS | {"values": {"Sewer": {"days": 2, "unit": "working_days"}}}
    row = requests(tmp_path, other).figures("in_time").loc["2019Q1"]
    assert [row["met"], row["missed"]] == [7, 1]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "8 hours; for Sewer 2 calendar days and for Leak 30 minutes"),
        ("da", "8 timer; for Sewer 2 kalenderdage og for Leak 30 minutter"),
    ],
)
def test_limits_are_worded_in_their_units(language, words):
    said = str(limit_in_words(Labels(language), Due.model_validate(MIXED)))
    assert said.replace("\u2068", "").replace("\u2069", "") == words


def tried(town: Administration, trial: Trial) -> list[int]:
    """Return how many cases were met then, and would have been, in 2019Q1."""
    quarter = Period.parse("2019Q1")
    row = what_if("in_time", [quarter], town.places, trial, lambda _: None).iloc[0]
    return [round(row[f"value_{part}"] * row[f"n_{part}"]) for part in ("then", "what_if")]


@pytest.mark.parametrize(
    ("trial", "met"),
    [(Trial(minutes=30), [3, 1]), (Trial(hours=8), [3, 3]), (Trial(hours=9), [3, 4])],
)
def test_another_limit_is_tried_in_minutes_and_hours(tmp_path, trial, met):
    assert tried(requests(tmp_path, {"hours": 8}), trial) == met


@pytest.mark.parametrize(
    ("due", "trial", "words"),
    [
        ({"hours": 8}, Trial(days=1), "Write --hours 8"),
        ({"minutes": 10}, Trial(unit="working_days"), "Write --minutes 10"),
        ({"hours": 8}, Trial(hours=1, minutes=1), "One limit is tried"),
        ({"hours": 8}, Trial(hours=-1), "Write --hours"),
        (MIXED, Trial(hours=9), "limits by category"),
    ],
)
def test_a_limit_in_another_unit_is_no_limit_in_this_one(tmp_path, due, trial, words):
    with pytest.raises(ParameterError, match=words):
        tried(requests(tmp_path, due), trial)


def test_times_in_minutes_stand_beside_metrics_without_a_clock(tmp_path):
    """One query counts all of them, and one metric whose limit was in days before."""
    town = requests(tmp_path, {"minutes": 480})
    town.metrics |= {
        "opened": {"kind": "count", "title": "n", "subject": "requests", "happened": "opened_at"},
        "time": METRIC_OF_TIME,
    }
    versions = [
        {"version": "1", "due": {"days": 2}, "valid_to": "2018-12-31"},
        {"version": "2", "due": {"hours": 8}, "valid_from": "2019-01-01"},
    ]
    town.targets |= {"opened": {}, "time": {"counting": versions}}
    town.__post_init__()
    _, _, found = town.measured()
    row = found[(found["period"] == "2019Q1") & (found["group"] == "")].set_index("metric")
    assert list(row["n"]) == [8, 8, 8]
    assert row.loc["time", "median_days"] == pytest.approx(row.loc["in_time", "median_days"] / 60)


METRIC_OF_TIME = {
    "kind": "duration", "title": "t", "subject": "requests", "start": "opened_at",
    "stop": "closed_at",
}  # fmt: skip


@pytest.mark.parametrize("due", [MIXED, DAYS])
def test_another_engine_judges_the_same(tmp_path, postgres_server, due):
    found = []
    for engine in ("duckdb", postgres_server):
        town = requests(tmp_path, due)
        town.engine = engine
        row = town.figures("in_time").loc["2019Q1"]
        found.append([row[name] for name in ("n", "met", "missed", "median_days", "max_days")])
    assert found[0] == found[1]
