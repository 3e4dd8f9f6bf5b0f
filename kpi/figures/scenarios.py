"""A metric's cases of the quarter as they were counted, and as they could have been."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpi.definitions.kinds import Duration, FromRows, Timed
from kpi.definitions.subject import ROW_NO
from kpi.figures.cases import COUNTED, cases_of
from kpi.figures.counts import IN_DENOMINATOR, OUTCOMES
from kpi.figures.doubtful_rows import Doubts
from kpi.figures.durations import quantile_of
from kpi.params import Counting, Params

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend


AS_COUNTED, WITH_SET_ASIDE, WITHOUT_DOUBTFUL = "as_counted", "with_set_aside", "without_doubtful"
OTHER_WAYS = (WITH_SET_ASIDE, WITHOUT_DOUBTFUL)
_TIMES = ("days", "net_days")
_COUNTS = ("n", *OUTCOMES)
Row = dict[str, Any]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Scenarios:
    """The counts of each way of counting, and the fewest persons of whom a difference tells.

    `counts` has a row per scenario: scenario, n, met, missed, unknown, not_yet_due, and of times
    median_days and median_net_days. A scenario "with_set_aside:<rule>" counts of the rows set aside
    only those that break a rule, "without_doubtful:<rule>" leaves out only those. `persons` has no
    entry for a way that tells of nobody.
    """

    counts: pd.DataFrame
    persons: Mapping[str, int]


@dataclass(frozen=True)
class Asked:
    """A definition under the counting rules of the reported quarter, and the accepted tables."""

    backend: Backend
    params: Params
    definition: FromRows
    counting: Counting
    tables: Mapping[str, ir.Table]

    def cases(self, others: Mapping[str, ir.Table]) -> ir.Table:
        """Return the cases of the quarter, some tables replaced by others."""
        definition = self.definition
        tables = {**self.tables, **others}
        if definition.subject.waits and self.counting.clock == "gross":
            tables.pop(definition.subject.waits.subject, None)
        found = cases_of(definition, self.counting, (), tables, self.params.report.as_of)
        quarter = self.params.quarter
        return found.filter(found.period_on.between(quarter.first_day, quarter.last_day))


def scenarios_of(asked: Asked, usual: Row, doubts: Mapping[str, Doubts]) -> Scenarios:
    """Count a metric in each way; `usual` is its result, `doubts` are those of each checked table.

    Only rows of the metric's own table move a figure whose cases are rows, and each rule is tried
    by itself. Where a case is made of several rows, those of all tables that the definition reads
    move it, and no rule is tried.
    """
    if asked.definition.by_row:
        return _by_row(asked, usual, doubts[asked.definition.subject.name])
    return _by_tables(asked, {n: doubts[n] for n in asked.definition.tables if n in doubts})


def _by_row(asked: Asked, usual: Row, doubts: Doubts) -> Scenarios:
    """Count the rows set aside or in doubt, and add them to the usual counts, or take them away.

    Medians need all the rows.
    """
    marks = doubts.marks
    is_timed = isinstance(asked.definition, Duration)
    rows = doubts.may_count if is_timed else doubts.marked_rows
    cases = asked.cases(_numbered(asked, rows))
    marked = cases.left_join(marks, cases.case_id == marks.marked_row)
    marked = marked.mutate(aside=marked.aside.fill_null(False), broken=marked.broken.fill_null(0))
    counted = asked.backend.execute(
        marked.group_by("outcome", "aside", "broken", *(_TIMES if is_timed else ())).agg(
            cases=marked.count(), persons=marked.person.nunique()
        )
    )
    aside, broken = counted["aside"].to_numpy(dtype=bool), counted["broken"].to_numpy(dtype=int)
    ways = {
        AS_COUNTED: ~aside,
        WITH_SET_ASIDE: np.ones(len(aside), dtype=bool),
        WITHOUT_DOUBTFUL: ~aside & (broken == 0),
    }
    for rule, place in doubts.aside_by.items():
        ways[f"{WITH_SET_ASIDE}:{rule}"] = ~aside | _has(broken, place)
    for rule, place in doubts.doubted_by.items():
        ways[f"{WITHOUT_DOUBTFUL}:{rule}"] = ~aside & ~_has(broken, place)
    before = _by_outcome(counted[~aside])
    counts = pd.DataFrame(
        [_counts(way, usual, _by_outcome(counted[keep]) - before) for way, keep in ways.items()]
    )
    if is_timed:
        kept = pd.concat([counted[keep].assign(scenario=way) for way, keep in ways.items()])
        for name in _TIMES:
            medians = quantile_of(kept, ["scenario"], name, 0.5)
            counts[f"median_{name}"] = counts["scenario"].map(medians)
    moved = counted[aside | (broken != 0)]
    return Scenarios(counts, _fewest_marked(asked, marked, moved))


def _fewest_marked(asked: Asked, marked: ir.Table, moved: pd.DataFrame) -> dict[str, int]:
    """Return the fewest persons with one outcome among the rows set aside, and those in doubt.

    Persons are known by the rules they break, and persons may break several in different rows.
    They are counted through only where that decides whether they are few.
    """
    keys = ["aside", "outcome"]
    known = moved[moved["persons"] > 0].groupby(keys)
    persons, cases = known["persons"].max(), known["cases"].sum()
    threshold = asked.params.report.disclosure.hide_persons_below
    if ((persons < threshold) & (cases >= threshold)).any():
        rows = marked.filter(marked.aside | (marked.broken != 0))
        told = rows.group_by(keys).agg(persons=rows.person.nunique())
        exact = asked.backend.execute(told.filter(told.persons > 0))
        persons = exact.set_index(keys)["persons"]
    ways = {True: WITH_SET_ASIDE, False: WITHOUT_DOUBTFUL}
    return {ways[bool(is_aside)]: int(n) for is_aside, n in persons.groupby("aside").min().items()}


def _has(broken: npt.NDArray[np.int_], place: int) -> Flags:
    """Tell the rows that break the rule at a place of the mark."""
    found: Flags = (broken >> place) & 1 == 1
    return found


def _numbered(asked: Asked, rows: ir.Table) -> dict[str, ir.Table]:
    """Let the number of the row stand for the key, in the metric's table and in its waits."""
    definition = asked.definition
    subject = definition.subject
    if len(subject.key) != 1:
        return {subject.name: rows}
    key = subject.key[0]
    numbered = {subject.name: rows.mutate(**{key: rows[ROW_NO].cast("string")})}
    waits = subject.waits.subject if subject.waits else ""
    if isinstance(definition, Timed) and waits in asked.tables:
        numbers = rows.select(key, number=rows[ROW_NO].cast("string"))
        waited = asked.tables[waits].inner_join(numbers, key)
        numbered[waits] = waited.drop(key).rename({key: "number"})
    return numbered


