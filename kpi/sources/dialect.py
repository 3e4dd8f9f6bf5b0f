"""How the values of an extract are written: as the parameters declare, and else as detected."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kpi.params.extract_file import FileFormat
from kpi.sources.dates import detect_dates
from kpi.sources.numbers import detect_numbers
from kpi.tables import Table

_DATES, _NUMBERS = ("date", "moment"), ("amount", "number")
_OTHER = {",": ".", ".": ","}


@dataclass(frozen=True)
class Written:
    """The whole format of an extract's values, which of it was detected, and what is doubtful."""

    format: FileFormat
    detected: tuple[str, ...] = ()
    doubts: frozenset[str] = frozenset()


def resolve(
    declared: FileFormat, table: Table, sample: Mapping[str, Sequence[str]], separator: str
) -> Written:
    """Complete a declared format from a sample of texts, by the names of the table's columns."""
    detected, doubts, found = [], set(), {}
    dates = _texts(table, sample, _DATES)
    if not declared.date and dates:
        found["date"], doubtful = detect_dates(dates)
        detected.append("date")
        doubts |= doubtful
    numbers = _texts(table, sample, _NUMBERS)
    decimal: str = declared.decimal
    if not decimal:
        decimal, doubtful = detect_numbers(numbers, "," if separator == ";" else ".")
        doubts |= doubtful
        if numbers:
            detected.append("decimal")
    thousands = _OTHER[decimal] if declared.thousands is None else declared.thousands
    complete = {**found, "decimal": decimal, "thousands": thousands}
    return Written(declared.model_copy(update=complete), tuple(detected), frozenset(doubts))


def _texts(table: Table, sample: Mapping[str, Sequence[str]], kinds: tuple[str, ...]) -> list[str]:
    return [
        text
        for column in table.columns
        if column.type in kinds
        for text in sample.get(column.name, ())
        if text
    ]


def shape_of(texts: Sequence[str]) -> str:
    """Return what most of the texts look like, with 9 for each digit and a for each letter.

    >>> shape_of(["31-12-19", "01-01-20", "?"])
    '99-99-99'
    """
    shapes = Counter(
        re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "9", text.strip()[:30])) for text in texts if text
    )
    return shapes.most_common(1)[0][0] if shapes else ""
