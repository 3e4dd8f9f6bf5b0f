"""Extracts as Danish systems write them, read into typed tables."""

from __future__ import annotations

import datetime as dt
import gzip
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from pydantic import ValidationError

from kpi.engine import load_calendar, open_engine
from kpi.errors import ContractError, KpiError, SourceError
from kpi.params import Params
from kpi.params.quarter_file import QuarterFile
from kpi.sources.reading import read_sources

BILLS = {
    "bill_id": "Nr", "citizen": "CPR", "amount_dkk": "Beløb", "received_at": "Modtaget",
    "is_cancelled": "Annulleret", "kind": "Bilagstype", "office": "Kontor",
}  # fmt: skip
HEADER = "Nr;CPR;Navn;Beløb;Modtaget;Annulleret;Bilagstype;Kontor"
FIRST = "007;070761-4285;Åse Ørsted;1.234,50;01-10-2019;Nej;Regning;Nuuk"


def params(**source: Any) -> Params:
    """Return parameters with one source of bills."""
    described = {
        "file": "bills.csv",
        "columns": BILLS,
        "format": {
            "encoding": "cp1252", "separator": ";", "date": ["%d-%m-%Y", "%d.%m.%Y"],
            "decimal": ",", "thousands": ".",
        },
        "values": {"kind": {"Regning": "bill"}},
    }  # fmt: skip
    report = QuarterFile.model_validate(
        {
            "quarter": "2019Q4",
            "as_of": dt.date(2020, 1, 15),
            "history_from": "2019Q4",
            "organisation": {"name": "A town"},
            "calendar": {"country": "GL", "timezone": "America/Nuuk"},
            "sources": {"bills": described | source},
        }
    )
    return Params(report, {})


def read(folder: Path, parameters: Params, table: str = "bills") -> pd.DataFrame:
    """Read the sources in a folder and return a typed table, in the order of the file."""
    with open_engine(folder / "tables.duckdb") as backend:
        load_calendar(backend, parameters.report.calendar.work_calendar())
        read_sources(backend, parameters, folder)
        frame: pd.DataFrame = backend.execute(backend.table(f"read_{table}").order_by("row_no"))
    return frame


def test_windows_1252_semicolons_and_decimal_commas(tmp_path: Path) -> None:
    """Identifiers stay text; names and other undeclared columns never enter."""
    lines = [HEADER, FIRST, "8;070761-4285;B;1.234,50-;02.10.2019;Ja;Regning;Ittoqqortoormiit"]
    (tmp_path / "bills.csv").write_bytes("\r\n".join(lines).encode("cp1252"))
    first, second = read(tmp_path, params()).to_dict("records")
    assert first["bill_id"] == "007"
    assert first["amount_dkk"] == Decimal("1234.50")
    assert second["amount_dkk"] == Decimal("-1234.50")
    assert [first["received_at"], second["received_at"]] == [
        pd.Timestamp("2019-10-01"),
        pd.Timestamp("2019-10-02"),
    ]
    assert [first["is_cancelled"], second["is_cancelled"]] == [False, True]
    assert [first["kind"], first["row_no"], second["row_no"]] == ["bill", 1, 2]
    assert first["citizen"] == second["citizen"]
    assert "070761" not in str(first)
    assert "Ørsted" not in str(first)
    assert first["source_file"] == "bills.csv"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_other_encodings(tmp_path: Path, encoding: str) -> None:
    """With and without a byte order mark."""
    (tmp_path / "bills.csv").write_bytes(f"{HEADER}\n{FIRST}\n".encode(encoding))
    fmt = {"encoding": encoding, "separator": ";", "date": "%d-%m-%Y", "decimal": ","}
    frame = read(tmp_path, params(format=fmt | {"thousands": "."}))
    assert frame["amount_dkk"].item() == Decimal("1234.50")


def test_compressed_and_quoted(tmp_path: Path) -> None:
    """A text may hold the separator and a line break."""
    row = FIRST.replace("Nuuk", '"Nuuk;\r\ncentrum"')
    (tmp_path / "bills.csv.gz").write_bytes(
        gzip.compress(f"{HEADER}\r\n{row}\r\n".encode("cp1252"))
    )
    frame = read(tmp_path, params(file="bills.csv.gz"))
    assert frame["office"].item() == "Nuuk;\r\ncentrum"


@pytest.mark.parametrize(
    ("column", "old", "new"),
    [
        ("received_at", "01-10-2019", "31-02-2019"),
        ("received_at", "01-10-2019", "01-10-19"),
        ("received_at", "01-10-2019", "i går"),
        ("amount_dkk", "1.234,50", "1.234,50 kr."),
        ("is_cancelled", "Nej", "måske"),
    ],
)
def test_what_cannot_be_read_is_null_and_named(
    tmp_path: Path, column: str, old: str, new: str
) -> None:
    """Never guessed: the row is set aside for it later."""
    (tmp_path / "bills.csv").write_bytes(f"{HEADER}\n{FIRST.replace(old, new)}\n".encode("cp1252"))
    frame = read(tmp_path, params())
    assert frame["unreadable"].item() == column
    assert frame[column].isna().item()


