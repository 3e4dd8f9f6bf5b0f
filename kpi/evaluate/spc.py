"""Control charts: whether a figure is unusual for its own past, and can meet its target.

XmR charts (individual values and moving ranges) of many series in one call. The method is that of
NHS England's "Making Data Count" as its R package NHSRplotthedots 0.2.2 computes it:
`compatibility="ptd"` repeats the package, its oddities included. Without it, `xmr` departs:

1. A constant series has limits equal to its mean (reference: none, so 100 % every month is never
   a pass). The target is then compared with that one value.
2. In a nearly constant series (more than half of the moving ranges are zero, not all), screening
   that would leave only zeros is not used, and the rules that count points beside the mean
   (shift, two of three) rest: its ordinary value lies beside the mean. (Reference: one miss in 24
   perfect months puts all 24 points outside the limits, 23 of them as improvements.)
3. A missing value breaks the windows it lies in, and its point is judged "none", also as the
   latest one. (Reference: it may stop the whole call, else the point is common cause.)
4. A period without a row is treated as a missing value: no moving range, window or run spans it.
   (Reference: the neighbours are joined as if no time had passed.) See `missing_periods`.
5. A target on a limit counts as beyond it, as "Making Data Count" writes it: passed or failed.
   Where all three are one value, it is passed. (Reference: "inconsistent".)
6. No verdict from fewer than 13 values since the latest rebase, or without limits: "none".
   The points keep their limits and labels: trial limits. (Reference: a verdict from one point.)
7. A series without a target has assurance "none" also where others have one
   (reference: "inconsistent").
8. `fix_after` counts values (reference: rows, missing ones too) and is a whole number.
9. The last point of a trend keeps its direction where the next trend begins with the next point,
   after a plateau or a jump. (Reference: it takes the direction of the step between them.)
10. Infinite values are refused. A rebase date without a point is a note (reference: silence).

Kept on purpose: limits are not cut at 0 or 100 %; points outside the limits do not count towards
two of three; nothing is rebased automatically.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, Literal

import numpy as np
import pandas as pd

from kpi.errors import DefinitionError
from kpi.evaluate.spc_rules import (
    ASSURANCES,
    COMMON_CAUSE,
    LABELS,
    NO_ASSURANCE,
    NO_VARIATION,
    POINT_TYPES,
    RULES,
    UNJUDGED,
    Dates,
    Flags,
    Floats,
    Ints,
    Limits,
    Signals,
    assurances,
    find_signals,
    missing_periods,
    natural_limits,
    point_types,
    run_lengths,
    running_count,
    side_of_mean,
    undecidable_trends,
)

Direction = Literal["increase", "decrease", "neutral"]

MINIMUM_POINTS = 13
"""Values since the latest rebase from which there is a verdict; below, limits are trial limits."""

MINIMUM_BASELINE = 12
"""The smallest number of points after which limits may be fixed."""

_WAYS = {"increase": 1, "decrease": -1, "neutral": 0}
_FIRED = tuple(
    "; ".join(rule for bit, rule in enumerate(RULES) if combination >> bit & 1)
    for combination in range(2 ** len(RULES))
)
_HIGH_OR_LOW = ("neutral_high", "neutral_low", "none")
_ICONS_IF_INCREASE = ("common_cause", "improvement_high", "concern_low", *_HIGH_OR_LOW)
_ICONS_IF_DECREASE = ("common_cause", "improvement_low", "concern_high", *_HIGH_OR_LOW)
_ASSURANCE_ICONS = ("inconsistent", "pass", "fail", "none")
_POSITIONS = ("below", "within", "above", "unknown")
_SIDES = ("below", "on", "above", "unknown")
_UNKNOWN = 3
_NOTES = (
    "missing_value",
    "missing_periods",
    "irregular_dates",
    "unmatched_rebase",
    "few_points",
    "constant",
    "nearly_constant",
    "no_limits",
)


@dataclass(frozen=True)
class ControlCharts:
    """The charts of all series, as four frames.

    `points`, one row a point, by series and date: `series, x, y, group, mean, lower_limit,
        upper_limit, special_cause, point_type, rules`. `group` counts the rebases so far. `mean`
        and limits are in the unit of `y`, null where they cannot be known. `special_cause` is the
        label of highest priority, null where the point cannot be judged. `rules` names every rule
        that fired, joined by "; ", and is empty where none did.
    `verdicts`, one row a series: `series, variation, assurance`. `variation` is the point type of
        the latest point; `assurance` is consistent_pass, inconsistent or consistent_fail. Either
        is none where nothing can be said.
    `readings`, one row a series, for plain words about the latest point: `series, x, y`;
        `position`: above, within or below the normal range, or unknown; `side`: above, on or
        below the mean, or unknown; `run_length`: latest points in a row on that side (0 if
        unknown); `points`: values since the latest rebase; `limit_points`: values that the limits
        rest on; `is_trial`: fewer than 13 values since the rebase; `variation_icon`, such as
        improvement_low or concern_high; `assurance_icon`: pass, inconsistent, fail. Both none
        where the verdict is.
    `notes`, what a reader must know, `series, kind, x, count`: missing_value (at x);
        missing_periods (count of them, after x); irregular_dates (gaps cannot be told in the
        count points up to x); unmatched_rebase (no point at x). Of the limits that start at x:
        few_points (count of values since); constant, nearly_constant, no_limits (count of values
        behind them).
    """

    points: pd.DataFrame
    verdicts: pd.DataFrame
    readings: pd.DataFrame
    notes: pd.DataFrame


@dataclass(frozen=True)
class _Method:
    """How to compute: `reference` repeats NHSRplotthedots."""

    fix_after: float
    screen: bool
    reference: bool


@dataclass(frozen=True)
class _Points:
    """Points sorted by series and date, as parallel arrays; `code` is the position in `names`."""

    names: pd.Index[Any]
    code: Ints
    x: Dates
    y: Floats

    @property
    def is_first(self) -> Flags:
        """Which points are the first of their series."""
        return np.diff(self.code, prepend=-1) > 0

    @property
    def latest(self) -> Ints:
        """Position of each series' last point."""
        return np.searchsorted(self.code, np.arange(len(self.names)), side="right") - 1


