"""Extracts read as declared into typed tables: pseudonymised at the door, every row counted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from kpi.definitions.known import known_on
from kpi.definitions.subject import Subject
from kpi.engine import rename, store_typed
from kpi.errors import KpiError, SourceError
from kpi.params import Params, Source
from kpi.record import sha256_of
from kpi.sources.columns import Shaper
from kpi.sources.detection import Written, resolve
from kpi.sources.extract import Extract, Part
from kpi.sources.files import empty, find_files
from kpi.sources.milestones import check_milestones, with_milestones
from kpi.sources.opening import open_file
from kpi.sources.pseudonyms import Pseudonyms
from kpi.sources.typed import see_readable, typed_select

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend


__all__ = ["Extract", "read_sources"]


def read_sources(backend: Backend, params: Params, data: Path) -> list[Extract]:
    """Read every declared extract into a table `read_<name>` of typed columns.

    Beside the declared columns stand `row_no` (from 1, in the order of the files), `source_file`,
    `unreadable` (the columns whose text could not be read) and a check for each person's number.
    """
    pseudonyms = Pseudonyms.of(params.report.persons, data)
    found = []
    for name, source in params.report.sources.items():
        if source.is_read:
            reading = _Reading(params, data, params.catalogue.subjects[name], source, pseudonyms)
            found += reading.into(backend)
    for name, source in params.report.sources.items():
        if source.milestones:
            _add_milestones(backend, params, name)
    return found


class _Reading:
    """The reading of one source: its parts one after the other, in one stream."""

    def __init__(
        self, params: Params, data: Path, table: Subject, source: Source, pseudonyms: Pseudonyms
    ) -> None:
        self.table, self.source, self.data = table, source, data
        self.zone = params.report.calendar.timezone
        numbers = params.report.organisation.person_numbers
        self.shaper = Shaper(table, source, pseudonyms, numbers)
        self.parts: list[Part] = []
        self.paths: list[Path] = []
        self.rows: list[int] = []
        self.error: Exception | None = None

    def into(self, backend: Backend) -> list[Extract]:
        """Store the typed rows of all parts, and say what was read."""
        self._open()
        sample = self._sample()
        written = resolve(self.source.format, self.table, sample, self.parts[0].separator)
        source = self.source.model_copy(update={"format": written.format})
        query = typed_select(self.table, source, "extract_texts", self.zone)
        texts = pa.RecordBatchReader.from_batches(self.shaper.schema, self._batches(written))
        try:
            store_typed(backend, f"read_{self.table.name}", query, "extract_texts", texts)
        except Exception as error:  # noqa: BLE001 - the engine hides what failed, and may quote rows
            raise self._as_source_error(self.error or error) from None
        see_readable(backend, self.table, source, self._place, sample)
        return list(self._extracts(written))

    @property
    def _place(self) -> str:
        return self.source.file.rsplit("/", 1)[-1] or f"the database of {self.table.name}"

    def _open(self) -> None:
        if self.source.database:
            from kpi.sources.database import DatabaseTable

            wanted = list(dict.fromkeys(self.source.columns.values()))
            zone = self.source.timezone or self.zone
            name = self.source.database.table or f"the query of {self.table.name}"
            self.parts = [DatabaseTable(name, self.source.database, wanted, zone, self.data)]
            return
        self.paths = find_files(self.data, self.source.file)
        dates = [
            self.source.columns[column.name]
            for column in self.table.columns
            if column.type in ("date", "moment") and column.name in self.source.columns
        ]
        self.parts = [open_file(path, self.source, self.zone, dates) for path in self.paths]

    def _sample(self) -> dict[str, list[str]]:
        """Return texts of all parts, by the names of the contract's columns."""
        found: dict[str, list[str]] = {name: [] for name in self.source.columns}
        for part in self.parts:
            sample = part.sample()
            for name, column in self.source.columns.items():
                found[name] += sample[column]
        return found

    def _batches(self, written: Written) -> Iterator[pa.RecordBatch]:
        """Yield the canonical batches; an error is kept, as the engine hides its kind."""
        try:
            for part in self.parts:
                before = self.shaper.rows
                yield from self.shaper.batches(part.name, part.tables(written.format))
                self.rows.append(self.shaper.rows - before)
                if not self.rows[-1]:
                    raise empty(part.name)  # noqa: TRY301 - told like those of the reading
        except Exception as error:
            self.error = error
            raise

    def _as_source_error(self, error: Exception) -> KpiError:
        if isinstance(error, KpiError):
            return error
        return SourceError(
            f"{self._place} is read into typed columns as declared.",
            f"an error of the kind {type(error).__name__}",
            "See whether the file is whole and `format` fits it, then draw it again.",
        )

    def _extracts(self, written: Written) -> Iterator[Extract]:
        first = 1
        shared = dict.fromkeys(sorted(written.doubts), 0)
        if self.shaper.zeros_put_back:
            shared["zeros_put_back"] = self.shaper.zeros_put_back
        for place, (part, rows) in enumerate(zip(self.parts, self.rows, strict=True)):
            doubts = dict(part.doubts)
            if place == 0:
                doubts |= {name: count + doubts.get(name, 0) for name, count in shared.items()}
            yield Extract(
                table=self.table.name,
                file=self._file_of(place, part),
                sha256=sha256_of(self.paths[place]) if self.paths else part.sha256,  # type: ignore[attr-defined]
                rows=rows,
                first_row=first,
                written=_described(part, written),
                detected=(*part.detected, *written.detected),
                doubts=doubts,
            )
            first += rows

    def _file_of(self, place: int, part: Part) -> str:
        if not self.paths:
            return part.name
        path = self.paths[place]
        return path.relative_to(self.data).as_posix() if len(self.paths) > 1 else self.source.file


def _described(part: Part, written: Written) -> dict[str, str]:
    """Describe how a part is written, for people."""
    found = {
        "encoding": part.encoding,
        "separator": part.separator,
        "date": ", ".join(written.format.date),
        "decimal": written.format.decimal,
    }
    return {name: value for name, value in found.items() if value}


def _add_milestones(backend: Backend, params: Params, name: str) -> None:
    source, subjects = params.report.sources[name], params.catalogue.subjects
    subject, events = subjects[name], subjects[subjects[name].events]
    cases = backend.table(f"read_{name}") if source.is_read else None
    steps = backend.table(f"read_{events.name}")
    named = steps.filter(steps.step.notnull())
    names = backend.execute(named.group_by("step").agg(rows=named.count())).set_index("step")[
        "rows"
    ]
    check_milestones(name, names.to_dict(), source)
    known = known_on(steps, events, params.report.as_of)
    joined = with_milestones(subject, cases, known, source)
    backend.create_table("joined_milestones", joined)
    rename(backend, "joined_milestones", f"read_{name}")
