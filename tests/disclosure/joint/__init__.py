"""The joint attacker: everything that a release shows, as relations between whole numbers.

It shares no code with the protector (kpi.disclosure): it reads frames as a reader does.

    relations  whole numbers that are not known, and what is known of them together
    reading    a release's counts as such numbers; releases, units and answers beside each other
    frames     how the counts of each frame hang together
    flow       arrived less left is what waits
    found      what all of it tells of few persons, and figures of one person
    town       simulated small municipalities, and what their reports show
"""

from __future__ import annotations

import pandas as pd

from tests.disclosure.joint import flow, frames
from tests.disclosure.joint.found import Finding, one_persons, told
from tests.disclosure.joint.reading import KEYS, NOBODY, Frames, Reading, Rows, Told, rows_of
from tests.disclosure.joint.relations import Contradiction

__all__ = ["Contradiction", "Finding", "Reading", "one_persons", "read", "told"]
_RELATIONS = (
    frames.results, frames.weeks, frames.overlap, frames.outlook, frames.open_cases, frames.stages,
    frames.stage_months, frames.lateness, frames.counterfactual, frames.circumstances,
    frames.step_paths, flow.flow,
)  # fmt: skip


def read(reading: Reading, shown: Frames | Told, tag: str = "") -> Reading:
    """Read the frames of a release; metrics that count nobody are left out."""
    told_of = {name: _of_persons(shown[name]) for name in KEYS if name in shown}
    for name, rows in told_of.items():
        reading.note_counts(name, rows, tag)
    for relate in _RELATIONS:
        relate(reading, told_of, tag)
    return reading


def _of_persons(rows: pd.DataFrame | Rows) -> Rows:
    rows = rows if isinstance(rows, Rows) else rows_of(rows)
    return Rows(row for row in rows if row["metric"] not in NOBODY)
