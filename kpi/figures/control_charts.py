"""Control charts: whether a figure is unusual for its own past, and can meet its target.

Shares rest on months of many and of few cases: `p_prime` knows how many. All else has XmR charts.

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
11. Where the median of the values lies outside the limits, because a few values far from all
    others moved the mean, the limits lie about the median (`about_the_median`), which is noted.
    (Reference: nearly every point is a special cause.)

Kept on purpose: limits are not cut at 0 or 100 %; points outside the limits do not count towards
two of three; nothing is rebased automatically.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
import pandas as pd

from kpi.errors import DefinitionError
from kpi.figures.control_input import (
    Method,
    SortedPoints,
    checked_method,
    denominators_of,
    rebases_of,
    sorted_points,
    targets_of,
    ways_of,
)
from kpi.figures.control_limits import (
    ASSURANCES,
    COMMON_CAUSE,
    LABELS,
    MOVING_RANGE_SIGMA,
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
    about_the_median,
    assurances,
    find_signals,
    missing_periods,
    moving_ranges,
    natural_limits,
    point_types,
    run_lengths,
    running_count,
    side_of_mean,
    undecidable_trends,
)

Direction = Literal["increase", "decrease", "neutral"]

MINIMUM_EXPECTED = 1.0
"""Cases of the rarer outcome that a share's n must lead to expect; below, chance alone jumps."""

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
    "few_cases",
    "about_median",
)


@dataclass(frozen=True)
class ControlCharts:
    """The charts of all series, as four frames.

    `points`, one row a point, by series and date: `series, x, y, group, mean, lower_limit,
        upper_limit, special_cause, point_type, rules`. `group` counts the rebases so far. `mean`
        and limits are in the unit of `y`, null where they cannot be known; those of an XmR chart
        are the same throughout a group, those of a p' chart follow n. `special_cause` is the
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
        few_points (count of values since); constant, nearly_constant, no_limits, about_median
        (count of values behind them). few_cases: so many points of a p' chart rest on too few
        cases for limits.
    """

    points: pd.DataFrame
    verdicts: pd.DataFrame
    readings: pd.DataFrame
    notes: pd.DataFrame


@dataclass(frozen=True)
class Chart:
    """What is known of each point; `group` numbers the stretches with one set of limits.

    `mean`, `lower` and `upper` are those of each point in the unit of the values; `limits` are of
    each group, on the scale on which the rules were applied. `few_cases` flags the points whose n
    is too small for limits.
    """

    table: SortedPoints
    group: Ints
    follows: Flags
    limits: Limits
    mean: Floats
    lower: Floats
    upper: Floats
    signals: Signals
    label: Ints
    few_cases: Flags

    @property
    def latest_group(self) -> Ints:
        """The group that each series has reached."""
        return self.group[self.table.latest]

    @property
    def known_values(self) -> Ints:
        """Values in each group that could be judged."""
        known = ~np.isnan(self.table.y) & ~self.few_cases
        return np.bincount(self.group[known], minlength=len(self.limits.mean))

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
    rebased, unmatched = rebases_of(rebase, table)
    absent, irregular = missing_periods(table.x, table.is_first)
    chart = _chart(table, rebased, absent, method)
    aim = Aim(direction, target, reference=method.reference)
    return judged_charts(chart, aim, rebased, _notes_frame(chart, absent, irregular, unmatched))


