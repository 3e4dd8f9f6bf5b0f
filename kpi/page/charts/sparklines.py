"""A figure's quarters as a small line inside a table."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from kpi.page.facts import Facts, Row
from kpi.page.wording import NO_FIGURE, figure, has_figure, spoken, target_of
from kpi.periods import Period

_WIDTH, _HEIGHT, _EDGE = 88, 26, 4


@dataclass(frozen=True)
class _Frame:
    """The room of a sparkline: where a quarter and a value lie in it."""

    quarters: int
    low: float
    high: float

    def x(self, place: float) -> float:
        step = (_WIDTH - 2 * _EDGE) / (self.quarters - 1)
        return min(max(_EDGE + place * step, 0), _WIDTH)

    def y(self, value: float) -> float:
        part = (value - self.low) / ((self.high - self.low) or 1)
        return _HEIGHT - _EDGE - part * (_HEIGHT - 2 * _EDGE)


def sparkline(facts: Facts, metric: str) -> Markup:
    """Draw a metric's quarters as a line with its target; a hidden quarter leaves a gap."""
    history = facts.history(metric)
    known = [row for _, row in history if has_figure(row)]
    if len(known) < 2:
        return Markup("")
    values = [row["value"] for row in known]
    shown = [*values, *(level for row in known for level in levels_of(row))]
    frame = _Frame(len(history), min(shown), max(shown))
    rows = [row for _, row in history]
    place = max(place for place, row in enumerate(rows) if has_figure(row))
    words = _in_words(facts, metric, history)
    return Markup(
        '<svg class="spark" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        '<path class="goal" d="{}"/><path class="trend" d="{}"/>'
        '<circle cx="{:.1f}" cy="{:.1f}" r="2.4"/></svg>'
    ).format(
        _WIDTH, _HEIGHT, words, _goal(rows, frame), _trend(rows, frame),
        frame.x(place), frame.y(rows[place]["value"]),
    )  # fmt: skip


def _in_words(facts: Facts, metric: str, history: list[tuple[Period, Row]]) -> str:
    """Say what the line shows: each quarter's figure, and the last one against its target."""
    labels, (_, last) = facts.labels, history[-1]
    told = "; ".join(f"{labels.quarter(q)}: {figure(facts, row)}" for q, row in history)
    words = {"value": figure(facts, last), "target": spoken(labels, target_of(facts, last))}
    if words["target"] == NO_FIGURE:
        against = labels("Last value: {value}.", value=words["value"])
    else:
        against = labels("Last value: {value}; the target is {target}.", **words)
    return f"{facts.title(metric)}. {told}. {against}"


def _trend(rows: list[Row], frame: _Frame) -> str:
    path, pen = "", "M"
    for place, row in enumerate(rows):
        if has_figure(row):
            path += f"{pen}{frame.x(place):.1f} {frame.y(row['value']):.1f}"
        pen = "L" if has_figure(row) else "M"
    return path


def levels_of(row: Row) -> list[float]:
    """Return a row's target, or the two ends of one between two values; none without a target."""
    ends = row["target"], row.get("target_to")
    return [float(end) for end in ends if not pd.isna(end)]


def _goal(rows: list[Row], frame: _Frame) -> str:
    path = ""
    for place, row in enumerate(rows):
        for one in levels_of(row) if has_figure(row) else ():
            level = frame.y(one)
            path += f"M{frame.x(place - 0.5):.1f} {level:.1f}H{frame.x(place + 0.5):.1f}"
    return path
