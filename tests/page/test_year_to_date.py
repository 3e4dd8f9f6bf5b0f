"""The year to date beside the period, added up of what is shown; targets of groups."""

from __future__ import annotations

import csv
from typing import Any

import openpyxl
import pytest

from kpi.errors import DefinitionError, KpiError
from kpi.page.facts import records
from kpi.page.frames import described_frame
from kpi.page.methods import definition
from kpi.page.sections import breakdowns
from kpi.page.targets import card, group_rows, target_row
from kpi.page.year_to_date import in_words, year_to_date
from kpi.publication.open_data import write_open_data
from kpi.publication.workbook import write_spreadsheet
from tests.page.drawn_report import TARGETS
from tests.publication.drawn_figures import ABOUT

SHARE, RATE, TIME = (
    "payments_on_time", "booked_conversations_per_caseworker_week", "early_retirement_pension_time"
)  # fmt: skip
RESULTS = """
    metric           | period | n    | met | missed | unknown
    payments_on_time | 2018Q4 | 900  | 900 | 0      |
    payments_on_time | 2019Q1 | 800  | 780 | 20     |
    payments_on_time | 2019Q2 | 900  | 870 | 30     |
    payments_on_time | 2019Q3 | 1000 | 750 | 250    |
    payments_on_time | 2019Q4 | 1055 | 951 | 52     | 52
"""


def asked(*metrics: str) -> dict[str, Any]:
    """Return the drawn targets with the year to date asked of some metrics."""
    return {name: TARGETS[name] | {"year_to_date": True} for name in metrics}


def test_shares_are_pooled_over_the_year(report):
    """Cases are added, not shares; the unknown ones make it a range; the year before is none."""
    facts = report(RESULTS, targets=asked(SHARE))
    row = year_to_date(facts, SHARE)
    n, met = 800 + 900 + 1000 + 1055, 780 + 870 + 750 + 951
    assert (row["n"], row["met"], row["unknown"]) == (n, met, 52)
    assert (row["lower"], row["upper"]) == (met / n, (met + 52) / n)
    said = in_words(facts, SHARE)
    assert said == "2019 to date: 89.2–90.6% (3,351 to 3,403 of 3,755), not met"
    assert target_row(facts, SHARE).to_date == card(facts, SHARE).row.to_date == said


def test_it_is_said_in_danish(report):
    said = in_words(report(RESULTS, targets=asked(SHARE), language="da"), SHARE)
    assert said.startswith("2019 til dato: ")


def test_nobody_who_did_not_ask_is_told(report):
    assert in_words(report(RESULTS), SHARE) == ""


def test_the_first_period_of_a_year_is_the_year_so_far(report):
    assert in_words(report(RESULTS, targets=asked(SHARE), quarter="2019Q1"), SHARE) == ""


def test_where_a_period_is_hidden_so_is_the_year(report):
    """Else it would tell what was hidden."""
    few = RESULTS.replace("| 1000 | 750 | 250    |", "| 3    | 2   | 1      |")
    assert in_words(report(few, targets=asked(SHARE)), SHARE) == "2019 to date: hidden"


def test_without_the_whole_year_nothing_is_said(report):
    later = "\n".join(line for line in RESULTS.splitlines() if "2019Q1" not in line)
    assert in_words(report(later, targets=asked(SHARE)), SHARE) == ""


def test_a_rate_is_of_all_weeks(report):
    """Booked conversations over the weeks of the year."""
    drawn = f"""
        metric  | period | n   | met | missed | unknown | group | weeks
        {RATE}  | 2019Q1 | 260 |     |        |         |       | 13
        {RATE}  | 2019Q2 | 240 |     |        |         |       | 12
        {RATE}  | 2019Q3 | 130 |     |        |         |       | 13
        {RATE}  | 2019Q4 | 250 |     |        |         |       | 12.5
    """
    row = year_to_date(report(drawn, targets=asked(RATE)), RATE)
    assert row["value"] == 880 / 50.5
    assert row["status"] == "not_met"


