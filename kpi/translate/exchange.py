"""What goes to a translator and comes back: a spreadsheet, or a gettext file (.po).

Both hold each text with its name, its source and its translation. Stale translations are shown as
earlier ones (in a gettext file: as fuzzy) and count only when they are given anew.
"""

from __future__ import annotations

import datetime as dt
import io
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from kpi.errors import ParameterError, did_you_mean
from kpi.labels import Labels, language_name
from kpi.translate import Item
from kpi.workbook import save_workbook

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

Use = TypeVar("Use")
COLUMN_WORDS = ("Name", "Source text", "Translation", "Earlier translation", "State")
STANDING_WORDS = {
    "translated": "translated",
    "missing": "missing",
    "stale": "the source has changed since",
}
_WIDTHS = (34, 70, 70, 40, 16)
_SAVED_AT = dt.time(12)


@dataclass(frozen=True)
class Sent:
    """A text as it came back: what it is called, what it was translated from, its translation."""

    name: str
    source: str
    text: str


def write_items(found: list[Item], path: Path, *, language: str, main: str, as_of: dt.date) -> None:
    """Write texts for a translator, as the suffix of the file says (.xlsx or .po)."""
    write = _kind(path, {".xlsx": _write_sheet, ".po": _write_po})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(found, path, language, main, as_of)
    except OSError as error:
        raise ParameterError(
            "The file for the translator can be written.",
            f"{path.name}: {error.strerror or 'an error of the file system'}",
            "Close it, or name another with --export.",
        ) from None


def read_sent(path: Path) -> list[Sent]:
    """Read what a translator sent back; what is no such file is a ParameterError."""
    read = _kind(path, {".xlsx": _read_sheet, ".po": _read_po})
    if not path.is_file():
        raise ParameterError(
            "The translator's file exists.", path.name, "Name another with --import."
        )
    try:
        return read(path)
    except ParameterError:
        raise
    except Exception as error:  # noqa: BLE001 - a broken workbook has many names
        raise ParameterError(
            f"{path.name} is a file as `kpi translate --export` writes it.",
            type(error).__name__,
            "Export it again and put the translations into that file.",
        ) from None


def _kind(path: Path, known: dict[str, Use]) -> Use:
    suffix = path.suffix.lower()
    if suffix not in known:
        raise ParameterError(
            "A translator's file is a spreadsheet (.xlsx) or a gettext file (.po).",
            f'"{path.name}"',
            did_you_mean(suffix, known),
        )
    return known[suffix]


def _write_sheet(found: list[Item], path: Path, language: str, main: str, as_of: dt.date) -> None:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    labels = Labels(main)
    workbook = Workbook()
    sheet = workbook.active or workbook.create_sheet()
    sheet.title = language_name(language)
    sheet.append([str(labels(word)) for word in COLUMN_WORDS])
    for item in found:
        _append(sheet, item, labels(STANDING_WORDS[item.standing]))
    for column, width in zip("ABCDE", _WIDTHS, strict=True):
        sheet.column_dimensions[column].width = width
    for row in sheet.iter_rows():
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    save_workbook(workbook, path, dt.datetime.combine(as_of, _SAVED_AT))


def _append(sheet: Worksheet, item: Item, standing: str) -> None:
    is_stale = item.standing == "stale"
    texts = ("", item.translation) if is_stale else (item.translation, "")
    number = sheet.max_row + 1
    for place, value in enumerate((item.name, item.source, *texts, standing), start=1):
        cell = sheet.cell(number, place)
        cell.value = value or None
        if value:
            cell.data_type = "s"  # a text that begins with = is no formula
            cell.quotePrefix = value.startswith(("=", "+", "-", "@"))


def _read_sheet(path: Path) -> list[Sent]:
    from openpyxl import load_workbook

    with closing(load_workbook(path, read_only=True, data_only=True)) as workbook:
        rows = workbook.worksheets[0].iter_rows(min_row=2, max_col=3, values_only=True)
        texts = [["" if value is None else str(value).strip() for value in row] for row in rows]
    return [Sent(*row) for row in texts if row[0]]


def _write_po(found: list[Item], path: Path, language: str, main: str, as_of: dt.date) -> None:
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    saved = dt.datetime.combine(as_of, _SAVED_AT, dt.UTC)
    made = Catalog(
        locale=language, project="kpi", version="", header_comment="#", charset="utf-8",
        creation_date=saved, revision_date=saved, fuzzy=False,
    )  # fmt: skip
    labels = Labels(main)
    for item in found:
        message = made.add(
            item.source,
            item.translation,
            auto_comments=[str(labels(STANDING_WORDS[item.standing]))],
            context=item.name,
        )
        message.flags.clear()
        if item.standing == "stale":
            message.flags.add("fuzzy")
    written = io.BytesIO()
    write_po(written, made, width=0)
    path.write_bytes(written.getvalue())


def _read_po(path: Path) -> list[Sent]:
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    return [
        Sent(str(message.context), str(message.id), "" if message.fuzzy else str(message.string))
        for message in catalogue
        if message.id
    ]
