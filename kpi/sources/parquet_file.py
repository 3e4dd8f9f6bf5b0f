"""A Parquet file, its columns as text, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from kpi.errors import ContractError, SourceError
from kpi.sources.cells import cell_text
from kpi.sources.columns import places_of
from kpi.sources.extract import Doubt

_TO_THE_SECOND = "%Y-%m-%d %H:%M:%S"


class ParquetFile:
    """A Parquet file; moments that have an offset are written with it.

    Spark's INT96 names no zone; its moments are instants, as Spark, Hive and Presto write them.
    """

    detected: tuple[str, ...] = ()

    def __init__(self, path: Path, wanted: Sequence[str]) -> None:
        self.path, self.name, self.wanted = path, path.name, wanted
        self.doubts: list[Doubt] = []
        self.written: dict[str, str] = {}

    @cached_property
    def _file(self) -> Any:
        from pyarrow import parquet

        try:
            return parquet.ParquetFile(self.path)
        except (pa.ArrowInvalid, OSError):
            raise self._damaged() from None

    @property
    def names(self) -> tuple[str, ...]:
        """What its columns of plain values are called, in their order."""
        return tuple(one.name for one in self._file.schema_arrow if _is_plain(one.type))

    @cached_property
    def _names(self) -> dict[str, str]:
        """What the wanted columns are called in the file, letter by letter."""
        schema = self._file.schema_arrow
        places = places_of(self.name, schema.names, self.wanted)
        names = {name: schema.names[place] for name, place in places.items()}
        for name in names.values():
            kind = schema.field(name).type
            if not _is_plain(kind):
                raise ContractError(
                    f"Each column of {self.name} that is named holds one plain value a row.",
                    f'"{name}" is of the type {kind.id and str(kind).partition("<")[0]}',
                    "Name a column of plain values, or have the file written with one.",
                )
        return names

    @cached_property
    def _instants(self) -> set[str]:
        """The columns that are instants though their type does not say so: Spark's INT96."""
        schema = self._file.schema
        columns = (schema.column(place) for place in range(len(schema.names)))
        return {one.name for one in columns if one.physical_type == "INT96"}

    def _damaged(self) -> SourceError:
        return SourceError(
            f"{self.name} is a whole Parquet file.",
            f"{self.name} is cut off or damaged",
            "Copy or draw it again.",
        )

    def tables(self) -> Iterator[pa.Table]:
        """Yield the wanted columns as text."""
        names = self._names
        rows = 0
        try:
            for batch in self._file.iter_batches(columns=list(dict.fromkeys(names.values()))):
                rows += batch.num_rows
                yield pa.table(
                    {
                        name: texts_of(batch[column], is_instant=column in self._instants)
                        for name, column in names.items()
                    }
                )
        except (pa.ArrowInvalid, OSError):
            raise self._damaged() from None
        assumed = tuple(name for name, column in names.items() if column in self._instants)
        if assumed:
            self.doubts.append(Doubt("zone_assumed", rows, assumed))


def _is_plain(kind: pa.DataType) -> bool:
    return not (pa.types.is_nested(kind) or pa.types.is_binary(kind))


def texts_of(values: pa.Array, *, is_instant: bool = False) -> pa.Array:
    """Write values as texts: days and moments in ISO form, fractions with an exponent of zero."""
    import pyarrow.compute as pc

    kind = values.type
    if pa.types.is_dictionary(kind):
        return texts_of(values.cast(kind.value_type), is_instant=is_instant)
    if pa.types.is_timestamp(kind):
        zone = kind.tz or ("UTC" if is_instant else None)
        seconds = values.cast(pa.timestamp("s", kind.tz), safe=False)
        if zone and not kind.tz:
            seconds = pc.assume_timezone(seconds, zone)
        return pc.strftime(seconds, f"{_TO_THE_SECOND}%z" if zone else _TO_THE_SECOND)
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _numbers(values)
    return values.cast(pa.string())


def _numbers(values: pa.Array) -> pa.Array:
    """Write numbers as cells are: whole ones without a decimal sign, others with e0.

    What is no number ("NaN") is how a missing one is stored.
    """
    import pyarrow.compute as pc

    if pa.types.is_floating(values.type):
        values = pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)
    texts = values.cast(pa.string())
    if pc.any(pc.match_substring_regex(texts, "[a-zA-Z]")).as_py():
        return pa.array([cell_text(value) for value in values.to_pylist()], pa.string())
    whole = pc.replace_substring_regex(texts, r"\.0+$", "")
    has_part = pc.match_substring(whole, ".")
    return pc.if_else(has_part, pc.binary_join_element_wise(whole, "e0", ""), whole)
