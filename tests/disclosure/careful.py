"""What may be shown of a report on quarters about the metrics that come with the program."""

from __future__ import annotations

from typing import Any

from kpi.definitions.catalogue import SHIPPED
from kpi.definitions.shared_cases import sums_of
from kpi.disclosure import Care
from kpi.disclosure.attack import Cell, Shown
from kpi.periods import CALENDAR_QUARTERS

SUMS = sums_of(SHIPPED.metrics.values())


def careful(threshold: int = 5, **allowed: Any) -> Care:
    """Return the care of counts below a threshold."""
    return Care(threshold, **{"cycle": CALENDAR_QUARTERS, "sums": SUMS, **allowed})


MORE_THAN_ANY = 10**9


def range_of(told: Shown, cell: Cell) -> tuple[int, int]:
    """Return the smallest and the largest value of a cell that is looked for alone."""
    for _, low, high in told.narrow([cell], MORE_THAN_ANY):
        return low, high
    return 0, MORE_THAN_ANY
