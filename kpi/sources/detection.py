"""How the values of an extract are written: as the parameters declare, and else as all of them say.

The texts are looked at in the engine, before any of them is read: the shapes of the dates of each
column, the decimal signs of its numbers, words that stand for nothing.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from kpi.definitions.subject import Subject
from kpi.errors import SourceError
from kpi.params import Source
from kpi.sources.dates import Dates, Seen, evidence, read_column
from kpi.sources.dates import with_month_number as in_iso_form
from kpi.sources.extract import Doubt

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from kpi.definitions.columns import Column

SPACES = " \u00a0\u2009\u202f"  # between thousands, in some systems
DATES, NUMBERS = ("date", "moment"), ("amount", "number")
_OTHER: dict[str, Literal[".", ","]] = {",": ".", ".": ","}
_NUMBER = re.compile(r"[+-]?(\d*)([.,])(\d+)-?")
_BOTH = re.compile(r"[+-]?\d{1,3}(?:([.,])\d{3})+(?!\1)([.,])\d+-?")
_GROUPED = re.compile(r"[+-]?\d{1,3}([.,])\d{3}(?:\1\d{3})+-?")
_LOOKS_LIKE_A_DATE = (
    "[0-9][0-9 T:.,/+-]*( ?([AaPp][Mm]|Z|z|UTC|GMT|CET|CEST))?( ?[+-][0-9]{2}(:?[0-9]{2})?)?"
)
_IS_MIDNIGHT = r"[ T]0?0[:.]00([:.]00([.,]0+)?)?( ?[A-Za-z]+| ?[+-][0-9:]+)?$"
_USUAL, _USUAL_SHAPE = (
    "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}",
    ("9999-99-99 99:99:99"),
)
HOUR_24 = "[ T]24[:.]00"
_MOST_DIFFERENT = 5_000  # different ones of a column
_FEWEST = 3  # times a word must stand in a column to be no slip


def detect_numbers(shapes: Mapping[str, int], usual: str) -> tuple[str, bool]:
    """Return the decimal sign of numbers by their shapes, and whether it is doubtful.

    A shape has 9 for each digit but for a zero at the beginning. `usual` is the sign where nothing
    tells. A single sign before three digits ("9.999") may be either; it is taken to group
    thousands, for amounts have two decimals. Where nothing else tells, that is a doubt, and so are
    two decimal signs in one column.
    """
    decimals: Counter[str] = Counter()
    vague: Counter[str] = Counter()
    for shape, values in shapes.items():
        plain = re.sub(rf"[{SPACES}]", "", shape)
        if found := _GROUPED.fullmatch(plain):
            decimals[_OTHER[found[1]]] += values
        elif found := _BOTH.fullmatch(plain):
            decimals[found[2]] += values
        elif found := _NUMBER.fullmatch(plain):
            is_vague = len(found[3]) == 3 and 1 <= len(found[1]) <= 3 and found[1] != "0"
            (vague if is_vague else decimals)[found[2]] += values
    if len(decimals) > 1:
        return decimals.most_common(1)[0][0], True
    if decimals:
        return next(iter(decimals)), False
    if vague:
        return _OTHER[vague.most_common(1)[0][0]], True
    return usual, False


@dataclass
class Written:
    """How an extract's values are written, by column: dates, decimal signs, names of months.

    `words` has for a column of dates each text with the name of a month, and it in ISO form;
    `worded` are the columns of dates that hold something that does not look like one. With
    `to_24` the hour 24 is the next day's midnight; else it cannot be read, for who wrote it may
    have meant the end of the day. `thousands` is what groups digits, null for the other of the
    two signs.
    """

    dates: dict[str, Dates] = field(default_factory=dict)
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    worded: set[str] = field(default_factory=set)
    to_24: bool = False
    decimals: dict[str, str] = field(default_factory=dict)
    thousands: str | None = None
    detected: tuple[str, ...] = ()
    doubts: list[Doubt] = field(default_factory=list)

    @property
    def forms(self) -> list[str]:
        """The forms of all dates as strptime has them, without repeats."""
        forms = (form.format for found in self.dates.values() for form in found.forms)
        return list(dict.fromkeys(forms))


def look_at(
    connection: DuckDBPyConnection,
    texts: str,
    table: Subject,
    source: Source,
    separator: str,
    file: str,
) -> Written:
    """Look at a relation of canonical texts; say how they are written, and what is doubtful.

    Raises SourceError where a column of dates holds a word instead, again and again: cases without
    a date would be set aside because they are open.
    """
    written = Written(thousands=source.format.thousands)
    given = [column for column in table.columns if column.name in source.columns]
    dates = [column for column in given if column.type in DATES]
    for column in dates:
        words = _words_in(connection, texts, column.name)
        written.worded |= {column.name} if words else set()
        written.words[column.name] = {t: iso for t in words if (iso := in_iso_form(t))}
        _see_no_word_for_open(connection, texts, words, column, source, file)
    seen = {column.name: seen_in(connection, texts, column.name) for column in dates}
    _decide_dates(table, seen, source, written)
    numbers = [column.name for column in given if column.type in NUMBERS]
    shapes = {name: _number_shapes(connection, texts, name) for name in numbers}
    _decide_numbers(shapes, source, separator, written)
    return written


def _decide_dates(
    table: Subject, seen: Mapping[str, Sequence[Seen]], source: Source, written: Written
) -> None:
    """Decide how the dates of each column are written, and say what is doubtful."""
    everywhere: dict[str, Counter[str]] = {}
    for values in seen.values():
        for sign, counted in evidence(values).items():
            everywhere[sign] = everywhere.get(sign, Counter()) + counted
    missing = missing_days(source.format.missing)
    for name, values in seen.items():
        kept = table.by_name[name].no_date
        found = read_column(values, source.format.date, everywhere, missing, kept)
        written.dates[name] = found
        counts = {
            "doubtful_dates": found.ambiguous,
            "two_orders_of_days": found.turned,
            "dates_as_numbers": found.numbers * (not source.format.date),
            "words_for_nothing": found.missing.total() * (not missing),
        }
        if found.are_days and (source.timezone or found.instants):
            counts["days_as_moments"] = found.moments
        elif found.walls and not source.timezone and not found.are_days:
            counts["zone_assumed"] = found.walls
        called = (source.columns[name],)
        written.doubts += [Doubt(reading, rows, called) for reading, rows in counts.items() if rows]
    if not source.format.date and written.forms:
        written.detected += ("date",)


def seen_in(connection: DuckDBPyConnection, texts: str, name: str) -> list[Seen]:
    """Return the shapes of a column's values, with their first letters.

    Most moments are written in one way, to the second; these are counted apart, in less time.
    """
    query = f"""
        SELECT '{_USUAL_SHAPE}' AS shape, left({name}, 10) AS head,
            ends_with({name}, '00:00:00') AS is_midnight, count(*) AS n
        FROM {texts} WHERE regexp_full_match({name}, '{_USUAL}') GROUP BY ALL
        UNION ALL
        SELECT translate(text, '0123456789', '9999999999'), left(text, 10),
            length(text) > 10 AND regexp_matches(text, '{_IS_MIDNIGHT}'), sum(n)::BIGINT
        FROM (SELECT {name} AS text, count(*) AS n FROM {texts}
            WHERE NOT regexp_full_match({name}, '{_USUAL}') GROUP BY {name})
        WHERE regexp_full_match(text, '{_LOOKS_LIKE_A_DATE}') GROUP BY ALL
        ORDER BY ALL
    """  # noqa: S608 - declared names only
    return [Seen(*row) for row in connection.execute(query).fetchall()]


def _words_in(connection: DuckDBPyConnection, texts: str, name: str) -> dict[str, int]:
    """Count the texts of a column that do not look like a date, the most frequent first."""
    query = f"""
        SELECT {name}, count(*) FROM {texts}
        WHERE {name} IS NOT NULL AND (NOT regexp_full_match({name}, '{_LOOKS_LIKE_A_DATE}')
            OR regexp_matches({name}, '{HOUR_24}'))
        GROUP BY {name} ORDER BY 2 DESC, 1 LIMIT {_MOST_DIFFERENT}
    """  # noqa: S608 - declared names only
    return dict(connection.execute(query).fetchall())


def _see_no_word_for_open(
    connection: DuckDBPyConnection,
    texts: str,
    words: Mapping[str, int],
    column: Column,
    source: Source,
    file: str,
) -> None:
    """Raise SourceError where a word stands again and again in place of a date.

    A word in most places is another matter: the column is not one of dates.
    """
    called = source.columns[column.name]
    for text, rows in words.items():
        is_word = text != called and not any(letter.isdigit() for letter in text)
        if not column.nullable or not is_word or rows < _FEWEST:
            continue
        (values,) = connection.execute(f"SELECT count({column.name}) FROM {texts}").fetchall()[0]  # noqa: S608 - declared names only
        if rows <= values / 2:
            raise SourceError(
                f'The column "{called}" of {file} holds dates, or nothing.',
                f"{rows} values that are one and the same word of {len(text)} letters",
                "If it stands for a date that is missing, declare it in `format` of that source, "
                "as missing: [the word]; else ask what it means.",
            )


def missing_days(words: Iterable[str]) -> tuple[dt.date, ...]:
    """Return the days among the words that stand for nothing, written as in Denmark or in ISO."""
    found = []
    for word in words:
        for form in ("%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%Y"):
            try:
                found.append(dt.datetime.strptime(word, form).date())
            except ValueError:
                continue
    return tuple(found)


def _decide_numbers(
    shapes: Mapping[str, Mapping[str, int]], source: Source, separator: str, written: Written
) -> None:
    """Decide which decimal sign each column of numbers has, and say what is doubtful."""
    if source.format.decimal:
        written.decimals = dict.fromkeys(shapes, source.format.decimal)
        return
    together = sum(map(Counter, shapes.values()), Counter())
    usual, _ = detect_numbers(together, "," if separator == ";" else ".")
    for name, found in shapes.items():
        written.decimals[name], is_doubtful = detect_numbers(found, usual)
        if is_doubtful and _is_settled(together, found):
            written.decimals[name] = usual
        elif is_doubtful:
            called = (source.columns[name],)
            written.doubts.append(Doubt("doubtful_numbers", sum(found.values()), called))
    if together:
        written.detected += ("decimal",)


def _is_settled(together: Mapping[str, int], own: Mapping[str, int]) -> bool:
    """Tell whether a column that may be read in two ways is settled by the others."""
    others = Counter(together)
    others.subtract(own)
    rest = {shape: values for shape, values in others.items() if values > 0}
    return bool(rest) and not detect_numbers(rest | dict(own), "")[1]


def _number_shapes(connection: DuckDBPyConnection, texts: str, name: str) -> dict[str, int]:
    """Count the shapes of a column's texts that are numbers with a sign in them."""
    query = f"""
        SELECT CASE WHEN starts_with(text, '0') THEN '0' || translate(text[2:], '0123456789',
                '9999999999') ELSE translate(text, '0123456789', '9999999999') END AS shape,
            count(*)
        FROM (SELECT {name} AS text FROM {texts}
            WHERE contains({name}, ',') OR contains({name}, '.'))
        WHERE regexp_full_match(text, '[-+0-9., \u00a0\u2009\u202f]+')
        GROUP BY ALL
    """  # noqa: S608 - declared names only
    return dict(connection.execute(query).fetchall())


def shape_of(texts: Sequence[str]) -> str:
    """Return what most of the texts look like, with 9 for each digit and a for each letter.

    >>> shape_of(["31-12-19", "01-01-20", "?"])
    '99-99-99'
    """
    shapes = Counter(
        re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "9", text.strip()[:30])) for text in texts if text
    )
    return shapes.most_common(1)[0][0] if shapes else ""
