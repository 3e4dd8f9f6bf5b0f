"""The only door out: a release is protected as one, so that nobody in it can be recognised.

The results are exact. A count of 1 to `threshold - 1` persons is hidden, and a share whose
numerator, complement or unknown cases are that few. What is hidden could be worked out from a total
(months of a quarter, values of a group, metrics that count the same cases), so more is hidden with
it until the hidden rows are at least two and together not few. Weeks of persons' cases do not
leave: months less whole weeks are the few days between. Zero is shown: it is nobody.

All other frames explain. Their counts are rounded once, where cases are drawn
(kpi.figures.drawn_cases), and times behind or beyond which few persons stand are hidden.

    results     hides in the results; `attack` tries them as a reader would
    drawn       sees to it that a frame's counts are of drawn cases
    ways        figures that are counted in several ways
    published   what stands because it was published
    units       a unit, its whole, and the other units
    findings    the office's paper on what was hidden

What may leave follows from the contract of each frame (kpi.definitions.frames): a frame that is not
declared stops the run, and a column that is not declared does not leave.
"""

from __future__ import annotations

from kpi.disclosure.hiding import Care
from kpi.disclosure.protector import protect, protect_all, released
from kpi.disclosure.results import disclose
from kpi.disclosure.ways import disclose_versions

__all__ = ["Care", "disclose", "disclose_versions", "protect", "protect_all", "released"]
