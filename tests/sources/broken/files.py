"""Workbooks, Parquet files and places that cannot be read."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
from pyarrow import parquet

from tests.sources.broken.town import HEADER, Broken, Town

DATES = ("Modtaget", "Forfald", "Godkendt", "Betalt")


def workbook(town: Town, cells: Any = None) -> openpyxl.Workbook:
    """Return the extract as a workbook; `cells` may change a row's cells by their columns."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Regninger"
    sheet.append(HEADER.split(";"))
    for number, row in enumerate(town.rows, start=1):
        named = dict(zip(HEADER.split(";"), row, strict=True))
        sheet.append(list((cells(number, named) if cells else named).values()))
    return book


def save(town: Town, book: openpyxl.Workbook) -> Path:
    town.source |= {"file": "bills.xlsx", "sheet": "Regninger"}
    path = town.data / "bills.xlsx"
    book.save(path)
    return path


def formulas_without_values(town: Town) -> None:
    save(town, workbook(town, lambda n, row: row | {"Beløb": f"={n}*100"} if n < 4 else row))


def merged_cells(town: Town) -> None:
    book = workbook(town)
    book["Regninger"].merge_cells("J3:J6")
    save(town, book)


def day_numbers_in_cells(town: Town) -> None:
    zero = dt.date(1899, 12, 30)

    def cells(number: int, row: dict[str, str]) -> dict[str, Any]:
        paid = dt.datetime.strptime(row["Betalt"], "%d-%m-%Y").date()
        return row | {"Betalt": (paid - zero).days}

    save(town, workbook(town, cells))


def lost_zeros_in_cells(town: Town) -> None:
    town.source["widths"] = {"bill_id": 5}
    save(town, workbook(town, lambda _, row: row | {"Nr": int(row["Nr"])}))


def nine_digits(town: Town) -> None:
    save(town, workbook(town, lambda _, row: row | {"CPR": int(row["CPR"].replace("-", ""))}))


def titles_above_the_header(town: Town) -> None:
    book = workbook(town)
    book["Regninger"].insert_rows(1, amount=2)
    book["Regninger"]["A1"] = "Udtræk af regninger"
    save(town, book)


def locked(town: Town) -> None:
    from msoffcrypto.format.ooxml import OOXMLFile  # type: ignore[import-untyped]

    path = save(town, workbook(town))
    with path.open("rb") as file:
        plain = io.BytesIO(file.read())
    with path.open("wb") as file:
        OOXMLFile(plain).encrypt("hemmeligt", file)


def workbook_cut_off(town: Town) -> None:
    path = save(town, workbook(town))
    path.write_bytes(path.read_bytes()[:-2000])


def web_page_named_xls(town: Town) -> None:
    town.source |= {"file": "bills.xls"}
    town.write(f"<html><table><tr><td>{town.rows[0][1]}</td></tr></table></html>")


def text_named_xlsx(town: Town) -> None:
    town.source |= {"file": "bills.xlsx"}
    town.write()


def zip_named_xlsx(town: Town) -> None:
    town.source |= {"file": "bills.xlsx"}
    with zipfile.ZipFile(town.data / "bills.xlsx", "w") as archive:
        archive.writestr("bills.csv", town.text)


def no_such_sheet(town: Town) -> None:
    save(town, workbook(town))
    town.source["sheet"] = "Regning"


def empty_sheet(town: Town) -> None:
    book = workbook(town)
    book.create_sheet("Tom")
    save(town, book)
    town.source["sheet"] = "Tom"


def as_parquet(town: Town, **others: Any) -> Path:
    columns = dict(zip(HEADER.split(";"), zip(*town.rows, strict=True), strict=True))
    table = pa.table({name: others.get(name, list(cells)) for name, cells in columns.items()})
    town.source["file"] = "bills.parquet"
    path = town.data / "bills.parquet"
    parquet.write_table(table, path)
    return path


def wrong_types(town: Town) -> None:
    as_parquet(town, Betalt=[True] * len(town.rows))


def nested(town: Town) -> None:
    as_parquet(town, Betalt=[[row[7], row[7]] for row in town.rows])


def parquet_cut_off(town: Town) -> None:
    path = as_parquet(town)
    path.write_bytes(path.read_bytes()[:-500])


def text_named_parquet(town: Town) -> None:
    town.source["file"] = "bills.parquet"
    town.write()


def parquet_named_csv(town: Town) -> None:
    as_parquet(town).rename(town.data / "bills.csv")
    town.source["file"] = "bills.csv"


def missing(town: Town) -> None:
    """Draw nothing at all."""


def a_folder(town: Town) -> None:
    (town.data / "bills.csv").mkdir()


def no_file_fits(town: Town) -> None:
    town.source["file"] = "bills_*.csv"
    town.write(file="bills.csv")


def one_of_several_is_empty(town: Town) -> None:
    town.source["file"] = "bills_*.csv"
    town.write(file="bills_1.csv")
    town.write("", file="bills_2.csv")


def one_of_several_has_other_columns(town: Town) -> None:
    town.source["file"] = "bills_*.csv"
    town.write(file="bills_1.csv")
    town.write(town.text.replace("Betalt;", "Udbetalt;", 1), file="bills_2.csv")


FILES = [
    Broken(formulas_without_values, 3, ("bills.xlsx", "3 formulas without", "let it compute")),
    Broken(merged_cells, 3, ("bills.xlsx", "1 merged area", "fill in each row")),
    Broken(day_numbers_in_cells, rule="dates_as_numbers", rows=60),
    Broken(lost_zeros_in_cells, rule="zeros_put_back", rows=60),
    Broken(nine_digits, rule="citizen_nine_digits", rows=22),
    Broken(titles_above_the_header),
    Broken(locked, 3, ("bills.xlsx is locked with a password", "Save it without one")),
    Broken(workbook_cut_off, 3, ("bills.xlsx is cut off", "Copy or draw it again")),
    Broken(web_page_named_xls, 3, ("bills.xls", "a web page", "save it as xlsx")),
    Broken(text_named_xlsx, 3, ("bills.xlsx", "perhaps text", "ending")),
    Broken(zip_named_xlsx, 3, ("bills.xlsx", "zip archive")),
    Broken(no_such_sheet, 4, ("bills.xlsx", 'no sheet "Regning"', 'Did you mean "Regninger"')),
    Broken(empty_sheet, 3, ("bills.xlsx is empty", "never a zero")),
    Broken(wrong_types, 3, ("Betalt", "60 of 60", "format.date")),
    Broken(nested, 4, ("bills.parquet", '"Betalt"', "list", "plain values")),
    Broken(parquet_cut_off, 3, ("bills.parquet is cut off or damaged",)),
    Broken(text_named_parquet, 3, ("bills.parquet", "something else")),
    Broken(parquet_named_csv, 3, ("bills.csv", "a Parquet file")),
    Broken(missing, 3, ("no file bills.csv", "Draw the extract")),
    Broken(a_folder, 3, ("bills.csv", "a folder")),
    Broken(no_file_fits, 3, ("no file bills_*.csv", "pattern")),
    Broken(one_of_several_is_empty, 3, ("bills_2.csv is empty",)),
    Broken(one_of_several_has_other_columns, 4, ("bills_2.csv", 'Did you mean "Udbetalt"')),
]
