"""Where a run finds what it needs, and where it puts what it makes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Places:
    """Where a run finds its parameters, extracts and notebooks, and where reports go.

    `unit` is the file of one unit, which says what is otherwise there than in the quarter's file.
    """

    params: Path = Path("params")
    data: Path = Path("data")
    notebooks: Path = Path("notebooks")
    reports: Path = Path("reports")
    engine: str = "duckdb"
    unit: Path | None = None
    archive: Path | None = None
    """Published reports, if not those that the parameters or the log name."""
