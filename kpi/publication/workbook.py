"""All disclosed figures as an accessible workbook: cover, contents, notes, one table a sheet.

It follows the British guidance for statistics in spreadsheets: a sheet has one marked table, no
empty cell stands for a figure, and every sign is explained. Numbers are numbers, not rounded.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import pandas as pd

from kpi.definitions.frames import RESULTS, Frame, table_of
from kpi.definitions.frames.contract import RATIO, Column
from kpi.definitions.kinds import is_rate
from kpi.definitions.statuses import STATUSES
from kpi.files import harmless, save_archive
from kpi.language import Labels
from kpi.page.circumstances import kinds_of, value_in_words
from kpi.page.facts import Facts
from kpi.page.frames import described, protection, sums
from kpi.page.lateness import line_name
from kpi.page.methods import definition
from kpi.page.reasons import comment
from kpi.page.remedies import BOTH
from kpi.page.times import BAND_WORDS
from kpi.page.wording import goal, status_word
from kpi.publication.document import About
from kpi.publication.symbols import NO_FIGURE, symbol_meanings, tables_of, with_symbols

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet


PERIOD_WORDS = {
    "quarter": "Quarters", "year": "Quarters", "month": "Months", "week": "Weeks", "group": "Parts",
}  # fmt: skip
"""What is said of quarters is said of years where reports are about these."""
CODE_WORDS = {
    "share": "share", "count": "number", "days": "days", "none": "no unit",
    "value": "value as reported",
    "at_least": "at least", "at_most": "at most", "between": "between",
    "quarter": "quarter", "year": "quarter", "month": "month",
    "minutes": "minutes", "hours": "hours",
    "business_minutes": "business minutes", "business_hours": "business hours",
    "week": "week", "working_days": "working days", "calendar_days": "calendar days",
    "all": "all", "met": "met", "missed": "missed", "kept": "still wait for payment runs",
    "free": "do not wait for payment runs", "on_time_median": "median of cases on time",
    "parameters": "the parameters", "other steps": "other steps",
}  # fmt: skip
TARGET_WORDS = (
    "Service target", "Target", "Value", "Lower bound", "Upper bound", "Numerator", "Denominator",
    "Cases", "Status", "Cause", "Action", "Responsible", "No later than",
)  # fmt: skip
TARGET_FIGURES = ("value", "lower", "upper", "numerator", "denominator", "n")
DEFINITION_WORDS = ("Metric", "Definition", "Limit", "Target", "Version", "Owner")
YES_NO_WORDS = ("yes", "no")
_DATE = "yyyy-mm-dd"
_FORMATS = {"count": "#,##0", "share": "0.0%", "amount": "#,##0", "days": "0.0", "date": _DATE}
_WIDE = "wide"


@dataclass(frozen=True)
class Sheet:
    """A sheet: its name, what it is about, its headings, and its rows with a format for each cell.

    A format is one of Excel's, "" for texts, or "wide" for texts that are broken into lines.
    """

    name: str
    about: str
    headings: list[str]
    rows: list[list[Any]]
    formats: list[list[str]]


def sheets_of(facts: Facts) -> Iterator[Sheet]:
    """Yield the sheets of a report's figures: the quarter's targets first."""
    yield _targets(facts)
    for name, frame in tables_of(facts):
        for title, part in _parts(facts, name, frame):
            yield _table(facts, name, title, part)


def definitions_of(facts: Facts) -> Sheet:
    """Return the metrics' definitions as a sheet."""
    found = [definition(facts, metric) for metric in facts.metrics]
    rows = [
        [
            facts.title(one.metric), one.words, one.limit, one.target, one.version,
            _own(facts, one.described.owner),
        ]
        for one in found
    ]  # fmt: skip
    return _texts(facts, "Definitions", "What is counted, in words.", DEFINITION_WORDS, rows)


def _targets(facts: Facts) -> Sheet:
    labels = facts.labels
    rows, formats = [], []
    shown = with_symbols("results", facts.results)
    for metric in facts.targets:
        chosen = (
            (facts.results["metric"] == metric)
            & (facts.results["period"] == str(facts.quarter))
            & (facts.results["group"] == "")
        )
        row, remarks = shown[chosen].iloc[0], comment(facts, metric)
        said = dict(remarks.said or ())
        rows.append(
            [
                facts.title(metric), goal(facts, metric),
                *(row[name] for name in TARGET_FIGURES),
                status_word(labels, row["status"]),
                *(_own(facts, said.get(part)) for part in ("cause", "action", "owner")),
                said.get("due") or NO_FIGURE,
            ]
        )  # fmt: skip
        figure = _of_figure(str(row["unit"]))
        counts = [_of_number(row[name]) for name in ("numerator", "denominator", "n")]
        formats.append([_WIDE, "", *[figure] * 3, *counts, "", _WIDE, _WIDE, "", _DATE])
    quarter = labels.quarter(facts.quarter)
    about = labels("The service targets in {quarter}, with what is done.", quarter=quarter)
    return Sheet(
        labels("Service targets"), about, [labels(word) for word in TARGET_WORDS], rows, formats
    )


