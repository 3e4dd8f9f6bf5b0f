"""The frames that tell where cases get stuck: stages, queues, lateness, circumstances, paths."""

from __future__ import annotations

from kpi.definitions.frames.contract import (
    CALENDAR_DAYS,
    DAYS_OF_THE_STAGES,
    MONEY,
    NUMBER,
    OF_THE_ROW,
    RATIO,
    SUPPRESSED,
    SYNTHETIC,
    WORKING_DAYS,
    Column,
    Columns,
    Count,
    Figure,
    Frame,
    Inner,
    Key,
    Mark,
    Nested,
    Passages,
    Rows,
    Running,
)
from kpi.definitions.frames.headline import MET, METRIC, MISSED, PERIOD, PERSONS, UNKNOWN

UNIT = Column("unit", "Unit", "The days in which stages are timed: working_days or calendar_days.")
STAGE = Key("stage", "Stage", "The stage, from one step to the next.")
STEP = Key("step", "Step", "The step that was taken.")
ON_DATE = Key("on_date", "Date", "The day at whose end it is counted.", "date")
_PASSED = Count("n", "Cases", "Cases that passed the stage.", persons=("persons_not_passed",))
_PERSONS_PASSED = Count(
    "persons", "Persons", "Distinct persons behind the cases.",
    counts="persons", persons=("persons_not_passed",),
)  # fmt: skip
_TIMES: tuple[Column, ...] = (
    Figure(
        "median_days", "Median days",
        "Half of the cases that passed the stage took no longer in it.",
        "days", OF_THE_ROW, of=("n",),
    ),
    Figure(
        "p90_days", "Days of nine in ten",
        "Nine in ten of the cases that passed the stage took no longer in it.",
        "days", OF_THE_ROW, of=("n",),
    ),
)  # fmt: skip
_NOT_PASSED = Inner(
    "persons_not_passed", "", "Persons with a case of that outcome that has no time in the stage."
)
STAGES = Frame(
    "stages",
    "Time in each stage",
    "Days that cases spent in each stage, by outcome.",
    columns=(
        METRIC,
        PERIOD,
        UNIT,
        STAGE,
        Key("outcome", "Outcome", "All cases, or those met or missed."),
        _PASSED,
        _PERSONS_PASSED,
        *_TIMES,
        Figure(
            "norm_days",
            "Norm",
            "What the stage is held against.",
            "days",
            OF_THE_ROW,
            of=("n",),
            of_the_whole=True,
        ),
        Column(
            "norm_from",
            "Where the norm is from",
            "Whether the norm is set, or the median of cases on time.",
        ),
        SUPPRESSED,
        SYNTHETIC,
        _NOT_PASSED,
    ),
    adds_up=(
        Rows(
            "outcome",
            ("n",),
            row="all",
            means="Met, missed and those that are neither add up to all.",
        ),
    ),
    protect="compared",
    decided_by=("persons",),
    with_results=True,
)
STAGE_MONTHS = Frame(
    "stage_months",
    "Time in each stage, month by month",
    "Days that the cases of each month spent in each stage.",
    columns=(
        METRIC,
        PERIOD,
        UNIT,
        STAGE,
        _PASSED,
        _PERSONS_PASSED,
        *_TIMES,
        SUPPRESSED,
        SYNTHETIC,
        _NOT_PASSED,
    ),
    adds_up=(
        Rows(
            "period",
            ("n",),
            frame="stages",
            by="quarter",
            means="The months of a quarter add up to it.",
        ),
    ),
    protect="compared",
    decided_by=("persons",),
    with_results=True,
)
STAGE_QUEUES = Frame(
    "stage_queues",
    "Queues",
    "Cases that waited in each stage at the end of each month.",
    columns=(
        METRIC,
        ON_DATE,
        UNIT,
        STAGE,
        Count("queue", "Waiting", "Cases that waited in the stage."),
        PERSONS,
        Figure(
            "median_age", "Median age", "Half of them had waited no longer in the stage.",
            "days", OF_THE_ROW, of=("queue",),
        ),
        Figure(
            "p90_age", "Age of nine in ten",
            "Nine in ten of them had waited no longer in the stage.",
            "days", OF_THE_ROW, of=("queue",),
        ),
        Figure(
            "oldest_age", "Oldest", "The one that had waited longest in the stage.",
            "days", OF_THE_ROW, of=("queue",),
        ),
        SUPPRESSED,
        SYNTHETIC,
    ),
    adds_up=(
        Rows("stage", ("queue",), means="The stages of a day add up to the cases under way."),
    ),
    protect="parts",
    decided_by=("persons",),
)  # fmt: skip
LATENESS = Frame(
    "lateness",
    "Stages that made cases late",
    "Late cases by the stage that went most over its norm.",
    columns=(
        METRIC,
        PERIOD,
        UNIT,
        Key(
            "stage",
            "Stage",
            "The stage, from one step to the next; received_too_late where no stage went over its "
            "norm, unknown where the time in a stage is not known.",
        ),
        Count("late", "Late cases", "Late cases that are put down to this stage."),
        Count("persons", "Persons", "Distinct persons behind the late cases.", counts="persons"),
        Figure(
            "shared_days", "Days of lateness",
            "Days of lateness that fall on this stage: they are shared out by how far each went "
            "over its norm.",
            "days", OF_THE_ROW, of=("late",),
        ),
        Count(
            "total_late", "Late cases in all", "All late cases of the quarter.",
            persons=("total_late",), of_the_whole=True,
        ),
        Figure(
            "total_days", "Days of lateness in all", "All days of lateness of the quarter.",
            "days", OF_THE_ROW, of=("total_late",), persons=("total_late",), of_the_whole=True,
        ),
        SUPPRESSED,
        SYNTHETIC,
        Inner("persons_sharing", "", "Persons with a case that lost time in the stage."),
    ),
    adds_up=(
        Rows(
            "stage",
            ("late", "shared_days"),
            columns=("total_late", "total_days"),
            means="The stages add up to all late cases of the quarter, and to all their days.",
        ),
    ),
    protect="parts",
    decided_by=("persons", "persons_sharing"),
    with_results=True,
)  # fmt: skip
COUNTERFACTUAL = Frame(
    "counterfactual",
    "What it would take",
    "The share on time had some stages kept their norm.",
    columns=(
        METRIC,
        PERIOD,
        Key(
            "stages",
            "Stages that keep their norm",
            "The stages that are thought to have kept their norm, joined by a plus sign; empty for "
            "things as they were.",
        ),
        Key(
            "runs",
            "Payment runs",
            "Whether cases still wait for the payment runs (kept) or not (free).",
        ),
        Count("n", "Cases", "Cases that count in the share."),
        Count("met", "Met", "Cases that would have kept the limit."),
        Count("missed", "Missed", "Cases that would have missed it all the same."),
        Count(
            "unknown", "Unknown",
            "Cases of which it is not known whether they would have kept it.",
        ),
        Figure(
            "lower", "Lower bound", "The share if all unknown cases were missed.",
            "number", RATIO, of=("n", "met"),
        ),
        Figure(
            "upper", "Upper bound", "The share if all unknown cases were met.",
            "number", RATIO, of=("n", "met", "unknown"),
        ),
        SUPPRESSED,
        SYNTHETIC,
        Inner("persons_moved", "", "Persons with a late case that would, or might, be on time."),
        Inner("persons_met", "", "Persons with a late case that would be on time."),
    ),
    adds_up=(
        Columns(
            "n", ("met", "missed", "unknown"),
            means="Met, missed and unknown add up to the cases.",
        ),
        Nested(
            ("stages", "runs"),
            means="What more stages would have saved holds what fewer of them would.",
        ),
    ),
    protect="nested",
    decided_by=("persons_moved", "persons_met"),
    with_results=True,
)  # fmt: skip


