"""All disclosed figures as an accessible workbook: cover, contents, notes, one table a sheet.

It follows the British guidance for statistics in spreadsheets: a sheet has one marked table, no
empty cell stands for a figure, and every sign is explained. Numbers are numbers, not rounded.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpi.export.about import About
from kpi.export.columns import COLUMN_WORDS, MEANING_WORDS
from kpi.export.sheets import Sheet, definitions_of, sheets_of
from kpi.export.symbols import symbol_meanings
from kpi.labels import Labels
from kpi.present.facts import Facts
from kpi.workbook import harmless, save_archive

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook  # type: ignore[import-untyped]
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

_HEADER_ROW = 3
_LONGEST_NAME = 31
_NARROWEST, _WIDEST = 9, 60
_PLAIN = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
SIGN_WORDS = ("Sign", "Meaning")
CONTENT_WORDS = ("Sheet", "What it holds", "Rows")
COLUMN_HEADING_WORDS = ("Column", "Meaning")


def write_spreadsheet(folder: Path, target: Path, about: About, marks: list[str]) -> None:
    """Write the workbook of a report's folder in a language; the same figures, the same bytes."""
    import xlsxwriter  # type: ignore[import-untyped]

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
        sheets = [definitions_of(facts), self._columns(), *sheets_of(facts)]
        listed = [[sheet.name, sheet.about, len(sheet.rows)] for sheet in sheets]
        for sheet in sheets:
            self._sheet(self.book.add_worksheet(_short(sheet.name)), sheet)
        formats = [["", "wide", "#,##0"] for _ in listed]
        headings = [labels(word) for word in CONTENT_WORDS]
        about_contents = labels("Each sheet holds one table.")
        self._sheet(contents, Sheet(labels("Contents"), about_contents, headings, listed, formats))
        for place, sheet in enumerate(sheets):
            address = f"internal:'{_short(sheet.name)}'!A1"
            contents.write_url(_HEADER_ROW + 1 + place, 0, address, string=sheet.name)

    def _cover(self, page: Worksheet, facts: Facts, about: About, marks: list[str]) -> None:
        """Write whose figures these are, what they are worth, and what the signs mean."""
        labels = self.labels
        page.set_column(0, 0, 18)
        page.set_column(1, 1, 90)
        page.write_string(0, 0, about.title, self._format("title"))
        lines = [
            about.author,
            labels("as of {day}", day=labels.date(facts.as_of)),
            *marks,
            labels("The data are synthetic.") if facts.parameters["synthetic"] else "",
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

    def _columns(self) -> Sheet:
        """Return what every column means as a sheet."""
        labels = self.labels
        meanings = {labels(COLUMN_WORDS[key]): labels(MEANING_WORDS[key]) for key in COLUMN_WORDS}
        rows = [list(pair) for pair in sorted(meanings.items())]
        return Sheet(
            labels("Columns"),
            labels("What the columns of the tables mean."),
            [labels(word) for word in COLUMN_HEADING_WORDS],
            rows,
            [["", "wide"] for _ in rows],
        )

    def _sheet(self, page: Worksheet, sheet: Sheet) -> None:
        """Write a sheet: its title, what it is about, its table; the headings stay in sight."""
        page.write_string(0, 0, sheet.name, self._format("title"))
        page.write_string(1, 0, sheet.about)
        for column, heading in enumerate(sheet.headings):
            page.set_column(column, column, _width(heading, [row[column] for row in sheet.rows]))
        self._add_table(page, _HEADER_ROW, sheet.headings, sheet.rows, sheet.formats)
        page.freeze_panes(_HEADER_ROW + 1, 1)
        page.repeat_rows(_HEADER_ROW)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)

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


def _width(heading: str, values: list[Any]) -> int:
    """Return how wide a column is: as its longest text, but no wider than can be read."""
    longest = max((len(value) for value in values if isinstance(value, str)), default=0)
    words = max((len(word) for word in heading.split()), default=0)
    return min(max(longest + 2, words + 4, _NARROWEST), _WIDEST)
