"""A rule as Great Expectations has it: on the rows as read, not on our own flag for it.

Where a rule's promise is of a kind that the library knows (filled, one of several, in order, once)
its own expectation is asked of the columns; of an expression, and of what leads to another table,
the query that finds the rows is written down anew, and the library counts what it finds. A rule
that is made of code has no second witness: there the library counts our flag.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kpi.definitions.expressions import tree_of
from kpi.definitions.rules import ROW_NO, Promise
from kpi.quality.flags import DAY, FLAG

if TYPE_CHECKING:
    from collections.abc import Iterable

    from great_expectations.core import ExpectationValidationResult
    from great_expectations.expectations.expectation import Expectation
    from ibis.backends.duckdb import Backend

    from kpi.definitions.rules import Rule
    from kpi.quality.report import Finding


def promises(rules: Iterable[Rule], engine: str) -> dict[str, Promise | None]:
    """Return what the library can be asked about each rule; null where it can count our flag alone.

    On Spark it is asked for values alone, each in its own row: its query over the rows does not fit
    their columns there.
    """
    return {rule.id: rule.promise if _can_ask(rule.promise, engine) else None for rule in rules}


def _can_ask(promise: Promise | None, engine: str) -> bool:
    if promise is None or promise.kind in ("filled", "known"):
        return True
    # a division by nothing is null with us and an error elsewhere; the others are signs of queries
    return engine != "pyspark" and not set("/:{}") & set(_condition(promise))


def is_query(promise: Promise) -> bool:
    """Tell whether no expectation of the library says what is promised, but a query does."""
    return promise.kind in ("never", "refers") or (promise.kind == "once" and promise.when != "")


def expectation(rule: str, promise: Promise | None, described: dict[str, Any]) -> Expectation:
    """Return what the library is to expect: of the columns, of a query, or of the flag."""
    from great_expectations import expectations as gxe

    if promise is None:
        return gxe.ExpectColumnValuesToBeInSet(column=FLAG + rule, value_set=[False], **described)
    if promise.kind == "filled":
        return gxe.ExpectColumnValuesToNotBeNull(column=promise.columns[0], **described)
    if promise.kind == "known":
        (column,), values = promise.columns, list(promise.values)
        return gxe.ExpectColumnValuesToBeInSet(column=column, value_set=values, **described)
    if promise.kind == "ordered":
        first, second = (name + DAY for name in promise.columns)
        return gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A=second,
            column_B=first,
            or_equal=True,
            ignore_row_if="either_value_is_missing",
            **described,
        )
    if is_query(promise):
        return gxe.UnexpectedRowsExpectation(unexpected_rows_query=_query(promise), **described)
    return _unique(promise.columns, described)


def _unique(columns: tuple[str, ...], described: dict[str, Any]) -> Expectation:
    from great_expectations import expectations as gxe

    if len(columns) == 1:
        return gxe.ExpectColumnValuesToBeUnique(column=columns[0], **described)
    return gxe.ExpectCompoundColumnsToBeUnique(
        column_list=list(columns), ignore_row_if="any_value_is_missing", **described
    )


def _query(promise: Promise) -> str:
    """Return a query for the rows that break a promise; it gives their numbers and no value."""
    rows = f"SELECT {ROW_NO} FROM {{batch}} WHERE"  # noqa: S608 - declared names and expressions
    columns = [f'"{name}"' for name in promise.columns]
    filled = " AND ".join(f"{name} IS NOT NULL" for name in columns)
    if promise.kind == "refers":
        known = f"SELECT {columns[0]} FROM checked_{promise.other} WHERE {filled}"  # noqa: S608 - same
        return f"{rows} {filled} AND {columns[0]} NOT IN ({known})"
    if promise.kind == "never":
        return f"{rows} ({_condition(promise)})"
    alike = f"PARTITION BY {', '.join(columns)} ORDER BY {ROW_NO}"
    chosen = (
        f"SELECT {ROW_NO}, row_number() OVER ({alike}) AS place FROM {{batch}} "  # noqa: S608 - same
        f"WHERE {filled} AND ({_condition(promise)})"
    )
    return f"SELECT {ROW_NO} FROM ({chosen}) AS chosen WHERE place > 1"  # noqa: S608 - same


def _condition(promise: Promise) -> str:
    """Return an expression of ours as DuckDB and PostgreSQL both read it."""
    if not promise.when:
        return ""
    return tree_of(promise.when).sql(dialect="postgres", identify=True)


def expected_count(backend: Backend, table: str, promise: Promise | None, finding: Finding) -> int:
    """Return how many rows the library must find where so many break a rule.

    Of rows that are alike we count all but the first, and the library all of them.
    """
    if promise is None or promise.kind != "once" or is_query(promise) or not finding.rows:
        return finding.rows
    rows = backend.table(f"checked_{table}")
    alike = rows.filter(rows[FLAG + finding.rule]).select(*promise.columns).distinct()
    return finding.rows + int(backend.execute(alike.count()))


def count_of(result: ExpectationValidationResult) -> int:
    """Return the number of rows that the library found."""
    found = result.result
    return int(found.get("observed_value", found.get("unexpected_count")) or 0)
