"""The same extract in every usual kind of file, and from a database, reads as the same table."""

from __future__ import annotations

import datetime as dt
import gzip
import shutil
import sqlite3
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
from odfdo import Cell, Document, Row, Table
from pyarrow import parquet

from kpi.definitions.subject import Context
from kpi.engine import load_calendar, open_engine
from kpi.language import Labels
from kpi.page.methods import written_words
from kpi.quality import check_tables
from kpi.run.prepare import declared_tables
from kpi.sources.extract import Extract
from kpi.sources.pseudonyms import KEY_VARIABLE
from kpi.sources.reading import read_sources
from tests.sources.test_sources import BILLS, params

FILES = Path(__file__).parent / "files"
HEADER = [*BILLS.values(), "Navn"]
ROWS = [
    (f"{n:04d}", f"{n % 28 + 1:02d}0170-{1000 + n}", Decimal(f"{n * 97}.5"),
     dt.date(2019, 10, n % 28 + 1), n % 7 == 0, "Regning", "Nuuk" if n % 2 else "Tasiilaq på øen",
     f"Åse Ørsted{n}")
    for n in range(1, 41)
]  # fmt: skip


@pytest.fixture(autouse=True)
def same_key(monkeypatch):
    """Give all readings the same key, so that their pseudonyms can be compared."""
    monkeypatch.setenv(KEY_VARIABLE, "a key for all of these tests")


def read(folder: Path, **source) -> tuple[pd.DataFrame, list[Extract]]:
    parameters = params(**{"format": "detect", **source})
    with open_engine(folder / "tables.duckdb") as backend:
        load_calendar(backend, parameters.report.calendar.work_calendar())
        extracts = read_sources(backend, parameters, folder)
        frame = backend.execute(backend.table("read_bills").order_by("row_no"))
    (folder / "tables.duckdb").unlink()
    return frame.drop(columns=["source_file"]), extracts


def danish(cell: object) -> str:
    if isinstance(cell, bool):
        return "Ja" if cell else "Nej"
    if isinstance(cell, dt.date):
        return cell.strftime("%d-%m-%Y")
    if isinstance(cell, Decimal):
        return f"{cell:,.2f}".translate({ord(","): ".", ord("."): ","})
    return str(cell)


def text(separator: str = ";", rows: list[Any] | None = None) -> str:
    lines = [HEADER, *([danish(cell) for cell in row] for row in (rows or ROWS))]
    return "\r\n".join(separator.join(line) for line in lines) + "\r\n"


def as_text(folder: Path, encoding: str, separator: str) -> dict[str, Any]:
    (folder / "bills.csv").write_bytes(text(separator).encode(encoding))
    return {"file": "bills.csv"}


def as_formulas(folder: Path) -> dict[str, Any]:
    """As systems write that want a spreadsheet to keep leading zeros; what is missing as well."""
    lines = text().splitlines()
    cells = (";".join(f'="{cell}"' for cell in line.split(";")) for line in lines[1:])
    (folder / "bills.csv").write_text("\r\n".join([lines[0], *cells, ""]), encoding="utf-8")
    return {"file": "bills.csv"}


def as_packed(folder: Path) -> dict[str, Any]:
    (folder / "bills.csv.gz").write_bytes(gzip.compress(text().encode("utf-8")))
    return {"file": "bills.csv.gz"}


def as_several(folder: Path) -> dict[str, Any]:
    (folder / "bills_1.csv").write_text(text(rows=ROWS[:25]), encoding="cp1252", newline="")
    (folder / "bills_2.csv").write_text(text(rows=ROWS[25:]), encoding="utf-8-sig", newline="")
    return {"file": "bills_?.csv"}


def as_xlsx(folder: Path) -> dict[str, Any]:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (HEADER, *ROWS):
        sheet.append(list(row))
    book.save(folder / "bills.xlsx")
    return {"file": "bills.xlsx"}


def as_kept(folder: Path, file: str) -> dict[str, Any]:
    shutil.copy(FILES / file, folder)
    return {"file": file}


