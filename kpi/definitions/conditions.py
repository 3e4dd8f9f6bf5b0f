"""Conditions on rows, taken apart into what each asks of a value: which rows are among others.

A condition that compares one value (a column, or what is made of columns) with constants is tried
on examples: each constant, numbers and dates between and beyond them, anything else, and nothing.
Two conditions that hold for the same examples hold for the same rows. What compares several values
with each other is a condition of its own: others have the same, or not.
"""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from kpi.definitions.expressions import tree_of

if TYPE_CHECKING:
    from sqlglot import exp

Value = Fraction | str | None
"""A number, or the moment of a date in days; a text, yes and no among them; null."""
_OTHER, _YES, _NO = "any other", "TRUE", "FALSE"
_FIRST_DAY = dt.datetime(1, 1, 1)


@dataclass(frozen=True)
class Test:
    """A condition on one value, or what it excludes: null and what is not known is not excluded."""

    tree: exp.Expr
    excludes: bool = False

    def holds(self, value: Value) -> bool:
        """Tell whether a row with this value is among those that are asked for."""
        found = _truth(self.tree, value) is True
        return not found if self.excludes else found

    @property
    def is_ordered(self) -> bool:
        """Tell whether it asks what is larger, or smaller."""
        from sqlglot import exp

        return self.tree.find(exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between) is not None

    def constants(self) -> Iterator[Value]:
        """Yield what the value is compared with."""
        yield from (_constant(node) for node in self.tree.walk() if _is_constant(node))


@dataclass(frozen=True)
class Asked:
    """What is asked of rows: of a value all its tests, and `others` that cannot be taken apart."""

    tests: Mapping[str, tuple[Test, ...]] = field(default_factory=dict)
    others: frozenset[str] = frozenset()

    @classmethod
    def of(cls, *conditions: str, exclude: str = "") -> Asked:
        """Take conditions apart that must all be true, and one that must not."""
        asked = cls()
        for text in filter(None, conditions):
            for part in _parts(tree_of(text), _and()):
                asked = asked.and_test(part)
        for part in _parts(tree_of(exclude), _or()) if exclude else ():
            asked = asked.and_test(part, excludes=True)
        return asked

    def and_test(self, tree: exp.Expr, *, excludes: bool = False) -> Asked:
        """Ask for one more condition."""
        name, text = _compared(tree), tree.sql()
        if not name:
            return self.and_other(f"excluded {text}" if excludes else text)
        tests = (*self.tests.get(name, ()), Test(tree, excludes))
        return Asked({**self.tests, name: tests}, self.others)

    def and_other(self, *texts: str) -> Asked:
        """Ask for more that is known by its text alone."""
        return Asked(self.tests, self.others.union(filter(None, texts)))

    def and_all(self, more: Asked) -> Asked:
        """Ask for all that another asks, too."""
        names = {**self.tests, **more.tests}
        tests = {name: (*self.tests.get(name, ()), *more.tests.get(name, ())) for name in names}
        return Asked(tests, self.others | more.others)

    def up_to(self, name: str, number: Fraction) -> Asked:
        """Ask that what `name` stands for is no more than a number."""
        return self._limited("LTE", name, number)

    def beyond(self, name: str, number: Fraction) -> Asked:
        """Ask that what `name` stands for is more than a number."""
        return self._limited("GT", name, number)

    def _limited(self, kind: str, name: str, number: Fraction) -> Asked:
        from sqlglot import exp

        compare = getattr(exp, kind)
        tree = compare(this=exp.column(name), expression=exp.Literal.number(str(number)))
        return Asked({**self.tests, name: (*self.tests.get(name, ()), Test(tree))}, self.others)

    def allows(self, name: str, values: Iterable[Value]) -> frozenset[Value]:
        """Return which of some values are asked for; no test allows all."""
        tests = self.tests.get(name, ())
        return frozenset(value for value in values if all(test.holds(value) for test in tests))


def is_in(less: Asked, more: Asked) -> bool:
    """Tell whether all rows of one are rows of the other."""
    tried = _tried(less, more).items()
    within = all(less.allows(name, values) <= more.allows(name, values) for name, values in tried)
    return within and more.others <= less.others


def are_same(one: Asked, other: Asked) -> bool:
    """Tell whether two have the same rows."""
    return is_in(one, other) and is_in(other, one)


def are_apart(one: Asked, other: Asked) -> bool:
    """Tell whether no row of one is a row of the other."""
    tried = _tried(one, other).items()
    return any(not one.allows(name, values) & other.allows(name, values) for name, values in tried)


def are_all(whole: Asked, one: Asked, other: Asked) -> bool:
    """Tell whether the rows of two that have none in common are all rows of a whole."""
    if not one.others == other.others == whole.others:
        return False
    tried = _tried(whole, one, other).items()
    differs = [n for n, values in tried if one.allows(n, values) != other.allows(n, values)]
    if len(differs) != 1 or not are_apart(one, other):
        return False
    return all(
        one.allows(name, values) | other.allows(name, values) == whole.allows(name, values)
        for name, values in tried
    )


def _tried(*asked: Asked) -> dict[str, frozenset[Value]]:
    """Return the examples of each value: what is named, what lies about it, others, nothing."""
    names = {name for one in asked for name in one.tests}
    return {
        name: _examples([test for one in asked for test in one.tests.get(name, ())])
        for name in names
    }


