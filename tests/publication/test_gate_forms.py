"""What is planted in any form is found: in its words, between its marks, beside what is shown."""

from __future__ import annotations

import base64
import json
import struct
import zipfile
import zlib
from collections.abc import Callable
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import docx
import openpyxl
import pandas as pd
import pypdf
import pytest
from docx.oxml.ns import qn
from openpyxl.comments import Comment
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject, TextStringObject

from kpi.errors import ExportError
from kpi.publication.gate import Hit, hits, inspect
from kpi.publication.gate_reading import picture_texts, texts_of
from kpi.publication.paper import SVG, picture
from kpi.record import CASES, office, write_parquet

SECRET = "correct-horse & <battery>"  # noqa: S105 - planted, to be found
SECRETS = {"KPI_PSEUDONYM_KEY": SECRET, "KPI_ENGINE": "postgres://kpi:s3cret-word@db/kpi"}
PLANTED = {
    "a number like a person's": "010170-1234",
    "a pseudonym": "0123456789abcdef01234567",
    "a secret": SECRET,
    "a path of a machine": "/home/someone/data.csv",
    "a case that was set aside": "REG-004711",
}


@pytest.fixture
def folder(tmp_path) -> Path:
    """A folder whose office papers know a case that was set aside."""
    office(tmp_path).mkdir()
    papers = pd.DataFrame({"case_number": ["REG-004711", "12"], "person": [None, None]})
    write_parquet(papers, office(tmp_path), CASES)
    return tmp_path


def whats(folder: Path) -> set[str]:
    """Return what the gate says of a folder's first file that is refused."""
    with pytest.raises(ExportError) as raised:
        inspect(folder, SECRETS)
    assert not [text for text in PLANTED.values() if text in str(raised.value)]
    return {raised.value.found.split(" in ", 1)[0]}


def write_docx(path: Path, text: str) -> None:
    document = docx.Document()
    document.add_paragraph(text)
    document.save(str(path))


def write_docx_property(path: Path, text: str) -> None:
    document = docx.Document()
    document.core_properties.title = text
    document.save(str(path))


def write_docx_alt(path: Path, text: str) -> None:
    document = docx.Document()
    shape = document.add_picture(BytesIO(png()))
    shape._inline.docPr.set("descr", text)
    document.save(str(path))


def write_docx_runs(path: Path, text: str) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph(text[:5])
    paragraph.add_run(text[5:]).bold = True
    document.save(str(path))


def write_xlsx(path: Path, text: str) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0]["B2"] = text
    book.save(path)


def write_xlsx_comment(path: Path, text: str) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0]["B2"].comment = Comment(text, "x")
    book.save(path)


def write_parquet_text(path: Path, text: str) -> None:
    pd.DataFrame({"group": ["a", text]}).to_parquet(path)


def write_parquet_column(path: Path, text: str) -> None:
    pd.DataFrame({text: [1.5]}).to_parquet(path)


def write_notebook(path: Path, text: str, where: str = "metadata") -> None:
    output = {"output_type": "execute_result", "metadata": {}, "data": {}}
    cell = {"cell_type": "code", "metadata": {}, "source": "", "outputs": [output]}
    book = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    if where == "metadata":
        book["metadata"] = {"by": text}
    elif where == "cell":
        cell["metadata"] = {"by": text}
    elif where == "html":
        output["data"] = {"text/html": [f"<p>{text[:5]}", f"<b></b>{escape(text[5:])}</p>"]}
    else:
        output["data"] = {"image/png": base64.b64encode(png(text)).decode()}
    path.write_text(json.dumps(book), encoding="utf-8")


def write_json(path: Path, text: str) -> None:
    path.write_text(json.dumps({"a": [{"b": text}]}).replace("-", "\\u002d"), encoding="utf-8")


def write_html(path: Path, text: str) -> None:
    path.write_text(f"<p>{text[:5]}<b></b>{escape(text[5:])}</p>", encoding="utf-8")


def write_html_picture(path: Path, text: str) -> None:
    encoded = base64.b64encode(png(text)).decode()
    path.write_text(f'<img alt="" src="data:image/png;base64,{encoded}">', encoding="utf-8")


def write_svg(path: Path, text: str) -> None:
    path.write_text(f"<svg><desc>{escape(text)}</desc></svg>", encoding="utf-8")


