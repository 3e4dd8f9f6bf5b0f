"""The Excel workbook of the action plans."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pandas as pd

from kpi.workbook import save_workbook

SAVED_AT = dt.datetime(2020, 1, 15, 16, 0, 0)
DATE_FORMAT = "DD-MM-YYYY"
TYPED_AS_TEXT = 4  # every fourth date

_DATE = re.compile(r"(\d{2})-(\d{2})-(\d{4})")


@dataclass(frozen=True)
class Sheet:
    """A sheet: its title, its rows as text, the headers, and the columns that hold dates.

    Rows with `is_number` have their CPR number as a number.
    """

    title: str
    texts: pd.DataFrame
    headers: Mapping[str, str]
    dates: tuple[str, ...]


def write_workbook(path: Path, sheets: list[Sheet]) -> Path:
    """Write a workbook without the time of saving, neither in its properties nor in the archive."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.worksheets[0])
    for sheet in sheets:
        _add(workbook, sheet)
    save_workbook(workbook, path, SAVED_AT)
    return path


def _add(workbook: openpyxl.Workbook, sheet: Sheet) -> None:
    """Add a sheet: dates stand as dates or as text, some CPR numbers as numbers."""
    cells = workbook.create_sheet(sheet.title)
    cells.append(list(sheet.headers.values()))
    for place, row in enumerate(sheet.texts.to_dict("records")):
        if row["is_number"]:
            row["citizen"] = int(row["citizen"].replace("-", ""))
        for column in sheet.dates:
            row[column] = _date_cell(row[column], place)
        cells.append([row[column] or None for column in sheet.headers])
    for column in sheet.dates:
        number = list(sheet.headers).index(column) + 1
        for (cell,) in cells.iter_rows(2, min_col=number, max_col=number):
            cell.number_format = DATE_FORMAT


def _date_cell(text: str, place: int) -> dt.date | str:
    """Return a real date, or the text where it is none or was typed as text."""
    found = _DATE.fullmatch(text)
    if not found or place % TYPED_AS_TEXT == 0:
        return text
    day, month, year = (int(part) for part in found.groups())
    try:
        return dt.date(year, month, day)
    except ValueError:
        return text
