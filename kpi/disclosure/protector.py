"""One protector for every frame of a release: what may leave follows from the frame's contract.

A frame that is not declared stops the run, and a column that is not declared does not leave. How a
frame is protected is one of the ways in METHODS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from kpi.definitions.frames import FRAMES, STAGE_QUEUES, Frame, Protection, frame_of
from kpi.definitions.statuses import HIDDEN
from kpi.disclosure import explanatory, hiding
from kpi.disclosure.results import disclose
from kpi.disclosure.ways import both_ways, ways
from kpi.errors import DisclosureError

Shown = Mapping[str, pd.DataFrame]
"""The frames that are disclosed already by name, the results among them."""
Method = Callable[[Frame, pd.DataFrame, Shown, int], pd.DataFrame]


def protect(name: str, rows: pd.DataFrame, shown: Shown, threshold: int) -> pd.DataFrame:
    """Return what may be shown of a frame, as evaluation made it; the input is not changed.

    Counts of 1 to `threshold - 1` persons are hidden. `shown` has the frames that are disclosed
    already: what is hidden in the results is hidden here, where the contract says so. Raises
    DefinitionError for a frame that is not declared, or is not as declared.
    """
    frame = frame_of(name)
    return METHODS[frame.protect](frame, frame.checked(rows), shown, threshold)


def protect_all(
    frames: Mapping[str, pd.DataFrame], shown: Shown, threshold: int
) -> dict[str, pd.DataFrame]:
    """Return what may be shown of several frames, and what is shown already."""
    disclosed = dict(shown)
    order = list(FRAMES)
    for name in sorted(frames, key=lambda name: order.index(frame_of(name).name)):
        disclosed[name] = protect(name, frames[name], disclosed, threshold)
    return disclosed


def released(name: str, shown: pd.DataFrame, *, synthetic: bool) -> pd.DataFrame:
    """Return disclosed rows as they leave: the declared columns, in their order, and no other.

    Which of the hidden rows hold few persons is hidden, too: of two whose sum is known, the reason
    would tell how large each can be. Every row says whether the data are made up. Raises
    DisclosureError where a declared column is missing.
    """
    frame = frame_of(name)
    marked = shown.assign(synthetic=synthetic)
    missing = [column for column in frame.leaving if column not in marked.columns]
    if missing:
        raise DisclosureError(
            f"The frame {name} leaves with the columns of its contract.",
            f"without {', '.join(missing)}",
            "Make them in kpi/disclosure, or take them from kpi/definitions/frames.",
        )
    leaving = frame.typed(marked[list(frame.leaving)])
    says = [column for column in frame.leaving if column.endswith("suppressed")]
    hidden = {column: leaving[column].where(leaving[column] == "", HIDDEN.id) for column in says}
    return leaving.assign(**hidden)


def _rows(frame: Frame, rows: pd.DataFrame, shown: Shown, threshold: int) -> pd.DataFrame:
    suppressed = hiding.by_itself(frame, rows, shown["results"], threshold)
    return hiding.blanked(frame, rows, suppressed, threshold)


METHODS: dict[Protection, Method] = {
    "headline": lambda _frame, rows, _shown, threshold: disclose(rows, threshold),
    "versions": lambda _frame, rows, _shown, threshold: both_ways(rows, threshold),
    "ways": lambda _frame, rows, shown, threshold: ways(rows, shown["results"], threshold),
    "rows": _rows,
    "parts": lambda frame, rows, shown, threshold: hiding.parts(
        frame, rows, shown["results"], threshold
    ),
    "compared": lambda frame, rows, shown, threshold: explanatory.compared(
        frame, rows, shown["results"], threshold
    ),
    "nested": lambda frame, rows, shown, threshold: explanatory.nested(
        frame, rows, shown["results"], threshold
    ),
    "running": lambda frame, rows, shown, threshold: explanatory.running(
        frame, rows, shown["results"], shown[STAGE_QUEUES.name], threshold
    ),
    "rounded": lambda frame, rows, shown, threshold: explanatory.rounded(
        frame, rows, shown["results"], threshold
    ),
}
"""How frames are protected; a frame of nobody needs no protection and is none of a release."""
