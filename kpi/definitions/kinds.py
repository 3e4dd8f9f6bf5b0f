"""The kinds of metric, each a record of what an analyst declares.

Limits, targets and dates stand in the parameters. `filter`, `exclude` and the clock's ends are
expressions over the columns of the subject (kpi.definitions.expressions), in words that analysts
know from dbt's semantic models.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from kpi.definitions.columns import Column
from kpi.definitions.expressions import compiled, holds, unbound
from kpi.definitions.subject import Subject
from kpi.definitions.words import Forms, Text
from kpi.errors import DefinitionError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    import ibis.expr.types as ir

    Tables = Mapping[str, ir.Table]


AS_REPORTED = "value"
"""The unit of a figure that is reported, not computed."""


def is_rate(unit: str) -> bool:
    """Tell the unit of a rate: a number per week, or per anything counted."""
    return unit.startswith("per_")


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric: its id, its title and its definition in words.

    `kind` is how its kind is called in declarations and results. `is_target` tells the committee's
    service targets from the result rows that stand beside them.
    """

    kind: ClassVar[str]

    id: str
    title: Text
    words: Text
    is_target: bool = True

    @property
    def unit(self) -> str:
        """What the figure is: share, count, days, per_... (a rate), none."""
        return "none"

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that the metric is made of."""
        return ()

    @property
    def is_about_persons(self) -> bool:
        """Tell whether the cases are persons' (a telephone window or a working day is nobody's)."""
        return False

    def cases_alone(self) -> Metric:
        """Return what tells the cases alone: metrics that are equal in it count the same cases."""
        return replace(self, id="", title="", words="", is_target=True)

    def expressions(self) -> Iterator[tuple[str, Subject, str, bool]]:
        """Yield each expression: its field, its subject, its text, whether it is a condition."""
        yield from ()


@dataclass(frozen=True, kw_only=True)
class Periods:
    """Rows of a subject that hold from one day to another: `since` and `until`, or still.

    `until` is the last day; where it is not `is_inclusive`, the first on which it no longer holds.
    """

    subject: Subject
    since: str
    until: str
    filter: str = ""
    is_inclusive: bool = True

    def expressions(self) -> Iterator[tuple[str, Subject, str, bool]]:
        """Yield each expression, as `Metric.expressions` does."""
        yield "since", self.subject, self.since, False
        yield "until", self.subject, self.until, False
        yield "filter", self.subject, self.filter, True


@dataclass(frozen=True, kw_only=True)
class FromRows(Metric):
    """A metric made of the rows of a subject.

    Of these `filter` is true and `exclude` is not; with `during`, those that lie, by the day that
    decides, in a period of the same person. `by_row` tells that each case is a row, and no other
    row has a say in it. `late` and `unknown` are own words for the cases that were late or not so,
    and for those that nobody can tell of, as in kpi.definitions.words.Words.
    """

    by_row: ClassVar[bool] = True

    subject: Subject
    filter: str = ""
    exclude: str = ""
    during: Periods | None = None
    late: Forms | None = None
    unknown: Forms | None = None

    @property
    def tables(self) -> tuple[str, ...]:
        """The subject's table, then those that it is compared with."""
        return (self.subject.name, *((self.during.subject.name,) if self.during else ()))

    @property
    def is_about_persons(self) -> bool:
        """Tell whether the subject has a column of persons."""
        return self.subject.person is not None

    def cases_alone(self) -> Metric:
        """Return what tells the cases alone: metrics that are equal in it count the same cases."""
        return replace(self, id="", title="", words="", is_target=True, late=None, unknown=None)

    @property
    def words_of_late(self) -> Forms | None:
        """Own words for the cases that were late or not so, if there are any."""
        return self.late

    @property
    def words_of_unknown(self) -> Forms | None:
        """Own words for the cases that nobody can tell of, if there are any."""
        return self.unknown

    def expressions(self) -> Iterator[tuple[str, Subject, str, bool]]:
        """Yield each expression, as `Metric.expressions` does."""
        yield "filter", self.subject, self.filter, True
        yield "exclude", self.subject, self.exclude, True
        if self.during:
            yield from self.during.expressions()


