"""Extracts read as declared into typed tables: pseudonymised at the door, every row counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from kpi.engine import rename, store_typed
from kpi.errors import KpiError, SourceError
from kpi.params import Params, Source
from kpi.sources.files import empty, read_text, sha256_of
from kpi.sources.milestones import check_milestones, with_milestones
from kpi.sources.pseudonyms import Pseudonyms
from kpi.sources.typed import typed_select
from kpi.tables import TABLES, Table
from kpi.tables.contract import PERSON_CHECK, ROW_NO, SOURCE_FILE

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend


@dataclass(frozen=True)
class Extract:
    """What was read: the table, the file's name and SHA-256, and the number of its rows."""

    table: str
    file: str
    sha256: str
    rows: int


def read_sources(backend: Backend, params: Params, data: Path) -> list[Extract]:
    """Read every declared extract into a table `read_<name>` of typed columns.

    Beside the declared columns stand `row_no` (from 1, in the order of the file), `source_file`,
    `unreadable` (the columns whose text could not be read) and a check for each person's number.
    """
    pseudonyms = Pseudonyms()
    found = []
    for name, source in params.report.sources.items():
        if source.file:
            found.append(_read_one(backend, params, data, TABLES[name], source, pseudonyms))
    for name, source in params.report.sources.items():
        if source.milestones:
            _add_milestones(backend, name, source)
    return found


def _read_one(
    backend: Backend,
    params: Params,
    data: Path,
    table: Table,
    source: Source,
    pseudonyms: Pseudonyms,
) -> Extract:
    path = data / source.file
    shaper = _Shaper(
        table, source, path.name, pseudonyms, params.report.organisation.person_numbers
    )
    texts = pa.RecordBatchReader.from_batches(shaper.schema, shaper.batches(path))
    query = typed_select(table, source, "extract_texts", params.report.calendar.timezone)
    try:
        store_typed(backend, f"read_{table.name}", query, "extract_texts", texts)
    except Exception as error:  # noqa: BLE001 - the engine hides what failed, and may quote rows
        raise _as_source_error(path, shaper.error or error) from None
    if shaper.rows == 0:
        raise empty(path)
    return Extract(table.name, source.file, sha256_of(path), shaper.rows)


def _as_source_error(path: Path, error: Exception) -> KpiError:
    if isinstance(error, KpiError):
        return error
    return SourceError(
        f"{path.name} is read into typed columns as declared.",
        f"an error of the kind {type(error).__name__}",
        "See whether the file is whole and `format` fits it, then draw it again.",
    )


class _Shaper:
    """Turns batches of an extract into the canonical columns, still as text."""

    def __init__(
        self, table: Table, source: Source, file: str, pseudonyms: Pseudonyms, numbers: str
    ) -> None:
        self.table, self.source, self.file = table, source, file
        self.pseudonyms, self.numbers = pseudonyms, numbers
        self.rows = 0
        self.error: Exception | None = None
        fields = [pa.field(column.name, pa.string()) for column in table.columns]
        if table.person:
            fields.append(pa.field(table.person + PERSON_CHECK, pa.string()))
        fields += [pa.field(ROW_NO, pa.int64()), pa.field(SOURCE_FILE, pa.string())]
        self.schema = pa.schema(fields)

    def batches(self, path: Path) -> Iterator[pa.RecordBatch]:
        """Yield the canonical batches; an error is kept, as the engine hides its kind."""
        try:
            for texts in read_text(path, self.source):
                yield from self._shape(texts).to_batches()
        except Exception as error:
            self.error = error
            raise

    def _shape(self, texts: pa.Table) -> pa.Table:
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
        files = pa.repeat(pa.scalar(self.file), texts.num_rows)
        shaped = pa.table([*columns, numbers, files], [*names, ROW_NO, SOURCE_FILE])
        return shaped.cast(self.schema)

    def _column(self, texts: pa.Table, name: str) -> pa.ChunkedArray | pa.Array:
        if name in self.source.columns:
            return texts[self.source.columns[name]]
        constant = pa.scalar(self.source.constants.get(name), pa.string())
        return pa.repeat(constant, texts.num_rows)

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


def _add_milestones(backend: Backend, name: str, source: Source) -> None:
    bills = backend.table(f"read_{name}") if source.file else None
    steps = backend.table("read_bill_steps")
    named = steps.filter(steps.step.notnull())
    names = backend.execute(named.group_by("step").agg(rows=named.count())).set_index("step")[
        "rows"
    ]
    check_milestones(names.to_dict(), source.milestones)
    joined = with_milestones(bills, steps, source.milestones, source)
    backend.create_table("joined_milestones", joined)
    rename(backend, "joined_milestones", f"read_{name}")
