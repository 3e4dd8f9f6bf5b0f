"""One protector for every frame of a release: what may leave follows from the frame's contract.

A frame that is not declared stops the run, and a column that is not declared does not leave. How a
frame is protected is one of the ways in METHODS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from kpi.definitions.frames import FRAMES, Frame, Protection, frame_of
from kpi.definitions.statuses import HIDDEN
from kpi.disclosure.drawn import drawn
from kpi.disclosure.hiding import Care, blanked, by_itself, without_longest
from kpi.disclosure.results import disclose
from kpi.disclosure.ways import both_ways, ways
from kpi.errors import DisclosureError

Shown = Mapping[str, pd.DataFrame]
"""The frames that are disclosed already by name, the results among them."""
Method = Callable[[Frame, pd.DataFrame, Shown, Care], pd.DataFrame]


def protect(name: str, rows: pd.DataFrame, shown: Shown, care: Care) -> pd.DataFrame:
    """Return what may be shown of a frame, as evaluation made it; the input is not changed.

    Counts of few persons are hidden. `shown` has the frames that are disclosed already: what is
    hidden in the results is hidden here, where the contract says so. Raises DefinitionError for a
    frame that is not declared, or is not as declared.
    """
    frame = frame_of(name)
    disclosed = METHODS[frame.protect](frame, frame.checked(rows), shown, care)
    return disclosed if care.longest else without_longest(frame, disclosed)


def protect_all(
    frames: Mapping[str, pd.DataFrame], shown: Shown, care: Care
) -> dict[str, pd.DataFrame]:
    """Return what may be shown of several frames, and what is shown already."""
    disclosed = dict(shown)
    order = list(FRAMES)
    for name in sorted(frames, key=lambda name: order.index(frame_of(name).name)):
        disclosed[name] = protect(name, frames[name], disclosed, care)
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


def _rows(frame: Frame, rows: pd.DataFrame, shown: Shown, care: Care) -> pd.DataFrame:
    suppressed = by_itself(frame, rows, shown["results"], care.threshold)
    return blanked(frame, rows, suppressed, care.threshold)


METHODS: dict[Protection, Method] = {
    "headline": lambda _frame, rows, _shown, care: disclose(rows, care),
    "versions": lambda _frame, rows, shown, care: both_ways(rows, shown["results"], care),
    "ways": lambda _frame, rows, shown, care: ways(rows, shown["results"], care.threshold),
    "rows": _rows,
    "drawn": lambda frame, rows, shown, care: drawn(frame, rows, shown["results"], care.threshold),
}
"""How frames are protected; a frame of nobody needs no protection and is none of a release."""
