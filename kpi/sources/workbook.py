"""Typed cells of workbooks, databases and Parquet written as text, as the extract's format has it.

Days and moments in ISO form, whole numbers without a decimal sign, other numbers with the format's
decimal sign, so that one reading of text serves every kind of extract.

A sheet of a workbook (xlsx, xls, xlsb, ods), its cells as text.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import zipfile
from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from kpi.errors import ContractError, SourceError, did_you_mean
from kpi.params.quarter_file import FileFormat
from kpi.sources.columns import check_header
from kpi.sources.files import empty, locked

_DAY_ZERO = dt.datetime(1899, 12, 30)
FIRST_SERIAL, LAST_SERIAL = 20_000, 80_000  # 1954 to 2119


def cell_text(cell: object, decimal: str, zone: dt.tzinfo | None = None) -> str | None:
    """Write a cell as text; a moment with an offset is written as the wall clock of the zone."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float | Decimal):
        return _number(cell, decimal)
    if isinstance(cell, dt.datetime):
        local = cell.astimezone(zone).replace(tzinfo=None) if cell.tzinfo else cell
        return local.isoformat(" ", timespec="seconds")
    return str(cell)


def _number(number: float | Decimal, decimal: str) -> str | None:
    if not math.isfinite(number):
        return None
    if number == int(number):
        return str(int(number))
    return format(Decimal(repr(number)) if isinstance(number, float) else number, "f").replace(
        ".", decimal
    )


def day_of_serial(cell: object) -> dt.datetime | None:
    """Return the moment that a spreadsheet's number of a day stands for, if it may be one."""
    if isinstance(cell, int | float) and FIRST_SERIAL <= cell <= LAST_SERIAL:
        return _DAY_ZERO + dt.timedelta(seconds=round(cell * 86400))
    return None


_HEADER_WITHIN = 30  # rows: titles may stand above
_FORMULA = re.compile(rb"<f[ >/]")


class Sheet:
    """A sheet; its header is the row with the most of the named columns, among the first."""

    encoding = separator = ""
    detected: tuple[str, ...] = ()

    def __init__(
        self, path: Path, sheet: str, wanted: Sequence[str], dates: Collection[str]
    ) -> None:
        self.path, self.name, self.wanted = path, path.name, wanted
        self._wish, self._dates = sheet, dates
        self.doubts: dict[str, int] = {}

    @cached_property
    def _sheet(self) -> Any:
        import python_calamine as calamine

        try:
            workbook = calamine.CalamineWorkbook.from_path(self.path)
            name = self._wish or workbook.sheet_names[0]
            if name not in workbook.sheet_names:
                raise ContractError(
                    f"{self.name} has the sheet that the parameters name.",
                    f'no sheet "{name}"',
                    did_you_mean(name, workbook.sheet_names),
                )
            return workbook.get_sheet_by_name(name)
        except calamine.PasswordError:
            raise locked(self.path) from None
        except (calamine.CalamineError, OSError, IndexError):
            raise SourceError(
                f"{self.name} is a workbook that can be opened.",
                f"{self.name} is cut off or damaged",
                "Open it in the spreadsheet program and save it as xlsx, or draw it again.",
            ) from None

    @cached_property
    def _cells(self) -> list[list[Any]]:
        rows: list[list[Any]] = self._sheet.to_python(skip_empty_area=False)
        return rows

    @cached_property
    def _header_row(self) -> int:
        filled = [place for place, row in enumerate(self._cells) if any(map(_is_filled, row))]
        if not filled:
            raise empty(self.name)
        first = [place for place in filled if place < filled[0] + _HEADER_WITHIN]
        found = [len(set(self.wanted) & set(self._names(place))) for place in first]
        row = first[found.index(max(found))]
        check_header(self.name, self._names(row), self.wanted)
        return row

    def _names(self, row: int) -> list[str]:
        return [(cell_text(cell, ".") or "").strip() for cell in self._cells[row]]

    @cached_property
    def _columns(self) -> dict[str, list[Any]]:
        header = self._header_row
        self._see_no_merged()
        self._see_computed()
        names = self._names(header)
        rows = [row for row in self._cells[header + 1 :] if any(map(_is_filled, row))]
        columns = {name: [row[names.index(name)] for row in rows] for name in self.wanted}
        for name in self._dates:
            columns[name] = self._days(columns[name])
        return columns

    def _days(self, cells: list[Any]) -> list[Any]:
        """Read the numbers of days among the cells of a column of dates."""
        days = [day_of_serial(cell) for cell in cells]
        numbers = sum(day is not None for day in days)
        if numbers and self.path.suffix.lower() != ".xlsb":  # there calamine gives all days so
            self.doubts["dates_as_numbers"] = self.doubts.get("dates_as_numbers", 0) + numbers
        return [cell if day is None else day for cell, day in zip(cells, days, strict=True)]

    def _see_no_merged(self) -> None:
        names = self._names(self._header_row)
        places = {names.index(name) for name in self.wanted}
        merged = [
            (first, last)
            for first, last in self._sheet.merged_cell_ranges or ()
            if last[0] > self._header_row and places & set(range(first[1], last[1] + 1))
        ]
        if merged:
            raise SourceError(
                f"{self.name} has a cell of its own for each row and column.",
                f"{len(merged)} merged {'area' if len(merged) == 1 else 'areas'}, whose value "
                "stands in the first row alone",
                "Take the merging back in the workbook and fill in each row, or draw it as csv.",
            )

    def _see_computed(self) -> None:
        """See that formulas have values: a workbook that no program computed has none."""
        if self.path.suffix.lower() not in (".xlsx", ".xlsm") or not _has_formulas(self.path):
            return
        names = self._names(self._header_row)
        places = {names.index(name) for name in self.wanted}
        formulas = [
            (row, column) for row, column in _formulas(self.path, self._sheet.name)
            if row > self._header_row and column in places
        ]  # fmt: skip
        empty_cells = sum(not _is_filled(self._cell(row, column)) for row, column in formulas)
        if empty_cells:
            raise SourceError(
                f"Each formula in {self.name} has the value it gives.",
                f"{empty_cells} formulas without one",
                "Open the workbook in the spreadsheet program, let it compute, and save it; better "
                "still, draw values instead of formulas.",
            )
        if formulas:
            self.doubts["formulas"] = len(formulas)

    def _cell(self, row: int, column: int) -> Any:
        cells = self._cells[row] if row < len(self._cells) else []
        return cells[column] if column < len(cells) else None

    def sample(self) -> dict[str, list[str]]:
        """Return the cells that hold text; all others say themselves what they are."""
        return {
            name: [cell for cell in cells if isinstance(cell, str) and cell]
            for name, cells in self._columns.items()
        }

    def tables(self, written: FileFormat) -> Iterator[pa.Table]:
        """Yield the wanted columns as text."""
        decimal = written.decimal or "."
        yield pa.table(
            {
                name: pa.array([cell_text(cell, decimal) for cell in cells], pa.string())
                for name, cells in self._columns.items()
            }
        )


def _is_filled(cell: Any) -> bool:
    return cell is not None and cell != ""


def _has_formulas(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        return any(_FORMULA.search(archive.read(name)) for name in sheets)


def _formulas(path: Path, sheet: str) -> Iterator[tuple[int, int]]:
    """Yield row and column, from 0, of the cells with formulas."""
    import openpyxl

    workbook = openpyxl.load_workbook(path, read_only=True)
    try:
        for row in workbook[sheet].iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    yield cell.row - 1, cell.column - 1
    finally:
        workbook.close()
