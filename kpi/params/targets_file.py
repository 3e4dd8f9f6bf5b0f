"""The shape of params/targets.yaml: which metrics are reported, how they count, their targets.

Everything here has dates. A quarter is judged by the target that was in force on its last day, a
case by the rule that was in force when its clock started.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    field_validator,
    model_validator,
)

from kpi.definitions.shared_cases import Rule
from kpi.errors import ParameterError
from kpi.office_hours import OfficeHours
from kpi.params.strict import Strict
from kpi.params.texts import Line, Remark
from kpi.periods import Kind, Period


class Validity(Strict):
    """First and last day on which something is in force; empty means open."""

    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    reason: Remark = ""
    decided_by: Line = ""
    source: Remark = ""

    @model_validator(mode="after")
    def _in_order(self) -> Validity:
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValueError(f"valid_to {self.valid_to} lies before valid_from {self.valid_from}")
        return self


_FINE = {"minutes": 60, "hours": 3600}
BUSINESS_UNITS = {f"business_{unit}": seconds for unit, seconds in _FINE.items()}
"""The units of limits that run in office hours alone, in seconds."""
FINE_UNITS = _FINE | BUSINESS_UNITS
"""The units of limits that are shorter than a day, in seconds."""
_DAYS = ("calendar_days", "working_days")
Unit = Literal["calendar_days", "working_days", "minutes", "hours"]


def _in_units(value: Any) -> Any:
    """Read a limit of minutes or hours as so many (`days`) of that unit."""
    if not isinstance(value, dict):
        return value
    named = [name for name in _FINE if name in value]
    if not named:
        return value
    if len(named) > 1 or {"days", "unit"} & value.keys():
        raise ValueError("a limit is given once: in days, hours or minutes")
    rest = {name: one for name, one in value.items() if name != named[0]}
    return rest | {"days": value[named[0]], "unit": named[0], "precision": "second"}


class Limit(Strict):
    """The limit of a category: so many of a unit."""

    days: int = Field(ge=0)
    unit: Unit = "calendar_days"
    precision: Literal["day", "second"] = "day"

    _read = model_validator(mode="before")(staticmethod(_in_units))


class Limits(dict[str, Limit]):
    """Limits by category; nobody changes them, so that rules which have them are told apart."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))


def _office_hours(value: Any) -> Any:
    """Read office hours: a text, or hours by weekday."""
    if value is None:
        return None
    try:
        return OfficeHours.of(value)
    except ParameterError as error:
        raise ValueError(f"{error.rule} Found: {error.found}. {error.remedy}".rstrip()) from error


Hours = Annotated[
    OfficeHours | None,
    BeforeValidator(_office_hours),
    PlainSerializer(lambda hours: str(hours) if hours else None, return_type=str | None),
]