def as_ods(folder: Path) -> dict[str, Any]:
    document, table = Document("spreadsheet"), Table("Regninger")
    for values in (HEADER, *ROWS):
        row = Row()
        for value in values:
            row.append_cell(Cell(value))
        table.append_row(row)
    document.body.clear()
    document.body.append(table)
    document.save(folder / "bills.ods")
    return {"file": "bills.ods", "sheet": "Regninger"}


def as_parquet(folder: Path) -> dict[str, Any]:
    columns = dict(zip(HEADER, map(list, zip(*ROWS, strict=True)), strict=True))
    parquet.write_table(pa.table(columns), folder / "bills.parquet")
    return {"file": "bills.parquet"}


def as_database(folder: Path) -> dict[str, Any]:
    connection = sqlite3.connect(folder / "ledger.db")
    with connection:
        connection.execute(f"CREATE TABLE regninger ({', '.join(HEADER)})")
        plain = [
            [float(cell) if isinstance(cell, Decimal) else danish(cell) for cell in row]
            for row in ROWS
        ]
        connection.executemany(f"INSERT INTO regninger VALUES ({', '.join('?' * 8)})", plain)
    connection.close()
    return {"file": "", "database": {"url": "sqlite:///ledger.db", "table": "regninger"}}


KINDS = {
    "utf-8": lambda folder: as_text(folder, "utf-8", ";"),
    "utf-8 with a mark, tabs": lambda folder: as_text(folder, "utf-8-sig", "\t"),
    "utf-16": lambda folder: as_text(folder, "utf-16", ";"),
    "windows": lambda folder: as_text(folder, "cp1252", "|"),
    "texts as formulas": as_formulas,
    "packed": as_packed,
    "several files": as_several,
    "xlsx": as_xlsx,
    "xls, by LibreOffice": lambda folder: as_kept(folder, "bills.xls"),
    "xlsb, by formulon": lambda folder: as_kept(folder, "bills.xlsb"),
    "ods": as_ods,
    "parquet": as_parquet,
    "database": as_database,
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_reads_as_the_same_table(tmp_path, kind):
    frame, extracts = read(tmp_path, **KINDS[kind](tmp_path))
    assert list(frame["bill_id"]) == [row[0] for row in ROWS]
    assert list(frame["amount_dkk"]) == [row[2] for row in ROWS]
    assert list(frame["received_at"]) == [pd.Timestamp(row[3]) for row in ROWS]
    assert list(frame["is_cancelled"]) == [row[4] for row in ROWS]
    assert list(frame["office"]) == [row[6] for row in ROWS]
    assert list(frame["row_no"]) == list(range(1, 41))
    assert set(frame["unreadable"]) == {""}
    assert frame["citizen"].nunique() == 40
    assert sum(extract.rows for extract in extracts) == 40
    assert "dates_as_numbers" not in {doubt.reading for one in extracts for doubt in one.doubts}
    assert all(len(extract.sha256) == 64 for extract in extracts)


def test_a_group_in_other_letters_is_a_finding_and_two_groups(tmp_path):
    """The finding counts the rows of both spellings, not those of a group written in one way."""
    rows = [(*ROWS[0][:6], "NUUK", ROWS[0][7]), *ROWS[1:]]
    (tmp_path / "bills.csv").write_text(text(rows=rows), encoding="utf-8", newline="")
    frame, (extract,) = read(tmp_path, file="bills.csv")
    assert frame["office"].value_counts().to_dict() == {
        "Tasiilaq på øen": 20,
        "Nuuk": 19,
        "NUUK": 1,
    }
    (doubt,) = (one for one in extract.doubts if one.reading == "groups_in_other_letters")
    assert doubt.rows == 20


def test_a_group_spelled_nearly_alike_is_a_finding_with_both_spellings(tmp_path):
    """A letter lost in one row against many; names that differ otherwise are different."""
    spelled = ["Tasilaq på øen", *["Tasiilaq på øen"] * 39]
    rows = [(*row[:6], name, row[7]) for row, name in zip(ROWS, spelled, strict=True)]
    (tmp_path / "bills.csv").write_text(text(rows=rows), encoding="utf-8", newline="")
    frame, (extract,) = read(tmp_path, file="bills.csv")
    assert frame["office"].nunique() == 2
    (doubt,) = (one for one in extract.doubts if one.reading == "groups_spelled_nearly_alike")
    assert (doubt.rows, "Tasilaq på øen / Tasiilaq på øen" in doubt.columns[0]) == (1, True)


def test_what_no_column_names_never_enters(tmp_path):
    """Neither a name nor a number of a person is anywhere in what the engine holds."""
    parameters = params(format="detect", **as_text(tmp_path, "utf-8", ";"))
    with open_engine(tmp_path / "tables.duckdb") as backend:
        read_sources(backend, parameters, tmp_path)
        tables = [row[0] for row in backend.con.execute("SHOW TABLES").fetchall()]
        held = "".join(backend.execute(backend.table(name)).to_csv() for name in tables)
        backend.raw_sql("CHECKPOINT")
        stored = (tmp_path / "tables.duckdb").read_bytes()
    for row in ROWS:
        for secret in (row[1], row[1].replace("-", ""), row[7]):
            assert secret not in held
            assert secret.encode() not in stored


def test_a_row_set_aside_is_found_in_its_own_file(tmp_path):
    """Rows are numbered through all files, and listed by their place in the file they are in."""
    named = as_several(tmp_path)
    second = tmp_path / "bills_2.csv"
    broken = second.read_bytes().replace(b"0030;", b"0001;")
    second.write_bytes(broken)
    parameters = params(format="detect", **named)
    with open_engine(tmp_path / "tables.duckdb") as backend:
        load_calendar(backend, parameters.report.calendar.work_calendar())
        extracts = read_sources(backend, parameters, tmp_path)
        context = Context(
            parameters.report.as_of,
            backend.table("calendar"),
            {"bills": backend.table("read_bills")},
        )
        lenient = {"key_with_other_content": "note"}
        bills = declared_tables(parameters)["bills"].with_severities(lenient)
        report = check_tables(
            backend, {"bills": bills}, context, quarter=parameters.quarter, docs=None,
            extracts=extracts,
        )  # fmt: skip
    aside = report.set_aside_frame()
    assert list(aside[["source_file", "row_no"]].itertuples(index=False, name=None)) == [
        ("bills_2.csv", 5)
    ]
    assert [(one.file, one.rows, one.first_row) for one in extracts] == [
        ("bills_1.csv", 25, 1),
        ("bills_2.csv", 15, 26),
    ]
    notes = {finding.rule for finding in report.tables[0].broken}
    assert "doubtful_encoding" in notes


def test_renamed_columns_need_the_parameter_file_alone(tmp_path):
    first, _ = read(tmp_path, **as_text(tmp_path, "utf-8", ";"))
    other = text().replace("Modtaget", "Modtagelsesdato").replace("Nr;", "Bilagsnr.;", 1)
    (tmp_path / "bills.csv").write_text(other, encoding="utf-8", newline="")
    columns = BILLS | {"received_at": "Modtagelsesdato", "bill_id": "Bilagsnr."}
    again, _ = read(tmp_path, file="bills.csv", columns=columns)
    pd.testing.assert_frame_equal(first, again)


def test_what_was_declared_is_recorded_and_said(tmp_path):
    fmt = {"missing": ["-", "NULL"], "quote": "none", "thousands": "."}
    source = as_text(tmp_path, "utf-8", ";") | {
        "timezone": "Europe/Copenhagen",
        "latest": "Modtaget",
    }
    _, (extract,) = read(tmp_path, format=fmt, **source)
    declared = {"missing": "-, NULL", "quote": "none", "thousands": ".", "latest": "Modtaget"}
    assert declared.items() <= extract.written.items()
    assert extract.written["zone"] == "Europe/Copenhagen"
    assert written_words(Labels("en"), extract).endswith(
        "times of Europe/Copenhagen; nothing is written -, NULL; of several rows with one key the "
        "latest holds (Modtaget)"
    )


def test_how_it_is_written_is_said_in_words(tmp_path):
    _, (extract,) = read(tmp_path, **as_text(tmp_path, "cp1252", ";"))
    assert written_words(Labels("en"), extract) == (
        "cp1252 (detected); semicolons (detected); dates dd-mm-yyyy (detected); "
        "decimal comma (detected)"
    )
    declared = replace(extract, detected=())
    assert written_words(Labels("da"), declared) == (
        "cp1252; semikolon; datoer dd-mm-yyyy; decimalkomma"
    )
