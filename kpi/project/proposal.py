"""What an extract may be reported by: guessed from its columns and the answers before.

What is asked, and how an answer is read, stands in kpi.project.questions. An extract whose rows
have two dates is one of cases with a clock; with one date and whole numbers, its rows are already
counts; with one date alone, they are counted.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from kpi.definitions.columns import Column
from kpi.definitions.in_words import value_in_words
from kpi.errors import ParameterError
from kpi.language import COMPLETE, Labels
from kpi.language.words import ByLanguage
from kpi.periods import Cycle, Period
from kpi.sources.looking import Looked, SeenColumn, name_of

Shape = Literal["cases", "counts", "rows"]
NONE = "none"
DATES = ("date", "moment")

_STARTS = """received created opened open submitted reported registered requested ordered applied
    started start begin begun from modtaget oprettet indgaaet anmeldt ansoegt bestilt henvendt
    registreret aabnet start fra recu ouvert cree debut eingang erstellt beginn"""
_STOPS = """closed completed resolved finished decided answered repaired delivered paid held arrived
    on_scene arrival done ended end stop to lukket afsluttet afgjort besvaret udbedret leveret
    betalt afholdt faerdig slut til clos termine fin erledigt abgeschlossen ende"""
_PLANNED = """due target deadline planned expected promised sla frist forfald forfaldsdato planlagt
    forventet echeance faellig soll"""
_KEYS = "id key number no nr nummer num uuid reference case sag journal"
_PERSONS = """cpr ssn person personnummer citizen borger patient client klient resident pupil elev
    employee"""
_GROUPS = """office department district region area unit team battalion borough ward branch kontor
    afdeling distrikt omraade enhed skole service category type kind source channel"""
_STATES = "status state type kind category priority tilstand art prioritet kategori"
_MOST_GROUPS, _MOST_STATES = 30, 4
_MOST_KEYS = 4
_ENOUGH = 0.2  # of the usual rows of a quarter: a last one with fewer was cut off
_NICE = {
    "minutes": (60, (5, 10, 15, 20, 30, 45, 60, 90)),
    "hours": (3600, (1, 2, 4, 8, 12, 24, 36, 48)),
    "calendar_days": (86400, (1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180, 365)),
}


@dataclass(frozen=True)
class Limit:
    """How long a case may take: so many of a unit, or up to a date in the data (`column`)."""

    number: int = 0
    unit: str = ""
    column: str = ""

    def __str__(self) -> str:
        return self.column or f"{self.number} {self.unit.replace('_', ' ')}"


@dataclass
class Answers:
    """What is known of a project to be made, in the names of columns; empty where there is none."""

    looked: Looked
    language: str = "en"
    noun: tuple[str, str] = ("", "")
    start: str = ""
    stop: str = ""
    numerator: str = ""
    denominator: str = ""
    key: tuple[str, ...] = ()
    person: str = ""
    group: str = ""
    limit: Limit | None = None
    target: float | None = None
    title: str = ""
    period: Period | None = None
    year_starts: int = 1
    shape: Shape = "cases"
    taken: set[str] = field(default_factory=set)

    @property
    def by_name(self) -> dict[str, SeenColumn]:
        """The columns by their names."""
        return {one.name: one for one in self.looked.columns}

    @property
    def planned(self) -> str:
        """The date up to which a case may take, where the limit is one."""
        return self.limit.column if self.limit else ""

    @property
    def as_of(self) -> dt.date:
        """The last day that the rows know of, which lies not ahead."""
        told = [self.start, *([self.stop] if self.stop else [])]
        today = dt.datetime.now().astimezone().date()
        days = [
            self.looked.ask(f"max({name})::DATE", f"{name}::DATE <= DATE '{today}'")
            for name in told
        ]
        last: dt.date = max(day for day in days if day)
        if self.shape == "counts" and self.looked.ask(f"bool_and(day({self.start}) = 1)"):
            return self._month_after(last, self.months_of_a_row) - dt.timedelta(days=1)
        return last

    @property
    def months_of_a_row(self) -> int:
        """How many months a row that counts is about: 12 or 3 where all are dated so far apart."""
        numbers = {int(month[5:]) for month in self.looked.by_month(self.start)}
        if len(numbers) == 1:
            return 12
        return 3 if len(numbers) <= 4 and len({number % 3 for number in numbers}) == 1 else 1

    @staticmethod
    def _month_after(day: dt.date, months: int) -> dt.date:
        """Return the first day of the month that is so many later."""
        place = day.year * 12 + day.month - 1 + months
        return dt.date(place // 12, place % 12 + 1, 1)

    def by_period(self, cycle: Cycle) -> dict[Period, int]:
        """Count the rows of each period."""
        found: dict[Period, int] = {}
        for month, rows in self.looked.by_month(self.start).items():
            period = cycle.at(dt.date.fromisoformat(f"{month}-01"))
            found[period] = found.get(period, 0) + rows
        return found

    def whole(self, cycle: Cycle) -> list[Period]:
        """Return the periods that are over, and not cut off."""
        over = {one: n for one, n in self.by_period(cycle).items() if one.last_day <= self.as_of}
        usual = sorted(over.values())[len(over) // 2] if over else 0
        return [one for one, rows in over.items() if rows >= _ENOUGH * usual]

    @property
    def used(self) -> list[SeenColumn]:
        """The columns that the project reads, in the extract's order."""
        words = f"{self.numerator} {self.denominator}"
        named = {self.start, self.stop, self.planned, self.person, self.group, *self.key}
        named |= set(re.findall(r"[a-z_][a-z0-9_]*", words)) | self.taken
        return [one for one in self.looked.columns if one.name in named]


