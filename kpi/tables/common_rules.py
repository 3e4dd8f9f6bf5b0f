"""The rules that follow from a table's columns and key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kpi.tables.column import Column
from kpi.tables.rule import PERSON_CHECK, UNREADABLE, Context, Rule, Severity, repeated

if TYPE_CHECKING:
    import ibis.expr.types as ir


def unreadable() -> Rule:
    """Every value can be read as its column declares."""
    return Rule(
        "unreadable_value",
        "set_aside",
        "A date or number can be read as declared",
        lambda rows, _: rows[UNREADABLE] != "",
    )


def column_rules(column: Column) -> Iterator[Rule]:
    """Yield what a column promises: a value, one of those allowed, a sound number of a person."""
    name = column.name
    if column.type == "person":
        yield from _person_rules(name)
    if not column.nullable:
        yield Rule(
            f"{name}_missing",
            "set_aside",
            f"The {column.label} is filled in",
            lambda rows, _: rows[name].isnull(),
        )
    if column.allowed:
        yield Rule(
            f"{name}_unknown",
            "set_aside",
            f"The {column.label} is one that is known",
            lambda rows, _: rows[name].notnull() & ~rows[name].isin(column.allowed),
        )


def _person_rules(name: str) -> Iterator[Rule]:
    findings: tuple[tuple[str, Severity, str], ...] = (
        ("malformed", "set_aside", "A person's number has ten digits"),
        ("impossible_date", "set_aside", "A person's number begins with a date that exists"),
        ("nine_digits", "note", "A person's number kept its leading zero (it was put back)"),
        ("modulus_11", "note", "A person's number passes modulus 11 (some valid ones do not)"),
    )
    for finding, severity, words in findings:
        yield Rule(
            f"{name}_{finding}",
            severity,
            words,
            lambda rows, _, finding=finding: rows[name + PERSON_CHECK] == finding,  # type: ignore[misc]
            casts_doubt=False,
        )


def repeated_key(key: list[Column]) -> Rule:
    """The key tells the rows apart; the first of several rows stays."""
    return Rule(
        "repeated_key",
        "set_aside",
        f"No two rows have the same {' and '.join(column.label for column in key)}",
        lambda rows, _: repeated(rows, *(column.name for column in key)),
        is_no_case=True,
    )


def damaged_letters(names: list[str]) -> Rule:
    """No text was read in another encoding than it was written in."""

    def broken(rows: ir.Table, _: Context) -> ir.BooleanValue:
        import ibis

        damaged = [rows[name].contains(mark) for name in names for mark in ("\u00c3", "\ufffd")]
        return ibis.or_(*damaged)

    words = "Letters such as ae, oe and aa are whole"
    return Rule("damaged_letters", "note", words, broken, casts_doubt=False)


def another_municipality() -> Rule:
    """Rows are of the municipality that the parameters name, if they name one."""
    return Rule(
        "another_municipality",
        "set_aside",
        "A row belongs to the municipality of the report",
        lambda rows, context: (
            (rows.municipality_code != context.municipality_code)
            if context.municipality_code
            else rows.municipality_code.isnull() & rows.municipality_code.notnull()
        ),
        is_no_case=True,
    )
