"""The arithmetic of XmR charts: limits, the four rules and the verdicts, on plain arrays.

All series are handled at once. The arrays run parallel, one element a point, sorted by series and
date. `group` numbers the stretches that share one set of limits (a series, or the part of it
between two rebases) from 0 without holes; `follows` is true where a point is the direct successor
of the one before it. No moving range and no rule ever reaches over a point that does not follow.

Source of the method: NHSRplotthedots 0.2.2, the tool of NHS England's "Making Data Count".
`reference=True` repeats it exactly; the departures otherwise are listed in
`kpi.figures.control_charts`.
"""

from __future__ import annotations

import math
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Dates = NDArray[np.datetime64]
Value = TypeVar("Value", bound=np.generic)

LIMIT_FACTOR = 2.66
"""Limits lie this many mean moving ranges from the mean: three sigma (3 / 1.128)."""

MEDIAN_LIMIT_FACTOR = 3.145
"""Limits about the median lie this many median moving ranges from it: three sigma (3 / 0.954)."""

MOVING_RANGE_SIGMA = 1.128
"""The mean moving range of two is so many times sigma (d2 of two values)."""

INNER_FACTOR = 2 * (2.66 / 3)
"""The inner limits, at two sigma; written this way to round as the reference does."""

SCREENING_FACTOR = 3.267
"""A moving range this many times their mean, or more, is screened out."""

RUN_LENGTH = 7
"""Points in a shift or a trend."""

RULES = (
    "Above UCL",
    "Below LCL",
    "7 Point Trend (Increasing)",
    "7 Point Trend (Decreasing)",
    "2 in 3 Above CL",
    "2 in 3 Below CL",
    "7 Points Above CL",
    "7 Points Below CL",
)
"""The reference's labels, first come first named; even positions point up, odd ones down."""


COMMON_CAUSE = len(RULES)
UNJUDGED = COMMON_CAUSE + 1
LABELS = (*RULES, "Common Cause", None)

POINT_TYPES = (
    "common_cause",
    "special_cause_improvement",
    "special_cause_concern",
    "special_cause_neutral_high",
    "special_cause_neutral_low",
    "none",
)
NO_VARIATION = POINT_TYPES.index("none")

ASSURANCES = ("inconsistent", "consistent_pass", "consistent_fail", "none")
NO_ASSURANCE = ASSURANCES.index("none")


class Limits(NamedTuple):
    """Limits of each group, in the unit of the values; null where they cannot be known.

    Limits are never cut at 0 or 100 %. `mean_range` is the mean moving range that they rest on,
    `points` the number of values behind the mean. `is_constant`: all of those values are equal;
    `is_nearly_constant`: more than half of the moving ranges are zero, but not all.
    `is_about_median`: the limits lie about the median (`about_the_median`), which `mean` then is.
    """

    mean: Floats
    lower: Floats
    upper: Floats
    mean_range: Floats
    points: Ints
    is_constant: Flags
    is_nearly_constant: Flags
    is_about_median: Flags


class Signals(NamedTuple):
    """What the rules say: `fired` has one column per rule, `label` the position in `RULES`.

    `label` is the rule of highest priority, or `COMMON_CAUSE` where none fired.
    """

    fired: Flags
    label: Ints


def exact_mean(values: list[float]) -> float:
    """Return the mean without accumulated rounding error; null if there are no values.

    Two passes of exact sums give the bits of the reference's 80-bit mean, so that a constant
    series lies on its mean and not one unit in the last place beside it.
    """
    if not values:
        return math.nan
    count = len(values)
    try:
        mean = math.fsum(values) / count
        return mean + math.fsum([*values, *[-mean] * count]) / count
    except (OverflowError, ValueError):  # infinite values: as far as plain sums go
        return sum(values) / count


def group_means(values: Floats, group: Ints) -> Floats:
    """Return the exact mean of each group's non-missing values, one element a group."""
    known = ~np.isnan(values)
    counts = _counts(known, group)
    ends = counts.cumsum().tolist()
    members = values[known].tolist()
    return np.array(
        [
            exact_mean(members[end - count : end])
            for end, count in zip(ends, counts.tolist(), strict=True)
        ]
    )


