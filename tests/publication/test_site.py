"""The index of all reports: what it lists, how reports stand, and what was met over time."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from kpi.cli import cli
from kpi.errors import ExportError, RunError
from kpi.publication.index import write_site
from kpi.publication.seal import MANIFEST
from kpi.record import RUN_FILE, payload
from tests.page.drawn_report import write_report

RESULTS = """
metric                       | period | n    | met | missed | unknown
payments_on_time             | 2018Q4 | 1000 | 960 | 40     |
payments_on_time             | 2019Q1 | 1000 | 955 | 45     |
payments_on_time             | 2019Q2 | 1000 | 940 | 60     |
payments_on_time             | 2019Q3 | 1000 | 750 | 250    |
payments_on_time             | 2019Q4 | 1055 | 951 | 52     | 52
conversations_within_10_days | 2019Q3 | 987  | 984 | 3      |
conversations_within_10_days | 2019Q4 | 200  | 190 | 10     |
good_service                 | 2019Q3 |      |     |        |
good_service                 | 2019Q4 |      |     |        |
"""


def write_quarter(folder: Path, quarter: str = "2019Q4", results: str = RESULTS, **changes) -> Path:
    """Write a drawn report that says it is of a quarter, with an empty page."""
    write_report(folder, results, **changes)
    path = payload(folder) / RUN_FILE
    run = json.loads(path.read_text(encoding="utf-8")) | {"quarter": quarter}
    path.write_text(json.dumps(run), encoding="utf-8")
    shutil.rmtree(folder / "params")
    (folder / "committee.en.html").write_text("<p>page</p>", encoding="utf-8")
    return folder


@pytest.fixture
def reports(tmp_path):
    """A folder with the reports of two quarters."""
    write_quarter(tmp_path / "2019Q3", "2019Q3", RESULTS.replace("| 750 | 250", "| 800 | 200"))
    write_quarter(tmp_path / "2019Q4")
    return tmp_path


def index_of(reports: Path, language: str = "") -> str:
    return write_site(reports, language).read_text(encoding="utf-8")


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>|&nbsp;", " ", html).split())


def row_of(page: str, quarter: str) -> str:
    rows = re.findall(r"<tr>.*?</tr>", page[page.index('class="issues') :], re.DOTALL)
    return next(text_of(row) for row in rows if f">{quarter}<" in row)


def multiple(page: str, metric: str) -> str:
    start = page.index(f'<figure id="u1-{metric}"')
    return page[start : page.index("</figure>", start)]


def test_the_latest_report_comes_first_and_is_answered_in_a_sentence(reports):
    page = index_of(reports)
    assert page.index('href="2019Q4/committee.en.html"') < page.index("2019Q3/committee.en.html")
    lead = page[page.index('class="lead"') :]
    answer = "No target is known to be missed, but it cannot be documented whether the target of "
    assert f"Q4 2019: {answer}payments on time" in text_of(lead)


def test_how_many_targets_were_met_is_told_of_each_report(reports):
    page = index_of(reports)
    assert "Draft 1 not documented 1 met 1 cannot be measured" in row_of(page, "Q4 2019")
    assert "Draft 1 not met 1 cannot be measured 1 hidden" in row_of(page, "Q3 2019")


def test_a_quarter_is_told_as_its_own_report_told_it(reports):
    """The later report counts 75 % for the third quarter; the third quarter's own said 80 %."""
    shown = text_of(multiple(index_of(reports), "payments_on_time"))
    assert "Met in 2 of 5 quarters. Q4 2019: 90.1\u201395.1%, not documented." in shown
    assert "Q3 2019 80.0% \u2265 95% not met" in shown
    assert "75.0%" not in shown


def test_a_figure_leads_to_the_page_that_it_stands_on(reports):
    shown = multiple(index_of(reports), "payments_on_time")
    assert re.findall(r'href="([^"]+)"', shown) == [
        "2019Q4/committee.en.html#def-payments_on_time",
        "2019Q3/committee.en.html#def-payments_on_time",
    ]


def test_a_hidden_quarter_leaves_a_gap_and_its_sign(reports):
    shown = multiple(index_of(reports), "conversations_within_10_days")
    assert "984" not in shown
    assert "Q3 2019 hidden \u2013 hidden" in text_of(shown)


