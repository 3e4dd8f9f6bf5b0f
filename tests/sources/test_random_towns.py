"""A random small town, written in a random dialect, reads back as the same figures.

The truth is counted here in plain Python from the bills themselves. Where all of the dialect is
declared nothing may differ; where it is detected, only with a doubt about the figure that is told.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
import openpyxl
import pyarrow as pa
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from odfdo import Cell, Document, Row, Table
from pyarrow import parquet

from kpi.engine import open_engine
from kpi.figures.cases import measure
from kpi.figures.results import evaluate
from kpi.params import load_params
from kpi.periods import Period
from kpi.quality import QualityReport
from kpi.run import Places
from kpi.run.figures import accept
from tests.tried import tried

QUARTER, AS_OF = Period(2019, 4), dt.date(2020, 1, 15)
LOCAL = "America/Nuuk"
COLUMNS = {
    "bill_id": "Nr", "supplier": "Leverandør", "amount_dkk": "Beløb", "received_at": "Modtaget",
    "due_at": "Forfald", "approved_at": "Godkendt", "paid_at": "Betalt", "is_paid": "Er betalt",
    "is_cancelled": "Annulleret", "office": "Kontor",
}  # fmt: skip
TARGETS = """
metrics:
  payments_on_time:
    counting: [{due: {column: due_at}, quarter_by: due}]
    targets: [{direction: at_least, value: 0.75}]
    groups: [office]
"""


@dataclass(frozen=True)
class Bill:
    """A bill as it is; `paid` is the local time at which it was paid."""

    number: str
    supplier: str
    amount: Decimal
    received: dt.date
    due: dt.date
    approved: dt.date | None
    paid: dt.datetime | None
    is_cancelled: bool
    office: str


@dataclass(frozen=True)
class Dialect:
    """How a system writes a table."""

    kind: str
    is_declared: bool
    encoding: str
    separator: str
    quoting: Literal[0, 1, 2]
    line_end: str
    day: str
    time: str
    decimal: str
    thousands: str
    yes_no: tuple[str, str]
    nothing: str
    zone: str


SUPPLIERS = ["L-001", "Æblehøj A/S", 'Rør 3/4"', "Sø; og Å", "Nuuk, Imm.", "O'Hara", "to\nlinjer"]
OFFICES = ["Nuuk", "Østergård", "Aasiaat", "Ærø"]
DAYS = {"%d-%m-%Y": "-", "%d.%m.%Y": ".", "%d/%m/%Y": "/", "%Y-%m-%d": "-", "%Y%m%d": "",
        "%m/%d/%Y": "/"}  # fmt: skip


@st.composite
def towns(draw: st.DrawFn) -> list[Bill]:
    """Draw bills that break no rule: what follows comes after what it follows."""
    bills = []
    for number in range(draw(st.integers(12, 30))):
        received = dt.date(2019, 8, 20) + dt.timedelta(days=draw(st.integers(0, 110)))
        approved = received + dt.timedelta(days=draw(st.integers(0, 5)))
        paid = dt.datetime.combine(
            approved + dt.timedelta(days=draw(st.integers(1, 40))), draw(st.times())
        )
        bills.append(
            Bill(
                f"R{number:05}",
                draw(st.sampled_from(SUPPLIERS)),
                Decimal(draw(st.integers(100, 10**7))) / 100,
                received,
                received + dt.timedelta(days=draw(st.integers(0, 30))),
                approved if draw(st.integers(0, 9)) else None,
                paid.replace(microsecond=0) if draw(st.integers(0, 4)) else None,
                draw(st.integers(0, 9)) == 0,
                draw(st.sampled_from(OFFICES)),
            )
        )
    first = dt.date(2019, 10, 13)  # in the quarter, and of a day that cannot be a month
    known = replace(bills[0], received=first, due=first, approved=first, is_cancelled=False)
    return [replace(known, paid=dt.datetime(2019, 10, 13, 12, 34)), *bills[1:]]


DIALECTS = st.builds(
    Dialect,
    kind=st.sampled_from(["csv", "csv", "csv", "csv.gz", "xlsx", "ods", "parquet"]),
    is_declared=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    separator=st.sampled_from([";", ",", "\t", "|"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    line_end=st.sampled_from(["\r\n", "\n"]),
    day=st.sampled_from(list(DAYS)),
    time=st.sampled_from([" %H:%M:%S", "T%H:%M:%S"]),
    decimal=st.sampled_from([",", "."]),
    thousands=st.sampled_from(["", "sign", " ", "\u00a0"]),
    yes_no=st.sampled_from(
        [("Ja", "Nej"), ("1", "0"), ("true", "false"), ("SAND", "FALSK"), ("1.0", "0.0")]
    ),
    nothing=st.sampled_from(["", "NULL", "01-01-1900"]),
    zone=st.sampled_from(["", "Europe/Copenhagen", "UTC"]),
)


def counted(bills: Sequence[Bill], office: str | None) -> tuple[str, ...]:
    """Count the bills of the quarter: all, paid by their due day, not; nothing is unknown."""
    of_quarter = [
        bill
        for bill in bills
        if QUARTER.first_day <= bill.due <= QUARTER.last_day
        and bill.approved
        and not bill.is_cancelled
        and office in (None, bill.office)
    ]
    known = [bill for bill in of_quarter if bill.paid and bill.paid.date() <= AS_OF]
    met = sum(bill.paid.date() <= bill.due for bill in known if bill.paid)
    return tuple(map(str, (len(of_quarter), met, len(of_quarter) - met, 0)))


def expected(bills: Sequence[Bill]) -> dict[str, tuple[str, ...]]:
    """Count the bills of each office of which any counts, and of all."""
    found = {office: counted(bills, office) for office in OFFICES}
    some = {f"office={name}": n for name, n in found.items() if n[0] != "0"}
    return {"": counted(bills, None)} | some


def abroad(moment: dt.datetime | None, zone: str) -> dt.datetime | None:
    """Return a local time as the clock of the system's zone shows it."""
    if moment is None or not zone:
        return moment
    there = moment.replace(tzinfo=ZoneInfo(LOCAL)).astimezone(ZoneInfo(zone))
    return there.replace(tzinfo=None)


