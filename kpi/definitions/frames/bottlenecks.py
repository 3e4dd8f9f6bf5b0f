"""The frames that tell where cases get stuck: stages, queues, lateness, circumstances, paths."""

from __future__ import annotations

from kpi.definitions.frames.contract import (
    CALENDAR_DAYS,
    DAYS_OF_THE_STAGES,
    MONEY,
    NUMBER,
    OF_THE_ROW,
    RATIO,
    ROUNDED,
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
_PASSED = Count("n", "Cases", "Cases that passed the stage.")
_TIMES: tuple[Column, ...] = (
    Figure(
        "median_days", "Median days",
        "Half of the cases that passed the stage took no longer in it.",
        "days", OF_THE_ROW, persons=("persons",),
    ),
    Figure(
        "p90_days", "Days of nine in ten",
        "Nine in ten of the cases that passed the stage took no longer in it.",
        "days", OF_THE_ROW, persons=("persons",), beyond=0.1,
    ),
)  # fmt: skip
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
        *_TIMES,
        Figure(
            "norm_days", "Norm", "What the stage is held against.",
            "days", OF_THE_ROW, persons=("persons_of_norm",), of_the_whole=True,
        ),
        Column(
            "norm_from",
            "Where the norm is from",
            "Whether the norm is set, or the median of cases on time.",
        ),
        SUPPRESSED,
        ROUNDED,
        SYNTHETIC,
        PERSONS,
        Inner("persons_of_norm", "", "Persons on time, where their median is the norm."),
    ),
    adds_up=(
        Rows(
            "outcome", ("n",), row="all",
            means="Met, missed and those that are neither add up to all.",
        ),
    ),
    protect="drawn",
    with_results=True,
)  # fmt: skip
STAGE_MONTHS = Frame(
    "stage_months",
    "Time in each stage, by month",
    "Days that the cases of each month spent in each stage.",
    columns=(
        METRIC,
        PERIOD,
        UNIT,
        STAGE,
        *_TIMES,
        SUPPRESSED,
        SYNTHETIC,
        PERSONS,
    ),
    protect="drawn",
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
        Figure(
            "median_age", "Median age", "Half of them had waited no longer in the stage.",
            "days", OF_THE_ROW, persons=("persons",),
        ),
        Figure(
            "p90_age", "Age of nine in ten",
            "Nine in ten of them had waited no longer in the stage.",
            "days", OF_THE_ROW, persons=("persons",), beyond=0.1,
        ),
        Figure(
            "oldest_age", "Oldest", "The one that had waited longest in the stage.",
            "days", OF_THE_ROW, persons=("persons",), beyond=0.0,
        ),
        SUPPRESSED,
        ROUNDED,
        SYNTHETIC,
        PERSONS,
    ),
    adds_up=(
        Rows("stage", ("queue",), means="The stages of a day add up to the cases under way."),
    ),
    protect="drawn",
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
        Figure(
            "shared_days", "Days of lateness",
            "Days of lateness that fall on this stage: they are shared out by how far each went "
            "over its norm. Rounded to about a twentieth of all.",
            "days", OF_THE_ROW, persons=("persons_sharing",),
        ),
        Count("total_late", "Late cases in all", "All late cases of the quarter."),
        Figure(
            "total_days", "Days of lateness in all",
            "All days of lateness of the quarter, rounded as those of a stage.",
            "days", OF_THE_ROW,
        ),
        SUPPRESSED,
        ROUNDED,
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
    protect="drawn",
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
        Count("on_time", "On time then", "Late cases that would have kept the limit."),
        Count(
            "perhaps", "Perhaps on time then",
            "Late cases of which it is not known whether they would have kept it.",
        ),
        Figure(
            "lower", "Lower bound",
            "The share as it was and with those cases, if all unknown ones were missed.",
            "number", RATIO, of=("on_time",),
        ),
        Figure(
            "upper", "Upper bound",
            "The share as it was and with those cases, if all unknown ones were met.",
            "number", RATIO, of=("on_time", "perhaps"),
        ),
        SUPPRESSED,
        ROUNDED,
        SYNTHETIC,
    ),
    adds_up=(
        Nested(
            ("stages", "runs"),
            means="What more stages would have saved holds what fewer of them would.",
        ),
    ),
    protect="drawn",
    with_results=True,
)  # fmt: skip


def _amount(name: str, title: str, means: str, *persons: str) -> Figure:
    means = f"{means} Only of all cases together; rounded to three digits."
    only = (("circumstance", "all"),)
    return Figure(name, title, means, "amount", MONEY, persons=persons, only=only)


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
        Figure(
            "median_days", "Median days",
            "Half of the ended cases took no longer from the first step to the last.",
            "days", DAYS_OF_THE_STAGES, persons=("persons_ended",),
        ),
        Figure(
            "p90_days", "Days of nine in ten",
            "Nine in ten of the ended cases took no longer from the first step to the last.",
            "days", DAYS_OF_THE_STAGES, persons=("persons_ended",), beyond=0.1,
        ),
        _amount(
            "amount", "Amount", "Sum of the amounts of the cases.",
            "persons_met", "persons_missed", "persons_unknown",
        ),
        _amount("amount_met", "Amount met", "Sum of the amounts of the cases met.", "persons_met"),
        _amount(
            "amount_missed", "Amount missed", "Sum of the amounts of the cases missed.",
            "persons_missed",
        ),
        _amount(
            "amount_unknown", "Amount unknown", "Sum of the amounts of the unknown cases.",
            "persons_unknown",
        ),
        SUPPRESSED,
        ROUNDED,
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
    protect="drawn",
    with_results=True,
    groups=("circumstance", "value"),
)  # fmt: skip
PAYMENT_RUNS = Frame(
    "payment_runs",
    "Weekdays of steps",
    "For how many cases a step was taken on each weekday.",
    columns=(
        METRIC,
        Key("period", "Period", "The quarter in which the step was taken."),
        STEP,
        Key("weekday", "Weekday", "1 for Monday to 7 for Sunday.", "count", NUMBER),
        Column(
            "workdays", "Working days", "Working days of that weekday in the quarter.",
            "count", WORKING_DAYS,
        ),
        Count("payments", "Cases that took the step", "Cases that took the step on that weekday."),
        Figure(
            "share", "Share of the quarter's cases", "Their share of all that took the step.",
            "share", RATIO, of=("payments",),
        ),
        Column(
            "is_run", "Taken together",
            "Whether the step is taken for many cases at a time on that weekday.", "yes_no",
        ),
        SUPPRESSED,
        ROUNDED,
        SYNTHETIC,
    ),
    adds_up=(
        Rows(
            "weekday", ("payments",),
            means="The weekdays add up to all that took the step in the quarter.",
        ),
    ),
    protect="drawn",
    with_results=True,
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
        Figure(
            "median_days", "Median days",
            "Half of the passages took no longer; empty where cases begin or end.",
            "days", CALENDAR_DAYS, persons=("persons",), not_in_all=True,
        ),
        SUPPRESSED,
        ROUNDED,
        SYNTHETIC,
        PERSONS,
    ),
    adds_up=(
        Passages("from_step", "to_step", means="As many passages enter a step as leave it."),
    ),
    protect="drawn",
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
        ROUNDED,
        SYNTHETIC,
    ),
    adds_up=(
        Running("on_date", "cases", grows=True, means="Each week holds the cases of those before."),
        Running(
            "step", "cases", grows=False,
            means="A case that has come to a step has come to those before it.",
        ),
    ),
    protect="drawn",
    with_results=True,
)  # fmt: skip
