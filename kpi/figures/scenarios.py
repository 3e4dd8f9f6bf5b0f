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
from kpi.figures.cases import COUNTED, all_cases
from kpi.figures.counts import IN_DENOMINATOR, OUTCOMES
from kpi.figures.doubtful_rows import Doubts
from kpi.figures.durations import quantile_of
from kpi.params import MetricParams, Params

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend


AS_COUNTED, WITH_SET_ASIDE, DOUBTFUL_UNKNOWN = "as_counted", "with_set_aside", "doubtful_unknown"
OTHER_WAYS = (WITH_SET_ASIDE, DOUBTFUL_UNKNOWN)
TIMES = ("days", "net_days")
LEAST, MOST = "least_", "most_"
MEDIANS = tuple(f"{start}median_{time}" for start in ("", LEAST, MOST) for time in TIMES)
ENDLESS = 1e9
JUDGED, UNKNOWN = ("met", "missed"), "unknown"
_COUNTS = ("n", *OUTCOMES)
Row = dict[str, Any]
Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int_]
Words = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Scenarios:
    """The counts of each way of counting; their differences from the usual ones are rounded down.

    `counts` has a row per scenario: scenario, n, met, missed, unknown, not_yet_due; of cases that
    are only counted, by how many they may be `fewer` or `more`; and of times the medians, with the
    least and the most that each can be (MEDIANS). A scenario "with_set_aside:<rule>" counts of the
    rows set aside only those that break a rule; in "doubtful_unknown:<rule>" only those are in
    doubt.

    A case in doubt never disappears: whether it was met is unknown, whether it is one is too, and
    its time may be any.
    """

    counts: pd.DataFrame


@dataclass(frozen=True)
class Asked:
    """A definition, its counting rules and the accepted tables."""

    backend: Backend
    params: Params
    definition: FromRows
    settings: MetricParams
    tables: Mapping[str, ir.Table]

    def rounded(self, cases: int) -> int:
        """Return a number of cases rounded down (or up, below zero), where they are persons'."""
        threshold = self.params.report.disclosure.hide_persons_below
        of = max(threshold, 1) if self.definition.is_about_persons else 1
        return int(abs(cases) // of * of * np.sign(cases))

    def told(self, way: str, usual: Row, more: Numbers) -> Row:
        """Return the counts of a way of counting, its differences from the usual ones rounded.

        Where cases only change their outcome, they do so as told.
        """
        n, met, missed, not_yet_due, unknown = (int(change) for change in more)
        counted = self.rounded(n - met - missed - unknown)
        met, missed, not_yet_due = map(self.rounded, (met, missed, not_yet_due))
        unknown = self.rounded(unknown) if n else -met - missed - counted
        changes = (met + missed + unknown + counted, met, missed, not_yet_due, unknown)
        counts = (int(usual[name]) + x for name, x in zip(_COUNTS, changes, strict=True))
        named = dict(zip(_COUNTS, counts, strict=True))
        return {"scenario": way, "fewer": 0, "more": 0} | named

    def cases(self, others: Mapping[str, ir.Table]) -> ir.Table:
        """Return the cases of the quarter, some tables replaced by others."""
        definition = self.definition
        tables = {**self.tables, **others}
        is_net = any(counting.clock == "net" for counting in self.settings.counting)
        if definition.subject.waits and not is_net:
            tables.pop(definition.subject.waits.subject, None)
        found = all_cases(definition, self.settings, tables, self.params)
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
        marked.group_by("outcome", "aside", "broken", *(TIMES if is_timed else ())).agg(
            cases=marked.weight.sum().cast("int64")
        )
    )
    ways = _ways(
        counted["aside"].to_numpy(dtype=bool), counted["broken"].to_numpy(dtype=int), doubts
    )
    outcome, number = counted["outcome"].to_numpy(dtype=object), counted["cases"].to_numpy(int)
    before = ways[AS_COUNTED].counted(outcome, number)
    counts = pd.DataFrame(
        [
            asked.told(name, usual, way.counted(outcome, number) - before)
            | {"fewer": asked.rounded(way.fewer(outcome, number))}
            for name, way in ways.items()
        ]
    )
    if is_timed:
        share = _percentile(asked.definition) / 100
        as_usual = counts["scenario"].where(_differs(counts), AS_COUNTED)
        counts = counts.assign(**_medians(counted, ways, as_usual, share))
    return Scenarios(counts)


@dataclass(frozen=True)
class _Way:
    """Which rows of counted cases count, and which of them are in doubt."""

    counts: Flags
    in_doubt: Flags

    def counted(self, outcome: Words, cases: Numbers) -> Numbers:
        """Add up the rows that count; of those in doubt it is not known whether they were met."""
        is_judged = np.logical_or.reduce([outcome == one for one in JUDGED])
        known = np.where(self.in_doubt & is_judged, UNKNOWN, outcome)
        return _by_outcome(known[self.counts], cases[self.counts])

    def fewer(self, outcome: Words, cases: Numbers) -> int:
        """Count the cases that are only counted and may be none."""
        return int(cases[self.counts & self.in_doubt & (outcome == COUNTED)].sum())