def png(text: str = "", *, packed: bool = False) -> bytes:
    """Return a picture of one dot with a note in its metadata."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checked = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + checked

    words = text.encode("utf-8")
    note = chunk(b"zTXt", b"Note\0\0" + zlib.compress(words)) if packed else b"Note\0" + words
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)),
            note if packed else chunk(b"tEXt", note),
            chunk(b"IDAT", zlib.compress(b"\0\0\0\0")),
            chunk(b"IEND", b""),
        )
    )


def jpeg(text: str) -> bytes:
    words = text.encode("utf-8")
    return b"\xff\xd8\xff\xfe" + struct.pack(">H", len(words) + 2) + words + b"\xff\xda\x00\x02"


def write_png(path: Path, text: str) -> None:
    path.write_bytes(png(text))


def write_png_packed(path: Path, text: str) -> None:
    path.write_bytes(png(text, packed=True))


def write_jpeg(path: Path, text: str) -> None:
    path.write_bytes(jpeg(text))


def write_pdf(path: Path, text: str, where: str = "text") -> None:
    """Write a PDF that says the text on its page, in an alt text, or in its properties."""
    writer = pypdf.PdfWriter()
    page = writer.add_blank_page(600, 100)
    if where == "text":
        font = DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Font"),
                NameObject("/Subtype"): NameObject("/Type1"),
                NameObject("/BaseFont"): NameObject("/Helvetica"),
            }
        )
        fonts = DictionaryObject({NameObject("/F1"): font})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        content = DecodedStreamObject()
        content.set_data(f"BT /F1 12 Tf 10 50 Td ({text}) Tj ET".encode("latin-1"))
        page[NameObject("/Contents")] = writer._add_object(content)
    elif where == "alt":
        figure: dict[Any, Any] = {NameObject("/S"): NameObject("/Figure")}
        figure[NameObject("/Alt")] = TextStringObject(text)
        writer._root_object[NameObject("/StructTreeRoot")] = writer._add_object(
            DictionaryObject({NameObject("/K"): writer._add_object(DictionaryObject(figure))})
        )
    elif where == "outline":
        writer.add_outline_item(title=text, page_number=0)
    else:
        writer.add_metadata({"/Keywords": text})
    writer.write(path)


def in_(where: str, write: Callable[..., None]) -> Callable[[Path, str], None]:
    return lambda path, text: write(path, text, where)


WRITERS: dict[str, tuple[str, Callable[[Path, str], None]]] = {
    "docx": ("a.docx", write_docx),
    "docx, two runs": ("a.docx", write_docx_runs),
    "docx, title": ("a.docx", write_docx_property),
    "docx, alt text": ("a.docx", write_docx_alt),
    "xlsx": ("a.xlsx", write_xlsx),
    "xlsx, comment": ("a.xlsx", write_xlsx_comment),
    "parquet": ("a.parquet", write_parquet_text),
    "parquet, column": ("a.parquet", write_parquet_column),
    "notebook": ("a.ipynb", write_notebook),
    "notebook, cell": ("a.ipynb", in_("cell", write_notebook)),
    "notebook, output": ("a.ipynb", in_("html", write_notebook)),
    "notebook, picture": ("a.ipynb", in_("picture", write_notebook)),
    "json": ("a.json", write_json),
    "html": ("a.html", write_html),
    "html, picture": ("a.html", write_html_picture),
    "svg": ("a.svg", write_svg),
    "png": ("a.png", write_png),
    "png, packed": ("a.png", write_png_packed),
    "jpeg": ("a.jpg", write_jpeg),
    "pdf": ("a.pdf", write_pdf),
    "pdf, alt text": ("a.pdf", in_("alt", write_pdf)),
    "pdf, outline": ("a.pdf", in_("outline", write_pdf)),
    "pdf, properties": ("a.pdf", in_("properties", write_pdf)),
}


@pytest.mark.parametrize("what", PLANTED)
@pytest.mark.parametrize("form", WRITERS)
def test_what_is_planted_is_found_and_not_repeated(folder, form, what):
    name, write = WRITERS[form]
    write(folder / name, PLANTED[what])
    assert whats(folder) == {what}


def test_the_password_in_an_address_is_a_secret(folder):
    (folder / "run.json").write_text('{"engine": "s3cret-word"}', encoding="utf-8")
    assert whats(folder) == {"a secret"}


def test_whole_numbers_of_a_table_are_read(folder):
    pd.DataFrame({"n": [1, 3112991234]}).to_parquet(folder / "a.parquet")
    assert whats(folder) == {"a number like a person's"}


def found(path: Path) -> set[str]:
    return {hit.what for hit in hits(texts_of(path, path.name), {})}


def test_cells_beside_each_other_are_not_one_number(tmp_path):
    book = openpyxl.Workbook()
    book.worksheets[0].append([10.17, 1234, 0.123456789012, 3.14159265358979])
    book.save(tmp_path / "a.xlsx")
    assert found(tmp_path / "a.xlsx") == set()
    row = "<tr><td>311299</td><td>1234</td><td>0123456789ab</td><td>cdef01234567</td></tr>"
    (tmp_path / "a.html").write_text(f"<table>{row}</table>", encoding="utf-8")
    assert found(tmp_path / "a.html") == set()


def test_a_formula_in_a_workbook_is_found(tmp_path):
    write_xlsx(tmp_path / "a.xlsx", '=HYPERLINK("x")')
    assert found(tmp_path / "a.xlsx") == {"a formula in a cell"}


def test_a_field_of_word_that_fetches_is_found(tmp_path):
    document = docx.Document()
    field = docx.oxml.OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), 'INCLUDEPICTURE "https://example.org/a.png"')
    document.add_paragraph()._p.append(field)
    document.save(str(tmp_path / "a.docx"))
    assert found(tmp_path / "a.docx") == {"a file to fetch"}


def test_a_script_and_a_file_in_a_pdf_are_found(tmp_path):
    writer = pypdf.PdfWriter()
    writer.add_blank_page(10, 10)
    action = {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("a")}
    writer._root_object[NameObject("/OpenAction")] = writer._add_object(DictionaryObject(action))
    writer.add_attachment("a.txt", b"x")
    writer.write(tmp_path / "a.pdf")
    assert found(tmp_path / "a.pdf") == {"a script", "a file within the file"}


SVG_TEXT = base64.b64encode(b"<svg><text>010170-1234</text></svg>").decode()


@pytest.mark.parametrize(
    "written",
    [
        f'<img src="data:image/svg+xml;base64,{SVG_TEXT}">',
        f"<img src=data:image/svg+xml;base64,{SVG_TEXT}>",
        f"<style>p {{ background: url(data:image/svg+xml;base64,{SVG_TEXT}) }}</style>",
        f'<a href="data:text/csv;base64,{SVG_TEXT}">rows</a>',
        '<a href="data:,010170%2D1234">rows</a>',
        '<img src="data:image/png;base64,@@@@">',
    ],
)
def test_a_file_within_a_page_that_nobody_can_read_is_found(tmp_path, written):
    (tmp_path / "a.html").write_text(written, encoding="utf-8")
    assert found(tmp_path / "a.html") & {"a file within the file", "a number like a person's"}


@pytest.mark.parametrize("kind", ["application/pdf", "audio/wav", "image/png"])
def test_an_output_that_nobody_can_read_is_found(tmp_path, kind):
    output = {"data": {kind: "@@@@" if kind == "image/png" else SVG_TEXT}}
    book = {"cells": [{"outputs": [output]}], "metadata": {}}
    (tmp_path / "a.ipynb").write_text(json.dumps(book), encoding="utf-8")
    assert found(tmp_path / "a.ipynb") == {"a file within the file"}


def test_what_is_attached_to_a_cell_and_its_source_are_read(tmp_path):
    picture = base64.b64encode(png("010170-1234")).decode()
    cells = [
        {"attachments": {"a.png": {"image/png": picture}}},
        {"source": ["x = '010170", "\u20111234'"]},
    ]
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": {}}), encoding="utf-8")
    places = {hit.where for hit in hits(texts_of(path, "a.ipynb"), {})}
    assert places == {"a.ipynb: cell 1: picture, line 1", "a.ipynb: cell 2, line 1"}


def test_a_script_among_a_notebook_s_outputs_is_found(tmp_path):
    output = {"data": {"application/javascript": "alert(1)"}}
    book = {"cells": [{"outputs": [output]}], "metadata": {}}
    (tmp_path / "a.ipynb").write_text(json.dumps(book), encoding="utf-8")
    assert found(tmp_path / "a.ipynb") == {"a script"}


@pytest.mark.parametrize("member", ["word/media/image1.gif", "word/embeddings/a.exe"])
def test_a_part_that_nobody_can_read_is_refused(tmp_path, member):
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as archive:
        archive.writestr(member, b"GIF89a")
    with pytest.raises(ExportError, match=r"a\.docx: word/"):
        list(texts_of(tmp_path / "a.docx", "a.docx"))


def test_a_hit_says_where_once(tmp_path):
    (tmp_path / "a.html").write_text("<p>fine</p>\n<p>010170-1234</p>", encoding="utf-8")
    assert set(hits(texts_of(tmp_path / "a.html", "a.html"), {})) == {
        Hit("a number like a person's", "a.html, line 2")
    }


def test_our_own_pictures_carry_no_words():
    drawing = ET.Element(f"{SVG}svg", {"viewBox": "0 0 9 9"})
    ET.SubElement(drawing, f"{SVG}text", {"y": "9"}).text = "a"
    assert list(picture_texts(picture(drawing, 1))) == []
