"""Draw time against rows: benchmarks/time-against-rows.svg, from benchmarks/measured.csv.

    python benchmarks/size.py --note benchmarks/measured.csv
    python benchmarks/chart.py

Both axes are logarithmic; along a grey line, time grows as fast as the rows. Where something was
measured more than once, the last time counts; what was measured at one size only is left out.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

HERE = Path(__file__).parent
COLUMNS = ["step", "way", "rows", "seconds", "gigabytes"]
LOOKS = {"ours": "o-", "by hand": "s--", "pandas": "^:", "Spark": "D-."}
STEPS = {"sources": "Reading", "quality": "Quality", "measure": "Figures", "flow": "Flow"}


def last_measured() -> pd.DataFrame:
    """Return what was measured last of each step, way and number of rows."""
    rows = pd.read_csv(HERE / "measured.csv", names=COLUMNS, header=None)
    rows["way"] = rows["way"].fillna("ours")
    return rows.drop_duplicates(COLUMNS[:3], keep="last").dropna().sort_values("rows")


def panel(axes: Axes, title: str, rows: pd.DataFrame) -> None:
    """Draw the ways of one step."""
    axes.set(title=title, xscale="log", yscale="log", xlabel="rows")
    first = rows[rows["way"] == "ours"].iloc[0]
    ends = [rows["rows"].min(), rows["rows"].max()]
    linear = [first["seconds"] * end / first["rows"] for end in ends]
    axes.plot(ends, linear, color="0.8", linewidth=5, zorder=0)
    for way, points in rows.groupby("way"):
        axes.plot(points["rows"], points["seconds"], LOOKS[str(way)], color="black", label=way)
    axes.legend(frameon=False)


def main() -> None:
    """Draw a panel a step."""
    measured = last_measured()
    sizes = measured.groupby("step")["rows"].nunique()
    steps = [step for step in STEPS if sizes.get(step, 0) > 1]
    figure = Figure(figsize=(3.2 * len(steps), 3.2), layout="constrained")
    for axes, step in zip(figure.subplots(1, len(steps), sharey=True), steps, strict=True):
        panel(axes, STEPS[step], measured[measured["step"] == step])
    figure.axes[0].set_ylabel("seconds")
    with mpl.rc_context({"svg.hashsalt": "benchmarks"}):
        figure.savefig(HERE / "time-against-rows.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