@dataclass(frozen=True)
class _Chart:
    """What is known of each point; `group` numbers the stretches with one set of limits."""

    table: _Points
    group: Ints
    follows: Flags
    limits: Limits
    signals: Signals
    label: Ints

    @property
    def latest_group(self) -> Ints:
        """The group that each series has reached."""
        return self.group[self.table.latest]

    @property
    def lower(self) -> Floats:
        """The lower limit that is in force at the end of each series."""
        return self.limits.lower[self.latest_group]

    @property
    def upper(self) -> Floats:
        """The upper limit that is in force at the end of each series."""
        return self.limits.upper[self.latest_group]

    @property
    def known_values(self) -> Ints:
        """Values in each group."""
        return np.bincount(self.group[~np.isnan(self.table.y)], minlength=len(self.limits.mean))

    @property
    def values_since_rebase(self) -> Ints:
        """Values in the latest group of each series."""
        return self.known_values[self.latest_group]


@np.errstate(invalid="ignore")  # infinite values, which the reference lets in
def xmr(  # noqa: PLR0913  # the questions a chart can be asked
    points: pd.DataFrame,
    *,
    direction: Direction | Mapping[Any, Direction],
    target: float | Mapping[Any, float | None] | None = None,
    rebase: Iterable[dt.date] | Mapping[Any, Iterable[dt.date]] | None = None,
    fix_after: float | None = None,
    screen_outliers: bool = True,
    compatibility: Literal["ptd"] | None = None,
) -> ControlCharts:
    """Compute the XmR charts of all series: limits, special causes and verdicts.

    Args:
        points: One row a point, in any order: `series`; `x`, dates or timestamps without a time
            zone, once per series; `y`, numbers of any unit. A null `y` is a missing value. Other
            columns are left out.
        direction: Whether a higher value is better (increase), worse (decrease) or neither.
        target: In the unit of `y`; null is no target.
        rebase: Dates at which new limits start; the point at the date belongs to the new ones.
        fix_after: Compute limits from the first so many values after the start or a rebase only.
        screen_outliers: Leave moving ranges of 3.267 times their mean or more out of the limits.
        compatibility: "ptd" repeats NHSRplotthedots; see the module for the departures otherwise.

    `direction`, `target` and `rebase` are one value for all series or a mapping from series.

    Raises:
        DefinitionError: The frame or an option is not as described; or, with "ptd", a missing
            value leaves open whether seven points are a trend.
    """
    method = _checked_method(fix_after, screen_outliers, compatibility)
    table = _sorted_points(points, allow_infinite=method.reference)
    way = _ways(direction, table.names)
    targets = _targets(target, table.names)
    rebased, unmatched = _rebases(rebase, table)
    absent, irregular = missing_periods(table.x, table.is_first)
    chart = _chart(table, rebased, absent, method)
    point_type = point_types(chart.label, way[table.code])
    judged = method.reference | _has_verdict(chart)
    has_target = (way != 0) & (target is not None) & (method.reference | ~np.isnan(targets))
    assurance = assurances(targets, chart.lower, chart.upper, way, reference=method.reference)
    variation = np.where(judged, point_type[table.latest], NO_VARIATION)
    assurance = np.where(judged & has_target, assurance, NO_ASSURANCE)
    return ControlCharts(
        points=_points_frame(chart, rebased, point_type),
        verdicts=_verdicts_frame(table.names, variation, assurance),
        readings=_readings_frame(chart, way, variation, assurance),
        notes=_notes_frame(chart, absent, irregular, unmatched),
    )


