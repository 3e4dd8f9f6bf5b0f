"""What was read: where from, how many rows, and how it was written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa


@dataclass(frozen=True)
class Doubt:
    """A promise of an extract's writing that is not kept (kpi/definitions/reading.py).

    `rows` counts the rows concerned, 0 where it is about the whole; `columns` names the extract's
    columns.
    """

    reading: str
    rows: int = 0
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Extract:
    """A file, or a database's table: its SHA-256, rows, and the number of the first of them.

    `written` says how it is written, `detected` which of that was not declared. Of its rows
    `not_asked_for` were left out, and `other_rows`, which stand beside the one taken of a case.
    `files` has the SHA-256 of the files that a query put together.
    """

    table: str
    file: str
    sha256: str
    rows: int
    first_row: int = 1
    not_asked_for: int = 0
    other_rows: int = 0
    files: dict[str, str] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    detected: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()


class Part(Protocol):
    """One file of an extract, or a database, as it is read."""

    name: str
    detected: tuple[str, ...]

    @property
    def written(self) -> dict[str, str]:
        """How it is written: encoding and separator of a text file, sheet, row of the header."""

    @property
    def doubts(self) -> list[Doubt]:
        """What was guessed or mended in reading it; whole when its tables have been read."""

    def tables(self) -> Iterator[pa.Table]:
        """Yield the wanted columns as text, by the names that were wanted, in the rows' order."""


def merged(doubts: Iterable[Doubt]) -> tuple[Doubt, ...]:
    """Return one doubt for each reading, with the rows and columns of all of them."""
    found: dict[str, Doubt] = {}
    for one in doubts:
        before = found.get(one.reading, Doubt(one.reading))
        columns = dict.fromkeys((*before.columns, *one.columns))
        found[one.reading] = Doubt(one.reading, before.rows + one.rows, tuple(columns))
    return tuple(found[name] for name in sorted(found))