def test_the_ledgers_danish_time_becomes_local_time(tmp_path: Path) -> None:
    """Stamped 00:30 on 1 January 2020 in Denmark: still the last evening of 2019 in Nuuk."""
    steps = "Nr;Trin;Tid\n1;Betalt;01-01-2020 00:30:00\n1;Betalt;01-07-2019 12:00:00\n"
    (tmp_path / "steps.csv").write_text(steps, encoding="utf-8")
    report = params().report.model_dump()
    report["sources"] = {
        "bill_steps": {
            "file": "steps.csv",
            "format": {"separator": ";", "date": "%d-%m-%Y %H:%M:%S"},
            "timezone": "Europe/Copenhagen",
            "columns": {"bill_id": "Nr", "step": "Trin", "happened_at": "Tid"},
        }
    }
    frame = read(tmp_path, Params(QuarterFile.model_validate(report), {}), "bill_steps")
    assert [str(moment) for moment in frame["happened_at"]] == [
        "2019-12-31 20:30:00",
        "2019-07-01 08:00:00",
    ]


def test_a_workbook(tmp_path: Path) -> None:
    """Date cells, text dates, and a number whose leading zero the spreadsheet dropped."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Regninger"
    sheet.append(["Nr", "CPR", "Modtaget"])
    sheet.append(["A1", 707614285, dt.datetime(2019, 10, 1)])
    sheet.append(["A2", "070761-4285", "02-10-2019"])
    book.save(tmp_path / "bills.xlsx")
    columns = {"bill_id": "Nr", "citizen": "CPR", "received_at": "Modtaget"}
    frame = read(tmp_path, params(file="bills.xlsx", sheet="Regninger", columns=columns))
    assert list(frame["received_at"]) == [pd.Timestamp("2019-10-01"), pd.Timestamp("2019-10-02")]
    assert list(frame["citizen_check"]) == ["nine_digits", ""]
    assert frame["citizen"][0] == frame["citizen"][1]
    with pytest.raises(ContractError, match='Did you mean "Regninger"'):
        read(tmp_path, params(file="bills.xlsx", sheet="Regning", columns=columns))


BROKEN: dict[str, tuple[bytes | None, type[KpiError], str]] = {
    "missing file": (None, SourceError, "no file bills.csv"),
    "empty file": (b"", SourceError, "empty"),
    "header alone": (f"{HEADER}\r\n".encode("cp1252"), SourceError, "never a zero"),
    "renamed column": (
        f"{HEADER}\n{FIRST}".replace("Modtaget", "Modtagelse").encode("cp1252"),
        ContractError,
        'Did you mean "Modtagelse"',
    ),
    "column twice": (
        f"{HEADER}\n{FIRST}".replace("Navn", "Kontor").encode("cp1252"),
        ContractError,
        "stands twice",
    ),
    "another separator": (
        f"{HEADER}\n{FIRST}".replace(";", "\t").encode("cp1252"),
        SourceError,
        "separator",
    ),
    "cut off": (f"{HEADER}\n{FIRST}\n008;070761-4285;C".encode("cp1252"), SourceError, "cut off"),
    "a line below the rows": (
        f"{HEADER}\n{FIRST}\n\n(1 rows affected)\n".encode("cp1252"), SourceError, "below the rows"
    ),
    "binary": (bytes(range(256)) * 20, KpiError, "bills.csv"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files(tmp_path: Path, name: str) -> None:
    """Each has its own error, which names the file and nobody's data."""
    content, kind, message = BROKEN[name]
    if content is not None:
        (tmp_path / "bills.csv").write_bytes(content)
    with pytest.raises(kind, match=message) as caught:
        read(tmp_path, params())
    assert "bills.csv" in str(caught.value)
    assert "070761" not in str(caught.value)


def test_utf_8_declared_for_another_encoding(tmp_path: Path) -> None:
    """The letters give it away."""
    (tmp_path / "bills.csv").write_bytes(f"{HEADER}\n{FIRST}".encode("cp1252"))
    fmt = {"encoding": "utf-8", "separator": ";", "date": "%d-%m-%Y"}
    with pytest.raises(SourceError, match="another encoding"):
        read(tmp_path, params(format=fmt))


@pytest.mark.parametrize(
    "text",
    [
        "2017-06-30 23:30:00+00:00", "2017-06-30T23:30:00Z", "2017-06-30 23:30:00 UTC",
        "2017-06-30 23:30:00-0800", "2017-06-30 23:30:00.123+02:00", "2017-06-30 23:30:00",
        "30.06.2017 23:30:00+02:00", "30.06.2017 23.30.00 CEST", "06/30/2017 11:30:00 PM",
    ],
)  # fmt: skip
def test_times_stay_as_printed_where_the_zone_beside_them_is_not_meant(
    tmp_path: Path, text: str
) -> None:
    rows = "".join(f"{number};{text}\n" for number in range(12))
    (tmp_path / "bills.csv").write_text(f"Nr;Received\n{rows}3;2017-06-29\n", encoding="utf-8")
    columns = {"bill_id": "Nr", "received_at": "Received"}
    source = {"columns": columns, "timezone": "as_printed", "format": {}, "values": {}}
    found = read(tmp_path, params(constants={"kind": "bill"}, **source))["received_at"]
    assert set(found[:12].dt.strftime("%Y-%m-%d %H:%M:%S")) == {"2017-06-30 23:30:00"}
    assert str(found[12]) == "2017-06-29 00:00:00"


def test_a_zone_that_nobody_knows_is_told_with_a_suggestion() -> None:
    with pytest.raises(ValidationError, match="America/Nuuk"):
        params(timezone="America/Nuk")
