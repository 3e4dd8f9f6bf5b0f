"""A column of a subject, and how its type is called elsewhere."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from kpi.language.words import Text

ColumnType = Literal["text", "person", "staff", "date", "moment", "amount", "number", "yes_no"]

IBIS_TYPES: dict[ColumnType, str] = {
    "text": "string",
    "person": "string",
    "staff": "string",
    "date": "date",
    "moment": "timestamp",
    "amount": "decimal(18,2)",
    "number": "float64",
    "yes_no": "boolean",
}


@dataclass(frozen=True)
class Column:
    """A column: its type, whether a value must be there, and what it means.

    A `moment` is a local civil date, with the time of day where the system records one. A `person`
    is a keyed pseudonym of a person's number; beside it stands `<name>_check`, what was found of
    the number's form. `staff` is a keyed pseudonym of a caseworker's initials.
    `optional` columns may be absent from an extract; they are then null throughout. `label` is what
    people call the column, as it stands in the words of its rules
    (a message in English, or in its own `language`); `unit` is that of a number, or
    the currency of an amount. A column with an `expr` is derived from others, not read.

    A date is when something happened, or `planned`: set beforehand, so that it may lie ahead;
    `no_date` are dates that stand for none. A value that an event gives is `known_by` the event's
    column, and is `before` (null if none is named) until then.
    """

    name: str
    type: ColumnType
    means: Text
    nullable: bool = True
    optional: bool = False
    allowed: tuple[str, ...] = ()
    label: str = ""
    language: str = ""
    unit: Text = ""
    planned: bool = False
    no_date: tuple[dt.date, ...] = ()
    known_by: str = ""
    before: str | bool | None = None
    expr: str = ""