@np.errstate(invalid="ignore", divide="ignore")
def p_prime(
    points: pd.DataFrame,
    *,
    direction: Direction | Mapping[Any, Direction],
    target: float | Mapping[Any, float | None] | None = None,
    screen_outliers: bool = False,
) -> ControlCharts:
    """Compute Laney's p' charts of shares with unequal denominators: limits that know n.

    The share of a month of 29 cases swings more than that of one of 506. Each point has its own
    sigma from its n, as in a p chart, times how much more (or less) the months differ than chance
    alone gives: the moving-range sigma of the z-scores. With one n for all points the chart is the
    XmR chart. Source: D. B. Laney (2002), Improved control charts for attributes, Quality
    Engineering 14, 531-537; checked against `qic.pp` of the R package qicharts2 0.8.1.

    Departures: limits are not cut at 0 or 100 %; missing values and periods are treated as in
    `xmr`; a point has limits, and is judged, only where at least MINIMUM_EXPECTED cases of the
    rarer outcome are expected among its n.

    Args:
        points: As for `xmr`, with `y` between 0 and 1 and a column `n`, the cases behind it.
        direction: As for `xmr`.
        target: As for `xmr`.
        screen_outliers: Leave moving ranges of 3.267 times their mean or more out of the sigma.

    Raises:
        DefinitionError: The frame or an option is not as described.
    """
    checked_method(None, screen_outliers, None)
    table = sorted_points(points, allow_infinite=False)
    n = denominators_of(points, table)
    absent, irregular = missing_periods(table.x, table.is_first)
    group, follows = table.code, ~table.is_first & (absent == 0)
    known = ~np.isnan(table.y)
    mean, is_constant = _pooled(table.y, n, group)
    sigma = np.where(is_constant, 0.0, np.sqrt(mean * (1 - mean)))[group] / np.sqrt(n)
    scored = np.where(sigma > 0, (table.y - mean[group]) / sigma, 0.0)
    scored[~known] = np.nan
    usual = natural_limits(
        scored, group, follows, baseline=known, screen=screen_outliers, reference=False
    )
    still = moving_ranges(table.y, follows) == 0
    zeros, ranges = (np.bincount(group, one) for one in (still, follows & known))
    scale = 3 / MOVING_RANGE_SIGMA * usual.mean_range
    limits = usual._replace(
        mean=np.zeros_like(mean), lower=-scale, upper=scale,
        is_nearly_constant=(2 * zeros > ranges) & ~is_constant,
    )  # fmt: skip
    expected = n * np.minimum(mean, 1 - mean)[group]
    few_cases = known & ~is_constant[group] & (expected < MINIMUM_EXPECTED)
    reach = np.where(few_cases, np.nan, scale[group] * sigma)
    signals = find_signals(scored, group, follows, limits, reference=False)
    unjudged = ~known | few_cases | ((signals.label == COMMON_CAUSE) & np.isnan(reach))
    chart = Chart(
        table, group, follows, limits, mean[group], mean[group] - reach, mean[group] + reach,
        signals, np.where(unjudged, UNJUDGED, signals.label), few_cases,
    )  # fmt: skip
    none = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=table.x.dtype))
    notes = _notes_frame(chart, absent, irregular, none)
    return judged_charts(chart, Aim(direction, target), np.zeros_like(known), notes)


def _pooled(y: Floats, n: Floats, group: Ints) -> tuple[Floats, Flags]:
    """Return the share of all cases of each group, and the groups whose shares are all one."""
    known = ~np.isnan(y)
    cases = np.bincount(group, np.where(known, n, 0.0))
    mean = np.bincount(group, np.where(known, y * n, 0.0)) / cases
    lowest, highest = np.full(len(cases), np.inf), np.full(len(cases), -np.inf)
    np.minimum.at(lowest, group[known], y[known])
    np.maximum.at(highest, group[known], y[known])
    is_constant = lowest == highest
    return np.where(is_constant, lowest, mean), is_constant


@dataclass(frozen=True)
class Aim:
    """Which way is better, and the target; one value for all series, or by series."""

    direction: Direction | Mapping[Any, Direction]
    target: float | Mapping[Any, float | None] | None
    reference: bool = False


def judged_charts(chart: Chart, aim: Aim, rebased: Flags, notes: pd.DataFrame) -> ControlCharts:
    """Judge computed charts against their targets and write them as frames."""
    table, latest = chart.table, chart.table.latest
    way, targets = ways_of(aim.direction, table.names), targets_of(aim.target, table.names)
    point_type = point_types(chart.label, way[table.code])
    judged = aim.reference | _has_verdict(chart)
    has_target = (way != 0) & (aim.target is not None) & (aim.reference | ~np.isnan(targets))
    lower, upper = chart.lower[latest], chart.upper[latest]
    assurance = assurances(targets, lower, upper, way, reference=aim.reference)
    variation = np.where(judged, point_type[latest], NO_VARIATION)
    assurance = np.where(judged & has_target, assurance, NO_ASSURANCE)
    return ControlCharts(
        points=_points_frame(chart, rebased, point_type),
        verdicts=_verdicts_frame(table.names, variation, assurance),
        readings=_readings_frame(chart, way, variation, assurance),
        notes=notes,
    )


