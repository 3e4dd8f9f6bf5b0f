"""Excel workbooks written so that the same content gives the same bytes."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openpyxl import Workbook


def save_workbook(workbook: Workbook, path: Path, saved_at: dt.datetime) -> None:
    """Save a workbook as if at a given time, in its properties and in the archive."""
    workbook.properties.created = saved_at
    written = BytesIO()
    workbook.save(written)
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
