"""Units side by side: which of them lie further from the whole than chance explains.

D. J. Spiegelhalter (2005), Funnel plots for comparing institutional performance, Statistics in
Medicine 24, 1185-1202. A small unit's share moves much by chance, so that its limits are wide. The
limits are exact: those of the binomial distribution with the whole's share. Where units differ more
than chance explains, as many large ones do, every one of them would lie outside; then the limits
are widened by what differs between all of them (his additive model, section A.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Limit = Literal["", "95", "99.8"]
TAILS: dict[Limit, float] = {"95": 0.025, "99.8": 0.001}
"""How likely a unit that is as the whole lies beyond each limit, on one side."""
_WINSORISED = 0.1  # of the units at either end: the most unlike ones do not decide
FEWEST = 10  # units, of which it can be told whether they differ more than by chance


@dataclass(frozen=True)
class Funnel:
    """The share of the whole, and how units spread about it.

    `low` and `high` are the same but where it is not known of some cases how they ended. `tau` is
    the standard deviation between units, in shares, beyond chance; 0 where chance explains them.
    """

    low: float
    high: float
    tau: float = 0.0

    def limits(self, n: Floats, limit: Limit) -> tuple[Floats, Floats]:
        """Return the lower and upper limit of units of so many cases, as shares."""
        from scipy.stats import binom, norm

        tail = TAILS[limit]
        if not self.tau:
            lower = binom.ppf(tail, n, self.low) / n
            upper = binom.ppf(1 - tail, n, self.high) / n
            return np.maximum(lower, 0), upper
        width = norm.ppf(1 - tail)
        below, above = (
            np.sqrt(share * (1 - share) / n + self.tau**2) for share in (self.low, self.high)
        )
        return np.maximum(self.low - width * below, 0), np.minimum(self.high + width * above, 1)

    def beyond(self, n: Floats, low: Floats, high: Floats) -> list[Limit]:
        """Tell of each unit the outermost limit that its share, from low to high, is beyond."""
        found = np.full(len(n), "", dtype=object)
        for limit in TAILS:
            lower, upper = self.limits(n, limit)
            found[(high < lower - _NEARLY) | (low > upper + _NEARLY)] = limit
        return list(found)


_NEARLY = 1e-12


def funnel(whole: tuple[float, float], n: Floats, low: Floats, high: Floats) -> Funnel:
    """Return the funnel of units about a whole, whose share lies between two values.

    `n` are the units' cases, `low` and `high` their shares.
    """
    return Funnel(*whole, tau=_between(sum(whole) / 2, n, (low + high) / 2))


def _between(share: float, n: Floats, shares: Floats) -> float:
    """Return what differs between units beyond chance; 0 where it may be chance, or few can tell.

    Of units that are alike, the mean of their squared distances, in standard errors, is about 1,
    give or take 2 * sqrt(2 / units).
    """
    units = len(n)
    if units < FEWEST or not 0 < share < 1:
        return 0.0
    error = np.sqrt(share * (1 - share) / n)
    distance = (shares - share) / error
    ends = np.quantile(distance, [_WINSORISED, 1 - _WINSORISED])
    dispersion = float(np.mean(np.clip(distance, *ends) ** 2))
    if dispersion <= 1 + 2 * np.sqrt(2 / units):
        return 0.0
    weights = 1 / error**2
    spread = weights.sum() - (weights**2).sum() / weights.sum()
    return float(np.sqrt(max(0.0, (units * dispersion - (units - 1)) / spread)))
