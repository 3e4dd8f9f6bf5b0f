"""What was published and is another figure now is listed, with its cause; the old one stays."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from kpi.page.changes import restatements as in_words
from kpi.page.facts import Facts
from kpi.params import load_params
from kpi.periods import Period
from kpi.publication.approval import approve
from kpi.publication.archive import publish, published_reports
from kpi.publication.restatements import restatements
from kpi.record import payload, read_frame, read_run
from tests.page.drawn_report import write_report
from tests.publication.drawn import draw_report

OLD = """
metric             | period | n    | met | missed
payments_on_time   | 2019Q3 | 1000 | 960 | 40
conversations_held | 2019Q3 | 270  | 270 |
"""
NEW = """
metric             | period | n    | met | missed
payments_on_time   | 2019Q3 | 1040 | 960 | 80
payments_on_time   | 2019Q4 | 1000 | 990 | 10
conversations_held | 2019Q3 | 270  | 270 |
conversations_held | 2019Q4 | 280  | 280 |
"""
EARLIER = {"quarter": "2019Q3", "as_of": "2019-10-15"}


@pytest.fixture
def archive(tmp_path, reports, log):
    """An archive with the report of the third quarter."""
    folder = draw_report(reports, OLD, **EARLIER)
    approve(folder, log, "ab, head", "")
    publish(folder, log, tmp_path / "archive")
    return tmp_path / "archive"


def restated(archive, folder, results=NEW, extract="0" * 64, **more):
    """Draw the next report, of an extract with that checksum, and return what it restates."""
    made = write_report(folder, results, **more)
    quarter = Period.parse(more.get("quarter", "2019Q4"))
    params = load_params(made / "params", quarter)
    run, shown = read_run(made), read_frame(payload(made), "results")
    read = run.inputs[0].model_copy(update={"sha256": extract})
    run = run.model_copy(update={"inputs": (read,)})
    return restatements(params, run, shown, published_reports(archive)), made


def test_old_and_new_figure_are_listed_and_unmoved_ones_are_not(archive, tmp_path):
    (one,), _ = restated(archive, tmp_path / "next")
    assert (one.metric, one.period, one.published_in) == (
        "payments_on_time", "2019Q3", "2019Q3",
    )  # fmt: skip
    assert (one.old.n, one.new.n) == (1000, 1040)
    assert (one.old.value, one.new.status) == (0.96, "not_met")
    assert one.reason == ""


def test_the_archive_keeps_what_was_published(archive, tmp_path):
    before = {p: p.read_bytes() for p in archive.rglob("*") if p.is_file()}
    restated(archive, tmp_path / "next")
    assert before == {p: p.read_bytes() for p in archive.rglob("*") if p.is_file()}


COUNTED = {
    "payments_on_time": {
        "counting": [{"due": {"days": 30}, "quarter_by": "due"}],
        "targets": [{"direction": "at_least", "value": 0.95}],
    }
}


@pytest.mark.parametrize(
    ("more", "cause"),
    [
        ({}, "correction"),
        ({"as_of": "2019-10-15"}, "correction"),
        ({"targets": COUNTED}, "definition"),
        (
            {"restatements": {"payments_on_time": {"cause": "late_data", "reason": "Post."}}},
            "late_data",
        ),
        (
            {
                "restatements": {
                    "payments_on_time": {
                        "cause": "late_data", "reason": "Post.", "quarters": ["2018Q1"],
                    }
                }
            },
            "correction",
        ),
    ],
    ids=["the same extracts", "the same day", "counted anew", "stated", "stated of another"],
)  # fmt: skip
def test_the_cause_is_what_differs_or_what_is_stated(archive, tmp_path, more, cause):
    (one,), _ = restated(archive, tmp_path / "next", **more)
    assert one.cause == cause
    assert one.reason == ("Post." if cause == "late_data" else "")


def test_other_extracts_of_a_later_day_are_late_data(archive, tmp_path):
    (one,), _ = restated(archive, tmp_path / "next", extract="1" * 64)
    assert one.cause == "late_data"


def test_other_extracts_of_the_same_day_are_a_correction(archive, tmp_path):
    (one,), _ = restated(archive, tmp_path / "next", extract="1" * 64, as_of="2019-10-15")
    assert one.cause == "correction"


def test_a_report_does_not_restate_itself(archive, tmp_path):
    found, _ = restated(archive, tmp_path / "again", OLD, **EARLIER)
    assert found == []


def test_a_correction_of_the_same_quarter_restates_it(archive, tmp_path):
    changed = OLD.replace("1000 | 960 | 40", "1010 | 960 | 50")
    (one,), _ = restated(archive, tmp_path / "again", changed, **EARLIER)
    assert (one.period, one.old.n, one.new.n) == ("2019Q3", 1000, 1010)


def test_the_page_says_so_in_words(archive, tmp_path):
    stated = {"payments_on_time": {"cause": "late_data", "reason": "Post <from> the coast."}}
    found, made = restated(archive, tmp_path / "next", restatements=stated)
    facts = Facts.read(made, "da")
    facts = replace(facts, run=facts.run.model_copy(update={"restatements": found}))
    html = in_words(facts).html
    assert "Offentliggjort i rapporten for 3. kvartal 2019: 96,0\u00a0% af 1.000." in html
    assert "Nu: 92,3\u00a0% af 1.040." in html
    assert "Senere data" in html
    assert "Post &lt;from&gt; the coast." in html


def test_nothing_restated_says_nothing(tmp_path):
    made = write_report(tmp_path, NEW)
    assert "<section" not in in_words(Facts.read(made, "en")).html


@pytest.mark.parametrize(("until", "is_marked"), [("2020-04-15", True), ("2020-01-15", False)])
def test_figures_are_provisional_until_the_day_of_the_parameters(tmp_path, until, is_marked):
    from kpi.page.sections import marks, masthead

    facts = Facts.read(write_report(tmp_path, NEW, provisional_until=until), "da")
    assert ("Foreløbige tal" in marks(facts)) is is_marked
    said = re.sub("<[^>]*>", "", masthead(facts).html)
    assert ("Tallene kan ændre sig indtil 15-04-2020." in said) is is_marked