def _chart(table: _Points, rebased: Flags, absent: Ints, method: _Method) -> _Chart:
    """Compute limits, rules and labels."""
    y, starts, reference = table.y, table.is_first | rebased, method.reference
    group = starts.cumsum() - 1
    follows = ~starts & (reference | (absent == 0))
    baseline = running_count(reference | ~np.isnan(y), group) <= method.fix_after
    limits = natural_limits(
        y, group, follows, baseline=baseline, screen=method.screen, reference=reference
    )
    if reference:
        _refuse_undecidable(table, follows)
    signals = find_signals(y, group, follows, limits, reference=reference)
    blind = np.isnan(y) | ((signals.label == COMMON_CAUSE) & np.isnan(limits.upper[group]))
    label = np.where(blind & (not reference), UNJUDGED, signals.label)
    return _Chart(table, group, follows, limits, signals, label)


def _has_verdict(chart: _Chart) -> Flags:
    """Tell for which series the latest limits are known and no longer trial limits."""
    return ~np.isnan(chart.upper) & (chart.values_since_rebase >= MINIMUM_POINTS)


def _points_frame(chart: _Chart, rebased: Flags, point_type: Ints) -> pd.DataFrame:
    table, group, limits = chart.table, chart.group, chart.limits
    return pd.DataFrame(
        {
            "series": table.names.take(table.code),
            "x": table.x,
            "y": table.y,
            "group": running_count(rebased, table.code),
            "mean": limits.mean[group],
            "lower_limit": limits.lower[group],
            "upper_limit": limits.upper[group],
            "special_cause": _words(LABELS, chart.label),
            "point_type": _words(POINT_TYPES, point_type),
            "rules": _words(_FIRED, chart.signals.fired @ (1 << np.arange(len(RULES)))),
        }
    )


def _verdicts_frame(names: pd.Index[Any], variation: Ints, assurance: Ints) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "series": names,
            "variation": _words(POINT_TYPES, variation),
            "assurance": _words(ASSURANCES, assurance),
        }
    )


