"""A report's folder takes its place in one move, or not at all; its record is one typed model."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd
import pytest

from kpi import record
from kpi.errors import RunError
from kpi.periods import Period
from kpi.record import (
    RUN_FILE,
    payload,
    read_frame,
    read_run,
    replacing,
    report_folder,
    schema,
    write_frame,
    write_json,
    write_run,
)
from tests.page.drawn_report import write_report

SCHEMA = Path(__file__).parents[1] / "docs" / "run.schema.json"
RESULTS = """
metric           | period | n   | met | missed
payments_on_time | 2019Q4 | 100 | 90  | 10
"""
FINDING = {"rule": "due_date_missing", "severity": "note", "words": "A due date", "rows": 6}
TABLE = {"table": "bills", "rows_read": 9, "rows_accepted": 9, "rows_set_aside": 0}
QUALITY = {"tables": [TABLE | {"findings": [FINDING]}]}


def test_work_takes_the_place_of_the_old_report(tmp_path: Path) -> None:
    """Nothing of the old one is left, and no temporary folder."""
    target = tmp_path / "2019Q4"
    for text in ("first", "second"):
        with replacing(target) as work:
            (work / f"{text}.txt").write_text(text, encoding="utf-8")
    assert [path.name for path in target.iterdir()] == ["second.txt"]
    assert [path.name for path in tmp_path.iterdir()] == ["2019Q4"]


def test_a_failed_run_leaves_the_old_report(tmp_path: Path) -> None:
    """And takes its own work with it."""
    target = tmp_path / "2019Q4"
    with replacing(target) as work:
        (work / "old.txt").write_text("old", encoding="utf-8")

    def fail() -> None:
        with replacing(target) as work:
            (work / "new.txt").write_text("new", encoding="utf-8")
            raise RunError("A notebook runs.")

    with pytest.raises(RunError):
        fail()
    assert [path.name for path in target.iterdir()] == ["old.txt"]
    assert [path.name for path in tmp_path.iterdir()] == ["2019Q4"]


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """A file stands where the reports should go."""
    (tmp_path / "reports").write_text("a file", encoding="utf-8")
    with (
        pytest.raises(RunError, match="name another folder"),
        replacing(tmp_path / "reports" / "2019Q4"),
    ):
        pass


def test_units_have_folders_of_their_own(tmp_path: Path) -> None:
    """Two administrations' reports of the same quarter do not meet."""
    quarter = Period(2019, 4)
    assert report_folder(tmp_path, "", quarter) == tmp_path / "2019Q4"
    assert report_folder(tmp_path, "boston311", quarter) == tmp_path / "boston311" / "2019Q4"


def test_frames_and_records_come_back(tmp_path: Path) -> None:
    """As they were; the CSV has Unix line ends and UTF-8 on every system."""
    frame = pd.DataFrame({"metric": ["ældre"], "n": pd.array([None], "Int64")})
    write_frame(frame, tmp_path, "results")
    pd.testing.assert_frame_equal(read_frame(tmp_path, "results"), frame)
    assert (tmp_path / "results.csv").read_bytes() == "metric,n\nældre,\n".encode()


def test_a_folder_without_a_report(tmp_path: Path) -> None:
    """The error says how to make one."""
    with pytest.raises(RunError, match="kpi run"):
        read_run(tmp_path)


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """The folder of a drawn report."""
    return write_report(tmp_path, RESULTS, quality=QUALITY)


def recorded(report: Path) -> dict[str, Any]:
    """Read a report's run.json as anybody reads JSON."""
    content: dict[str, Any] = json.loads((payload(report) / RUN_FILE).read_text(encoding="utf-8"))
    return content


def test_what_is_written_is_read_and_written_the_same(report: Path) -> None:
    """To the byte."""
    before = (payload(report) / RUN_FILE).read_bytes()
    write_run(read_run(report), report)
    assert (payload(report) / RUN_FILE).read_bytes() == before


def test_the_schema_that_ships_is_that_of_the_record() -> None:
    """So that other programs read run.json without this one."""
    assert SCHEMA.read_text(encoding="utf-8") == schema(), "run: make schema"


def test_a_record_keeps_to_its_schema(report: Path) -> None:
    """As any validator of JSON schema reads it."""
    shipped = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(shipped)
    jsonschema.validate(recorded(report), shipped)
    with pytest.raises(jsonschema.ValidationError, match="quarter"):
        jsonschema.validate({"parameters": {}}, shipped)


def test_what_a_later_program_adds_is_passed_over(report: Path) -> None:
    """At every depth: a published report is read for years."""
    content = recorded(report)
    content["new"] = content["parameters"]["new"] = content["metrics"][0]["new"] = 1
    content["quality"]["tables"][0]["findings"][0]["new"] = 1
    then = read_run(report)
    write_json(content, payload(report) / RUN_FILE)
    assert read_run(report) == then


@pytest.mark.parametrize(
    ("damage", "where"),
    [
        (lambda text: text[:-9], "its text"),
        (lambda text: text.replace('"2019Q4"', '"2019Q5"'), "quarter"),
        (lambda text: text.replace('"rows_read": 9', '"rows_read": "nine"'), "rows_read"),
    ],
)
def test_a_damaged_record_says_where(
    report: Path, damage: Callable[[str], str], where: str
) -> None:
    """And no more of what stands there."""
    path = payload(report) / RUN_FILE
    path.write_text(damage(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(RunError, match=where) as caught:
        read_run(report)
    assert "nine" not in str(caught.value)


def test_a_program_installed_into_another_s_repository_is_not_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An environment lies in the project's folder, which may be a repository of its own."""
    git = ["git", "-C", str(tmp_path), "-c", "user.name=ab", "-c", "user.email=ab@example.org"]
    (tmp_path / "own.txt").write_text("ours", encoding="utf-8")
    (tmp_path / "record.py").write_text("", encoding="utf-8")
    for arguments in (["init", "-q"], ["add", "own.txt"], ["commit", "-qm", "ours"]):
        subprocess.run([*git, *arguments], check=True)
    monkeypatch.setattr(record, "__file__", str(tmp_path / "record.py"))
    assert record.commit() == record.UNKNOWN
    subprocess.run([*git, "add", "record.py"], check=True)
    assert re.fullmatch(r"[0-9a-f]{12}\+", record.commit())
