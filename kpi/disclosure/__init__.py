"""The only door out: small counts of persons are hidden, and what would give them away.

A count of 1 to `threshold - 1` persons is hidden. A share is hidden where its numerator, its
complement or its unknown cases are that few persons. In a breakdown (months of a quarter, values of
a group) what is hidden could be worked out from the total, so more is hidden with it until the
hidden rows are at least two and together not few; a weekly series with a hidden week is withheld as
a whole. Zero is shown: it is nobody. Open cases are hidden by the same rule, in the results and by
age; so are durations that few persons took. A release says what is hidden, never for which reason.
"""

from __future__ import annotations

from kpi.disclosure.frames import (
    disclose_effect,
    disclose_open_cases,
    disclose_outlook,
    disclose_overlap,
    disclose_stuck,
    disclose_versions,
)
from kpi.disclosure.results import DISCLOSED_COLUMNS, HIDDEN, disclose, released

__all__ = [
    "DISCLOSED_COLUMNS",
    "HIDDEN",
    "disclose",
    "disclose_effect",
    "disclose_open_cases",
    "disclose_outlook",
    "disclose_overlap",
    "disclose_stuck",
    "disclose_versions",
    "released",
]
