"""A status is one record: what is added there stands in every form, and nowhere else."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from kpi.cli.summary import show_summary
from kpi.definitions.statuses import STATUSES, Status
from kpi.page.facts import Facts
from kpi.page.fragments import icon, stylesheet
from kpi.page.methods import signs
from kpi.page.sections import summary, targets
from kpi.publication.index import write_site
from kpi.publication.paper import read_page, text_of
from kpi.publication.word_tables import runs_of
from kpi.publication.workbook import write_spreadsheet
from kpi.record import payload, without_comment
from tests.publication.drawn import change_record
from tests.publication.drawn_figures import ABOUT
from tests.publication.test_site import write_quarter

RESULTS = """
metric                       | period | n    | met | missed
payments_on_time             | 2019Q3 | 1000 | 750 | 250
payments_on_time             | 2019Q4 | 1000 | 940 | 60
conversations_within_10_days | 2019Q4 | 200  | 190 | 10
"""
PUT_OFF = Status(
    "put_off",
    word="put off",
    meaning="The committee decides on it later.",
    shape='<path d="M1 2h3"/>',
    sign="~",
    colour="violet",
    verdict="missed",
    must_be_explained=True,
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a report with a target of a status that was added in the one place."""
    monkeypatch.setitem(STATUSES, PUT_OFF.id, PUT_OFF)
    folder = write_quarter(tmp_path / "2019Q4", results=RESULTS)
    path = payload(folder) / "results.parquet"
    results = pd.read_parquet(path)
    is_it = (results["metric"] == "payments_on_time") & (results["period"] == "2019Q4")
    results.assign(status=results["status"].mask(is_it, PUT_OFF.id)).to_parquet(path)
    change_record(folder, verdicts={"payments_on_time": PUT_OFF.id})
    return folder


def test_the_page_shows_it_and_what_follows_from_it(folder):
    facts = Facts.read(folder)
    said = summary(facts).html
    assert "One of two measured targets is not met." in said
    assert re.search(r'<li class="put_off"><b>1</b> <svg[^>]*>.*? <span>put off</span>', said)
    assert "Needs attention" in said
    assert "Put off" in targets(facts).html
    assert "The committee decides on it later." in signs(facts).html
    assert ".kpi .put_off { color: var(--violet); }" in stylesheet()
    assert without_comment(facts.run) == ["payments_on_time"]


def test_paper_has_its_sign_and_colour(folder, tmp_path):
    page = tmp_path / "page.html"
    cell = f'<p class="put_off">{icon("put_off")} Put off</p>'
    page.write_text(f"<body>{cell}</body>", encoding="utf-8")
    block = read_page(page, "wide").body.find("p")
    assert text_of(block) == "~ Put off"
    assert {run.look.colour for run in runs_of(block)} == {"violet"}


def test_the_workbook_the_index_and_the_terminal_say_its_word(folder, tmp_path, capsys):
    write_spreadsheet(folder, tmp_path / "figures.xlsx", ABOUT, [])
    book = openpyxl.load_workbook(tmp_path / "figures.xlsx", read_only=True)
    words = {cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}
    assert "put off" in words
    assert "put_off" not in words
    index = write_site(tmp_path).read_text(encoding="utf-8")
    assert "Met in 0 of 2 quarters. Q4 2019: 94.0%, put off." in index
    show_summary(folder)
    assert "put off" in capsys.readouterr().out