@dataclass(frozen=True, kw_only=True)
class Timed(FromRows):
    """A metric whose cases have a clock, from `start` to `stop`.

    `done` is true of those that have ended where the date may be missing. `steps` are those that a
    case passes, in their order; the first stands for the start of the clock, the last for its stop.
    `arrivals` is true of all rows on their way, where those that count are known by a later step
    (only approved bills count, others wait as well).
    """

    start: str
    stop: str
    done: str = ""
    steps: tuple[str, ...] = ()
    arrivals: str = ""

    @property
    def last_step(self) -> str:
        """The step at which the clock stops; empty where the subject has none there."""
        if self.steps:
            return self.steps[-1]
        known = self.subject.steps.order if self.subject.steps else ()
        return next((step for step in known if f"{step}_at" == self.stop), "")

    @property
    def words_of_late(self) -> Forms | None:
        """Own words, or the subject's for cases that came late to the step."""
        return self.late or self.subject.words.late.get(self.last_step)

    @property
    def words_of_unknown(self) -> Forms | None:
        """Own words, or the subject's for cases that lack the date of the step."""
        return self.unknown or self.subject.words.unknown.get(self.last_step)

    def expressions(self) -> Iterator[tuple[str, Subject, str, bool]]:
        """Yield each expression, as `Metric.expressions` does."""
        yield from super().expressions()
        yield "start", self.subject, self.start, False
        yield "stop", self.subject, self.stop, False
        yield "done", self.subject, self.done, True
        yield "arrivals", self.subject, self.arrivals, True


@dataclass(frozen=True, kw_only=True)
class ShareWithinLimit(Timed):
    """A share of cases that reached their end within the limit."""

    kind: ClassVar[str] = "share_within_limit"

    @property
    def unit(self) -> str:
        """A share."""
        return "share"


@dataclass(frozen=True, kw_only=True)
class Duration(Timed):
    """The time that cases took: the median of the ended ones, or another percentile (1 to 99)."""

    kind: ClassVar[str] = "duration"

    percentile: int = 50

    @property
    def unit(self) -> str:
        """Days of the limit's unit."""
        return "days"


@dataclass(frozen=True, kw_only=True)
class Count(FromRows):
    """A number of events, by the date on which they `happened`."""

    kind: ClassVar[str] = "count"

    happened: str

    @property
    def unit(self) -> str:
        """A number."""
        return "count"

    def expressions(self) -> Iterator[tuple[str, Subject, str, bool]]:
        """Yield each expression, as `Metric.expressions` does."""
        yield from super().expressions()
        yield "happened", self.subject, self.happened, False


@dataclass(frozen=True, kw_only=True)
class Per:
    """What a rate is divided by: rows of a subject of which `filter` is true, by the day `on`.

    So many of them make one of the unit (five days on duty a week of casework). `means` and `short`
    say what the unit is, `basis` what a figure rests on, `too_few` and `too_many` what the target
    lacks.
    """

    unit: str
    means: Text = "number per unit"
    short: Text = "per unit"
    basis: Text = "{n} in {weeks} units"
    too_few: Text = "That is {gap} too few."
    too_many: Text = "That is {gap} too many."
    subject: Subject | None = None
    on: str = ""
    filter: str = ""
    divided_by: float = 1

    def expressions(self) -> Iterator[tuple[str, Subject, str, bool]]:
        """Yield each expression, as `Metric.expressions` does."""
        if self.subject:
            yield "per.on", self.subject, self.on, False
            yield "per.filter", self.subject, self.filter, True


WEEK = Per(
    unit="per_week",
    means="number per working week",
    short="a week",
    basis="{n} in {weeks} working weeks",
    too_few="{gap} more {cases} a week would reach the target.",
    too_many="{gap} fewer {cases} a week would reach the target.",
)
"""The working week of the calendar: its working days / 5."""


@dataclass(frozen=True, kw_only=True)
class Rate(Count):
    """A number of events per working week of the calendar, or `per` anything that is counted."""

    kind: ClassVar[str] = "rate"

    per: Per = WEEK

    @property
    def unit(self) -> str:
        """A number per week, or per what is counted."""
        return self.per.unit

    @property
    def tables(self) -> tuple[str, ...]:
        """The subject's table, then those that it is compared with and divided by."""
        return (*super().tables, *((self.per.subject.name,) if self.per.subject else ()))

    def cases_alone(self) -> Metric:
        """Return the events that are divided."""
        return Count(
            id="",
            title="",
            words="",
            subject=self.subject,
            filter=self.filter,
            exclude=self.exclude,
            during=self.during,
            happened=self.happened,
        )

    def expressions(self) -> Iterator[tuple[str, Subject, str, bool]]:
        """Yield each expression, as `Metric.expressions` does."""
        yield from super().expressions()
        yield from self.per.expressions()


