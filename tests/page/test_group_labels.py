"""What readers call the values that figures are parted by: a label in each language."""

from __future__ import annotations

import openpyxl
import pytest

from kpi.errors import KpiError
from kpi.language import NBSP
from kpi.page.circumstances import circumstances, value_in_words
from kpi.page.facts import Facts
from kpi.page.frames import metrics_table
from kpi.page.methods import definition
from kpi.page.sections import breakdowns
from kpi.params.source import Source
from kpi.params.texts import texts_in
from kpi.publication.workbook import write_spreadsheet
from tests.page.test_remedies import RESULTS
from tests.page.test_side_by_side import METRIC, ROWS, TARGETS
from tests.page.test_stuck import circumstance
from tests.publication.drawn_figures import ABOUT

LABELS = {"office": {"N": {"en": "North office", "da": "Nordkontoret"}, 1: "First office"}}
SOURCES = {
    "applications": {"file": "applications.csv", "labels": LABELS},
    "bills": {"file": "bills.csv", "labels": LABELS},
}
NAMED = ROWS.replace("office=North", "office=N").replace("office=East", "office=1")


@pytest.fixture
def facts(report):
    return report(
        NAMED, targets=TARGETS, sources=SOURCES, disclosure={"hide_persons_below": 0},
        languages=["en", "da"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("language", "name", "first"),
    [("en", ">North office<", ">First office<"), ("da", ">Nordkontoret<", "First office")],
)
def test_the_page_has_the_label_and_the_data_keep_the_value(facts, language, name, first):
    of_language = Facts.read(facts.folder.parent, language)
    said = breakdowns(of_language).html
    assert said.count(name) == 1  # the table of units stands in the place of the other
    assert first in said
    assert ">South<" in said
    assert ">N<" not in said
    assert {"office=N", "office=1"} < set(of_language.results["group"])


def test_a_label_without_a_translation_is_marked_as_in_the_report_s_language(facts):
    said = breakdowns(Facts.read(facts.folder.parent, "da")).html
    assert '<span lang="en">First office</span>' in said


def test_the_workbook_has_the_label(facts, tmp_path):
    write_spreadsheet(facts.folder.parent, tmp_path / "figures.xlsx", ABOUT, [])
    book = openpyxl.load_workbook(tmp_path / "figures.xlsx")
    cells = {cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}
    assert {"North office", "First office", "South"} <= cells


def test_circumstances_have_the_label(report):
    rows = circumstance("office", "N", "other")
    facts = report(RESULTS, frames={"circumstances": rows}, sources=SOURCES)
    assert "North office" in circumstances(facts).html
    assert value_in_words(facts, "payments_on_time", "office", "other") == "other"


def test_the_amount_says_its_currency_in_the_language_of_the_page(report):
    facts = report(
        RESULTS, frames={"circumstances": circumstance("returned", "never", amount=1000.0)}
    )
    assert "Amount, kroner" in circumstances(facts).html
    assert "kroner" in set(metrics_table(facts)["amount_unit"])


def test_translators_are_sent_the_labels():
    source = Source(file="a.csv", labels={"office": {"N": "North office"}})
    assert dict(texts_in(source)) == {"labels.office.N": "North office"}


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ({"ofice": {"N": "North"}}, 'Did you mean "office"'),
        ({"office": {"N": "North", "E": "North"}}, "two values of office have the same label"),
    ],
)
def test_a_label_that_cannot_be_shown_is_refused(labels, said):
    with pytest.raises((KpiError, ValueError), match=said):
        Source(file="a.csv", columns={"office": "Office"}, labels=labels)


def test_a_limit_by_category_has_the_label(report):
    """Else its reader would look for a category that no table has."""
    due = {"days": 30, "by": "office", "values": {"N": {"days": 2}}}
    targets = {METRIC: TARGETS[METRIC] | {"counting": [{"due": due, "quarter_by": "due"}]}}
    facts = report(NAMED, targets=targets, sources=SOURCES, disclosure={"hide_persons_below": 0})
    limit = definition(facts, METRIC).limit
    assert str(limit).replace(NBSP, " ") == "30 calendar days; for North office 2 calendar days"
