"""A map of the main paths: steps from top to bottom, what goes back in red."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd
from markupsafe import Markup

from kpi.present.figures_svg import BAND, BLUE, INK, RUST, inline_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    Places = dict[str, tuple[float, float]]

_WIDTH, _STEP, _BOX = 600, 96, 44
_SMALL = 10.5
_LETTERS = 21
_LABELLED = 8
MAIN_SHARE = 0.01
_ARROW = "-|>,head_length=5,head_width=3"


def main_paths(transitions: pd.DataFrame, cases: int) -> pd.DataFrame:
    """Return the transitions that are not rare: as many as one in a hundred cases, or more."""
    return transitions[transitions["n"] >= MAIN_SHARE * cases]


def process_map(
    paths: pd.DataFrame, said: tuple[str, str], time: Callable[[float], str], name: str = "map"
) -> Markup:
    """Draw transitions (from_activity, to_activity, n, median_s) as one inline SVG.

    A line is as wide as the cases that went that way; beside the widest stand their number and the
    median time, as `time` writes seconds. `said` are the title and the alternative text.
    """
    from matplotlib.figure import Figure

    places = layout(paths)
    depth = max(-y for _, y in places.values()) + 1
    height = depth * _STEP
    figure = Figure(figsize=(_WIDTH / 72, height / 72), dpi=72)
    figure.patch.set_visible(False)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.axis("off")
    axes.set_xlim(0, _WIDTH)
    axes.set_ylim(-height, 0)
    spots = {
        step: (_WIDTH * (0.5 + 0.37 * x), y * _STEP - _STEP / 2) for step, (x, y) in places.items()
    }
    widest = paths["n"].max()
    ordered = paths.sort_values("n", ascending=False, kind="stable").to_dict("records")
    for place, row in enumerate(ordered):
        text = f"{row['n']:,} · {time(row['median_s'])}" if place < _LABELLED else ""
        start, end = spots[row["from_activity"]], spots[row["to_activity"]]
        _line(axes, start, end, 0.6 + 5.4 * row["n"] / widest, text)
    for step, spot in spots.items():
        _box(axes, spot, step)
    return inline_svg(figure, name, "map", *said)


def layout(paths: pd.DataFrame) -> Places:
    """Place the steps in layers, each below those before it, by the paths that do not go back.

    The step that is left most often stands in the middle of its layer.
    """
    import networkx as nx

    forward = nx.DiGraph()
    forward.add_nodes_from(sorted({*paths["from_activity"], *paths["to_activity"]}))
    ordered = paths.sort_values("n", ascending=False, kind="stable")
    for start, end in zip(ordered["from_activity"], ordered["to_activity"], strict=True):
        if start != end and not nx.has_path(forward, end, start):
            forward.add_edge(start, end)
    often = ordered.groupby("from_activity")["n"].sum()
    places = {}
    for layer, steps in enumerate(nx.topological_generations(forward)):
        ranked = sorted(steps, key=lambda step: (-often.get(step, 0), step))
        for rank, step in enumerate(ranked):
            side = (rank + 1) // 2 * (1 if rank % 2 else -1)
            shift = 0.5 if len(ranked) % 2 == 0 else 0.0
            places[step] = ((side - shift) / max(len(ranked) / 2 - 0.5, 1), -float(layer))
    return places


def _line(
    axes: Axes, start: tuple[float, float], end: tuple[float, float], width: float, text: str
) -> None:
    from matplotlib.patches import FancyArrowPatch

    back = end[1] >= start[1]
    skips = abs(end[1] - start[1]) > 1.5 * _STEP
    bend = -0.45 if back else 0.35 if skips else 0.0
    if start == end:
        start, end, bend = (start[0] - 60, start[1] + 8), (end[0] - 60, end[1] - 8), -1.2
    colour = RUST if back else BLUE
    axes.add_patch(
        FancyArrowPatch(
            start, end, connectionstyle=f"arc3,rad={bend}", arrowstyle=_ARROW,
            linewidth=width, color=colour, shrinkA=_BOX / 2, shrinkB=_BOX / 2, alpha=0.75,
        )
    )  # fmt: skip
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    across = (end[1] - start[1], start[0] - end[0])
    at = (middle[0] + across[0] * bend / 2, middle[1] + across[1] * bend / 2)
    side = -6 if back else 6
    axes.text(
        at[0] + side, at[1], text, fontsize=_SMALL, color=INK, va="center",
        ha="right" if back else "left",
    )  # fmt: skip


def _box(axes: Axes, spot: tuple[float, float], step: str) -> None:
    lines = textwrap.wrap(step, _LETTERS)[:3]
    half = 3.2 * max(len(line) for line in lines) + 6
    x, y = spot
    corners = ([x - half, x + half, x + half, x - half, x - half],)
    levels = [y - _BOX / 2, y - _BOX / 2, y + _BOX / 2, y + _BOX / 2, y - _BOX / 2]
    axes.fill(*corners, levels, color=BAND, linewidth=0, zorder=3)
    axes.plot(*corners, levels, color=INK, linewidth=0.8, zorder=4)
    for number, line in enumerate(lines):
        offset = (len(lines) - 1) * 6 - number * 12
        axes.text(
            x, y + offset, line, fontsize=_SMALL, color=INK, ha="center", va="center", zorder=5
        )
