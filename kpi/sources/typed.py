"""A column that mostly is not what it should be is no matter of single rows, but declared wrong.

Text turned into typed columns, as SQL for DuckDB; what cannot be read is null and named.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from kpi.definitions.subject import PERSON_CHECK, ROW_NO, SOURCE_FILE, UNREADABLE, Column, Subject
from kpi.errors import SourceError
from kpi.params import Source
from kpi.params.quarter_file import EXCEL_DATES
from kpi.sources.detection import SPACES, shape_of

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend


FEWEST = 10  # values: below that it may be chance
_CONVERTED = ("date", "moment", "amount", "number", "yes_no")


def see_readable(
    backend: Backend, table: Subject, source: Source, file: str, sample: Mapping[str, Sequence[str]]
) -> None:
    """Raise SourceError for a column of which more than half of the values cannot be read."""
    read = backend.table(f"read_{table.name}")
    named = [one for one in table.columns if one.name in source.columns]
    judged = {one: bad for one in named if (bad := _is_bad(read, one)) is not None}
    if not judged:
        return
    counts = {f"{one.name}_good": read[one.name].count(where=~bad) for one, bad in judged.items()}
    counts |= {f"{one.name}_bad": read.count(where=bad) for one, bad in judged.items()}
    found = backend.execute(read.aggregate(**counts)).iloc[0].fillna(0)
    for column in judged:
        good, bad = int(found[f"{column.name}_good"]), int(found[f"{column.name}_bad"])
        if good + bad < FEWEST or bad <= good:
            continue
        if column.allowed:
            has = set(backend.execute(read.select(column.name).distinct())[column.name])
            raise _unknown_values(has, column, source, file, (bad, good + bad))
        raise _wrong_format(column, source, file, (bad, good + bad), sample)


def _is_bad(read: ir.Table, column: Column) -> ir.BooleanColumn | None:
    """Tell the values that are none of the column's kind; null where any value will do."""
    if column.type in _CONVERTED:
        listed = "," + read[UNREADABLE] + ","
        return listed.contains(f",{column.name},")
    if column.type == "person":
        return read[column.name + PERSON_CHECK] == "malformed"
    if column.allowed:
        value = read[column.name]
        return value.notnull() & ~value.isin(column.allowed)
    return None


def _unknown_values(
    has: Collection[str | None], column: Column, source: Source, file: str, counts: tuple[int, int]
) -> SourceError:
    """Name what the parameters translate and the extract does not have, not what it has."""
    gone = [old for old, new in source.values.get(column.name, {}).items() if new not in has]
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
    file: str,
    counts: tuple[int, int],
    sample: Mapping[str, Sequence[str]],
) -> SourceError:
    shape = shape_of(sample.get(column.name, ()))
    looks = f"; they look like {shape}" if shape else ""
    if column.type in ("date", "moment"):
        forms = ", ".join((*source.format.date, "%Y-%m-%d"))
        rule, remedy = f"dates written as {forms}", "Declare how in format.date of that source, or "
        remedy += "leave it out to have it detected; a year has four digits, or nobody can tell "
        remedy += "its century."
    elif column.type == "person":
        rule, remedy = "persons' numbers of ten digits", "Correct `columns` of that source; where "
        remedy += "numbers have another form, declare person_numbers: any of the organisation."
    elif column.type == "yes_no":
        rule, remedy = "yes or no (ja, nej, true, false, 1, 0)", "Ask what its values mean."
    else:
        sign = source.format.decimal
        rule = f"numbers with the decimal sign {sign!r} and no unit"
        remedy = "Declare decimal and thousands in `format` of that source, or leave them out to "
        remedy += "have them detected, and have the unit left out of the cells."
    return SourceError(
        f'The column "{source.columns[column.name]}" of {file} holds {rule}.',
        f"{counts[0]} of {counts[1]} values that cannot be read{looks}",
        remedy,
    )


_ISO = (
    "%Y-%m-%d",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y-%m-%dT%H:%M:%S.%f",
)
_BLANK = f"{SPACES}\t\r\n\ufeff"
_YES, _NO = "('ja','j','yes','y','true','1')", "('nej','n','no','false','0')"
_SQL_TYPE = {
    "text": "VARCHAR",
    "person": "VARCHAR",
    "staff": "VARCHAR",
    "date": "DATE",
    "moment": "TIMESTAMP",
    "amount": "DECIMAL(18,2)",
    "number": "DOUBLE",
    "yes_no": "BOOLEAN",
}