def _own(facts: Facts, text: str | None) -> str:
    """Return a text of the parameters in the language of the workbook, if it has one."""
    return (facts.translation(text) or text) if text else NO_FIGURE


def _texts(
    facts: Facts, name: str, about: str, headings: tuple[str, ...], rows: list[list[Any]]
) -> Sheet:
    labels = facts.labels
    rows = [[cell or NO_FIGURE for cell in row] for row in rows]
    formats = [[_WIDE] * len(headings) for _ in rows]
    return Sheet(labels(name), labels(about), [labels(word) for word in headings], rows, formats)


def _parts(facts: Facts, name: str, frame: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Split the results by kind of period; other tables are one sheet."""
    labels = facts.labels
    if name != RESULTS.name:
        yield labels(table_of(name).title), frame
        return
    whole = frame["group"] == ""
    for kind, words in PERIOD_WORDS.items():
        chosen = ~whole if kind == "group" else whole & (frame["period_kind"] == kind)
        if chosen.any():
            yield labels(words), frame[chosen]


def _table(facts: Facts, name: str, title: str, frame: pd.DataFrame) -> Sheet:
    labels, contract = facts.labels, table_of(name)
    shown = with_symbols(name, frame)
    columns = [name for name in shown.columns if _says_something(contract, name, shown[name])]
    units = shown["unit"].tolist() if "unit" in shown.columns else [""] * len(shown)
    worded = {column: _worded(facts, contract, column, shown) for column in columns}
    about = (labels(contract.about), *sums(labels, contract), protection(labels, contract))
    rows = [list(row) for row in zip(*worded.values(), strict=True)]
    described = [contract[column] for column in columns]
    return Sheet(
        title,
        " ".join(about),
        [labels(column.title) for column in described],
        rows,
        [
            [format_of(*one, unit) for one in zip(described, row, strict=True)]
            for row, unit in zip(rows, units, strict=True)
        ],
    )


def _says_something(contract: Frame, column: str, values: pd.Series[Any]) -> bool:
    """Tell a column apart that has no figure at all in this table."""
    has_words = contract[column].kind in {"text", "date", "yes_no"}
    return has_words or bool((values != NO_FIGURE).any())


def format_of(column: Column, value: Any, unit: str) -> str:
    """Return how a cell of a column is written in a row whose figure is in a unit."""
    if column.kind != "number":
        return _FORMATS.get(column.kind, "")
    if column.unit == RATIO:
        return _FORMATS["share"]
    return _of_figure(unit) if column.unit.told_by else _of_number(value)


def _of_figure(unit: str) -> str:
    formats = {name: _FORMATS[name] for name in ("share", "count", "days")}
    return formats.get(unit, "0.0" if is_rate(unit) else "General")


def _of_number(value: Any) -> str:
    """Return how what is divided is written, and what it is divided by: 57; 62; 13.2."""
    is_whole = isinstance(value, str) or float(value).is_integer()
    return _FORMATS["count"] if is_whole else "#,##0.0"


def _worded(facts: Facts, contract: Frame, column: str, frame: pd.DataFrame) -> list[Any]:
    """Write a column's codes in words; an empty text is no figure, all of a group is all."""
    labels, values = facts.labels, frame[column]
    kind = contract[column].kind
    if kind == "yes_no":
        return [labels(YES_NO_WORDS[0 if value else 1]) for value in values]
    if kind == "date":
        return [_day(value) for value in values]
    if kind != "text":
        return values.tolist()
    if column == "metric":
        return [facts.title(value) for value in values]
    if column == "value" and "circumstance" in frame.columns:
        of_rows = zip(frame["metric"], frame["circumstance"], values, strict=True)
        return [value_in_words(facts, *map(str, one)) for one in of_rows]
    metrics = frame["metric"] if "metric" in frame.columns else [""] * len(frame)
    pairs = list(zip(metrics, values, strict=True))
    known = {pair: _word(facts, column, *pair) for pair in dict.fromkeys(pairs)}
    return [known[pair] for pair in pairs]


def _day(value: object) -> dt.date | str:
    """Return a day as a date of the workbook; what is no day keeps its sign."""
    try:
        return dt.date.fromisoformat(str(value)[:10])
    except ValueError:
        return str(value) or NO_FIGURE


def _word(facts: Facts, column: str, metric: str, value: str) -> str:
    labels = facts.labels
    if column.endswith("suppressed"):
        return labels(YES_NO_WORDS[0 if value else 1])
    if not value:
        return labels("all") if column == "group" else NO_FIGURE
    if column == "group":
        group, _, part = value.partition("=")
        return facts.value(metric, group, part) or value
    if column == "period":
        return value
    if column.endswith(("status", "verdict")) and value in STATUSES:
        return status_word(labels, value)
    return _own_word(facts, column, metric, value) or _code(labels, column, value)


def _own_word(facts: Facts, column: str, metric: str, value: str) -> str:
    """Write what the metric's subject has words for; else nothing."""
    if column in {"stage", "stages"}:
        return ", ".join(line_name(facts, metric, part) for part in value.split(BOTH))
    if column == "circumstance":
        return kinds_of(facts, metric).get(value, value)
    if column == "step":
        return facts.step(metric, value)
    is_unit = column == "unit" and is_rate(value)
    return facts.labels(facts.per(metric).short) if is_unit else ""


def _code(labels: Labels, column: str, value: str) -> str:
    words = {**CODE_WORDS, **(BAND_WORDS if column == "band" else {})}
    return labels(words[value]) if value in words else value


_HEADER_ROW = 3
_LONGEST_NAME = 31
_NARROWEST, _WIDEST = 9, 60
_LINE_HEIGHT = 15
_PLAIN = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
SIGN_WORDS = ("Sign", "Meaning")
CONTENT_WORDS = ("Sheet", "What it holds", "Rows")
COLUMN_HEADING_WORDS = ("Table", "Column", "Meaning")


def write_spreadsheet(folder: Path, target: Path, about: About, marks: list[str]) -> None:
    """Write the workbook of a report's folder in a language; the same figures, the same bytes."""
    import xlsxwriter

    facts = Facts.read(folder, about.language)
    written = BytesIO()
    book = xlsxwriter.Workbook(written, {"in_memory": True, **_PLAIN})
    book.set_properties(
        {
            "title": about.title, "author": about.author, "company": about.author,
            "subject": ", ".join(marks), "created": about.moment,
        }
    )  # fmt: skip
    _Writer(book, facts.labels).write(facts, about, marks)
    book.close()
    save_archive(written, target, about.moment)


class _Writer:
    """Writes sheet after sheet, with the few formats that they share."""

    def __init__(self, book: Workbook, labels: Labels) -> None:
        self.book, self.labels = book, labels
        self._formats: dict[str, Any] = {}
        self._tables = 0

    def write(self, facts: Facts, about: About, marks: list[str]) -> None:
        """Write the cover, the contents, the notes and the figures."""
        labels = self.labels
        cover = self.book.add_worksheet(labels("Cover"))
        contents = self.book.add_worksheet(labels("Contents"))
        self._cover(cover, facts, about, marks)
        tables = [table_of(name) for name, _ in tables_of(facts)]
        sheets = [definitions_of(facts), self._columns(tables), *sheets_of(facts)]
        listed = [[sheet.name, sheet.about, len(sheet.rows)] for sheet in sheets]
        for sheet in sheets:
            self._sheet(self.book.add_worksheet(_short(sheet.name)), sheet)
        formats = [["", "wide", "#,##0"] for _ in listed]
        headings = [labels(word) for word in CONTENT_WORDS]
        about_contents = labels("Each sheet holds one table.")
        self._sheet(contents, Sheet(labels("Contents"), about_contents, headings, listed, formats))
        for place, sheet in enumerate(sheets):
            address = f"internal:'{_short(sheet.name)}'!A1"
            link = self._format("link")
            contents.write_url(_HEADER_ROW + 1 + place, 0, address, link, string=sheet.name)

    def _cover(self, page: Worksheet, facts: Facts, about: About, marks: list[str]) -> None:
        """Write whose figures these are, what they are worth, and what the signs mean."""
        labels = self.labels
        page.set_column(0, 0, 18)
        page.set_column(1, 1, 90)
        _fit_to_paper(page)
        page.write_string(0, 0, about.title, self._format("title"))
        lines = [
            about.author,
            labels("as of {day}", day=labels.date(facts.as_of)),
            *marks,
            labels("The data are synthetic.") if facts.parameters.synthetic else "",
            labels("Figures are not rounded; their cells show them rounded."),
        ]
        said = [line for line in lines if line]
        for row, line in enumerate(said, start=1):
            page.write_string(row, 0, line, self._format("mark" if line in marks else ""))
        top = len(said) + 2
        page.write_string(top, 0, labels("Signs"), self._format("heading"))
        rows = [list(pair) for pair in symbol_meanings(labels).items()]
        headings = [labels(word) for word in SIGN_WORDS]
        self._add_table(page, top + 1, headings, rows, [["", "wide"] for _ in rows])
        page.hide_gridlines(2)

    def _columns(self, frames: Iterable[Frame]) -> Sheet:
        """Return what every column of the tables means as a sheet."""
        labels = self.labels
        rows = [
            [labels(frame.title), column.title, column.meaning]
            for frame in frames
            for column in described(labels, frame)
        ]
        return Sheet(
            labels("Columns"),
            labels("What the columns of the tables mean."),
            [labels(word) for word in COLUMN_HEADING_WORDS],
            rows,
            [["", "", "wide"] for _ in rows],
        )

    def _sheet(self, page: Worksheet, sheet: Sheet) -> None:
        """Write a sheet: its title, what it is about, its table; the headings stay in sight."""
        page.write_string(0, 0, sheet.name, self._format("title"))
        page.write_string(1, 0, sheet.about)
        widths = [
            _width(heading, [row[column] for row in sheet.rows])
            for column, heading in enumerate(sheet.headings)
        ]
        for column, width in enumerate(widths):
            page.set_column(column, column, width)
        for place, (row, looks) in enumerate(zip(sheet.rows, sheet.formats, strict=True)):
            if (lines := _lines(row, looks, widths)) > 1:
                page.set_row(_HEADER_ROW + 1 + place, lines * _LINE_HEIGHT)
        self._add_table(page, _HEADER_ROW, sheet.headings, sheet.rows, sheet.formats)
        page.freeze_panes(_HEADER_ROW + 1, 1)
        page.repeat_rows(_HEADER_ROW)
        _fit_to_paper(page)

    def _add_table(
        self,
        page: Worksheet,
        top: int,
        headings: list[str],
        rows: list[list[Any]],
        formats: list[list[str]],
    ) -> None:
        """Write a table's cells and mark them as a table, with its headings."""
        for place, (row, looks) in enumerate(zip(rows, formats, strict=True), start=top + 1):
            for column, (value, look) in enumerate(zip(row, looks, strict=True)):
                if isinstance(value, str):
                    is_sign = bool(look) and look != "wide"
                    style = self._format("sign" if is_sign else look)
                    page.write_string(place, column, harmless(value), style)
                elif isinstance(value, dt.date):
                    page.write_datetime(place, column, value, self._format(look))
                else:
                    page.write_number(place, column, value, self._format(look))
        self._tables += 1
        page.add_table(
            top, 0, top + max(len(rows), 1), len(headings) - 1,
            {
                "name": f"Table{self._tables}",
                "style": "Table Style Light 1",
                "banded_rows": False,
                "first_column": True,
                "columns": [
                    {"header": name, "header_format": self._format("head")}
                    for name in _apart(headings)
                ],
            },
        )  # fmt: skip

    def _format(self, look: str) -> Any:
        if look not in self._formats:
            known: dict[str, dict[str, Any]] = {
                "title": {"bold": True, "font_size": 16},
                "heading": {"bold": True, "font_size": 12},
                "mark": {"bold": True, "font_color": "#a4380c"},
                "head": {"bold": True, "text_wrap": True, "valign": "bottom"},
                "sign": {"align": "right", "font_color": "#55606b", "valign": "top"},
                "link": {"font_color": "#24597c", "underline": 1, "valign": "top"},
                "wide": {"text_wrap": True, "valign": "top"},
                "": {"valign": "top"},
            }
            look_of = known.get(look, {"num_format": look, "valign": "top"})
            self._formats[look] = self.book.add_format({"font_name": "Arial", **look_of})
        return self._formats[look]


def _apart(headings: list[str]) -> list[str]:
    """Return headings of which no two are alike: a table's columns have names of their own."""
    seen: dict[str, int] = {}
    apart = []
    for heading in headings:
        seen[heading] = seen.get(heading, 0) + 1
        apart.append(heading if seen[heading] == 1 else f"{heading} ({seen[heading]})")
    return apart


def _short(name: str) -> str:
    """Return the name of a sheet as Excel allows it."""
    allowed = "".join(sign for sign in name if sign not in "[]:*?/\\")
    return allowed[:_LONGEST_NAME].strip("' ")


def _fit_to_paper(page: Worksheet) -> None:
    """Print a sheet as wide as a page of A4 that lies."""
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)


def _lines(row: list[Any], looks: list[str], widths: list[int]) -> int:
    """Return how many lines the texts of a row take that are broken into lines.

    Programs that open a workbook do not all find that out by themselves.
    """
    broken = (
        len(wrap(value, width))
        for value, look, width in zip(row, looks, widths, strict=True)
        if look == _WIDE and isinstance(value, str)
    )
    return max(broken, default=1)


def _width(heading: str, values: list[Any]) -> int:
    """Return how wide a column is: as its longest text, but no wider than can be read."""
    longest = max(
        (len(str(value)) for value in values if isinstance(value, str | dt.date)), default=0
    )
    words = max((len(word) for word in heading.split()), default=0)
    return min(max(longest + 2, words + 4, _NARROWEST), _WIDEST)