class Due(Strict):
    """When a case is due: a date in the data, or so long after the clock starts.

    `days` is how many of the `unit`. With `precision: second` the limit ends as many whole days
    after the moment at which the clock starts, else at the end of a day. Where limits go `by` a
    column, `values` has those of its values; all others have that of `days`. With `business_hours`
    the clock of a limit in hours or minutes runs while the office is open, on no public holiday.
    """

    column: str = ""
    days: int | None = Field(default=None, ge=0)
    unit: Unit = "calendar_days"
    precision: Literal["day", "second"] = "day"
    roll_forward: bool = False
    by: str = ""
    values: Annotated[dict[str, Limit], AfterValidator(Limits)] = Limits()
    business_hours: Hours = None

    _read = model_validator(mode="before")(staticmethod(_in_units))

    @model_validator(mode="after")
    def _in_business_hours(self) -> Due:
        units = {self.unit, *(one.unit for one in self.values.values())}
        if self.business_hours and (self.column or not units <= _FINE.keys()):
            raise ValueError("a limit within business_hours is one of hours or minutes")
        return self

    @model_validator(mode="after")
    def _one_of_two(self) -> Due:
        if bool(self.column) == (self.days is not None):
            raise ValueError("due is either a column or a number of days, hours or minutes")
        return self

    @model_validator(mode="after")
    def _by_category(self) -> Due:
        if bool(self.by) != bool(self.values):
            raise ValueError("limits by a column have both: by (the column), and values (limits)")
        if self.by and self.column:
            raise ValueError("a due date from the data has no limits by category")
        for name, one in self.values.items():
            fits = one.unit != "working_days" if self.is_to_the_second else one.unit in _DAYS
            if not fits:
                raise ValueError(
                    f"limits by {self.by} are all to the end of a day, or all to the second: "
                    f"{self._in_words} for all others, {one.unit} for {name}. Days beside hours or "
                    f"minutes are written to the second: days: {self.days}, precision: second"
                )
        return self

    @property
    def _in_words(self) -> str:
        return f"{self.unit} to the {self.precision}"

    @model_validator(mode="after")
    def _to_the_second(self) -> Due:
        if self.is_to_the_second and self.unit == "working_days":
            raise ValueError("a limit in working days ends at the end of a day")
        if self.is_to_the_second and self.roll_forward:
            raise ValueError("a limit to the second does not move to the next working day")
        return self

    @property
    def limits(self) -> tuple[tuple[str, int], ...]:
        """So many of a unit, of all others and of each category; seconds of limits to the second.

        Empty where the data give the date.
        """
        if self.days is None:
            return ()
        named = {"all others": Limit(days=self.days, unit=self.unit, precision=self.precision)}
        told = []
        for name, one in {**named, **self.values}.items():
            is_fine = self.is_to_the_second
            length = FINE_UNITS.get(one.unit, 24 * 3600) if is_fine else 1
            unit = "seconds" if is_fine else one.unit
            told.append((f"{unit} of {name}", one.days * length))
        return tuple(told)

    @property
    def alike(self) -> tuple[object, ...]:
        """What limits of one kind have in common, whatever they are."""
        hours = str(self.business_hours or "")
        return self.is_to_the_second, self.roll_forward, hours, self.by, sorted(self.values)

    @property
    def shown_in(self) -> str:
        """The unit in which times are told: the finest of the limits, so that none reads 0 days."""
        units = {self.unit, *(one.unit for one in self.values.values())}
        finest = next((unit for unit in _FINE if unit in units), self.unit)
        return f"business_{finest}" if self.business_hours else finest

    @property
    def is_to_the_second(self) -> bool:
        """Tell whether the limit ends at a moment that is so long after the start."""
        return self.days is not None and self.precision == "second"


class Counting(Validity):
    """One version of how a metric counts.

    `clock` tells the time that is judged: gross, or net of the days on which a case waited for the
    citizen. `is_sample` tells that the extract is a sample of the cases, so that a share carries
    the uncertainty of a sample; extracts of all cases are full counts and carry none.
    """

    version: str = "1"
    due: Due | None = None
    quarter_by: Literal["start", "stop", "due"] = "stop"
    clock: Literal["gross", "net"] = "gross"
    is_sample: bool = False
    what: Remark = ""

    @property
    def judges_by(self) -> tuple[Due | None, str, str]:
        """What decides which cases these are, and which of them are met."""
        return self.due, self.quarter_by, self.clock

    @model_validator(mode="after")
    def _net_of_days(self) -> Counting:
        if self.clock == "net" and self.due and self.due.column:
            raise ValueError("clock: net needs due.days; a due date from the data is not moved")
        if self.clock == "net" and self.due and (self.due.by or self.due.is_to_the_second):
            raise ValueError("clock: net needs one limit for all, in days")
        return self


