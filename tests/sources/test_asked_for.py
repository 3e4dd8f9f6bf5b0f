"""Rows that are asked for, columns made of others, one row of each case: all of it counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kpi.errors import DefinitionError, KpiError, ParameterError, SourceError
from kpi.run.prepare import check_params
from tests.foreign import Administration

CALLS = """call;unit;received;arrived;priority;state
1;A;2019-01-01 10:00:00;2019-01-01 10:05:00;3;done
1;B;2019-01-01 10:00:00;2019-01-01 10:04:00;3;done
2;A;2019-01-02 10:01:00;;3;cancelled
2;C;2019-01-02 10:00:00;2019-01-02 10:20:00;3;done
3;A;2019-01-03 10:00:00;2019-01-03 10:05:00;2;done
4;A;2019-01-04 10:00:00;2019-01-04 10:05:00;3;test
"""
SUBJECT: dict[str, Any] = {
    "key": "call",
    "dated_by": "received_at",
    "columns": {
        "call": {"required": True},
        "unit": "text",
        "received_at": {"type": "moment", "required": True},
        "arrived_at": "moment",
        "priority": {"allowed": ["urgent", "other"]},
        "status": "text",
        "minutes_left": "number",
        "is_by_night": "yes_no",
    },
    "steps": {"order": ["received", "arrived"]},
}
SOURCE: dict[str, Any] = {
    "file": "calls.csv",
    "columns": {
        "call": "call", "unit": "unit", "received_at": "received", "arrived_at": "arrived",
        "priority": "priority", "status": "state",
    },
    "timezone": "Europe/Paris",
    "values": {"priority": {"3": "urgent", "default": "other"}},
    "filter": "priority = 'urgent'",
    "one_row": {"take": "first", "by": "received_at"},
}  # fmt: skip
METRIC = {
    "kind": "share_within_limit", "title": "In time", "subject": "calls",
    "start": "received_at", "stop": "arrived_at",
}  # fmt: skip


@pytest.fixture
def calls(tmp_path: Path):
    """Give what makes an administration of calls, with other parts of its source and subject."""

    def calls(
        source: dict[str, Any] | None = None, key: str = "call", **columns: Any
    ) -> Administration:
        subject = SUBJECT | {"columns": SUBJECT["columns"] | columns, "key": key or []}
        return Administration(
            tmp_path, {"calls": subject}, {"in_time": METRIC},
            {"in_time": {"counting": [{"due": {"minutes": 10}, "quarter_by": "due"}]}},
            {"calls": {k: v for k, v in (SOURCE | (source or {})).items() if v is not None}},
            {"calls.csv": CALLS},
        )  # fmt: skip

    return calls


def test_the_first_row_of_each_case_that_is_asked_for(calls):
    quality, rows = calls().read("calls")
    assert list(rows["row_no"]) == [1, 4, 6]
    (table,), (extract,) = quality.tables, quality.extracts
    assert (extract.rows, extract.not_asked_for, extract.other_rows) == (6, 1, 2)
    assert (table.rows_read, table.rows_accepted, table.rows_set_aside) == (3, 3, 0)
    assert extract.written["filter"] == "priority = 'urgent'"
    assert extract.written["one_row"] == "first received_at"


def test_cases_whose_rows_have_no_first_are_told(calls):
    quality, _ = calls().read("calls")
    (finding,) = [one for one in quality.tables[0].broken if one.rule == "one_row_tied"]
    assert (finding.rows, finding.severity, finding.where) == (1, "note", "calls.csv: received")


def test_the_last_row_of_each_case(calls):
    one_row = {"take": "last", "by": "received_at", "of": "call"}
    _, rows = calls({"one_row": one_row}).read("calls")
    assert list(rows["row_no"]) == [1, 3, 6]


def test_what_happened_after_the_day_of_extraction_decides_nothing(calls, tmp_path):
    late = "2;Z;2019-05-02 10:00:00;;3;done\n"
    town = calls({"one_row": {"take": "last", "by": "received_at"}})
    (tmp_path / "data" / "calls.csv").write_text(CALLS + late, encoding="utf-8")
    _, rows, found = town.measured("calls")
    assert list(rows["row_no"]) == [1, 3, 6]
    assert list(found.loc[found["period"] == "2019Q1", "n"])[:1] == [3]


def test_rows_that_are_to_be_ignored_by_their_words(calls):
    values = {"priority": {"3": "urgent", "2": "ignore"}, "status": {"test": "ignore"}}
    source = {"filter": None, "values": values, "one_row": None}
    quality, rows = calls(source, key="").read("calls")
    assert list(rows["row_no"]) == [1, 2, 3, 4]
    assert quality.extracts[0].not_asked_for == 2
    assert quality.extracts[0].written["ignored"] == "priority, status"
    assert "ignored_by_its_words" not in rows


def test_all_other_words_may_be_ignored(calls):
    values = {"priority": {"3": "urgent", "default": "ignore"}}
    _, rows = calls({"values": values, "filter": None, "one_row": None}, "").read("calls")
    assert list(rows["row_no"]) == [1, 2, 3, 4, 6]


def test_a_default_takes_no_word_that_is_known_and_nothing_that_is_missing(calls, tmp_path):
    town = calls({"filter": None, "one_row": None}, key="")
    more = "5;A;2019-01-05 10:00:00;;other;x\n6;A;2019-01-05 10:00:00;;;x\n"
    (tmp_path / "data" / "calls.csv").write_text(CALLS + more, encoding="utf-8")
    _, rows = town.read("calls")
    assert list(rows["priority"].fillna("")) == ["urgent"] * 4 + ["other", "urgent", "other", ""]


DERIVED = {
    "minutes_left": "EXTRACT(MINUTE FROM arrived_at) - 10",
    "is_by_night": "minutes_left < 0",
}


def test_columns_made_of_others_in_any_order(calls):
    derive = dict(reversed(DERIVED.items()))
    source = {"derive": derive, "filter": "is_by_night", "one_row": None, "values": {}}
    quality, rows = calls(source, key="", priority="text").read("calls")
    assert list(rows["row_no"]) == [1, 2, 5, 6]
    assert list(rows["minutes_left"]) == [-5, -6, -5, -5]
    assert quality.extracts[0].written["derived"] == "minutes_left, is_by_night"


def test_a_date_that_is_derived_is_a_step_like_any_other(calls):
    source = {
        "derive": {"arrived_at": "received_at + INTERVAL '4' MINUTE"},
        "columns": {k: v for k, v in SOURCE["columns"].items() if k != "arrived_at"},
    }
    row = calls(source).figures("in_time").loc["2019Q1"]
    assert [row["n"], row["met"], row["median_days"]] == [3, 3, 4.0]


def test_a_subject_may_have_a_key_and_a_date_that_it_derives_itself(calls):
    made = {
        "visit": {"required": True, "expr": "call || unit"},
        "day": {"type": "date", "expr": "CAST(received_at AS DATE)", "required": True},
    }
    town = calls({"one_row": None, "filter": None}, **made)
    for part, value in (("key", "visit"), ("dated_by", "day")):
        town.subjects["calls"][part] = value
    town.__post_init__()
    quality, rows = town.read("calls")
    assert list(rows["visit"])[:2] == ["1A", "1B"]
    assert quality.tables[0].rows_in_quarter == 6
    assert quality.tables[0].rows_set_aside == 0


def test_rows_without_a_number_are_numbered_and_it_is_said(calls):
    town = calls({"one_row": None}, key="")
    quality, _, found = town.measured()
    assert quality.extracts[0].written["numbered"] == "calls"
    assert "repeated_key" not in {one.rule for one in quality.tables[0].findings}
    assert list(found.loc[found["period"] == "2019Q1", "n"])[:1] == [5]


BY_NIGHT = {"is_by_night": "minutes_left > 1"}


@pytest.mark.parametrize(
    ("source", "kind", "words"),
    [
        ({"filter": "prority = 'urgent'"}, DefinitionError, 'Did you mean "priority"'),
        ({"filter": "priority"}, DefinitionError, "true or false"),
        ({"filter": "priority = 'urgent'; DROP TABLE x"}, DefinitionError, "one expression"),
        ({"filter": "call IN (SELECT 1)"}, DefinitionError, "nothing more"),
        ({"filter": "read_text('/etc/passwd') = 'x'"}, DefinitionError, "nothing more"),
        ({"filter": "priority = 'urgnt'"}, DefinitionError, 'Did you mean "urgent"'),
        ({"one_row": {"take": "first"}}, ParameterError, "name it as `by`"),
        ({"one_row": {"take": "first", "by": "recieved_at"}}, ParameterError, "received_at"),
        ({"one_row": {"take": "first", "by": "unit"}}, ParameterError, "a date, a moment or a"),
        ({"one_row": {"take": "any", "by": "unit"}}, ParameterError, "first' or 'last"),
        ({"derive": {"minute_left": "1"}}, ParameterError, 'Did you mean "minutes_left"'),
        ({"derive": {"unit": "call"}}, ParameterError, "stands in columns as well"),
        ({"derive": {"minutes_left": "call"}}, DefinitionError, "what the column holds: number"),
        (
            {"derive": {"minutes_left": "if(is_by_night, 1, 2)", **BY_NIGHT}},
            ParameterError,
            "made of each other",
        ),
        ({"derive": {"minutes_left": "minutes_left + 1"}}, ParameterError, "made of each other"),
    ],
)
def test_what_cannot_be_asked_for_is_told_before_anything_is_read(calls, source, kind, words):
    town = calls(source)
    (town.places.data / "calls.csv").unlink()
    with pytest.raises(kind) as told:
        check_params(town.params, town.places)
    assert words in str(told.value)


def test_a_pseudonym_becomes_no_text_that_may_be_shown(calls):
    columns = {"call": "call", "who": "unit", "received_at": "received"}
    town = calls({"derive": {"unit": "who"}, "columns": columns}, who="person")
    with pytest.raises(DefinitionError, match="a pseudonym stays in its own column"):
        check_params(town.params, town.places)


def test_a_filter_that_leaves_nothing_is_an_error_and_no_zero(calls):
    with pytest.raises(SourceError, match="none of 6"):
        calls({"filter": "call = '99'"}).read("calls")


def test_an_extract_of_a_subject_without_key_says_what_a_case_is(calls):
    town = calls(key="")
    with pytest.raises(KpiError, match="neither `of`, nor a key"):
        check_params(town.params, town.places)


@pytest.mark.parametrize(
    ("engine", "take"),
    [
        ("postgres_server", "first"),
        ("postgres_server", "last"),
        pytest.param("spark_master", "first", marks=pytest.mark.slow),
    ],
)
def test_another_engine_asks_for_the_same(calls, engine, take, request):
    """Rows that are ignored and filtered, columns that are derived, one row of each case."""
    source = {
        "derive": {"minutes_left": "EXTRACT(MINUTE FROM arrived_at) - 10"},
        "values": {"priority": {"3": "urgent", "2": "ignore"}},
        "one_row": {"take": take, "by": "received_at"},
    }
    found = []
    for address in ("duckdb", request.getfixturevalue(engine)):
        town = calls(source)
        town.engine = address
        quality, rows, results = town.measured("calls")
        (extract,) = quality.extracts
        out = (extract.not_asked_for, extract.other_rows, extract.doubts)
        counted = results[["period", "group", "n", "met", "median_days"]].fillna(-1)
        told = rows[["row_no", "minutes_left"]].fillna(-99)
        found.append((out, told.to_numpy().tolist(), counted.to_numpy().tolist()))
    assert found[0] == found[1]
    assert found[0][0][:2] == (1, 2)
