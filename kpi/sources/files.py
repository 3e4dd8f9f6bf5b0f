"""The files of an extract: found, and seen to be what their names say, before anything is read."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from kpi.errors import ParameterError, SourceError

Kind = Literal["csv", "sheet", "parquet"]

SPREADSHEETS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
MOST_UNFOLDED = 2 * 10**9  # bytes: a million rows of twenty columns
_GIGABYTE = 10**9
GZIP = b"\x1f\x8b"
_ZIP, _OLE, _PDF, _PARQUET = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"PAR1"
_MARKUP = (b"<html", b"<!doctype html", b"<table", b"<?xml", b"<head", b"<meta")
_LOCKED = "EncryptedPackage".encode("utf-16-le")


def find_files(data: Path, file: str, allowed: Sequence[str] = ()) -> list[Path]:
    """Return the files that a source names: one, or all that fit a pattern, in their order.

    `allowed` are folders outside the data folder where the parameters let extracts lie. Raises
    SourceError where there is none, or where one is a folder or may not be read; ParameterError
    where one lies elsewhere.
    """
    found = fitting(data, file, allowed)
    if not found:
        raise SourceError(
            "A pattern in the parameters fits at least one extract.",
            f"no file {file} in the data folder",
            "Draw the extracts, or correct `file` of that source.",
        )
    for path in found:
        see_inside(path, data, allowed)
        see_readable(path, file)
    return found


def fitting(data: Path, file: str, allowed: Sequence[str] = ()) -> list[Path]:
    """Return the file of this name, or those that fit a pattern, in the first folder with any.

    That is the data folder, or one that is allowed. A file that is named and is nowhere is told as
    one of the data folder.
    """
    is_pattern = any(sign in file for sign in "*?[")
    for folder in (data, *(data / one for one in allowed)):
        exact = folder / file
        if exact.exists():
            return [exact]
        fitting = (path for path in folder.glob(file) if path.is_file()) if is_pattern else ()
        found = sorted(path for path in fitting if not path.name.startswith((".", "~$")))
        if found:
            return found
    return [] if is_pattern else [data / file]


def see_inside(path: Path, data: Path, allowed: Sequence[str] = ()) -> None:
    """Raise ParameterError unless a file lies in the data folder or an allowed one, links followed.

    An analyst's parameters name extracts; they are no way to any other file of the machine.
    """
    place = path.resolve()
    if not any(place.is_relative_to((data / one).resolve()) for one in ("", *allowed)):
        raise ParameterError(
            "Extracts are read from the data folder, and from folders that the parameters allow.",
            f"{path.name} lies in neither",
            "Copy it into the data folder, name another with --data, or add its folder to "
            "extract_folders.",
        )


def see_readable(path: Path, file: str) -> None:
    """Raise SourceError for a file that is missing, a folder, empty, or may not be read."""
    if path.is_dir():
        raise SourceError(
            f"{path.name} is a file.",
            "a folder",
            "Name the file in it, or a pattern, as `file` of that source.",
        )
    try:
        with path.open("rb") as opened:
            is_empty = not opened.read(1)
    except FileNotFoundError:
        raise SourceError(
            "Every extract in the parameters exists.",
            f"no file {file} in the data folder",
            "Draw the extract, or correct `file` of that source.",
        ) from None
    except OSError as error:
        raise SourceError(
            f"{path.name} may be read by whoever runs this.",
            error.strerror or type(error).__name__,
            "Ask for the right to read it, or close the program that holds it open.",
        ) from None
    if is_empty:
        raise empty(path.name)


def empty(name: str) -> SourceError:
    """Return the error for an extract without rows: never a zero."""
    return SourceError(
        "An extract holds rows; an empty one is an error, never a zero.",
        f"{name} is empty",
        "Draw the extract again.",
    )


def kind_of(path: Path) -> Kind:
    """Return how a file is read; SourceError where its content is not what its name says."""
    suffix = path.suffix.lower()
    with path.open("rb") as file:
        head = file.read(1024)
    if suffix in SPREADSHEETS:
        _see_workbook(path, head)
        return "sheet"
    if suffix == ".parquet":
        if not head.startswith(_PARQUET):
            raise _another(path, "a Parquet file", "something else")
        return "parquet"
    for beginning, what in _STRANGERS.items():
        if head.startswith(beginning):
            raise _another(path, "a text file", what)
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith(_MARKUP):
        raise _another(path, "a text file", "a web page")
    return "csv"


_STRANGERS = {
    _ZIP: "a zip archive or a workbook",
    _OLE: "a workbook of an old kind",
    _PDF: "a PDF",
    _PARQUET: "a Parquet file",
}


def _another(path: Path, wanted: str, found: str) -> SourceError:
    return SourceError(
        f"{path.name} is {wanted}, as its name says.",
        f"{path.name} holds {found}",
        "Unpack it, or give the file the ending of what it holds (.csv, .xlsx, .xls, .xlsb, .ods, "
        ".parquet).",
    )


def _see_workbook(path: Path, head: bytes) -> None:
    if head.startswith(_OLE):
        if _LOCKED in path.read_bytes():
            raise locked(path)
        if path.suffix.lower() != ".xls":
            raise _another(path, "a workbook of its kind", "a workbook of an old kind (.xls)")
    elif head.startswith(_ZIP):
        _see_whole(path)
    elif head.lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith(_MARKUP):
        raise SourceError(
            f"{path.name} is a workbook, as its name says.",
            f"{path.name} holds a web page, as some systems write it for spreadsheets",
            "Open it in the spreadsheet program and save it as xlsx, or draw it as csv.",
        )
    else:
        raise _another(path, "a workbook", "something else, perhaps text")


def _see_whole(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            unfolded = sum(part.file_size for part in archive.infolist())
    except zipfile.BadZipFile:
        raise SourceError(
            f"{path.name} is a whole workbook.",
            f"{path.name} is cut off or damaged",
            "Copy or draw it again.",
        ) from None
    if not any(name.startswith("xl/") or name == "content.xml" for name in names):
        raise _another(path, "a workbook", "a zip archive without one")
    if unfolded > MOST_UNFOLDED:
        raise SourceError(
            f"A workbook unfolds to at most {MOST_UNFOLDED / _GIGABYTE:.0f} GB; it is held whole.",
            f"{path.name} of {path.stat().st_size / _GIGABYTE:.3f} GB unfolds to "
            f"{unfolded / _GIGABYTE:.1f} GB",
            "Take out empty rows and formats, or draw it as csv or Parquet, which may be larger "
            "than the memory.",
        )


def locked(path: Path) -> SourceError:
    """Return the error for a workbook with a password."""
    return SourceError(
        f"{path.name} can be opened without a password.",
        f"{path.name} is locked with a password",
        "Save it without one, in a folder that only those may read who need it.",
    )


_DATES_IN_NAMES = (
    (r"(?<!\d)(\d{4})[-_.]?(0[1-9]|1[0-2])[-_.]?([0-2]\d|3[01])(?!\d)", (1, 2, 3)),
    (r"(?<!\d)([0-2]\d|3[01])[-_.](0[1-9]|1[0-2])[-_.](\d{4})(?!\d)", (3, 2, 1)),
    (r"(?<!\d)(\d{4})[-_.]?[QKqk]([1-4])(?!\d)", (1, 2)),
    (r"(?<!\d)(\d{4})[-_.]?[WUwu](\d{2})(?!\d)", (1, 2)),
    (r"(?<!\d)(\d{4})[-_.](0[1-9]|1[0-2])(?!\d)", (1, 2)),
)


def by_date(paths: list[Path]) -> list[int]:
    """Tell for each file how late it is among the others, by the dates in their names.

    Raises ParameterError where a file has no date in its name, or they are of different kinds.
    """
    for pattern, order in _DATES_IN_NAMES:
        found = [re.search(pattern, path.stem) for path in paths]
        if all(found):
            days = [tuple(int(one[part]) for part in order) for one in found if one]
            ranks = {day: rank for rank, day in enumerate(sorted(set(days)))}
            return [ranks[day] for day in days]
    raise ParameterError(
        "With latest: extract each file has its date in its name.",
        f"{len(paths)} files without one, or with dates of different kinds",
        "Name them as regninger_2020-01-15.csv, or let `latest` name a column of dates that tells "
        "when a row was written.",
    )