def test_an_aim_without_a_measure_has_no_picture(reports):
    shown = multiple(index_of(reports), "good_service")
    assert "<svg" not in shown
    assert "Cannot be measured." in text_of(shown)


def test_every_form_is_listed_and_nothing_that_seals_or_signs(reports):
    for name in ("committee.en.pdf", "committee.da.html", "figures.xlsx", "bagit.txt"):
        (reports / "2019Q4" / name).write_text("", encoding="utf-8")
    (reports / "2019Q4" / "approval.json").write_text("{}", encoding="utf-8")
    page = index_of(reports)
    links = set(re.findall(r'href="2019Q4/([^"#]+)"', page))
    assert links == {"committee.en.html", "committee.en.pdf", "committee.da.html", "figures.xlsx"}
    assert 'hreflang="da"' in page


def sealed(folder: Path, **approval) -> None:
    (folder / MANIFEST).write_text("a list of the payload\n", encoding="utf-8")
    content = hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
    told = {"content": content, "is_approved": True, "approvals": [{"at": "2020-01-20T10:00:00"}]}
    (folder / "approval.json").write_text(json.dumps(told | approval), encoding="utf-8")


@pytest.mark.parametrize(
    ("approval", "standing"),
    [
        ({}, "Approved on 20 January 2020"),
        ({"content": "of another payload"}, "Draft"),
        ({"is_approved": False}, "Draft"),
    ],
)
def test_an_approval_counts_for_the_very_content_that_was_approved(reports, approval, standing):
    sealed(reports / "2019Q4", **approval)
    assert row_of(index_of(reports), "Q4 2019").startswith(f"Q4 2019 {standing} ")


def test_a_replaced_report_is_listed_and_counts_no_more(reports):
    old = write_quarter(reports / "2019Q4.superseded-1", results=RESULTS.replace("951", "200"))
    about = {"number": 1, "at": "2020-01-21T10:00:00", "replaces": ""}
    for folder, change in ((old, {}), (reports / "2019Q4", {"number": 2, "replaces": "x"})):
        (folder / "publication.json").write_text(json.dumps(about | change), encoding="utf-8")
    page = index_of(reports)
    assert "Corrected report, published on 21 January 2020" in row_of(page, "Q4 2019")
    assert page.index("Corrected report") < page.index("Replaced by a correction")
    assert "90.1\u201395.1%" in multiple(page, "payments_on_time")


def test_named_units_stand_under_their_own_names(reports):
    own = {"unit": "harbour", "organisation": {"name": "Harbour & Co. <b>", "committee": ""}}
    write_quarter(reports / "harbour" / "2019Q4", **own)
    page = index_of(reports)
    assert re.findall(r"<h2[^>]*>\s*(.*?)\s*</h2>", page) == [
        "A small town",
        "Harbour &amp; Co. &lt;b&gt;",
    ]
    assert 'href="harbour/2019Q4/committee.en.html"' in page


def test_what_is_being_written_and_what_is_no_report_is_passed_over(reports):
    write_quarter(reports / ".2019Q4-work")
    (reports / "notes").mkdir()
    assert ".2019Q4-work" not in index_of(reports)


def test_the_same_reports_give_the_same_bytes(reports):
    assert index_of(reports) == index_of(reports)
    assert [path.name for path in reports.iterdir() if path.name.startswith(".")] == []


def test_the_index_speaks_another_language_when_asked(reports):
    page = index_of(reports, "da")
    assert '<html lang="da">' in page
    assert "Hvad der er nået over tid" in page
    assert '<span lang="en">A small town</span>' in page


def test_what_the_gate_refuses_is_not_written(reports):
    before = index_of(reports)
    write_quarter(reports / "2019Q4", organisation={"name": "Person 010170-1234", "committee": ""})
    with pytest.raises(ExportError, match=r"index\.html"):
        write_site(reports)
    assert (reports / "index.html").read_text(encoding="utf-8") == before


def test_a_folder_without_reports_says_what_to_do(tmp_path):
    with pytest.raises(RunError, match="kpi run"):
        write_site(tmp_path)


def test_the_command_names_the_page_it_wrote(reports):
    done = CliRunner().invoke(cli, ["site", "--reports", str(reports)])
    assert done.exit_code == 0
    assert done.output.strip().endswith("index.html")
