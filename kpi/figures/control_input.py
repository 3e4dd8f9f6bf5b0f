"""What a control chart is asked for: points sorted, options checked, errors in words."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd

from kpi.errors import DefinitionError
from kpi.figures.control_limits import Dates, Flags, Floats, Ints

MINIMUM_BASELINE = 12
"""The smallest number of points after which limits may be fixed."""

_WAYS = {"increase": 1, "decrease": -1, "neutral": 0}


@dataclass(frozen=True)
class Method:
    """How to compute: `reference` repeats NHSRplotthedots."""

    fix_after: float
    screen: bool
    reference: bool


@dataclass(frozen=True)
class SortedPoints:
    """Points sorted by series and date, as parallel arrays; `code` is the position in `names`.

    `order` has the place of each in the frame that was given.
    """

    names: pd.Index[Any]
    code: Ints
    x: Dates
    y: Floats
    order: Ints

    @property
    def is_first(self) -> Flags:
        """Which points are the first of their series."""
        return np.diff(self.code, prepend=-1) > 0

    @property
    def latest(self) -> Ints:
        """Position of each series' last point."""
        return np.searchsorted(self.code, np.arange(len(self.names)), side="right") - 1


def checked_method(fix_after: float | None, screen: object, compatibility: object) -> Method:
    """Check the options that hold for all series."""
    if compatibility not in (None, "ptd"):
        raise DefinitionError(
            'The compatibility of a control chart is None or "ptd".',
            repr(compatibility),
            'Leave it out, or write "ptd" to repeat NHSRplotthedots.',
        )
    if not isinstance(screen, bool):
        raise DefinitionError("screen_outliers is True or False.", repr(screen), "Write one.")
    reference = compatibility == "ptd"
    if fix_after is None:
        return Method(math.inf, screen, reference)
    is_number = isinstance(fix_after, Real if reference else Integral)
    if isinstance(fix_after, bool) or not is_number or not fix_after >= MINIMUM_BASELINE:
        raise DefinitionError(
            "Limits are fixed after a whole number of points, 12 or more.",
            f"fix_after={fix_after!r}",
            "Give 12 or more, or leave it out to compute limits from all points.",
        )
    return Method(float(fix_after), screen, reference)


def sorted_points(points: pd.DataFrame, *, allow_infinite: bool) -> SortedPoints:
    """Check the frame and sort its points by series and date."""
    lacking = [name for name in ("series", "x", "y") if name not in points]
    if lacking or points.empty:
        raise DefinitionError(
            "A control chart needs rows with the columns series, x and y.",
            f"no column {', '.join(lacking)}" if lacking else "no rows",
            "Rename the columns, or leave out what has no data yet.",
        )
    code, names = pd.factorize(points["series"], sort=True)
    if (code < 0).any():
        raise DefinitionError(
            "Every point belongs to a series.",
            f"{(code < 0).sum()} rows without one",
            "Name the series of each row.",
        )
    x, y = _dates(points["x"]), _numbers(points["y"], allow_infinite=allow_infinite)
    order = np.lexsort((x, code))
    code, x, y = code[order].astype(np.int64), x[order], y[order]
    twice = (np.diff(code) == 0) & (x[1:] == x[:-1])
    if twice.any():
        raise DefinitionError(
            "A series has one point per date.",
            f"{twice.sum()} repeated dates, the first in series {names[code[1:][twice][0]]!r}",
            "Combine the points of a period into one, or tell the series apart by name.",
        )
    return SortedPoints(pd.Index(names), code, x, y, order)


def denominators_of(points: pd.DataFrame, table: SortedPoints) -> Floats:
    """Return the cases behind each share, in the order of the points; null where y is."""
    if "n" not in points:
        raise DefinitionError(
            "A p' chart needs rows with the column n.", "no column n", "Give the cases of each y."
        )
    n = _numbers(points["n"], allow_infinite=False)[table.order]
    known = ~np.isnan(table.y)
    strange = known & ~((n > 0) & (table.y >= 0) & (table.y <= 1))
    if strange.any():
        raise DefinitionError(
            "A p' chart shows shares between 0 and 1, each of one case or more.",
            f"{strange.sum()} others",
            "A share of no cases is a missing value: leave y null.",
        )
    return np.where(known, n, np.nan)


