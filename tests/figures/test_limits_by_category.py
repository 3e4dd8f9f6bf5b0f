"""Limits by category in several units, told rightly; another one tried in its own unit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
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


TWO_WORKING_DAYS = DAYS | {"values": {"Sewer": {"days": 2, "unit": "working_days"}}}


def requests(folder: Path, **dues: dict[str, Any]) -> Administration:
    """Return an office with requests of several categories, and a metric of each limit."""
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
    targets = {"targets": [{"direction": "at_least", "value": 0.5}]}
    settings = {
        name: {"counting": [{"due": due, "quarter_by": "due"}]} | targets
        for name, due in dues.items()
    }
    return Administration(
        folder, {"requests": subject}, dict.fromkeys(dues, metric), settings,
        {"requests": {"file": "r.csv", "columns": names, "timezone": "Europe/Paris"}},
        {"r.csv": REQUESTS},
        report={"disclosure": {"hide_persons_below": 0}},
    )  # fmt: skip


LIMITS = {"mixed": MIXED, "days": DAYS, "two_days": TWO_WORKING_DAYS}


def counted(folder: Path, *limits: str, engine: str = "duckdb") -> pd.DataFrame:
    """Return the figures of limits by category, of the whole of 2019Q1."""
    town = requests(folder, **{name: LIMITS[name] for name in limits})
    town.engine = engine
    _, _, found = town.measured()
    return found[(found["period"] == "2019Q1") & (found["group"] == "")].set_index("metric")


@pytest.fixture(scope="module")
def figures(tmp_path_factory) -> pd.DataFrame:
    return counted(tmp_path_factory.mktemp("requests"), *LIMITS)


def test_each_category_is_judged_in_its_own_unit(figures):
    assert figures.loc["mixed", ["n", "met", "missed"]].tolist() == [8, 3, 5]


def test_times_are_told_in_the_finest_unit(figures):
    assert figures.loc["mixed", "max_days"] == 5 * 1440 + 480
    assert Due.model_validate(MIXED).shown_in == "minutes"
    assert Due.model_validate(DAYS).shown_in == "calendar_days"


def test_working_days_beside_calendar_days(figures):
    """The first of February 2019 was a Friday."""
    assert figures.loc["days", ["n", "met", "missed"]].tolist() == [8, 8, 0]
    assert figures.loc["two_days", ["met", "missed"]].tolist() == [7, 1]


@pytest.mark.parametrize(
    ("engine", "limits"), [("postgres_server", [*LIMITS]), ("spark_master", ["mixed"])]
)
def test_another_engine_judges_the_same(figures, engine, limits, tmp_path, request):
    told = ["n", "met", "missed", "median_days", "max_days"]
    found = counted(tmp_path, *limits, engine=request.getfixturevalue(engine))
    pd.testing.assert_frame_equal(found[told], figures.loc[limits, told], check_dtype=False)


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
    [
        (Trial(minutes=30), [3, 1]),
        pytest.param(Trial(hours=8), [3, 3], marks=pytest.mark.slow),
        pytest.param(Trial(hours=9), [3, 4], marks=pytest.mark.slow),
    ],
)
def test_another_limit_is_tried_in_minutes_and_hours(tmp_path, trial, met):
    assert tried(requests(tmp_path, in_time={"hours": 8}), trial) == met


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
        tried(requests(tmp_path, in_time=due), trial)


def test_times_in_minutes_stand_beside_metrics_without_a_clock(tmp_path):
    """One query counts all of them, and one metric whose limit was in days before."""
    town = requests(tmp_path, in_time={"minutes": 480})
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