def typed_select(table: Subject, source: Source, relation: str, local_zone: str) -> str:
    """Return the SELECT that types a relation of texts.

    The relation has the canonical columns as text, the persons' checks, row_no and source_file.
    Moments are local civil time; `unreadable` names the columns whose text could not be read.
    """
    typed = [f"{_typed(column, source, local_zone)} AS {column.name}" for column in table.columns]
    checks = [
        f"coalesce({column.name}{PERSON_CHECK}, '') AS {column.name}{PERSON_CHECK}"
        for column in table.columns
        if column.type == "person"
    ]
    converted = [
        column
        for column in table.columns
        if column.type in ("date", "moment", "amount", "number", "yes_no")
        and _is_given(column, source)
    ]
    failed = [_name_if_unreadable(column, source, local_zone) for column in converted]
    unreadable = f"concat_ws(',', {', '.join(failed)})" if failed else "''"
    columns = [*typed, *checks, f"{unreadable} AS {UNREADABLE}", ROW_NO, SOURCE_FILE]
    return f"SELECT {', '.join(columns)} FROM {relation}"  # noqa: S608 - declared names only


def _name_if_unreadable(column: Column, source: Source, local_zone: str) -> str:
    text, typed = _text(column.name), _typed(column, source, local_zone)
    return f"CASE WHEN {text} IS NOT NULL AND {typed} IS NULL THEN '{column.name}' END"


def _is_given(column: Column, source: Source) -> bool:
    return column.name in source.columns or column.name in source.constants


def _typed(column: Column, source: Source, local_zone: str) -> str:
    if not _is_given(column, source):
        return f"CAST(NULL AS {_SQL_TYPE[column.type]})"
    text = _text(column.name)
    if column.type in ("date", "moment"):
        return _moment(text, column, source, local_zone)
    if column.type in ("amount", "number"):
        return _number(text, source, _SQL_TYPE[column.type])
    if column.type == "yes_no":
        lower = f"lower({text})"
        return f"CASE WHEN {lower} IN {_YES} THEN true WHEN {lower} IN {_NO} THEN false END"
    return _mapped(text, source.values.get(column.name, {}))


def _text(name: str) -> str:
    return f"nullif(trim({name}, '{_BLANK}'), '')"


def _mapped(text: str, values: dict[str, str]) -> str:
    if not values:
        return text
    cases = " ".join(f"WHEN {_quote(old)} THEN {_quote(new)}" for old, new in values.items())
    return f"CASE {text} {cases} ELSE {text} END"


def _moment(text: str, column: Column, source: Source, local_zone: str) -> str:
    declared = [form for form in source.format.date if form != EXCEL_DATES]
    formats = list(dict.fromkeys([*declared, *_ISO]))
    listed = ", ".join(_quote(form) for form in formats)
    if any("%z" in form for form in formats):
        zoned = f"CAST(try_strptime({text}, [{listed}]) AS TIMESTAMPTZ)"
        parsed = f"({zoned} AT TIME ZONE {_quote(local_zone)})"
    elif source.timezone:
        stamped = f"(try_strptime({text}, [{listed}]) AT TIME ZONE {_quote(source.timezone)})"
        parsed = f"({stamped} AT TIME ZONE {_quote(local_zone)})"
    else:
        parsed = f"try_strptime({text}, [{listed}])"
    if EXCEL_DATES in source.format.date:
        parsed = f"coalesce({parsed}, {_of_day_number(text)})"
    four_digit_year = f"CASE WHEN year({parsed}) >= 1900 THEN {parsed} END"
    return f"CAST({four_digit_year} AS {_SQL_TYPE[column.type]})"


def _of_day_number(text: str) -> str:
    """Read a spreadsheet's number of a day, to the second."""
    number = f"TRY_CAST(replace({text}, ',', '.') AS DOUBLE)"
    seconds = f"CAST(round({number} * 86400) AS BIGINT)"
    is_number = f"regexp_full_match({text}, '[2-7][0-9]{{4}}([.,][0-9]+)?')"
    return f"CASE WHEN {is_number} THEN TIMESTAMP '1899-12-30' + to_seconds({seconds}) END"


def _number(text: str, source: Source, sql_type: str) -> str:
    """Read a number in which thousands are grouped by three or not at all.

    Whatever else stands in it (another decimal sign, a unit) makes it unreadable: removing signs
    wherever they stand would read "12.50" as 1250 where a point groups thousands.
    """
    decimal, thousands = source.format.decimal or ".", source.format.thousands or ""
    group = f"[{re.escape(thousands)}{SPACES}]"
    whole = f"([0-9]{{1,3}}({group}[0-9]{{3}})+|[0-9]+)"
    part = f"({re.escape(decimal)}[0-9]+)?"
    pattern = f"[+\u2212-]?{whole}{part}|{whole}{part}[\u2212-]"
    unsigned = f"regexp_replace({text}, {_quote(f'[^0-9{re.escape(decimal)}]')}, '', 'g')"
    plain = unsigned if decimal == "." else f"replace({unsigned}, {_quote(decimal)}, '.')"
    sign = f"CASE WHEN regexp_matches({text}, '[\u2212-]') THEN '-' ELSE '' END"
    is_number = f"regexp_full_match({text}, {_quote(pattern)})"
    return f"CASE WHEN {is_number} THEN TRY_CAST({sign} || {plain} AS {sql_type}) END"


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
