"""A map of the main paths: steps from top to bottom, what goes back in red and dashed."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
from markupsafe import Markup

from kpi.page.charts.control import NARROW, WIDE, Size
from kpi.page.charts.svg import BAND, BLUE, INK, RUST, inline_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    Spot = tuple[float, float]


_BETWEEN, _LINE = 52, 12
_SMALL = 10.5
_LETTER, _NAMES_ACROSS = 6.2, 4.2
_LABELLED, _PUSHED = 8, 40
_ARROW = "-|>,head_length=5,head_width=3"
MAIN_SHARE = 0.01


def main_paths(transitions: pd.DataFrame, cases: int) -> pd.DataFrame:
    """Return the transitions that are not rare: as many as one in a hundred cases, or more."""
    return transitions[transitions["n"] >= MAIN_SHARE * cases]


def process_map(
    paths: pd.DataFrame,
    said: tuple[str, str],
    text: Callable[[Mapping[Hashable, Any]], str],
    name: str = "map",
) -> Markup:
    """Draw transitions (from_activity, to_activity, n), once wide and once narrow.

    A line is as wide as the cases that went that way; beside the widest stands what `text` says of
    their row. `said` are the title and the alternative text.
    """
    return Markup("\n").join(
        inline_svg(_draw(paths, text, size), f"{name}-{size.name}", size.name, *said)
        for size in (WIDE, NARROW)
    )


def layout(paths: pd.DataFrame) -> dict[str, Spot]:
    """Place the steps in layers, each below those before it, by the paths that do not go back.

    The step that is left most often stands in the middle of its layer, the others beside it: x from
    -1 to 1, y 0 for the first layer, -1 for the next.
    """
    import networkx as nx

    rank = {step: place for place, step in enumerate(_from_first_to_last(paths))}
    forward = nx.DiGraph()
    forward.add_nodes_from(rank)
    forward.add_edges_from(
        (start, end)
        for start, end in zip(paths["from_activity"], paths["to_activity"], strict=True)
        if rank[start] < rank[end]
    )
    often = paths.groupby("from_activity")["n"].sum()
    places = {}
    for layer, steps in enumerate(nx.topological_generations(forward)):
        ranked = sorted(steps, key=lambda step: (-often.get(step, 0), step))
        for place, step in enumerate(ranked):
            side = (place + 1) // 2 * (1 if place % 2 else -1)
            places[step] = (side / max(len(ranked) // 2, 1), -float(layer))
    return places


def _from_first_to_last(paths: pd.DataFrame) -> list[str]:
    """Order the steps so that few cases go back.

    After Eades, Lin, Smyth (1993), A fast and effective heuristic for the feedback arc set problem:
    take away what nothing leaves, then what nothing enters, else the step that is left most often
    beyond what enters it; here counted once, so that what was taken away still tells.
    """
    between = paths[paths["from_activity"] != paths["to_activity"]]
    leaves, enters = (between.groupby(end)["n"].sum() for end in ("from_activity", "to_activity"))
    excess = leaves.sub(enters, fill_value=0)
    steps = {*paths["from_activity"], *paths["to_activity"]}
    ranked = sorted(steps, key=lambda step: (-excess.get(step, 0), -leaves.get(step, 0), step))
    head: list[str] = []
    tail: list[str] = []
    while ranked:
        inside = between["from_activity"].isin(ranked) & between["to_activity"].isin(ranked)
        left, entered = (set(between.loc[inside, end]) for end in ("from_activity", "to_activity"))
        last = [step for step in ranked if step in entered - left]
        first = [step for step in ranked if step not in entered] or ranked
        if last:
            tail.append(last[-1])
        else:
            head.append(first[0])
        ranked.remove(last[-1] if last else first[0])
    return [*head, *reversed(tail)]


@dataclass(frozen=True)
class _Sheet:
    """What the parts of a drawing share: its axes and width, and the height of boxes and layers."""

    axes: Axes
    width: float
    box: float

    @property
    def layer(self) -> float:
        return self.box + _BETWEEN


def _draw(paths: pd.DataFrame, text: Callable[[Mapping[Hashable, Any]], str], size: Size) -> Figure:
    from matplotlib.figure import Figure

    places = layout(paths)
    letters = int(size.width / _NAMES_ACROSS / _LETTER)
    names = {step: textwrap.wrap(step, letters, break_long_words=False) for step in places}
    box = _LINE * max(len(lines) for lines in names.values()) + 10.0
    height = (max(-y for _, y in places.values()) + 1) * (box + _BETWEEN)
    figure = Figure(figsize=(size.width / 72, height / 72), dpi=72)
    figure.patch.set_visible(False)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.axis("off")
    axes.set_xlim(0, size.width)
    axes.set_ylim(-height, 0)
    sheet = _Sheet(axes, size.width, box)
    spots = {
        step: (size.width * (0.5 + 0.36 * x), (y - 0.5) * sheet.layer)
        for step, (x, y) in places.items()
    }
    widest = paths["n"].max()
    ordered = paths.sort_values("n", ascending=False, kind="stable").to_dict("records")
    for place, row in enumerate(ordered):
        beside = text(row) if place < _LABELLED else ""
        ends = spots[row["from_activity"]], spots[row["to_activity"]]
        _path(sheet, ends, 0.6 + 5.4 * row["n"] / widest, beside)
    for step, spot in spots.items():
        _box(sheet, spot, names[step])
    return figure


def _path(sheet: _Sheet, ends: tuple[Spot, Spot], width: float, text: str) -> None:
    """Draw a path: straight to the next layer, else in a bow beside the boxes that it passes."""
    from matplotlib.patches import FancyArrowPatch

    if ends[0] == ends[1]:
        at_x, at_y = ends[0]
        ends = (at_x - sheet.box, at_y - 8), (at_x - sheet.box, at_y + 8)
    (x, y), (to_x, to_y) = ends
    goes_back = to_y >= y
    length = math.hypot(to_x - x, to_y - y)
    is_bow = goes_back or y - to_y > 1.5 * sheet.layer
    is_left = is_bow and max(x, to_x) <= sheet.width / 2
    bow = (0.18 if goes_back else 0.13) * sheet.width if is_bow else 0.0
    aside = bow * (-1 if is_left else 1) * (1 if goes_back else -1)
    look = {"color": RUST, "linestyle": (0, (4, 2))} if goes_back else {"color": BLUE}
    sheet.axes.add_patch(
        FancyArrowPatch(
            *ends, connectionstyle=f"arc3,rad={2 * aside / length}", arrowstyle=_ARROW,
            shrinkA=sheet.box / 2, shrinkB=sheet.box / 2, linewidth=width, alpha=0.75, **look,
        )
    )  # fmt: skip
    along = 0.5 if is_bow or x == to_x else 0.68
    spot = (
        x + (to_x - x) * along + (to_y - y) * aside / length,
        y + (to_y - y) * along + (x - to_x) * aside / length,
    )
    _label(sheet, spot, text, is_left=is_left)


def _label(sheet: _Sheet, spot: Spot, text: str, *, is_left: bool) -> None:
    """Write beside a path, inside the drawing; where there is no room, the table tells it."""
    beside, room = spot[0] + (-6 if is_left else 6), _LETTER * 0.88 * len(text)
    x = max(beside, room) if is_left else min(beside, sheet.width - room)
    if abs(x - beside) > _PUSHED:
        return
    side = "right" if is_left else "left"
    sheet.axes.text(x, spot[1], text, fontsize=_SMALL, color=INK, va="center", ha=side, zorder=6)


def _box(sheet: _Sheet, spot: Spot, lines: list[str]) -> None:
    half = _LETTER / 2 * max(len(line) for line in lines) + 6
    x, y = spot
    corners = [x - half, x + half, x + half, x - half, x - half]
    levels = [y + side * sheet.box / 2 for side in (-1, -1, 1, 1, -1)]
    sheet.axes.fill(corners, levels, color=BAND, linewidth=0, zorder=3)
    sheet.axes.plot(corners, levels, color=INK, linewidth=0.8, zorder=4)
    for number, line in enumerate(lines):
        at = y + ((len(lines) - 1) / 2 - number) * _LINE
        sheet.axes.text(x, at, line, fontsize=_SMALL, color=INK, ha="center", va="center", zorder=5)
