"""The only door out: small counts of persons are hidden, and what would give them away.

A count of 1 to `threshold - 1` persons is hidden. A share is hidden where its numerator, its
complement or its unknown cases are that few persons. In a breakdown (months of a quarter, values of
a group) what is hidden could be worked out from the total, so more is hidden with it until the
hidden rows are at least two and together not few; a weekly series with a hidden week is withheld as
a whole. Zero is shown: it is nobody. Open cases are hidden by the same rule, in the results and by
age; so are durations that few persons took. A release says what is hidden, never for which reason.

What may leave follows from the contract of each frame (kpi.definitions.frames): a frame that is not
declared stops the run, and a column that is not declared does not leave.
"""

from __future__ import annotations

from kpi.disclosure.protector import protect, protect_all, released
from kpi.disclosure.results import disclose
from kpi.disclosure.ways import disclose_versions

__all__ = ["disclose", "disclose_versions", "protect", "protect_all", "released"]
