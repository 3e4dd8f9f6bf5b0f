"""Blocks of the page in Word: words with how each is written, tables with rows of headings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from kpi.definitions.statuses import STATUSES
from kpi.language import NBSP
from kpi.publication.paper import SVG, has_class, size, text_of
from kpi.publication.word_style import CELL, WIDTH_CM
from kpi.record import ANNEX

if TYPE_CHECKING:
    from docx.document import Document


OTHER_COLOURS = {"better": "teal", "worse": "rust", "mark": "rust"}
SMALL = {
    "note", "comment", "basis", "reason", "verdict", "aim", "about", "whose", "marks", "beside",
    "earlier", "adopted", "since",
}  # fmt: skip
_OWN_LINE = {"basis", "reason", "verdict", "earlier", "aim", "since"}
_BOLD_TAGS = {"b", "strong", "dt"}
_BOLD_CLASSES = {"status", "main", "mark"}
NEW_LINE = "\v"
_ANNEX = re.compile(rf"{ANNEX}\.[a-z]{{2}}\.html")
"""What a document cannot lead to, for it is put elsewhere: the file is named instead."""
_UNBROKEN = str.maketrans("- ", f"\u2011{NBSP}")
_SPACES = re.compile(r"[ \t\r\n]+")


@dataclass(frozen=True)
class Look:
    """How a piece of text is written."""

    bold: bool = False
    italic: bool = False
    small: bool = False
    boxed: bool = False
    colour: str = ""
    language: str = ""
    link: str = ""


@dataclass(frozen=True)
class Run:
    """A piece of text of one look, or a drawing that stands among the words."""

    text: str
    look: Look
    drawing: ET.Element | None = None


def runs_of(node: ET.Element, look: Look = Look(), *, in_cell: bool = False) -> list[Run]:
    """Return the words of a block in their order, spaces put together; a new line is its own run.

    In a cell of a table, what stands below the figure (its basis, its verdict) takes a new line.
    """
    return list(_joined(_walk(node, _look_of(node, look), in_cell=in_cell)))


def _look_of(node: ET.Element, look: Look) -> Look:
    classes = set((node.get("class") or "").split())
    colours = {one.id: one.colour for one in STATUSES.values()} | OTHER_COLOURS
    colour = next((colours[name] for name in colours if name in classes), "")
    small = bool(classes & SMALL)
    address = node.get("href") or "" if node.tag == "a" else ""
    return replace(
        look,
        bold=look.bold or node.tag in _BOLD_TAGS or bool(classes & _BOLD_CLASSES),
        italic=look.italic or node.tag in {"i", "em"},
        small=look.small or small,
        boxed=look.boxed or "mark" in classes,
        colour=colour or ("grey" if small and not look.colour else look.colour),
        language=node.get("lang") or look.language,
        link=address if address.startswith("http") else look.link,
    )


def _walk(node: ET.Element, look: Look, *, in_cell: bool) -> Iterator[Run]:
    if node.text:
        yield Run(node.text.translate(_UNBROKEN if has_class(node, "whole") else {}), look)
    for child in node:
        if child.tag == f"{SVG}svg":
            yield Run("", look, child)
        elif child.tag == "br":
            yield Run(NEW_LINE, look)
        elif not has_class(child, "unseen"):
            own = _look_of(child, look)
            if in_cell and _starts_line(child):
                own = replace(own, bold=own.bold and child.get("class") == "status")
                yield Run(NEW_LINE, look)
            yield from _walk(child, own, in_cell=in_cell)
            if child.tag == "a" and _ANNEX.fullmatch(child.get("href") or ""):
                yield Run(f" ({Path(child.attrib['href']).stem}.docx)", own)
        if child.tail:
            yield Run(child.tail, look)


def _starts_line(node: ET.Element) -> bool:
    return node.tag in {"p", "div", "li"} or any(has_class(node, name) for name in _OWN_LINE)


def _joined(runs: Iterator[Run]) -> Iterator[Run]:
    """Put spaces together across runs; none stand at the start or end of a line."""
    space: Run | None = None
    is_inside, is_begun = False, False  # a line, the block
    for run in runs:
        if run.text == NEW_LINE:
            if is_begun:
                yield run
            space, is_inside = None, False
            continue
        text = _SPACES.sub(" ", run.text)
        if text.startswith(" ") and is_inside:
            space = replace(run, text=" ")
        if text.strip(" ") or run.drawing is not None:
            if space is not None:
                yield space
            yield replace(run, text=text.strip(" "))
            space = replace(run, text=" ") if text.endswith(" ") else None
            is_inside = is_begun = True


_MOST_COUNTED_CM = 40.0
SPARK_CM_PER_UNIT = 1.6 / 88
_CELL_MARGIN = 6.0
_MARGIN_CM = 0.25
_SIGN_CM, _SMALL, _BOLD = 0.2, 0.89, 1.1
"""The usual width of a sign, and how much of it a small or a bold one takes."""
_NARROWEST_CM = 8.0
_SHORT, _TOGETHER = 14, 3
"""So many rows stay on one page; so many at a longer table's end stay together."""


