"""The list of rows set aside that goes back to the office, so that the case system is corrected.

It is made of a report's working papers, which are not published: file, row, case number, the keyed
pseudonym of the person, and the rule in words. Nothing else of a row is in it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from kpi.errors import ExportError, RunError
from kpi.files import harmless, private_file, save_workbook
from kpi.language import Labels
from kpi.page.facts import table_title
from kpi.record import CASES, Run, office, read_frame, read_run

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet


ROW_COLUMN_WORDS = {
    "source_file": "File",
    "row_no": "Row (the header not counted)",
    "case_number": "Case",
    "person": "Person (pseudonym)",
    "table": "Extract",
    "words": "Rule that was broken",
    "rule": "Name in data",
}
COUNT_COLUMN_WORDS = ("Extract", "Rule that was broken", "Rows")
TABLE_COLUMN_WORDS = ("Extract", "Read", "Accepted", "Set aside")
_WIDEST, _NARROWEST = 70, 10
_SAVED_AT = dt.time(12)


@dataclass(frozen=True)
class SetAsideList:
    """What the list says: each line of the summary, and the tables of the sheets."""

    labels: Labels
    as_of: dt.date
    summary: list[str]
    tables: pd.DataFrame
    counts: pd.DataFrame
    rows: pd.DataFrame


def set_aside_list(folder: Path, language: str = "") -> SetAsideList:
    """Make the list of a report's folder, in the report's language unless another is given."""
    run = read_run(folder)
    papers = office(folder)
    labels = Labels(language or run.parameters.language, kind=run.quarter.kind)
    cases = _cases(papers).sort_values(["table", "row_no", "rule"])
    cases = cases.assign(
        table=cases["table"].map(lambda name: table_title(run, labels, name)),
        words=cases["words"].map(labels),
    )
    rows = cases[list(ROW_COLUMN_WORDS)].fillna("").rename(columns=_translated(labels))
    counts = cases.groupby(["table", "words"], sort=False).size().reset_index()
    counts.columns = pd.Index([labels(words) for words in COUNT_COLUMN_WORDS])
    return SetAsideList(
        labels,
        run.parameters.as_of,
        _summary(run, labels, cases),
        _tables(papers, run, labels),
        counts,
        rows,
    )


def _cases(papers: Path) -> pd.DataFrame:
    """Read the rows set aside; RunError where they are not there, or another person's to read."""
    try:
        return read_frame(papers, CASES)
    except FileNotFoundError:
        found = f"no {CASES}.parquet in {papers.name}"
    except PermissionError:
        found = f"{papers.name} may be read by another person alone"
    raise RunError(
        "A report's papers for the office hold the rows set aside.",
        found,
        f"Make the report again: kpi run {papers.stem}; or ask whoever made it.",
    )


def _translated(labels: Labels) -> dict[str, str]:
    return {column: labels(words) for column, words in ROW_COLUMN_WORDS.items()}


def _summary(run: Run, labels: Labels, cases: pd.DataFrame) -> list[str]:
    parameters = run.parameters
    as_of = labels.date(parameters.as_of)
    rows = len(cases[["table", "row_no"]].drop_duplicates())
    quarter = labels.quarter(run.quarter)
    lines = [
        labels("Rows set aside, {quarter}", quarter=quarter),
        parameters.organisation.name,
        labels("as of {day}", day=as_of),
        labels("The data are synthetic.") if parameters.synthetic else "",
        labels.plural(
            "{n} row broke a rule and is counted in no figure.",
            "{n} rows broke a rule and are counted in no figure.",
            rows,
        ),
        labels(
            "Please correct them in the case system. A row that breaks several rules has a line "
            "for each."
        ),
        labels("This list is about persons: it is for the office alone and is not published."),
    ]
    return [line for line in lines if line]


def _tables(papers: Path, run: Run, labels: Labels) -> pd.DataFrame:
    """Return how many rows of each table were read, to the row: run.json has multiples."""
    names = ["rows_read", "rows_accepted", "rows_set_aside"]
    counted = read_frame(papers, "findings").drop_duplicates("table")
    titles = counted["table"].map(lambda name: table_title(run, labels, name))
    rows = counted.assign(table=titles)[["table", *names]]
    return rows.set_axis([labels(words) for words in TABLE_COLUMN_WORDS], axis=1)


def write_list(found: SetAsideList, path: Path, kind: str) -> None:
    """Write the list as "xlsx" (summary, counts, rows) or "csv" (the rows alone).

    Its owner alone can read it.
    """
    write = {"xlsx": _write_xlsx, "csv": _write_csv}[kind]
    try:
        write(found, private_file(path))
    except OSError as error:
        raise ExportError(
            "The list of rows set aside can be written.",
            error.strerror or "an error of the file system",
            "Close it if it is open in Excel, or name another file with --out.",
        ) from None


def _write_csv(found: SetAsideList, path: Path) -> None:
    """Write as Danish Excel opens it: UTF-8 with BOM, semicolons."""
    content = found.rows.map(harmless).to_csv(sep=";", index=False, lineterminator="\r\n")
    path.write_bytes(content.encode("utf-8-sig"))


def _write_xlsx(found: SetAsideList, path: Path) -> None:
    import openpyxl

    labels, workbook = found.labels, openpyxl.Workbook()
    workbook.remove(workbook.worksheets[0])
    summary = workbook.create_sheet(labels("Overview"))
    for line in found.summary:
        summary.append([harmless(line)])
    summary.append([])
    _add_table(summary, found.tables)
    for title, table in ((labels("Counts"), found.counts), (labels("Rows"), found.rows)):
        sheet = workbook.create_sheet(title)
        _add_table(sheet, table)
        sheet.freeze_panes = "A2"
        sheet.auto_filter.ref = sheet.dimensions
    save_workbook(workbook, path, dt.datetime.combine(found.as_of, _SAVED_AT))


def _add_table(sheet: Worksheet, table: pd.DataFrame) -> None:
    """Append a table under its bold header, each column as wide as its longest text."""
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    sheet.append([str(name) for name in table.columns])
    for cell in sheet[sheet.max_row]:
        cell.font = Font(bold=True)
    for row in table.itertuples(index=False):
        sheet.append([harmless(value) for value in row])
    for place, name in enumerate(table.columns, start=1):
        longest = max([len(str(name)), *(len(str(value)) for value in table[name])])
        width = min(max(longest + 2, _NARROWEST), _WIDEST)
        sheet.column_dimensions[get_column_letter(place)].width = width
