"""Opening a report: for which quarter, from which folder, and plain words where it fails."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from kpi.definitions.frames import FRAMES, MADE_OF_SHOWN
from kpi.errors import DefinitionError, ParameterError, RunError
from kpi.record import payload
from kpi.report import FOLDER_VARIABLE, LANGUAGE_VARIABLE, QUARTER_VARIABLE, open_report
from tests.page.drawn_report import write_report

ROWS = """
metric             | period | n
conversations_held | 2019Q3 | 256
conversations_held | 2019Q4 | 270
"""


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch):
    for name in (FOLDER_VARIABLE, QUARTER_VARIABLE, LANGUAGE_VARIABLE):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A report's folder, named to notebooks as a run names it."""
    written = write_report(tmp_path, ROWS)
    monkeypatch.setenv(FOLDER_VARIABLE, str(written))
    return written


def test_a_notebook_without_a_quarter_says_what_to_do(folder):
    with pytest.raises(ParameterError, match="A notebook is run for one quarter") as raised:
        open_report()
    assert "kpi lab" in raised.value.remedy


def test_an_error_is_shown_in_a_notebook_without_a_traceback():
    with pytest.raises(ParameterError) as raised:
        open_report("2019Q5")
    shown = raised.value._render_traceback_()
    assert shown == [f"ParameterError: {raised.value}"]
    assert "2019Q5" in shown[0]


def test_the_quarter_of_kpi_lab_is_opened(folder, monkeypatch):
    monkeypatch.setenv(QUARTER_VARIABLE, "2019Q4")
    assert str(open_report().facts.quarter) == "2019Q4"


def test_the_language_is_the_report_s_own_unless_given(folder, monkeypatch):
    assert open_report("2019Q4").facts.labels.language == "en"
    assert open_report("2019Q4", "da").facts.labels.language == "da"
    monkeypatch.setenv(LANGUAGE_VARIABLE, "da")
    assert open_report("2019Q4").facts.labels.language == "da"


def test_another_quarter_than_the_folder_s_is_refused(folder):
    with pytest.raises(ParameterError, match="2019Q3 asked for, 2019Q4 found"):
        open_report("2019Q3")


def test_a_report_that_was_not_made_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "2019Q4"))
    with pytest.raises(RunError, match="Make the report first: kpi run 2019Q4"):
        open_report("2019Q4")


def test_a_metric_that_is_not_reported_is_refused_with_a_suggestion(folder):
    with pytest.raises(DefinitionError, match='Did you mean "conversations_held"'):
        open_report("2019Q4").target("conversation_held")


def test_the_readme_s_own_figures_stand_on_the_page(folder):
    """Its code as it is written there."""
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    section = readme.partition("## Your own figures")[2].partition("\n## ")[0]
    opened, table, chart = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    shown: dict[str, Any] = {}
    exec(opened, shown)  # noqa: S102 - what the README shows
    for name, cell in (("table", table), ("chart", chart)):
        before, _, last = cell.strip().rpartition("\n")
        exec(f"{before}\n{name} = {last}", shown)  # noqa: S102 - what the README shows
    assert "Q4 2019</th><td>270</td>" in shown["table"].html
    assert "Between 252 and 288 a quarter." in shown["chart"].html


def test_payments_that_are_not_reported_are_said_to_be_missing(folder):
    report = open_report("2019Q4")
    assert repr(report.most_staged()) == "No metric of this report has cases that pass stages."
    assert repr(report.stages()) == ""


PARTS = [
    "frames", "style", "masthead", "summary", "recommendation", "presentation", "targets",
    "statuses", "results", "stages", "breakdowns", "changes", "appendices", "definitions",
    "data_quality",
    "effect", "set_aside", "how_it_is_made", "signs", "colophon",
]  # fmt: skip


@pytest.mark.parametrize("part", PARTS)
def test_every_part_shows_itself_for_a_report_with_one_figure(folder, part):
    shown = getattr(open_report("2019Q4"), part)()
    assert isinstance(repr(shown), str)
    assert ">None<" not in shown.html
    assert "nan" not in shown.html


def test_a_report_without_the_quality_step_is_shown(folder):
    run = json.loads((payload(folder) / "run.json").read_text(encoding="utf-8"))
    del run["quality"]
    (payload(folder) / "run.json").write_text(json.dumps(run), encoding="utf-8")
    report = open_report("2019Q4")
    assert repr(report.data_quality()) == ""
    assert repr(report.set_aside()) == "No row was set aside."


def test_a_report_without_a_committee_leaves_empty_sections_out(tmp_path, monkeypatch):
    monkeypatch.setenv(
        FOLDER_VARIABLE, str(write_report(tmp_path, ROWS, organisation={"name": "A"}))
    )
    report = open_report("2019Q4")
    assert repr(report.section("law")) == ""
    assert repr(report.recommendation()) == ""
    assert "committee" not in repr(report.targets())


def test_every_frame_that_is_listed_can_be_had(folder):
    report = open_report("2019Q4")
    listed = repr(report.frames())
    for name, contract in (MADE_OF_SHOWN | FRAMES).items():
        assert f"\n{name}  {contract.about}" in listed
        frame = report.frame(name)
        assert list(frame.columns) == list(contract.leaving)
        assert frame.attrs["titles"].keys() == set(contract.leaving)
        assert all(frame.attrs["meanings"].values())
        assert "Column" in repr(report.columns(name))


def test_a_frame_is_data_with_its_words(folder):
    results = open_report("2019Q4", "da").frame("results")
    held = results.query("period == '2019Q4' and group == ''").iloc[0]
    assert (held["metric"], held["n"], held["value"]) == ("conversations_held", 270, 270.0)
    assert str(results["n"].dtype) == "Int64"
    assert results.attrs["titles"]["n"] == "Sager"
    assert results.attrs["units"]["lower"] == "unit"
    assert results.attrs["meanings"]["overdue"] == "Heraf over fristen."
    assert results.attrs["about"].startswith("Hvert nøgletal")


def test_no_frame_holds_what_must_not_leave(folder):
    """Though the report's folder should hold it."""
    path = payload(folder) / "results.parquet"
    pd.read_parquet(path).assign(persons_met=3, names="x").to_parquet(path)
    assert not {"persons_met", "names"} & {*open_report("2019Q4").frame("results").columns}


def test_a_name_that_is_no_frame_s_is_refused_with_a_suggestion(folder):
    with pytest.raises(DefinitionError, match='Did you mean "results"'):
        open_report("2019Q4").frame("result")
    (payload(folder) / "effect.parquet").unlink()
    with pytest.raises(RunError, match="no effect"):
        open_report("2019Q4").frame("effect")