def begin(looked: Looked, file: str, language: str, given: Iterable[str]) -> Answers:
    """Return what an extract seems to be; ParameterError where nothing can be proposed of it.

    `given` are the options that say what it is: a numerator makes it counts, a stop cases.
    """
    if len(looked.columns) < 2:
        raise _nothing(file, f"{len(looked.columns)} column")
    dates = _dates(looked)
    if not dates:
        raise _nothing(file, f"{len(looked.columns)} columns, and none of dates")
    answers = Answers(looked, language)
    pairs = len([one for one in dates if not _has(one.name, _PLANNED)])
    if "stop" in given or (pairs > 1 and "numerator" not in given):
        answers.shape = "cases"
    elif "numerator" in given or _are_counts(answers):
        answers.shape = "counts"
    else:
        answers.shape = "rows"
    answers.noun = _noun(file, language)
    return answers


def _nothing(file: str, found: str) -> ParameterError:
    return ParameterError(
        f"{file} has a date at least, by which its rows belong to a period, and another column.",
        found,
        "Draw it with the days on which things happened; a date has a year of four digits.",
    )


def _dates(looked: Looked) -> list[SeenColumn]:
    return [one for one in looked.columns if one.type in DATES]


def _are_counts(answers: Answers) -> bool:
    """Tell whether rows hold counts of their own: no column alone tells them apart."""
    single = any(answers.looked.tells_apart([one.name]) for one in _identifying(answers))
    return not single and bool(_countable(answers))


def _identifying(answers: Answers) -> list[SeenColumn]:
    rows = answers.looked.rows
    return [
        one
        for one in answers.looked.columns
        if one.type in ("text", "number") and one.values == one.distinct == rows
    ]


def _countable(answers: Answers) -> list[str]:
    return [
        one.name
        for one in answers.looked.columns
        if one.is_whole and one.distinct > 2 and not _has(one.name, _KEYS)
    ]


def _has(name: str, words: str) -> int:
    """Tell how early a word of a column's name stands in a list, from 1; 0 for not at all."""
    parts = set(name.split("_"))
    for place, word in enumerate(words.split(), start=1):
        if word in parts or ("_" in word and word in name):
            return place
    return 0


def _best(columns: Iterable[str], words: str) -> str:
    """Return the column with the earliest of the words in its name; empty without any.

    A column that is called by a word alone comes first.
    """
    found = [
        (name not in words.split(), place, name) for name in columns if (place := _has(name, words))
    ]
    return min(found, key=lambda one: one[:2])[2] if found else ""


