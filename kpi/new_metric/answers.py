"""What has to be answered before a metric can be made."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, get_args

from kpi.errors import DefinitionError, did_you_mean
from kpi.tables import TABLES, Table

Kind = Literal["share", "count", "duration"]
DayUnit = Literal["calendar_days", "working_days"]
KINDS: tuple[Kind, ...] = get_args(Kind)
DAY_UNITS: tuple[DayUnit, ...] = get_args(DayUnit)
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


@dataclass(frozen=True)
class Answers:
    """One metric: its names and words in English and Danish, and how it counts.

    A share has a clock from `start` to `stop` and a limit of `days`; a duration has the clock
    alone; a count has the moment at which an event happened, `start`. `target` is a ratio for a
    share, a number for a count, days for a duration; None where there is none.
    """

    name: str
    title: str
    title_da: str
    words: str
    words_da: str
    kind: Kind
    table: str
    start: str
    stop: str = ""
    days: int | None = None
    unit: DayUnit = "calendar_days"
    target: float | None = None
    owner: str = ""


def check_name(name: str, taken: Collection[str]) -> None:
    """See that a metric's name can be an id and is not taken; else a DefinitionError."""
    if not _NAME.fullmatch(name):
        raise DefinitionError(
            "A metric's name is small letters, digits and underscores, a letter first.",
            f'"{name[:60]}"',
            "Write it like payments_on_time.",
        )
    if name in taken:
        raise DefinitionError(
            "A metric's name is not taken.",
            f'"{name}" is in the catalogue',
            "A new way of counting is a version of the same metric, in targets.yaml; "
            "another metric has another name.",
        )


def table_of(name: str) -> Table:
    """Return a declared table whose rows are cases with moments; else a DefinitionError."""
    tables = {table.name: table for table in TABLES.values() if moments(table) and _is_told(table)}
    if name not in tables:
        raise DefinitionError(
            "A metric counts the rows of a declared table that have a key.",
            f'"{name}"',
            did_you_mean(name, tables),
        )
    return tables[name]


def _is_told(table: Table) -> bool:
    return len(table.key) == 1


def moments(table: Table) -> list[str]:
    """Name the columns of a table that can start or stop a clock."""
    return [column.name for column in table.columns if column.type in {"date", "moment"}]


def check(answers: Answers, taken: Collection[str]) -> None:
    """See that answers fit together and that every column is declared; else a DefinitionError."""
    check_name(answers.name, taken)
    _see_filled(answers)
    table = table_of(answers.table)
    columns = [answers.start] if answers.kind == "count" else [answers.start, answers.stop]
    for column in columns:
        if column not in moments(table):
            raise DefinitionError(
                f"A clock starts and stops at moments of {table.name}.",
                f'"{column}"',
                did_you_mean(column, moments(table)),
            )
    if answers.kind == "share" and (answers.days is None or answers.days < 0):
        raise DefinitionError(
            "A share within a limit has a limit of so many days.",
            "none" if answers.days is None else str(answers.days),
            "Give --days.",
        )
    if answers.kind == "share" and answers.target is not None and not 0 <= answers.target <= 1:
        raise DefinitionError(
            "The target of a share is a ratio from 0 to 1.",
            str(answers.target),
            "Write 0.9 for 90 %.",
        )


def _see_filled(answers: Answers) -> None:
    for field in ("title", "title_da", "words", "words_da"):
        if not getattr(answers, field).strip():
            raise DefinitionError(
                "A metric has a title and a definition in words, in English and in Danish.",
                f"no {field}",
                "Say it as the committee should read it.",
            )
    for field in ("words", "words_da"):
        if not getattr(answers, field).strip().endswith("."):
            raise DefinitionError(
                "A definition in words is whole sentences.",
                f"{field} without a full stop",
                "End it.",
            )
