"""Any event log read into the engine: a case, an activity, a timestamp, perhaps an order.

It goes through the same door as the extracts of a quarter. A timestamp with an offset, or with a
word such as UTC, is an instant; one without is wall-clock time. A log writes all its timestamps one
way. "NA" is a text, an empty cell is missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from kpi.definitions.reading import READINGS
from kpi.definitions.subject import Column, Subject
from kpi.engine import staged
from kpi.errors import SourceError
from kpi.params import Source
from kpi.sources.columns import Shaper
from kpi.sources.detection import Written, look_at
from kpi.sources.extract import Doubt, Part, merged
from kpi.sources.files import empty, find_files
from kpi.sources.letters import plain
from kpi.sources.opening import open_file
from kpi.sources.pseudonyms import Pseudonyms
from kpi.sources.typed import typed_select

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from ibis.backends.duckdb import Backend


LOG = "event_log"
_TEXTS = "event_log_texts"
_TABLE = Subject(
    name=LOG,
    grain="event",
    columns=(
        Column("case_id", "text", "The case"),
        Column("activity", "text", "What was done"),
        Column("happened_at", "moment", "When", nullable=False),
        Column("sequence", "number", "Orders events at the same instant", optional=True),
    ),
)


@dataclass(frozen=True)
class LogColumns:
    """What the columns of a log are called; `sequence` orders events at the same instant."""

    case: str
    activity: str
    timestamp: str
    sequence: str = ""

    @property
    def by_name(self) -> dict[str, str]:
        """The columns by what they are called here, without those that are not named."""
        named = {
            "case_id": self.case,
            "activity": self.activity,
            "happened_at": self.timestamp,
            "sequence": self.sequence,
        }
        return {name: called for name, called in named.items() if called}


@dataclass(frozen=True)
class LogRead:
    """What was read: its rows, the offsets of its timestamps, and how many cannot be read.

    `offsets` are those that timestamps are written with, such as +01:00 or UTC, with their rows.
    `written` says how it is written, `detected` which of that was not declared, `doubts` what is
    odd in it. `spellings` are names of activities with spaces or invisible letters, which were
    taken out, with their events.
    """

    rows: int
    offsets: Mapping[str, int]
    unreadable: int
    written: Mapping[str, str] = field(default_factory=dict)
    detected: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    spellings: Mapping[str, int] = field(default_factory=dict)

    @property
    def has_offsets(self) -> bool:
        """Tell instants from wall-clock times."""
        return bool(self.offsets)


def load_log(backend: Backend, path: Path, columns: LogColumns, written: Source) -> LogRead:
    """Read a log (csv, csv.gz, parquet or a workbook) into the table `event_log` of DuckDB.

    Columns: case_id, activity, happened_at (UTC, or wall-clock time if there are no offsets; null
    where it is missing or cannot be read), sequence and row_no (from 1, in the file's order).
    `written` says how it is written; what it does not say is detected.

    Raises:
        SourceError: the file is missing, empty or not as declared; timestamps are written with
            and without offset, in two orders or in one that nobody can tell, or none of them can
            be read.
        ContractError: a column is missing.
    """
    find_files(path.parent, path.name)
    source = written.model_copy(update={"file": path.name, "columns": columns.by_name})
    part = open_file(path, source, [columns.timestamp])
    shaper = Shaper(_TABLE, source, Pseudonyms(), "any")
    names: Counter[str] = Counter()
    failed: list[Exception] = []
    texts = pa.RecordBatchReader.from_batches(
        shaper.schema, _batches(part, shaper, columns, names, failed)
    )
    try:
        with staged(backend, _TEXTS, texts) as held:
            shaper.mend(held.connection, _TEXTS)
            separator = part.written.get("separator", "")
            found = look_at(held.connection, _TEXTS, _TABLE, source, separator, path.name)
            found.to_24 = True
            held.store(f"{LOG}_read", typed_select(_TABLE, source, _TEXTS, "UTC", found))
            offsets = _offsets(held.connection) if found.dates["happened_at"].instants else {}
    except Exception as error:  # noqa: BLE001 - the engine hides what failed
        raise (failed or [error])[0] from None
    rows, given, readable = _counts(backend)
    _see_one_way(path.name, found, rows, given, readable)
    if found.dates["happened_at"].are_days:
        offsets = {}
    # without an offset they are wall-clock times of the office's own zone
    own = [doubt for doubt in found.doubts if doubt.reading != "zone_assumed"]
    doubts = [*part.doubts, *own, *shaper.doubts, *_alike(backend, columns)]
    _see_certain(path.name, doubts)
    read = backend.table(f"{LOG}_read")
    backend.create_table(
        LOG,
        read.select("case_id", "activity", "happened_at", "sequence", "row_no"),
        overwrite=True,
    )
    return LogRead(
        rows,
        offsets,
        given - readable,
        part.written | ({"date": ", ".join(found.forms)} if found.forms else {}),
        (*part.detected, *found.detected),
        merged(doubts),
        {name: events for name, events in sorted(names.items()) if plain(name) != name},
    )


def _batches(
    part: Part, shaper: Shaper, columns: LogColumns, names: Counter[str], failed: list[Exception]
) -> Iterator[pa.RecordBatch]:
    """Yield the canonical batches; an error is kept, as the engine hides its kind."""

    def counted() -> Iterator[pa.Table]:
        for texts in part.tables():
            for one in texts[columns.activity].value_counts().to_pylist():
                if one["values"] is not None:
                    names[one["values"]] += one["counts"]
            yield texts

    try:
        yield from shaper.batches(part.name, 0, counted())
    except Exception as error:
        failed.append(error)
        raise


def _counts(backend: Backend) -> tuple[int, int, int]:
    """Return the rows, the timestamps that are there, and those that can be read."""
    query = (
        f"SELECT count(*), count(*) FILTER (unreadable <> ''), count(happened_at) FROM {LOG}_read"  # noqa: S608 - no name from outside
    )
    rows, unreadable, readable = backend.con.execute(query).fetchall()[0]
    return int(rows), int(unreadable) + int(readable), int(readable)


def _see_one_way(file: str, found: Written, rows: int, given: int, readable: int) -> None:
    if not rows:
        raise empty(file)
    dates = found.dates["happened_at"]
    if given and not readable:
        raise SourceError(
            "The timestamps of a log are dates with times, in ISO form or as 31-12-2019 08:30.",
            f"none that can be read in {file}",
            "Name the right column with --timestamp, say with --date how they are written, as in "
            '--date "%m/%d/%Y %H:%M", or draw the log again.',
        )
    if dates.instants and readable > dates.instants and not dates.are_days:
        raise SourceError(
            "A log writes all its timestamps with an offset, or none.",
            f"{dates.instants} with and {readable - dates.instants} without in {file}",
            "Draw it again with one way of writing them.",
        )


def _see_certain(file: str, doubts: list[Doubt]) -> None:
    """See that nothing stops the reading: a log has no page whose verdict could say it."""
    for doubt in doubts:
        reading = READINGS[doubt.reading]
        if reading.severity == "stop" or doubt.reading == "doubtful_dates":
            listed = ", ".join(doubt.columns)
            remedy = reading.remedy
            if doubt.reading == "doubtful_dates":
                remedy = (
                    'Say which stands first: --date "%d/%m/%Y %H:%M:%S" for the day, '
                    '--date "%m/%d/%Y %H:%M:%S" for the month, with the signs that the log has.'
                )
            raise SourceError(
                f"{reading.words}.", f"{doubt.rows} values of {listed} in {file}", remedy
            )


def _offsets(connection: DuckDBPyConnection) -> dict[str, int]:
    """Count the offsets as +hh:mm, and the words that stand for one."""
    query = f"""
        SELECT sign, hours, minutes, word, count(*) FROM (SELECT
            regexp_extract(happened_at, '([+-])[0-9]{{2}}:?([0-9]{{2}})?$', 1) AS sign,
            regexp_extract(happened_at, '[+-]([0-9]{{2}}):?([0-9]{{2}})?$', 1) AS hours,
            regexp_extract(happened_at, '[+-][0-9]{{2}}:?([0-9]{{2}})?$', 1) AS minutes,
            regexp_extract(happened_at, '([A-Za-z]+)$', 1) AS word
        FROM {_TEXTS} WHERE regexp_matches(happened_at, ':.*([A-Za-z]|[+-][0-9:]+)$'))
        GROUP BY ALL ORDER BY ALL
    """  # noqa: S608 - no name from outside
    counted: dict[str, int] = {}
    for sign, hours, minutes, word, rows in connection.execute(query).fetchall():
        offset = f"{sign or '+'}{hours or '00'}:{minutes or '00'}"
        name = offset if sign or word in ("Z", "z", "") else word
        counted[name] = counted.get(name, 0) + int(rows)
    return dict(sorted(counted.items()))


def _alike(backend: Backend, columns: LogColumns) -> list[Doubt]:
    """Tell cases whose names differ by capitals alone."""
    query = f"""
        SELECT coalesce(sum(n), 0)::BIGINT FROM (
            SELECT count(DISTINCT case_id) AS spellings, count(*) AS n FROM {LOG}_read
            WHERE case_id IS NOT NULL GROUP BY lower(case_id)) WHERE spellings > 1
    """  # noqa: S608 - no name from outside
    (rows,) = backend.con.execute(query).fetchall()[0]
    return [Doubt("identifiers_in_other_letters", int(rows), (columns.case,))] if rows else []
