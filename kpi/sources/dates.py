"""How the dates of a column are written, seen on all of its values, and what is doubtful.

Each value has a shape: its signs, with 9 for each digit. A shape says which forms it may have;
where the day may stand first or second, the values themselves decide: there is no 16th month. A
column in which some say one and some the other, or in which only the days up to the twelfth look
unlike the others, was turned around by a program, and nobody can tell which of its dates are right.

A day has no zone. A moment without an offset is the wall clock of a zone; one with an offset, or
with a word such as UTC, is an instant.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from kpi.language.months import month_numbers
from kpi.params.source import EXCEL_1904_DATES, EXCEL_DATES, UNIX_TIMES

_TIME = (
    r"(?:(?P<gap>[ T]|  )(?P<hour>9{1,2})(?P<colon>[:.])99(?P<seconds>[:.]99)?(?P<part>[.,]9+)?"
    r"(?P<half> ?[AaPp][Mm])?(?P<zone> ?(?:[Zz]|UTC|GMT|CET|CEST|[+-]99(?::?99)?))?)?"
)
_DAY_OR_MONTH = re.compile(rf"(9{{1,2}})(?P<sign>[-./ ])(9{{1,2}})(?P=sign)9999{_TIME}")
_YEAR_FIRST = re.compile(rf"9999(?P<sign>[-./])9{{1,2}}(?P=sign)9{{1,2}}{_TIME}")
_EIGHT = re.compile(rf"9{{8}}{_TIME}")
_SERIAL = re.compile(r"9{5}(?:[.,]9+)?")
_NAMED_ZONES = {"Z": "UTC", "z": "UTC", "UTC": "UTC", "GMT": "UTC", "CET": "Etc/GMT-1"}
_NAMED_ZONES |= {"CEST": "Etc/GMT-2"}  # the sign of these names is turned around
_NEVER = {dt.date(1, 1, 1), dt.date(1753, 1, 1), dt.date(1900, 1, 1)}
_NEVER |= {dt.date(1899, 12, 30), dt.date(1899, 12, 31)}
"""Days that systems store for none: those of .NET, SQL Server, Dynamics AX, spreadsheets."""
_FOREVER = 9999
_SURE_SIGN = "."  # with points a day stands first
_FEWEST = 2  # values that say the other order: one may be a slip of the pen
_UNLIKELY = 0.01
_MICROSECONDS = 7  # letters of a part of a second: SQL Server writes up to seven digits
DAY_FIRST, MONTH_FIRST = "day", "month"


@dataclass(frozen=True)
class Form:
    """A form of dates as strptime has it; whether it has a time, and in which zone that is.

    `zone` is empty for a wall clock, "%z" where the offset is written, else the zone's name.
    """

    format: str
    has_time: bool = False
    zone: str = ""

    @classmethod
    def declared(cls, form: str) -> Form:
        """Return the form that the parameters declare."""
        if form in UNIX_TIMES:
            return cls(form, has_time=True, zone="UTC")
        return cls(form, bool(re.search("%-?[HIf]", form)), "%z" if "%z" in form else "")

    @property
    def without_zone(self) -> Form:
        """The form without the offset or the word that may stand behind the time."""
        return Form(re.sub(r" ?(%z|(?<!%)[Zz]|UTC|GMT|CES?T)$", "", self.format), self.has_time)

    @property
    def of_the_day(self) -> Form:
        """The form of the day alone."""
        day = re.match(r"%.([^%]?)%.\1%.", self.format)
        return Form(day[0]) if day else self


@dataclass(frozen=True)
class Seen:
    """Values alike: their shape, their first ten letters, whether at midnight, and how many."""

    shape: str
    head: str
    is_midnight: bool
    values: int


@dataclass
class Dates:
    """What was decided about a column of dates.

    `forms` are its forms, the most frequent first; `missing` the first ten letters of values that
    stand for no day. `ambiguous` counts the values whose day and month could be either, `turned`
    those that say another order than the rest, `numbers` the day numbers. With `are_days`, all its
    moments are midnights: no zone applies to them; `walls` counts moments without an offset.
    """

    forms: tuple[Form, ...] = ()
    detected: bool = False
    numbers: int = 0
    ambiguous: int = 0
    turned: int = 0
    missing: Counter[str] = field(default_factory=Counter)
    are_days: bool = False
    walls: int = 0
    instants: int = 0
    order: dict[str, str] = field(default_factory=dict)

    @property
    def moments(self) -> int:
        """How many values have a time."""
        return self.walls + self.instants


def evidence(seen: Iterable[Seen]) -> dict[str, Counter[str]]:
    """Count, by the sign between day and month, the values that can have one order only."""
    found: dict[str, Counter[str]] = {}
    for one in seen:
        shape = _DAY_OR_MONTH.fullmatch(one.shape)
        if shape:
            first, second = _two_numbers(one.head)
            counted = found.setdefault(shape["sign"], Counter())
            if first > 12 >= second:
                counted[DAY_FIRST] += one.values
            elif second > 12 >= first:
                counted[MONTH_FIRST] += one.values
            elif first != second:
                counted["either"] += one.values
    return found


def _two_numbers(head: str) -> tuple[int, int]:
    found = re.match(r"(\d+)\D(\d+)", head)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def read_column(
    seen: Sequence[Seen],
    declared: Sequence[str],
    others: dict[str, Counter[str]],
    missing: Sequence[dt.date] = (),
    kept: Sequence[dt.date] = (),
) -> Dates:
    """Decide how the dates of a column are written.

    `declared` are the forms of the parameters, empty where they are to be detected; `others` is the
    evidence of the extract's other columns, for a column that does not tell by itself; `missing`
    are days that the parameters declare to stand for none, `kept` those that the contract itself
    knows as such.
    """
    found = Dates(detected=not declared)
    own = evidence(seen)
    _decide_order(found, own, declared, others)
    counted: Counter[Form] = Counter()
    midnights = 0
    for one in seen:
        form = _form_of(one.shape, one.head, found.order)
        if form is None:
            continue
        if form.format == EXCEL_DATES:
            if declared and not {EXCEL_DATES, EXCEL_1904_DATES} & set(declared):
                continue
            found.numbers += one.values
        if _is_no_day(one.head, form, missing, kept):
            found.missing[one.head] += one.values
            continue
        counted[form] += one.values
        if form.has_time:
            found.walls += one.values * (not form.zone)
            found.instants += one.values * bool(form.zone)
            midnights += one.values * one.is_midnight
    found.turned += _turned_around(seen, own)
    found.are_days = 0 < found.moments == midnights
    forms = [form for form, _ in counted.most_common()]
    if declared:
        iso = [form for form in forms if form.format.startswith("%Y-") or "%Y%m%d" in form.format]
        named = [Form.declared(form) for form in declared]
        first = iso if forms and forms[0] in iso else []
        forms = list(dict.fromkeys((*first, *named, *iso)))
    found.forms = tuple(forms)
    return found


def _decide_order(
    found: Dates,
    own: dict[str, Counter[str]],
    declared: Sequence[str],
    others: dict[str, Counter[str]],
) -> None:
    """Decide for each sign whether the day or the month stands first."""
    for sign, counted in own.items():
        said = [order for form in declared if (order := _order_in(form, sign))]
        known = (
            counted if counted[DAY_FIRST] + counted[MONTH_FIRST] else others.get(sign, Counter())
        )
        if said:
            order = said[0]
        elif sign == _SURE_SIGN:
            order = DAY_FIRST
        else:
            order = MONTH_FIRST if known[MONTH_FIRST] > known[DAY_FIRST] else DAY_FIRST
        found.order[sign] = order
        against = counted[MONTH_FIRST if order == DAY_FIRST else DAY_FIRST]
        is_certain = bool(said) or sign == _SURE_SIGN or known[DAY_FIRST] or known[MONTH_FIRST]
        if against >= _FEWEST and counted[order] + counted["either"]:
            found.turned += against
        elif (against or not is_certain or len(set(said)) > 1) and counted["either"]:
            found.ambiguous += counted["either"]


def _order_in(form: str, sign: str) -> str:
    """Return which order a declared form has, if it has this sign between day and month."""
    plain = form.replace("%-", "%")
    if plain.startswith(f"%d{sign}%m"):
        return DAY_FIRST
    return MONTH_FIRST if plain.startswith(f"%m{sign}%d") else ""


def _turned_around(seen: Sequence[Seen], own: dict[str, Counter[str]]) -> int:
    """Count the dates that a spreadsheet program made of texts, taking the day for the month.

    It can do so up to the twelfth only; all later days stay texts. So a column has days up to the
    twelfth in one form and later ones in the other, which does not happen by chance.
    """
    texts: Counter[str] = sum(own.values(), Counter())
    later = texts[DAY_FIRST] + texts[MONTH_FIRST]
    if not later or texts["either"]:
        return 0
    real = [one for one in seen if _YEAR_FIRST.fullmatch(one.shape)]
    early = sum(one.values for one in real)
    if not early or any(_day_in(one.head) > 12 for one in real):
        return 0
    chance = (12 / 31) ** min(early, 50) * (19 / 31) ** min(later, 50)
    return early if chance < _UNLIKELY else 0


def _day_in(head: str) -> int:
    return int(re.split(r"\D", head)[2][:2])


@lru_cache(maxsize=4096)
def _forms_of(shape: str) -> tuple[Form | None, Form | None]:
    """Return the form of a shape, with the day first and with the month first."""
    if found := _DAY_OR_MONTH.fullmatch(shape):
        sign = found["sign"]
        time, zone = _time_form(found)
        forms = (f"%d{sign}%m{sign}%Y{time}", f"%m{sign}%d{sign}%Y{time}")
        return Form(forms[0], bool(time), zone), Form(forms[1], bool(time), zone)
    if found := _YEAR_FIRST.fullmatch(shape):
        sign = found["sign"]
        time, zone = _time_form(found)
        form = Form(f"%Y{sign}%m{sign}%d{time}", bool(time), zone)
        return form, form
    if found := _EIGHT.fullmatch(shape):
        time, zone = _time_form(found)
        return Form(f"%d%m%Y{time}", bool(time), zone), Form(f"%Y%m%d{time}", bool(time), zone)
    if _SERIAL.fullmatch(shape):
        form = Form(EXCEL_DATES)
        return form, form
    return None, None


def _form_of(shape: str, head: str, order: dict[str, str]) -> Form | None:
    first, second = _forms_of(shape)
    if found := _DAY_OR_MONTH.fullmatch(shape):
        return first if order.get(found["sign"], DAY_FIRST) == DAY_FIRST else second
    if _EIGHT.fullmatch(shape):
        is_year_first = 1900 <= int(head[:4]) <= 2100 and int(head[4:6]) <= 12
        return second if is_year_first else first
    if first and first.format == EXCEL_DATES:
        return first if "2" <= head[:1] <= "7" else None
    return first


def _time_form(found: re.Match[str]) -> tuple[str, str]:
    """Return the form of a time, and its zone."""
    if not found["gap"]:
        return "", ""
    colon = found["colon"]
    hour = "%I" if found["half"] else "%H"
    seconds = f"{found['seconds'][0]}%S" if found["seconds"] else ""
    part = ""
    if found["part"]:
        part = f"{found['part'][0]}{'%f' if len(found['part']) <= _MICROSECONDS else '%n'}"
    half = f"{' ' if found['half'][0] == ' ' else ''}%p" if found["half"] else ""
    zone = found["zone"] or ""
    word = zone.strip()
    if word[:1] in "+-" and word:
        said, kind = zone.replace(word, "%z"), "%z"
    else:
        said, kind = zone, _NAMED_ZONES.get(word, "")
    return f"{found['gap']}{hour}{colon}%M{seconds}{part}{half}{said}", kind


def _is_no_day(head: str, form: Form, missing: Sequence[dt.date], kept: Sequence[dt.date]) -> bool:
    """Tell a value that stands for no day: only zeros, the first or the last day of a system."""
    if form.format in (EXCEL_DATES, EXCEL_1904_DATES):
        return False
    if not head.strip("0-./ T:"):
        return True
    day = day_of(head, form)
    if day is None or day in kept:
        return False
    return day.year == _FOREVER or day in _NEVER or day in missing


def day_of(head: str, form: Form) -> dt.date | None:
    """Return the day that the beginning of a value says, in a form; null if it says none."""
    said = re.match(r"\d{1,4}\D\d{1,2}\D\d{1,4}|\d{8}", head)
    signs = re.match(r"%.([^%]?)%.\1%.", form.format)
    try:
        return dt.datetime.strptime(said[0], signs[0]).date() if said and signs else None
    except ValueError:
        return None


_NAMED = (
    re.compile(
        r"(?:[^\W\d]+\.?,?\s+)?(?:den\s+)?(?P<day>\d{1,2})\.?[\s\-/]*(?P<month>[^\W\d]{3,})\.?,?"
        r"[\s\-/]*(?P<year>\d{4})(?P<time>[ T]+(?:kl\.? )?\d{1,2}[:.]\d{2}(?:[:.]\d{2})?)?"
    ),
    re.compile(
        r"(?:[^\W\d]+,\s+)?(?P<month>[^\W\d]{3,})\.?\s+(?P<day>\d{1,2}),?\s+(?P<year>\d{4})"
        r"(?P<time>[ T]+\d{1,2}[:.]\d{2}(?:[:.]\d{2})?)?"
    ),
)


def with_month_number(text: str) -> str | None:
    """Return a date with the name of its month in ISO form; null for what is none.

    >>> with_month_number("onsdag den 2. oktober 2019"), with_month_number("16-okt-2019 08:30")
    ('2019-10-02', '2019-10-16 08:30')
    """
    for pattern in _NAMED:
        found = pattern.fullmatch(text.strip())
        number = month_numbers().get(found["month"].casefold()) if found else None
        if found and number:
            time = re.sub(r"^[ T]+(?:kl\.? )?", "", found["time"] or "").replace(".", ":")
            hour, _, rest = time.partition(":")
            clock = f" {int(hour):02d}:{rest}" if time else ""
            return f"{found['year']}-{number:02d}-{int(found['day']):02d}{clock}"
    return None
