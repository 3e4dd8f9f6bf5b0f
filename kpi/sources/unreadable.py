"""A column that mostly is not what it should be is no matter of single rows, but declared wrong."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from kpi.errors import SourceError
from kpi.params import Source
from kpi.sources.dialect import shape_of
from kpi.tables import Table
from kpi.tables.contract import PERSON_CHECK, UNREADABLE, Column

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

FEWEST = 10  # values: below that it may be chance
_CONVERTED = ("date", "moment", "amount", "number", "yes_no")


def see_readable(
    backend: Backend, table: Table, source: Source, file: str, sample: Mapping[str, Sequence[str]]
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
