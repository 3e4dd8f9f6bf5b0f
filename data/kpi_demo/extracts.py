"""How the systems write: text forms, files, and the spoiling of rows on the way out.

The Excel workbook of the action plans.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Literal

import numpy as np
import openpyxl
import pandas as pd

from kpi.files import save_workbook
from kpi_demo.people import QUARTERS, Days, People, Whole
from kpi_demo.planted import ROWS, defects_of_spare_rows

SEED = 20191231
MUNICIPALITY = "956"
Encoding = Literal["cp1252", "utf-8-sig"]
Spoiled = Mapping[str, tuple[str, Sequence[str]]]

# What the spoiled column of a row holds, by the rule that the row breaks.
_EVERYWHERE: Spoiled = {
    "citizen_malformed": ("citizen", ("12345", "010180-12", "ukendt", "0101801234567")),
    "citizen_impossible_date": (
        "citizen",
        ("310270-1234", "3104311235", "300265-2218", "3109570417", "000172-1126"),
    ),
    "another_municipality": ("municipality_code", ("955", "957", "959")),
}


def generator(table: str) -> np.random.Generator:
    """Return a table's own source of randomness, so that a change in one table moves no other."""
    return np.random.default_rng([SEED, *table.encode()])


def spare_rows_by_quarter(table: str) -> dict[str, list[str]]:
    """Spread the rules that spare rows break over the quarters."""
    rules = defects_of_spare_rows(table)
    return {str(q): rules[place :: len(QUARTERS)] for place, q in enumerate(QUARTERS)}


def evenly(places: Whole, count: int) -> Whole:
    """Choose so many of the places, one from the middle of each of as many equal parts."""
    return places[((np.arange(count) + 0.5) * len(places) / count).astype(int)]


def where(condition: pd.Series[bool]) -> Whole:
    """Return the places of the rows that fulfil a condition."""
    return np.flatnonzero(condition.to_numpy())


def days_of(column: pd.Series[pd.Timestamp]) -> Days:
    """Return a column of dates as days."""
    return column.to_numpy().astype("datetime64[D]")


def written_days(days: Days) -> list[str]:
    """Write days as dd-mm-yyyy; no day is empty."""
    return [
        "" if iso == "NaT" else f"{iso[8:]}-{iso[5:7]}-{iso[:4]}"
        for iso in np.datetime_as_string(days).tolist()
    ]


def numbered(prefix: str, days: Days) -> list[str]:
    """Number rows within the years of some days: PREFIX-2019-00001."""
    years = days.astype("datetime64[Y]").astype(int) + 1970
    counts = pd.Series(years).groupby(years).cumcount() + 1
    return [f"{prefix}-{year}-{count:05d}" for year, count in zip(years, counts, strict=True)]


def damaged(text: str) -> str:
    """Read UTF-8 as Windows-1252, as a careless transfer does."""
    return text.encode("utf-8").decode("cp1252")


def damage_letters(texts: pd.DataFrame, column: str, places: Whole) -> None:
    """Damage the letters of a column in some rows."""
    texts.loc[places, column] = [damaged(text) for text in texts.loc[places, column]]


def spoil(texts: pd.DataFrame, spoiled: Spoiled) -> None:
    """Write into each spare row what breaks the rule that its `defect` names."""
    wrong = {**_EVERYWHERE, **spoiled}
    for rule in dict.fromkeys(texts["defect"]):
        column = rule.removesuffix("_missing")
        if rule.endswith("_missing") and column in texts.columns:
            texts.loc[texts["defect"] == rule, column] = ""
        elif rule in wrong:
            column, values = wrong[rule]
            rows = texts.index[texts["defect"] == rule]
            texts.loc[rows, column] = list(islice(cycle(values), len(rows)))


def repeat_rows(frame: pd.DataFrame, rule: str, copied: Sequence[str], like: Whole) -> None:
    """Make each spare row of a rule a copy of the nearest of some rows before it."""
    for place in where(frame["defect"] == rule):
        earlier = like[like < place]
        source = earlier[-1] if len(earlier) else like[0]
        frame.loc[place, list(copied)] = frame.loc[source, list(copied)].to_numpy()


def add_at_the_end(
    texts: pd.DataFrame, column: str, numbers: Sequence[str], like: Whole, **changed: str
) -> pd.DataFrame:
    """Add copies of the last of some rows, with numbers of their own and other values."""
    added = texts.loc[like[-len(numbers) :]].assign(**changed)
    added[column] = list(numbers)
    return pd.concat([texts, added], ignore_index=True)


def strange_numbers(prefix: str, table: str, rule: str) -> list[str]:
    """Return as many numbers that no row has as are planted for a rule: PREFIX-90001."""
    return [f"{prefix}-{90_001 + place}" for place in range(ROWS[table][rule])]


def lose_check_digits(frame: pd.DataFrame, people: People, table: str, places: Whole) -> None:
    """Give some of the rows to citizens whose number fails modulus 11."""
    count = ROWS[table]["citizen_modulus_11"]
    frame.loc[evenly(places, count), "citizen"] = people.without_check_digit(count)


def lose_zeros(texts: pd.DataFrame, people: People, citizens: Whole, table: str) -> None:
    """Write some numbers without their leading zero, as a spreadsheet leaves them."""
    rows = zeros_to_lose(people, citizens, table, where(texts["defect"] == ""))
    texts.loc[rows, "citizen"] = [people.numbers[citizen][1:] for citizen in citizens[rows]]


def zeros_to_lose(people: People, citizens: Whole, table: str, places: Whole) -> Whole:
    """Choose the rows whose number loses its leading zero."""
    able = [
        place
        for place in places
        if people.numbers[citizens[place]].startswith("0")
        and not people.lacks_check_digit[citizens[place]]
    ]
    return evenly(np.array(able), ROWS[table]["citizen_nine_digits"])


def write_csv(
    path: Path, texts: pd.DataFrame, headers: Mapping[str, str], encoding: Encoding
) -> Path:
    """Write the columns under the system's names: semicolons, CRLF, no index."""
    columns = texts[list(headers)].rename(columns=dict(headers))
    content = columns.to_csv(sep=";", index=False, lineterminator="\r\n")
    path.write_bytes(content.encode(encoding))
    return path


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
