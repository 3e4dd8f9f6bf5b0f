"""The one tidy result frame: a row per metric, period and group, judged by the target in force.

The lower bound counts every unknown case as missed, the upper bound as met. A target is met only if
the worse bound meets it, not met only if the better bound misses it, else not documented. The
unrounded ratio is judged. Only a share that the parameters call a sample has the uncertainty of
one: extracts are full counts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpi.definitions.frames import RESULTS
from kpi.definitions.kinds import (
    MEDIAN,
    Count,
    Duration,
    Metric,
    NotCounted,
    Rate,
    Reported,
    is_rate,
)
from kpi.definitions.statuses import (
    ACCEPTED_DEVIATION,
    ATTESTED,
    CLOSE,
    MET,
    NO_DATA,
    NO_TARGET,
    NOT_ASSESSABLE,
    NOT_DOCUMENTED,
    NOT_DUE,
    NOT_MET,
    RETIRED,
    RUNNING,
    STATUSES,
)
from kpi.errors import ParameterError, did_you_mean
from kpi.figures.cases import kinds_of, lacks_of
from kpi.figures.counts import (
    OUTCOMES,
    count_cases,
    days_of,
    days_seen,
    divisors,
    times_at,
    versions_in,
)
from kpi.figures.durations import (
    AT_QUARTER_END,
    PERSONS_AT_QUARTER_END,
    km_medians,
    make_under_way,
    open_at_period_ends,
)
from kpi.figures.reported import reported_values
from kpi.params import MetricParams, Params, Target
from kpi.periods import Cycle, Period

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend


@dataclass(frozen=True)
class Goal:
    """A target as a number: at least, at most, or between it and `to`, both included.

    `strictly` where it must be beaten.
    """

    value: float
    direction: Literal["at_least", "at_most", "between"]
    strictly: bool = False
    to: float | None = None

    @classmethod
    def of_row(cls, row: Mapping[str, Any], *, strictly: bool) -> Goal:
        """Return the goal that a row of the results was judged by."""
        to = row.get("target_to")
        return cls(row["target"], row["direction"], strictly, None if pd.isna(to) else to)

    def is_reached_by(self, value: float) -> bool:
        """Tell whether a value reaches the goal."""
        if self.to is not None:
            return self.value <= value <= self.to
        if self.strictly:
            return value > self.value if self.direction == "at_least" else value < self.value
        return value >= self.value if self.direction == "at_least" else value <= self.value

    def is_missed_by(self, lower: float, upper: float) -> bool:
        """Tell whether no value from one bound to another reaches the goal."""
        if self.to is not None:
            return upper < self.value or lower > self.to
        return not (self.is_reached_by(lower) or self.is_reached_by(upper))

    def lacking(self, value: float) -> float:
        """Return how far a value lies from the goal, or from the nearer of its two ends."""
        if self.to is None:
            return abs(value - self.value)
        return max(self.value - value, value - self.to, 0.0)


def goal_of(target: Target | None, baseline: float | None) -> Goal | None:
    """Return the goal of a target; None without a target, or where its baseline is not known."""
    if target is None:
        return None
    if target.value is not None:
        return Goal(target.value, target.direction, to=target.to)
    if baseline is None or pd.isna(baseline):
        return None
    return Goal(baseline, target.direction, strictly=True)


def judge(goal: Goal | None, not_yet_due: int, lower: float, upper: float) -> str:
    """Return the id of a figure's status; without bounds there is nothing to judge yet.

    A count of zero has bounds: it is a figure, not missing data.

    Examples:
        >>> judge(Goal(0.95, "at_least"), 0, 951 / 1055, 1003 / 1055)
        'not_documented'
        >>> judge(Goal(0.95, "at_least"), 3, float("nan"), float("nan"))
        'not_due'
        >>> judge(Goal(0.8, "between", to=0.9), 0, 0.85, 0.92)
        'not_documented'
    """
    if pd.isna(lower) or pd.isna(upper):
        return NOT_DUE.id if not_yet_due else NO_DATA.id
    if goal is None:
        return NO_TARGET.id
    if goal.is_reached_by(lower) and goal.is_reached_by(upper):
        return MET.id
    return NOT_MET.id if goal.is_missed_by(lower, upper) else NOT_DOCUMENTED.id


Row = dict[str, Any]


def with_status(valued: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Add target, direction and status to results that have their values and bounds.

    A rate is judged by the reported period alone: its months and weeks have the status "no_target".
    """
    for name, settings in () if params.report.unit else params.metrics.items():
        _see_groups(name, settings, set(valued.loc[valued["metric"] == name, "group"]))
    totals = valued[valued["group"] == ""].set_index(["metric", "period"])["value"]
    records: list[Row] = [
        {str(name): value for name, value in row.items()} for row in valued.to_dict("records")
    ]
    judged = [_judged(row, params, totals) for row in records]
    return pd.DataFrame(judged, columns=list(dict.fromkeys([*valued.columns, *_JUDGED])))


