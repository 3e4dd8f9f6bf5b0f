"""What a cell of a workbook, a database or a Parquet file is, and how it is written as text.

Days and moments are written in ISO form, moments with an offset keep it. Whole numbers have no
decimal sign; others are written with an exponent of zero ("12.5e0"), which has a decimal point in
every country, so that they are never taken for a text of the extract's own writing.
"""

from __future__ import annotations

import datetime as dt
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

FIRST_SERIAL, LAST_SERIAL = 20_000, 80_000  # 1954 to 2119
DAY_ZERO = dt.datetime(1899, 12, 30)
DAY_ZERO_1904 = dt.datetime(1904, 1, 1)
MOST_CELLS = 100_000_000


@dataclass(frozen=True)
class CellError:
    """A cell that holds an error, such as #N/A."""

    name: str = ""


@dataclass(frozen=True)
class Uncomputed:
    """A cell with a formula that no program has computed."""


@dataclass
class Row:
    """A row of a sheet: its number from 0, its cells from the first column on, its formulas."""

    number: int
    cells: list[Any]
    formulas: set[int] = field(default_factory=set)
    is_hidden: bool = False

    @property
    def is_filled(self) -> bool:
        """Tell whether any cell holds more than spaces."""
        return any(is_filled(cell) for cell in self.cells)


@dataclass(frozen=True)
class Merged:
    """An area of merged cells, from its first row and column to its last."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


@dataclass(frozen=True)
class Grid:
    """A sheet: its rows in their order, its merged areas, and the day its numbers count from."""

    rows: list[Row]
    merged: list[Merged]
    day_zero: dt.datetime = DAY_ZERO


@dataclass(frozen=True)
class SheetName:
    """A sheet of a workbook, and whether it is hidden."""

    name: str
    is_hidden: bool


class Workbook(ABC):
    """A workbook that has been opened."""

    sheets: list[SheetName]
    sees_errors = True

    @abstractmethod
    def grid(self, name: str) -> Grid:
        """Return the cells of a sheet."""


def is_filled(cell: object) -> bool:
    """Tell whether a cell holds anything but spaces."""
    return cell is not None and not (isinstance(cell, str) and not cell.strip())


def cell_text(cell: object) -> str | None:
    """Write a cell as text; null for an empty one."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float | Decimal):
        return _number(cell)
    if isinstance(cell, dt.datetime):
        return cell.isoformat(" ", timespec="seconds")
    return str(cell)


def _number(number: float | Decimal) -> str:
    if not math.isfinite(number):
        return str(number)
    if number == int(number):
        return str(int(number))
    exact = Decimal(repr(number)) if isinstance(number, float) else number
    return f"{exact.normalize():f}e0"


def moment_of_serial(number: float, day_zero: dt.datetime) -> dt.datetime | None:
    """Return the moment that a spreadsheet's number of a day stands for, to the second.

    Where days count from 1900, that year has a 29 February that never was: days before it are one
    more than they seem.
    """
    if day_zero == DAY_ZERO and 1 <= number < 60:
        number += 1
    try:
        return day_zero + dt.timedelta(seconds=round(number * 86400))
    except OverflowError:
        return None


def day_of_serial(cell: object, day_zero: dt.datetime) -> dt.datetime | None:
    """Return the moment of a number that no format calls a date, if it may be one."""
    is_number = isinstance(cell, int | float) and not isinstance(cell, bool)
    if is_number and FIRST_SERIAL <= cell <= LAST_SERIAL:  # type: ignore[operator]
        return moment_of_serial(float(cell), day_zero)  # type: ignore[arg-type]
    return None


def columns_of(letters: str) -> int:
    """Return the place of a column, from 0, by its letters.

    >>> columns_of("A"), columns_of("AA"), columns_of("XFD")
    (0, 26, 16383)
    """
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place - 1


def padded(cells: Iterator[tuple[int, Any]]) -> list[Any]:
    """Return cells with their places as a list without gaps."""
    found: list[Any] = []
    for place, cell in cells:
        found.extend([None] * (place + 1 - len(found)))
        found[place] = cell
    return found