class OfGroups(dict[str, dict[str, float]]):
    """Values by group; nobody changes them, so that targets which have them are told apart."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(str(sorted(self.items())))


class Target(Validity):
    """One version of what a metric must reach: a value, or last year's (baseline).

    With `between` it must lie from one value to another, both included; `value` is then the lower.
    A group may have a value of its own (`groups: {office: {North: 0.85}}`).

    A figure that misses it by no more than `near` is close: percentage points of a share, else in
    the figure's unit.
    """

    direction: Literal["at_least", "at_most", "between"]
    value: float | None = None
    between: tuple[float, float] | None = None
    baseline: Literal["year_ago", "previous"] | None = None
    near: float | None = Field(default=None, gt=0)
    groups: Annotated[dict[str, dict[str, float]], AfterValidator(OfGroups)] = OfGroups()
    wording: Line = ""

    @model_validator(mode="before")
    @classmethod
    def _read_between(cls, content: Any) -> Any:
        """Take the two ends of a target that has a lower and an upper one."""
        if not isinstance(content, dict) or not content.get("between"):
            return content
        ends = content["between"]
        if not isinstance(ends, list | tuple) or len(ends) != 2:
            raise ValueError("between has two values: between: [0.8, 0.9]")
        given = {"direction": "between", "value": ends[0]} | content
        if given["direction"] != "between" or given["value"] != ends[0]:
            raise ValueError("a target between two values has no direction or value beside them")
        return given

    @model_validator(mode="after")
    def _from_low_to_high(self) -> Target:
        if (self.direction == "between") != (self.between is not None):
            raise ValueError("a target between two values names both: between: [0.8, 0.9]")
        if self.between and not self.between[0] < self.between[1]:
            raise ValueError("between has the lower value first: between: [0.8, 0.9]")
        if self.between and self.groups:
            raise ValueError("a target between two values has no values of groups")
        return self

    @model_validator(mode="after")
    def _value_or_baseline(self) -> Target:
        if (self.value is None) == (self.baseline is None):
            raise ValueError("a target has either a value or a baseline")
        if self.groups and self.value is None:
            raise ValueError("a target that is another period's figure has no values of groups")
        return self

    @property
    def to(self) -> float | None:
        """The upper end of a target between two values; None for all others."""
        return self.between[1] if self.between else None

    def value_of(self, group: str) -> float | None:
        """Return the value of a group, such as office=North: its own, or that of all."""
        name, _, value = group.partition("=")
        return self.groups.get(name, {}).get(value, self.value)


class StageNorms(Validity):
    """The days that stages may take while in force, in the unit of the limit: approved-sent: 2."""

    norms: dict[str, Annotated[float, Field(ge=0)]]


def _undated(norms: Any) -> Any:
    """Read norms written without a date as one version of them."""
    return [{"norms": norms}] if isinstance(norms, dict) else norms


class Retirement(Strict):
    """When a target was dropped, why, and what came in its place."""

    valid_from: dt.date
    reason: Remark
    decided_by: Line = ""
    replaced_by: str = ""
    source: Remark = ""


class MetricParams(Strict):
    """What one metric's administration decides: owner, counting, targets, groups, stages.

    A case is counted once, by the version of `counting` that was in force when its clock started,
    or, with `rule_by: stop`, when it ended (an open one by the latest). One that arrives with fewer
    than `days_needed` working days left came too late. Those of its groups that are units to be
    compared stand `side_by_side`.
    """

    title: Line = ""
    owner: Line = ""
    source: Remark = ""
    aim: Remark = ""
    introduced: dt.date | None = None
    counting: tuple[Counting, ...] = (Counting(),)
    rule_by: Literal["start", "stop"] = "start"
    targets: tuple[Target, ...] = ()
    groups: tuple[str, ...] = ()
    side_by_side: tuple[str, ...] = ()
    stages: Annotated[tuple[StageNorms, ...], BeforeValidator(_undated)] = ()
    days_needed: int = Field(default=5, ge=0)
    year_to_date: bool | None = None
    retired: Retirement | None = None

    @field_validator("counting", "targets", "stages")
    @classmethod
    def _no_overlap(cls, versions: tuple[Validity, ...]) -> tuple[Validity, ...]:
        ordered = sorted(versions, key=lambda version: version.valid_from or dt.date.min)
        for earlier, later in pairwise(ordered):
            if (earlier.valid_to or dt.date.max) >= (later.valid_from or dt.date.min):
                raise ValueError(
                    "validity periods overlap: one must end before the next begins "
                    f"({earlier.valid_from} to {earlier.valid_to}, then {later.valid_from})"
                )
        return versions

    @model_validator(mode="after")
    def _targets_of_its_groups(self) -> Self:
        for name in sorted({name for target in self.targets for name in target.groups}):
            if name not in self.groups:
                known = ", ".join(self.groups) or "none"
                raise ValueError(f"a target of {name} needs it among the groups (now: {known})")
        return self

    @field_validator("counting")
    @classmethod
    def _told_apart(cls, versions: tuple[Counting, ...]) -> tuple[Counting, ...]:
        names = [counting.version for counting in versions]
        if len(set(names)) < len(names):
            raise ValueError(f"each version has a name of its own (versions: {', '.join(names)})")
        return versions

    @model_validator(mode="after")
    def _units_are_groups(self) -> MetricParams:
        for name in self.side_by_side:
            if name not in self.groups:
                raise ValueError(f'side_by_side names groups of the metric, not "{name}"')
        return self

    @property
    def rule(self) -> Rule:
        """By what its cases are judged, as far as it decides which these are: no words of it."""
        versions = [(one.valid_from, one.valid_to, one.judges_by) for one in self.by_age]
        alike = [
            (one.valid_from, one.valid_to, one.quarter_by, one.clock, one.due and one.due.alike)
            for one in self.by_age
        ]
        limits = [
            (f"{name} of version {place}", number)
            for place, one in enumerate(self.by_age, start=1)
            for name, number in (one.due.limits if one.due else ())
        ]
        days = {one.quarter_by for one in self.counting}
        is_one = all(one.due and one.due.limits for one in self.counting) and len(days) == 1
        return Rule(
            f"{self.rule_by} {versions}",
            f"{self.rule_by} {alike}" if is_one else "",
            tuple(limits) if is_one else (),
            next(iter(days)) if is_one else "",
        )

    def counting_on(self, day: dt.date) -> Counting | None:
        """Return how the metric counted on a day."""
        return in_force(self.counting, day)

    @property
    def by_age(self) -> tuple[Counting, ...]:
        """The versions of how the metric counts, the oldest first."""
        return tuple(sorted(self.counting, key=lambda one: one.valid_from or dt.date.min))

    def target_on(self, day: dt.date) -> Target | None:
        """Return what it had to reach on a day; None where there was no numeric target."""
        return in_force(self.targets, day)

    def norms_on(self, day: dt.date) -> dict[str, float]:
        """Return the days that stages were allowed on a day; no entry where none was set."""
        norms = in_force(self.stages, day)
        return norms.norms if norms else {}

    def is_known_in(self, quarter: Period) -> bool:
        """Tell whether the metric had been introduced by the end of a quarter."""
        return not self.introduced or self.introduced <= quarter.last_day

    def is_retired_on(self, day: dt.date) -> bool:
        """Tell whether the target had been dropped by a day."""
        return self.retired is not None and day >= self.retired.valid_from


Month = Literal[
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
]  # fmt: skip
Version = TypeVar("Version", bound="Validity")


class TargetsFile(Strict):
    """All reported metrics, in the committee's order, and the result rows after them.

    Each report is about one `period` of a year that starts in the month `year_starts`. Where
    counting changed, both ways are shown over the reported period and `overlap_quarters` before it.
    `year_to_date` shows the year so far beside the period, of all metrics that add up or of one.
    """

    period: Kind = "quarter"
    year_starts: Month = "january"
    year_to_date: bool = False
    overlap_quarters: int = Field(default=4, ge=0)
    metrics: dict[str, MetricParams]


def in_force(versions: Sequence[Version], day: dt.date) -> Version | None:
    """Return the version that was in force on a day, if any."""
    for version in versions:
        started = version.valid_from is None or version.valid_from <= day
        ended = version.valid_to is not None and version.valid_to < day
        if started and not ended:
            return version
    return None
