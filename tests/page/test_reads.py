"""What a notebook reads is noted part by part; what nobody can tell counts as everything."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from kpi.page import facts
from kpi.page.facts import Facts
from kpi.page.reads import EVERYTHING, READS_VARIABLE, only_shows, parts_of, reads_in
from kpi.record import RUN_FILE, Run, payload
from kpi.report import Report
from tests.page import drawn_committee
from tests.page.drawn_report import write_report

ROOT = Path(__file__).resolve().parent.parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
OPENS = "from kpi.report import open_report\n\nreport = open_report(quarter, language)"


def cells(notebook: Path) -> list[str]:
    """Return a notebook's cells of code."""
    found = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return ["".join(one["source"]) for one in found if one["cell_type"] == "code"]


def shown(folder: Path, notebook: Path) -> list[str]:
    """Return what the cells of a notebook show of a report."""
    report = Report(Facts.read(folder, "da"))
    lines = [line for cell in cells(notebook) for line in cell.splitlines()]
    calls = [line for line in lines if line.startswith("report.") and "(" in line]
    return [str(eval(call, {"report": report})._repr_html_()) for call in calls]  # noqa: S307 - ours


def another(content: Any) -> Any:
    """Return content of a record in which nothing stands as it was, of the same kinds."""
    if isinstance(content, dict):
        return {}
    if isinstance(content, list):
        return []
    return f"{content} otherwise" if isinstance(content, str) else content


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drawn report with texts of all kinds."""
    return write_report(
        tmp_path_factory.mktemp("report"),
        drawn_committee.RESULTS,
        stages=drawn_committee.STAGES,
        quality=drawn_committee.QUALITY,
        targets=drawn_committee.LONG,
        **drawn_committee.CHANGES,
    )


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_was_not_noted_changes_nothing_shown(
    folder: Path, notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fields of the record and parameters that were not noted are others, frames are gone."""
    monkeypatch.setenv(READS_VARIABLE, str(tmp_path / "reads"))
    before = shown(folder, notebook)
    noted = reads_in(tmp_path / "reads")
    assert EVERYTHING not in noted
    assert noted
    assert set(noted) <= parts_of(folder).keys()
    monkeypatch.delenv(READS_VARIABLE)
    assert shown(folder, notebook) == before
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    for path in payload(other).glob("*.parquet"):
        if f"frame {path.stem}" not in noted:
            path.unlink()
    file = payload(other) / RUN_FILE
    record, changed = json.loads(file.read_bytes()), []
    for within, fields in (("parameters ", record["parameters"]), ("", record)):
        for name in fields.keys() - {part.removeprefix(within) for part in noted} - {"parameters"}:
            was, fields[name] = fields[name], another(fields[name])
            if fields[name] == was or not is_record(record):
                fields[name] = was
            else:
                changed.append(f"{within}{name}")
    assert len(changed) > 1
    file.write_text(json.dumps(record), encoding="utf-8")
    assert shown(other, notebook) == before


def is_record(record: dict[str, Any]) -> bool:
    """Tell whether a changed record can still be read."""
    try:
        Run.model_validate_json(json.dumps(record))
    except ValidationError:
        return False
    return True


def test_a_comment_is_read_where_it_is_shown(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The committee's page shows it, the page of methods does not."""
    found = {}
    for name in ("committee", "04_methods"):
        monkeypatch.setenv(READS_VARIABLE, str(tmp_path / name))
        shown(folder, ROOT / "notebooks" / f"{name}.ipynb")
        found[name] = reads_in(tmp_path / name)
    assert "parameters comments" in found["committee"]
    assert "frame results" in found["committee"]
    assert "parameters comments" not in found["04_methods"]


def test_each_part_has_a_checksum_of_its_own(tmp_path: Path) -> None:
    """A comment changes that of the comments, and that of everything."""
    one = parts_of(write_report(tmp_path / "a", drawn_committee.RESULTS))
    comments = {"application_time": {"cause": "Illness"}}
    other = parts_of(write_report(tmp_path / "b", drawn_committee.RESULTS, comments=comments))
    assert {part for part in one if one[part] != other[part]} == {
        "parameters comments", EVERYTHING,
    }  # fmt: skip


def test_the_notebooks_of_the_project_only_show() -> None:
    """So what they read is known."""
    assert all(only_shows(cells(notebook)) for notebook in NOTEBOOKS)


@pytest.mark.parametrize(
    "cell",
    [
        "import os",
        "from kpi.report import *",
        "open('x').read()",
        "report.facts",
        "report.targets(open('x').read())",
        "report.own_table(report.frame('results'), caption='x')",
        "report = open_report(quarter, open('x').read())",
        "report.facts.folder.iterdir()",
        "report.facts.run.model_dump()",
        "%run other.py",
        "quarter: str = open('x').read()",
        "def f(): ...",
    ],
)
def test_code_of_ones_own_may_read_anything(cell: str) -> None:
    """So it counts as reading everything."""
    shows = [OPENS, "report.targets();", "report.stages('application_time')"]
    assert only_shows(shows)
    assert not only_shows([*shows, cell])


def test_what_nobody_can_tell_is_everything(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record asked for more than a field, and a notebook that noted nothing."""
    assert reads_in(tmp_path / "none") == (EVERYTHING,)
    monkeypatch.setenv(READS_VARIABLE, str(tmp_path / "reads"))
    facts = Facts.read(folder, "da")
    assert facts.run.quarter
    assert EVERYTHING not in reads_in(tmp_path / "reads")
    assert facts.run.model_dump()
    assert reads_in(tmp_path / "reads") == (EVERYTHING,)


def test_pages_reach_the_report_through_the_facts_alone() -> None:
    """A page that opened a file of the report itself would not be noted."""
    for path in (ROOT / "kpi" / "page").rglob("*.py"):
        if path.name not in {"facts.py", "reads.py"}:
            text = path.read_text(encoding="utf-8")
            for way in (".folder", "read_frame", "read_run", "read_parquet", "payload("):
                assert way not in text, f"{path.name}: {way}"


def test_a_frame_is_read_once_and_who_changes_it_changes_it_for_nobody_else(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = Facts.read(folder)
    first, metrics = report.frame("results"), list(report.frame("results")["metric"])
    first.loc[:, "metric"] = "another"
    first["more"] = 1
    monkeypatch.setattr(facts, "read_frame", None)
    again = report.frame("results")
    assert (list(again["metric"]), "more" in again) == (metrics, False)
