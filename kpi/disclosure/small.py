"""What is too small to show, and how it is marked."""

from __future__ import annotations

import pandas as pd

HIDDEN = "hidden"
PRIMARY, SECONDARY = "primary", "secondary"


def is_small(persons: pd.Series[int], threshold: int) -> pd.Series[bool]:
    """Tell the counts of 1 to `threshold - 1` persons; null counts nobody."""
    return ((persons > 0) & (persons < threshold)).fillna(False).astype(bool)
