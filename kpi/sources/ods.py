"""Workbooks of the kind ods, read cell by cell as they are stored (OpenDocument 1.3, part 3)."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from pathlib import Path
from typing import Any

from lxml import etree  # type: ignore[import-untyped]

from kpi.errors import SourceError
from kpi.sources.cells import (
    MOST_CELLS,
    CellError,
    Grid,
    Merged,
    Row,
    SheetName,
    Uncomputed,
    Workbook,
)
from kpi.sources.files import locked

_ERROR = re.compile(r"Err:\d{3}|#[A-Z/0!?]{3,8}[!?]?")
_NUMBERS = ("float", "percentage", "currency")


class Ods(Workbook):
    """An OpenDocument spreadsheet."""

    def __init__(self, path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            if b"encryption-data" in archive.read("META-INF/manifest.xml"):
                raise locked(path)
            with archive.open("content.xml") as file:
                parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
                self._content = etree.parse(file, parser).getroot()
        self._path = path
        hidden = {
            _of(style, "name")
            for style in self._content.iter("{*}style")
            for properties in style.iterchildren("{*}table-properties")
            if _of(properties, "display") == "false"
        }
        self._tables = {_of(one, "name"): one for one in self._content.iter("{*}table")}
        self.sheets = [
            SheetName(name, _of(table, "style-name") in hidden)
            for name, table in self._tables.items()
        ]

    def grid(self, name: str) -> Grid:
        """Return the cells of a sheet."""
        rows: list[Row] = []
        merged: list[Merged] = []
        number = held = 0
        for element in self._tables[name].iter("{*}table-row"):
            times = int(_of(element, "number-rows-repeated") or 1)
            row = _row(element, number, merged)
            if row.is_filled:
                held += len(row.cells) * times
                if held > MOST_CELLS:
                    raise SourceError(
                        f"A sheet of {self._path.name} holds at most {MOST_CELLS:,} cells.",
                        "more, some of them one cell repeated",
                        "Draw it as csv or Parquet, which are read in blocks.",
                    )
                rows += [
                    Row(number + more, row.cells, row.formulas, row.is_hidden)
                    for more in range(times)
                ]
            number += times
        return Grid(rows, merged)


def _row(element: Any, number: int, merged: list[Merged]) -> Row:
    cells: list[Any] = []
    formulas: set[int] = set()
    column = 0
    for cell in element.iterchildren("{*}table-cell", "{*}covered-table-cell"):
        times = int(_of(cell, "number-columns-repeated") or 1)
        value = _value(cell)
        if _of(cell, "formula"):
            formulas |= set(range(column, column + times))
        if value is not None:
            cells.extend([None] * (column - len(cells)))
            cells += [value] * times
        wide, high = (int(_of(cell, f"number-{way}-spanned") or 1) for way in ("columns", "rows"))
        if wide > 1 or high > 1:
            merged.append(Merged(number, column, number + high - 1, column + wide - 1))
        column += times
    return Row(number, cells, formulas, _of(element, "visibility") in ("collapse", "filter"))


def _value(cell: Any) -> Any:
    """Return what a cell holds: its value where it has one, else its text."""
    kind = _of(cell, "value-type")
    text = "\n".join("".join(one.itertext()) for one in cell.iterchildren("{*}p"))
    has_formula = bool(_of(cell, "formula"))
    calculated = next(
        (v for k, v in cell.attrib.items() if "calc" in k and k.endswith("}value-type")), ""
    )
    if calculated == "error" or (has_formula and _ERROR.fullmatch(text)):
        return CellError(text)
    if kind in _NUMBERS:
        number = float(_of(cell, "value"))
        return int(number) if number.is_integer() else number
    if kind == "date":
        written = _of(cell, "date-value").removesuffix("Z")
        return dt.datetime.fromisoformat(written)
    if kind == "boolean":
        return _of(cell, "boolean-value") == "true"
    if kind == "time":
        return text or _of(cell, "time-value")
    return Uncomputed() if has_formula and not kind else text or None


def _of(element: Any, name: str) -> str:
    """Return an attribute by its name, in whichever version's namespace."""
    for key, value in element.attrib.items():
        if key.rpartition("}")[2] == name and "calc" not in key:
            return str(value)
    return ""
