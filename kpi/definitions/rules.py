"""The rules that rows must keep: what a rule is, which follow from columns and key, common ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from kpi.definitions.columns import Column
from kpi.definitions.expressions import holds
from kpi.language import Labels

if TYPE_CHECKING:
    import ibis.expr.types as ir


Severity = Literal["stop", "set_aside", "note", "off"]

ROW_NO = "row_no"
SOURCE_FILE = "source_file"
UNREADABLE = "unreadable"
CONTENT = "content"
STATE = "state"
PERSON_CHECK = "_check"
AFTER_EXTRACTION = "after_extraction"
DATES_AFTER_EXTRACTION = "dates_after_extraction"
ADDED = (ROW_NO, SOURCE_FILE, UNREADABLE, CONTENT, STATE, AFTER_EXTRACTION, DATES_AFTER_EXTRACTION)
"""Columns that reading an extract adds to those that its subject declares."""


@dataclass(frozen=True)
class Context:
    """What a rule may look at beside the rows themselves.

    `organisation` is the code of the administration whose report it is, empty where its parameters
    give none. `known_steps` tells, for each subject whose rows are steps, the names of those that
    the parameters declare.
    """

    as_of: dt.date
    calendar: ir.Table
    tables: Mapping[str, ir.Table]
    organisation: str = ""
    known_steps: Mapping[str, Callable[[ir.StringValue], ir.BooleanValue]] = field(
        default_factory=dict
    )


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
    wrongly where the rule `casts_doubt`. `when` is the expression that a rule was made of, if any;
    `remedy` is what to do where the rule stops the run, `promise` the same rule in a form that a
    library of checks has as well.
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
    when: str = ""
    remedy: str = ""
    promise: Promise | None = None


@dataclass(frozen=True)
class Promise:
    """What a rule says in a form that a library of checks has as well: a second witness.

    `columns` are filled, known (each one of `values`), ordered by their days, or together once, of
    the rows of which `when` is true; with never, `when` is the expression that is true of no
    row. A column that refers leads to the column of that name in the subject `other`.
    """

    kind: Literal["filled", "known", "ordered", "once", "never", "refers"]
    columns: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    when: str = ""
    other: str = ""


def about_columns(rule: str, *columns: Column) -> str:
    """Say a rule about what people call some columns, in the language of their labels.

    Without one it is a message, which the catalogues translate as a whole.
    """
    labels = [column.label or column.name for column in columns]
    if not columns[0].language:
        return COLUMNS_WORDS[rule].format(columns=" and ".join(labels))
    say = Labels(columns[0].language)
    return str(say(COLUMNS_WORDS[rule], columns=say.and_list(labels)))


COLUMNS_WORDS = {
    "missing": "The {columns} is filled in",
    "unknown": "The {columns} is one that is known",
    "repeated_key": "No two rows have the same {columns}",
    "other_content": "Rows with the same {columns} tell the same",
}


def rule(severity: Severity, words: str, **more: Any) -> Callable[[Broken], Rule]:
    """Make a rule of a function; its name is the rule's id, `more` the rule's other fields."""

    def make(broken: Broken) -> Rule:
        return Rule(broken.__name__, severity, words, broken, **more)

    return make


def repeated(rows: ir.Table, *columns: str, latest: str = "") -> ir.BooleanValue:
    """Tell the second and later rows that are alike in all the columns, in the file's order.

    Where there is a column `latest`, the rows with its greatest value come first.
    """
    import ibis

    order = [rows[latest].desc()] if latest in rows.columns else []
    window = ibis.window(group_by=[rows[name] for name in columns], order_by=[*order, rows[ROW_NO]])
    complete = ibis.and_(*(rows[name].notnull() for name in columns))
    return complete & (ibis.row_number().over(window) > 0)


UNREADABLE_WORDS = {
    "unreadable_value": "A date or number can be read as declared",
    "value_set_aside": "What no figure reads can be read (it is missing, its row is counted)",
}


def unreadable(unread: Collection[str]) -> Iterator[Rule]:
    """Every value can be read as its column declares; no figure reads those of `unread` columns.

    An amount that cannot be read is no reason to take a bill out of a share that needs no amount.
    """

    def broken(rows: ir.Table, _: Context) -> ir.BooleanValue:
        rest = "," + rows[UNREADABLE].replace(",", ",,") + ","
        for name in sorted(unread):
            rest = rest.replace(f",{name},", "")
        return rest.replace(",", "") != ""

    row, value = UNREADABLE_WORDS.items()
    yield Rule(row[0], "set_aside", row[1], broken)
    if unread:
        yield Rule(
            value[0],
            "note",
            value[1],
            lambda rows, context: (rows[UNREADABLE] != "") & ~broken(rows, context),
            casts_doubt=False,
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
            about_columns("missing", column),
            lambda rows, _: rows[name].isnull(),
            promise=Promise("filled", (name,)),
        )
    if column.allowed:
        yield Rule(
            f"{name}_unknown",
            "set_aside",
            about_columns("unknown", column),
            lambda rows, _: rows[name].notnull() & ~rows[name].isin(column.allowed),
            promise=Promise("known", (name,), column.allowed),
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


def key_rules(key: Sequence[Column]) -> Iterator[Rule]:
    """The key tells the rows apart: of several rows the latest stays, and of equals the first.

    Which is the latest is declared (`latest` of a source). Where that is not, and rows of one key
    tell different things, nobody knows which is the case's present state: that stops the run.
    """
    names = [column.name for column in key]
    yield Rule(
        "repeated_key",
        "set_aside",
        about_columns("repeated_key", *key),
        lambda rows, _: repeated(rows, *names, latest=STATE),
        is_no_case=True,
        promise=Promise("once", tuple(names)),
    )
    yield Rule(
        "key_with_other_content",
        "stop",
        about_columns("other_content", *key),
        lambda rows, _: _otherwise(rows, names),
        remedy="Say which of them holds: latest: extract (the file with the latest date in its "
        "name), or latest: a column of dates that tells when a row was written; or draw one "
        "extract. If each row is an event of its case, take one of each: one_row: {take: first, "
        "by: a column of dates}.",
    )


def _otherwise(rows: ir.Table, names: Sequence[str]) -> ir.BooleanValue:
    """Tell the rows of one key and state whose content is not the same."""
    import ibis

    if CONTENT not in rows.columns:
        return ibis.literal(False)
    alike = ibis.window(group_by=[rows[name] for name in (*names, STATE)])
    complete = ibis.and_(*(rows[name].notnull() for name in names))
    differs = rows[CONTENT].min().over(alike) < rows[CONTENT].max().over(alike)
    return complete & differs


def damaged_letters(names: list[str]) -> Rule:
    """No text was read in another encoding than it was written in."""

    def broken(rows: ir.Table, _: Context) -> ir.BooleanValue:
        import ibis

        damaged = [rows[name].contains(mark) for name in names for mark in _DAMAGED]
        return ibis.or_(*damaged)

    return Rule(
        "damaged_letters",
        "note",
        "Letters such as ae, oe and aa are whole",
        broken,
        casts_doubt=False,
        promise=Promise(
            "never",
            when=" OR ".join(f"{name} LIKE '%{mark}%'" for name in names for mark in _DAMAGED),
        ),
    )


_DAMAGED = ("\u00c3", "\ufffd")


def belongs_to(column: str, **about: Any) -> Rule:
    """Rows are of the organisation that the parameters name, if they name one."""
    return Rule(
        severity="set_aside",
        broken=lambda rows, context: (
            (rows[column] != context.organisation)
            if context.organisation
            else rows[column].isnull() & rows[column].notnull()
        ),
        is_no_case=True,
        **about,
    )


def in_order(rule_id: str, first: str, second: str, words: str, **more: Any) -> Rule:
    """What comes second lies on the same day as what comes first, or later."""

    def broken(rows: ir.Table, _: Context) -> ir.BooleanValue:
        return _day(rows[second]) < _day(rows[first])

    promise = Promise("ordered", (first, second))
    return Rule(rule_id, more.pop("severity", "set_aside"), words, broken, promise=promise, **more)


def _day(moment: ir.Value) -> ir.DateValue:
    day: ir.DateValue = moment if moment.type().is_date() else moment.date()
    return day


def never(rule_id: str, severity: Severity, when: str, words: str, **more: Any) -> Rule:
    """An expression over the columns is true of no row."""

    def broken(rows: ir.Table, _: Context) -> ir.BooleanValue:
        return holds(when, rows, {}, rule_id)

    promise = Promise("never", when=when)
    return Rule(rule_id, severity, words, broken, when=when, promise=promise, **more)


def once(rule_id: str, words: str, *columns: str, among: str = "", **more: Any) -> Rule:
    """No two rows, of those of which `among` is true, are alike in all the columns."""

    def broken(rows: ir.Table, _: Context) -> ir.BooleanValue:
        if not among:
            return repeated(rows, *columns)
        chosen = rows.filter(holds(among, rows, {}, rule_id))
        return rows[ROW_NO].isin(chosen.filter(repeated(chosen, *columns))[ROW_NO])

    severity, promise = more.pop("severity", "set_aside"), Promise("once", columns, when=among)
    return Rule(rule_id, severity, words, broken, when=among, promise=promise, **more)


def is_in_none(value: ir.Value, column: ir.Column) -> ir.BooleanValue:
    """Tell where a value is in no row of another table's column; false where it is null.

    As `NOT IN`, Spark would compare each row with each.
    """
    import ibis

    return ibis.cases((value.isnull(), False), (value.isin(column), False), else_=True)


def refers_to(other: str, column: str, rule_id: str, words: str, **more: Any) -> Rule:
    """What a column names is in the column of the same name of another subject's extract."""

    def broken(rows: ir.Table, context: Context) -> ir.BooleanValue:
        known = context.tables[other]
        return is_in_none(rows[column], known[column])

    return Rule(
        rule_id,
        more.pop("severity", "set_aside"),
        words,
        broken,
        needs=(other,),
        among=lambda rows, _: rows[column].notnull(),
        promise=Promise("refers", (column,), other=other),
        **more,
    )
