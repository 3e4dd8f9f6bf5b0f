"""Any event log read as text into the engine: a case, an activity, a timestamp, perhaps an order.

A timestamp with an offset is an instant; one without is wall-clock time. A log writes all its
timestamps one way. "NA" is a text, an empty cell is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from kpi.errors import ContractError, SourceError, did_you_mean
from kpi.params import Source
from kpi.sources.extract import Part
from kpi.sources.files import empty, find_files
from kpi.sources.opening import open_file

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend


LOG = "event_log"
_TEXTS = "event_log_texts"
_FORMS = tuple(
    f"{day} {time}" if time else day
    for day in ("%d-%m-%Y", "%d.%m.%Y", "%d/%m/%Y")
    for time in ("%H:%M:%S", "%H:%M", "")
)


@dataclass(frozen=True)
class LogColumns:
    """What the columns of a log are called; `sequence` orders events at the same instant."""

    case: str
    activity: str
    timestamp: str
    sequence: str = ""

    @property
    def by_role(self) -> dict[str, str]:
        """The columns by what they are, without those that are not named."""
        named = {"case": self.case, "activity": self.activity, "timestamp": self.timestamp}
        return named | ({"sequence": self.sequence} if self.sequence else {})


@dataclass(frozen=True)
class LogRead:
    """What was read: its rows, the offsets of its timestamps, and how many cannot be read.

    `offsets` are those that timestamps are written with, such as +01:00, with their rows. `written`
    says how a text file is written, `detected` which of that was not declared, `doubts` which of
    it is a guess.
    """

    rows: int
    offsets: Mapping[str, int]
    unreadable: int
    written: Mapping[str, str] = field(default_factory=dict)
    detected: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def has_offsets(self) -> bool:
        """Tell instants from wall-clock times."""
        return bool(self.offsets)


def load_log(backend: Backend, path: Path, columns: LogColumns, written: Source) -> LogRead:
    """Read a log (csv, csv.gz, parquet or a workbook) into the table `event_log` of DuckDB.

    Columns: case_id, activity, happened_at (UTC, or wall-clock time if there are no offsets; null
    where it is missing or cannot be read), sequence and row_no (from 1, in the file's order).
    `written` says how a csv is written; what it does not say is detected.

    Raises:
        SourceError: the file is missing, empty or not as declared; timestamps are written with
            and without offset, or none of them can be read.
        ContractError: a column is missing.
    """
    failed: list[Exception] = []
    part = _open(path, columns, written)
    tables = part.tables(written.format) if part else _parquet(path, columns)
    batches = _batches(tables, columns, failed)
    backend.con.register(_TEXTS, pa.RecordBatchReader.from_batches(_SCHEMA, batches))
    try:
        backend.raw_sql(f"CREATE OR REPLACE TABLE {LOG}_read AS {_TYPED}")
    except Exception as error:  # noqa: BLE001 - the engine hides what failed
        raise (failed or [error])[0] from None
    finally:
        backend.con.unregister(_TEXTS)
    found = backend.con.execute(_COUNTS).fetchall()[0]
    rows, with_offset, without, readable, given = (int(number) for number in found)
    if not rows:
        raise empty(path.name)
    if with_offset and without:
        raise SourceError(
            "A log writes all its timestamps with an offset, or none.",
            f"{with_offset} with and {without} without in {path.name}",
            "Draw it again with one way of writing them.",
        )
    if given and not readable:
        raise SourceError(
            "The timestamps of a log are dates with times, in ISO form or as 31-12-2019 08:30.",
            f"none that can be read in {path.name}",
            "Name the right column with --timestamp, or draw the log again.",
        )
    backend.create_table(LOG, backend.table(f"{LOG}_read").drop("stamp"), overwrite=True)
    read = LogRead(rows, _offsets(backend), given - readable)
    return _with_dialect(read, part) if part else read


def _open(path: Path, columns: LogColumns, written: Source) -> Part | None:
    """Open a text file or a workbook; null for Parquet, whose values have types."""
    find_files(path.parent, path.name)
    if path.suffix.lower() == ".parquet":
        return None
    named = {"file": path.name, "columns": columns.by_role}
    return open_file(path, written.model_copy(update=named), "UTC")


def _with_dialect(read: LogRead, part: Part) -> LogRead:
    """Add to what was read how it is written."""
    said = {"encoding": part.encoding, "separator": part.separator}
    written = {name: words for name, words in said.items() if words}
    doubts = tuple(doubt for doubt in part.doubts if doubt.startswith("doubtful"))
    return replace(read, written=written, detected=part.detected, doubts=doubts)


def _offsets(backend: Backend) -> dict[str, int]:
    """Count the offsets as +hh:mm."""
    counted: dict[str, int] = {}
    for sign, hours, minutes, rows in backend.con.execute(_BY_OFFSET).fetchall():
        offset = f"{sign or '+'}{hours or '00'}:{minutes or '00'}"
        counted[offset] = counted.get(offset, 0) + int(rows)
    return dict(sorted(counted.items()))


_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("case", "activity", "timestamp", "sequence")]
    + [("row_no", pa.int64())]
)
_OFFSET = (
    "regexp_matches(stamp, '[0-9]([Zz]|[ ]?[+-][0-9]{2}(:?[0-9]{2})?)$') AND contains(stamp, ':')"
)
_TYPED = f"""
    SELECT nullif("case", '') AS case_id, nullif(activity, '') AS activity, stamp,
        CASE WHEN {_OFFSET} THEN TRY_CAST(stamp AS TIMESTAMPTZ) AT TIME ZONE 'UTC'
            ELSE coalesce(TRY_CAST(stamp AS TIMESTAMP), try_strptime(stamp, [{
    ", ".join(f"'{form}'" for form in _FORMS)
}])) END AS happened_at,
        TRY_CAST(sequence AS DOUBLE) AS sequence, row_no
    FROM (SELECT *, nullif(trim("timestamp"), '') AS stamp FROM {_TEXTS})
"""  # noqa: S608 - nothing in it comes from outside
_COUNTS = f"""
    SELECT count(*), count(*) FILTER ({_OFFSET}), count(*) FILTER (NOT ({_OFFSET})),
        count(happened_at), count(stamp)
    FROM {LOG}_read
"""  # noqa: S608 - same


_BY_OFFSET = f"""
    SELECT sign, hours, minutes, count(*) FROM (SELECT
        regexp_extract(stamp, '([+-])[0-9]{{2}}:?([0-9]{{2}})?$', 1) AS sign,
        regexp_extract(stamp, '[+-]([0-9]{{2}}):?([0-9]{{2}})?$', 1) AS hours,
        regexp_extract(stamp, '[+-][0-9]{{2}}:?([0-9]{{2}})?$', 1) AS minutes
    FROM event_log_read WHERE {_OFFSET}) GROUP BY ALL
"""  # noqa: S608 - same


def _batches(
    tables: Iterator[pa.Table], columns: LogColumns, failed: list[Exception]
) -> Iterator[pa.RecordBatch]:
    rows = 0
    try:
        for texts in tables:
            found = {
                role: texts[columns.by_role[role]].cast(pa.string())
                if role in columns.by_role
                else pa.nulls(texts.num_rows, pa.string())
                for role in _SCHEMA.names[:-1]
            }
            numbers = pa.array(range(rows + 1, rows + texts.num_rows + 1), pa.int64())
            rows += texts.num_rows
            yield from pa.table({**found, "row_no": numbers}).cast(_SCHEMA).to_batches()
    except Exception as error:
        failed.append(error)
        raise


def _parquet(path: Path, columns: LogColumns) -> Iterator[pa.Table]:
    from pyarrow import parquet

    wanted = list(dict.fromkeys(columns.by_role.values()))
    try:
        file = parquet.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise SourceError(
            f"{path.name} is a Parquet file that can be opened.",
            type(error).__name__,
            "See whether it is there and whole, then draw it again.",
        ) from None
    for name in wanted:
        if name not in file.schema_arrow.names:
            raise ContractError(
                f"{path.name} has every column that is named.",
                f'no column "{name}"',
                did_you_mean(name, file.schema_arrow.names),
            )
    for batch in file.iter_batches(columns=wanted):
        yield pa.Table.from_batches([batch])
