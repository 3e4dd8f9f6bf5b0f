"""The page as PDF/UA: what a screen reader and an archive ask of it."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdf
import pytest

from kpi.publication.gate_reading import pdf_texts, without_drawing
from kpi.publication.pdf import PangoMissingError, write_pdf
from tests.publication.drawn_page import ABOUT, ALT, drawn_page


@pytest.fixture(scope="module")
def needs_pango():
    try:
        import weasyprint  # noqa: F401 - can it be loaded?
    except OSError:
        pytest.skip("needs Pango: libpango-1.0-0, libpangoft2-1.0-0")


@pytest.fixture(scope="module")
def written(needs_pango, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("pdf")
    write_pdf(drawn_page(folder), folder / "committee.en.pdf", ABOUT)
    return folder / "committee.en.pdf"


@pytest.fixture(scope="module")
def document(written) -> pypdf.PdfReader:
    return pypdf.PdfReader(written)


@pytest.fixture(scope="module")
def elements(document) -> list[dict[str, Any]]:
    return list(walk(document.trailer["/Root"]["/StructTreeRoot"]))


def walk(node: Any) -> Iterator[dict[str, Any]]:
    """Yield the elements of the structure in reading order."""
    node = node.get_object()
    if isinstance(node, list):
        for child in node:
            yield from walk(child)
    elif isinstance(node, dict) and "/K" in node:
        if "/S" in node:
            yield node
        yield from walk(node["/K"])


def kinds(elements: list[dict[str, Any]], *wanted: str) -> list[str]:
    return [str(e["/S"]) for e in elements if e["/S"] in wanted]


def test_it_says_that_it_is_tagged_whose_it_is_and_in_which_language(document):
    root = document.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert document.metadata.title == "Targets"
    assert document.metadata.author == ABOUT.author
    assert document.metadata.creation_date.date() == ABOUT.as_of
    assert b"pdfuaid" in root["/Metadata"].get_data()


def test_headings_are_tagged_in_their_order(elements):
    assert kinds(elements, "/H1", "/H2", "/H3", "/H4") == ["/H1", "/H2", "/H4", "/H3"]


def test_the_outline_follows_the_headings(document):
    def titles(outline: Any) -> Iterator[str]:
        for entry in outline:
            if isinstance(entry, list):
                yield from titles(entry)
            else:
                yield entry.title

    assert list(titles(document.outline)) == [
        "Targets", "Summary", "Payments on time", "All targets",
    ]  # fmt: skip


def test_every_figure_has_its_words_and_decoration_is_none(elements):
    figures = [e for e in elements if e["/S"] == "/Figure"]
    assert [str(e["/Alt"]) for e in figures] == [f"Payments on time. {ALT}.", "Q3: 90%; Q4: 91%."]


def test_tables_have_captions_and_cells_know_their_heads(elements):
    assert kinds(elements, "/Table") == ["/Table", "/Table"]
    assert "/Caption" in kinds(elements, "/Caption")
    cells = [e for e in elements if e["/S"] == "/TD"]
    assert cells
    assert all(e["/A"]["/Headers"] for e in cells)


INSIDE = {
    "/Table": {"/TR", "/THead", "/TBody", "/TFoot", "/Caption"},
    "/L": {"/LI", "/L", "/Caption"},
}
"""What PDF/UA lets stand in a table and in a list (ISO 14289-1; veraPDF's 7.2-3, 7.2-19)."""


def test_tables_and_lists_hold_nothing_but_their_parts(needs_pango, tmp_path):
    """Nor blanks between items in a line, nor a caption that is only heard, nor groups of terms."""
    body = """<div class="kpi">
    <ul class="tally"> <li>7 missed</li> <li>2 met</li> </ul>
    <table class="attention"><caption class="unseen">What is missed</caption>
    <thead><tr><th scope="col">Target</th></tr></thead><tbody><tr><td>x</td></tr></tbody></table>
    <dl class="changes"> <div> <dt>Dropped</dt> <dd>For a reason.</dd> </div> </dl></div>"""
    write_pdf(drawn_page(tmp_path, body), tmp_path / "a.pdf", ABOUT)
    document = pypdf.PdfReader(tmp_path / "a.pdf")
    found = list(walk(document.trailer["/Root"]["/StructTreeRoot"]))
    assert set(kinds(found, *INSIDE)) == set(INSIDE)
    for element in found:
        inside = element["/K"].get_object()
        parts = [part.get_object() for part in (inside if isinstance(inside, list) else [inside])]
        if element["/S"] in INSIDE:
            assert {part["/S"] for part in parts} <= INSIDE[element["/S"]]


def test_its_text_is_the_page_s_without_what_the_page_folds_up(document):
    text = "\n".join(page.extract_text() for page in document.pages)
    assert "951 of 1,043" in text
    assert "Draft · Targets" in text
    assert "Made with care." in text
    assert "Folded words" not in text
    assert "Dansk" not in text


def test_pages_are_a4(document):
    box = document.pages[0].mediabox
    assert (round(box.width), round(box.height)) == (595, 842)


def test_the_same_page_gives_the_same_bytes(needs_pango, tmp_path):
    page = drawn_page(tmp_path)
    for name in ("one", "two"):
        write_pdf(page, tmp_path / name, ABOUT)
    assert len({hashlib.sha256((tmp_path / n).read_bytes()).digest() for n in ("one", "two")}) == 1


def test_nothing_is_fetched(needs_pango, tmp_path):
    """Not even a file beside the page: WeasyPrint is given no way to."""
    (tmp_path / "a.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    body = f"<img alt='x' src='{(tmp_path / 'a.svg').as_uri()}'><p>kept</p>"
    write_pdf(drawn_page(tmp_path, body), tmp_path / "a.pdf", ABOUT)
    assert "kept" in pypdf.PdfReader(tmp_path / "a.pdf").pages[0].extract_text()


def test_without_pango_the_message_says_what_to_install(tmp_path, monkeypatch):
    class Missing:
        def find_spec(self, name: str, *_: Any) -> None:
            if name == "weasyprint":
                raise OSError("cannot load library 'libpango-1.0-0'")

    monkeypatch.delitem(sys.modules, "weasyprint", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    with pytest.raises(PangoMissingError, match=r"apt-get install libpango-1\.0-0") as raised:
        write_pdf(drawn_page(tmp_path), tmp_path / "a.pdf", ABOUT)
    assert "brew install pango" in str(raised.value)
    assert not (tmp_path / "a.pdf").exists()


def test_the_gate_reads_its_pages_without_the_drawing_and_misses_no_word(written, document):
    said = {where: text for where, text, _ in pdf_texts(written.read_bytes())}
    for number, page in enumerate(document.pages, start=1):
        content = page.get_contents().get_data()
        assert len(without_drawing(content)) < len(content)
        assert said[f"page {number}"] == page.extract_text() != ""
