"""How dates are written in a sample of texts: the forms that occur, and what is doubtful."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from kpi.params.extract_file import EXCEL_DATES

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