@dataclass(frozen=True)
class TableRow:
    """A row of the page's table: whether it names the columns, and its cells."""

    is_header: bool
    cells: list[ET.Element]


def add_table(
    document: Document, table: ET.Element, colours: dict[str, str], fill: Callable[..., None]
) -> None:
    """Add a table; `fill` writes the words of one cell into its paragraph."""
    rows = _rows(table)
    columns = max((sum(map(_span, row.cells)) for row in rows), default=0)
    if not columns:
        return
    made: Any = document.add_table(len(rows), columns)
    made.autofit = False
    _describe(made, text_of(table.find("caption")))
    widths = _widths(rows, columns)
    kept = _kept(rows, is_dense=has_class(table, "numbers"))
    for row, written, keep in zip(made.rows, rows, kept, strict=True):
        _mark_row(row, is_header=written.is_header)
        place, targets = 0, row.cells
        for cell in written.cells:
            target = targets[place]
            if _span(cell) > 1:
                target = target.merge(targets[place + _span(cell) - 1])
            paragraph = target.paragraphs[0]
            _shape(paragraph, table, cell, written, keep=keep)
            fill(paragraph, cell, is_header=written.is_header)
            place += _span(cell)
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = width
    for column, width in zip(made.columns, widths, strict=True):
        column.width = width
    _rule(made, rows, colours)


def _kept(rows: list[TableRow], *, is_dense: bool) -> list[bool]:
    """Tell of each row whether it stays on a page with the next one.

    Heads stay with what they head; no row stands alone at the foot or the head of a page, and a
    short table of numbers stays whole.
    """
    last = len(rows) - 1
    if is_dense and len(rows) <= _SHORT:
        return [place < last for place in range(len(rows))]
    body = next((place for place, row in enumerate(rows) if not row.is_header), 0)
    return [
        place < last and (place <= body or len(row.cells) == 1 or place > last - _TOGETHER)
        for place, row in enumerate(rows)
    ]


def _rows(table: ET.Element) -> list[TableRow]:
    in_head = {id(row) for head in table.iter("thead") for row in head.iter("tr")}
    return [
        TableRow(id(row) in in_head, [cell for cell in row if cell.tag in {"th", "td"}])
        for row in table.iter("tr")
    ]


def _span(cell: ET.Element) -> int:
    return int(cell.get("colspan") or 1)


def _widths(rows: list[TableRow], columns: int) -> list[int]:
    """Share the width: each column has room for its longest word, the rest goes by most words."""
    from docx.shared import Cm

    most, words = [_MARGIN_CM] * columns, [_MARGIN_CM] * columns
    for row in rows:
        if len(row.cells) != columns:
            continue
        for place, cell in enumerate(row.cells):
            whole, word = _measured(cell, is_header=row.is_header)
            most[place] = max(most[place], min(whole, _MOST_COUNTED_CM) + _MARGIN_CM)
            words[place] = max(words[place], word + _MARGIN_CM)
    more = [max(one - word, 0.0) for one, word in zip(most, words, strict=True)]
    width = min(WIDTH_CM, max(sum(words) + sum(more), _NARROWEST_CM))
    spare = max(width - sum(words), 0.0) / (sum(more) or 1.0)
    share = [word + one * spare for word, one in zip(words, more, strict=True)]
    return [int(Cm(width * one / sum(share))) for one in share]


