"""Text turned into typed columns, as SQL for DuckDB; what cannot be read is null and named.

A column that mostly is not what it should be is no matter of single rows, but declared wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from kpi.definitions.subject import (
    CONTENT,
    PERSON_CHECK,
    ROW_NO,
    SOURCE_FILE,
    STATE,
    UNREADABLE,
    Column,
    Subject,
)
from kpi.errors import SourceError
from kpi.params import Source
from kpi.params.source import (
    AS_PRINTED,
    DEFAULT,
    EXCEL_1904_DATES,
    EXCEL_DATES,
    IGNORE,
    UNIX_TIMES,
)
from kpi.sources.dates import Dates, Form
from kpi.sources.detection import DATES, HOUR_24, NUMBERS, SPACES, Written, shape_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LATEST = "latest_state"
IGNORED = "ignored_by_its_words"
"""The column of rows that are left out because of what they say."""
FEWEST = 10  # values: below that it may be chance
_CONVERTED = (*DATES, *NUMBERS, "yes_no")


def see_readable(
    connection: DuckDBPyConnection,
    texts: str,
    table: Subject,
    source: Source,
    written: Written,
    file: str,
) -> None:
    """Raise SourceError for a column of which more than half of the values cannot be read.

    `texts` is the relation of texts, of which the table `read_<name>` was made.
    """
    named = [one for one in table.columns if one.name in source.columns]
    judged = {one: bad for one in named if (bad := _is_bad(one))}
    if not judged:
        return
    counts = ", ".join(
        f"count({one.name}) FILTER (NOT {bad}), count(*) FILTER ({bad})"
        for one, bad in judged.items()
    )
    query = f"SELECT {counts} FROM read_{table.name}"  # noqa: S608 - declared names only
    found = connection.execute(query).fetchall()[0]
    for place, column in enumerate(judged):
        good, bad = found[2 * place : 2 * place + 2]
        if good + bad < FEWEST or bad <= good:
            continue
        if column.allowed:
            query = f"SELECT DISTINCT {column.name} FROM read_{table.name}"  # noqa: S608 - same
            has = {value for (value,) in connection.execute(query).fetchall()}
            raise _unknown_values(has, column, source, file, (bad, good + bad))
        query = f"SELECT {column.name} FROM {texts} ORDER BY {ROW_NO} LIMIT 5000"  # noqa: S608 - same
        sample = [] if column.type == "person" else connection.execute(query).fetchall()
        shape = shape_of([text for (text,) in sample])
        raise _wrong_format(column, source, written, file, (bad, good + bad), shape)


def _is_bad(column: Column) -> str:
    """Tell the values that are none of the column's kind; empty where any value will do."""
    if column.type in _CONVERTED:
        return f"contains(',' || {UNREADABLE} || ',', ',{column.name},')"
    if column.type == "person":
        return f"({column.name}{PERSON_CHECK} = 'malformed')"
    if column.allowed:
        listed = ", ".join(map(_quote, column.allowed))
        return f"({column.name} IS NOT NULL AND {column.name} NOT IN ({listed}))"
    return ""


def _unknown_values(
    has: Collection[str | None], column: Column, source: Source, file: str, counts: tuple[int, int]
) -> SourceError:
    """Name what the parameters translate and the extract does not have, not what it has."""
    words = source.values.get(column.name, {})
    gone = [old for old, new in words.items() if new not in (*has, IGNORE) and old != DEFAULT]
    listed = ", ".join(f'"{name}"' for name in gone)
    absent = f"; of those that are translated, it has no {listed}" if gone else ""
    return SourceError(
        f'The column "{source.columns[column.name]}" of {file} holds values that are known, or '
        "that the parameters translate.",
        f"{counts[0]} of {counts[1]} values that are neither{absent}",
        f"Translate each of them in `values: {{{column.name}: ...}}` of that source into one of "
        f"{', '.join(column.allowed)}.",
    )


