"""What is too small to show, and how it is marked."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

HIDDEN = "hidden"
PRIMARY, SECONDARY = "primary", "secondary"


def is_small(persons: pd.Series[int], threshold: int) -> pd.Series[bool]:
    """Tell the counts of 1 to `threshold - 1` persons; null counts nobody."""
    return ((persons > 0) & (persons < threshold)).fillna(False).astype(bool)


def few(persons: npt.NDArray[np.int_], threshold: int) -> npt.NDArray[np.bool_]:
    """Tell the same of counts without null."""
    return (persons > 0) & (persons < threshold)


def released(shown: pd.DataFrame) -> pd.DataFrame:
    """Return disclosed rows as they leave: which of them hold few persons is hidden, too.

    Of two hidden rows whose sum is known, the reason would tell how large each can be. The reasons
    stand in the columns whose names end with `suppressed`; a frame without one leaves as it is.
    """
    reasons = [name for name in shown.columns if str(name).endswith("suppressed")]
    hidden = {name: shown[name].where(shown[name] == "", HIDDEN) for name in reasons}
    return shown.assign(**hidden)
