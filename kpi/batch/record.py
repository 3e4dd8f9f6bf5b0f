"""What became of each report of the last batch, for the next one with --resume."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from kpi.batch import Outcome, Wanted
from kpi.run.kept import KEPT
from kpi.store import write_json

_FILE = "batch.json"


def left_out(wanted: Sequence[Wanted], reports: Path) -> list[Wanted]:
    """Return the reports that the last batch made and that are there: they need no second try."""
    states = _read(reports)
    return [
        one
        for one in wanted
        if states.get(one.name) == "made" and (reports / one.name / "data").is_dir()
    ]


def note(outcome: Outcome, reports: Path) -> None:
    """Write down what became of a report, as soon as it is known."""
    states = _read(reports) | {outcome.name: "failed" if outcome.error else "made"}
    file = reports / KEPT / _FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".unfinished")
    write_json(states, unfinished)
    unfinished.replace(file)


def _read(reports: Path) -> dict[str, str]:
    try:
        states: dict[str, str] = json.loads((reports / KEPT / _FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return states
