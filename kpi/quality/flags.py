"""Rules become flags inside the engine, and flags decide which rows are accepted.

For a table `bills` in the engine there will be
  read_bills      what was read
  flags_bills     a row for each row read: row_no and, for each rule, `breaks_<rule>`
  checked_bills   a view of what was known on the day of extraction, with the flags beside it and
                  the days (`paid_at_day`) whose order a rule is about
  accepted_bills  a view of its rows that break no rule that sets aside or stops
Rows of later days break one rule, and are asked no other (kpi.definitions.known).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kpi.definitions.known import events, has_later, is_later, known_on
from kpi.definitions.subject import (
    AFTER_EXTRACTION,
    DATES_AFTER_EXTRACTION,
    ROW_NO,
    Context,
    Rule,
    Subject,
)
from kpi.errors import ContractError, DefinitionError
from kpi.periods import Period

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend


FLAG = "breaks_"
FIRST = "first_"
DAY = "_day"


@dataclass(frozen=True)
class Counts:
    """Rows read, accepted and set aside, and for each rule the rows that break it.

    `among` counts the rows that could break it, for rules that are not about all rows; `reasons`
    the rows set aside by the first rule that each breaks.
    """

    read: int
    accepted: int
    set_aside: int
    broken: Mapping[str, int]
    among: Mapping[str, int]
    reasons: Mapping[str, int]


def applicable_rules(table: Subject, context: Context) -> tuple[list[Rule], list[str]]:
    """Return the rules that can be checked, and the ids of those whose other tables are absent."""
    rules = list(table.all_rules())
    twice = [name for name, times in Counter(rule.id for rule in rules).items() if times > 1]
    if twice:
        raise DefinitionError(
            "The rules of a table have different ids.",
            f"{table.name}: {', '.join(twice)}",
            "Rename one of them in kpi/definitions/subjects.",
        )
    checked = [rule for rule in rules if all(need in context.tables for need in rule.needs)]
    return checked, [rule.id for rule in rules if rule not in checked]


def store_flags(backend: Backend, table: Subject, rules: Sequence[Rule], context: Context) -> None:
    """Compute all flags of a table in one statement; what cannot be judged is false.

    Raises ContractError if a declared column is absent and DefinitionError if a rule does not fit.
    """
    import ibis

    read = backend.table(f"read_{table.name}")
    absent = [column.name for column in table.columns if column.name not in read.columns]
    if absent:
        raise ContractError(
            "A table has all its declared columns.",
            f"{table.name}: without {', '.join(absent)}",
            "Map the columns in the quarter's parameters.",
        )
    day = context.as_of
    read = read.mutate(
        **{
            AFTER_EXTRACTION: is_later(read, table, day),
            DATES_AFTER_EXTRACTION: has_later(read, table, day),
        }
    )
    known, later = known_on(read, table, day), read.filter(read[AFTER_EXTRACTION])
    flags = known.select(
        ROW_NO, **{FLAG + rule.id: _flag(table, rule, known, context) for rule in rules}
    )
    if events(table):
        of_later = {FLAG + one.id: ibis.literal(one.id == AFTER_EXTRACTION) for one in rules}
        flags = ibis.union(flags, later.select(ROW_NO, **of_later))
    backend.create_table(f"flags_{table.name}", flags, overwrite=True)
    days = {
        name + DAY: known[name].cast("date")
        for rule in rules
        if rule.promise and rule.promise.kind == "ordered"
        for name in rule.promise.columns
    }
    checked = known.mutate(**days).inner_join(backend.table(f"flags_{table.name}"), ROW_NO)
    backend.create_view(f"checked_{table.name}", checked, overwrite=True)


def _flag(table: Subject, rule: Rule, read: ir.Table, context: Context) -> ir.BooleanValue:
    try:
        return rule.broken(read, context).fill_null(False)
    except Exception as error:
        raise DefinitionError(
            "A rule can be computed from its table.",
            f"{table.name}.{rule.id}: {type(error).__name__}",
            "Mend the rule in kpi/definitions/subjects.",
        ) from error


def store_accepted(backend: Backend, table: Subject, rules: Iterable[Rule], as_of: dt.date) -> None:
    """Make the view of the accepted rows: row_no and the declared columns, as known on a day."""
    read, flags = backend.table(f"read_{table.name}"), backend.table(f"flags_{table.name}")
    aside = flags.filter(is_set_aside(flags, rules)).select(ROW_NO)
    columns = [column.name for column in table.columns]
    accepted = known_on(read, table, as_of).anti_join(aside, ROW_NO).select(ROW_NO, *columns)
    backend.create_view(f"accepted_{table.name}", accepted, overwrite=True)


def is_set_aside(flags: ir.Table, rules: Iterable[Rule]) -> ir.BooleanValue:
    """Tell the rows that break a rule whose severity is set_aside or stop."""
    import ibis

    return ibis.or_(ibis.literal(False), *(flags[FLAG + rule.id] for rule in strict(rules)))


def strict(rules: Iterable[Rule]) -> list[Rule]:
    """Return the rules that set a row aside: those whose severity is set_aside or stop."""
    return [rule for rule in rules if rule.severity != "note"]


def count_rows(backend: Backend, table: Subject, rules: Sequence[Rule], context: Context) -> Counts:
    """Count the rows of a table, each kind from its own relation.

    Raises DefinitionError if row_no does not tell the rows apart.
    """
    flags = backend.table(f"flags_{table.name}")
    numbered = backend.execute(
        flags.aggregate(
            rows=flags.count(),
            numbers=flags[ROW_NO].nunique(),
            set_aside=flags.count(where=is_set_aside(flags, rules)),
            **{FLAG + rule.id: flags.count(where=flags[FLAG + rule.id]) for rule in rules},
            **{
                FIRST + rule.id: flags.count(where=first)
                for rule, first in _first_reasons(flags, rules)
            },
        )
    ).iloc[0]
    read, accepted = (
        int(backend.execute(backend.table(f"{kind}_{table.name}").count()))
        for kind in ("read", "accepted")
    )
    if not read == numbered["rows"] == numbered["numbers"]:
        raise DefinitionError(
            "Each row read has its own number.",
            f"{table.name}: {read} rows, {numbered['numbers']} numbers",
            "Number the rows of all files of a table through in kpi/sources.",
        )
    broken = {rule.id: int(numbered[FLAG + rule.id]) for rule in rules}
    reasons = {rule.id: int(numbered[FIRST + rule.id]) for rule in strict(rules)}
    return Counts(
        read,
        accepted,
        int(numbered["set_aside"]),
        broken,
        _count_among(backend, table, rules, context),
        {rule: rows for rule, rows in reasons.items() if rows},
    )


def _first_reasons(
    flags: ir.Table, rules: Iterable[Rule]
) -> Iterator[tuple[Rule, ir.BooleanValue]]:
    """Yield each rule that sets aside with the rows that break it and none before it."""
    import ibis

    earlier: ir.BooleanValue = ibis.literal(False)
    for rule in strict(rules):
        yield rule, flags[FLAG + rule.id] & ~earlier
        earlier = earlier | flags[FLAG + rule.id]


def _count_among(
    backend: Backend, table: Subject, rules: Iterable[Rule], context: Context
) -> dict[str, int]:
    """Count the rows that could break a rule, for the rules that say so."""
    rows = backend.table(f"checked_{table.name}")
    counts = {rule.id: rows.count(where=rule.among(rows, context)) for rule in rules if rule.among}
    if not counts:
        return {}
    found = backend.execute(rows.aggregate(**counts)).iloc[0]
    return {rule: int(found[rule]) for rule in counts}


def count_in(backend: Backend, table: Subject, quarters: Sequence[Period]) -> list[int]:
    """Count the rows known that are dated in each quarter, by the table's own date."""
    rows = backend.table(f"checked_{table.name}")
    day = rows[table.dated_by].cast("date")
    counts = {
        str(quarter): rows.count(where=day.between(quarter.first_day, quarter.last_day))
        for quarter in quarters
    }
    found = backend.execute(rows.aggregate(**counts)).iloc[0]
    return [int(found[str(quarter)]) for quarter in quarters]
