"""A Parquet file, its columns as text, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from kpi.errors import ContractError, SourceError
from kpi.params.quarter_file import FileFormat
from kpi.sources.columns import check_header

_ROWS_SAMPLED = 5_000


class ParquetFile:
    """A Parquet file; moments with an offset are written as the wall clock of a zone."""

    encoding = separator = ""
    detected: tuple[str, ...] = ()

    def __init__(self, path: Path, wanted: Sequence[str], zone: str) -> None:
        self.path, self.name, self.wanted, self._zone = path, path.name, wanted, zone
        self.doubts: dict[str, int] = {}

    @cached_property
    def _file(self) -> Any:
        from pyarrow import parquet

        try:
            file = parquet.ParquetFile(self.path)
        except (pa.ArrowInvalid, OSError):
            raise self._damaged() from None
        check_header(self.name, file.schema_arrow.names, self.wanted)
        for name in self.wanted:
            kind = file.schema_arrow.field(name).type
            if pa.types.is_nested(kind) or pa.types.is_binary(kind):
                raise ContractError(
                    f"Each column of {self.name} that is named holds one plain value a row.",
                    f'"{name}" is of the type {kind.id and str(kind).partition("<")[0]}',
                    "Name a column of plain values, or have the file written with one.",
                )
        return file

    def _damaged(self) -> SourceError:
        return SourceError(
            f"{self.name} is a whole Parquet file.",
            f"{self.name} is cut off or damaged",
            "Copy or draw it again.",
        )

    def sample(self) -> dict[str, list[str]]:
        """Return the first values of the columns that hold text."""
        names = [name for name in self.wanted if _is_text(self._file.schema_arrow.field(name).type)]
        try:
            batch = next(self._file.iter_batches(_ROWS_SAMPLED, columns=names), None)
        except (pa.ArrowInvalid, OSError):
            raise self._damaged() from None
        if batch is None:
            return {name: [] for name in self.wanted}
        texts = {name: batch[name].cast(pa.string()).drop_null().to_pylist() for name in names}
        return {name: texts.get(name, []) for name in self.wanted}

    def tables(self, written: FileFormat) -> Iterator[pa.Table]:
        """Yield the wanted columns as text."""
        try:
            for batch in self._file.iter_batches(columns=list(self.wanted)):
                yield pa.table(
                    {
                        name: _texts(batch[name], written.decimal or ".", self._zone)
                        for name in self.wanted
                    }
                )
        except (pa.ArrowInvalid, OSError):
            raise self._damaged() from None


def _is_text(kind: pa.DataType) -> bool:
    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(
        pa.types.is_string(plain)
        or pa.types.is_large_string(plain)
        or pa.types.is_string_view(plain)
    )


def _texts(values: pa.Array, decimal: str, zone: str) -> pa.Array:
    import pyarrow.compute as pc

    kind = values.type
    if pa.types.is_dictionary(kind):
        return _texts(values.cast(kind.value_type), decimal, zone)
    if pa.types.is_timestamp(kind):
        local = (
            pc.local_timestamp(values.cast(pa.timestamp(kind.unit, zone))) if kind.tz else values
        )
        return pc.strftime(local.cast(pa.timestamp("s"), safe=False), "%Y-%m-%d %H:%M:%S")
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        texts = values.cast(pa.string()) if pa.types.is_decimal(kind) else _floats(values)
        whole = pc.replace_substring_regex(texts, r"\.0+$", "")
        return pc.replace_substring(whole, ".", decimal)
    return values.cast(pa.string())


def _floats(values: pa.Array) -> pa.Array:
    """Write numbers without an exponent; what is no number is missing."""
    import pyarrow.compute as pc

    finite = pc.if_else(pc.is_finite(values), values, pa.scalar(None, values.type))
    texts = finite.cast(pa.string())
    if not pc.any(pc.match_substring(texts, "e")).as_py():
        return texts
    from kpi.sources.workbook import cell_text

    return pa.array([cell_text(value, ".") for value in finite.to_pylist()], pa.string())