def _ways(aside: Flags, broken: Numbers, doubts: Doubts) -> dict[str, _Way]:
    none = np.zeros(len(aside), dtype=bool)
    ways = {
        AS_COUNTED: _Way(~aside, none),
        WITH_SET_ASIDE: _Way(~none, none),
        DOUBTFUL_UNKNOWN: _Way(~aside, ~aside & (broken != 0)),
    }
    for rule, place in doubts.aside_by.items():
        ways[f"{WITH_SET_ASIDE}:{rule}"] = _Way(~aside | _has(broken, place), none)
    for rule, place in doubts.doubted_by.items():
        ways[f"{DOUBTFUL_UNKNOWN}:{rule}"] = _Way(~aside, ~aside & _has(broken, place))
    return ways


def _percentile(definition: FromRows) -> int:
    """Return the percentile that is a metric's figure: the median unless it says otherwise."""
    return definition.percentile if isinstance(definition, Duration) else 50


def _medians(
    counted: pd.DataFrame, ways: Mapping[str, _Way], scenarios: pd.Series[str], share: float
) -> dict[str, pd.Series[float]]:
    """Return the medians of each way, and the least and most that they can be (MEDIANS).

    With another `share` than a half, that percentile stands where the median would.

    The time of a case in doubt may be anything from none at all; where so many are in doubt that
    the median may be of one of them, the most is null.
    """
    found = {}
    for start, stand_in in (("", None), (LEAST, 0.0), (MOST, ENDLESS)):
        kept = pd.concat(
            [
                counted[way.counts].assign(
                    scenario=name,
                    **{
                        time: _or_any(counted[time], way.in_doubt, stand_in)[way.counts]
                        for time in TIMES
                    },
                )
                for name, way in ways.items()
            ]
        )
        for time in TIMES:
            medians = scenarios.map(quantile_of(kept, ["scenario"], time, share))
            found[f"{start}median_{time}"] = medians.where(medians < ENDLESS / 4)
    return found


def _or_any(days: pd.Series[float], in_doubt: Flags, stand_in: float | None) -> pd.Series[float]:
    """Return times; those in doubt are what stands in for them, if anything does."""
    return days if stand_in is None else days.mask(in_doubt & days.notna(), stand_in)


def _differs(counts: pd.DataFrame) -> pd.Series[bool]:
    """Tell the scenarios whose counts are told to differ from the usual ones."""
    told = counts[[*_COUNTS, "fewer", "more"]]
    usual = told[counts["scenario"] == AS_COUNTED].iloc[0]
    return (told != usual).any(axis=1)


def _has(broken: Numbers, place: int) -> Flags:
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
    """Count the cases anew from other rows of all the tables that are read.

    A case is in doubt where it would be another, or none, without the rows in doubt.
    """
    import ibis

    others: dict[str, dict[str, ir.Table]] = {
        AS_COUNTED: {},
        WITH_SET_ASIDE: {name: one.may_count for name, one in doubts.items()},
        WITHOUT_THEM: {name: one.without_doubt(asked.tables[name]) for name, one in doubts.items()},
    }
    cases = ibis.union(
        *(asked.cases(tables).mutate(way=ibis.literal(way)) for way, tables in others.items())
    )
    # a case is a person's, or else a day's
    cases = cases.mutate(case=cases.person.coalesce(cases.period_on.cast("string")))
    seen = cases.group_by("case").agg(
        **{way: cases.outcome.max(where=cases.way == way) for way in others}
    )
    alike = asked.backend.execute(seen.group_by(*others).agg(cases=seen.count()))
    alike[list(others)] = alike[list(others)].astype(object).where(alike[list(others)].notna(), "")
    outcomes = {
        AS_COUNTED: alike[AS_COUNTED],
        WITH_SET_ASIDE: alike[WITH_SET_ASIDE],
        DOUBTFUL_UNKNOWN: alike[AS_COUNTED].where(
            alike[AS_COUNTED] == alike[WITHOUT_THEM], UNKNOWN
        ),
    }
    number = alike["cases"].to_numpy(int)
    found = {way: _by_outcome(one.to_numpy(object), number) for way, one in outcomes.items()}
    usual = dict(zip(_COUNTS, found[AS_COUNTED], strict=True))
    counts = [asked.told(way, usual, of - found[AS_COUNTED]) for way, of in found.items()]
    leaves = (alike[AS_COUNTED] != "") & (alike[WITHOUT_THEM] == "")
    comes = (alike[AS_COUNTED] == "") & (alike[WITHOUT_THEM] != "")
    fewer, more = (int(alike.loc[chosen, "cases"].sum()) for chosen in (leaves, comes))
    counts[-1] |= {"fewer": asked.rounded(fewer), "more": asked.rounded(more)}
    return Scenarios(pd.DataFrame(counts))


WITHOUT_THEM = "without_them"


def _by_outcome(outcome: Words, cases: Numbers) -> Numbers:
    """Add up cases by outcome, in the order of _COUNTS; n is those in the denominator."""
    added = {name: cases[outcome == name].sum() for name in (*OUTCOMES, COUNTED)}
    return np.array([sum(added[name] for name in IN_DENOMINATOR), *map(added.get, OUTCOMES)])
