"""Frames that are counted from drawn cases, each of which stands for several.

Rounding is done when cases are drawn (kpi.figures.drawn_cases). Here it is seen to that it was, and
what is no count is looked after: times and amounts are of all cases.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from kpi.definitions.frames import Count, Figure, Frame, Rows
from kpi.disclosure.hiding import (
    PRIMARY,
    SECONDARY,
    blanked,
    few_persons,
    hidden_in_results,
    hide_with,
)
from kpi.errors import DisclosureError

_DIGITS = 3
_PARTS = 20


def drawn(frame: Frame, rows: pd.DataFrame, results: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Return rows that may be shown, with `rounded_to`.

    What the disclosed `results` hide is hidden. Times behind or beyond which few persons stand are
    hidden alone. Amounts have three digits; figures that add up to a whole are rounded to about a
    twentieth of it, and add up still; with one of few persons another is hidden. Raises
    DisclosureError for counts that are not of drawn cases.
    """
    of = max(threshold, 1)
    _see_drawn(frame, rows, of)
    rounded = rows.copy()
    if of > 1:
        for column in frame:
            if isinstance(column, Figure) and column.kind == "amount":
                rounded[column.name] = _with_digits(rounded[column.name])
        for relation in frame.adds_up:
            if isinstance(relation, Rows):
                _round_parts(frame, rounded, relation, of)
    hidden = hidden_in_results(frame, rows, results)
    suppressed = hidden.map({True: SECONDARY, False: ""}).astype(object)
    shown = blanked(frame, rounded, suppressed, threshold, hidden)
    return shown.assign(rounded_to=of) if "rounded_to" in frame else shown


def _see_drawn(frame: Frame, rows: pd.DataFrame, of: int) -> None:
    """See that each count is a multiple: somebody may have counted all cases."""
    for column in frame:
        if isinstance(column, Count) and column.counts == "cases":
            others = pd.to_numeric(rows[column.name]).fillna(0) % of != 0
            if others.any():
                raise DisclosureError(
                    f"The frame {frame.name} counts drawn cases, each of which stands for {of}.",
                    f"{int(others.sum())} other counts in {column.name}",
                    "Count with kpi.figures.drawn_cases.cases_in, or protect the frame otherwise.",
                )


def _with_digits(amounts: pd.Series[float]) -> pd.Series[float]:
    numbers = pd.to_numeric(amounts).astype(float)
    size = np.floor(np.log10(numbers.abs().where(numbers != 0)))
    step = 10.0 ** (size - _DIGITS + 1)
    return ((numbers / step).round() * step).where(numbers != 0, numbers)


def _round_parts(frame: Frame, rows: pd.DataFrame, relation: Rows, threshold: int) -> None:
    """Round figures that add up to a column of each part, so that they add up to it still.

    Where few persons stand behind one of them, it is hidden, and another part with it.
    """
    by = [key for key in frame.keys if key != relation.over]
    for name, whole in zip(relation.counts, relation.columns, strict=False):
        column = frame[name]
        if whole not in rows or not isinstance(column, Figure):
            continue
        persons = rows[list(column.persons)].fillna(0).to_numpy(dtype=int)
        few = few_persons(rows, column.persons, threshold)
        hidden = few.map({True: PRIMARY, False: ""}).to_numpy(dtype=object)
        for places in rows.groupby(by, sort=False).indices.values():
            parts = pd.to_numeric(rows[name].iloc[places]).fillna(0).to_numpy(dtype=float)
            rounded = in_steps(parts)
            may_add_up = hide_with(hidden, persons, np.asarray(places, dtype=np.intp), threshold)
            rows.loc[rows.index[places], name] = rounded
            rows.loc[rows.index[places], whole] = rounded.sum() if may_add_up else np.nan
        rows[name] = rows[name].mask(hidden != "")


def in_steps(parts: np.ndarray) -> np.ndarray:
    """Round parts to a step of about a twentieth of their sum; they add up to the nearest step.

    >>> in_steps(np.array([123.0, 116.0, 1.0, 208.0, 28.0])).tolist()
    [125.0, 125.0, 0.0, 200.0, 25.0]
    """
    whole = parts.sum()
    if whole <= 0:
        return parts
    step = _nice(whole / _PARTS)
    below = np.floor(parts / step)
    left = round(whole / step) - int(below.sum())
    largest = np.argsort(-(parts / step - below), kind="stable")[: max(left, 0)]
    below[largest] += 1
    return below * step


def _nice(number: float) -> float:
    """Return 1, 2, 2.5 or 5 times a power of ten, the first that is no smaller, and 1 at least.

    >>> _nice(23.9), _nice(0.2)
    (25.0, 1.0)
    """
    if number <= 1:
        return 1.0
    size = 10.0 ** math.floor(math.log10(number))
    steps = (size * times for times in (1, 2, 2.5, 5, 10))
    return next(step for step in steps if step >= number)
