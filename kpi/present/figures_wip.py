"""Open work over time: how many cases were open at the end of each day."""

from __future__ import annotations

import numpy as np
import pandas as pd
from markupsafe import Markup

from kpi.labels import Labels
from kpi.present.figures import NARROW, WIDE, Size
from kpi.present.figures_svg import BAND, BLUE, INK, inline_svg

_SMALL = 11.5
_TOP, _BOTTOM = 14, 20


def open_work(labels: Labels, wip: pd.DataFrame, said: tuple[str, str], name: str) -> Markup:
    """Draw the open cases of each day (columns date and open), once wide and once narrow.

    `said` are the title and the alternative text. The highest and the last day are labelled.
    """
    return Markup("\n").join(_draw(labels, wip, said, name, size) for size in (WIDE, NARROW))


def _draw(
    labels: Labels, wip: pd.DataFrame, said: tuple[str, str], name: str, size: Size
) -> Markup:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(size.width / 72, size.height / 72), dpi=72)
    figure.patch.set_visible(False)
    room = (size.height - _BOTTOM - _TOP) / size.height
    axes = figure.add_axes((0.01, _BOTTOM / size.height, 0.98, room))
    axes.axis("off")
    weekly = wip.iloc[:: max(1, len(wip) // 200)] if len(wip) > 400 else wip
    shown = pd.concat([weekly, wip.iloc[[-1]]]).drop_duplicates("date")
    days = (shown["date"] - wip["date"].iloc[0]).dt.days.to_numpy()
    height = shown["open"].to_numpy(dtype=float)
    axes.set_xlim(0, max(int(days[-1]), 1))
    axes.set_ylim(0, max(float(wip["open"].max()), 1.0))
    outline = (np.concatenate([days, days[::-1]]), np.concatenate([height, np.zeros(len(days))]))
    axes.fill(*outline, color=BAND, linewidth=0)
    axes.plot(days, height, color=BLUE, linewidth=1.6)
    top = wip.iloc[int(wip["open"].argmax())]
    place = (top["date"] - wip["date"].iloc[0]).days
    side = "left" if place < days[-1] / 2 else "right"
    month = labels.month(f"{top['date']:%Y-%m}")
    text = f"{labels.count(top['open'])} · {month}"
    axes.text(place, top["open"], text, fontsize=_SMALL, color=INK, ha=side, va="bottom")
    for at, row, ha in ((0, wip.iloc[0], "left"), (days[-1], wip.iloc[-1], "right")):
        month = labels.month(f"{row['date']:%Y-%m}")
        axes.text(
            at, -0.03 * axes.get_ylim()[1], month, fontsize=_SMALL, color=INK, ha=ha, va="top"
        )
    return inline_svg(figure, f"{name}-{size.name}", size.name, *said)