def _examples(tests: Iterable[Test]) -> frozenset[Value]:
    """Return examples of a value: what is larger or smaller than others is a number or a date."""
    listed = list(tests)
    constants = {value for test in listed for value in test.constants()}
    numbers = sorted(one for one in constants if isinstance(one, Fraction))
    between = {(one + other) / 2 for one, other in pairwise(numbers)}
    beyond = {numbers[0] - 1, numbers[-1] + 1} if numbers else set()
    others = set() if any(test.is_ordered for test in listed) else {_OTHER, _YES, _NO}
    return frozenset(constants | between | beyond | others | {None})


def _and() -> type[exp.Expr]:
    from sqlglot import exp

    return exp.And


def _or() -> type[exp.Expr]:
    from sqlglot import exp

    return exp.Or


def _parts(tree: exp.Expr, joined: type[exp.Expr]) -> Iterator[exp.Expr]:
    """Yield the conditions that are joined by AND, or by OR."""
    tree = tree.unnest()
    if isinstance(tree, joined):
        yield from _parts(tree.args["this"], joined)
        yield from _parts(tree.args["expression"], joined)
    else:
        yield tree


def _compared(tree: exp.Expr) -> str:
    """Return the one value that a condition compares with constants; empty for another."""
    names = _values_of(tree)
    return next(iter(names)) if len(names) == 1 else ""


def _values_of(tree: exp.Expr) -> set[str]:
    """Return the values that are compared with constants, "" for what is no such comparison."""
    from sqlglot import exp

    tree = tree.unnest()
    if isinstance(tree, exp.And | exp.Or):
        return _values_of(tree.this) | _values_of(tree.expression)
    if isinstance(tree, exp.Not):
        return _values_of(tree.this)
    if isinstance(tree, exp.Column):
        return {tree.sql()}
    others = _compared_with(tree)
    value = tree.this
    if others and _is_constant(value):
        value, others = others[0], [value]
    is_plain = bool(others) and all(map(_is_constant, others)) and not _is_constant(value)
    return {value.unnest().sql()} if is_plain else {""}


def _compared_with(tree: exp.Expr) -> list[exp.Expr]:
    """Return what stands beside the first value of a comparison; nothing for what is none."""
    from sqlglot import exp

    if isinstance(tree, exp.EQ | exp.NEQ | exp.GT | exp.GTE | exp.LT | exp.LTE | exp.Is):
        return [tree.expression]
    if isinstance(tree, exp.In):
        return list(tree.expressions)
    return [tree.args["low"], tree.args["high"]] if isinstance(tree, exp.Between) else []


def _is_constant(node: exp.Expr) -> bool:
    from sqlglot import exp

    node = node.unnest()
    if isinstance(node, exp.Neg | exp.Cast):
        node = node.this
    return isinstance(node, exp.Literal | exp.Boolean | exp.Null)


def _constant(node: exp.Expr) -> Value:
    from sqlglot import exp

    node = node.unnest()
    if isinstance(node, exp.Neg):
        below = _constant(node.this)
        return -below if isinstance(below, Fraction) else below
    if isinstance(node, exp.Cast):
        return _constant(node.this)
    if isinstance(node, exp.Boolean):
        return _YES if node.this else _NO
    if isinstance(node, exp.Null):
        return None
    return _moment(str(node.this)) if node.is_string else Fraction(str(node.this))


def _moment(text: str) -> Value:
    """Return the days up to a date or moment; a text that is none of these is itself."""
    try:
        return Fraction(int((dt.datetime.fromisoformat(text) - _FIRST_DAY).total_seconds()), 86400)
    except (ValueError, TypeError):
        return text


def _truth(tree: exp.Expr, value: Value) -> bool | None:
    """Tell whether a condition is true of its value; null where that is not known."""
    from sqlglot import exp

    tree = tree.unnest()
    if isinstance(tree, exp.Not):
        found = _truth(tree.this, value)
        return None if found is None else not found
    if isinstance(tree, exp.And | exp.Or):
        both = {_truth(tree.this, value), _truth(tree.expression, value)}
        decides = isinstance(tree, exp.Or)
        return decides if decides in both else None if None in both else not decides
    if isinstance(tree, exp.Column):
        return value == _YES if value in {_YES, _NO} else None
    return _compares(tree, value)


def _compares(tree: exp.Expr, value: Value) -> bool | None:
    """Tell whether a value compares with constants as a condition asks."""
    from sqlglot import exp

    is_turned = _is_constant(tree.this)
    others = [tree.this] if is_turned else _compared_with(tree)
    constants = [_constant(one) for one in others]
    if isinstance(tree, exp.Is):
        return value == constants[0]
    if value is None:
        return None
    if isinstance(tree, exp.EQ | exp.In | exp.NEQ):
        is_one = any(type(value) is type(one) and value == one for one in constants)
        return is_one != isinstance(tree, exp.NEQ)
    numbers = [one for one in (value, *constants) if isinstance(one, Fraction)]
    if len(numbers) <= len(constants):
        return None
    if isinstance(tree, exp.Between):
        return numbers[1] <= numbers[0] <= numbers[2]
    return _ORDERS[type(tree).__name__](*(reversed(numbers) if is_turned else numbers))


_ORDERS: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "GT": operator.gt, "GTE": operator.ge, "LT": operator.lt, "LTE": operator.le,
}  # fmt: skip