def _wrong_format(
    column: Column,
    source: Source,
    written: Written,
    file: str,
    counts: tuple[int, int],
    shape: str,
) -> SourceError:
    looks = f"; they look like {shape}" if shape else ""
    if column.type in ("date", "moment"):
        forms = ", ".join(dict.fromkeys((*source.format.date, "%Y-%m-%d")))
        rule, remedy = f"dates written as {forms}", "Declare how in format.date of that source, or "
        remedy += "leave it out to have it detected; a year has four digits, or nobody can tell "
        remedy += "its century."
        unix = next((kind for kind, most in UNIX_TIMES.items() if len(shape) <= most), "")
        if unix and re.fullmatch("9{9,}", shape):
            of = "seconds" if unix == "unix_seconds" else "milliseconds"
            remedy = f"Where they count {of} since 1970, declare format: {{date: {unix}}} of that "
            remedy += "source."
    elif column.type == "person":
        rule, remedy = "persons' numbers of ten digits", "Correct `columns` of that source; where "
        remedy += "numbers have another form, declare person_numbers: any of the organisation."
    elif column.type == "yes_no":
        rule, remedy = "yes or no (ja, nej, true, false, 1, 0)", "Say what its "
        remedy += f"values mean in `values` of that source: {{{column.name}: {{x: yes, '': no}}}}."
    else:
        sign = written.decimals.get(column.name, ".")
        rule = f"numbers with the decimal sign {sign!r} and no unit"
        remedy = "Declare decimal and thousands in `format` of that source, or leave them out to "
        remedy += "have them detected, and have the unit left out of the cells."
    return SourceError(
        f'The column "{source.columns[column.name]}" of {file} holds {rule}.',
        f"{counts[0]} of {counts[1]} values that cannot be read{looks}",
        remedy,
    )


_YES = ("ja", "j", "yes", "y", "true", "t", "1", "1.0", "sand", "sandt", "aap")
_NO = ("nej", "n", "no", "false", "f", "0", "0.0", "falsk", "falskt", "naamik")
SQL_TYPE = {
    "text": "VARCHAR",
    "person": "VARCHAR",
    "staff": "VARCHAR",
    "date": "DATE",
    "moment": "TIMESTAMP",
    "amount": "DECIMAL(18,2)",
    "number": "DOUBLE",
    "yes_no": "BOOLEAN",
}
_FIRST_YEAR = 1900


def typed_select(
    table: Subject, source: Source, relation: str, local_zone: str, written: Written
) -> str:
    """Return the SELECT that types a relation of texts.

    The relation has the canonical columns as text, the persons' checks, row_no, source_file and
    state. Moments are local civil time; `unreadable` names the columns whose text could not be
    read. With a key, `content` is a number that differs where rows differ; where words are to be
    ignored, `ignored_by_its_words` tells the rows that have one.
    """
    select = _Select(source, local_zone, written)
    converted = [
        column for column in table.columns if column.type in _CONVERTED and select.is_given(column)
    ]
    raw = "".join(f", {select.readable(one)} AS {one.name}_raw" for one in converted)
    typed = [f"{select.typed(column)} AS {column.name}" for column in table.columns]
    checks = [
        f"coalesce({column.name}{PERSON_CHECK}, '') AS {column.name}{PERSON_CHECK}"
        for column in table.columns
        if column.type == "person"
    ]
    ignored = " OR ".join(filter(None, map(select.ignored, table.columns)))
    failed = [
        f"CASE WHEN {one.name} IS NOT NULL AND NOT coalesce({select.is_sound(one)}, false) "
        f"{'AND NOT (' + out + ') ' if (out := select.ignored(one)) else ''}"
        f"THEN '{one.name}' END"
        for one in converted
    ]
    unreadable = f"concat_ws(',', {', '.join(failed)})" if failed else "''"
    columns = [*typed, *checks, f"{unreadable} AS {UNREADABLE}", ROW_NO, SOURCE_FILE]
    if ignored:
        columns += [f"({ignored}) AS {IGNORED}"]
    if table.key:
        values = ", ".join(select.typed(column) for column in table.columns)
        columns += [f"(hash({values}) >> 1)::BIGINT AS {CONTENT}"]
        dated = table.by_name.get(LATEST)
        state = f"epoch_us({select.typed(dated)})" if dated else "texts.state"
        columns += [f"coalesce({state}, 0) AS {STATE}"]
    return f"SELECT {', '.join(columns)} FROM (SELECT *{raw} FROM {relation}) texts"  # noqa: S608 - declared names only