def missing_periods(x: Dates, is_first: Flags) -> tuple[Ints, Flags]:
    """Count the periods absent before each point, and tell the series without a rhythm.

    The period of a series is its smallest step: whole months if all its dates are the same day of
    the month or all are month ends, else an exact span such as a week. Where some step is not a
    whole number of periods nothing is counted and the series is irregular.
    """
    code, starts = is_first.cumsum() - 1, np.flatnonzero(is_first)
    month, day = x.astype("datetime64[M]"), x.astype("datetime64[D]")
    day_of_month = (day - month.astype("datetime64[D]")).astype(np.int64)
    is_month_end = (day + 1).astype("datetime64[M]") != month
    months = np.diff(month.astype(np.int64), prepend=0)
    same_day = (np.diff(day_of_month, prepend=0) == 0) | (is_month_end & _before(is_month_end))
    is_monthly = np.logical_and.reduceat(is_first | (same_day & (months > 0)), starts)
    step = np.where(is_monthly[code], months, np.diff(x.astype(np.int64), prepend=0))
    period = np.minimum.reduceat(np.where(is_first, np.iinfo(np.int64).max, step), starts)[code]
    is_regular = np.logical_and.reduceat(is_first | (step % period == 0), starts)
    absent = np.where(is_first | ~is_regular[code], 0, step // period - 1)
    return absent, ~is_regular


def running_count(counted: Flags, group: Ints) -> Ints:
    """Count the true elements of each group so far, the present one included."""
    total = counted.cumsum()
    first = np.searchsorted(group, np.arange(group[-1] + 1))
    before = total[first] - counted[first]
    return np.asarray(total - before[group], dtype=np.int64)


def moving_ranges(values: Floats, follows: Flags) -> Floats:
    """Return the distance of each value to the one before it; null across a break or a gap."""
    return np.where(follows, np.abs(np.diff(values, prepend=np.nan)), np.nan)


def natural_limits(
    y: Floats, group: Ints, follows: Flags, *, baseline: Flags, screen: bool, reference: bool
) -> Limits:
    """Compute each group's mean and mean moving range from its baseline points."""
    values = np.where(baseline, y, np.nan)
    ranges = moving_ranges(values, follows)
    mean_range = unscreened = group_means(ranges, group)
    if screen:
        kept = ranges < SCREENING_FACTOR * unscreened[group]
        mean_range = group_means(np.where(kept, ranges, np.nan), group)
    mean = group_means(values, group)
    points, ranges_known = _counts(~np.isnan(values), group), _counts(~np.isnan(ranges), group)
    ranges_zero = _counts(ranges == 0, group)
    is_constant = (points > 1) & (_counts(values == mean[group], group) == points)
    is_nearly_constant = (2 * ranges_zero > ranges_known) & (ranges_zero < ranges_known)
    if not reference:
        mean_range = _with_variation(mean_range, unscreened)
        mean_range[is_constant] = 0.0
    reach = LIMIT_FACTOR * mean_range
    return Limits(
        mean, mean - reach, mean + reach, mean_range, points, is_constant, is_nearly_constant,
        np.zeros_like(is_constant),
    )  # fmt: skip


def about_the_median(
    limits: Limits, y: Floats, group: Ints, follows: Flags, baseline: Flags
) -> Limits:
    """Lay limits about the median where the median lies outside those about the mean.

    There a few values far from all others have moved the mean to where no value is, while their
    moving ranges were screened out. Medians of values and of moving ranges heed neither. Source:
    D. J. Wheeler and D. S. Chambers (1992), Understanding Statistical Process Control, 2nd ed.:
    limits from the median moving range. A group whose median moving range is zero keeps its limits.
    """
    values = np.where(baseline, y, np.nan)
    ranges = moving_ranges(values, follows)
    median, reach = _group_medians(values, group), _group_medians(ranges, group)
    is_outside = (median < limits.lower) | (median > limits.upper)
    moved = is_outside & (reach > 0)
    mean = np.where(moved, median, limits.mean)
    mean_range = np.where(moved, MEDIAN_LIMIT_FACTOR / LIMIT_FACTOR * reach, limits.mean_range)
    width = LIMIT_FACTOR * mean_range
    return limits._replace(
        mean=mean,
        lower=np.where(moved, mean - width, limits.lower),
        upper=np.where(moved, mean + width, limits.upper),
        mean_range=mean_range,
        is_about_median=moved,
    )


def _group_medians(values: Floats, group: Ints) -> Floats:
    """Return the median of each group's non-missing values, one element a group."""
    known = ~np.isnan(values)
    ends = _counts(known, group).cumsum()
    parts = np.split(values[known], ends[:-1])
    return np.array([np.median(part) if part.size else np.nan for part in parts])


def _with_variation(mean_range: Floats, unscreened: Floats) -> Floats:
    """Undo a screening that left no variation; null where there was none to begin with."""
    usable = np.where(mean_range > 0, mean_range, unscreened)
    return np.where(usable > 0, usable, np.nan)


def _counts(flags: Flags, group: Ints) -> Ints:
    """Count the true elements of each group."""
    return np.bincount(group[flags], minlength=group[-1] + 1)


def run_lengths(state: NDArray[np.generic], follows: Flags) -> Ints:
    """Return for each point the length of the unbroken run of equal states it lies in."""
    starts = ~follows
    starts[0] = True
    starts[1:] |= state[1:] != state[:-1]
    run = starts.cumsum() - 1
    lengths: Ints = np.bincount(run)[run]
    return lengths


def side_of_mean(y: Floats, mean: Floats) -> Ints:
    """Return +1 above the mean, -1 below, 0 exactly on it or unknown (the mean per point)."""
    return np.nan_to_num(np.sign(y - mean)).astype(np.int64)


def find_signals(
    y: Floats, group: Ints, follows: Flags, limits: Limits, *, reference: bool
) -> Signals:
    """Apply the four rules to every point.

    A missing value fires nothing and breaks every window that it lies in. Outside `reference`
    the two rules that count points beside the mean rest where a group is nearly constant: there
    the mean is not in the middle, and runs beside it are what chance gives.
    """
    side = side_of_mean(y, limits.mean[group])
    outside = (y > limits.upper[group]) | (y < limits.lower[group])
    close = ~outside & _beyond_inner_limits(y, group, limits)
    rising, falling, is_rising = _trend(y, follows, reference=reference)
    pair = _two_of_three(close, side, follows)
    shift = (side != 0) & (run_lengths(side, follows) >= RUN_LENGTH)
    if not reference:
        fair = ~limits.is_nearly_constant[group]
        pair, shift = pair & fair, shift & fair
    up, down = side > 0, side < 0
    beside_mean = [rule & way for rule in (pair, shift) for way in (up, down)]
    fired = np.column_stack([outside & up, outside & down, rising, falling, *beside_mean])
    trend = rising | falling
    ranked = fired.copy()
    ranked[:, 2], ranked[:, 3] = trend & is_rising, trend & ~is_rising
    label = np.where(ranked.any(axis=1), ranked.argmax(axis=1), COMMON_CAUSE)
    return Signals(fired, label)


def _beyond_inner_limits(y: Floats, group: Ints, limits: Limits) -> Flags:
    """Tell which points lie more than two sigma from the mean."""
    reach = INNER_FACTOR * limits.mean_range
    return (y < (limits.mean - reach)[group]) | (y > (limits.mean + reach)[group])


def _two_of_three(close: Flags, side: Ints, follows: Flags) -> Flags:
    """Flag the close points in windows of three on one side that hold at least two of them."""
    same_side = (side != 0) & (side == _before(side)) & (side == _before(_before(side)))
    window = same_side & follows & _before(follows)
    enough = close.astype(np.int64) + _before(close) + _before(_before(close)) >= 2
    fires: Flags = window & enough
    return close & (fires | _after(fires) | _after(_after(fires)))


def _trend(y: Floats, follows: Flags, *, reference: bool) -> tuple[Flags, Flags, Flags]:
    """Flag the points of rising and of falling trends, and tell which way to label each.

    A turning point belongs to both and is labelled by the later. Where one trend ends and the next
    begins a point later, the reference labels by the step between them, which is in no trend.
    """
    step = np.nan_to_num(_steps(y, follows))
    lengths = run_lengths(step, np.ones_like(follows))
    in_trend = (step != 0) & (lengths >= RUN_LENGTH - 1)
    up, down = in_trend & (step > 0), in_trend & (step < 0)
    rising, falling = up | _after(up), down | _after(down)
    if reference:
        trend = rising | falling
        step_ahead = _after(trend & follows)
    else:
        step_ahead = _after(in_trend)
    is_rising = np.where(step_ahead, _after(step) > 0, step > 0)
    return rising, falling, is_rising


def _steps(y: Floats, follows: Flags) -> Floats:
    """Return the sign of each step from the point before: +1, -1, 0; null if unknown or broken."""
    return np.where(follows, np.sign(np.diff(y, prepend=np.nan)), np.nan)


def undecidable_trends(y: Floats, follows: Flags) -> Flags:
    """Flag the missing values that leave open whether seven points are a trend.

    The reference stops there ("missing value where TRUE/FALSE needed").
    """
    step = _steps(y, follows)
    unknown = follows & np.isnan(step)
    undecidable = np.zeros_like(follows)
    for way in (1, -1):
        possible = unknown | (step == way)
        lengths = run_lengths(possible, np.ones_like(follows))
        undecidable |= unknown & (lengths >= RUN_LENGTH - 1)
    return undecidable


def point_types(label: Ints, way: Ints) -> Ints:
    """Turn labels into positions in `POINT_TYPES`; `way` says for each point which way is better.

    +1 is higher, -1 lower, 0 neither.
    """
    is_high = label % 2 == 0
    gain = np.where(is_high, way, -way)
    special = np.select([gain > 0, gain < 0, is_high], [1, 2, 3], 4)
    return np.select([label < COMMON_CAUSE, label == COMMON_CAUSE], [special, 0], NO_VARIATION)


def assurances(target: Floats, lower: Floats, upper: Floats, way: Ints, *, reference: bool) -> Ints:
    """Compare targets with limits: positions in `ASSURANCES`, one element a series.

    Target and limits that are one value, as in a constant series, are a pass.
    """
    if reference:
        below, above = target < lower, target > upper
    else:
        below, above = target <= lower, target >= upper
    passes, fails = np.where(way > 0, (below, above), (above, below))
    return np.select([passes, fails], [1, 2], 0)


def _before(values: NDArray[Value]) -> NDArray[Value]:
    """Give each point what the point before it has (the first: nothing)."""
    return np.concatenate([np.zeros(1, values.dtype), values[:-1]])


def _after(values: NDArray[Value]) -> NDArray[Value]:
    """Give each point what the point after it has (the last: nothing)."""
    return np.concatenate([values[1:], np.zeros(1, values.dtype)])