def _readings_frame(chart: _Chart, way: Ints, variation: Ints, assurance: Ints) -> pd.DataFrame:
    table, latest = chart.table, chart.table.latest
    y, mean = table.y[latest], chart.limits.mean[chart.group]
    has_side = ~np.isnan(table.y - mean)
    side = np.where(has_side, 1 + side_of_mean(table.y, mean), _UNKNOWN)
    run_length = np.where(has_side, run_lengths(side, chart.follows), 0)
    unknown = np.isnan(y) | np.isnan(chart.upper)
    position = np.select([unknown, y < chart.lower, y > chart.upper], [_UNKNOWN, 0, 2], 1)
    icon = variation + np.where(way < 0, len(_ICONS_IF_INCREASE), 0)
    return pd.DataFrame(
        {
            "series": table.names,
            "x": table.x[latest],
            "y": y,
            "position": _words(_POSITIONS, position),
            "side": _words(_SIDES, side[latest]),
            "run_length": run_length[latest],
            "points": chart.values_since_rebase,
            "limit_points": chart.limits.points[chart.latest_group],
            "is_trial": chart.values_since_rebase < MINIMUM_POINTS,
            "variation_icon": _words(_ICONS_IF_INCREASE + _ICONS_IF_DECREASE, icon),
            "assurance_icon": _words(_ASSURANCE_ICONS, assurance),
        }
    )


def _notes_frame(
    chart: _Chart, absent: Ints, irregular: Flags, unmatched: tuple[Ints, Dates]
) -> pd.DataFrame:
    """List what a reader must know, by series, in the order of `_NOTES`."""
    table, limits = chart.table, chart.limits
    missing, gap = np.flatnonzero(np.isnan(table.y)), np.flatnonzero(absent)
    strange = np.flatnonzero(irregular)
    found = [
        (table.code[missing], table.x[missing], np.ones_like(missing)),
        (table.code[gap], table.x[gap - 1], absent[gap]),
        (strange, table.x[table.latest[strange]], np.bincount(table.code)[strange]),
        (*unmatched, np.ones_like(unmatched[0])),
        _of_groups(chart, chart.known_values < MINIMUM_POINTS, chart.known_values),
        _of_groups(chart, limits.is_constant, limits.points),
        _of_groups(chart, limits.is_nearly_constant, limits.points),
        _of_groups(chart, np.isnan(limits.upper), limits.points),
    ]
    code, x, count = (np.concatenate(column) for column in zip(*found, strict=True))
    kind = np.repeat(np.arange(len(_NOTES)), [len(codes) for codes, _, _ in found])
    order = np.lexsort((x, kind, code))
    return pd.DataFrame(
        {
            "series": table.names.take(code[order]),
            "kind": _words(_NOTES, kind[order]),
            "x": x[order],
            "count": count[order],
        }
    )


def _of_groups(chart: _Chart, flags: Flags, count: Ints) -> tuple[Ints, Dates, Ints]:
    """Note something of whole groups: their series, first date, and a count."""
    first = np.searchsorted(chart.group, np.flatnonzero(flags))
    return chart.table.code[first], chart.table.x[first], count[flags]


def _words(table: tuple[str | None, ...], positions: Ints) -> Any:
    """Look up words; a null word is a null."""
    return pd.array(table, dtype="str").take(positions)


def _checked_method(fix_after: float | None, screen: object, compatibility: object) -> _Method:
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
        return _Method(math.inf, screen, reference)
    is_number = isinstance(fix_after, Real if reference else Integral)
    if isinstance(fix_after, bool) or not is_number or not fix_after >= MINIMUM_BASELINE:
        raise DefinitionError(
            "Limits are fixed after a whole number of points, 12 or more.",
            f"fix_after={fix_after!r}",
            "Give 12 or more, or leave it out to compute limits from all points.",
        )
    return _Method(float(fix_after), screen, reference)


def _sorted_points(points: pd.DataFrame, *, allow_infinite: bool) -> _Points:
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
    return _Points(pd.Index(names), code, x, y)


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


def _ways(direction: object, names: pd.Index[Any]) -> Ints:
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


def _targets(target: object, names: pd.Index[Any]) -> Floats:
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


def _rebases(rebase: object, table: _Points) -> tuple[Flags, tuple[Ints, Dates]]:
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


def _refuse_undecidable(table: _Points, follows: Flags) -> None:
    """Stop where the reference stops."""
    stuck = np.unique(table.code[undecidable_trends(table.y, follows)])
    if len(stuck):
        raise DefinitionError(
            "In ptd mode no missing value may leave open whether seven points are a trend.",
            f"{len(stuck)} series, the first {table.names[stuck[0]]!r}",
            "Leave out the rows without a value, or leave out compatibility.",
        )
