"""What is asked about an extract, in its order: each question as asked, proposed and read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import cast

from kpi.errors import ParameterError, did_you_mean
from kpi.periods import Cycle, Kind, Period
from kpi.project.proposal import (
    DATES,
    NONE,
    Answers,
    Limit,
    Shape,
    capital,
    cycle_of,
    is_share,
    last_of,
    propose_denominator,
    propose_group,
    propose_key,
    propose_limit,
    propose_numerator,
    propose_period,
    propose_person,
    propose_start,
    propose_stop,
    propose_title,
    states_of,
)


@dataclass(frozen=True)
class Question:
    """Something to be known of an extract: how it is asked for, proposed, and read.

    `read` puts an answer in place, and raises ParameterError for one that does not fit.
    """

    option: str
    words: str
    propose: Callable[[Answers], str]
    read: Callable[[Answers, str], None]
    shapes: tuple[Shape, ...] = ("cases", "counts", "rows")


_A_LIMIT = re.compile(
    r"(\d+)\s*(calendar|working|business|arbejds|kalender)?[\s_]*"
    r"(days?|hours?|minutes?|dage?|timer?|minut(?:ter)?)"
)


_UNITS = {"d": "calendar_days", "h": "hours", "t": "hours", "m": "minutes"}


def read_limit(answers: Answers, text: str) -> Limit | None:
    """Read a limit: 10 days, 10 working days, 4 hours, 15 minutes, a column of dates, or none."""
    if text == NONE:
        return None
    found = _A_LIMIT.fullmatch(text.casefold().strip())
    if not found:
        return Limit(column=column_of(answers, text, DATES))
    unit = _UNITS[found[3][0]]
    if found[2] in ("working", "business", "arbejds"):
        if unit != "calendar_days":
            raise ParameterError(
                "A limit in working time is one of days.",
                f'"{text}"',
                "Write 10 working days, or 48 hours.",
            )
        unit = "working_days"
    return Limit(int(found[1]), unit)


def column_of(answers: Answers, text: str, types: tuple[str, ...] = ()) -> str:
    """Return the name of a column, by that or as the extract calls it; else a ParameterError."""
    fitting = [one for one in answers.looked.columns if not types or one.type in types]
    for one in fitting:
        if text.strip() in (one.name, one.header):
            return one.name
    what = "a column of dates" if types == DATES else "a column"
    raise ParameterError(
        f"{what.capitalize()} of the extract is meant.",
        f'"{text}"',
        did_you_mean(text, [one.name for one in fitting]),
    )


def _set_noun(answers: Answers, text: str) -> None:
    one, _, many = (part.strip() for part in text.partition(","))
    if not one or not many:
        raise ParameterError(
            "What a row is called is said of one and of many.", f'"{text}"', "Write: case, cases"
        )
    answers.noun = one, many


def _set_start(answers: Answers, text: str) -> None:
    answers.start = column_of(answers, text, DATES)


def _set_stop(answers: Answers, text: str) -> None:
    answers.stop = column_of(answers, text, DATES)
    if answers.stop == answers.start:
        raise ParameterError(
            "A clock starts and stops at two dates.", f'"{text}" twice', "Name another column."
        )


def _set_denominator(answers: Answers, text: str) -> None:
    answers.denominator = "" if text == NONE else _counted(answers, text)


def _set_numerator(answers: Answers, text: str) -> None:
    answers.numerator = _counted(answers, text)


def _counted(answers: Answers, text: str) -> str:
    """Return a column of numbers by its name, or an expression over columns as it is written."""
    headers = {one.header: one.name for one in answers.looked.columns}
    expression = headers.get(text.strip(), text.strip())
    for name in re.findall(r"[a-z_][a-z0-9_]*", expression):
        if name != "coalesce":
            column_of(answers, name, ("number",))
    return expression


def _set_key(answers: Answers, text: str) -> None:
    names = [] if text == NONE else [column_of(answers, part) for part in text.split(",")]
    if names and not answers.looked.tells_apart(names):
        raise ParameterError(
            "A key is filled in each row, and tells rows apart.",
            f"{', '.join(names)} does not",
            "Name more columns, parted by commas, or none: each row is then a case.",
        )
    answers.key = tuple(names)


def _set_person(answers: Answers, text: str) -> None:
    answers.person = "" if text == NONE else column_of(answers, text)


def _set_group(answers: Answers, text: str) -> None:
    answers.group = "" if text == NONE else column_of(answers, text, ("text", "number"))
    answers.taken = set(states_of(answers)) - {answers.person}


def _set_limit(answers: Answers, text: str) -> None:
    answers.limit = read_limit(answers, text)


def _set_target(answers: Answers, text: str) -> None:
    if text == NONE:
        answers.target = None
        return
    try:
        answers.target = float(text.strip().rstrip("%").replace(",", "."))
    except ValueError:
        raise ParameterError("A target is a number.", f'"{text}"', "Write 90, or none.") from None
    if answers.target < 0 or (is_share(answers) and answers.target > 100):
        raise ParameterError(
            "The target of a share is a percentage from 0 to 100.", text, "Write 90 for 90 %."
        )


def _set_title(answers: Answers, text: str) -> None:
    answers.title = text.strip()


def _read_period(answers: Answers, text: str) -> Period:
    """Read a period by its name, or by its kind alone: the last of that kind."""
    starts = answers.year_starts
    if text in KINDS:
        return last_of(answers, Cycle(cast("Kind", text), starts))
    proposed = cycle_of(answers)
    refused: list[ParameterError] = []
    for cycle in (
        Cycle("quarter", starts),
        Cycle("month", starts),
        Cycle("year", starts),
        proposed,
    ):
        try:
            return cycle.parse(text)
        except ParameterError as error:
            refused.append(error)
    if "/" not in text:
        raise refused[0]
    raise ParameterError(
        refused[2].rule.replace(" (year_starts in targets.yaml)", ""),
        refused[2].found,
        "Say in which month it starts: --year-starts april.",
    )


KINDS = ("quarter", "month", "year")


def _set_period(answers: Answers, text: str) -> None:
    answers.period = _read_period(answers, text.strip())
    if answers.as_of < answers.period.first_day:
        raise ParameterError(
            "The first report is of a period that the extract knows of.",
            f"{text}, while its rows end on {answers.as_of}",
            "Name an earlier one.",
        )


QUESTIONS = (
    Question(
        "noun",
        "What is one row called, and many",
        lambda one: ", ".join(one.noun),
        _set_noun,
    ),
    Question("start", "The clock starts at", propose_start, _set_start, ("cases",)),
    Question("start", "The day of a row", propose_start, _set_start, ("counts", "rows")),
    Question("stop", "The clock stops at", propose_stop, _set_stop, ("cases",)),
    Question(
        "denominator",
        "How many cases a row counts (none for a sum alone)",
        propose_denominator,
        _set_denominator,
        ("counts",),
    ),
    Question(
        "numerator",
        "How many of them were so (a column, or such as all - late)",
        propose_numerator,
        _set_numerator,
        ("counts",),
    ),
    Question(
        "key", "What tells rows apart (columns parted by commas, or none)", propose_key, _set_key
    ),
    Question(
        "person", "The person whom a row is about (a column, or none)", propose_person, _set_person
    ),
    Question("group", "Figures are parted by (a column, or none)", propose_group, _set_group),
    Question(
        "limit",
        "The limit (10 days, 10 working days, 4 hours, 15 minutes, a column of dates, none)",
        propose_limit,
        _set_limit,
        ("cases",),
    ),
    Question(
        "title",
        "The title of the first figure",
        lambda one: capital(propose_title(one)),
        _set_title,
    ),
    Question("target", "Its target (90 for 90 %, or none)", lambda _: NONE, _set_target),
    Question(
        "period",
        "The period of the first report (such as 2025Q4, 2025-12, 2025; month, quarter or year)",
        propose_period,
        _set_period,
    ),
)
"""What has to be known, in the order in which answers rest on each other."""


def questions_for(answers: Answers) -> Iterator[Question]:
    """Yield the questions that an extract of this shape raises."""
    return (one for one in QUESTIONS if answers.shape in one.shapes)
