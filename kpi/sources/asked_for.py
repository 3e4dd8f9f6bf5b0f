"""The rows of an extract that are asked for, and the columns that are made of others.

An extract may hold more than its subject is about: rows of another kind, or a row for each event
where one for each case is wanted. These are no rows with a fault: they are left out before any rule
is asked, and counted beside the rows that are read. Only what was known at the end of `as_of`
decides, so that an extract of a later day gives the same rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from kpi.definitions.columns import IBIS_TYPES, Column
from kpi.definitions.expressions import columns_of, compiled, holds, unbound
from kpi.definitions.known import is_later, known_values
from kpi.definitions.subject import ROW_NO, SOURCE_FILE, Subject
from kpi.engine import rename
from kpi.errors import DefinitionError, ParameterError, SourceError, did_you_mean
from kpi.params.source import Source
from kpi.sources.extract import Doubt, Extract
from kpi.sources.typed import IGNORED

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

_OF_PERSONS = ("person", "staff")
_ORDERED = ("date", "moment", "number", "amount")
_ALIKE = {"amount": "number", "moment": "date", "person": "text", "staff": "text"}


def made_of_others(subject: Subject, source: Source) -> dict[str, Column]:
    """Return the columns that a source derives, with their expressions, each after those it reads.

    Raises ParameterError for columns that are made of each other.
    """
    own = {one.name: one for one in subject.columns if one.expr and not source.gives(one.name)}
    columns = own | {
        name: replace(subject.by_name[name], expr=text) for name, text in source.derive.items()
    }
    reads = {
        name: set(columns_of(one.expr, subject.by_name, _where(subject, name))) & columns.keys()
        for name, one in columns.items()
    }
    try:
        order = tuple(TopologicalSorter(reads).static_order())
    except CycleError as error:
        circle = " \u2192 ".join(error.args[1])
        raise ParameterError(
            f"sources.{subject.name}.derive makes columns of columns that are there.",
            f"some that are made of each other: {circle}",
            "Make one of them of columns of the extract alone.",
        ) from None
    return {name: columns[name] for name in order}


def see_asked_for(subject: Subject, source: Source) -> None:
    """See, before anything is read, that what a source derives and asks for can be told.

    Raises ParameterError and DefinitionError for names that nobody declared, and for expressions
    that do not fit.
    """
    _see_known(f"sources.{subject.name}.derive", source.derive, subject.by_name)
    rows = _with_made(unbound(subject.columns), subject, source)
    if source.filter:
        holds(source.filter, rows, subject.by_name, f"sources.{subject.name}.filter")
    if source.one_row:
        where = f"sources.{subject.name}.one_row"
        _see_known(where, (*source.one_row.of, source.one_row.by), subject.by_name)
        if not (source.one_row.of or subject.key):
            raise ParameterError(
                f"{where} says which rows are of one case.",
                f"neither `of`, nor a key of {subject.name}",
                "Name the columns that are alike in all rows of a case: of: [number].",
            )
        if subject.by_name[source.one_row.by].type not in _ORDERED:
            raise ParameterError(
                f"{where} orders the rows of a case by a date, a moment or a number.",
                f"{source.one_row.by}, a {subject.by_name[source.one_row.by].type}",
                "Name another column as `by`.",
            )


def asks(subject: Subject, source: Source) -> bool:
    """Tell whether a source derives columns, or leaves rows out."""
    ignores = any(map(source.is_ignored, source.values))
    made = source.derive or any(one.expr for one in subject.columns)
    return bool(made or source.filter or source.one_row or ignores)


@dataclass(frozen=True)
class LeftOut:
    """How many rows of a file were left out: not asked for, or other rows of a case.

    `tied` counts the cases of which several rows come first.
    """

    not_asked_for: int = 0
    other_rows: int = 0
    tied: int = 0


def keep_asked_for(
    backend: Backend, subject: Subject, source: Source, as_of: dt.date
) -> dict[str, LeftOut]:
    """Leave in `read_<name>` the rows that are asked for, with the columns made of others.

    Returns what was left out, by the name of the file. Raises SourceError where nothing is left.
    """
    name = f"read_{subject.name}"
    rows = backend.table(name)
    backend.create_table("asked_for", _marked(rows, subject, source, as_of), overwrite=True)
    marked = backend.table("asked_for")
    found = backend.execute(
        marked.group_by(SOURCE_FILE).agg(
            rows=marked.count(),
            asked=marked.count(where=marked.is_asked_for),
            other=marked.count(where=marked.is_other),
            tied=marked.count(where=marked.is_tied),
        )
    )
    if not (found["asked"] - found["other"]).sum():
        raise SourceError(
            f"An extract of {subject.name} has rows that are asked for.",
            f"none of {int(found['rows'].sum())}",
            f"Correct `filter` or `values` of sources.{subject.name}, or draw another extract.",
        )
    kept = marked.filter(marked.is_asked_for & ~marked.is_other)
    backend.create_table(
        "kept_rows", kept.drop("is_asked_for", "is_other", "is_tied", "place"), overwrite=True
    )
    rename(backend, "kept_rows", name)
    backend.drop_table("asked_for")
    return {
        str(row.source_file): LeftOut(int(row.rows) - int(row.asked), int(row.other), int(row.tied))
        for row in found.itertuples()
    }


def told(extract: Extract, left_out: dict[str, LeftOut], by: str) -> Extract:
    """Return an extract with what was left out of its file; `by` orders the rows of a case."""
    one = left_out.get(extract.file.rsplit("/", 1)[-1], LeftOut())
    tied = [Doubt("one_row_tied", one.tied, (by,))] if one.tied else []
    return replace(
        extract,
        not_asked_for=one.not_asked_for,
        other_rows=one.other_rows,
        doubts=(*extract.doubts, *tied),
    )


def _marked(rows: ir.Table, subject: Subject, source: Source, as_of: dt.date) -> ir.Table:
    """Add the columns made of others, and is_asked_for, is_other, is_tied and place to rows."""
    import ibis

    ignored = rows[IGNORED] if IGNORED in rows.columns else ibis.literal(False)
    later = is_later(rows, subject, as_of)
    known = rows.mutate(is_ignored=ignored, is_later=later, **known_values(rows, subject, as_of))
    known = _with_made(known, subject, source)
    asked = ~known.is_ignored
    if source.filter:
        where = f"sources.{subject.name}.filter"
        asked &= holds(source.filter, known, subject.by_name, where)
    known = known.mutate(is_asked_for=asked)
    made = list(made_of_others(subject, source))
    about = known.select(ROW_NO, "is_asked_for", *made, **_of_the_case(known, subject, source))
    kept = [name for name in rows.columns if name not in made and name != IGNORED]
    return rows.select(*kept).inner_join(about, ROW_NO)


def _of_the_case(known: ir.Table, subject: Subject, source: Source) -> dict[str, ir.Value]:
    """Tell the rows beside the one that is taken of a case, and ties for its place."""
    import ibis

    none = {name: ibis.literal(False) for name in ("is_other", "is_tied")}
    if not source.one_row:
        return none | {"place": ibis.literal(0)}
    of = [known[name] for name in source.one_row.of or subject.key]
    by = known[source.one_row.by]
    order = [known.is_later, by.isnull(), by if source.one_row.take == "first" else by.desc()]
    alike = {"group_by": [*of, known.is_asked_for]}
    place = ibis.row_number().over(ibis.window(**alike, order_by=[*order, known[ROW_NO]]))
    rank = ibis.rank().over(ibis.window(**alike, order_by=order))
    is_of_case = ibis.and_(known.is_asked_for, *(one.notnull() for one in of))
    return {
        "is_other": is_of_case & (place > 0),
        "is_tied": is_of_case & (place == 1) & (rank == 0),
        "place": place,
    }


def _with_made(rows: ir.Table, subject: Subject, source: Source) -> ir.Table:
    for name, column in made_of_others(subject, source).items():
        where = _where(subject, name)
        _see_no_person(subject, column, where)
        value = compiled(column.expr, rows, subject.by_name, where)
        _see_type(column, value, where)
        rows = rows.mutate(**{name: value.cast(IBIS_TYPES[column.type])})
    return rows


def _where(subject: Subject, column: str) -> str:
    return f"sources.{subject.name}.derive.{column}"


def _see_type(column: Column, value: ir.Value, where: str) -> None:
    """See that a column is made of values of its own kind; else raise DefinitionError."""
    kind = value.type()
    found = (
        "yes_no" if kind.is_boolean()
        else "number" if kind.is_numeric()
        else "date" if kind.is_date() or kind.is_timestamp()
        else "text" if kind.is_string()
        else "nothing"
    )  # fmt: skip
    wanted = _ALIKE.get(column.type, column.type)
    if found not in (wanted, "nothing"):
        raise DefinitionError(
            f"{where} gives what the column holds: {wanted}.",
            f"{found}: {column.expr[:80]}",
            "Correct the expression, or the column's type in definitions.yaml.",
        )


def _see_no_person(subject: Subject, column: Column, where: str) -> None:
    """See that no person's pseudonym becomes a text that may be shown."""
    read = columns_of(column.expr, subject.by_name, where)
    persons = [name for name in read if subject.by_name[name].type in _OF_PERSONS]
    if column.type in _OF_PERSONS or (persons and column.type != "yes_no"):
        raise DefinitionError(
            f"{where} is made of no person: a pseudonym stays in its own column.",
            f'"{(persons or [column.name])[0]}"',
            "Name several columns as the key, or make a column of the type yes_no.",
        )


def _see_known(where: str, names: Iterable[str], known: Iterable[str]) -> None:
    known = list(known)
    for name in names:
        if name not in known:
            raise ParameterError(
                f"{where} names columns that definitions.yaml or the program declares.",
                f'"{name}"',
                did_you_mean(name, known),
            )
