"""Small multiples: each target's quarters as a line with its target, and a status below each."""

from __future__ import annotations

import math
from dataclasses import dataclass

from markupsafe import Markup

from kpi.present.figures import spread
from kpi.present.icons import shape
from kpi.site.history import History, Past

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 320, 124, 8, 108, 10, 52
_ICON = 11

_FRAME = Markup(
    '<svg class="multiple" viewBox="0 0 {width} {height}" role="img" aria-label="{words}">\n'
    '<path class="goal" d="{goal}"/>\n<path class="trend" d="{trend}"/>\n{points}\n{labels}\n'
    "{statuses}\n</svg>"
)


@dataclass(frozen=True)
class _Room:
    """Where a quarter and a value lie in the picture."""

    quarters: int
    low: float
    high: float

    def x(self, place: float) -> float:
        step = (_WIDTH - _LEFT - _RIGHT) / max(self.quarters - 1, 1)
        return _LEFT + place * step

    def y(self, value: float) -> float:
        part = (value - self.low) / ((self.high - self.low) or 1)
        return _HEIGHT - _BOTTOM - part * (_HEIGHT - _BOTTOM - _TOP)


def picture(history: History, title: str) -> Markup:
    """Draw the quarters of a target that has two figures at least."""
    quarters = history.quarters
    shown = [v for one in quarters for v in (one.value, one.target) if not math.isnan(v)]
    room = _Room(len(quarters), min(shown), max(shown))
    return _FRAME.format(
        width=_WIDTH,
        height=_HEIGHT,
        words=f"{title}. {history.sentence}",
        goal=_goal(quarters, room),
        trend=_trend(quarters, room),
        points=Markup("").join(_points(quarters, room)),
        labels=Markup("").join(_labels(history, room)),
        statuses=Markup("\n").join(
            _status(one, room.x(place), is_first=place == 0) for place, one in enumerate(quarters)
        ),
    )


def _trend(quarters: tuple[Past, ...], room: _Room) -> str:
    path, pen = "", "M"
    for place, one in enumerate(quarters):
        if math.isnan(one.value):
            pen = "M"
        else:
            path += f"{pen}{room.x(place):.1f} {room.y(one.value):.1f}"
            pen = "L"
    return path


def _goal(quarters: tuple[Past, ...], room: _Room) -> str:
    half, right = (room.x(1) - room.x(0)) / 2, room.x(room.quarters - 1) + 4
    return "".join(
        f"M{max(room.x(place) - half, 0):.1f} {room.y(one.target):.1f}"
        f"H{min(room.x(place) + half, right):.1f}"
        for place, one in enumerate(quarters)
        if not math.isnan(one.target)
    )


def _points(quarters: tuple[Past, ...], room: _Room) -> list[Markup]:
    return [
        Markup('<circle cx="{:.1f}" cy="{:.1f}" r="2.2"/>').format(room.x(place), room.y(one.value))
        for place, one in enumerate(quarters)
        if not math.isnan(one.value)
    ]


def _labels(history: History, room: _Room) -> list[Markup]:
    """Name the last figure and the target at the right end, pushed apart where they overlap."""
    last, labels = history.quarters[-1], history.facts.labels
    target = labels("target {value}", value=last.target_words)
    wanted = [(last.value, last.figure, "value"), (last.target, target, "target")]
    known = sorted(one for one in wanted if not math.isnan(one[0]))
    places = spread([_HEIGHT - room.y(value) for value, *_ in known], _HEIGHT)
    right = room.x(room.quarters - 1) + 10
    return [
        Markup('<text class="{}" x="{:.1f}" y="{:.1f}">{}</text>').format(
            kind, right, _HEIGHT - place + 4, str(text)
        )
        for (_, text, kind), place in zip(known, places, strict=True)
    ]


def _status(one: Past, x: float, *, is_first: bool) -> Markup:
    """Draw a quarter's status, its number, and its year below the first of each year."""
    number = one.quarter.number
    drawn = Markup(
        '<g class="{}" transform="translate({:.1f} {}) scale({:.3f})">{}</g>'
        '<text class="quarter" x="{:.1f}" y="{}">{}</text>'
    ).format(
        one.status, x - _ICON / 2, _HEIGHT - 42, _ICON / 16, shape(one.status),
        x, _HEIGHT - 17, number,
    )  # fmt: skip
    if is_first or number == 1:
        year = Markup('<text class="quarter" x="{:.1f}" y="{}">{}</text>')
        drawn += year.format(max(x, 12), _HEIGHT - 4, one.quarter.year)
    return drawn