def _by_tables(asked: Asked, doubts: Mapping[str, Doubts]) -> Scenarios:
    """Count the cases anew from other rows of all the tables that are read."""
    import ibis

    others: dict[str, dict[str, ir.Table]] = {
        AS_COUNTED: {},
        WITH_SET_ASIDE: {name: one.may_count for name, one in doubts.items()},
        WITHOUT_DOUBTFUL: {
            name: one.without_doubt(asked.tables[name]) for name, one in doubts.items()
        },
    }
    cases = ibis.union(
        *(asked.cases(tables).mutate(way=ibis.literal(way)) for way, tables in others.items())
    )
    counted = asked.backend.execute(cases.group_by("way", "outcome").agg(cases=cases.count()))
    counts = [
        _counts(way, dict.fromkeys(_COUNTS, 0), _by_outcome(counted[counted["way"] == way]))
        for way in others
    ]
    is_moved = any(other | {"scenario": AS_COUNTED} != counts[0] for other in counts[1:])
    tells = is_moved and asked.definition.is_about_persons
    persons = _fewest_moved(asked, cases) if tells else {}
    return Scenarios(pd.DataFrame(counts), persons)


def _fewest_moved(asked: Asked, cases: ir.Table) -> dict[str, int]:
    """Return the fewest persons who got an outcome, or lost it, in each of the other ways."""
    ways = (AS_COUNTED, *OTHER_WAYS)
    seen = cases.group_by("person", "outcome").agg(
        **{way: (cases.way == way).any() for way in ways}
    )
    alike = asked.backend.execute(seen.group_by("outcome", *ways).agg(persons=seen.count()))
    fewest = {}
    for way in OTHER_WAYS:
        moved = alike[alike[AS_COUNTED] != alike[way]]
        if len(moved):
            fewest[way] = int(moved.groupby(["outcome", way])["persons"].sum().min())
    return fewest


def _by_outcome(rows: pd.DataFrame) -> npt.NDArray[np.int_]:
    """Add up cases by outcome, in the order of _COUNTS; n is those in the denominator."""
    outcome, cases = rows["outcome"].to_numpy(dtype=object), rows["cases"].to_numpy(dtype=int)
    added = {name: cases[outcome == name].sum() for name in (*OUTCOMES, COUNTED)}
    return np.array([sum(added[name] for name in IN_DENOMINATOR), *map(added.get, OUTCOMES)])


def _counts(way: str, usual: Row, more: npt.NDArray[np.int_]) -> Row:
    """Return the counts of a way of counting."""
    counts = (int(usual[name]) + int(n) for name, n in zip(_COUNTS, more, strict=True))
    return {"scenario": way} | dict(zip(_COUNTS, counts, strict=True))
