"""Metrics of one subject whose cases are others' cases, too: what one figure tells of another.

Which these are follows from the definitions. Metrics that count the same rows by the same day
differ in what they ask of them (kpi.definitions.conditions), and in the limit by which cases are
in time. So it is known which cases are among others, which are others' all together, and which
have nothing to do with each other: those of a metric, and those of them that are met or missed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import combinations
from typing import Any, Literal

from kpi.definitions.conditions import Asked, are_all, are_apart, are_same, is_in
from kpi.definitions.kinds import Count, FromRows, Metric, ShareOfFlag, Stock, Timed

Cell = tuple[str, str]
"""A metric, and which of its cases: all that count (n), or those that are met, missed, unknown."""
ALL = "n"


@dataclass(frozen=True)
class Sum:
    """In every period the cases of `whole` are those of `parts` together, each in one of them.

    With `rest` there may be cases of `whole` in none of the parts, and no metric counts them.
    """

    whole: Cell
    parts: tuple[Cell, ...]
    rest: bool = False

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The whole, then its parts."""
        return (self.whole, *self.parts)

    @property
    def metrics(self) -> frozenset[str]:
        """The metrics whose cases these are."""
        return frozenset(metric for metric, _ in self.cells)

    @property
    def name_of_rest(self) -> str:
        """What the cases are called that none of the parts counts."""
        whole, *parts = (f"{metric} {count}" for metric, count in self.cells)
        return f"rest of {whole} beside {', '.join(parts)}"


@dataclass(frozen=True)
class Rule:
    """By what cases with a clock are judged: all of it as `text`, and all but the limits, `alike`.

    `limits` has so many of a unit, by version and unit; nothing where the limit is no number of
    one. `period_by` is the day that decides the period: that of the start, of the stop, or due.
    """

    text: str
    alike: str = ""
    limits: tuple[tuple[str, int], ...] = ()
    period_by: Literal["start", "stop", "due", ""] = ""


NO_RULE = Rule("")


def sums_of(metrics: Iterable[Metric], rules: Mapping[str, Rule] | None = None) -> tuple[Sum, ...]:
    """Return how the cases of metrics about persons add up.

    `rules` are those of metrics with a clock, by their ids; those whose rules are not known are
    left out.
    """
    known = rules or {}
    return _sums_of(tuple((metric, known.get(metric.id, NO_RULE)) for metric in metrics))


def undecided(metrics: Iterable[Metric], rules: Mapping[str, Rule]) -> tuple[tuple[str, str], ...]:
    """Return the pairs of metrics of which it cannot be told whether one's cases are the other's.

    They count rows of one subject by the same day, and have rows in common. Their conditions cannot
    be compared, or their clocks start on other days, or their rules cannot be compared.
    """
    of_persons = [one for one in metrics if isinstance(one, FromRows) and one.is_about_persons]
    pairs = combinations(of_persons, 2)
    return tuple((one.id, other.id) for one, other in pairs if _is_undecided(one, other, rules))


def _is_undecided(one: FromRows, other: FromRows, rules: Mapping[str, Rule]) -> bool:
    if not _ends_alike(one) or _ends_alike(one) != _ends_alike(other):
        return False
    asked, another = _rows(one), _rows(other)
    if are_apart(asked, another):
        return False
    is_judged_alike = True
    if isinstance(one, Timed) and isinstance(other, Timed):
        first, second = (rules.get(metric.id, NO_RULE) for metric in (one, other))
        named = [[name for name, _ in by.limits] for by in (first, second)]
        is_limit = first.alike == second.alike and named[0] == named[1] != []
        is_limit = is_limit and first.period_by != "due"
        is_judged_alike = one.start == other.start and (first.text == second.text or is_limit)
    return not is_judged_alike or bool(
        asked.others - another.others and another.others - asked.others
    )


def _ends_alike(metric: FromRows) -> tuple[Any, ...]:
    """Return what metrics have in common whose cases may be the same, whenever they begin."""
    if isinstance(metric, Timed):
        return "timed", metric.subject.name, metric.stop, metric.done
    return _counted(metric, NO_RULE)


@lru_cache(maxsize=8)
def _sums_of(metrics: tuple[tuple[Metric, Rule], ...]) -> tuple[Sum, ...]:
    families: dict[tuple[Any, ...], dict[Cell, Asked]] = defaultdict(dict)
    for metric, rule in metrics:
        if isinstance(metric, FromRows) and metric.is_about_persons:
            key = _counted(metric, rule)
            if key:
                families[key] |= {
                    (metric.id, count): asked for count, asked in _cells(metric, rule).items()
                }
    return tuple(one for family in families.values() for one in _sums(family))