@dataclass(frozen=True, kw_only=True)
class ShareOfFlag(FromRows):
    """A share of rows by the day `on`, of which `flag` is true; null is not recorded."""

    kind: ClassVar[str] = "share_of_flag"

    on: str
    flag: str

    @property
    def unit(self) -> str:
        """A share."""
        return "share"

    def expressions(self) -> Iterator[tuple[str, Subject, str, bool]]:
        """Yield each expression, as `Metric.expressions` does."""
        yield from super().expressions()
        yield "on", self.subject, self.on, False
        yield "flag", self.subject, self.flag, True


@dataclass(frozen=True, kw_only=True)
class ShareOfDays(ShareOfFlag):
    """A share of the working days that the rows cover: those with a row of which `flag` is true."""

    kind: ClassVar[str] = "share_of_days"
    by_row: ClassVar[bool] = False

    @property
    def tables(self) -> tuple[str, ...]:
        """The subject's table and the calendar."""
        return (*super().tables, "calendar")


@dataclass(frozen=True, kw_only=True)
class OfCounts(FromRows):
    """A metric of rows that are already counts, by the day `on`; they are about nobody in person.

    A row stands for as many cases as it counts, so counts are whole numbers and not negative.
    """

    on: str

    def expressions(self) -> Iterator[tuple[str, Subject, str, bool]]:
        """Yield each expression, as `Metric.expressions` does."""
        yield from super().expressions()
        yield "on", self.subject, self.on, False


@dataclass(frozen=True, kw_only=True)
class Sum(OfCounts):
    """The sum of `value` over rows that are already counts."""

    kind: ClassVar[str] = "sum"

    value: str

    @property
    def unit(self) -> str:
        """A number."""
        return "count"

    def expressions(self) -> Iterator[tuple[str, Subject, str, bool]]:
        """Yield each expression, as `Metric.expressions` does."""
        yield from super().expressions()
        yield "value", self.subject, self.value, False


@dataclass(frozen=True, kw_only=True)
class RatioOfSums(OfCounts):
    """A share: the sum of `numerator`, the cases that were so, by that of `denominator`, all cases.

    Where a row does not tell its numerator, nobody knows of its cases.
    """

    kind: ClassVar[str] = "ratio_of_sums"

    numerator: str
    denominator: str

    @property
    def unit(self) -> str:
        """A share."""
        return "share"

    def expressions(self) -> Iterator[tuple[str, Subject, str, bool]]:
        """Yield each expression, as `Metric.expressions` does."""
        yield from super().expressions()
        yield "numerator", self.subject, self.numerator, False
        yield "denominator", self.subject, self.denominator, False


@dataclass(frozen=True, kw_only=True)
class Reported(FromRows):
    """A value that is reported, not computed: a score, a headcount, a cost, by the day `on`.

    A row has one `value` of a period, of the whole or of a part (a group). The rows of the whole
    are those of which `whole` is true, or else those that name no part. Of several values of one
    period and part that stands which has the greatest `latest`. `measured_in` is the unit in words.
    """

    kind: ClassVar[str] = "reported"

    on: str
    value: str
    latest: str = ""
    whole: str = ""
    measured_in: Text = ""

    @property
    def unit(self) -> str:
        """A value as it is reported."""
        return AS_REPORTED

    def expressions(self) -> Iterator[tuple[str, Subject, str, bool]]:
        """Yield each expression, as `Metric.expressions` does."""
        yield from super().expressions()
        yield "on", self.subject, self.on, False
        yield "value", self.subject, self.value, False
        yield "latest", self.subject, self.latest, False
        yield "whole", self.subject, self.whole, True