_JUDGED = ("target", "target_to", "direction", "status")


def _see_groups(metric: str, settings: MetricParams, known: set[str]) -> None:
    """Refuse a target of a group that has no case; a unit, or a metric, without any knows none."""
    if known <= {""}:
        return
    for target in settings.targets:
        for name, values in target.groups.items():
            for value in values:
                if f"{name}={value}" not in known:
                    there = sorted(one.partition("=")[2] for one in known if one.startswith(name))
                    raise ParameterError(
                        "A target of a group is about one that occurs.",
                        f'targets of {metric}: {name} "{value}"',
                        did_you_mean(value, there),
                    )


def _judged(row: Row, params: Params, totals: pd.Series[float]) -> Row:
    settings = params.metrics[row["metric"]]
    quarter = _judged_with(row, params.quarter.cycle)
    goal = _goal(settings, row, quarter, totals)
    if is_rate(row["unit"]) and row["period_kind"] != params.quarter.kind:
        goal = None
    return row | {
        "target": goal.value if goal else np.nan,
        "target_to": goal.to if goal and goal.to is not None else np.nan,
        "direction": goal.direction if goal else "",
        "status": _status(row, settings, quarter, goal, params),
    }


def _judged_with(row: Row, cycle: Cycle) -> Period:
    """Return the reported period whose rules a period is judged by; a week's is its Monday's."""
    first_day, _ = days_of(str(row["period"]), cycle)
    return cycle.at(first_day)


def _goal(
    settings: MetricParams, row: Row, quarter: Period, totals: pd.Series[float]
) -> Goal | None:
    target = settings.target_on(quarter.last_day)
    if target is not None and target.groups:
        target = target.model_copy(update={"value": target.value_of(row["group"])})
    if target is None or target.baseline is None:
        return goal_of(target, None)
    before = quarter.year_ago if target.baseline == "year_ago" else quarter.previous
    return goal_of(target, totals.get((row["metric"], str(before))))


def _status(
    row: Row, settings: MetricParams, quarter: Period, goal: Goal | None, params: Params
) -> str:
    without_count = _status_without_count(row, settings, quarter, params)
    if without_count:
        return without_count
    status = judge(goal, int(row["not_yet_due"]), row["lower"], row["upper"])
    if _goes_on(row, params) and not _is_decided(
        params.definition(row["metric"]), goal, status, row["lower"]
    ):
        return RUNNING.id if STATUSES[status].is_judged else status
    if status == NO_TARGET.id and _lacks_its_baseline(row, settings, quarter):
        return NOT_ASSESSABLE.id
    deviation = params.report.accepted_deviations.get(row["metric"])
    if status == NOT_MET.id and deviation and quarter.last_day <= deviation.until:
        return ACCEPTED_DEVIATION.id
    if status == NOT_MET.id and goal and is_near(row, settings.target_on(quarter.last_day), goal):
        return CLOSE.id
    return status


