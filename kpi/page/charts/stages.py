"""Drawings of stages: the days of delay that fall to each, and a row of bars month by month."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from markupsafe import Markup

from kpi.language import Labels
from kpi.page.charts.control import NARROW, WIDE, Size
from kpi.page.charts.svg import BLUE, GREY, INK, RUST, inline_svg
from kpi.page.fragments import written

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


_SMALL = 11.5
_LINE, _THICK = 38, 12
_WIDEST = 0.58


@dataclass(frozen=True)
class Bar:
    """A line of the picture: its name, its days (null where hidden), and both as it is written.

    `is_stage` tells stages from the lines for delay that no stage is responsible for.
    """

    name: str
    days: float
    value: str
    is_stage: bool = True


def delay_bars(bars: Sequence[Bar], title: str, description: str, *, name: str) -> Markup:
    """Draw a bar for the days of delay of each line, all on one scale, once wide and once narrow.

    The name stands above each bar, its value beside it; the longest is dark.
    """
    said = (title, description)
    return Markup("\n").join(
        inline_svg(_draw_bars(bars, size), f"{name}-delay-{size.name}", size.name, *said)
        for size in (WIDE, NARROW)
    )


def _draw_bars(bars: Sequence[Bar], size: Size) -> Figure:
    from matplotlib.figure import Figure

    height = _LINE * len(bars)
    figure = Figure(figsize=(size.width / 72, height / 72), dpi=72)
    figure.patch.set_visible(False)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.axis("off")
    axes.set_xlim(0, size.width)
    axes.set_ylim(-height, 0)
    known = [bar.days for bar in bars if not math.isnan(bar.days)]
    longest = max(known, default=0.0) or 1.0
    for place, bar in enumerate(bars):
        top, is_longest = -_LINE * place, bar.days == longest
        axes.text(0, top - 12, bar.name, fontsize=_SMALL, color=INK)
        floor = top - _LINE + 8
        ceiling = floor + _THICK
        end = max(1.5, _WIDEST * size.width * bar.days / longest) if bar.days >= 0 else 0.0
        if end:
            axes.fill(
                [0, end, end, 0], [floor, floor, ceiling, ceiling], linewidth=0,
                color=RUST if bar.is_stage else GREY, alpha=1.0 if is_longest else 0.55,
            )  # fmt: skip
        axes.text(
            end + 5 if end else 0, floor + 2, bar.value, fontsize=_SMALL, color=INK,
            fontweight="bold" if is_longest else "normal",
        )  # fmt: skip
    return figure


Floats: TypeAlias = "np.ndarray[Any, np.dtype[np.float64]]"
_ROW, _BAR, _BOTTOM = 64, 28, 20
_EARLIER = 0.45


@dataclass(frozen=True)
class StageMonths:
    """A stage as the picture names it, and its figure in each month; null where hidden."""

    name: str
    figures: Floats


def stage_months(
    labels: Labels,
    months: Sequence[str],
    rows: Sequence[StageMonths],
    said: tuple[str, str],
    name: str,
) -> Markup:
    """Draw the figures of months such as "2019-10", once wide and once narrow.

    The last month is darker; it and the highest one are labelled. A hidden month is a gap. `said`
    are the title and the alternative text.
    """
    return Markup("\n").join(
        inline_svg(
            _draw_months(labels, months, rows, size), f"{name}-{size.name}", size.name, *said
        )
        for size in (WIDE, NARROW)
    )


def _draw_months(
    labels: Labels, months: Sequence[str], rows: Sequence[StageMonths], size: Size
) -> Figure:
    from matplotlib.figure import Figure

    height = _ROW * len(rows) + _BOTTOM
    figure = Figure(figsize=(size.width / 72, height / 72), dpi=72)
    figure.patch.set_visible(False)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.axis("off")
    axes.set_xlim(0, size.width)
    axes.set_ylim(-height, 0)
    highest = float(np.nanmax([0.0, *(top for row in rows for top in row.figures)])) or 1.0
    slot = size.width / len(months)
    for place, row in enumerate(rows):
        _stage(axes, labels, row, -_ROW * place, slot, highest)
    ends = ((0, 0, "left"), (len(months) - 1, size.width, "right"))
    for month, at, side in ends if len(months) > 1 else ends[1:]:
        text = labels.month(months[month], "MMM yy")
        axes.text(at, 6 - height, text, fontsize=_SMALL, color=GREY, ha=side)
    return figure


def _stage(
    axes: Axes, labels: Labels, row: StageMonths, top: float, slot: float, highest: float
) -> None:
    floor, last = top - _ROW + 4, len(row.figures) - 1
    middles = (np.arange(last + 1, dtype=np.float64) + 0.5) * slot
    ends: Floats = floor + _BAR * row.figures / highest
    axes.text(0, top - 14, row.name, fontsize=_SMALL, color=INK)
    axes.plot([0, slot * (last + 1)], [floor, floor], color=GREY, linewidth=0.6)
    for chosen, alpha in ((slice(0, last), _EARLIER), (slice(last, None), 1.0)):
        _bars(axes, middles[chosen], ends[chosen], floor, 0.68 * slot, alpha)
    if not np.isnan(row.figures).all():
        labelled = {last, int(np.nanargmax(row.figures))}
        for month in labelled if max(labelled) - min(labelled) != 1 else {last}:
            _value(
                axes,
                labels,
                row.figures[month],
                (middles[month], ends[month]),
                is_last=month == last,
            )


def _bars(axes: Axes, at: Floats, ends: Floats, floor: float, width: float, alpha: float) -> None:
    known = ~np.isnan(ends)
    gap = np.full(int(known.sum()), np.nan)
    if len(gap):
        x = np.column_stack([at[known], at[known], gap]).ravel()
        y = np.column_stack([np.full(len(gap), floor), ends[known], gap]).ravel()
        axes.plot(x, y, color=BLUE, linewidth=width, alpha=alpha, solid_capstyle="butt")


def _value(
    axes: Axes, labels: Labels, value: float, tip: tuple[float, float], *, is_last: bool
) -> None:
    if not np.isnan(value):
        axes.text(
            tip[0], tip[1] + 2, written(labels, value, 1, hidden=True), fontsize=_SMALL,
            color=INK, ha="center", fontweight="bold" if is_last else "normal",
        )  # fmt: skip