def _dates(column: pd.Series[Any]) -> Dates:
    """Return dates as timestamps; text and times with a zone are refused."""
    is_time = isinstance(column.dtype, np.dtype) and column.dtype.kind == "M"
    if column.isna().any() or not (is_time or all(map(_is_plain_date, column))):
        raise DefinitionError(
            "x holds a date in each row, or a timestamp without a time zone.",
            f"a column of type {column.dtype}, {column.isna().sum()} rows empty",
            "Convert text with pandas.to_datetime, local times with .dt.tz_localize(None).",
        )
    return np.array(column if is_time else list(column), dtype="datetime64[us]")


def _numbers(column: pd.Series[Any], *, allow_infinite: bool) -> Floats:
    """Return values as floats, missing ones null."""
    types = pd.api.types
    if not (types.is_float_dtype(column) or types.is_integer_dtype(column)):
        raise DefinitionError(
            "y holds numbers.",
            f"a column of type {column.dtype}",
            "Convert it with pandas.to_numeric; null is a missing value.",
        )
    y = column.to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isinf(y).any() and not allow_infinite:
        raise DefinitionError(
            "y holds finite numbers.",
            f"{np.isinf(y).sum()} infinite values",
            "Look for a division by zero; a value that cannot be known is null.",
        )
    return y


def _per_series(option: str, given: object, names: pd.Index[Any]) -> list[Any]:
    """Spread an option over the series; None where a mapping says nothing about one."""
    if not isinstance(given, Mapping):
        return [given] * len(names)
    strange = [key for key in given if key not in names]
    if strange:
        raise DefinitionError(
            f"A {option} by series names series that have points.",
            f"{len(strange)} others, the first {strange[0]!r}",
            "Correct the spelling, or leave out what has no points.",
        )
    return [given.get(name) for name in names]


def ways_of(direction: object, names: pd.Index[Any]) -> Ints:
    """Return +1 where a higher value is better, -1 where it is worse, 0 where it is neither."""
    words = _per_series("direction", direction, names)
    strange = [word for word in words if not isinstance(word, str) or word not in _WAYS]
    if strange:
        raise DefinitionError(
            "The direction of each series is increase, decrease or neutral.",
            f"{strange[0]!r} for {len(strange)} series",
            "Say which way is better; neutral if neither is.",
        )
    return np.array([_WAYS[word] for word in words])


def targets_of(target: object, names: pd.Index[Any]) -> Floats:
    """Return the targets in the unit of the values, null for none."""
    given = _per_series("target", target, names)
    targets = [math.nan if value is None or value is pd.NA else value for value in given]
    strange = [
        value
        for value in targets
        if isinstance(value, bool) or not isinstance(value, Real) or math.isinf(value)
    ]
    if strange:
        raise DefinitionError(
            "A target is a finite number in the unit of the values.",
            f"{strange[0]!r} for {len(strange)} series",
            "Give a number, or None for no target.",
        )
    return np.array(targets, dtype=np.float64)


def rebases_of(rebase: object, table: SortedPoints) -> tuple[Flags, tuple[Ints, Dates]]:
    """Find the points that rebase their series, and the dates of which series match no point."""
    dates = [_rebase_dates(given) for given in _per_series("rebase", rebase, table.names)]
    code = np.repeat(np.arange(len(dates)), [len(found) for found in dates])
    wanted = np.concatenate(dates)
    _, rank = np.unique(np.concatenate([table.x, wanted]), return_inverse=True)
    key = np.concatenate([table.code, code]) * len(rank) + rank
    of_points, of_rebases = key[: len(table.x)], key[len(table.x) :]
    unmatched = ~np.isin(of_rebases, of_points)
    return np.isin(of_points, of_rebases), (code[unmatched], wanted[unmatched])


def _rebase_dates(given: object) -> Dates:
    """Return one series' rebase dates, each once; text is refused."""
    dates = [] if given is None else list(given) if isinstance(given, Iterable) else [None]
    if not all(map(_is_plain_date, dates)):
        raise DefinitionError(
            "Rebase dates are a list of dates, or of timestamps without a time zone.",
            f"{given!r:.60}",
            "Write them as [date(2019, 4, 1)].",
        )
    return np.unique(np.array(dates, dtype="datetime64[us]"))


def _is_plain_date(value: object) -> bool:
    is_date = isinstance(value, (dt.date, np.datetime64)) and not pd.isna(value)
    return is_date and getattr(value, "tzinfo", None) is None
