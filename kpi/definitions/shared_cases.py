"""Metrics of one subject whose cases are others' cases, too: what one figure tells of another.

Which these are follows from the definitions. Metrics that count the same rows by the same day
differ in their conditions; a condition is taken apart into what it asks of each column. So it is
known which cases are among others, which are others' all together, and which have nothing to do
with each other. What cannot be taken apart is a condition of its own: others have the same, or not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING, Any

from kpi.definitions.catalogue import SHIPPED
from kpi.definitions.expressions import tree_of
from kpi.definitions.kinds import Count, FromRows, ShareOfFlag, Stock, Timed

if TYPE_CHECKING:
    from sqlglot import exp

    from kpi.definitions.kinds import Metric

Value = str | None
_OTHER = "any other"


@dataclass(frozen=True)
class Sum:
    """In every period the cases of `whole` are those of `parts` together, each in one of them.

    With `rest` there may be cases of `whole` in none of the parts, and no metric counts them.
    """

    whole: str
    parts: tuple[str, ...]
    rest: bool = False

    @property
    def name_of_rest(self) -> str:
        """What the cases are called that none of the parts counts."""
        return f"rest of {self.whole} beside {', '.join(self.parts)}"


@dataclass(frozen=True)
class _Asked:
    """What a condition asks: of a column, which of the values named; and conditions as a whole.

    A set of values is those that are allowed (`are`), or all but them.
    """

    columns: Mapping[str, tuple[bool, frozenset[Value]]] = field(default_factory=dict)
    others: frozenset[str] = frozenset()

    def allows(self, column: str, values: Iterable[Value]) -> frozenset[Value]:
        """Return which of some values of a column are allowed; no condition allows all."""
        are, named = self.columns.get(column, (False, frozenset()))
        return frozenset(value for value in values if (value in named) == are)


def sums_of(
    metrics: Iterable[Metric], counting: Mapping[str, object] | None = None
) -> tuple[Sum, ...]:
    """Return how the cases of metrics about persons add up.

    `counting` has the counting rules of those with a clock, by their ids: where these differ, so
    may their cases. Those whose rules are not known are left out.
    """
    rules = {name: repr(rule) for name, rule in (counting or {}).items()}
    return _sums_of(tuple((metric, rules.get(metric.id, "")) for metric in metrics))


@lru_cache
def shipped_sums() -> tuple[Sum, ...]:
    """Return how the cases of the metrics add up that come with the program."""
    return sums_of(SHIPPED.metrics.values())


@lru_cache(maxsize=8)
def _sums_of(metrics: tuple[tuple[Metric, str], ...]) -> tuple[Sum, ...]:
    families: dict[tuple[Any, ...], dict[str, _Asked]] = defaultdict(dict)
    for metric, rule in metrics:
        if isinstance(metric, FromRows) and metric.is_about_persons:
            key = _counted(metric, rule)
            if key:
                families[key][metric.id] = _asked(metric)
    return tuple(one for family in families.values() for one in _sums(family))


def _counted(metric: FromRows, rule: str) -> tuple[Any, ...]:
    """Return what metrics have in common that count the same rows, but for their conditions."""
    if isinstance(metric, Timed):
        same = (metric.subject.name, metric.start, metric.stop, metric.done)
        return ("timed", *same, rule) if rule else ()
    if isinstance(metric, Count):
        return "dated", metric.subject.name, metric.happened
    if isinstance(metric, ShareOfFlag) and metric.by_row:
        return "dated", metric.subject.name, metric.on
    if isinstance(metric, Stock):
        state = (metric.state.subject.name, metric.state.since, metric.state.until)
        return "stock", metric.subject.name, *state, metric.state.is_inclusive
    return ()


def _sums(family: Mapping[str, _Asked]) -> Iterator[Sum]:
    """Yield the sums of metrics that differ in their conditions alone."""
    same: dict[str, list[str]] = {}
    for name, asked in family.items():
        first = next((one for one in same if _are_same(family[one], asked)), name)
        same.setdefault(first, []).append(name)
    for first, *others in same.values():
        yield from (Sum(other, (first,)) for other in others)
    different = {name: family[name] for name in same}
    for whole, asked in different.items():
        inside = [name for name in different if name != whole and _is_in(different[name], asked)]
        direct = [name for name in inside if not _is_between(name, inside, different)]
        told = [
            pair for pair in combinations(direct, 2) if _are_all(asked, *map(different.get, pair))
        ]
        yield from (Sum(whole, pair) for pair in told)
        left = [name for name in direct if not any(name in pair for pair in told)]
        for apart in _each_apart(left, different):
            lists = [tuple(apart), *([(one,) for one in apart] if len(apart) > 1 else [])]
            yield from (Sum(whole, parts, rest=True) for parts in lists)


def _is_between(name: str, inside: Sequence[str], asked: Mapping[str, _Asked]) -> bool:
    return any(other != name and _is_in(asked[name], asked[other]) for other in inside)


def _each_apart(names: Sequence[str], asked: Mapping[str, _Asked]) -> list[list[str]]:
    """Sort metrics into lists of those that have no case in common."""
    lists: list[list[str]] = []
    for name in names:
        own = next(
            (one for one in lists if all(_are_apart(asked[name], asked[o]) for o in one)), None
        )
        if own is None:
            lists.append(own := [])
        own.append(name)
    return lists


def _named(*asked: _Asked) -> dict[str, frozenset[Value]]:
    """Return of each column the values that conditions name, none, and one that they do not."""
    columns = {column for one in asked for column in one.columns}
    return {
        column: frozenset({None, _OTHER}).union(
            *(one.columns[column][1] for one in asked if column in one.columns)
        )
        for column in columns
    }


def _is_in(less: _Asked, more: _Asked) -> bool:
    """Tell whether all cases of one are cases of the other."""
    columns = _named(less, more).items()
    within = all(less.allows(name, named) <= more.allows(name, named) for name, named in columns)
    return within and more.others <= less.others


def _are_same(one: _Asked, other: _Asked) -> bool:
    return _is_in(one, other) and _is_in(other, one)


def _are_apart(one: _Asked, other: _Asked) -> bool:
    """Tell whether no case of one is a case of the other."""
    columns = _named(one, other).items()
    return any(not one.allows(name, named) & other.allows(name, named) for name, named in columns)


def _are_all(whole: _Asked, one: _Asked | None, other: _Asked | None) -> bool:
    """Tell whether the cases of two that have none in common are all cases of a whole."""
    if one is None or other is None or not one.others == other.others == whole.others:
        return False
    columns = _named(whole, one, other).items()
    differs = [n for n, named in columns if one.allows(n, named) != other.allows(n, named)]
    if len(differs) != 1 or not _are_apart(one, other):
        return False
    return all(
        one.allows(name, named) | other.allows(name, named) == whole.allows(name, named)
        for name, named in columns
    )


def _asked(metric: FromRows) -> _Asked:
    """Take the conditions of a metric apart."""
    columns: dict[str, tuple[bool, frozenset[Value]]] = {}
    others = {f"during {metric.during}"} if metric.during else set()
    texts = [metric.filter, metric.state.filter if isinstance(metric, Stock) else ""]
    parts = [part for text in texts if text for part in _flat(tree_of(text))]
    found = [(part.sql(), _of_column(part)) for part in parts]
    if metric.exclude:
        out = _of_column(tree_of(metric.exclude))
        kept = (out[0], not out[1], out[2]) if out else None
        found.append((f"excluded {tree_of(metric.exclude).sql()}", kept))
    for text, one in found:
        if one is None:
            others.add(text)
            continue
        column, are, values = one
        columns[column] = _both(columns.get(column, (False, frozenset())), (are, values))
    return _Asked(columns, frozenset(others))


def _both(
    one: tuple[bool, frozenset[Value]], other: tuple[bool, frozenset[Value]]
) -> tuple[bool, frozenset[Value]]:
    """Return what two conditions on one column allow together."""
    if one[0] and other[0]:
        return True, one[1] & other[1]
    if not one[0] and not other[0]:
        return False, one[1] | other[1]
    are, out = (one, other) if one[0] else (other, one)
    return True, are[1] - out[1]


def _flat(tree: exp.Expr) -> Iterator[exp.Expr]:
    """Yield the conditions that must all be true."""
    from sqlglot import exp

    tree = tree.unnest()
    if isinstance(tree, exp.And):
        yield from _flat(tree.left)
        yield from _flat(tree.right)
    else:
        yield tree


def _of_column(part: exp.Expr) -> tuple[str, bool, frozenset[Value]] | None:
    """Return the column of a condition, and the values that it allows or does not; else None.

    Null is never equal to a value and never other than one; a yes or no is a value, too.
    """
    from sqlglot import exp

    is_not, part = isinstance(part, exp.Not), part.unnest()
    if is_not:
        part = part.this.unnest()
    if isinstance(part, exp.Column):
        return part.name, True, frozenset({"FALSE" if is_not else "TRUE"})
    if isinstance(part, exp.Is) and isinstance(part.expression, exp.Null):
        return _on(part.this, [None], are=not is_not)
    if isinstance(part, exp.EQ | exp.NEQ) and isinstance(
        part.expression, exp.Literal | exp.Boolean
    ):
        are = isinstance(part, exp.EQ) != is_not
        return _on(part.this, [part.expression.sql()], are=are)
    if isinstance(part, exp.In) and all(isinstance(one, exp.Literal) for one in part.expressions):
        return _on(part.this, [one.sql() for one in part.expressions], are=not is_not)
    return None


def _on(
    column: exp.Expr, values: Iterable[Value], *, are: bool
) -> tuple[str, bool, frozenset[Value]] | None:
    from sqlglot import exp

    if not isinstance(column, exp.Column):
        return None
    named = frozenset(values)
    return column.name, are, named if are or None in named else named | {None}