class _Select:
    """The expressions that read texts as a source's are written."""

    def __init__(self, source: Source, local_zone: str, written: Written) -> None:
        self.source, self.zone, self.written = source, local_zone, written

    def is_given(self, column: Column) -> bool:
        """Tell whether a column comes from the extract or the parameters."""
        return column.name in self.source.columns or column.name in self.source.constants

    def typed(self, column: Column) -> str:
        """Give a column; null where there is nothing, or nothing that can be read."""
        kind = SQL_TYPE[column.type]
        if not self.is_given(column):
            return f"CAST(NULL AS {kind})"
        if column.type not in _CONVERTED:
            return self._mapped(column)
        raw = f"{column.name}_raw"
        if column.type not in DATES:
            return raw
        missing = self._missing(column)
        is_day = f"NOT {missing} AND {self.is_sound(column)}" if missing else self.is_sound(column)
        return f"CAST(CASE WHEN {is_day} THEN {raw} END AS {kind})"

    def is_sound(self, column: Column) -> str:
        """Tell the values that can be read: dates of a year that may be meant."""
        raw = f"{column.name}_raw"
        if column.type not in DATES:
            return f"({raw} IS NOT NULL)"
        sound = f"({raw} >= TIMESTAMP '{_FIRST_YEAR}-01-01')"
        missing = self._missing(column)
        return f"({missing} OR {sound})" if missing else sound

    def readable(self, column: Column) -> str:
        """Read the text of a column."""
        if column.type in DATES:
            return self._moment(column)
        if column.type in NUMBERS:
            return self._number(column)
        lower = f"lower({self._mapped(column)})"
        yes, no = (f"({', '.join(map(_quote, words))})" for words in (_YES, _NO))
        return f"CASE WHEN {lower} IN {yes} THEN true WHEN {lower} IN {no} THEN false END"

    def _mapped(self, column: Column) -> str:
        return self._by_word(
            column,
            lambda meant: "CAST(NULL AS VARCHAR)" if meant == IGNORE else _quote(meant),
            column.name,
        )

    def ignored(self, column: Column) -> str:
        """Tell the rows that are left out because of what a column says; empty where none are."""
        if not self.is_given(column) or not self.source.is_ignored(column.name):
            return ""
        return self._by_word(column, lambda meant: str(meant == IGNORE).lower(), "false")

    def _by_word(self, column: Column, told: Callable[[str], str], same: str) -> str:
        """Give what is told of the meaning of each word that is translated, else `same`."""
        values = dict(self.source.values.get(column.name, {}))
        others = values.pop(DEFAULT, "")
        cases = [f"WHEN {_quote(old)} THEN {told(new)}" for old, new in values.items()]
        if others:
            cases += [f"WHEN {_quote(one)} THEN {same}" for one in column.allowed]
            cases += [f"WHEN {column.name} THEN {told(others)}"]
        text = f"coalesce({column.name}, '')" if "" in values else column.name
        return f"CASE {text} {' '.join(cases)} ELSE {same} END" if cases else same

    def _missing(self, column: Column) -> str:
        """Tell the values that stand for no day; null and empty where none do."""
        found = self.written.dates.get(column.name)
        if not found or not found.missing:
            return ""
        return (
            f"coalesce(left({column.name}, 10) IN ({', '.join(map(_quote, found.missing))}), false)"
        )

    def _moment(self, column: Column) -> str:
        found = self.written.dates.get(column.name, _CONSTANT)
        text = column.name
        words = self.written.words.get(column.name, {})
        if words:
            listed = ", ".join(f"{_quote(old)}: {_quote(new)}" for old, new in words.items())
            text = f"coalesce(MAP {{{listed}}}[{text}], {text})"
        forms = [*found.forms, *(_WITH_NAMES if words else ())]
        if self.source.timezone == AS_PRINTED:
            text = f"regexp_replace({text}, '{_ZONE_BEHIND_TIME}', '\\1')"
            forms = [form.without_zone for form in forms]
        if found.are_days:
            text = f"regexp_extract({text}, '{_DAY_ALONE}')"
            forms = [form.of_the_day for form in forms]
        groups: dict[str, list[Form]] = {}
        for form in dict.fromkeys(forms):
            groups.setdefault(self._zone_of(form), []).append(form)
        if self.written.to_24:
            ends_a_day = f"regexp_matches({text}, '{HOUR_24}')"
            text = f"regexp_replace({text}, '([ T])24([:.]00)', '\\1' || '00' || '\\2')"
        is_cast = column.name not in self.written.worded
        parsed = [self._in_zone(text, zone, alike, is_cast) for zone, alike in groups.items()]
        if not parsed:
            return "CAST(NULL AS TIMESTAMP)"
        read = parsed[0] if len(parsed) == 1 else f"coalesce({', '.join(parsed)})"
        return f"({read} + to_days({ends_a_day}::INTEGER))" if self.written.to_24 else read

    def _zone_of(self, form: Form) -> str:
        """Return the zone that a form's times are turned from; empty for none, or how it counts."""
        if form.format in {EXCEL_DATES, EXCEL_1904_DATES, *UNIX_TIMES}:
            return form.format
        if self.source.timezone == AS_PRINTED:
            return ""
        zone = form.zone or (self.source.timezone if form.has_time else "")
        return "" if zone == self.zone else zone

    def _in_zone(self, text: str, zone: str, forms: Sequence[Form], is_cast: bool) -> str:  # noqa: FBT001 - one of two ways
        """Read texts in forms that are in the same zone, as local civil time."""
        if zone in (EXCEL_DATES, EXCEL_1904_DATES):
            return _of_day_number(text, zone)
        if zone in UNIX_TIMES:
            wall = self.source.timezone == AS_PRINTED or self.zone == "UTC"
            return _of_unix_time(text, zone, "" if wall else self.zone)
        listed = ", ".join(_quote(form.format) for form in forms)
        if is_cast and all(form.format in _CAST for form in forms):
            stamp = f"TRY_CAST({text} AS TIMESTAMP)"  # several times as fast
        else:
            stamp = f"try_strptime({text}, [{listed}])"
        local = _quote(self.zone)
        if zone == "%z":
            return f"(CAST({stamp} AS TIMESTAMPTZ) AT TIME ZONE {local})"
        if zone:
            return f"(CAST({stamp} AS TIMESTAMP) AT TIME ZONE {_quote(zone)} AT TIME ZONE {local})"
        return f"CAST({stamp} AS TIMESTAMP)"

    def _number(self, column: Column) -> str:
        """Read a number in which thousands are grouped by three or not at all.

        Whatever else stands in it (another decimal sign, a unit) makes it unreadable: removing
        signs wherever they stand would read "12.50" as 1250 where a point groups thousands.
        """
        text, sql_type = column.name, SQL_TYPE[column.type]
        decimal = self.written.decimals.get(column.name, ".")
        thousands = self.written.thousands
        if thousands is None:
            thousands = "," if decimal == "." else "."
        group = f"[{re.escape(thousands)}{SPACES}]"
        whole = f"([0-9]{{1,3}}({group}[0-9]{{3}})+|[0-9]+)"
        part = f"({re.escape(decimal)}[0-9]+)?"
        pattern = f"[+\u2212-]?{whole}{part}|{whole}{part}[\u2212-]"
        unsigned = f"regexp_replace({text}, {_quote(f'[^0-9{re.escape(decimal)}]')}, '', 'g')"
        plain = unsigned if decimal == "." else f"replace({unsigned}, {_quote(decimal)}, '.')"
        sign = f"CASE WHEN regexp_matches({text}, '[\u2212-]') THEN '-' ELSE '' END"
        is_plain = f"regexp_full_match({text}, '[0-9]+([.][0-9]+)?')" if decimal == "." else "false"
        is_exact = f"regexp_full_match({text}, '-?[0-9]+([.][0-9]+)?e0')"
        is_number = f"regexp_full_match({text}, {_quote(pattern)})"
        return (
            f"CASE WHEN {is_plain} THEN TRY_CAST({text} AS {sql_type}) "
            f"WHEN {is_number} THEN TRY_CAST({sign} || {plain} AS {sql_type}) "
            f"WHEN {is_exact} THEN TRY_CAST(replace({text}, 'e0', '') AS {sql_type}) END"
        )


