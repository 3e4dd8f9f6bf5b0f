"""Extract files opened as what they are: text, a sheet of a workbook, Parquet."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from kpi.params import Source
from kpi.sources.csv_file import CsvFile
from kpi.sources.extract import Part
from kpi.sources.files import kind_of
from kpi.sources.parquet_file import ParquetFile
from kpi.sources.workbook import Sheet


def open_file(
    path: Path, source: Source, dates: Collection[str] = (), others: Collection[str] = ()
) -> Part:
    """Open one file of a source; `dates` are its columns of dates.

    `others` are columns that are wanted beside those of the contract.
    """
    return _opened(path, source, list(dict.fromkeys((*source.columns.values(), *others))), dates)


def columns_in(path: Path, source: Source) -> tuple[str, ...]:
    """Return what the columns of a file are called, in their order, whatever is wanted of them."""
    return _opened(path, source, (), ()).names


def _opened(
    path: Path, source: Source, wanted: Sequence[str], dates: Collection[str]
) -> CsvFile | Sheet | ParquetFile:
    kind = kind_of(path)
    if kind == "sheet":
        return Sheet(path, source.sheet, wanted, dates)
    if kind == "parquet":
        return ParquetFile(path, wanted)
    return CsvFile(path, source.format, wanted)