def is_near(row: Row, target: Target | None, goal: Goal) -> bool:
    """Tell whether both bounds of a missed figure lie within the band beside its goal.

    A figure at the band's very edge is near, whatever the last digit of a sum of fractions is.
    """
    if target is None or target.near is None:
        return False
    band = target.near / 100 if row["unit"] == "share" else target.near
    far = max(goal.lacking(row[bound]) for bound in ("lower", "upper"))
    return far <= band or math.isclose(far, band)


def _status_without_count(
    row: Row, settings: MetricParams, quarter: Period, params: Params
) -> str | None:
    """Return the status of what is not judged by counting: dropped, attested, text, no extract."""
    if settings.is_retired_on(quarter.last_day):
        return RETIRED.id
    attestation = params.report.attestations.get(row["metric"])
    if attestation and quarter == params.quarter:
        return ATTESTED.id if attestation.is_met else NOT_MET.id
    if isinstance(params.definition(row["metric"]), NotCounted):
        return NOT_ASSESSABLE.id
    if pd.isna(row["n"]):
        return NOT_ASSESSABLE.id if lacks_of(params, row["metric"]) else NO_DATA.id
    return None


def _goes_on(row: Row, params: Params) -> bool:
    """Tell whether a period was not over on the day that the extracts know the end of."""
    _, last_day = days_of(str(row["period"]), params.quarter.cycle)
    return last_day > params.report.as_of


def _is_decided(definition: Metric, goal: Goal | None, status: str, lower: float) -> bool:
    """Tell whether nothing that may still come can change the status of a figure.

    A number of events only grows; a share that must be all (or nothing) is lost with one case.
    """
    if goal is None:
        return False
    if goal.to is not None:
        is_over = isinstance(definition, Count) and definition.unit == "count"
        return is_over and status == NOT_MET.id and lower > goal.to
    if definition.unit == "share":
        lost = goal.value >= 1 if goal.direction == "at_least" else goal.value <= 0
        return lost and status == NOT_MET.id
    grows = isinstance(definition, Count) and definition.unit == "count"
    return grows and status == (MET.id if goal.direction == "at_least" else NOT_MET.id)


def _lacks_its_baseline(row: Row, settings: MetricParams, quarter: Period) -> bool:
    return row["period_kind"] == quarter.kind and settings.target_on(quarter.last_day) is not None


Numbers = NDArray[np.float64]


def wilson_interval(count: Numbers, n: Numbers) -> tuple[Numbers, Numbers]:
    """Return the 95 % Wilson interval of the shares count / n, null where n is 0.

    E. B. Wilson (1927), Probable inference, the law of succession, and statistical inference,
    JASA 22, 209-212. It tells how far the share of a sample may lie from that of all cases. For a
    full count there is no such distance, so shares carry it only where the parameters say that the
    cases are a sample (`is_sample`).
    """
    from statsmodels.stats.proportion import proportion_confint

    asked = np.where(n > 0, n, 1)
    lower, upper = proportion_confint(np.where(n > 0, count, 0), asked, method="wilson")
    return cast("Numbers", np.where(n > 0, lower, np.nan)), np.where(n > 0, upper, np.nan)


PERSONS_OF_CASES = tuple(f"persons_{name}" for name in (*OUTCOMES, "timed"))
_KEYS = ["metric", "period", "period_kind", "group"]
_COUNTED = (
    "version", "n", *OUTCOMES, "persons", *RESULTS.inner,
    "median_days", "p90_days", "max_days", "median_net_days",
)  # fmt: skip


def evaluate(backend: Backend, params: Params, measured: list[str]) -> pd.DataFrame:
    """Return the results of all reported metrics.

    Columns: those of the frame RESULTS (kpi.definitions.frames), the distinct persons behind each
    count among them, which disclosure needs and removes. Shares are ratios between 0 and 1, rates
    are per week, durations in days of the limit's unit: of ended cases gross (median_days,
    p90_days, max_days) and net of the days waited for the citizen (median_net_days), and with open
    cases (km_median_days, quarters only). `is_part` tells a period that was seen in part: it was
    not over by the end of `as_of`, or it is a week that reaches beyond the quarters; its rate is by
    the days that were seen. Null means: not applicable to that metric, or nothing to count.
    """
    return judged(valued(backend, params, measured), params)


