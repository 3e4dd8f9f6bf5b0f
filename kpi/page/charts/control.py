"""Control charts: a figure month by month, its target and what is normal, labelled directly.

Each chart is drawn twice, for wide and for narrow pages; the page shows the one that fits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from kpi.language import Labels
from kpi.page.charts.svg import BAND, BLUE, GREY, INK, RUST, inline_svg
from kpi.page.trends import Monthly, month_start
from kpi.page.wording import short_amount, target_in_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    Floats = np.ndarray[Any, np.dtype[np.float64]]


_LINE_HEIGHT = 14.0
_SMALL = 11.5
_SQUARE = 7


@dataclass(frozen=True)
class Size:
    """A chart's size and the room for labels at its right, in pixels."""

    name: str
    width: int
    height: int
    right: int


WIDE, NARROW = Size("wide", 560, 186, 132), Size("narrow", 336, 136, 126)
SMALL = Size("small", 336, 150, 126)
BOTH = (WIDE, NARROW)


def control_chart(
    labels: Labels, found: Monthly, title: str, description: str, sizes: tuple[Size, ...] = BOTH
) -> Markup:
    """Draw a metric's months as an inline SVG of each size, with title and alternative text."""
    charts = [_draw(labels, found, size, title, description) for size in sizes]
    return Markup("\n").join(charts)


def _draw(labels: Labels, found: Monthly, size: Size, title: str, description: str) -> Markup:
    from matplotlib.figure import Figure

    bottom, top = 20, 8
    figure = Figure(figsize=(size.width / 72, size.height / 72), dpi=72)
    figure.patch.set_visible(False)
    axes = figure.add_axes(
        (
            6 / size.width,
            bottom / size.height,
            (size.width - size.right - 6) / size.width,
            (size.height - bottom - top) / size.height,
        )
    )
    axes.axis("off")
    axes.set_xlim(-0.4, found.places[-1] + 0.4)
    axes.set_ylim(*_y_range(found))
    _background(axes, found)
    _series(axes, found)
    _breaks(axes, labels, found)
    _month_names(axes, labels, found)
    _right_labels(axes, labels, found, size.height - bottom - top)
    name = f"{found.metric}-{size.name}"
    return inline_svg(figure, name, size.name, title, description)


def _y_range(found: Monthly) -> tuple[float, float]:
    bounds = [_numbers(found, name) for name in ("value", "lower", "upper")]
    shown = np.concatenate([*bounds, found.targets, found.upper_ends, *found.shown_limits])
    low, high = float(np.nanmin(shown)), float(np.nanmax(shown))
    room = 0.06 * (high - low) or abs(high) * 0.1 or 1.0
    return low - room, high + room


def _numbers(found: Monthly, column: str) -> Floats:
    return found.frame[column].to_numpy(dtype=np.float64, na_value=np.nan)


def _background(axes: Axes, found: Monthly) -> None:
    """Shade the normal range and draw its middle and the target, a step where it changed."""
    _, right = axes.get_xlim()
    if found.centre is not None:
        start = found.places[found.start] - 0.4
        _band(axes, found)
        axes.plot([start, right], [found.centre] * 2, color=GREY, linewidth=0.7)
    gap = max(np.diff(found.places), default=1) - 0.4
    edges = np.array([at for place in found.places for at in (place - gap, place + 0.4)])
    levels, tops = np.repeat(found.targets, 2), np.repeat(found.upper_ends, 2)
    if found.targets_to:
        axes.fill_between(edges, levels, tops, color=INK, alpha=0.08, linewidth=0)
    for ends in (levels, tops) if found.targets_to else (levels,):
        corners = _corners(ends)
        axes.plot(edges[corners], ends[corners], color=INK, linewidth=1.2, linestyle=(0, (4, 3)))


def _band(axes: Axes, found: Monthly) -> None:
    """Shade what is normal in each month; months with the same limits are one shape."""
    low, high = found.shown_limits
    places = np.array(found.places, dtype=np.float64)
    half = found.step / 2
    known = np.flatnonzero(~np.isnan(low))
    for stretch in np.split(known, np.flatnonzero(np.diff(known) > 1) + 1):
        edges = np.column_stack([places[stretch] - half, places[stretch] + half]).ravel()
        edges[0], edges[-1] = max(edges[0], axes.get_xlim()[0]), min(edges[-1], axes.get_xlim()[1])
        floor, ceiling = np.repeat(low[stretch], 2), np.repeat(high[stretch], 2)
        corners = _corners(floor) | _corners(ceiling)
        x, bottom, top = edges[corners], floor[corners], ceiling[corners]
        outline = np.concatenate([x, x[::-1]]), np.concatenate([bottom, top[::-1]])
        axes.fill(*outline, color=BAND, linewidth=0)


