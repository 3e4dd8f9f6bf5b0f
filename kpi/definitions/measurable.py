"""What a metric cannot be counted from: tables and optional columns that no extract gives.

A column that an extract lacks is null in every row. Where that makes a metric's condition never
true, or leaves its clock without an end, nothing is counted, and a zero would be a false statement:
the metric is not measurable. Where an expression has another way (COALESCE), or the column only
takes rows out (`exclude`), it is measured all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kpi.definitions.expressions import tree_of
from kpi.definitions.kinds import Metric
from kpi.definitions.subject import Subject

if TYPE_CHECKING:
    from sqlglot import exp

_MAY_BE_NULL = ("exclude", "until", "done", "arrivals")
"""Parts of a definition without which cases are still told and timed."""


@dataclass(frozen=True)
class Lack:
    """A table, or a column of a table, that no extract gives; the column is empty for a table."""

    table: str
    column: str = ""


def lacks(
    metric: Metric, given: Mapping[str, frozenset[str] | None], due_column: str = ""
) -> tuple[Lack, ...]:
    """Return what keeps a metric from being measured; nothing where it can be.

    `given` has the columns that each table's extract gives, null for all of them; `due_column` is
    the column of the limit, if the parameters name one.
    """
    tables = [name for name in metric.tables if name not in given and name != "calendar"]
    if tables:
        return tuple(map(Lack, tables))
    found = dict.fromkeys(
        Lack(subject.name, column)
        for subject, text, is_condition in _needed(metric, due_column)
        for column in _missing(subject, text, given.get(subject.name), is_condition=is_condition)
    )
    return tuple(found)


def _needed(metric: Metric, due_column: str) -> Iterator[tuple[Subject, str, bool]]:
    """Yield what a metric cannot do without: subject, expression, whether it is a condition."""
    for field, subject, text, is_condition in metric.expressions():
        if text and field not in _MAY_BE_NULL:
            yield subject, text, is_condition
        if due_column and field == "start":
            yield subject, due_column, False


def _missing(
    subject: Subject, text: str, given: frozenset[str] | None, *, is_condition: bool
) -> list[str]:
    """Return the columns that an expression reads in vain; none where it can still be told."""
    if given is None:
        return []
    absent = {column.name for column in subject.columns if column.name not in given}
    reads = {column: {column} for column in absent}
    for derived in subject.derived:
        tree = tree_of(derived.expr)
        if _is_null(tree, absent):
            reads[derived.name] = {one for name in _names(tree) for one in reads.get(name, ())}
            absent.add(derived.name)
    tree = tree_of(text)
    is_vain = not _can_be(tree, absent, truth=True) if is_condition else _is_null(tree, absent)
    named = {one for name in _names(tree) for one in reads.get(name, ())}
    return sorted(named) if is_vain else []


def _names(tree: exp.Expr) -> set[str]:
    from sqlglot import exp

    return {str(column.name) for column in tree.find_all(exp.Column)}


def _is_null(node: exp.Expr, absent: set[str]) -> bool:
    """Tell a value that is null in every row: what is made of a null is null."""
    from sqlglot import exp

    if isinstance(node, exp.Column):
        return str(node.name) in absent
    if isinstance(node, exp.Null):
        return True
    if isinstance(node, exp.Literal | exp.Boolean | exp.Is | exp.DataType | exp.Var):
        return False
    if isinstance(node, exp.Case | exp.If):
        return all(_is_null(one, absent) for one in _results(node))
    parts = [_is_null(part, absent) for part in node.iter_expressions()]
    has_another_way = isinstance(node, exp.Coalesce | exp.And | exp.Or)
    return all(parts) if has_another_way else any(parts)


def _results(node: exp.Expr) -> Iterator[exp.Expr]:
    """Yield what a CASE or IF may give; one without ELSE may give null, which is always there."""
    for branch in node.args.get("ifs") or ():
        yield branch.args["true"]
    others = (node.args.get(name) for name in ("true", "false", "default"))
    yield from (one for one in others if one is not None)


def _can_be(node: exp.Expr, absent: set[str], *, truth: bool) -> bool:
    """Tell whether a condition can be true, or false, of any row."""
    from sqlglot import exp

    if isinstance(node, exp.Paren):
        return _can_be(node.this, absent, truth=truth)
    if isinstance(node, exp.Not):
        return _can_be(node.this, absent, truth=not truth)
    if isinstance(node, exp.And | exp.Or):
        sides = (_can_be(side, absent, truth=truth) for side in (node.this, node.expression))
        return all(sides) if isinstance(node, exp.And) == truth else any(sides)
    if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
        return truth or not _is_null(node.this, absent)
    if isinstance(node, exp.Boolean):
        return bool(node.this) == truth
    return not _is_null(node, absent)