def valued(backend: Backend, params: Params, measured: list[str]) -> pd.DataFrame:
    """Return the results of all reported metrics with their values, before anything is judged.

    Columns: those of the frame RESULTS but for its target, direction and status. Nothing that
    decides a status is read.
    """
    counted = _complete(backend, params, measured)
    with_value = pd.concat(
        [
            with_values(backend, params, rows, params.definition(name))
            for name, rows in _by_metric(counted)
        ],
        ignore_index=True,
    )
    told = [name for name in with_value if name in RESULTS.made]
    return with_value[told].assign(is_part=_in_part(with_value, params))


def judged(results: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Return results that have their values with their targets and statuses: the frame RESULTS."""
    return RESULTS.checked(with_status(results, params))


def _in_part(rows: pd.DataFrame, params: Params) -> pd.Series[bool]:
    """Tell the periods of which cases were counted of some days only."""
    first, last = days_seen(params)
    spans = (days_of(name, params.quarter.cycle) for name in rows["period"])
    is_part = [begins < first or ends > last for begins, ends in spans]
    return pd.Series(is_part, rows.index, dtype="boolean")


def _by_metric(frame: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    return [(str(name), rows) for name, rows in frame.groupby("metric", sort=False)]


def _complete(backend: Backend, params: Params, measured: list[str]) -> pd.DataFrame:
    """Count, and add a row for each quarter of each metric that has no cases in it."""
    quarters = [str(quarter) for quarter in params.quarters]
    index = pd.MultiIndex.from_product([params.metrics, quarters], names=["metric", "period"])
    counted = index.to_frame(index=False).assign(period_kind=params.quarter.kind, group="")
    told = [name for name in measured if isinstance(params.definition(name), Reported)]
    with_cases = [name for name in measured if name not in told]
    if with_cases:
        counted = count_cases(backend, params, with_cases).merge(counted, on=_KEYS, how="outer")
    if told:
        values = reported_values(backend, params, told)
        counted = counted.merge(values, on=_KEYS, how="outer", suffixes=("", "_told"))
        for name in [name for name in map(str, counted) if name.endswith("_told")]:
            own = name.removesuffix("_told")
            counted[own] = counted[own].fillna(counted.pop(name))
    make_under_way(backend, params, with_cases)
    for at_end in (open_at_period_ends, km_medians):
        ends = at_end(backend, params, with_cases)
        ends = ends.assign(period_kind=params.quarter.kind, group="")
        counted = counted.merge(ends, on=_KEYS, how="left", validate="one_to_one")
    counted = counted.reindex(columns=list(dict.fromkeys([*counted.columns, *_COUNTED])))
    rank = {name: place for place, name in enumerate(params.metrics)}
    counted["_kind"] = counted["period_kind"].map(kinds_of(params).index)
    counted["_metric"] = counted["metric"].map(rank)
    counted = counted.sort_values(["_metric", "_kind", "period", "group"], ignore_index=True)
    counted = counted.drop(columns=["_metric", "_kind"])
    return _with_whole_counts(counted, counted["metric"].isin(measured))


def _with_whole_counts(counted: pd.DataFrame, is_measured: pd.Series[bool]) -> pd.DataFrame:
    """Make counts whole numbers: zero where a measured metric has no cases, null elsewhere."""
    counts = ["n", *OUTCOMES, "persons", *PERSONS_OF_CASES]
    filled = counted[counts].astype("Float64")
    counted[counts] = filled.where(~is_measured, filled.fillna(0)).astype("Int64")
    at_end = [*AT_QUARTER_END, *PERSONS_AT_QUARTER_END]
    counted[at_end] = counted[at_end].astype("Int64")
    return counted


def with_values(
    backend: Backend, params: Params, rows: pd.DataFrame, definition: Metric
) -> pd.DataFrame:
    """Add value, lower and upper bound, numerator, denominator and unit to one metric's counts.

    The value is numerator / denominator, or the numerator where nothing is divided: of a share,
    unknown cases are in the denominator alone, so that it is the lower bound. A median or another
    percentile is net where the latest of the versions that count the period's cases is.
    """
    settings = params.metrics[definition.id]
    rows = rows.assign(unit=definition.unit, numerator=np.nan, denominator=np.nan)
    if not definition.is_about_persons:
        rows = rows.assign(persons=pd.Series(pd.NA, rows.index, "Int64"))
    if isinstance(definition, NotCounted) or rows["n"].isna().all():
        return rows.assign(value=np.nan, lower=np.nan, upper=np.nan)
    if definition.unit == "share":
        sampled = {counting.version for counting in settings.counting if counting.is_sample}
        is_sample = rows["version"].map(lambda label: bool(sampled & {*versions_in(label)}))
        return _as_sample(_share(rows), is_sample.astype(bool))
    if isinstance(definition, Rate):
        return _rate(backend, params, rows, definition)
    if definition.unit == "days":
        nets = [[counting.version] for counting in settings.counting if counting.clock == "net"]
        is_net = rows["version"].map(lambda label: versions_in(label)[-1:] in nets).astype(bool)
        percentile = definition.percentile if isinstance(definition, Duration) else MEDIAN
        gross, of_net = times_at(percentile)
        if gross not in rows:
            gross, of_net = times_at(MEDIAN)
        net = rows.get(of_net, np.nan)
        value = rows[gross].mask(is_net, net)
        rows = _with_persons_beyond(rows, definition, percentile)
        return rows.assign(value=value, lower=value, upper=value)
    value = (rows["reported"] if isinstance(definition, Reported) else rows["n"]).astype(float)
    if isinstance(definition, Reported):
        return rows.assign(value=value, lower=value, upper=value)
    return rows.assign(value=value, lower=value, upper=value, numerator=rows["n"])


def _with_persons_beyond(rows: pd.DataFrame, definition: Metric, percentile: int) -> pd.DataFrame:
    """Let the persons behind a percentile be those who took longer, or less long if these are few.

    Nine in ten of twenty persons is the time of two: what hides small counts asks for these.
    """
    if percentile == MEDIAN or not definition.is_about_persons or "persons_timed" not in rows:
        return rows
    part = min(percentile, 100 - percentile) / 100
    timed = pd.to_numeric(rows["persons_timed"]).astype("Float64")
    beyond = (timed * part).map(np.floor).clip(lower=1).where(timed > 0, rows["persons"])
    return rows.assign(persons=beyond.astype("Int64"))


def _share(rows: pd.DataFrame) -> pd.DataFrame:
    met, unknown, n = (rows[name].to_numpy(dtype=float) for name in ("met", "unknown", "n"))
    with np.errstate(invalid="ignore", divide="ignore"):
        return rows.assign(
            value=met / n,
            lower=met / n,
            upper=(met + unknown) / n,
            numerator=rows["met"],
            denominator=n,
        )


def _as_sample(rows: pd.DataFrame, is_sample: pd.Series[bool]) -> pd.DataFrame:
    """Widen the bounds of shares that rest on a sample by their Wilson intervals."""
    if not is_sample.any():
        return rows
    met, unknown, n = (rows[name].to_numpy(dtype=float) for name in ("met", "unknown", "n"))
    lower, _ = wilson_interval(met, n)
    _, upper = wilson_interval(met + unknown, n)
    return rows.assign(
        lower=rows["lower"].mask(is_sample, lower), upper=rows["upper"].mask(is_sample, upper)
    )


def _rate(backend: Backend, params: Params, rows: pd.DataFrame, definition: Rate) -> pd.DataFrame:
    weeks = pd.concat(
        [
            divisors(backend, params, kind, definition.per).assign(period_kind=kind)
            for kind in kinds_of(params)
        ]
    )
    joined = rows.drop(columns="denominator").merge(
        weeks, on=["period", "period_kind"], how="left", validate="many_to_one"
    )
    value = joined["n"].astype(float) / joined["denominator"]
    return joined.assign(value=value, lower=value, upper=value, numerator=joined["n"])
