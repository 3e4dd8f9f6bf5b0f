"""The drawing of units side by side: each by its number of cases, in a funnel about the whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

from kpi.figures.funnel import Floats, Funnel
from kpi.language import Labels
from kpi.page.charts.control import NARROW, WIDE, Size
from kpi.page.charts.svg import BAND, BLUE, GREY, INK, RUST, inline_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Place = Callable[[Any], Any]
"""Where a number of cases stands on its scale."""
_SMALL, _BOTTOM, _TOP, _LEFT = 11.5, 34, 8, 44
_HEIGHT = 240
_POINTS = 160  # at which the limits are drawn
_WIDE_RANGE = 20  # times as many cases: then they stand on a logarithmic scale


@dataclass(frozen=True)
class Units:
    """Units that can be drawn: their cases, shares from `low` to `high`, and who is beyond."""

    n: Floats
    low: Floats
    high: Floats
    is_beyond: Sequence[bool]


def funnel_chart(
    labels: Labels, found: Funnel, units: Units, said: tuple[str, str], name: str
) -> Markup:
    """Draw units about the whole, once wide and once narrow; `said` are title and description."""
    return Markup("\n").join(
        inline_svg(_drawn(labels, found, units, size), f"{name}-{size.name}", size.name, *said)
        for size in (WIDE, NARROW)
    )


def _drawn(labels: Labels, found: Funnel, units: Units, size: Size) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(size.width / 72, _HEIGHT / 72), dpi=72)
    figure.patch.set_visible(False)
    width, height = size.width - _LEFT - 12, _HEIGHT - _BOTTOM - _TOP
    axes = figure.add_axes(
        (_LEFT / size.width, _BOTTOM / _HEIGHT, width / size.width, height / _HEIGHT)
    )
    axes.axis("off")
    first, last = float(units.n.min()), float(units.n.max())
    is_wide = last > _WIDE_RANGE * first
    place: Place = np.log if is_wide else np.asarray
    ends = (first * 0.8, last * 1.15) if is_wide else (first * 0.5, last * 1.05)
    steps = np.geomspace(*ends, _POINTS) if is_wide else np.linspace(*ends, _POINTS)
    cases = np.unique(np.maximum(np.round(steps), 1))
    outer, inner = found.limits(cases, "99.8"), found.limits(cases, "95")
    shown = np.concatenate([units.low, units.high, *found.limits(units.n, "99.8")])
    room = 0.06 * float(np.ptp(shown)) or 0.05
    axes.set_ylim(float(shown.min()) - room, float(shown.max()) + room)
    at = place(cases)
    axes.set_xlim(float(at[0]), float(at[-1]))
    band = np.concatenate([at, at[::-1]]), np.concatenate([inner[0], inner[1][::-1]])
    axes.fill(*band, color=BAND, linewidth=0)
    for bound in outer:
        axes.plot(at, bound, color=GREY, linewidth=0.9, linestyle=(0, (4, 3)))
    axes.plot(axes.get_xlim(), [(found.low + found.high) / 2] * 2, color=GREY, linewidth=0.9)
    _points(axes, place(units.n), units)
    _scales(axes, labels, place, (first, last))
    return figure


def _points(axes: Axes, at: Floats, units: Units) -> None:
    """Draw each unit as a point, or as a stroke where its share is a range."""
    gap = np.full(len(at), np.nan)
    dot = 0.3 * float(np.ptp(axes.get_ylim())) / _HEIGHT  # a stroke of no length is left out
    is_beyond = np.array(units.is_beyond, dtype=bool)
    for chosen, colour, thick in ((~is_beyond, BLUE, 4.2), (is_beyond, RUST, 5.6)):
        if chosen.any():
            x = np.column_stack([at, at, gap])[chosen].ravel()
            y = np.column_stack([units.low - dot, units.high + dot, gap])[chosen].ravel()
            axes.plot(x, y, color=colour, linewidth=thick, solid_capstyle="round")


def _scales(axes: Axes, labels: Labels, place: Place, ends: tuple[float, float]) -> None:
    """Write the smallest and largest number of cases below, and shares at the left."""
    for cases, side in zip(ends, ("left", "right"), strict=True):
        axes.annotate(
            labels.count(cases), (float(place(cases)), 0), xycoords=("data", "axes fraction"),
            xytext=(0, -14), textcoords="offset points", color=GREY, fontsize=_SMALL, ha=side,
        )  # fmt: skip
    axes.annotate(
        labels("cases"), (0.5, 0), xycoords="axes fraction", xytext=(0, -28),
        textcoords="offset points", color=GREY, fontsize=_SMALL, ha="center",
    )  # fmt: skip
    low, high = axes.get_ylim()
    for share in np.linspace(low, high, 5)[1:-1]:
        axes.annotate(
            labels.share(float(share), 0), (0, float(share)), xycoords=("axes fraction", "data"),
            xytext=(-6, -4), textcoords="offset points", color=INK, fontsize=_SMALL, ha="right",
        )  # fmt: skip
