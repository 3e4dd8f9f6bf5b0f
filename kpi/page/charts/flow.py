"""Drawings of work under way: a cumulative flow diagram, and how many cases were open each day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from kpi.language import Labels
from kpi.page.charts.control import NARROW, WIDE, Size, spread
from kpi.page.charts.svg import BAND, BLUE, GREY, INK, inline_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    Floats = np.ndarray[Any, np.dtype[np.float64]]
    Line = tuple[str, Floats]


_SMALL = 11.5
_LETTER = 6.3
_HEIGHT, _ABOVE, _BELOW = 240, 10, 20
_LIGHT, _DARK = 0.14, 0.62


def cumulative_flow(
    labels: Labels,
    days: Sequence[dt.date],
    lines: Sequence[Line],
    said: tuple[str, str],
    name: str,
) -> Markup:
    """Draw the cases that had come to each step by each day, once wide and once narrow.

    `lines` are the steps in their order, as the picture names them, with a number a day (null where
    hidden: a gap). The later the step, the darker the work that waits for it. `said` are the title
    and the alternative text.
    """
    return Markup("\n").join(
        inline_svg(
            _draw_cumulative(labels, days, lines, size), f"{name}-{size.name}", size.name, *said
        )
        for size in (WIDE, NARROW)
    )


def _draw_cumulative(
    labels: Labels, days: Sequence[dt.date], lines: Sequence[Line], size: Size
) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(size.width / 72, _HEIGHT / 72), dpi=72)
    figure.patch.set_visible(False)
    written = _written(labels, lines)
    right = _LETTER * max(len(text) for text in written) + 10
    height = _HEIGHT - _ABOVE - _BELOW
    axes = figure.add_axes(
        (2 / size.width, _BELOW / _HEIGHT, 1 - (right + 2) / size.width, height / _HEIGHT)
    )
    axes.axis("off")
    weeks = np.array([(day - days[0]).days for day in days], dtype=np.float64)
    highest = float(np.nanmax([1.0, *(top for _, values in lines for top in values)]))
    axes.set_xlim(0, max(weeks[-1], 1))
    axes.set_ylim(0, highest)
    _work_between(axes, weeks, [values for _, values in lines])
    for _, values in lines:
        axes.plot(weeks, values, color=INK, linewidth=1)
    _names(axes, written, [values for _, values in lines], highest, height)
    _months(axes, labels, days)
    return figure


def _written(labels: Labels, lines: Sequence[Line]) -> list[str]:
    return [
        step if np.isnan(values[-1]) else f"{labels.count(values[-1])} {step}"
        for step, values in lines
    ]


def _work_between(axes: Axes, weeks: Floats, values: list[Floats]) -> None:
    """Shade the work between each step and the next, and below the last what is done."""
    shades = np.linspace(_LIGHT, _DARK, max(len(values) - 1, 1))
    below = [*values[1:], np.zeros(len(weeks))]
    for place, (upper, lower) in enumerate(zip(values, below, strict=True)):
        is_done = place == len(values) - 1
        look = {"color": BAND} if is_done else {"color": BLUE, "alpha": shades[place]}
        for run in _known_runs(~np.isnan(upper) & ~np.isnan(lower)):
            x = np.concatenate([weeks[run], weeks[run][::-1]])
            axes.fill(x, np.concatenate([upper[run], lower[run][::-1]]), linewidth=0, **look)


def _known_runs(known: np.ndarray[Any, np.dtype[np.bool_]]) -> Iterator[slice]:
    """Yield the stretches of two known days and more."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]]).astype(int)))
    for start, end in edges.reshape(-1, 2):
        if end - start > 1:
            yield slice(int(start), int(end))


def _names(
    axes: Axes, written: list[str], values: list[Floats], highest: float, height: float
) -> None:
    """Write each step at the right end of its line, pushed apart where they would overlap."""
    last = [float(line[~np.isnan(line)][-1]) if (~np.isnan(line)).any() else 0.0 for line in values]
    wanted = [(value, text) for value, text in zip(last, written, strict=True)][::-1]
    places = spread([value / highest * height for value, _ in wanted], height)
    for (value, text), place in zip(wanted, places, strict=True):
        axes.annotate(
            text, (1, value), xycoords=("axes fraction", "data"), textcoords="offset points",
            xytext=(7, place - value / highest * height - 4), color=INK, fontsize=_SMALL,
        )  # fmt: skip


def _months(axes: Axes, labels: Labels, days: Sequence[dt.date]) -> None:
    """Name each month at its first Sunday."""
    for day in {(day.year, day.month): day for day in reversed(days)}.values():
        axes.annotate(
            labels.month(f"{day:%Y-%m}", "MMM"), ((day - days[0]).days, 0), xytext=(0, -15),
            textcoords="offset points", color=GREY, fontsize=_SMALL,
        )  # fmt: skip


_SMALL = 11.5
_TOP, _BOTTOM = 14, 20


def open_work(labels: Labels, wip: pd.DataFrame, said: tuple[str, str], name: str) -> Markup:
    """Draw the open cases of each day (columns date and open), once wide and once narrow.

    `said` are the title and the alternative text. The highest and the last day are labelled.
    """
    return Markup("\n").join(
        _draw_open_work(labels, wip, said, name, size) for size in (WIDE, NARROW)
    )


def _draw_open_work(
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
