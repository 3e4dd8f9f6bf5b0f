"""Tables of the page in Word: header rows that repeat, a name, thin rules, aligned figures."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from kpi.export.paper import has_class, text_of
from kpi.export.runs import NEW_LINE, runs_of
from kpi.export.word_look import WIDTH_CM

if TYPE_CHECKING:
    from docx.document import Document

_LONGEST_COUNTED = 60
_DRAWING_WEIGHT = 14
_CELL_MARGIN = 6.0
_CM_PER_SIGN, _NARROWEST_CM = 0.21, 8.0


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
    for row, written in zip(made.rows, rows, strict=True):
        _mark_row(row, is_header=written.is_header)
        place, targets = 0, row.cells
        for cell in written.cells:
            target = targets[place]
            if _span(cell) > 1:
                target = target.merge(targets[place + _span(cell) - 1])
            paragraph = target.paragraphs[0]
            _shape(paragraph, table, cell, written)
            fill(paragraph, cell, is_header=written.is_header)
            place += _span(cell)
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = width
    for column, width in zip(made.columns, widths, strict=True):
        column.width = width
    _rule(made, rows, colours)


def _rows(table: ET.Element) -> list[TableRow]:
    in_head = {id(row) for head in table.iter("thead") for row in head.iter("tr")}
    return [
        TableRow(id(row) in in_head, [cell for cell in row if cell.tag in {"th", "td"}])
        for row in table.iter("tr")
    ]


def _span(cell: ET.Element) -> int:
    return int(cell.get("colspan") or 1)


def _widths(rows: list[TableRow], columns: int) -> list[int]:
    """Share the width among the columns by their longest texts, and by their longest words."""
    from docx.shared import Cm

    weights, least = [4.0] * columns, [4.0] * columns
    for row in rows:
        if len(row.cells) != columns:
            continue
        for place, cell in enumerate(row.cells):
            lines = "".join(run.text for run in runs_of(cell, in_cell=True)).split(NEW_LINE)
            words = [word for line in lines for word in line.replace("\u00a0", "_").split()]
            longest = max(map(len, lines), default=0)
            drawn = _DRAWING_WEIGHT if any(has_class(node, "spark") for node in cell.iter()) else 0
            weights[place] = max(weights[place], min(longest, _LONGEST_COUNTED), drawn)
            least[place] = max(least[place], *(len(word) + 3 for word in words), drawn, 0)
    more = [max(weight - small, 0.0) for weight, small in zip(weights, least, strict=True)]
    whole = min(WIDTH_CM, max((sum(least) + sum(more)) * _CM_PER_SIGN, _NARROWEST_CM))
    spare = max(whole / _CM_PER_SIGN - sum(least), 0.0) / (sum(more) or 1.0)
    share = [small + one * spare for small, one in zip(least, more, strict=True)]
    return [int(Cm(whole * one / sum(share))) for one in share]


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


def _shape(paragraph: Any, table: ET.Element, cell: ET.Element, row: TableRow) -> None:
    """Align a cell's paragraph as the page does, close to its neighbours."""
    dense = has_class(table, "numbers")
    first = row.cells[0] is cell
    words = has_class(cell, "words") or cell.get("scope") in {"row", "rowgroup"}
    is_right = has_class(cell, "number") or (dense and not first and not words)
    form = _form(dense=dense, keep=row.is_header, is_right=is_right)
    paragraph._p.insert(0, deepcopy(form))  # noqa: SLF001 - python-docx sets one property at a time


@cache
def _form(*, dense: bool, keep: bool, is_right: bool) -> Any:
    """Return the form of a cell's paragraph, made once: cells get copies."""
    from docx.oxml import OxmlElement
    from docx.shared import Pt
    from docx.text.paragraph import Paragraph

    made: Any = Paragraph(OxmlElement("w:p"), None)  # type: ignore[arg-type]
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
