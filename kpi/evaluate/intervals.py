"""The uncertainty of a share that rests on a sample. Off by default: extracts are full counts."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


def wilson_interval(count: Numbers, n: Numbers) -> tuple[Numbers, Numbers]:
    """Return the 95 % Wilson interval of the shares count / n, null where n is 0.

    E. B. Wilson (1927), Probable inference, the law of succession, and statistical inference,
    JASA 22, 209-212. It tells how far the share of a sample may lie from that of all cases. For a
    full count there is no such distance, so shares carry it only where the parameters say that the
    cases are a sample (`is_sample`).
    """
    from statsmodels.stats.proportion import proportion_confint

    asked = np.where(n > 0, n, 1)
    lower, upper = proportion_confint(np.where(n > 0, count, 0), asked, method="wilson")
    return cast("Numbers", np.where(n > 0, lower, np.nan)), np.where(n > 0, upper, np.nan)