def values(bills: Sequence[Bill], dialect: Dialect) -> list[list[Any]]:
    """Return a row of values for each bill, in the order of the columns."""
    return [
        [
            bill.number, bill.supplier, bill.amount, bill.received, bill.due, bill.approved,
            abroad(bill.paid, dialect.zone), bill.paid is not None, bill.is_cancelled, bill.office,
        ]
        for bill in bills
    ]  # fmt: skip


def written(value: Any, dialect: Dialect) -> str:
    """Write a value as a text."""
    if isinstance(value, bool):
        return dialect.yes_no[not value]
    if value is None:
        return dialect.nothing
    if isinstance(value, dt.datetime):
        return value.strftime(dialect.day + dialect.time)
    if isinstance(value, dt.date):
        return value.strftime(dialect.day)
    if isinstance(value, Decimal):
        thousands = {",": ".", ".": ","}[dialect.decimal]
        group = thousands if dialect.thousands == "sign" else dialect.thousands
        return f"{value:,.2f}".translate({ord(","): group, ord("."): dialect.decimal})
    return str(value)


def as_text(rows: list[list[Any]], dialect: Dialect) -> bytes:
    """Write the rows as a text file."""
    file = io.StringIO(newline="")
    writer = csv.writer(
        file,
        delimiter=dialect.separator,
        quoting=dialect.quoting,
        lineterminator=dialect.line_end,
    )
    writer.writerow(COLUMNS.values())
    writer.writerows([written(value, dialect) for value in row] for row in rows)
    return file.getvalue().encode(dialect.encoding)


