"""The list of rows set aside that goes back to the office."""

from __future__ import annotations

import csv
import hashlib
import sys
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner

from kpi.cli import cli
from kpi.errors import ExportError, RunError
from kpi.publication.set_aside_list import set_aside_list, write_list
from kpi.record import CASES, office, payload, write_json, write_parquet

RUN = {
    "quarter": "2019Q4",
    "parameters": {
        "quarter": "2019Q4",
        "as_of": "2020-01-15",
        "history_from": "2019Q4",
        "language": "da",
        "synthetic": True,
        "organisation": {"name": "A small town"},
        "calendar": {"country": "GL"},
        "sources": {},
    },
    "metrics": [],
    "subjects": {"bills": {"title": "Bills"}},
    "quality": {
        "tables": [
            {"table": "bills", "rows_read": 10, "rows_accepted": 10, "rows_set_aside": None},
        ]
    },
}
PSEUDONYM = "0123456789abcdef01234567"
ROWS = [
    ("bills", "repeated_key", "No two rows have the same bill number", 7, "REG-1", PSEUDONYM),
    ("bills", "kind_unknown", "The kind of document is one that is known", 3, "=1+1", None),
    ("bills", "unreadable_value", "A date or number can be read as declared", 3, "=1+1", None),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A report's folder with two bills set aside, one of them for two reasons."""
    made = tmp_path / "reports" / "2019Q4"
    payload(made).mkdir(parents=True)
    office(made).mkdir()
    write_json(RUN, payload(made) / "run.json")
    columns = ["table", "rule", "words", "row_no", "case_number", "person"]
    frame = pd.DataFrame(ROWS, columns=columns).assign(source_file="regninger.csv")
    write_parquet(frame, office(made), CASES)
    counts = {"rows_read": 10, "rows_accepted": 8, "rows_set_aside": 2}
    rules = [{"table": "bills", "rule": row[1], **counts} for row in ROWS]
    write_parquet(pd.DataFrame(rules), office(made), "findings")
    return made


def test_the_workbook(folder: Path, tmp_path: Path) -> None:
    """A summary, counts, and a line for each row and rule, by which the office finds the case."""
    write_list(set_aside_list(folder), tmp_path / "list.xlsx", "xlsx")
    book = openpyxl.load_workbook(tmp_path / "list.xlsx")
    assert book.sheetnames == ["Oversigt", "Antal", "Rækker"]
    summary = [row[0] for row in book["Oversigt"].iter_rows(values_only=True)]
    assert "2 rækker brød en regel og tæller ikke med i noget tal." in summary
    assert "Data er syntetiske." in summary
    counts = list(book["Antal"].iter_rows(min_row=2, values_only=True))
    assert [count for *_, count in counts] == [1, 1, 1]
    rows = list(book["Rækker"].iter_rows(min_row=2, values_only=True))
    assert rows[2] == (
        "regninger.csv", 7, "REG-1", PSEUDONYM, "Regninger",
        "To rækker har ikke samme regningsnummer", "repeated_key",
    )  # fmt: skip


def test_a_sheet_can_be_read(folder: Path, tmp_path: Path) -> None:
    """The header stays in sight, rows can be filtered, columns are as wide as their texts."""
    write_list(set_aside_list(folder), tmp_path / "list.xlsx", "xlsx")
    rows = openpyxl.load_workbook(tmp_path / "list.xlsx")["Rækker"]
    assert rows.freeze_panes == "A2"
    assert rows.auto_filter.ref == rows.dimensions
    assert rows.column_dimensions["F"].width > len("To rækker har ikke samme regningsnummer")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_its_owner_alone_can_read_it(folder: Path, tmp_path: Path, kind: str) -> None:
    """Also one that takes the place of another."""
    path = tmp_path / f"list.{kind}"
    path.touch(0o666)
    write_list(set_aside_list(folder), path, kind)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_no_cell_is_a_formula(folder: Path, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"list.{kind}"
    write_list(set_aside_list(folder), path, kind)
    if kind == "csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            cells = [cell for row in csv.reader(file, delimiter=";") for cell in row]
    else:
        sheets = openpyxl.load_workbook(path).worksheets
        found = [cell for sheet in sheets for row in sheet.iter_rows() for cell in row]
        assert "f" not in {cell.data_type for cell in found}
        cells = [str(cell.value) for cell in found]
    assert "'=1+1" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_the_same_report_gives_the_same_bytes(folder: Path, tmp_path: Path, kind: str) -> None:
    for name in ("one", "two"):
        write_list(set_aside_list(folder), tmp_path / name, kind)
    sums = {hashlib.sha256((tmp_path / name).read_bytes()).digest() for name in ("one", "two")}
    assert len(sums) == 1


def test_nothing_set_aside_is_an_empty_list(folder: Path, tmp_path: Path) -> None:
    empty = pd.read_parquet(office(folder) / f"{CASES}.parquet").iloc[:0]
    write_parquet(empty, office(folder), CASES)
    write_list(set_aside_list(folder, "en"), tmp_path / "list.xlsx", "xlsx")
    book = openpyxl.load_workbook(tmp_path / "list.xlsx")
    assert book["Rows"].max_row == 1


def test_a_report_without_working_papers_is_named(folder: Path) -> None:
    (office(folder) / f"{CASES}.parquet").unlink()
    with pytest.raises(RunError, match="Make the report again: kpi run 2019Q4"):
        set_aside_list(folder)


def test_a_list_that_cannot_be_written(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "in the way").write_text("", encoding="utf-8")
    with pytest.raises(ExportError, match="Close it if it is open in Excel"):
        write_list(set_aside_list(folder), tmp_path / "in the way" / "list.csv", "csv")


def test_the_command(folder: Path, tmp_path: Path) -> None:
    """Without --out the list lands beside the report, not in it: that may be sealed."""
    params = Path(__file__).parents[2] / "params"
    asked = ["set-aside", "2019Q4", "--params", str(params), "--reports", str(folder.parent)]
    done = CliRunner().invoke(cli, [*asked, "--to", "csv", "--lang", "en"])
    assert done.exit_code == 0, done.output
    assert (folder.parent / "set_aside_2019Q4.csv").is_file()
    assert "Rule that was broken" in (folder.parent / "set_aside_2019Q4.csv").read_text("utf-8")
