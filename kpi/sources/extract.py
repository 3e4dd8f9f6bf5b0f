"""What was read: where from, how many rows, and how it was written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa

from kpi.params.quarter_file import FileFormat


@dataclass(frozen=True)
class Extract:
    """A file, or a database's table: its SHA-256, rows, and the number of the first of them.

    `written` says how it is written, `detected` which of that was not declared. `doubts` are the
    findings of its reading, each with the number of rows where it is about rows.
    """

    table: str
    file: str
    sha256: str
    rows: int
    first_row: int = 1
    written: dict[str, str] = field(default_factory=dict)
    detected: tuple[str, ...] = ()
    doubts: dict[str, int] = field(default_factory=dict)


class Part(Protocol):
    """One file of an extract, or a database, as it is read."""

    name: str
    detected: tuple[str, ...]

    @property
    def encoding(self) -> str:
        """The encoding of a text file; empty for others."""

    @property
    def separator(self) -> str:
        """What separates the columns of a text file; empty for others."""

    @property
    def doubts(self) -> dict[str, int]:
        """What was guessed or mended in reading it, with the rows concerned."""

    def sample(self) -> dict[str, list[str]]:
        """Return texts of the wanted columns, by their names in the extract."""

    def tables(self, written: FileFormat) -> Iterator[pa.Table]:
        """Yield the wanted columns as text, in the order of the rows."""
