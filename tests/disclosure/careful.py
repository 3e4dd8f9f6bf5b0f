"""What may be shown of a report on quarters about the metrics that come with the program."""

from __future__ import annotations

from typing import Any

from kpi.definitions.catalogue import SHIPPED
from kpi.definitions.shared_cases import sums_of
from kpi.disclosure import Care
from kpi.periods import CALENDAR_QUARTERS

SUMS = sums_of(SHIPPED.metrics.values())


def careful(threshold: int = 5, **allowed: Any) -> Care:
    """Return the care of counts below a threshold."""
    return Care(threshold, **{"cycle": CALENDAR_QUARTERS, "sums": SUMS, **allowed})
