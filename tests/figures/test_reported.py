"""Values that are reported, not computed: published as they are, one for each period and part."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kpi.errors import DefinitionError, ParameterError, QualityError
from kpi.run.prepare import check_params
from tests.foreign import Administration

SCORES = """Month;Hall;Score;Told
2018-11-01;;71.5;2018-12-05
2019-01-01;;70;2019-02-04
2019-01-01;North;65.25;2019-02-04
2019-01-01;South;75;2019-02-04
2019-02-01;;72;2019-03-04
2019-02-01;;72.4;2019-03-11
2019-03-01;South;74;2019-04-02
2019-03-01;;80;2019-05-02
"""


@pytest.fixture
def library(tmp_path: Path):
    """Give what makes a library with a reported score, with other keys of its metric."""

    def library(scores: str = SCORES, **metric: Any) -> Administration:
        date = {"type": "date", "required": True}
        subject = {
            "dated_by": "month",
            "may_be_quiet": True,
            "groups": "hall",
            "columns": {"month": date, "hall": "text", "score": "number", "told_at": date},
        }
        columns = {"month": "Month", "hall": "Hall", "score": "Score", "told_at": "Told"}
        declared = {
            "kind": "reported", "title": {"en": "Satisfaction", "da": "Tilfredshed"},
            "subject": "scores", "on": "month", "value": "score",
            "latest": "told_at", "measured_in": {"en": "points", "da": "point"},
        }  # fmt: skip
        target = {"direction": "at_least", "value": 73}
        return Administration(
            tmp_path, {"scores": subject},
            {"score": {k: v for k, v in (declared | metric).items() if v}},
            {"score": {"groups": ["hall"], "targets": [target]}},
            {"scores": {"file": "scores.csv", "columns": columns}},
            {"scores.csv": scores},
        )  # fmt: skip

    return library


def test_the_latest_value_that_was_told_by_the_day_of_extraction_stands(library):
    _, _, found = library().measured()
    values = found.set_index(["period", "group"])["value"].dropna()
    assert dict(values) == {
        ("2018Q4", ""): 71.5,
        ("2019Q1", ""): 72.4,
        ("2019Q1", "hall=North"): 65.25,
        ("2019Q1", "hall=South"): 74,
        ("2018-11", ""): 71.5,
        ("2019-01", ""): 70,
        ("2019-02", ""): 72.4,
    }


def test_it_is_judged_by_its_target(library):
    row = library().figures("score").loc["2019Q1"]
    assert list(row[["unit", "n", "lower", "upper", "status"]]) == [
        "value",
        1,
        72.4,
        72.4,
        "not_met",
    ]


def test_a_whole_that_nobody_reports_is_not_made_of_its_parts(library):
    parts = "\n".join(line for line in SCORES.splitlines() if ";;" not in line)
    row = library(parts).figures("score").loc["2019Q1"]
    assert row[["value", "lower"]].isna().all()
    assert row["status"] == "no_data"


def test_parts_that_are_not_listed_are_none_of_the_whole(library):
    town = library()
    town.targets["score"].pop("groups")
    town.__post_init__()
    _, _, found = town.measured()
    assert set(found["group"]) == {""}
    assert found.set_index("period").loc["2019Q1", "value"] == 72.4


def test_rows_may_say_that_they_are_about_the_whole(library):
    _, _, found = library(SCORES.replace(";;", ";All;"), whole="hall = 'All'").measured()
    values = found.set_index(["period", "group"])["value"]
    assert values["2019Q1", ""] == 72.4
    assert set(found["group"]) == {"", "hall=North", "hall=South"}


def test_several_values_of_which_none_is_the_latest_stop_the_run(library):
    with pytest.raises(QualityError, match="3 of 2019Q1"):
        library(latest="").measured()


@pytest.mark.parametrize(
    ("part", "text", "kind", "words"),
    [
        ("value", "hall", DefinitionError, "score.value is a number"),
        ("on", "score", DefinitionError, "score.on is a date or a moment"),
        ("whole", "hall", DefinitionError, "true or false"),
        ("latest", "tld_at", DefinitionError, 'Did you mean "told_at"'),
        ("numerator", "score", ParameterError, "a reported has no numerator"),
    ],
)
def test_what_does_not_fit_is_told(library, part, text, kind, words):
    town = library(**{part: text})
    with pytest.raises((kind, DefinitionError), match=words):
        check_params(town.params, town.places)


@pytest.mark.parametrize(
    "engine", ["postgres_server", pytest.param("spark_master", marks=pytest.mark.slow)]
)
def test_another_engine_tells_the_same(library, engine, request):
    found = []
    for address in ("duckdb", request.getfixturevalue(engine)):
        town = library()
        town.engine = address
        _, _, results = town.measured()
        found.append(results[["period", "group", "value", "status"]].fillna(-1).to_numpy().tolist())
    assert found[0] == found[1]
