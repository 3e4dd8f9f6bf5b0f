"""Batches of an extract turned into the canonical columns, still as text.

Persons' numbers and caseworkers' initials become pseudonyms here, before anything is stored; what
no column of the contract names does not get this far.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pyarrow as pa

from kpi.params import Source
from kpi.sources.pseudonyms import Pseudonyms
from kpi.tables import Table
from kpi.tables.contract import PERSON_CHECK, ROW_NO, SOURCE_FILE


class Shaper:
    """Numbers the rows of all files of a table through, from 1."""

    def __init__(self, table: Table, source: Source, pseudonyms: Pseudonyms, numbers: str) -> None:
        self.table, self.source = table, source
        self.pseudonyms, self.numbers = pseudonyms, numbers
        self.rows = 0
        self.zeros_put_back = 0
        fields = [pa.field(column.name, pa.string()) for column in table.columns]
        if table.person:
            fields.append(pa.field(table.person + PERSON_CHECK, pa.string()))
        fields += [pa.field(ROW_NO, pa.int64()), pa.field(SOURCE_FILE, pa.string())]
        self.schema = pa.schema(fields)

    def batches(self, file: str, tables: Iterable[pa.Table]) -> Iterator[pa.RecordBatch]:
        """Yield the canonical batches of a file."""
        for texts in tables:
            yield from self._shape(file, texts).to_batches()

    def _shape(self, file: str, texts: pa.Table) -> pa.Table:
        columns = [self._column(texts, column.name) for column in self.table.columns]
        names = [column.name for column in self.table.columns]
        for place, column in enumerate(self.table.columns):
            if column.type == "person":
                columns[place], checks = self._persons(columns[place])
                columns.append(checks)
                names.append(column.name + PERSON_CHECK)
            elif column.type == "staff":
                columns[place] = _map_unique(columns[place], self.pseudonyms.of_staff)
        numbers = pa.array(range(self.rows + 1, self.rows + texts.num_rows + 1), pa.int64())
        self.rows += texts.num_rows
        files = pa.repeat(pa.scalar(file), texts.num_rows)
        shaped = pa.table([*columns, numbers, files], [*names, ROW_NO, SOURCE_FILE])
        return shaped.cast(self.schema)

    def _column(self, texts: pa.Table, name: str) -> pa.ChunkedArray | pa.Array:
        if name not in self.source.columns:
            constant = pa.scalar(self.source.constants.get(name), pa.string())
            return pa.repeat(constant, texts.num_rows)
        column = texts[self.source.columns[name]]
        return self._put_zeros_back(column, name) if name in self.source.widths else column

    def _put_zeros_back(self, column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
        import pyarrow.compute as pc

        width = self.source.widths[name]
        trimmed = pc.utf8_trim_whitespace(column)
        is_short = pc.and_(
            pc.match_substring_regex(trimmed, "^[0-9]+$"), pc.less(pc.utf8_length(trimmed), width)
        )
        self.zeros_put_back += pc.sum(is_short).as_py() or 0
        return pc.if_else(is_short, pc.utf8_lpad(trimmed, width, "0"), column)

    def _persons(self, numbers: pa.ChunkedArray) -> tuple[pa.Array, pa.Array]:
        def read(number: str) -> tuple[str | None, str]:
            return self.pseudonyms.of_person(number, numbers=self.numbers)

        return (
            _map_unique(numbers, lambda number: read(number)[0]),
            _map_unique(numbers, lambda number: read(number)[1]),
        )


def _map_unique(texts: pa.ChunkedArray, function: Callable[[str], str | None]) -> pa.Array:
    """Apply a function to each distinct text; null stays null."""
    encoded = pa.chunked_array(texts).combine_chunks().dictionary_encode()
    mapped = [function(text) for text in encoded.dictionary.to_pylist()]
    return pa.array(mapped, pa.string()).take(encoded.indices)
