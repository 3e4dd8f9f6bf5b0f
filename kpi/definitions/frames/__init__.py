"""Every result frame that a release holds, each declared once (kpi.definitions.frames.contract)."""

from __future__ import annotations

from kpi.definitions.frames.bottlenecks import (
    CIRCUMSTANCES,
    COUNTERFACTUAL,
    LATENESS,
    PAYMENT_RUNS,
    REACHED,
    STAGE_MONTHS,
    STAGE_QUEUES,
    STAGES,
    STEP_PATHS,
)
from kpi.definitions.frames.contract import (
    CALENDAR_DAYS,
    PROTECTION_WORDS,
    SUPPRESSED,
    Column,
    Columns,
    Count,
    Figure,
    Frame,
    Inner,
    Key,
    Kind,
    Mark,
    Nested,
    Passages,
    Protection,
    Relation,
    Rows,
    Running,
    Unit,
)
from kpi.definitions.frames.headline import (
    EFFECT,
    METRICS_TABLE,
    OPEN_CASES,
    OUTLOOK,
    OVERLAP,
    RESULTS,
    YEAR_TO_DATE,
)
from kpi.errors import DefinitionError, did_you_mean

FRAMES: dict[str, Frame] = {
    frame.name: frame
    for frame in (
        RESULTS,
        OPEN_CASES,
        STAGES,
        STAGE_MONTHS,
        STAGE_QUEUES,
        LATENESS,
        COUNTERFACTUAL,
        CIRCUMSTANCES,
        PAYMENT_RUNS,
        STEP_PATHS,
        REACHED,
        EFFECT,
        OVERLAP,
        OUTLOOK,
    )
}
"""The frames of a release by name, in the order in which they are shown."""

MADE_OF_SHOWN: dict[str, Frame] = {
    METRICS_TABLE.name: METRICS_TABLE,
    YEAR_TO_DATE.name: YEAR_TO_DATE,
}
"""Tables that are written from what is disclosed, beside the frames: they tell nothing else."""

__all__ = [
    "CALENDAR_DAYS",
    "CIRCUMSTANCES",
    "COUNTERFACTUAL",
    "EFFECT",
    "FRAMES",
    "LATENESS",
    "MADE_OF_SHOWN",
    "METRICS_TABLE",
    "OPEN_CASES",
    "OUTLOOK",
    "OVERLAP",
    "PAYMENT_RUNS",
    "PROTECTION_WORDS",
    "REACHED",
    "RESULTS",
    "STAGES",
    "STAGE_MONTHS",
    "STAGE_QUEUES",
    "STEP_PATHS",
    "SUPPRESSED",
    "YEAR_TO_DATE",
    "Column",
    "Columns",
    "Count",
    "Figure",
    "Frame",
    "Inner",
    "Key",
    "Kind",
    "Mark",
    "Nested",
    "Passages",
    "Protection",
    "Relation",
    "Rows",
    "Running",
    "Unit",
    "frame_of",
    "table_of",
]


def frame_of(name: str) -> Frame:
    """Return the contract of a frame; DefinitionError for one that is not declared."""
    if name not in FRAMES:
        raise DefinitionError(
            "Every frame of a release is declared in kpi/definitions/frames.",
            f'"{name}"',
            did_you_mean(name, FRAMES),
        )
    return FRAMES[name]


def table_of(name: str) -> Frame:
    """Return the contract of a frame, or of a table that is made of what frames show."""
    return MADE_OF_SHOWN[name] if name in MADE_OF_SHOWN else frame_of(name)