def _amount(name: str, title: str, means: str, outcome: str) -> Figure:
    return Figure(name, title, means, "amount", MONEY, of=(outcome,))


CIRCUMSTANCES = Frame(
    "circumstances",
    "What lateness goes with",
    "Outcomes by office, time of arrival, returns, weekday and the like.",
    columns=(
        METRIC,
        PERIOD,
        Key("circumstance", "Circumstance", "What the cases are divided by."),
        Key("value", "Value of the circumstance", "The part that the row counts."),
        Count("n", "Cases", "Cases that count in the share."),
        MET,
        MISSED,
        UNKNOWN,
        Figure(
            "lower", "Lower bound", "The share if all unknown cases were missed.",
            "number", RATIO, of=("n", "met"),
        ),
        Figure(
            "upper", "Upper bound", "The share if all unknown cases were met.",
            "number", RATIO, of=("n", "met", "unknown"),
        ),
        PERSONS,
        Figure(
            "median_days", "Median days",
            "Half of the ended cases took no longer from the first step to the last.",
            "days", DAYS_OF_THE_STAGES, of=("n",), persons=("persons_ended",),
        ),
        Figure(
            "p90_days", "Days of nine in ten",
            "Nine in ten of the ended cases took no longer from the first step to the last.",
            "days", DAYS_OF_THE_STAGES, of=("n",), persons=("persons_ended",),
        ),
        _amount("amount", "Amount", "Sum of the amounts of the cases.", "n"),
        _amount("amount_met", "Amount met", "Sum of the amounts of the cases met.", "met"),
        _amount(
            "amount_missed", "Amount missed", "Sum of the amounts of the cases missed.", "missed"
        ),
        _amount(
            "amount_unknown", "Amount unknown", "Sum of the amounts of the unknown cases.",
            "unknown",
        ),
        SUPPRESSED,
        SYNTHETIC,
        Inner("persons_met", "", "Persons with a case that was met."),
        Inner("persons_missed", "", "Persons with a case that was missed."),
        Inner("persons_unknown", "", "Persons with a case that is unknown."),
        Inner("persons_ended", "", "Persons with a case that ended."),
    ),
    adds_up=(
        Columns(
            "n", ("met", "missed", "unknown"),
            means="Met, missed and unknown add up to the cases.",
        ),
        Rows(
            "value", ("n", "met", "missed", "unknown"), frame="results",
            means="The values of a circumstance add up to the cases of the quarter.",
        ),
    ),
    protect="parts",
    decided_by=("persons", "persons_met", "persons_missed", "persons_unknown"),
    with_results=True,
    groups=("circumstance", "value"),
)  # fmt: skip
PAYMENT_RUNS = Frame(
    "payment_runs",
    "Weekdays of steps",
    "On how many days of each weekday a step was taken, and for how many cases.",
    columns=(
        METRIC,
        Key("period", "Period", "The quarter in which the step was taken."),
        STEP,
        Key("weekday", "Weekday", "1 for Monday to 7 for Sunday.", "count", NUMBER),
        Count(
            "days", "Days on which it was taken",
            "Days of that weekday on which the step was taken.", counts="other",
        ),
        Column(
            "workdays", "Working days", "Working days of that weekday in the quarter.",
            "count", WORKING_DAYS,
        ),
        Count("payments", "Cases that took the step", "Cases that took the step on that weekday."),
        PERSONS,
        Figure(
            "share", "Share of the quarter's cases", "Their share of all that took the step.",
            "share", RATIO, of=("payments",),
        ),
        Column(
            "is_run", "Taken together",
            "Whether the step is taken for many cases at a time on that weekday.", "yes_no",
        ),
        SUPPRESSED,
        SYNTHETIC,
    ),
    adds_up=(
        Rows(
            "weekday", ("payments",),
            means="The weekdays add up to all that took the step in the quarter.",
        ),
    ),
    protect="parts",
    decided_by=("persons",),
)  # fmt: skip
STEP_PATHS = Frame(
    "step_paths",
    "Ways through the steps",
    "How many times cases went from one step to another.",
    columns=(
        METRIC,
        PERIOD,
        Key("from_step", "From", "The step before; empty where cases begin."),
        Key("to_step", "To", "The step after; empty where cases end."),
        Count("n", "Passages", "How many times cases went this way."),
        Count("cases", "Cases", "Cases that went this way."),
        PERSONS,
        Figure(
            "median_days", "Median days",
            "Half of the passages took no longer; empty where cases begin or end.",
            "days", CALENDAR_DAYS, of=("n",), not_in_all=True,
        ),
        SUPPRESSED,
        Mark(
            "rounded_to", "Rounded to", "Counts are rounded to a multiple of this.", "count", NUMBER
        ),
        SYNTHETIC,
    ),
    adds_up=(
        Passages("from_step", "to_step", means="As many passages enter a step as leave it."),
    ),
    protect="rounded",
    decided_by=("persons",),
    with_results=True,
)  # fmt: skip
REACHED = Frame(
    "reached",
    "How far cases had come",
    "How many cases had reached each step at the end of each week.",
    columns=(
        METRIC,
        PERIOD,
        ON_DATE,
        Key("step", "Step", "The step that cases had come to."),
        Count(
            "cases", "Cases",
            "Cases that had come to the step or past it, of those under way in the quarter.",
        ),
        SUPPRESSED,
        SYNTHETIC,
        Inner("persons_new", "", "Persons with a case that came to the step since last week."),
        Inner(
            "persons_between", "",
            "Persons with a case that has come to the step before, and not to this one.",
        ),
    ),
    adds_up=(
        Running("on_date", "cases", grows=True, means="Each week holds the cases of those before."),
        Running(
            "step", "cases", grows=False,
            means="A case that has come to a step has come to those before it.",
        ),
    ),
    protect="running",
    decided_by=("persons_new", "persons_between"),
    with_results=True,
)  # fmt: skip
