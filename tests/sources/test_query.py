"""A query over declared files: one SELECT, that sees nothing else and writes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kpi.errors import ContractError, KpiError, ParameterError, SourceError
from kpi.run.prepare import check_params
from kpi.run.reuse import extracts_of
from tests.foreign import Administration

ADMITTED = """Stay;Ward;Arrived;Patient;Points
001;A;02-01-2019 10:00;070761-4285;1,5
002;A;03-01-2019 10:00;080861-4285;2
003;B;04-01-2019 10:00;090961-4285;1.234,5
"""
LEFT = """Stay;Left
001;02-01-2019 12:30
003;05-01-2019 10:00
003;06-01-2019 10:00
"""
QUERY = """
    SELECT a.stay, a.ward, a.arrived_at, max(d.left_at) AS left_at, a.patient, a.points
    FROM admitted a LEFT JOIN discharged d USING (stay)
    GROUP BY ALL ORDER BY a.stay
"""
FILES: dict[str, Any] = {
    "admitted": {
        "file": "admitted_*.csv",
        "columns": {
            "stay": "Stay", "ward": "Ward", "patient": "Patient",
            "arrived_at": {"column": "Arrived", "type": "moment"},
            "points": {"column": "Points", "type": "number"},
        },
        "timezone": "Europe/Paris",
    },
    "discharged": {
        "file": "discharged.csv",
        "columns": {"stay": "Stay", "left_at": {"column": "Left", "type": "moment"}},
        "timezone": "Europe/Paris",
    },
}  # fmt: skip
SUBJECT = {
    "key": "stay",
    "dated_by": "arrived_at",
    "columns": {
        "stay": {"required": True}, "ward": "text", "patient": "person",
        "arrived_at": {"type": "moment", "required": True}, "left_at": "moment",
        "points": "number",
    },
    "steps": {"order": ["arrived", "left"]},
}  # fmt: skip
METRIC = {
    "kind": "share_within_limit", "title": "In time", "subject": "stays",
    "start": "arrived_at", "stop": "left_at",
}  # fmt: skip


@pytest.fixture
def stays(tmp_path: Path):
    """Give what makes a hospital whose extract is a query, with other parts of its source."""

    def stays(**source: Any) -> Administration:
        columns = dict.fromkeys(SUBJECT["columns"])
        asked = {"query": QUERY, "files": FILES, "columns": {one: one for one in columns}}
        return Administration(
            tmp_path, {"stays": SUBJECT}, {"in_time": METRIC},
            {"in_time": {"counting": [{"due": {"hours": 4}, "quarter_by": "start"}]}},
            {"stays": asked | source},
            {"admitted_2019-01.csv": ADMITTED, "discharged.csv": LEFT},
            report={"synthetic": True},
        )  # fmt: skip

    return stays


def test_a_query_puts_files_together(stays):
    town = stays()
    check_params(town.params, town.places)
    quality, rows, found = town.measured("stays")
    assert list(rows["stay"]) == ["001", "002", "003"]
    assert [str(one) for one in rows["left_at"]] == [
        "2019-01-02 12:30:00", "NaT", "2019-01-06 10:00:00",
    ]  # fmt: skip
    assert list(rows["points"]) == [1.5, 2, 1234.5]
    assert rows["patient"].nunique() == 3
    assert not rows["patient"].str.contains("4285").any()
    (extract,) = quality.extracts
    assert (extract.file, extract.rows) == ("query of stays", 3)
    assert list(extract.files) == ["admitted_2019-01.csv", "discharged.csv"]
    assert extract.written["query"] == "admitted_2019-01.csv, discharged.csv"
    row = found[(found["period"] == "2019Q1") & (found["group"] == "")].iloc[0]
    assert list(row[["n", "met", "missed"]]) == [3, 1, 2]


def test_its_files_are_among_the_extracts_that_a_report_is_made_of(stays):
    town = stays()
    names = [path.name for path in extracts_of(town.params, town.places.data)]
    assert names == ["admitted_2019-01.csv", "discharged.csv"]


def test_the_same_rows_have_the_same_checksum(stays):
    first, second = (stays().read("stays")[0].extracts[0].sha256 for _ in range(2))
    other = stays(query=QUERY.replace("ORDER BY a.stay", "HAVING a.ward = 'A'"))
    assert first == second != other.read("stays")[0].extracts[0].sha256


def test_a_value_of_a_file_that_cannot_be_read_is_told(stays):
    town = stays()
    late = ADMITTED + "004;B;i går;090961-4285;1\n"
    (town.places.data / "admitted_2019-01.csv").write_text(late, encoding="utf-8")
    quality, _ = town.read("stays")
    (finding,) = [one for one in quality.tables[0].broken if one.rule == "unread_in_query"]
    assert (finding.rows, finding.casts_doubt) == (1, True)


REFUSED = {
    "DELETE FROM admitted": "one SELECT",
    "CREATE TABLE x AS SELECT * FROM admitted": "one SELECT",
    "SELECT 1; SELECT 2": "2 statements",
    "COPY admitted TO 'out.csv'": "one SELECT",
    "ATTACH 'other.duckdb'": "one SELECT",
    "INSTALL httpfs": "one SELECT",
    "LOAD httpfs": "one SELECT",
    "PRAGMA database_list": "one SELECT",
    "SET threads = 1": "one SELECT",
    "SELECT * FROM discharge": 'Did you mean "discharged"',
    "SELECT * FROM 'discharged.csv'": "nothing else",
    "SELECT * FROM read_csv('discharged.csv')": "nothing else",
    "SELECT * FROM read_text('/etc/passwd')": "nothing else",
    "SELECT * FROM glob('/*')": "one SELECT",
    "SELECT * FROM query('SELECT 1')": "nothing else",
    "SELECT * FROM duckdb_settings()": "nothing else",
    "SELECT * FROM information_schema.tables": "nothing else",
    "SELECT * FROM (SELECT * FROM sqlite_master)": "nothing else",
    "SELECT stay, random() FROM admitted": "gives the same",
    "SELECT stay FROM admitted WHERE arrived_at < now()": "gives the same",
    "SELECT stay FROM admitted WHERE arrived_at < CURRENT_DATE": "gives the same",
    "SELECT current_setting('temp_directory') AS stay FROM admitted": "gives the same",
    "SELECT getenv('HOME') AS stay FROM admitted": "getenv",
    "SELECT stya FROM admitted": "stay",
    "SELECT stay FROM admitted WHERE": "one SELECT",
}


@pytest.mark.parametrize(("query", "words"), REFUSED.items())
def test_what_is_no_question_to_these_files_is_refused_before_any_is_opened(stays, query, words):
    town = stays(query=query)
    for file in town.places.data.iterdir():
        file.unlink()
    with pytest.raises(ParameterError, match=words):
        check_params(town.params, town.places)


def test_columns_that_the_query_does_not_give_are_told(stays):
    town = stays(query="SELECT stay, ward, arrived_at, patient, points, 1 AS gone FROM admitted")
    with pytest.raises(ContractError, match='no column "left_at"'):
        check_params(town.params, town.places)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"files": {}}, "a query has both"),
        ({"query": ""}, "a query has both"),
        ({"file": "x.csv"}, "one of file, database and query"),
        ({"timezone": "UTC"}, "stand with each of its files"),
        ({"files": {"a": {"file": "/etc/x", "columns": {"x": "X"}}}}, "from the data folder on"),
        ({"files": {"a": {"file": "x.csv", "columns": {"state": "X"}}}}, "call this one otherwise"),
        ({"files": {"a b": {"file": "x.csv", "columns": {"x": "X"}}}}, "pattern"),
        ({"files": {"a": {"file": "x.csv", "columns": {"x; DROP": "X"}}}}, "pattern"),
        ({"files": {"a": {"file": "x.csv", "columns": {}}}}, "at least 1"),
    ],
)
def test_a_query_and_its_files_go_together(stays, source, words):
    with pytest.raises(KpiError, match=words):
        stays(**source).params  # noqa: B018 - they are read


def test_what_fails_on_a_value_does_not_tell_it(stays):
    town = stays(query=QUERY.replace("a.points", "CAST(a.patient AS INTEGER) AS points"))
    check_params(town.params, town.places)
    with pytest.raises(SourceError) as told:
        town.read("stays")
    assert "TRY_CAST" in str(told.value)
    assert "4285" not in str(told.value)
