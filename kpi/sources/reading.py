"""Extracts read as declared into typed tables: pseudonymised at the door, every row counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from kpi.definitions.known import known_on
from kpi.definitions.subject import Column, Subject
from kpi.engine import rename, staged
from kpi.errors import KpiError, SourceError
from kpi.params import Params, Source
from kpi.params.source import AS_PRINTED, LATEST_EXTRACT
from kpi.record import sha256_of
from kpi.sources.asked_for import asks, keep_asked_for, made_of_others, told
from kpi.sources.columns import Shaper
from kpi.sources.detection import Written, look_at
from kpi.sources.extract import Doubt, Extract, Part, merged
from kpi.sources.files import by_date, empty, find_files
from kpi.sources.milestones import check_milestones, with_milestones
from kpi.sources.opening import open_file
from kpi.sources.pseudonyms import Pseudonyms
from kpi.sources.query import QueryOverFiles, files_of, table_of
from kpi.sources.spellings import slips
from kpi.sources.typed import LATEST, see_readable, typed_select

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend


_TEXTS = "extract_texts"


def read_sources(backend: Backend, params: Params, data: Path) -> list[Extract]:
    """Read every declared extract into a table `read_<name>` of typed columns.

    Beside the declared columns stand `row_no` (from 1, in the order of the files), `source_file`,
    `unreadable` (the columns whose text could not be read) and a check for each person's number;
    with a key also `content`, which differs where rows do, and `state`, by which the present state
    of a case is known. Rows that are not asked for are not among them (kpi.sources.asked_for).
    """
    pseudonyms = Pseudonyms.of(params.report.persons, data)
    found = []
    for name, source in params.report.sources.items():
        if source.is_read:
            reading = _Reading(params, data, params.catalogue.subjects[name], source, pseudonyms)
            extracts = reading.into(backend)
            found += extracts if source.milestones else _asked_for(backend, params, name, extracts)
    for name, source in params.report.sources.items():
        if source.milestones:
            _add_milestones(backend, params, name)
            own = [one for one in found if one.table == name]
            others = [one for one in found if one.table != name]
            found = [*others, *_asked_for(backend, params, name, own)]
    doubts = {one.table: _alike(backend, params, one.table) for one in found}
    return [replace(one, doubts=(*one.doubts, *doubts.pop(one.table, ()))) for one in found]


_MOST_SLIPS = 5


def _alike(backend: Backend, params: Params, name: str) -> list[Doubt]:
    """Tell rows whose group is written otherwise in other rows, by capitals or nearly alike."""
    subject, source = params.catalogue.subjects[name], params.report.sources[name]
    rows, found = backend.table(f"read_{name}"), []
    for group in filter(source.gives, subject.groups):
        counted = backend.execute(rows.group_by(spelling=rows[group]).agg(n=rows.count())).dropna()
        alike = counted.groupby(counted["spelling"].str.lower())["n"]
        of_several = int(counted["n"][alike.transform("size") > 1].sum())
        called = source.columns.get(group, group)
        if of_several:
            found.append(Doubt("groups_in_other_letters", of_several, (called,)))
        numbers = dict(zip(counted["spelling"], counted["n"].astype(int), strict=True))
        rare = slips(numbers)
        if rare:
            told = "; ".join(f"{one.rare} / {one.frequent}" for one in rare[:_MOST_SLIPS])
            rows = sum(one.rows for one in rare)
            found.append(Doubt("groups_spelled_nearly_alike", rows, (f"{called}: {told}",)))
    return found


def _asked_for(
    backend: Backend, params: Params, name: str, extracts: list[Extract]
) -> list[Extract]:
    """Leave the rows that are asked for, and say of each extract what was left out."""
    subject, source = params.catalogue.subjects[name], params.report.sources[name]
    if not asks(subject, source):
        return extracts
    left_out = keep_asked_for(backend, subject, source, params.report.as_of)
    by = source.columns.get(source.one_row.by, source.one_row.by) if source.one_row else ""
    return [told(one, left_out, by) for one in extracts]


class _Reading:
    """The reading of one source: its parts one after the other, in one stream."""

    def __init__(
        self, params: Params, data: Path, table: Subject, source: Source, pseudonyms: Pseudonyms
    ) -> None:
        self.table, self.source, self.data, self.params = table, source, data, params
        if source.latest and source.latest != LATEST_EXTRACT:
            state = Column(LATEST, "moment", "When the row was written", optional=True)
            self.table = replace(table, columns=(*table.columns, state))
            columns = source.columns | {LATEST: source.latest}
            self.source = source.model_copy(update={"columns": columns})
        if source.query:
            # its files were read in the report's zone
            zone = params.report.calendar.timezone
            self.source = self.source.model_copy(update={"timezone": zone})
        self.allowed = params.report.extract_folders
        self.zone = params.report.calendar.timezone
        numbers = params.report.organisation.person_numbers
        self.shaper = Shaper(self.table, self.source, pseudonyms, numbers)
        self.parts: list[Part] = []
        self.paths: list[Path] = []
        self.rows: list[int] = []
        self.error: Exception | None = None

    def into(self, backend: Backend) -> list[Extract]:
        """Store the typed rows of all parts, and say what was read."""
        self._open()
        texts = pa.RecordBatchReader.from_batches(self.shaper.schema, self._batches())
        try:
            with staged(backend, _TEXTS, texts) as held:
                self.shaper.mend(held.connection, _TEXTS)
                separator = self.parts[0].written.get("separator", "")
                written = look_at(
                    held.connection, _TEXTS, self.table, self.source, separator, self._place
                )
                query = typed_select(self.table, self.source, _TEXTS, self.zone, written)
                held.store(f"read_{self.table.name}", query)
                see_readable(held.connection, _TEXTS, self.table, self.source, written, self._place)
        except Exception as error:  # noqa: BLE001 - the engine hides what failed, and may quote rows
            raise self._as_source_error(self.error or error) from None
        return list(self._extracts(written))

    @property
    def _place(self) -> str:
        if self.source.query:
            return f"the query of {self.table.name}"
        return self.source.file.rsplit("/", 1)[-1] or f"the database of {self.table.name}"

    def _open(self) -> None:
        if self.source.database:
            from kpi.sources.database import DatabaseTable

            wanted = list(dict.fromkeys(self.source.columns.values()))
            name = self.source.database.table or f"the query of {self.table.name}"
            self.parts = [
                DatabaseTable(name, self.source.database, wanted, self.data, self.allowed)
            ]
            return
        if self.source.query:
            self.parts = [QueryOverFiles(self.table.name, self.source, self._read_file)]
            return
        self.paths = find_files(self.data, self.source.file, self.allowed)
        dates = [
            self.source.columns[column.name]
            for column in self.table.columns
            if column.type in ("date", "moment") and column.name in self.source.columns
        ]
        self.parts = [open_file(path, self.source, dates) for path in self.paths]

    def _read_file(self, backend: Backend, table: str) -> list[Extract]:
        """Read a file of the query into a table of its own."""
        subject, source = table_of(table, self.source.files[table])
        return _Reading(self.params, self.data, subject, source, Pseudonyms()).into(backend)

    @property
    def _states(self) -> list[int]:
        """Tell for each part how late it is among the others, where that decides between rows."""
        if self.source.latest == LATEST_EXTRACT and len(self.paths) > 1:
            return by_date(self.paths)
        return [0] * len(self.parts)

    def _batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the canonical batches; an error is kept, as the engine hides its kind."""
        try:
            for part, state in zip(self.parts, self._states, strict=True):
                before = self.shaper.rows
                yield from self.shaper.batches(part.name, state, part.tables())
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
        shared = [*written.doubts, *self.shaper.doubts]
        for place, (part, rows) in enumerate(zip(self.parts, self.rows, strict=True)):
            yield Extract(
                table=self.table.name,
                file=self._file_of(place, part),
                sha256=sha256_of(self.paths[place]) if self.paths else part.sha256,  # type: ignore[attr-defined]
                rows=rows,
                first_row=first,
                written=self._described(part, written),
                detected=(*part.detected, *written.detected),
                files=dict(files_of(part)),
                doubts=merged([*part.doubts, *(shared if place == 0 else ())]),
            )
            first += rows

    def _file_of(self, place: int, part: Part) -> str:
        if not self.paths:
            return part.name
        path = self.paths[place]
        folders = (self.data, *(self.data / one for one in self.allowed))
        folder = next(one for one in folders if path.is_relative_to(one))
        return path.relative_to(folder).as_posix()

    def _decimal(self, written: Written) -> str:
        """Return the decimal signs; none where whole numbers alone were read and nobody said it."""
        is_known = self.source.format.decimal or "decimal" in written.detected
        return "".join(sorted(set(written.decimals.values()))) if is_known else ""

    def _described(self, part: Part, written: Written) -> dict[str, str]:
        """Describe how a part is written, for people."""
        is_printed = self.source.timezone == AS_PRINTED
        found = part.written | {
            "date": ", ".join(written.forms),
            "decimal": self._decimal(written),
            "thousands": self.source.format.thousands or "",
            "quote": "" if self.source.format.quote == '"' else self.source.format.quote,
            "zone": "" if self.source.query or is_printed else self.source.timezone,
            "printed": AS_PRINTED if is_printed else "",
            "missing": ", ".join(self.source.format.missing),
            "latest": self.source.latest,
            "numbered": "" if self.table.key else self.table.name,
            "derived": ", ".join(made_of_others(self.table, self.source)),
            "ignored": ", ".join(filter(self.source.is_ignored, self.source.values)),
            "filter": self.source.filter,
            "one_row": _one_row(self.source),
        }
        return {name: value for name, value in found.items() if value}


def _one_row(source: Source) -> str:
    one = source.one_row
    return f"{one.take} {one.by}" if one else ""


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