def test_times_do_not_add_up(report):
    with pytest.raises(DefinitionError, match="year_to_date of early_retirement_pension_time"):
        report(RESULTS.replace(SHARE, TIME), targets=asked(TIME))


def test_a_group_has_a_target_of_its_own(report):
    """One office has 85 %: its row is judged by that, the others by the target of all."""
    own = {"direction": "at_least", "value": 0.95, "groups": {"office": {"North": 0.85}}}
    drawn = """
        metric           | period | n    | met | missed | unknown | group
        payments_on_time | 2019Q4 | 1000 | 890 | 110    |         |
        payments_on_time | 2019Q4 | 500  | 440 | 60     |         | office=North
        payments_on_time | 2019Q4 | 500  | 450 | 50     |         | office=South
    """
    facts = report(drawn, targets={SHARE: TARGETS[SHARE] | {"targets": [own]}})
    north, south = group_rows(facts, SHARE, "office")
    assert (north.target, north.status_word) == ("≥\u00a085%", "met")
    assert (south.target, south.status_word) == ("≥\u00a095%", "not met")
    html = breakdowns(facts).html
    assert "Status" in html
    assert "Not met" in html
    assert definition(facts, SHARE).target == "≥\u00a095%; for North ≥\u00a085%"


@pytest.mark.parametrize(
    ("groups", "error"),
    [
        ({"office": {"Nort": 0.85}}, 'office "Nort"'),
        ({"district": {"North": 0.85}}, "needs it among the groups"),
    ],
)
def test_a_target_of_a_group_that_does_not_occur(report, groups: dict[str, Any], error: str):
    own = {"direction": "at_least", "value": 0.95, "groups": groups}
    drawn = """
        metric           | period | n    | met | missed | unknown | group
        payments_on_time | 2019Q4 | 1000 | 890 | 110    |         |
        payments_on_time | 2019Q4 | 500  | 440 | 60     |         | office=North
    """
    with pytest.raises(KpiError, match=error):
        report(drawn, targets={SHARE: TARGETS[SHARE] | {"targets": [own]}})


def test_the_year_to_date_is_a_table_that_tells_what_the_page_does(report):
    """For notebooks, open data and the workbook: the figures asked for, and no other."""
    table = described_frame(report(RESULTS, targets=asked(SHARE)), "year_to_date")
    (row,) = records(table)
    assert (row["metric"], row["since"], row["period"]) == (SHARE, "2019Q1", "2019Q4")
    assert (row["n"], row["numerator"], row["denominator"]) == (3755, 3351, 3755)
    assert (row["value"], row["status"], row["suppressed"]) == (3351 / 3755, "not_met", "")
    assert not len(described_frame(report(RESULTS), "year_to_date"))


def test_a_hidden_year_has_no_figure_in_table_and_open_data(report, tmp_path):
    few = RESULTS.replace("| 1000 | 750 | 250    |", "| 3    | 2   | 1      |")
    facts = report(few, targets=asked(SHARE))
    table = described_frame(facts, "year_to_date")
    (row,) = records(table)
    assert (row["status"], row["suppressed"]) == ("hidden", "hidden")
    assert table[["n", "met", "value", "lower", "upper", "numerator"]].isna().all(axis=None)
    write_open_data(facts.folder.parent, tmp_path / "open", ABOUT, [])
    written = (tmp_path / "open" / "year_to_date.csv").read_text(encoding="utf-8")
    (published,) = csv.DictReader(written.splitlines())
    assert {published[name] for name in ("n", "met", "value", "upper")} == {"[c]"}


def test_the_workbook_has_a_sheet_of_it_where_it_is_asked_for(report, tmp_path):
    facts = report(RESULTS, targets=asked(SHARE))
    write_spreadsheet(facts.folder.parent, tmp_path / "a.xlsx", ABOUT, [])
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert "Year to date" in book.sheetnames
    cells = [cell for row in book["Year to date"].iter_rows(values_only=True) for cell in row]
    assert {3755, 3351, "not met"} <= set(cells)