def _counted(metric: FromRows, rule: Rule) -> tuple[Any, ...]:
    """Return what metrics have in common that count the same rows by the same day."""
    if isinstance(metric, Timed):
        same = (metric.subject.name, metric.start, metric.stop, metric.done)
        return ("timed", *same, rule.alike or rule.text) if rule.text else ()
    if isinstance(metric, Count):
        return "dated", metric.subject.name, metric.happened
    if isinstance(metric, ShareOfFlag) and metric.by_row:
        return "dated", metric.subject.name, metric.on
    if isinstance(metric, Stock):
        state = (metric.state.subject.name, metric.state.since, metric.state.until)
        return "stock", metric.subject.name, *state, metric.state.is_inclusive
    return ()


def _cells(metric: FromRows, rule: Rule) -> dict[str, Asked]:
    """Return what is asked of a metric's cases, of all and of those that are met or missed."""
    asked = _rows(metric)
    if isinstance(metric, Timed):
        return _in_time(asked, rule)
    if isinstance(metric, ShareOfFlag):
        yes, no = (Asked.of(text) for text in (metric.flag, f"NOT ({metric.flag})"))
        return {ALL: asked, "met": asked.and_all(yes), "missed": asked.and_all(no)}
    if isinstance(metric, Stock):
        told = {one: asked.and_other(f"{one}: {metric.has}") for one in ("met", "missed")}
        return {ALL: asked, **told}
    return {ALL: asked}


def _rows(metric: FromRows) -> Asked:
    """Return what is asked of a metric's rows."""
    of_state = metric.state.filter if isinstance(metric, Stock) else ""
    asked = Asked.of(metric.filter, of_state, exclude=metric.exclude)
    return asked.and_other(f"during {metric.during}") if metric.during else asked


def _in_time(asked: Asked, rule: Rule) -> dict[str, Asked]:
    """Tell who is in time by a rule: within a limit, so within a longer one.

    Where periods go by the day that a case is due, another limit moves it to another period.
    """
    by_rule = {count: asked.and_other(f"{count} by {rule.text}") for count in (ALL, *_OUTCOMES)}
    if not rule.limits or rule.period_by == "due":
        return by_rule
    within, beyond, decided = asked, asked, asked
    for unit, limit in rule.limits:
        within = within.up_to(f"time in {unit}", Fraction(limit))
        beyond = beyond.beyond(f"time in {unit}", Fraction(limit))
        decided = decided.beyond(f"known in {unit}", Fraction(limit))
    if rule.period_by == "start":
        return by_rule | {"met": within, "missed": beyond, ALL: decided}
    return by_rule | {"met": within}


_OUTCOMES = ("met", "missed", "unknown")


def _sums(family: Mapping[Cell, Asked]) -> Iterator[Sum]:
    """Yield the sums of cells that differ in what is asked alone."""
    same: dict[Cell, list[Cell]] = {}
    for cell, asked in family.items():
        first = next((one for one in same if are_same(family[one], asked)), cell)
        same.setdefault(first, []).append(cell)
    for first, *others in same.values():
        yield from (Sum(other, (first,)) for other in others)
    different = {cell: family[cell] for cell in same}
    for whole, asked in different.items():
        inside = [cell for cell in different if cell != whole and is_in(different[cell], asked)]
        inside = [cell for cell in inside if cell[0] != whole[0]]
        direct = [cell for cell in inside if not _is_between(cell, inside, different)]
        told = [pair for pair in combinations(direct, 2) if _are_all(asked, pair, different)]
        yield from (Sum(whole, pair) for pair in told)
        left = [cell for cell in direct if not any(cell in pair for pair in told)]
        for apart in _each_apart(left, different):
            lists = [tuple(apart), *([(one,) for one in apart] if len(apart) > 1 else [])]
            yield from (Sum(whole, parts, rest=True) for parts in lists)


def _are_all(whole: Asked, pair: tuple[Cell, Cell], asked: Mapping[Cell, Asked]) -> bool:
    return are_all(whole, asked[pair[0]], asked[pair[1]])


def _is_between(name: Cell, inside: Sequence[Cell], asked: Mapping[Cell, Asked]) -> bool:
    return any(other != name and is_in(asked[name], asked[other]) for other in inside)


def _each_apart(names: Sequence[Cell], asked: Mapping[Cell, Asked]) -> list[list[Cell]]:
    """Sort metrics into lists of those that have no case in common."""
    lists: list[list[Cell]] = []
    for name in names:
        own = next(
            (one for one in lists if all(are_apart(asked[name], asked[o]) for o in one)), None
        )
        if own is None:
            lists.append(own := [])
        own.append(name)
    return lists
