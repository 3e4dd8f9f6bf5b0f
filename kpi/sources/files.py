"""Extract files read as text, a batch at a time; nothing but the declared columns is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from kpi.errors import ContractError, SourceError, did_you_mean
from kpi.params import Source

_SPREADSHEETS = {".xlsx", ".xls", ".xlsb", ".ods"}
_ENCODINGS = {"utf-8-sig": "utf8", "utf-8": "utf8", "utf8": "utf8"}
_BLOCK_BYTES = 4 << 20


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_text(path: Path, source: Source) -> Iterator[pa.Table]:
    """Yield the mapped columns of an extract as text, in the order of its rows.

    Raises SourceError for a file that is missing, empty or not written as declared, and
    ContractError for columns that are missing or stand twice.
    """
    if not path.is_file():
        raise SourceError(
            "Every extract in the parameters exists.",
            f"no file {source.file} in the data folder",
            "Draw the extract, or correct `file` of that source.",
        )
    if path.stat().st_size == 0:
        raise empty(path)
    wanted = list(dict.fromkeys(source.columns.values()))
    if path.suffix.lower() in _SPREADSHEETS:
        yield _read_sheet(path, source, wanted)
    else:
        yield from _read_csv(path, source, wanted)


def empty(path: Path) -> SourceError:
    """Return the error for an extract without rows: never a zero."""
    return SourceError(
        "An extract holds rows; an empty one is an error, never a zero.",
        f"{path.name} is empty",
        "Draw the extract again.",
    )


def _read_csv(path: Path, source: Source, wanted: list[str]) -> Iterator[pa.Table]:
    from pyarrow import csv

    encoding = source.format.encoding.lower()
    reading = csv.ReadOptions(
        encoding=_ENCODINGS.get(encoding, encoding), block_size=_BLOCK_BYTES, use_threads=True
    )
    parsing = csv.ParseOptions(delimiter=source.format.separator, newlines_in_values=True)
    try:
        with csv.open_csv(path, reading, parsing) as probe:
            _check_header(path, probe.schema.names, wanted, source.format.separator)
        converting = csv.ConvertOptions(
            column_types=dict.fromkeys(wanted, pa.string()),
            include_columns=wanted,
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
            null_values=[""],
        )
        with csv.open_csv(path, reading, parsing, converting) as batches:
            for batch in batches:
                yield pa.Table.from_batches([batch])
    except (pa.ArrowInvalid, UnicodeError, LookupError, OSError) as error:
        raise _not_as_declared(path, source, error) from None


def _not_as_declared(path: Path, source: Source, error: Exception) -> SourceError:
    declared = f"{source.format.encoding}, separator {source.format.separator!r}"
    text = str(error)
    if "Empty CSV" in text:
        return empty(path)
    if isinstance(error, LookupError):
        found, remedy = (
            f"the encoding {source.format.encoding}",
            "Declare utf-8, utf-8-sig or cp1252.",
        )
    elif isinstance(error, UnicodeError) or "UTF8" in text or "utf" in text.lower():
        found = "letters in another encoding"
        remedy = "Declare the encoding the system writes (cp1252, utf-8, utf-8-sig, utf-16)."
    elif "Expected" in text and "columns" in text:
        row = text.partition("Row #")[2].partition(":")[0]
        found = (
            f"a row with another number of columns than the header{f' (row {row})' if row else ''}"
        )
        remedy = "The file may be cut off, or a text holds the separator without quotes."
    else:
        found = f"something unreadable ({type(error).__name__})"
        remedy = "Open the file and see whether it is whole, then draw it again."
    return SourceError(f"{path.name} is read as declared ({declared}).", found, remedy)


def _check_header(path: Path, names: list[str], wanted: list[str], separator: str = "") -> None:
    missing = [name for name in wanted if name not in names]
    if missing and len(names) == 1 and separator:
        raise SourceError(
            f"{path.name} is separated by {separator!r} as declared.",
            "one column only",
            "Declare the separator that the file uses.",
        )
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise ContractError(
            f"{path.name} has every column that the parameters name.",
            f'no column "{missing[0]}"{more}',
            did_you_mean(missing[0], names) + " Correct `columns` of that source.",
        )
    twice = sorted({name for name in wanted if names.count(name) > 1})
    if twice:
        raise ContractError(
            f"{path.name} has each column once.", f'"{twice[0]}" stands twice', "Draw it again."
        )


def _read_sheet(path: Path, source: Source, wanted: list[str]) -> pa.Table:
    rows = _sheet_rows(path, source.sheet)
    filled = [row for row in rows if any(cell is not None for cell in row)]
    if not filled:
        raise empty(path)
    names = [cell or "" for cell in filled[0]]
    _check_header(path, names, wanted)
    places = [names.index(name) for name in wanted]
    columns = [pa.array([row[place] for row in filled[1:]], pa.string()) for place in places]
    return pa.table(dict(zip(wanted, columns, strict=True)))


def _sheet_rows(path: Path, sheet: str) -> list[list[str | None]]:
    import python_calamine as calamine

    try:
        workbook = calamine.CalamineWorkbook.from_path(path)
    except (calamine.CalamineError, OSError):
        raise SourceError(
            f"{path.name} is a workbook that can be opened.",
            "one that cannot",
            "Save it again as xlsx without a password.",
        ) from None
    name = sheet or workbook.sheet_names[0]
    if name not in workbook.sheet_names:
        raise ContractError(
            f"{path.name} has the sheet that the parameters name.",
            f'no sheet "{name}"',
            did_you_mean(name, workbook.sheet_names),
        )
    cells = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
    return [[_cell_text(cell) for cell in row] for row in cells]


def _cell_text(cell: object) -> str | None:
    """Write a cell as text: dates in ISO form, whole numbers without a decimal point."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