def _corners(levels: Floats) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Tell the points of a stepped line that are needed to draw it."""
    same = (levels[1:] == levels[:-1]) | (np.isnan(levels[1:]) & np.isnan(levels[:-1]))
    return ~(np.append(False, same) & np.append(same, False))


def _series(axes: Axes, found: Monthly) -> None:
    """Draw the line, the ranges and the points; a hidden or empty month leaves a gap."""
    value, low, high = (_numbers(found, name) for name in ("value", "lower", "upper"))
    places_with_gaps = np.insert(np.array(found.places, dtype=np.float64), found.breaks, np.nan)
    axes.plot(places_with_gaps, np.insert(value, found.breaks, np.nan), color=BLUE, linewidth=1.6)
    known = np.flatnonzero(~np.isnan(value))
    side = np.array(found.side or [""] * len(value))
    open_ones = known[low[known] < high[known]]
    usual, outside = known[side[known] == ""], known[side[known] != ""]
    places = np.array(found.places, dtype=np.float64)
    square = _SQUARE / 2 * np.ptp(axes.get_ylim()) / axes.get_window_extent().height
    for chosen, ends, look in (
        (open_ones, (low, high), {"color": BLUE, "linewidth": _SQUARE, "alpha": 0.3}),
        (usual, (value, value), {"color": BLUE, "linewidth": 4.2, "solid_capstyle": "round"}),
        (outside, (value - square, value + square), {"color": RUST, "linewidth": _SQUARE}),
    ):
        _strokes(axes, places[chosen], ends[0][chosen], ends[1][chosen], look)


def _strokes(axes: Axes, places: Floats, low: Floats, high: Floats, look: dict[str, Any]) -> None:
    """Draw an upright stroke at each place, all in one path; of no length it is a point."""
    if len(places):
        gap = np.full(len(places), np.nan)
        x = np.column_stack([places, places, gap]).ravel()
        y = np.column_stack([low, high, gap]).ravel()
        axes.plot(x, y, **{"solid_capstyle": "butt"} | look)


def _breaks(axes: Axes, labels: Labels, found: Monthly) -> None:
    """Mark where the metric begins to count in a new way; no line runs across it."""
    for at in found.breaks:
        middle = (found.places[at - 1] + found.places[at]) / 2
        axes.axvline(middle, color=GREY, linewidth=1, linestyle=(0, (1, 2)))
        axes.annotate(
            labels("counted anew"),
            (middle, 1),
            xycoords=("data", "axes fraction"),
            xytext=(-4, -8),
            textcoords="offset points",
            color=GREY,
            fontsize=_SMALL,
            ha="right",
        )


def _month_names(axes: Axes, labels: Labels, found: Monthly) -> None:
    """Name the first month, each January that has room, and the last month."""
    last = found.places[-1]
    named = {0: "left", last: "right"}
    for place, name in zip(found.places, found.months, strict=True):
        if month_start(name).month == 1 and last / 6 < place < last * 5 / 6:
            named[place] = "center"
    names = dict(zip(found.places, found.months, strict=True))
    for place, side in named.items():
        axes.annotate(
            labels.month(names[place], "MMM yy"),
            (place, 0),
            xycoords=("data", "axes fraction"),
            xytext=(0, -15),
            textcoords="offset points",
            color=GREY,
            fontsize=_SMALL,
            ha=side,
        )


def _right_labels(axes: Axes, labels: Labels, found: Monthly, height: float) -> None:
    """Write what each line is at its right end, pushed apart where they would overlap."""
    wanted = sorted(_wanted_labels(labels, found), key=lambda one: one[0])
    low, high = axes.get_ylim()
    places = spread([(value - low) / (high - low) * height for value, *_ in wanted], height)
    for (value, text, color, weight), place in zip(wanted, places, strict=True):
        axes.annotate(
            text,
            (1, value),
            xycoords=("axes fraction", "data"),
            xytext=(7, place - (value - low) / (high - low) * height - 4),
            textcoords="offset points",
            color=color,
            fontsize=_SMALL,
            fontweight=weight,
        )


def _wanted_labels(labels: Labels, found: Monthly) -> list[tuple[float, str, str, str]]:
    last = found.frame.iloc[-1]
    wanted: list[tuple[float, str, str, str]] = []
    if not np.isnan(found.targets[-1]):
        target = target_in_chart(labels, found)
        place = float(np.nanmean([found.targets[-1], found.upper_ends[-1]]))
        wanted.append((place, labels("target {value}", value=target), INK, "normal"))
    if found.centre is not None:
        middle = found.in_its_unit(short_amount(labels, found.unit, found.centre))
        wanted.append((found.centre, labels("normally {value}", value=middle), GREY, "normal"))
    if pd.notna(last["value"]):
        color = RUST if found.side and found.side[-1] else BLUE
        wanted.append((float(last["value"]), last_value(labels, found), color, "bold"))
    return wanted


def target_in_chart(labels: Labels, found: Monthly) -> str:
    """Write the last month's target; one that must be beaten has its sign: < 150 days."""
    if not found.is_strict and math.isnan(found.upper_ends[-1]):
        return found.in_its_unit(short_amount(labels, found.unit, found.targets[-1]))
    ends = found.targets[-1], found.upper_ends[-1]
    kind = found.unit, found.aim
    return found.in_its_unit(target_in_words(labels, found.unit, kind, ends, strict=True))


def last_value(labels: Labels, found: Monthly) -> str:
    """Write the last month's figure with its month: dec. 80,6-95,2 %."""
    last = found.frame.iloc[-1]
    if found.unit == "share":
        written = labels.share_range(last["lower"], last["upper"])
    else:
        written = found.in_its_unit(short_amount(labels, found.unit, last["value"]))
    return f"{labels.month(found.months[-1], 'MMM')} {written}"


def spread(places: list[float], height: float) -> list[float]:
    """Push sorted places apart to a line's height, and back down where the top is passed."""
    spread: list[float] = []
    for place in places:
        lowest = spread[-1] + _LINE_HEIGHT if spread else 4.0
        spread.append(max(place, lowest))
    over = max(0.0, spread[-1] - height + 2) if spread else 0.0
    ceiling = height
    for index in reversed(range(len(spread))):
        spread[index] = min(spread[index], ceiling - 2 if over else spread[index])
        ceiling = spread[index] - _LINE_HEIGHT + 2
    return spread
