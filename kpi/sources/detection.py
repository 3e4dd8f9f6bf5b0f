"""How dates are written in a sample of texts: the forms that occur, and what is doubtful.

How numbers are written in a sample of texts: the decimal sign, and what groups thousands.

How the values of an extract are written: as the parameters declare, and else as detected.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kpi.definitions.subject import Subject
from kpi.params.quarter_file import EXCEL_DATES, FileFormat

_TIME = (
    r"(?:(?P<gap>[ T])\d{1,2}(?P<colon>[:.])\d{2}(?P<seconds>[:.]\d{2})?(?P<part>\.\d+)?"
    r"(?P<zone>[+-]\d{2}(?::?\d{2})?)?)?"
)
_DAY_OR_MONTH = re.compile(rf"(\d{{1,2}})(?P<sign>[-./])(\d{{1,2}})(?P=sign)\d{{4}}{_TIME}")
_YEAR_FIRST = re.compile(rf"\d{{4}}(?P<sign>[-./])\d{{1,2}}(?P=sign)\d{{1,2}}{_TIME}")
_EIGHT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SERIAL = re.compile(r"[2-7]\d{4}(?:[.,]\d+)?")
_SURE_SIGN = "."  # with points a day stands first


def detect_dates(texts: Iterable[str]) -> tuple[tuple[str, ...], set[str]]:
    """Return the forms of the texts, the most frequent first, and what is doubtful.

    Where day and month could be either, the day is taken to stand first, which is a doubt.
    Years of two digits have no form: such dates cannot be read.
    """
    forms: Counter[str] = Counter()
    either: Counter[tuple[str, str]] = Counter()
    over_12: dict[str, set[str]] = {}
    for text in texts:
        plain = text.strip()
        if found := _DAY_OR_MONTH.fullmatch(plain):
            sign, first, second = found["sign"], int(found[1]), int(found[3])
            either[sign, _time_form(found)] += 1
            known = over_12.setdefault(sign, set())
            known |= {place for place, part in (("first", first), ("second", second)) if part > 12}
        elif found := _YEAR_FIRST.fullmatch(plain):
            sign = found["sign"]
            forms[f"%Y{sign}%m{sign}%d{_time_form(found)}"] += 1
        elif found := _EIGHT.fullmatch(plain):
            is_year_first = 1900 <= int(found[1]) <= 2100 and int(found[2]) <= 12
            forms["%Y%m%d" if is_year_first else "%d%m%Y"] += 1
        elif _SERIAL.fullmatch(plain):
            forms[EXCEL_DATES] += 1
    doubts = {"dates_as_numbers"} if EXCEL_DATES in forms else set()
    for (sign, time), count in either.items():
        month_first = over_12[sign] == {"second"} and sign != _SURE_SIGN
        order = f"%m{sign}%d{sign}%Y" if month_first else f"%d{sign}%m{sign}%Y"
        forms[order + time] += count
        if len(over_12[sign]) != 1 and sign != _SURE_SIGN:
            doubts.add("doubtful_dates")
    return tuple(form for form, _ in forms.most_common()), doubts


def _time_form(found: re.Match[str]) -> str:
    if not found["gap"]:
        return ""
    colon = found["colon"]
    seconds = f"{found['seconds'][0]}%S" if found["seconds"] else ""
    part = ".%f" if found["part"] else ""
    zone = "%z" if found["zone"] else ""
    return f"{found['gap']}%H{colon}%M{seconds}{part}{zone}"


SPACES = " \u00a0\u2009\u202f"  # between thousands, in some systems
_NUMBER = re.compile(r"[+-]?(\d*)([.,])(\d+)-?")
_BOTH = re.compile(r"[+-]?\d{1,3}(?:([.,])\d{3})+(?!\1)([.,])\d+-?")
_GROUPED = re.compile(r"[+-]?\d{1,3}([.,])\d{3}(?:\1\d{3})+-?")
_OTHER = {",": ".", ".": ","}


def detect_numbers(texts: Iterable[str], usual: str) -> tuple[str, set[str]]:
    """Return the decimal sign of the texts, and what is doubtful; `usual` where nothing tells.

    A single sign before three digits ("1.234") may be either; it is taken to group thousands, for
    amounts have two decimals. Where nothing else tells, that is a doubt, and so are two decimal
    signs in one extract.
    """
    decimals: Counter[str] = Counter()
    vague: Counter[str] = Counter()
    for text in texts:
        plain = re.sub(rf"[{SPACES}]", "", text)
        if found := _GROUPED.fullmatch(plain):
            decimals[_OTHER[found[1]]] += 1
        elif found := _BOTH.fullmatch(plain):
            decimals[found[2]] += 1
        elif found := _NUMBER.fullmatch(plain):
            is_vague = len(found[3]) == 3 and 1 <= len(found[1]) <= 3 and found[1] != "0"
            (vague if is_vague else decimals)[found[2]] += 1
    if len(decimals) > 1:
        return decimals.most_common(1)[0][0], {"doubtful_numbers"}
    if decimals:
        return next(iter(decimals)), set()
    if vague:
        return _OTHER[vague.most_common(1)[0][0]], {"doubtful_numbers"}
    return usual, set()


_DATES, _NUMBERS = ("date", "moment"), ("amount", "number")
_OTHER = {",": ".", ".": ","}


@dataclass(frozen=True)
class Written:
    """The whole format of an extract's values, which of it was detected, and what is doubtful."""

    format: FileFormat
    detected: tuple[str, ...] = ()
    doubts: frozenset[str] = frozenset()


def resolve(
    declared: FileFormat, table: Subject, sample: Mapping[str, Sequence[str]], separator: str
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


def _texts(
    table: Subject, sample: Mapping[str, Sequence[str]], kinds: tuple[str, ...]
) -> list[str]:
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
