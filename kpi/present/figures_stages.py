"""A stage strip: how long late cases and those on time spent in each stage."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from kpi.labels import Labels
from kpi.present.figures import NARROW, WIDE, Size
from kpi.present.figures_svg import BLUE, INK, RUST, inline_svg

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
        inline_svg(_draw(labels, pieces, size), f"{name}-stages-{size.name}", size.name, *said)
        for size in (WIDE, NARROW)
    )


def _draw(labels: Labels, pieces: Sequence[Piece], size: Size) -> Figure:
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