def _measured(cell: ET.Element, *, is_header: bool) -> tuple[float, float]:
    """Return about how wide all words of a cell and its longest one are, in centimetres."""
    base = Look(bold=cell.tag == "th" and not is_header, small=is_header)
    whole = longest = unbroken = 0.0  # what has no blank so far may go on in the next run
    for run in runs_of(cell, base, in_cell=True):
        if run.text == NEW_LINE:
            unbroken = 0.0
        elif run.drawing is not None:
            drawn = size(run.drawing)[0] * SPARK_CM_PER_UNIT
            whole, longest, unbroken = whole + drawn, max(longest, drawn), 0.0
        else:
            sign = _SIGN_CM * (_SMALL if run.look.small else 1) * (_BOLD if run.look.bold else 1)
            whole += sign * len(run.text)
            for place, piece in enumerate(run.text.split(" ")):
                unbroken = sign * len(piece) + (0.0 if place else unbroken)
                longest = max(longest, unbroken)
    return whole, longest


def _describe(table: Any, caption: str) -> None:
    """Name the table for assistive technology, and say that its first row and column are heads."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    properties = table._tbl.tblPr  # noqa: SLF001 - python-docx has no captions of tables
    look = properties.find(qn("w:tblLook"))
    if look is None:
        look = OxmlElement("w:tblLook")
        properties.append(look)
    for name in list(look.attrib):
        del look.attrib[name]
    look.set(qn("w:val"), "00A0")
    for name, value in (("firstRow", "1"), ("firstColumn", "1"), ("noVBand", "1")):
        look.set(qn(f"w:{name}"), value)
    if caption:
        named = OxmlElement("w:tblCaption")
        named.set(qn("w:val"), caption)
        properties.append(named)


def _mark_row(row: Any, *, is_header: bool) -> None:
    """Keep a row on one page; a row of heads is repeated on each."""
    from docx.oxml import OxmlElement

    properties = row._tr.get_or_add_trPr()  # noqa: SLF001 - python-docx has no header rows
    properties.append(OxmlElement("w:cantSplit"))
    if is_header:
        properties.append(OxmlElement("w:tblHeader"))


def _shape(
    paragraph: Any, table: ET.Element, cell: ET.Element, row: TableRow, *, keep: bool
) -> None:
    """Align a cell's paragraph as the page does, close to its neighbours."""
    dense = has_class(table, "numbers")
    first = row.cells[0] is cell
    words = has_class(cell, "words") or cell.get("scope") in {"row", "rowgroup"}
    is_right = has_class(cell, "number") or (dense and not first and not words)
    form = _form(dense=dense, keep=keep, is_right=is_right)
    paragraph._p.insert(0, deepcopy(form))  # noqa: SLF001 - python-docx sets one property at a time


@cache
def _form(*, dense: bool, keep: bool, is_right: bool) -> Any:
    """Return the form of a cell's paragraph, made once: cells get copies."""
    from docx.oxml import OxmlElement
    from docx.shared import Pt
    from docx.text.paragraph import Paragraph

    made: Any = Paragraph(OxmlElement("w:p"), None)  # type: ignore[arg-type]
    made._p.get_or_add_pPr().get_or_add_pStyle().val = CELL  # noqa: SLF001
    form = made.paragraph_format
    form.space_before = form.space_after = Pt(1.5 if dense else 3)
    form.line_spacing = 1.05
    form.keep_with_next = keep
    if is_right:
        made.alignment = 2
    return made._p.pPr  # noqa: SLF001


def _rule(table: Any, rows: list[TableRow], colours: dict[str, str]) -> None:
    """Draw a thin line below each row, a darker one below the heads."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    properties = table._tbl.tblPr  # noqa: SLF001 - python-docx has no borders
    margins = OxmlElement("w:tblCellMar")
    for side, width in (("left", 0.0), ("right", _CELL_MARGIN)):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(int(width * 20)))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    properties.insert_element_before(margins, "w:tblLook", "w:tblCaption", "w:tblDescription")
    heads, others = _line(colours["ink"], 8), _line(colours["line"], 4)
    for row, written in zip(table.rows, rows, strict=True):
        for cell in row._tr.tc_lst:  # noqa: SLF001 - merged cells once
            cell.get_or_add_tcPr().append(deepcopy(heads if written.is_header else others))


def _line(colour: str, eighths: int) -> Any:
    """Return the line below a cell, so many eighths of a point wide."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    borders = OxmlElement("w:tcBorders")
    line = OxmlElement("w:bottom")
    line.set(qn("w:val"), "single")
    line.set(qn("w:sz"), str(eighths))
    line.set(qn("w:color"), colour.lstrip("#"))
    borders.append(line)
    return borders
