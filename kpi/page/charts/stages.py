"""A stage strip: how long late cases and those on time spent in each stage.

A figure of each stage month by month: a row of bars a stage, all on one scale.
"""

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


_NARROWEST = 0.25
_HEIGHT = 112
_SMALL = 11.5


@dataclass(frozen=True)
class Piece:
    """A stage of the strip: its number, its days, and the share of late cases that it made late.

    Days and share are null where they are hidden or there are none.
    """

    number: int
    late_days: float
    on_time_days: float
    share: float


def stage_strip(
    labels: Labels, pieces: Sequence[Piece], title: str, description: str, *, name: str
) -> Markup:
    """Draw two rows of stages, late cases and those on time, once wide and once narrow.

    A stage is as wide as its median days; the more late cases it made late, the darker it is.
    """
    said = (title, description)
    return Markup("\n").join(
        inline_svg(
            _draw_strip(labels, pieces, size), f"{name}-stages-{size.name}", size.name, *said
        )
        for size in (WIDE, NARROW)
    )


def _draw_strip(labels: Labels, pieces: Sequence[Piece], size: Size) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(size.width / 72, _HEIGHT / 72), dpi=72)
    figure.patch.set_visible(False)
    axes = figure.add_axes((0.01, 0.0, 0.98, 1.0))
    axes.axis("off")
    rows = {
        "late": [(piece.late_days, 0.12 + 0.88 * _known(piece.share)) for piece in pieces],
        "on time": [(piece.on_time_days, 0.35) for piece in pieces],
    }
    longest = max(sum(_width(days) for days, _ in row) for row in rows.values())
    axes.set_xlim(0, longest or 1.0)
    axes.set_ylim(0, 1)
    for (name, row), level in zip(rows.items(), (0.56, 0.04), strict=True):
        colour = RUST if name == "late" else BLUE
        axes.text(
            0, level + 0.33, labels(ROW_WORDS[name]), fontsize=_SMALL, color=INK, weight="bold"
        )
        _row(axes, labels, row, level, colour)
    return figure


def _row(
    axes: Axes, labels: Labels, row: Sequence[tuple[float, float]], level: float, colour: str
) -> None:
    left = 0.0
    for number, (days, shade) in enumerate(row, start=1):
        width = _width(days)
        right = left + width
        corners = ([left, right, right, left], [level, level, level + 0.14, level + 0.14])
        axes.fill(*corners, color=colour, alpha=shade, linewidth=0)
        axes.plot([*corners[0], left], [*corners[1], level], color=INK, linewidth=0.8)
        written = (
            labels.number(days, 0 if float(days).is_integer() else 1) if days >= 0 else "\u2013"
        )
        text = f"{number}: {written}" if width > 0.12 * axes.get_xlim()[1] else str(number)
        axes.text((left + right) / 2, level + 0.185, text, fontsize=_SMALL, color=INK, ha="center")
        left = right


def _width(days: float) -> float:
    return max(_known(days), _NARROWEST)


def _known(value: float) -> float:
    return 0.0 if math.isnan(value) else value


ROW_WORDS = {"late": "Late", "on time": "On time"}


Floats: TypeAlias = "np.ndarray[Any, np.dtype[np.float64]]"
_SMALL = 11.5
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
