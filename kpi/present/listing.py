"""A plain table of the page: a caption, headings, and rows whose first cell is their heading."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from kpi.labels import Labels
from kpi.present.wording import NO_FIGURE


@dataclass(frozen=True)
class Listing:
    """A table as the page writes it; all columns but the first hold figures."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def written(labels: Labels, value: float, decimals: int = 0, *, hidden: bool) -> str:
    """Write a figure; hidden and none are two different signs."""
    if pd.isna(value):
        return labels("hidden") if hidden else NO_FIGURE
    return labels.number(value, 0 if float(value).is_integer() else decimals)
