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
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from kpi.errors import DefinitionError
from kpi.figures.control_input import (
    Method,
    SortedPoints,
    checked_method,
    rebases_of,
    sorted_points,
    targets_of,
    ways_of,
)
from kpi.figures.control_limits import (
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
class _Chart:
    """What is known of each point; `group` numbers the stretches with one set of limits."""

    table: SortedPoints
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
    method = checked_method(fix_after, screen_outliers, compatibility)
    table = sorted_points(points, allow_infinite=method.reference)
    way = ways_of(direction, table.names)
    targets = targets_of(target, table.names)
    rebased, unmatched = rebases_of(rebase, table)
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


def _chart(table: SortedPoints, rebased: Flags, absent: Ints, method: Method) -> _Chart:
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


def _refuse_undecidable(table: SortedPoints, follows: Flags) -> None:
    """Stop where the reference stops."""
    stuck = np.unique(table.code[undecidable_trends(table.y, follows)])
    if len(stuck):
        raise DefinitionError(
            "In ptd mode no missing value may leave open whether seven points are a trend.",
            f"{len(stuck)} series, the first {table.names[stuck[0]]!r}",
            "Leave out the rows without a value, or leave out compatibility.",
        )
