"""Office files written so that the same content gives the same bytes, and no cell is a formula."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from openpyxl import Workbook

Value = TypeVar("Value")
_FORMULA = re.compile(r"^[=+\-@\t\r\n]")


def save_workbook(workbook: Workbook, path: Path, saved_at: dt.datetime) -> None:
    """Save a workbook as if at a given time, in its properties and in the archive."""
    workbook.properties.created = saved_at
    written = BytesIO()
    workbook.save(written)
    save_archive(written, path, saved_at)


def save_archive(written: BytesIO, path: Path, saved_at: dt.datetime) -> None:
    """Save an office file (a zip archive) as if all in it were written at a given time."""
    with zipfile.ZipFile(written) as saved, zipfile.ZipFile(path, "w") as archive:
        for name in saved.namelist():
            entry = zipfile.ZipInfo(name, saved_at.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, _as_if_at(saved_at, name, saved.read(name)))


def _as_if_at(saved_at: dt.datetime, name: str, content: bytes) -> bytes:
    """Fix the time of the last change, which openpyxl sets while saving."""
    if name != "docProps/core.xml":
        return content
    fixed = f"{saved_at:%Y-%m-%dT%H:%M:%SZ}".encode()
    return re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + fixed, content)


def harmless(value: Value) -> Value | str:
    """Return a cell that no spreadsheet takes for a formula: a text like one gets an apostrophe.

    >>> harmless("=1+1"), harmless("a=1"), harmless(-1)
    ("'=1+1", 'a=1', -1)
    """
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value
