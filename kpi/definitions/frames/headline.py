"""The frames of the figures themselves: results, open cases, doubt, both ways of counting, outlook.

Times are in the days in which the metric's limit counts: of the results, of the open cases.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from kpi.definitions.frames.contract import (
    DAYS_OF_THE_LIMIT,
    OF_THE_ROW,
    RATIO,
    ROUNDED,
    SUPPRESSED,
    SYNTHETIC,
    Column,
    Columns,
    Count,
    Figure,
    Frame,
    Inner,
    Key,
    Mark,
    Rows,
)

METRIC = Key(
    "metric",
    "Metric",
    "The metric's name in data; the table of metrics has its title and definition.",
)
PERIOD = Key("period", "Period", "Quarter (2019Q4), month (2019-10) or ISO week (2019-W40).")
VERSION = Key(
    "version",
    "Version",
    "The version of the definition that counted; several where the rules changed meanwhile.",
)
IS_PART = Column(
    "is_part",
    "Part of a period",
    "Yes where only some days of the period were counted: it was not over yet, or it is a week "
    "that reaches beyond the quarters. A rate is by those days.",
    "yes_no",
)
N = Count("n", "Cases", "What the figure rests on: cases, days or persons that count.")
MET = Count("met", "Met", "Cases that kept the limit.")
MISSED = Count("missed", "Missed", "Cases that came late, or are open past the limit.")
UNKNOWN = Count(
    "unknown", "Unknown", "Cases that lack a date that decides them; never counted as met."
)
PERSONS = Inner("persons", "", "Distinct persons behind the cases.")
OUTCOMES_OF_A_SHARE = Columns(
    "n",
    ("met", "missed", "unknown"),
    only=("unit", "share"),
    means="Of a share, met, missed and unknown add up to the cases.",
)
UNIT_OF_THE_FIGURE = Column(
    "unit", "Unit", "What the figure is: a share, a number, a number per week, days."
)
TARGET = Figure(
    "target", "Target", "The target in force.",
    "number", OF_THE_ROW, of=("n",), not_in_all=True,
)  # fmt: skip
TARGET_TO = Figure(
    "target_to", "Target to", "The upper end of a target between two values; else empty.",
    "number", OF_THE_ROW, of=("n",), not_in_all=True,
)  # fmt: skip
DIRECTION = Column(
    "direction", "Direction",
    "Whether the figure must be at least or at most the target, or between its two values.",
)  # fmt: skip
_ENDED, _TIMED = ("persons_ended",), ("persons_timed",)
_AT_THE_END = ("persons_open", "persons_overdue", "persons_in_time")
_OF_QUARTERS = (("period_kind", "quarter"), ("group", ""))
_FIGURES: tuple[Column, ...] = (
    N,
    MET,
    MISSED,
    Count(
        "not_yet_due", "Not yet due",
        "Cases whose limit had not passed; they do not count in the share.",
    ),
    UNKNOWN,
    Figure(
        "value", "Value",
        "The figure, not rounded: the numerator divided by the denominator, or alone where nothing "
        "is divided; of times the median. Of a share, unknown cases count as not met.",
        "number", OF_THE_ROW, of=("n", "met"),
    ),
    Figure(
        "lower", "Lower bound",
        "The figure if all unknown cases were missed: the value. Of a sample, the lower end of "
        "what all cases may show.",
        "number", OF_THE_ROW, of=("n", "met"),
    ),
    Figure(
        "upper", "Upper bound",
        "The figure if all unknown cases were met. Of a sample, the upper end of what all cases "
        "may show.",
        "number", OF_THE_ROW, of=("n", "met", "unknown"),
    ),
    Figure(
        "numerator", "Numerator", "What is divided: of a share the cases met, else all cases.",
        "number", of=("n", "met"),
    ),
    Figure(
        "denominator", "Denominator",
        "What it is divided by: of a share the cases, of a rate the weeks.",
        "number", of=("n",),
    ),
    UNIT_OF_THE_FIGURE,
    TARGET,
    TARGET_TO,
    DIRECTION,
    Figure("status", "Status", "The figure judged by its target.", of=("n",), instead="hidden"),
    Figure(
        "median_days", "Median days", "Half of the ended cases took no longer.",
        "days", DAYS_OF_THE_LIMIT, of=("n",), persons=_TIMED,
    ),
    Figure(
        "p90_days", "Days of nine in ten", "Nine in ten of the ended cases took no longer.",
        "days", DAYS_OF_THE_LIMIT, of=("n",), persons=_TIMED, beyond=0.1,
    ),
    Figure(
        "max_days", "Most days", "The ended case that took longest.",
        "days", DAYS_OF_THE_LIMIT, of=("n",), persons=_TIMED, beyond=0.0,
    ),
    Figure(
        "median_net_days", "Median days without the citizen's wait",
        "The median with the days taken out that were waited for the citizen.",
        "days", DAYS_OF_THE_LIMIT, of=("n",), persons=_TIMED,
    ),
    Figure(
        "km_median_days", "Median days with open cases",
        "The median with open cases counted at the age they have (Kaplan–Meier).",
        "days", DAYS_OF_THE_LIMIT, of=("n",), persons=_ENDED, only=_OF_QUARTERS,
        may_be_unknown=True,
    ),
    Count(
        "open", "Open at the end",
        "Cases open on the quarter's last day, or on the day up to which the extracts reach.",
        persons=_AT_THE_END, only=_OF_QUARTERS,
    ),
    Count(
        "overdue", "Overdue at the end", "Of these, past their limit.",
        persons=_AT_THE_END, only=_OF_QUARTERS,
    ),
)  # fmt: skip
_INNER: tuple[Column, ...] = (
    PERSONS,
    *(
        Inner(name, "", means)
        for name, means in {
            "persons_met": "Persons with a case that was met.",
            "persons_missed": "Persons with a case that was missed.",
            "persons_not_yet_due": "Persons with a case that is not yet due.",
            "persons_unknown": "Persons with a case that is unknown.",
            "persons_timed": "Persons with a case that ended, and whose days are known.",
            "persons_open": "Persons with a case open at the end.",
            "persons_overdue": "Persons with a case overdue at the end.",
            "persons_in_time": "Persons with a case open at the end within its limit.",
            "persons_ended": "Persons with a case that ended in the quarter.",
        }.items()
    ),
)
_DECIDING = ("persons", "persons_met", "persons_missed", "persons_unknown", "persons_not_yet_due")

RESULTS = Frame(
    "results",
    "Results",
    "Each metric in each period and group, with its bounds, target and status.",
    columns=(
        METRIC,
        VERSION,
        PERIOD,
        Key("period_kind", "Kind of period", "Quarter, month or week."),
        Key("group", "Group", "The part that is counted, such as an office; empty for all."),
        IS_PART,
        *_FIGURES,
        SUPPRESSED,
        Mark(
            "as_published_in",
            "As published in",
            "The report whose published figures stand in this row, as 2019Q3; else empty.",
        ),
        SYNTHETIC,
        *_INNER,
    ),
    adds_up=(
        OUTCOMES_OF_A_SHARE,
        Rows(
            "group",
            ("n", "met", "missed", "not_yet_due", "unknown", "open", "overdue"),
            row="",
            means="The values of a group add up to all.",
        ),
        Rows(
            "period",
            ("n", "met", "missed", "not_yet_due", "unknown"),
            row="",
            by="quarter",
            means="The months of a quarter add up to it.",
        ),
    ),
    protect="headline",
    decided_by=_DECIDING,
)
OVERLAP = Frame(
    "overlap",
    "Both ways of counting",
    "The same quarters by the old and the new way of counting.",
    columns=(
        METRIC,
        VERSION,
        PERIOD,
        Key("period_kind", "Kind of period", "Quarter, month or week."),
        Key("group", "Group", "The part that is counted, such as an office; empty for all."),
        IS_PART,
        *_FIGURES,
        SUPPRESSED,
        Mark(
            "difference",
            "Difference",
            "The value less that of the version before; empty for the oldest.",
            "number",
            OF_THE_ROW,
        ),
        SYNTHETIC,
        *_INNER,
        Inner("is_judged", "", "Whether the quarter is judged by this version."),
    ),
    protect="versions",
    decided_by=_DECIDING,
    with_results=True,
)
OPEN_CASES = Frame(
    "open_cases",
    "Open cases",
    "Cases not ended on the quarter's last day, by age.",
    columns=(
        METRIC,
        PERIOD,
        Key("band", "Age", "The cases' age against their limit, or in calendar days without one."),
        Count("n", "Cases", "Cases open on that day, of that age."),
        Figure(
            "median_age_days", "Median age", "Half of the open cases are no older.",
            "days", DAYS_OF_THE_LIMIT, persons=("persons",),
        ),
        Figure(
            "oldest_age_days", "Oldest", "The oldest open case.",
            "days", DAYS_OF_THE_LIMIT, persons=("persons",), beyond=0.0,
        ),
        SUPPRESSED,
        ROUNDED,
        SYNTHETIC,
        PERSONS,
    ),
    adds_up=(
        Rows(
            "band", ("n",), columns=("open",), frame="results",
            means="The ages add up to the cases open at the end in the results, rounded.",
        ),
        Rows(
            "band", ("n",), columns=("overdue",), frame="results",
            parts=("up to twice the limit", "over twice the limit", "no step for long"),
            means="Those past the limit add up to the overdue in the results, rounded.",
        ),
    ),
    protect="drawn",
    with_results=True,
)  # fmt: skip
OUTLOOK = Frame(
    "outlook",
    "Chances of the running quarter",
    "How likely each target is to be met while the quarter still runs.",
    columns=(
        METRIC,
        PERIOD,
        Column("as_of", "As of", "The day up to which the extracts know what happened.", "date"),
        Column(
            "target", "Target", "The target in force.", "number", RATIO
        ),
        DIRECTION,
        Count("decided", "Decided", "Cases that are met, missed or unknown so far."),
        MET,
        MISSED,
        UNKNOWN,
        Count(
            "open_due", "Open, due in the quarter", "Open cases whose limit ends in the quarter."
        ),
        Figure(
            "expected", "Expected",
            "Cases still to come: as many as came after this day in the quarters before, on "
            "average.",
            "number",
        ),
        Figure(
            "needed", "Needed",
            "How many of those open or still to come must be met for the target; empty where all "
            "of them would not do.",
            "number", of=("met", "missed", "unknown", "open_due"),
        ),
        Figure(
            "chance", "Chance", "How likely the target is to be met.",
            "share", RATIO, of=("met", "missed", "unknown", "open_due"),
        ),
        Figure(
            "lower", "Lower bound",
            "The share at the quarter's end if none of those open or still to come is met.",
            "number", RATIO, of=("met", "missed", "unknown", "open_due"),
        ),
        Figure(
            "upper", "Upper bound",
            "The share at the quarter's end if all of those open or still to come are met.",
            "number", RATIO, of=("met", "missed", "unknown", "open_due"),
        ),
        Figure(
            "status", "Status", "Says hidden where the row's figures are hidden; else empty.",
            of=("decided",), instead="hidden",
        ),
        SYNTHETIC,
        Inner("persons_met", "", "Persons with a case that was met."),
        Inner("persons_missed", "", "Persons with a case that was missed."),
        Inner("persons_unknown", "", "Persons with a case that is unknown."),
        Inner("persons_open_due", "", "Persons with an open case that is due in the quarter."),
        Inner("persons_due_later", "", "Persons with a case not yet due, nor in the quarter."),
    ),
    adds_up=(
        Columns(
            "decided",
            ("met", "missed", "unknown"),
            means="Met, missed and unknown add up to the decided.",
        ),
    ),
    protect="rows",
    decided_by=(
        "persons_met", "persons_missed", "persons_unknown", "persons_open_due", "persons_due_later",
    ),
    with_results=True,
)  # fmt: skip


def _way(name: str, way: dict[str, str], rule: tuple[str, str]) -> tuple[Column, ...]:
    """Return the columns of another way of counting: `way` has a title and a meaning for each."""
    of = (f"{name}_n",)
    alike = partial(Figure, of=of, may_be_unknown=True)
    meant = list(way.items())
    return (
        Count(f"{name}_n", *meant[0]),
        *(
            alike(f"{name}_{what}", *meant[place], "number", OF_THE_ROW)
            for place, what in enumerate(("value", "lower", "upper"), start=1)
        ),
        alike(f"{name}_verdict", *meant[4], instead=""),
        alike(f"{name}_rule", *rule, instead=""),
    )  # fmt: skip


_WITH = _way(
    "with_set_aside",
    {
        "Cases with rows set aside": "Cases if the rows set aside counted.",
        "Value with rows set aside": "The figure if the rows set aside counted.",
        "Lower bound with rows set aside": "The lower bound if the rows set aside counted.",
        "Upper bound with rows set aside": "The upper bound if the rows set aside counted.",
        "Verdict with rows set aside": "The verdict if the rows set aside counted.",
    },
    ("Rule that sets most rows aside", "The rule whose rows matter most."),
)
_UNKNOWN = _way(
    "doubtful_unknown",
    {
        "Cases, doubtful ones among them": "Cases, those in doubt among them.",
        "Value with doubtful rows unknown": "The figure if no row in doubt counts as met; of "
        "counts and times that of all.",
        "Lower bound with doubtful rows unknown": "The lower bound if it is not known what the "
        "rows in doubt say.",
        "Upper bound with doubtful rows unknown": "The upper bound if it is not known what the "
        "rows in doubt say.",
        "Verdict with doubtful rows unknown": "The verdict if it is not known what the rows in "
        "doubt say.",
    },
    ("Rule that casts most doubt", "The rule whose doubt matters most."),
)
EFFECT = Frame(
    "effect",
    "What doubtful rows mean",
    "Each figure with the rows set aside counted in, and with the rows in doubt not known.",
    columns=(
        METRIC,
        PERIOD,
        UNIT_OF_THE_FIGURE,
        N,
        *(
            replace(column, of=("n",))
            for column in _FIGURES
            if isinstance(column, Figure) and column.name in {"value", "lower", "upper"}
        ),
        Figure(
            "verdict", "Verdict", "The figure judged by its target, as counted.",
            of=("n",), instead="",
        ),
        *_WITH,
        *_UNKNOWN,
        SUPPRESSED,
        Mark(
            "low", "Lowest", "The lowest the figure can be in any of these ways.",
            "number", OF_THE_ROW,
        ),
        Mark(
            "high", "Highest", "The highest the figure can be in any of these ways.",
            "number", OF_THE_ROW,
        ),
        ROUNDED,
        SYNTHETIC,
    ),
    protect="ways",
    with_results=True,
)  # fmt: skip
_ADDED_UP = (
    "n", "met", "missed", "not_yet_due", "unknown", "value", "lower", "upper", "numerator",
    "denominator", "unit", "target", "target_to", "direction", "status",
)  # fmt: skip
YEAR_TO_DATE = Frame(
    "year_to_date",
    "Year to date",
    "Figures of the year up to the reported period, where they are asked for.",
    columns=(
        METRIC,
        PERIOD,
        Column("since", "From", "The first period that is added up."),
        *(column for column in _FIGURES if column.name in _ADDED_UP),
        SUPPRESSED,
        SYNTHETIC,
    ),
    adds_up=(OUTCOMES_OF_A_SHARE,),
    protect="shown",
)
METRICS_TABLE = Frame(
    "metrics",
    "Metrics",
    "Names, definitions and units of the metrics.",
    columns=(
        METRIC,
        Column("title", "Title", "The metric's title."),
        Column("definition", "Definition", "What is counted, in words."),
        UNIT_OF_THE_FIGURE,
        Column(
            "days_unit", "Days",
            "The unit of the metric's limit in the reported quarter, in which its times are: "
            "working_days, calendar_days, hours, minutes, business_hours or business_minutes; "
            "empty for a metric without times.",
        ),
        Column(
            "amount_unit", "Unit of amounts",
            "The unit of what the metric's cases are worth; empty where they are worth nothing.",
        ),
        Column(
            "is_target", "Service target",
            "Whether it is a service target of the committee.", "yes_no",
        ),
        Column("owner", "Owner", "Who answers for the metric."),
    ),
)  # fmt: skip
