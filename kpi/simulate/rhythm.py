"""The rhythm of a step in the past: the days on which it was taken in a run, if it was."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpi.periods import Cycle
from kpi.simulate.days import Numbers, Workdays


class Rhythm(NamedTuple):
    """The working days with a run of a step, in order, and the quarters that had none."""

    run_days: Numbers
    quarters_without: frozenset[str]

    @classmethod
    def of(
        cls, taken: pd.Series[pd.Timestamp], runs: pd.DataFrame, days: Workdays, cycle: Cycle
    ) -> Rhythm:
        """Find the rhythm of a step by its days and the rows of `runs_of` about it."""
        had_runs = runs.groupby("period")["is_run"].any().astype(bool)
        found = runs[runs["is_run"].astype(bool)]
        weekdays = set(zip(found["period"], found["weekday"], strict=True))
        dates = pd.Series(taken.dropna().unique())
        keys = zip(cycle.names(dates), dates.dt.day_of_week + 1, strict=True)
        is_run = [key in weekdays for key in keys]
        of_run = dates[is_run].to_numpy("datetime64[D]")
        return cls(np.unique(days.at_or_after(of_run)), frozenset(had_runs.index[~had_runs]))

    def until_ready(
        self, came: npt.NDArray[np.float64], left: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """Return the days until cases that left in a run were ready, at the earliest.

        Had a case been ready by the run before, it would have left in that one.
        """
        place = np.searchsorted(self.run_days, left) - 1
        before = np.where(place >= 0, self.run_days[np.maximum(place, 0)], -1)
        return np.maximum(before + 1 - came, 0)
