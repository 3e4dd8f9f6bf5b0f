"""A rule that rows must keep, and what it may look at.

The rules that follow from a table's columns and key.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from kpi.definitions.columns import Column

if TYPE_CHECKING:
    import ibis.expr.types as ir


Severity = Literal["stop", "set_aside", "note", "off"]

ROW_NO = "row_no"
SOURCE_FILE = "source_file"
UNREADABLE = "unreadable"
PERSON_CHECK = "_check"
AFTER_EXTRACTION = "after_extraction"
DATES_AFTER_EXTRACTION = "dates_after_extraction"


@dataclass(frozen=True)
class Context:
    """What a rule may look at beside the rows themselves.

    `is_known_step` tells the names of steps that the parameters declare.
    """

    as_of: dt.date
    calendar: ir.Table
    tables: Mapping[str, ir.Table]
    municipality_code: str = ""
    is_known_step: Callable[[ir.StringValue], ir.BooleanValue] | None = None


Broken = Callable[["ir.Table", Context], "ir.BooleanValue"]


@dataclass(frozen=True)
class Rule:
    """A rule that rows must keep: `broken` gives true for each row that breaks it.

    Its severity: it stops the run, sets the row aside, or is a note; parameters may switch it off.

    A null result means that the rule could not be judged and counts as kept. `needs` names other
    tables and `about` optional columns; where one of them is not among the sources the rule is not
    checked. `among` gives the rows that could break it, where these are not all: the loss rate of a
    join, say.

    What a broken rule may do to a figure: a row that `is_no_case` is a duplicate or belongs to
    somebody else, so it would never have counted; a noted row is counted, and may have been counted
    wrongly where the rule `casts_doubt`.
    """

    id: str
    severity: Severity
    words: str
    broken: Broken
    needs: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    among: Broken | None = None
    is_no_case: bool = False
    casts_doubt: bool = True


def rule(severity: Severity, words: str, **more: Any) -> Callable[[Broken], Rule]:
    """Make a rule of a function; its name is the rule's id, `more` the rule's other fields."""

    def make(broken: Broken) -> Rule:
        return Rule(broken.__name__, severity, words, broken, **more)

    return make


def repeated(rows: ir.Table, *columns: str) -> ir.BooleanValue:
    """Tell the second and later rows that are alike in all the columns, in the file's order."""
    import ibis

    window = ibis.window(group_by=[rows[name] for name in columns], order_by=rows[ROW_NO])
    complete = ibis.and_(*(rows[name].notnull() for name in columns))
    return complete & (ibis.row_number().over(window) > 0)


def unreadable() -> Rule:
    """Every value can be read as its column declares."""
    return Rule(
        "unreadable_value",
        "set_aside",
        "A date or number can be read as declared",
        lambda rows, _: rows[UNREADABLE] != "",
    )


def after_extraction() -> Rule:
    """A row of a day that the extracts do not know yet; no other rule is asked of it."""
    return Rule(
        AFTER_EXTRACTION,
        "set_aside",
        "A row is of a day up to the day of extraction",
        lambda rows, _: rows[AFTER_EXTRACTION],
        is_no_case=True,
    )


def dates_after_extraction() -> Rule:
    """What happened later has not happened yet."""
    return Rule(
        DATES_AFTER_EXTRACTION,
        "note",
        "The dates of a row lie before or on the day of extraction (later ones were left out)",
        lambda rows, _: rows[DATES_AFTER_EXTRACTION],
        casts_doubt=False,
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