@dataclass(frozen=True, kw_only=True)
class Stock(FromRows):
    """Persons in a `state` on the last day of a period, and whether they have what they should.

    The figure is the share of those who have it (`has`), or the number of all (`figure="count"`).
    """

    kind: ClassVar[str] = "stock"
    by_row: ClassVar[bool] = False

    state: Periods
    has: Periods
    figure: str = "share"

    @property
    def unit(self) -> str:
        """A share, or a number."""
        return self.figure

    @property
    def tables(self) -> tuple[str, ...]:
        """The subject's table, then that of what they should have."""
        return (self.subject.name, self.has.subject.name)

    def cases_alone(self) -> Metric:
        """Return the persons, whether their share or their number is told."""
        return replace(self, id="", title="", words="", is_target=True, figure="share", late=None)

    def expressions(self) -> Iterator[tuple[str, Subject, str, bool]]:
        """Yield each expression, as `Metric.expressions` does."""
        yield from super().expressions()
        yield from self.state.expressions()
        yield from self.has.expressions()


@dataclass(frozen=True, kw_only=True)
class NotCounted(Metric):
    """An aim that no data measure."""


@dataclass(frozen=True, kw_only=True)
class Attested(NotCounted):
    """An aim that a person attests."""

    kind: ClassVar[str] = "attested"


@dataclass(frozen=True, kw_only=True)
class TextAim(NotCounted):
    """An aim without a measure."""

    kind: ClassVar[str] = "text"


KINDS: dict[str, type[Metric]] = {
    one.kind: one
    for one in (
        ShareWithinLimit, Duration, ShareOfFlag, ShareOfDays, Count, Rate, Stock, Sum, RatioOfSums,
        Reported, Attested, TextAim,
    )
}  # fmt: skip
"""All kinds by their names in declarations."""
MEDIAN, NINE_IN_TEN = 50, 90
"""The percentiles of times that are always told."""
WITH_CLOCK = (ShareWithinLimit.kind, Duration.kind)
"""The kinds whose cases have a clock."""
NOT_COUNTED = (Attested.kind, TextAim.kind)
"""The kinds that no data measure."""


def columns_with_derived(subject: Subject) -> dict[str, Column]:
    """Return the columns of a subject that expressions may name, derived ones too."""
    return dict(subject.by_name) | {one.name: one for one in subject.derived}


def with_derived(subject: Subject, rows: ir.Table) -> ir.Table:
    """Add the derived columns of a subject to its rows, each from those before it."""
    for column in subject.derived:
        where = f"{subject.name}.{column.name}"
        rows = rows.mutate(**{column.name: compiled(column.expr, rows, subject.by_name, where)})
    return rows


def check(metric: Metric) -> None:
    """Compile every expression of a metric on the declared columns alone.

    Raises DefinitionError for one that names a column that no subject declares, or is no condition
    where a condition is needed.
    """
    for field, subject, text, is_condition in metric.expressions():
        rows = with_derived(subject, unbound(subject.columns))
        columns = columns_with_derived(subject)
        compile_it = holds if is_condition else compiled
        if text:
            value: Any = compile_it(text, rows, columns, f"{metric.id}.{field}")
            _see_kind(f"{metric.id}.{field}", text, value)
    if isinstance(metric, Timed):
        _see_steps(metric)


_DATES = ("start", "stop", "on", "happened", "since", "until", "per.on")
_NUMBERS = ("value", "numerator", "denominator")


def _see_kind(where: str, text: str, value: Any) -> None:
    """See that what tells a day is a date or moment, and what is added up a number."""
    kind, field = value.type(), where.partition(".")[2]
    if field in _DATES and not (kind.is_date() or kind.is_timestamp() or kind.is_null()):
        raise DefinitionError(
            f"{where} is a date or a moment.",
            f'"{text[:80]}", which is none',
            "Name a column of the type date or moment, or correct its type in definitions.yaml.",
        )
    if field in _NUMBERS and not (kind.is_numeric() or kind.is_null()):
        raise DefinitionError(
            f"{where} is a number.",
            f'"{text[:80]}", which is none',
            "Name a column of the type number or amount, or write a number of 1 and 0: "
            "CASE WHEN ... THEN 1 ELSE 0 END.",
        )


def _see_steps(metric: Timed) -> None:
    known = metric.subject.steps.order if metric.subject.steps else ()
    for step in metric.steps:
        if step not in known:
            raise DefinitionError(
                f"{metric.id}.steps names steps of {metric.subject.name}.",
                f'"{step}"',
                did_you_mean(step, known),
            )
