"""What a table promises: its columns, its key and its rules.

One declaration drives the reading of an extract, the Great Expectations suite, the setting aside
of rows and the data dictionary.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from kpi.errors import ParameterError, did_you_mean

if TYPE_CHECKING:
    import ibis.expr.types as ir

ColumnType = Literal["text", "person", "staff", "date", "moment", "amount", "number", "yes_no"]
Severity = Literal["stop", "set_aside", "note", "off"]

IBIS_TYPES: dict[ColumnType, str] = {
    "text": "string",
    "person": "string",
    "staff": "string",
    "date": "date",
    "moment": "timestamp",
    "amount": "decimal(18,2)",
    "number": "float64",
    "yes_no": "boolean",
}

EMPTY_EXTRACT = "empty_extract"
NO_ROWS_IN_QUARTER = "no_rows_in_quarter"
VOLUME_OUTSIDE_BAND = "volume_outside_band"
RULES_ABOUT_A_TABLE = (EMPTY_EXTRACT, NO_ROWS_IN_QUARTER, VOLUME_OUTSIDE_BAND)

ROW_NO = "row_no"
SOURCE_FILE = "source_file"
UNREADABLE = "unreadable"
PERSON_CHECK = "_check"


@dataclass(frozen=True)
class Column:
    """A column: its type, whether a value must be there, and what it means.

    A `moment` is a local civil date, with the time of day where the system records one. A `person`
    is a keyed pseudonym of a person's number; beside it stands `<name>_check`, what was found of
    the number's form. `staff` is a keyed pseudonym of a caseworker's initials.
    `optional` columns may be absent from an extract; they are then null throughout.
    """

    name: str
    type: ColumnType
    means: str
    nullable: bool = True
    optional: bool = False
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Context:
    """What a rule may look at beside the rows themselves."""

    as_of: dt.date
    calendar: ir.Table
    tables: Mapping[str, ir.Table]
    municipality_code: str = ""


@dataclass(frozen=True)
class Rule:
    """A rule that rows must keep: `broken` gives true for each row that breaks it.

    Its severity: it stops the run, sets the row aside, or is a note; parameters may switch it off.

    A null result means that the rule could not be judged and counts as kept. `needs` names other
    tables and `about` optional columns; where one of them is not among the sources the rule is not
    checked.
    """

    id: str
    severity: Severity
    words: str
    broken: Callable[[ir.Table, Context], ir.BooleanValue]
    needs: tuple[str, ...] = ()
    about: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A declared table: one row per `grain`, told apart by `key`.

    `absent` names the optional columns that an administration's extract does not have.
    """

    name: str
    grain: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    dated_by: str = ""
    rules: tuple[Rule, ...] = ()
    severities: Mapping[str, Severity] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()
    by_name: Mapping[str, Column] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {column.name: column for column in self.columns})

    @property
    def person(self) -> str | None:
        """Name of the column that tells persons apart, if the table has one."""
        return next((column.name for column in self.columns if column.type == "person"), None)

    def with_severities(self, severities: Mapping[str, Severity]) -> Table:
        """Return the table with other severities of some rules, by the rules' ids."""
        known = {rule.id for rule in self.all_rules()} | set(RULES_ABOUT_A_TABLE)
        for name in severities:
            if name not in known:
                raise ParameterError(
                    f"rules.{self.name} names rules of that table.",
                    f'"{name}"',
                    did_you_mean(name, known),
                )
        return replace(self, severities=severities)

    def all_rules(self) -> Iterator[Rule]:
        """Yield the rules that follow from the columns and the key, then the table's own."""
        for each in self._declared_rules():
            severity = self.severities.get(each.id, each.severity)
            if severity != "off" and self.absent.isdisjoint(each.about):
                yield replace(each, severity=severity)

    def _declared_rules(self) -> Iterator[Rule]:
        yield _unreadable()
        for column in self.columns:
            yield from _column_rules(column)
        if self.key:
            yield _repeated_key(self.key)
        yield _damaged_letters([column.name for column in self.columns if column.type == "text"])
        if "municipality_code" in self.by_name:
            yield _another_municipality()
        yield from self.rules


def rule(
    severity: Severity, words: str, *, needs: tuple[str, ...] = (), about: tuple[str, ...] = ()
) -> Callable[[Callable[[ir.Table, Context], ir.BooleanValue]], Rule]:
    """Make a rule of a function; the function's name is the rule's id."""

    def make(broken: Callable[[ir.Table, Context], ir.BooleanValue]) -> Rule:
        return Rule(broken.__name__, severity, words, broken, needs, about)

    return make


def repeated(rows: ir.Table, *columns: str) -> ir.BooleanValue:
    """Tell the second and later rows that are alike in all the columns, in the file's order."""
    import ibis

    window = ibis.window(group_by=[rows[name] for name in columns], order_by=rows[ROW_NO])
    complete = ibis.and_(*(rows[name].notnull() for name in columns))
    return complete & (ibis.row_number().over(window) > 0)


def _unreadable() -> Rule:
    return Rule(
        "unreadable_value",
        "set_aside",
        "A date or number can be read as declared",
        lambda rows, _: rows[UNREADABLE] != "",
    )


def _column_rules(column: Column) -> Iterator[Rule]:
    name = column.name
    if not column.nullable:
        yield Rule(
            f"{name}_missing",
            "set_aside",
            f"{name} is filled in",
            lambda rows, _: rows[name].isnull(),
        )
    if column.allowed:
        yield Rule(
            f"{name}_unknown",
            "set_aside",
            f"{name} is one of: {', '.join(column.allowed)}",
            lambda rows, _: rows[name].notnull() & ~rows[name].isin(column.allowed),
        )
    if column.type == "person":
        yield from _person_rules(name)


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
        )


def _repeated_key(key: tuple[str, ...]) -> Rule:
    return Rule(
        "repeated_key",
        "set_aside",
        f"No two rows have the same {' and '.join(key)}",
        lambda rows, _: repeated(rows, *key),
    )


def _damaged_letters(names: list[str]) -> Rule:
    def broken(rows: ir.Table, _: Context) -> ir.BooleanValue:
        import ibis

        damaged = [rows[name].contains(mark) for name in names for mark in ("\u00c3", "\ufffd")]
        return ibis.or_(*damaged)

    return Rule("damaged_letters", "note", "Letters such as ae, oe and aa are whole", broken)


def _another_municipality() -> Rule:
    return Rule(
        "another_municipality",
        "set_aside",
        "A row belongs to the municipality of the report",
        lambda rows, context: (
            (rows.municipality_code != context.municipality_code)
            if context.municipality_code
            else rows.municipality_code.isnull() & rows.municipality_code.notnull()
        ),
    )
