"""The workbook of all figures: found by a screen reader, computed with, and never a formula."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl import Workbook

from kpi.definitions.frames import FRAMES, table_of
from kpi.language import Labels
from kpi.page.facts import Facts
from kpi.publication.document import About
from kpi.publication.workbook import format_of, sheets_of, write_spreadsheet
from tests.publication.drawn_figures import ABOUT, FORMULA, drawn_figures


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return drawn_figures(tmp_path_factory.mktemp("figures"))


@pytest.fixture(scope="module")
def book(folder) -> Workbook:
    write_spreadsheet(folder, folder / "figures.en.xlsx", ABOUT, ["Draft"])
    return openpyxl.load_workbook(folder / "figures.en.xlsx")


def texts(book: Workbook, sheet: str) -> list[str]:
    rows = book[sheet].iter_rows(values_only=True)
    return [str(cell) for row in rows for cell in row if cell is not None]


def table(book: Workbook, sheet: str) -> list[dict[str, Any]]:
    (found,) = book[sheet].tables.values()
    heads, *rows = book[sheet][found.ref]
    return [
        {head.value: cell for head, cell in zip(heads, row, strict=True)} for row in rows
    ]  # fmt: skip


@pytest.fixture(scope="module")
def line(book, folder):
    """Give what finds a metric's line of the reported quarter."""
    facts = Facts.read(folder, "en")
    return lambda metric: _line(book, facts.title(metric))


def _line(book: Workbook, metric: str) -> dict[str, Any]:
    return next(
        row
        for row in table(book, "Quarters")
        if (row["Metric"].value, row["Period"].value) == (metric, "2019Q4")
    )


def test_it_begins_with_a_cover_the_contents_and_notes(book):
    assert book.sheetnames[:5] == [
        "Cover", "Contents", "Definitions", "Columns", "Service targets",
    ]  # fmt: skip


def test_the_cover_says_what_it_is_worth_and_what_the_signs_mean(book):
    cover = texts(book, "Cover")
    assert {"Draft", "The data are synthetic.", "A small town", ABOUT.title} <= set(cover)
    assert {"0", "[c]", "[x]", "[z]"} <= set(cover)


def test_each_sheet_holds_one_table_which_the_contents_lead_to(book):
    contents = table(book, "Contents")
    assert [row["Sheet"].value for row in contents] == book.sheetnames[2:]
    for row in contents:
        name = row["Sheet"].value
        assert len(book[name].tables) == 1
        assert row["Sheet"].hyperlink.location == f"'{name}'!A1"
        assert book[name].freeze_panes == "B5"


def test_no_cell_of_a_table_is_empty(book):
    for name in book.sheetnames:
        assert all(
            cell.value not in {None, ""} for row in table(book, name) for cell in row.values()
        )


def test_numbers_are_numbers_and_keep_their_format(line):
    found = line("payments_on_time")
    assert found["Lower bound"].value == pytest.approx(951 / 1055, abs=1e-15)
    assert found["Lower bound"].number_format == "0.0%"
    assert (found["Cases"].value, found["Cases"].number_format) == (1055, "#,##0")


def test_what_is_divided_is_counted_and_no_share(line):
    """A cell that holds 951 is shown as 951, not as 95100%."""
    found = line("payments_on_time")
    assert (found["Numerator"].value, found["Numerator"].number_format) == (951, "#,##0")
    assert (found["Denominator"].value, found["Denominator"].number_format) == (1055, "#,##0")


def test_a_ratio_of_a_table_without_units_is_a_share():
    for frame in ("counterfactual", "circumstances"):
        assert format_of(table_of(frame)["lower"], 0.878, "") == "0.0%"


def test_rows_are_as_high_as_their_texts(book):
    """LibreOffice finds no height by itself: long texts would lie over those below."""
    sheet = book["Definitions"]
    for row in table(book, "Definitions"):
        cell = row["Definition"]
        if len(cell.value) > 2 * sheet.column_dimensions["B"].width:
            assert sheet.row_dimensions[cell.row].height >= 30


def test_a_target_has_its_value_with_what_it_is_divided_of_and_a_date_is_a_date(book, folder):
    rows = table(book, "Service targets")
    title = Facts.read(folder, "en").title("payments_on_time")
    row = next(row for row in rows if row["Service target"].value == title)
    assert row["Value"].value == row["Numerator"].value / row["Denominator"].value
    assert row["Value"].value == row["Lower bound"].value
    dates = [
        one["No later than"] for one in rows if isinstance(one["No later than"].value, dt.date)
    ]
    assert dates
    assert {cell.number_format for cell in dates} == {"yyyy-mm-dd"}


def test_what_is_said_of_a_target_is_in_the_language_of_the_workbook(folder):
    facts = Facts.read(folder, "da")
    run = facts.run.model_copy(update={"texts": {"da": {"+ more": "mere"}}})
    said = [row for row in next(sheets_of(replace(facts, run=run))).rows if FORMULA in row]
    assert len(said) == 1
    assert "mere" in said[0]
    assert "+ more" not in said[0]


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("kind", ["quarter", "month", "year"])
def test_names_of_sheets_are_whole(language, kind):
    titles = [Labels(language, kind=kind)(frame.title) for frame in FRAMES.values()]
    assert [title for title in titles if len(title) > 31] == []


def test_zero_hidden_no_data_and_none_are_four_different_things(line):
    assert line("application_time")["Missed"].value == 0
    hidden = line("housing_benefit_time")
    assert (hidden["Missed"].value, hidden["Value"].value) == ("[c]", "[c]")
    assert line("acute_duty")["Value"].value == "[x]"
    assert line("good_service")["Cases"].value == "[z]"


def test_a_comment_that_looks_like_a_formula_is_a_text(book):
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert "f" not in {cell.data_type for cell in cells}
    said = {cell.value for cell in cells if isinstance(cell.value, str)}
    assert {f"'{FORMULA}", "'+ more", "'@me", "'=1+1"} <= said
    assert not [text for text in said if text.startswith(("=", "+", "@", "\t", "\r"))]


def test_codes_are_written_in_words(line):
    assert line("payments_on_time")["Unit"].value == "share"
    assert line("payments_on_time")["Status"].value == "not documented"


def test_properties_are_the_report_s(book):
    properties = book.properties
    assert (properties.title, properties.creator) == (ABOUT.title, ABOUT.author)
    assert properties.created == properties.modified == ABOUT.moment


def test_another_language_has_other_words(folder, tmp_path):
    danish = About("Mål", "En lille by", "da", ABOUT.as_of)
    write_spreadsheet(folder, tmp_path / "a.xlsx", danish, ["Kladde"])
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames[:2] == ["Forside", "Indhold"]


def test_the_same_figures_give_the_same_bytes(folder, tmp_path):
    for name in ("one", "two"):
        write_spreadsheet(folder, tmp_path / name, ABOUT, ["Draft"])
    assert len({hashlib.sha256((tmp_path / n).read_bytes()).digest() for n in ("one", "two")}) == 1
