"""How long cases take, counting those that are still open: the Kaplan-Meier median of a quarter.

The median of the ended cases alone looks best when the slow ones are left lying. Here every case
under way in the quarter counts, by the period method: it is at risk from its age on the quarter's
first day (delayed entry), or from its start, until it ended or the quarter did; a case still open
then is censored at its age.

Sources: E. L. Kaplan and P. Meier (1958), Nonparametric estimation from incomplete observations,
JASA 53, 457-481; delayed entry and its risk sets: J. P. Klein and M. L. Moeschberger (2003),
Survival Analysis, 2nd ed., section 4.6; the period method: H. Brenner and O. Gefeller (1997),
Deriving more up-to-date estimates of long-term patient survival, J. Clin. Epidemiol. 50, 211-216.
The curve is computed by statsmodels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from kpi.evaluate.under_way import UNDER_WAY, with_clock

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

MEDIAN_COLUMNS = ("metric", "period", "km_median_days")
_TOLERANCE = 1e-9


def km_medians(backend: Backend, measured: list[str]) -> pd.DataFrame:
    """Return the Kaplan-Meier median of each quarter and metric with a clock.

    Columns: metric, period, km_median_days (gross, in the unit of the limit; null where the cases
    seen do not tell when half of them have ended).
    """
    medians = []
    if with_clock(measured):
        rows = backend.table(UNDER_WAY)
        rows = rows.filter(rows.left > rows.entered).mutate(is_end=~rows.is_open)
        alike = rows.group_by("metric", "period", "entered", "left", "is_end").agg(n=rows.count())
        by_quarter = backend.execute(alike).groupby(["metric", "period"])
        medians = [(*quarter, km_median(spells)) for quarter, spells in by_quarter]
    return pd.DataFrame(medians, columns=list(MEDIAN_COLUMNS))


def km_median(spells: pd.DataFrame) -> float:
    """Return the median time from start to stop, in days, with open cases taken into account.

    `spells` has the columns entered, left, is_end and n (so many cases alike), in days of a case's
    life, of which the day it starts is the first: a case that ended on the day it began took 0 days
    and left on its day 1. It was at risk on the days after `entered`, up to and including `left`;
    on a day on which some end and others are censored, these were at risk as well.

    The median is the day on which the curve falls to one half. Where it stays on exactly one half
    for a while it is the middle of that while (as R's survfit has it), so that without open cases
    it is the ordinary median. Null where the curve does not come down to one half, or only by
    breaking off: where the last case at risk at some age ended although older cases were seen.
    """
    from statsmodels.duration.survfunc import SurvfuncRight

    if not spells["is_end"].any():
        return np.nan
    curve = SurvfuncRight(
        spells["left"].to_numpy(),
        spells["is_end"].to_numpy(dtype=int),
        entry=spells["entered"].to_numpy(),
        freq_weights=spells["n"].to_numpy(),
    )
    breaks_off = (curve.surv_prob == 0) & (curve.surv_times < spells["left"].max())
    is_whole = ~np.logical_or.accumulate(breaks_off)
    alive, age = curve.surv_prob[is_whole], curve.surv_times[is_whole] - 1
    at_half, below = age[alive <= 0.5 + _TOLERANCE], age[alive < 0.5 - _TOLERANCE]
    if not at_half.size:
        return np.nan
    return float((at_half[0] + (below[0] if below.size else at_half[0])) / 2)
