"""A sheet of a workbook (xlsx, xls, xlsb, ods), its cells as text."""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from kpi.errors import ContractError, KpiError, SourceError, did_you_mean
from kpi.sources.binary_workbook import BinaryWorkbook
from kpi.sources.cells import (
    CellError,
    Grid,
    Row,
    SheetName,
    Uncomputed,
    Workbook,
    cell_text,
    day_of_serial,
    is_filled,
)
from kpi.sources.columns import HEADER_WITHIN, places_of
from kpi.sources.extract import Doubt
from kpi.sources.files import empty
from kpi.sources.letters import plain_name
from kpi.sources.ods import Ods
from kpi.sources.xlsx import Xlsx

_KINDS: dict[str, type[Workbook]] = {".xlsx": Xlsx, ".xlsm": Xlsx, ".ods": Ods}


class Sheet:
    """A sheet; its header is the row with the most of the named columns, among the first.

    `dates` are the columns of dates, in which a plain number may be a spreadsheet's day.
    """

    detected: tuple[str, ...] = ()

    def __init__(
        self, path: Path, sheet: str, wanted: Sequence[str], dates: Collection[str]
    ) -> None:
        self.path, self.name, self.wanted = path, path.name, wanted
        self._wish, self._dates = sheet, dates
        self.doubts: list[Doubt] = []
        self.written: dict[str, str] = {}

    @cached_property
    def _book(self) -> Workbook:
        return _KINDS.get(self.path.suffix.lower(), BinaryWorkbook)(self.path)  # type: ignore[call-arg]

    @cached_property
    def _grid(self) -> Grid:
        from lxml import etree  # type: ignore[import-untyped]

        try:
            return self._chosen(self._book)
        except KpiError:
            raise
        except (zipfile.BadZipFile, etree.XMLSyntaxError, OSError, *_WRONG) as error:
            del error
            raise SourceError(
                f"{self.name} is a workbook that can be opened.",
                f"{self.name} is cut off or damaged",
                "Open it in the spreadsheet program and save it as xlsx, or draw it again.",
            ) from None

    def _chosen(self, book: Workbook) -> Grid:
        """Return the sheet that is named, or else the one that can be seen and has the columns."""
        names = [sheet.name for sheet in book.sheets]
        if self._wish:
            if self._wish not in names:
                raise ContractError(
                    f"{self.name} has the sheet that the parameters name.",
                    f'no sheet "{self._wish}"',
                    did_you_mean(self._wish, names),
                )
            return book.grid(self._wish)
        seen = [sheet for sheet in book.sheets if not sheet.is_hidden]
        if not seen:
            raise self._unnamed("only hidden sheets", book.sheets)
        grids = {sheet.name: book.grid(sheet.name) for sheet in seen}
        having = [name for name, grid in grids.items() if self._has_columns(grid)]
        if len(having) > 1:
            raise self._unnamed(f"{len(having)} sheets with the columns that are named", seen)
        if not having and len(seen) < len(book.sheets):
            hidden = [sheet for sheet in book.sheets if sheet.is_hidden]
            if any(self._has_columns(book.grid(sheet.name)) for sheet in hidden):
                raise self._unnamed("the columns that are named on a hidden sheet", hidden)
        chosen = having[0] if having else seen[0].name
        if len(book.sheets) > 1:
            self.written["sheet"] = chosen
        return grids[chosen]

    def _unnamed(self, found: str, sheets: Sequence[SheetName]) -> ContractError:
        listed = ", ".join(f'"{sheet.name}"' for sheet in sheets)
        return ContractError(
            f"It is certain which sheet of {self.name} is meant.",
            found,
            f"Name it as `sheet` of that source: {listed}.",
        )

    def _has_columns(self, grid: Grid) -> bool:
        wanted = {plain_name(name) for name in self.wanted}
        return any(wanted <= set(_names(row)) for row in _first(grid))

    @cached_property
    def _header(self) -> tuple[Row, dict[str, int]]:
        first = _first(self._grid)
        if not first:
            raise empty(self.name)
        wanted = {plain_name(name) for name in self.wanted}
        named = [set(_names(row)) - {""} for row in first]
        found = [len(wanted & names if wanted else names) for names in named]
        place = found.index(max(found))
        if place:
            self.written["header"] = str(first[place].number + 1)
        return first[place], places_of(self.name, _names(first[place]), self.wanted)

    @property
    def names(self) -> tuple[str, ...]:
        """What its columns are called, in their order."""
        return tuple(_names(self._header[0]))

    @cached_property
    def _columns(self) -> dict[str, list[Any]]:
        header, places = self._header
        rows = [row for row in self._grid.rows if row.number > header.number and row.is_filled]
        self._see_no_merged(header, set(places.values()))
        self._see_computed(rows, places)
        self._see_no_errors(rows, places)
        hidden = sum(row.is_hidden for row in rows)
        if hidden:
            self.doubts.append(Doubt("hidden_rows", hidden))
        columns = {name: [_cell(row, place) for row in rows] for name, place in places.items()}
        for name in self._dates:
            columns[name] = self._days(columns[name], name)
        return columns

    def _days(self, cells: list[Any], name: str) -> list[Any]:
        """Read the numbers of days among the cells of a column of dates."""
        days = [day_of_serial(cell, self._grid.day_zero) for cell in cells]
        numbers = sum(day is not None for day in days)
        if numbers and not isinstance(self._book, BinaryWorkbook):
            self.doubts.append(Doubt("dates_as_numbers", numbers, (name,)))
        return [cell if day is None else day for cell, day in zip(cells, days, strict=True)]

    def _see_no_merged(self, header: Row, places: Collection[int]) -> None:
        merged = [
            area
            for area in self._grid.merged
            if area.last_row > header.number
            and any(area.first_column <= place <= area.last_column for place in places)
        ]
        if merged:
            raise SourceError(
                f"{self.name} has a cell of its own for each row and column.",
                f"{len(merged)} merged {'area' if len(merged) == 1 else 'areas'}, whose value "
                "stands in the first row alone",
                "Take the merging back in the workbook and fill in each row, or draw it as csv.",
            )

    def _see_computed(self, rows: Sequence[Row], places: dict[str, int]) -> None:
        """See that formulas have values: a workbook that no program computed has none."""
        without = {
            name: count
            for name, place in places.items()
            if (count := sum(isinstance(_cell(row, place), Uncomputed) for row in rows))
        }
        if without:
            listed = ", ".join(f'"{name}"' for name in without)
            raise SourceError(
                f"Each formula in {self.name} has the value it gives.",
                f"{sum(without.values())} formulas without one in {listed}",
                "Open the workbook in the spreadsheet program, let it compute, and save it; better "
                "still, draw values instead of formulas.",
            )
        formulas = {
            name: count
            for name, place in places.items()
            if (count := sum(place in row.formulas for row in rows))
        }
        if formulas:
            self.doubts.append(Doubt("formulas", sum(formulas.values()), tuple(formulas)))

    def _see_no_errors(self, rows: Sequence[Row], places: dict[str, int]) -> None:
        errors = {
            name: count
            for name, place in places.items()
            if (count := sum(isinstance(_cell(row, place), CellError) for row in rows))
        }
        if errors:
            self.doubts.append(Doubt("error_cells", sum(errors.values()), tuple(errors)))
        if not self._book.sees_errors:
            self.doubts.append(Doubt("errors_unseen"))

    def tables(self) -> Iterator[pa.Table]:
        """Yield the wanted columns as text."""
        columns = self._columns
        yield pa.table(
            {
                name: pa.array(
                    [None if isinstance(c, CellError) else cell_text(c) for c in columns[name]],
                    pa.string(),
                )
                for name in self.wanted
            }
        )


_WRONG = (KeyError, ValueError, IndexError, OverflowError, zipfile.LargeZipFile)


def _cell(row: Row, place: int) -> Any:
    return row.cells[place] if place < len(row.cells) else None


def _first(grid: Grid) -> list[Row]:
    """Return the first rows that hold anything: the header is among them."""
    filled = [row for row in grid.rows[: 10 * HEADER_WITHIN] if row.is_filled]
    return [row for row in filled if row.number < filled[0].number + HEADER_WITHIN]


def _names(row: Row) -> list[str]:
    return [plain_name(cell_text(cell) or "") if _is_name(cell) else "" for cell in row.cells]


def _is_name(cell: object) -> bool:
    return is_filled(cell) and not isinstance(cell, CellError | Uncomputed)