def _noun(file: str, language: str) -> tuple[str, str]:
    """Return what one and many rows are called: the file's last word where it is a plural."""
    word = name_of(file.partition(".")[0]).rpartition("_")[2]
    if language == "en" and re.fullmatch(r"[a-z]{3,}[^su]s", word):
        one = re.sub(r"ies$", "y", word)
        one = re.sub(r"(?<=ch|sh|ss)es$|(?<=x)es$|s$", "", one) if one == word else one
        return one, word
    return {"da": ("sag", "sager")}.get(language, ("case", "cases"))


def propose_start(answers: Answers) -> str:
    """Propose the date at which the clock starts, or by which rows belong to a period."""
    names = [one.name for one in _dates(answers.looked)]
    if answers.shape != "cases":
        return _best(names, _STARTS) or names[0]
    clocks = [name for name in names if not _has(name, _PLANNED)] or names
    return _best(clocks, _STARTS) or min(clocks, key=lambda name: _usual(answers, name))


def propose_stop(answers: Answers) -> str:
    """Propose the date at which the clock stops."""
    names = [one.name for one in _dates(answers.looked) if one.name != answers.start]
    clocks = [name for name in names if not _has(name, _PLANNED)] or names
    return _best(clocks, _STOPS) or max(clocks, key=lambda name: _usual(answers, name))


def _usual(answers: Answers, name: str) -> float:
    return float(answers.looked.ask(f"avg(epoch({name}))") or 0)


def propose_denominator(answers: Answers) -> str:
    """Propose the largest count of which another one is a part."""
    sums = {
        name: answers.looked.ask(f"sum({name})")
        for name in _countable(answers)
        if _parts_of(answers, name)
    }
    return max(sums, key=lambda name: sums[name]) if sums else NONE


def propose_numerator(answers: Answers) -> str:
    """Propose a count that is a part of the denominator."""
    if not answers.denominator:
        return next(iter(_countable(answers)), "1")
    return next(iter(_parts_of(answers, answers.denominator)), "")


def _parts_of(answers: Answers, whole: str) -> list[str]:
    """Name the columns that are above another in no row, and below it in some."""
    return [
        name
        for name in _countable(answers)
        if name != whole
        and answers.looked.ask(f"bool_and({name} <= {whole}) AND bool_or({name} < {whole})")
    ]


def propose_key(answers: Answers) -> str:
    """Propose what tells rows apart: a column, or else the date and a few texts together."""
    single = [one.name for one in _identifying(answers)]
    alone = [name for name in single if answers.looked.tells_apart([name])]
    if alone:
        return _best(alone, _KEYS) or alone[0]
    if answers.shape != "counts":
        return NONE
    texts = [one.name for one in answers.looked.columns if one.type == "text" and one.distinct > 1]
    for size in range(_MOST_KEYS):
        for chosen in itertools.islice(itertools.combinations(texts, size), 50):
            if answers.looked.tells_apart([answers.start, *chosen]):
                return ", ".join((answers.start, *chosen))
    return NONE


def propose_person(answers: Answers) -> str:
    """Propose the column of the person whom a row is about."""
    columns = answers.looked.columns
    texts = [one.name for one in columns if one.type in ("text", "number")]
    return next((one.name for one in columns if one.is_cpr), "") or _best(texts, _PERSONS) or NONE


def propose_group(answers: Answers) -> str:
    """Propose the column by which figures are parted: a text with few values."""
    rows = answers.looked.rows
    few = [
        one.name
        for one in answers.looked.columns
        if one.type == "text"
        and 1 < one.distinct <= _MOST_GROUPS
        and one.values > 0.8 * rows
        and one.name != answers.person
    ]
    return _best(few, _GROUPS) or NONE


def states_of(answers: Answers) -> list[str]:
    """Name the columns that say what became of a case, or of which kind it is."""
    texts = (one for one in answers.looked.columns if one.type == "text")
    states = [
        one.name for one in texts if _has(one.name, _STATES) and 1 < one.distinct <= _MOST_GROUPS
    ]
    return states[:_MOST_STATES]


