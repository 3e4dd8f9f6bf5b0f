"""A column that mostly cannot be read is no matter of single rows: its declaration is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from kpi.errors import SourceError
from kpi.params import Source
from kpi.sources.dialect import shape_of
from kpi.tables import Table
from kpi.tables.contract import UNREADABLE, Column

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
    columns = [
        one for one in table.columns if one.type in _CONVERTED and one.name in source.columns
    ]
    if not columns:
        return
    counts = {f"{one.name}_read": read[one.name].count() for one in columns}
    counts |= {f"{one.name}_not": read.count(where=_failed(read, one)) for one in columns}
    found = backend.execute(read.aggregate(**counts)).iloc[0].fillna(0)
    for column in columns:
        good, bad = int(found[f"{column.name}_read"]), int(found[f"{column.name}_not"])
        if good + bad >= FEWEST and bad > good:
            raise _wrong_format(column, source, file, (bad, good + bad), sample)


def _failed(read: ir.Table, column: Column) -> ir.BooleanColumn:
    listed = "," + read[UNREADABLE] + ","
    return listed.contains(f",{column.name},")


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
        rule, remedy = f"dates written as {forms}", "Declare how in format.date of that source; a "
        remedy += "year has four digits, or nobody can tell its century."
    elif column.type == "yes_no":
        rule, remedy = "yes or no (ja, nej, true, false, 1, 0)", "Ask what its values mean."
    else:
        sign = source.format.decimal
        rule = f"numbers with the decimal sign {sign!r} and no unit"
        remedy = "Declare decimal and thousands in `format` of that source, and have the unit left "
        remedy += "out of the cells."
    return SourceError(
        f'The column "{source.columns[column.name]}" of {file} holds {rule}.',
        f"{counts[0]} of {counts[1]} values that cannot be read{looks}",
        remedy,
    )
