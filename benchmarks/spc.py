"""Time the control charts of 326 monthly series of 36 points: one call, and a call for each.

Run with `python benchmarks/spc.py`. The absolute times depend on the machine, the ratio less so.
The reference, NHSRplotthedots 0.2.2, takes 700 ms for the same in one call (2 cores, R 4.5.0).
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from kpi.figures.control_charts import xmr

SERIES, MONTHS, ROUNDS = 326, 36, 9


def drawn_points() -> pd.DataFrame:
    """Draw shares of late cases, some of them missing; always the same ones."""
    share = np.random.default_rng(2019).beta(4, 36, (SERIES, MONTHS))
    share[:, ::17] = np.nan
    months = pd.date_range("2016-04-01", periods=MONTHS, freq="MS")
    return pd.DataFrame(
        {
            "series": np.repeat([f"unit {number:03}" for number in range(SERIES)], MONTHS),
            "x": np.tile(months, SERIES),
            "y": share.ravel(),
        }
    )


def milliseconds(work: Callable[[], object], rounds: int) -> float:
    """Return the median time of some rounds of work."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def main() -> None:
    """Print both times and their ratio."""
    points = drawn_points()
    each = [series for _, series in points.groupby("series")]

    def at_once() -> None:
        xmr(points, direction="decrease", target=0.05)

    def one_by_one() -> None:
        for series in each:
            xmr(series, direction="decrease", target=0.05)

    together, apart = milliseconds(at_once, ROUNDS), milliseconds(one_by_one, 3)
    sys.stdout.write(
        f"{SERIES} series of {MONTHS} points, median of {ROUNDS} rounds\n"
        f"one call           {together:8.1f} ms\n"
        f"a call for each    {apart:8.1f} ms\n"
        f"ratio              {apart / together:8.1f}\n"
    )


if __name__ == "__main__":
    main()