def propose_limit(answers: Answers) -> str:
    """Propose a date of the data, or what eight in ten of the cases that have ended kept."""
    planned = _best((one.name for one in _dates(answers.looked)), _PLANNED)
    if planned and planned not in (answers.start, answers.stop):
        return planned
    start, stop = answers.start, answers.stop
    took = f"quantile_cont(epoch({stop}) - epoch({start}), 0.8)"
    seconds = answers.looked.ask(took, f"{stop} >= {start}")
    if seconds is None:
        return NONE
    is_fine = all(answers.by_name[name].type == "moment" for name in (start, stop))
    for unit, (length, numbers) in _NICE.items():
        fitting = [number for number in numbers if number * length >= seconds]
        if fitting and (is_fine or unit == "calendar_days"):
            return f"{fitting[0]} {unit.replace('_', ' ')}"
    return NONE


def propose_title(answers: Answers) -> str:
    """Say what the first figure is, in the names of columns: true whatever these hold."""
    labels = Labels(answers.language)
    said = {name: label_of(answers, name) for name in answers.by_name}
    if answers.shape == "rows":
        return answers.noun[1]
    if answers.shape == "counts":
        part = words_of(answers, answers.numerator)
        if not answers.denominator:
            return labels("Sum of {what}", what=part)
        whole = words_of(answers, answers.denominator)
        return labels("{what} as a share of {whole}", what=part, whole=whole)
    start, stop = said[answers.start], said[answers.stop]
    limit = answers.limit
    if limit is None:
        return labels("Time from {start} to {stop}", start=start, stop=stop)
    if limit.column:
        return labels("{stop} no later than {due}", stop=stop, due=said[limit.column])
    within = {
        "minutes": labels("within {days} minutes", days="{days}"),
        "hours": labels("within {days} hours", days="{days}"),
        "working_days": labels("within {days} working days", days="{days}"),
        "calendar_days": labels("within {days} days", days="{days}"),
    }[limit.unit]
    return labels("From {start} to {stop} {within}", start=start, stop=stop, within=within)


def capital(text: str) -> str:
    """Return a text with a capital first letter."""
    return text[:1].upper() + text[1:]


def label_of(answers: Answers, name: str) -> str:
    """Return what people may call a column: its header, in words."""
    return re.sub(r"[_\s]+", " ", answers.by_name[name].header).strip()


def words_of(answers: Answers, text: str) -> str:
    """Return what people may call a column, or what is made of several: seen − late."""
    columns = {
        one.name: Column(
            one.name, "number", ByLanguage({answers.language: label_of(answers, one.name)})
        )
        for one in answers.looked.columns
    }
    said = value_in_words(text, columns, Labels(answers.language))
    return said.replace("\u201c", "").replace("\u201d", "")


def propose_period(answers: Answers) -> str:
    """Propose the last period that is over, and not cut off."""
    return str(last_of(answers, cycle_of(answers)))


def last_of(answers: Answers, cycle: Cycle) -> Period:
    """Return the last period that is over and not cut off, else the last that rows are of."""
    return max(answers.whole(cycle) or answers.by_period(cycle))


def cycle_of(answers: Answers) -> Cycle:
    """Propose what reports are about: quarters, unless the dates span too little, or tell too few.

    Months where fewer than three quarters are whole; years where rows are a year apart, or where
    few rows fall on a quarter. Where all rows are of one month of the year, the year starts in it.
    """
    quarters = Cycle("quarter", answers.year_starts)
    if answers.shape == "counts" and answers.months_of_a_row == 12:
        (month,) = {int(month[5:]) for month in answers.looked.by_month(answers.start)}
        if len(answers.by_period(Cycle("year", month))) > 1:
            return Cycle("year", month)
    if len(answers.whole(quarters)) < _FEW_PERIODS <= len(answers.whole(Cycle("month"))):
        return Cycle("month", answers.year_starts)
    counted = sorted(answers.by_period(quarters).values())
    years = Cycle("year", answers.year_starts)
    is_sparse = answers.shape != "counts" and counted[len(counted) // 2] < _FEW_ROWS
    return years if is_sparse and len(answers.whole(years)) >= _FEW_PERIODS else quarters


_FEW_PERIODS, _FEW_ROWS = 3, 10


def is_share(answers: Answers) -> bool:
    """Tell whether the first metric is a share: within a limit, or of one sum in another."""
    return bool(answers.denominator) or (answers.shape == "cases" and answers.limit is not None)


LANGUAGES = COMPLETE
"""The languages that a project can begin in."""
