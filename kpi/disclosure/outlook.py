"""The outlooks that may be shown."""

from __future__ import annotations

import pandas as pd

from kpi.disclosure.small import HIDDEN, is_small
from kpi.evaluate.outlook import OUTLOOK_COLUMNS, PERSONS


def disclose_outlook(outlook: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Return the outlook that may be shown: without persons, null where it rests on few of them.

    A row is hidden (status "hidden") where 1 to `threshold - 1` persons stand behind one of its
    counts. The input is not changed.
    """
    few = outlook[list(PERSONS)].apply(lambda counts: is_small(counts, threshold)).any(axis=1)
    shown = outlook[list(OUTLOOK_COLUMNS)].copy()
    figures = OUTLOOK_COLUMNS[OUTLOOK_COLUMNS.index("decided") : -1]
    shown.loc[few, list(figures)] = None
    shown.loc[few, "status"] = HIDDEN
    return shown