_CAST = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")
_WITH_NAMES = (
    Form("%Y-%m-%d"),
    Form("%Y-%m-%d %H:%M", has_time=True),
    Form("%Y-%m-%d %H:%M:%S", has_time=True),
)
_CONSTANT = Dates(forms=_WITH_NAMES)
_ZONE_BEHIND_TIME = (
    "([:.][0-9]{2}([.,][0-9]+)?( ?[AaPp][Mm])?) ?([Zz]|UTC|GMT|CET|CEST|[+-][0-9]{2}(:?[0-9]{2})?)$"
)
_DAY_ALONE = "^[0-9]{1,4}[-./]?[0-9]{1,2}[-./]?[0-9]{1,4}"


def _of_day_number(text: str, kind: str) -> str:
    """Read a spreadsheet's number of a day, to the second."""
    zero = "1899-12-30" if kind == EXCEL_DATES else "1904-01-01"
    number = f"TRY_CAST(replace({text}, ',', '.') AS DOUBLE)"
    seconds = f"CAST(round({number} * 86400) AS BIGINT)"
    is_number = f"regexp_full_match({text}, '[2-7][0-9]{{4}}([.,][0-9]+)?')"
    return f"CASE WHEN {is_number} THEN TIMESTAMP '{zero}' + to_seconds({seconds}) END"


def _of_unix_time(text: str, kind: str, zone: str) -> str:
    """Read a moment counted from 1970 in UTC as the clock of a zone shows it; UTC's without one."""
    number, digits = f"TRY_CAST({text} AS DOUBLE)", UNIX_TIMES[kind]
    many = 1_000_000 if kind == "unix_seconds" else 1_000
    counted = f"to_microseconds(CAST(round({number} * {many}) AS BIGINT))"
    local = f" AT TIME ZONE 'UTC' AT TIME ZONE {_quote(zone)}" if zone else ""
    is_number = f"regexp_full_match({text}, '-?[0-9]{{1,{digits}}}([.][0-9]+)?')"
    return f"CASE WHEN {is_number} THEN (TIMESTAMP '1970-01-01' + {counted}){local} END"


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