def write(path: Path, rows: list[list[Any]], dialect: Dialect) -> None:
    """Write the rows into a file of the dialect's kind."""
    header = list(COLUMNS.values())
    if dialect.kind == "csv":
        path.write_bytes(as_text(rows, dialect))
    elif dialect.kind == "csv.gz":
        path.write_bytes(gzip.compress(as_text(rows, dialect)))
    elif dialect.kind == "xlsx":
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        for row in (header, *rows):
            sheet.append(row)
        book.save(path)
    elif dialect.kind == "ods":
        document, table = Document("spreadsheet"), Table("Regninger")
        for cells in (header, *rows):
            line = Row()
            for value in cells:
                line.append_cell(Cell(value))
            table.append_row(line)
        document.body.clear()
        document.body.append(table)
        document.save(path)
    else:
        columns = dict(zip(header, map(list, zip(*rows, strict=True)), strict=True))
        parquet.write_table(pa.table(columns), path)


def described(dialect: Dialect) -> dict[str, Any]:
    """Return the source's description: all of the dialect, or what cannot be seen alone."""
    source: dict[str, Any] = {
        "file": f"bills.{dialect.kind}", "columns": COLUMNS, "constants": {"kind": "bill"},
        "timezone": dialect.zone,
    }  # fmt: skip
    if dialect.is_declared and dialect.kind.startswith("csv"):
        thousands = {",": ".", ".": ","}[dialect.decimal]
        source["format"] = {
            "encoding": dialect.encoding,
            "separator": dialect.separator,
            "date": [dialect.day, dialect.day + dialect.time],
            "decimal": dialect.decimal,
            "thousands": thousands if dialect.thousands == "sign" else dialect.thousands,
            "missing": [dialect.nothing] if dialect.nothing else [],
        }
    return source


def read_back(
    folder: Path, source: dict[str, Any]
) -> tuple[dict[str, tuple[str, ...]], QualityReport]:
    """Return the counts of the quarter by office, and what was found."""
    places = Places(folder, folder, folder, folder)
    report = {
        "quarter": "2019Q4", "as_of": AS_OF, "history_from": "2019Q3",
        "organisation": {"name": "A small town"},
        "calendar": {"country": "GL", "timezone": LOCAL}, "sources": {"bills": source},
    }  # fmt: skip
    (folder / "2019Q4.yaml").write_text(yaml.safe_dump(report, allow_unicode=True), "utf-8")
    (folder / "targets.yaml").write_text(TARGETS, encoding="utf-8")
    params = load_params(folder, QUARTER)
    with open_engine(folder / "tables", few_rows=True) as backend:
        quality = accept(backend, params, places, None, lambda _: None)
        results = evaluate(backend, params, measure(backend, params))
    now = results[(results["period"] == str(QUARTER)) & (results["period_kind"] == "quarter")]
    rows = now[["group", "n", "met", "missed", "unknown"]].astype(str)
    return {group: tuple(counts) for group, *counts in rows.itertuples(index=False)}, quality


@settings(
    max_examples=tried(8, at_least=2),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to make it smaller takes minutes
    suppress_health_check=[HealthCheck.too_slow],
)
@given(bills=towns(), dialect=DIALECTS)
def test_a_random_town_reads_back_as_the_same_figures(bills: list[Bill], dialect: Dialect) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / f"bills.{dialect.kind}", values(bills, dialect), dialect)
        found, quality = read_back(folder, described(dialect))
    doubts = [one.rule for one in quality.tables[0].broken if one.casts_doubt]
    if not (doubts and not dialect.is_declared):
        assert found == expected(bills)


def test_the_truth_is_counted_right() -> None:
    """One bill on time, one late, one late for it is open, one of another quarter."""
    day = dt.date(2019, 10, 13)
    plain = Bill("R1", "L", Decimal(5), day, day, day, dt.datetime(2019, 10, 13, 23), False, "Nuuk")
    bills = [
        plain,
        replace(plain, number="R2", paid=dt.datetime(2019, 10, 14)),
        replace(plain, number="R3", paid=None, office="Aasiaat"),
        replace(plain, number="R4", due=dt.date(2020, 1, 1)),
    ]
    assert expected(bills) == {
        "": ("3", "1", "2", "0"),
        "office=Nuuk": ("2", "1", "1", "0"),
        "office=Aasiaat": ("1", "0", "1", "0"),
    }  # fmt: skip
