"""The page as a Word document: what the secretary pastes, and what a screen reader finds."""

from __future__ import annotations

import datetime as dt
import hashlib
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

import docx
import pytest
from docx.document import Document
from docx.oxml.ns import qn

from kpi.publication.word import write_word
from tests.publication.drawn_page import ABOUT, ALT, BODY, drawn_page


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("word")
    write_word(drawn_page(folder), folder / "committee.en.docx", ABOUT)
    return folder / "committee.en.docx"


@pytest.fixture(scope="module")
def document(written) -> Document:
    return docx.Document(str(written))


def styled(document: Document, style: str) -> list[str]:
    return [p.text for p in document.paragraphs if p.style and p.style.name == style]


def test_headings_are_headings_in_their_order(document):
    found = [
        (p.style.name, p.text)
        for p in document.paragraphs
        if p.style and p.style.name.startswith("Heading")
    ]
    assert found == [
        ("Heading 1", "Targets"),
        ("Heading 2", "Summary"),
        ("Heading 4", "Payments on time"),
        ("Heading 3", "All targets"),
        ("Heading 2", "The numbers behind the charts"),
    ]


def test_spaces_are_put_together_and_signs_of_markup_stay_text(document):
    texts = [p.text for p in document.paragraphs]
    assert "One of two targets is not met. Half-written <b> stays & text." in texts


def test_the_draft_mark_stands_on_top_and_on_each_page(document):
    assert "Draft" in document.paragraphs[0].text
    assert document.sections[0].header.paragraphs[0].text == "Draft · Targets"


def test_a_status_is_a_sign_and_a_word(document):
    assert styled(document, "Key figure")[0] == "1 ▲ not met\u20031 ● met"


def test_a_table_names_its_columns_on_each_page_and_itself(document):
    table = document.tables[0]
    first = table.rows[0]
    assert [cell.text for cell in first.cells] == ["Target", "Q4 2019", "Trend", "Status"]
    assert first._tr.trPr.find(qn("w:tblHeader")) is not None
    assert table.rows[1]._tr.trPr.find(qn("w:tblHeader")) is None
    assert table._tbl.tblPr.find(qn("w:tblCaption")).get(qn("w:val")) == "In the committee’s order."
    assert table._tbl.tblPr.find(qn("w:tblLook")).get(qn("w:firstRow")) == "1"
    assert "In the committee’s order." in styled(document, "Caption")


def test_a_group_of_rows_is_one_cell_over_the_whole_width(document):
    assert {cell.text for cell in document.tables[0].rows[1].cells} == {"Benefits"}


def test_no_row_of_a_table_stands_alone_on_a_page(document):
    """Heads and groups stay with what they head; a short table of numbers stays whole."""
    for table in document.tables:
        kept = [
            bool(row.cells[0].paragraphs[0].paragraph_format.keep_with_next) for row in table.rows
        ]
        assert all(kept[: min(2, len(kept) - 1)])
        assert not kept[-1]
    assert all(kept[:-1]), "the numbers behind a chart"


def test_what_stands_below_a_figure_takes_its_own_line(document):
    cells = [cell.text for cell in document.tables[0].rows[2].cells]
    assert cells == ["Payments on time\n52 late.", "91.2%\n951 of 1,043", "", "▲\u00a0Not met\n●"]


def drawings(document: Document) -> Iterator[str]:
    for properties in document.element.iter(qn("wp:docPr")):
        yield properties.get("descr")


def test_every_picture_has_its_words_and_each_chart_is_there_once(document):
    assert list(drawings(document)) == [f"Payments on time. {ALT}.", "Q3: 90%; Q4: 91%."]


def test_pictures_can_be_printed(written):
    with zipfile.ZipFile(written) as archive:
        chart = archive.read("word/media/image1.png")
    width = struct.unpack(">I", chart[16:20])[0]
    assert width >= 3 * 336


def test_the_numbers_behind_a_chart_come_last(document):
    rows = [[cell.text for cell in row.cells] for row in document.tables[-1].rows]
    assert rows == [["Month", "Figure"], ["Oct 2019", "90.1%"], ["Nov 2019", "hidden"]]


def test_what_is_folded_up_elsewhere_is_unfolded(document):
    assert "How it is made" in styled(document, "Term")
    assert "Made with care." in [p.text for p in document.paragraphs]


def test_lists_are_lists_and_each_numbered_one_starts_at_one(document):
    assert styled(document, "List Bullet") == ["that it is noted"]
    numbered = [p for p in document.paragraphs if p.style and p.style.name == "List Number"]
    numbers = [p._p.pPr.numPr.numId.val for p in numbered]
    assert numbers[0] == numbers[1] != numbers[2]


def test_a_link_out_of_the_page_stays_a_link(document):
    links = list(document.element.iter(qn("w:hyperlink")))
    assert [document.part.rels[link.get(qn("r:id"))].target_ref for link in links] == [
        "https://example.org/posts"
    ]


def test_words_in_another_language_are_marked(document):
    marked = {
        "".join(text.text for text in run.iter(qn("w:t"))): language.get(qn("w:val"))
        for run in document.element.iter(qn("w:r"))
        for language in run.iter(qn("w:lang"))
    }
    assert marked == {"stillinger": "da-DK"}


def test_language_and_properties_are_the_report_s(document):
    defaults = document.styles.element.find(f".//{qn('w:rPrDefault')}//{qn('w:lang')}")
    assert defaults.get(qn("w:val")) == "en-GB"
    properties = document.core_properties
    assert (properties.title, properties.author) == (ABOUT.title, ABOUT.author)
    assert properties.last_modified_by == ABOUT.author
    written_at = ABOUT.moment.replace(tzinfo=dt.UTC)
    assert (properties.created, properties.modified) == (written_at, written_at)
    assert properties.comments == ""


def test_the_template_s_own_leftovers_are_not_carried_along(written):
    with zipfile.ZipFile(written) as archive:
        names = archive.namelist()
    assert not [name for name in names if "thumbnail" in name or "WithEffects" in name]


def test_the_same_page_gives_the_same_bytes(tmp_path):
    page = drawn_page(tmp_path)
    for name in ("one", "two"):
        write_word(page, tmp_path / name, ABOUT)
    assert len({hashlib.sha256((tmp_path / n).read_bytes()).digest() for n in ("one", "two")}) == 1


def test_a_very_long_word_and_signs_of_other_scripts_are_written(tmp_path):
    words = f"<p>{'a' * 10_000} 🙂 \u202eright\u202c אבג</p>"
    write_word(drawn_page(tmp_path, BODY + words), tmp_path / "a.docx", ABOUT)
    texts = [p.text for p in docx.Document(str(tmp_path / "a.docx")).paragraphs]
    assert any("🙂" in text and len(text) > 10_000 for text in texts)
