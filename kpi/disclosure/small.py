"""What is too small to show, and how it is marked."""

from __future__ import annotations

import pandas as pd

HIDDEN = "hidden"
PRIMARY, SECONDARY = "primary", "secondary"


def is_small(persons: pd.Series[int], threshold: int) -> pd.Series[bool]:
    """Tell the counts of 1 to `threshold - 1` persons; null counts nobody."""
    return ((persons > 0) & (persons < threshold)).fillna(False).astype(bool)


def released(shown: pd.DataFrame) -> pd.DataFrame:
    """Return disclosed rows as they leave: which of them hold few persons is hidden, too.

    Of two hidden rows whose sum is known, the reason would tell how large each can be. A frame
    without the column `suppressed` leaves as it is.
    """
    if "suppressed" not in shown.columns:
        return shown
    return shown.assign(suppressed=shown["suppressed"].where(shown["suppressed"] == "", HIDDEN))