def _chart(table: SortedPoints, rebased: Flags, absent: Ints, method: Method) -> Chart:
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
    else:
        limits = about_the_median(limits, y, group, follows, baseline)
    signals = find_signals(y, group, follows, limits, reference=reference)
    blind = np.isnan(y) | ((signals.label == COMMON_CAUSE) & np.isnan(limits.upper[group]))
    label = np.where(blind & (not reference), UNJUDGED, signals.label)
    return Chart(
        table, group, follows, limits, limits.mean[group], limits.lower[group],
        limits.upper[group], signals, label, np.zeros_like(starts),
    )  # fmt: skip


def _has_verdict(chart: Chart) -> Flags:
    """Tell for which series the latest limits are known and no longer trial limits."""
    is_known = ~np.isnan(chart.limits.upper[chart.latest_group])
    return is_known & (chart.values_since_rebase >= MINIMUM_POINTS)


def _points_frame(chart: Chart, rebased: Flags, point_type: Ints) -> pd.DataFrame:
    table = chart.table
    return pd.DataFrame(
        {
            "series": table.names.take(table.code),
            "x": table.x,
            "y": table.y,
            "group": running_count(rebased, table.code),
            "mean": chart.mean,
            "lower_limit": chart.lower,
            "upper_limit": chart.upper,
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


def _readings_frame(chart: Chart, way: Ints, variation: Ints, assurance: Ints) -> pd.DataFrame:
    table, latest = chart.table, chart.table.latest
    y, lower, upper = table.y[latest], chart.lower[latest], chart.upper[latest]
    has_side = ~np.isnan(table.y - chart.mean)
    side = np.where(has_side, 1 + side_of_mean(table.y, chart.mean), _UNKNOWN)
    run_length = np.where(has_side, run_lengths(side, chart.follows), 0)
    unknown = np.isnan(y) | np.isnan(upper)
    position = np.select([unknown, y < lower, y > upper], [_UNKNOWN, 0, 2], 1)
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
    chart: Chart, absent: Ints, irregular: Flags, unmatched: tuple[Ints, Dates]
) -> pd.DataFrame:
    """List what a reader must know, by series, in the order of `_NOTES`."""
    table, limits = chart.table, chart.limits
    missing, gap = np.flatnonzero(np.isnan(table.y)), np.flatnonzero(absent)
    strange = np.flatnonzero(irregular)
    few_cases = np.bincount(chart.group, chart.few_cases).astype(np.int64)
    found = [
        (table.code[missing], table.x[missing], np.ones_like(missing)),
        (table.code[gap], table.x[gap - 1], absent[gap]),
        (strange, table.x[table.latest[strange]], np.bincount(table.code)[strange]),
        (*unmatched, np.ones_like(unmatched[0])),
        _of_groups(chart, chart.known_values < MINIMUM_POINTS, chart.known_values),
        _of_groups(chart, limits.is_constant, limits.points),
        _of_groups(chart, limits.is_nearly_constant, limits.points),
        _of_groups(chart, np.isnan(limits.upper), limits.points),
        _of_groups(chart, few_cases > 0, few_cases),
        _of_groups(chart, limits.is_about_median, limits.points),
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


def _of_groups(chart: Chart, flags: Flags, count: Ints) -> tuple[Ints, Dates, Ints]:
    """Note something of whole groups: their series, first date, and a count."""
    first = np.searchsorted(chart.group, np.flatnonzero(flags))
    return chart.table.code[first], chart.table.x[first], count[flags]


def _words(table: tuple[str | None, ...], positions: Ints) -> Any:
    """Look up words; a null word is a null."""
    return _array(table).take(positions)


@cache
def _array(table: tuple[str | None, ...]) -> Any:
    return pd.array(table, dtype="str")


def _refuse_undecidable(table: SortedPoints, follows: Flags) -> None:
    """Stop where the reference stops."""
    stuck = np.unique(table.code[undecidable_trends(table.y, follows)])
    if len(stuck):
        raise DefinitionError(
            "In ptd mode no missing value may leave open whether seven points are a trend.",
            f"{len(stuck)} series, the first {table.names[stuck[0]]!r}",
            "Leave out the rows without a value, or leave out compatibility.",
        )
