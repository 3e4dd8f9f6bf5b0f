"""What is found of a whole table: how it was read, its rows, and keys that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kpi.definitions.subject import (
    EMPTY_EXTRACT,
    FEWER_ROWS,
    KEYS_NOT_MET,
    MOST_SET_ASIDE,
    NO_ROWS_IN_QUARTER,
    VOLUME_OUTSIDE_BAND,
    Rule,
    Subject,
)
from kpi.params.quarter_file import Limits
from kpi.quality.flags import Counts
from kpi.quality.report import Finding
from kpi.sources.extract import Extract

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

USUAL_BAND = (0.5, 2.0)
REFERS = "refers"
FEWEST = 10  # rows: below that it may be chance
_REMEDIES = {
    FEWER_ROWS: "See whether the extract was cut off, or covers less time than the last one.",
    MOST_SET_ASIDE: "See in the list of rows set aside which rule most of them break, and mend the "
    "extract or its description; limits.set_aside is how much may be set aside.",
    KEYS_NOT_MET: "Draw both extracts from one system and of the same time, with their numbers as "
    "text; limits.not_met is how many of them may lead nowhere.",
}


@dataclass(frozen=True)
class About:
    """A table that was checked: its rules, its counts, and what is usual.

    `dated` are its rows in the quarter and in the one before, null for a table without a date.
    `rows_before` are those of the last published report's extract, null where there was none.
    """

    backend: Backend
    table: Subject
    rules: Sequence[Rule]
    counts: Counts
    dated: Sequence[int] | None
    band: tuple[float, float]
    limits: Limits
    rows_before: int | None


def about_reading(table: Subject, extracts: Sequence[Extract]) -> Iterator[Finding]:
    """Tell what was doubtful in reading a table's extracts, with the rows it is about."""
    for one in table.about_reading():
        doubts = [
            (extract.file, doubt)
            for extract in extracts
            if extract.table == table.name
            for doubt in extract.doubts
            if doubt.reading == one.id
        ]
        if doubts:
            places = (": ".join(filter(None, (f, ", ".join(d.columns)))) for f, d in doubts)
            yield Finding(
                one.id,
                one.severity,
                one.words,
                sum(doubt.rows for _, doubt in doubts),
                is_broken=True,
                where="; ".join(places),
                remedy=one.remedy,
                casts_doubt=one.casts_doubt,
            )


def about_table(about: About, extracts: Sequence[Extract]) -> Iterator[Finding]:
    """Judge the table as a whole: any rows, a usual number of them, most of them to be counted."""
    files = ", ".join(one.file for one in extracts if one.table == about.table.name)
    found = {name: (rows, files, _REMEDIES.get(name, "")) for name, rows in _judged(about).items()}
    if lost := list(_keys_not_met(about)):
        found[KEYS_NOT_MET] = (
            sum(rows for rows, _ in lost),
            "; ".join(words for _, words in lost),
            _REMEDIES[KEYS_NOT_MET],
        )
    asked = _asked(about)
    for name, severity, words in about.table.about_table():
        if name in asked:
            rows, where, remedy = found.get(name, (0, "", ""))
            yield Finding(
                name,
                severity,
                words,
                rows,
                name in found,
                where=where if remedy else "",
                remedy=remedy,
                casts_doubt=name in _REMEDIES,
            )


def _asked(about: About) -> set[str]:
    """Return what can be judged of the table: with rows, a date, an extract before this one."""
    now, before = about.dated or (None, None)
    asked = {EMPTY_EXTRACT, MOST_SET_ASIDE}
    if any(rule.promise and rule.promise.kind == REFERS for rule in about.rules):
        asked |= {KEYS_NOT_MET}
    if about.rows_before is not None:
        asked |= {FEWER_ROWS}
    if about.counts.read and now is not None:
        asked |= {NO_ROWS_IN_QUARTER}
    if about.counts.read and before:
        asked |= {VOLUME_OUTSIDE_BAND}
    return asked


def _judged(about: About) -> dict[str, int]:
    """Return what is not as it should be, with the number of rows that tell it."""
    read, (now, before) = about.counts.read, about.dated or (None, None)
    found = {}
    if not read:
        found[EMPTY_EXTRACT] = 0
    if now == 0:
        found[NO_ROWS_IN_QUARTER] = 0
    if before and not about.band[0] <= (now or 0) / before <= about.band[1]:
        found[VOLUME_OUTSIDE_BAND] = now or 0
    if read < about.limits.fewer_rows * (about.rows_before or 0):
        found[FEWER_ROWS] = read
    aside, cases = _set_aside(about)
    if cases >= FEWEST and aside > about.limits.set_aside * cases:
        found[MOST_SET_ASIDE] = aside
    return found


def _set_aside(about: About) -> tuple[int, int]:
    """Count the rows set aside that might have been cases, and all that might have been."""
    no_case = {rule.id for rule in about.rules if rule.is_no_case}
    reasons = about.counts.reasons
    others = sum(rows for rule, rows in reasons.items() if rule in no_case)
    return sum(reasons.values()) - others, about.counts.read - others


def _keys_not_met(about: About) -> Iterator[tuple[int, str]]:
    """Yield the keys that lead to no row of another extract, where these are many on both sides.

    That one extract covers more than the other is usual: then many are alone on one side only.
    """
    for rule in about.rules:
        if not rule.promise or rule.promise.kind != REFERS:
            continue
        lost, named = about.counts.broken[rule.id], about.counts.among[rule.id]
        limit = about.limits.not_met
        if named < FEWEST or lost <= limit * named:
            continue
        (column,), other = rule.promise.columns, rule.promise.other
        rows, others = (about.backend.table(f"read_{name}") for name in (about.table.name, other))
        keys = others.filter(others[column].notnull())
        alone = keys.filter(keys[column].notin(rows.filter(rows[column].notnull())[column]))
        left, whole = (int(about.backend.execute(one.count())) for one in (alone, keys))
        if left > limit * whole:
            told = f"{lost} of {named} rows of {about.table.name} lead to no row of {other}, "
            yield lost, told + f"to {left} of {whole} rows of {other} leads none"
