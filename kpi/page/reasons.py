"""What lies behind a figure: a sentence computed from its counts, and what is said about it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from kpi.definitions.kinds import NOT_COUNTED, WITH_CLOCK, is_rate
from kpi.definitions.overlapping import SUMS, Sum
from kpi.definitions.statuses import ATTESTED, HIDDEN, NOT_ASSESSABLE, NOT_DUE, STATUSES
from kpi.definitions.words import (
    NOT_RECORDED,
    NOT_SO,
    TOO_LATE,
    TOO_LATE_AT_A_STEP,
    UNKNOWN,
    Forms,
)
from kpi.figures.results import Goal
from kpi.language.words import filled, joined
from kpi.page.facts import Facts, Row
from kpi.page.lateness import made_late, made_late_in_short
from kpi.page.wording import amount, figure, has_figure, inside, shown_unit
from kpi.params.quarter_file import Comment as Remarks
from kpi.params.quarter_file import Deviation
from kpi.record import SubjectWords, without_comment


def reason(facts: Facts, metric: str) -> str:
    """Say what a figure of the quarter rests on: how many were late, missing or hidden.

    Where something is found that may make it wrong as a whole, that is said as well.
    """
    row = facts.row(metric)
    if row["status"] == ATTESTED.id:
        return _attested(facts, metric)
    if not has_figure(row):
        return _no_figure(facts, metric, row)
    return joined((_of_counts(facts, metric, row), may_be_wrong(facts, metric)))


def beside_the_counts(facts: Facts, metric: str) -> str:
    """Say what a figure that stands beside its counts and its target does not say by itself.

    What would close a range; what may make the figure wrong; why there is none.
    """
    row = facts.row(metric)
    if not has_figure(row):
        return reason(facts, metric)
    lacking = row["unit"] == "share" and row["unknown"]
    missing = what_is_missing(facts, metric) if lacking else ""
    return joined((missing, may_be_wrong(facts, metric)))


def may_be_wrong(facts: Facts, metric: str) -> str:
    """Say which promises the extracts of a figure do not keep, where that may make it wrong."""
    labels, rests_on = facts.labels, facts.metrics[metric].rests_on
    found = [
        inside(labels(finding.words))
        for table in facts.checked_tables
        if table.table in rests_on
        for finding in table.findings
        if finding.is_broken and finding.casts_doubt
    ]
    if not found:
        return ""
    rules = joined(list(dict.fromkeys(found)), "; ")
    return labels("The figure may be wrong, for this does not hold: {rules}.", rules=rules)


def _no_figure(facts: Facts, metric: str, row: Row) -> str:
    """Say why there is no figure to be shown."""
    described, labels = facts.metrics[metric], facts.labels
    if described.lacks and row["status"] == NOT_ASSESSABLE.id:
        named = labels.and_list([inside(labels(words)) for words in described.lacks])
        return labels("It cannot be measured; the extracts lack: {what}.", what=named)
    if described.kind in NOT_COUNTED:
        return labels("An aim without a measure.")
    return labels(NO_FIGURE_WORDS.get(row["status"], NO_FIGURE_WORDS["nothing"]))


NO_FIGURE_WORDS = {
    HIDDEN.id: "Few persons lie behind the figure; it is hidden.",
    NOT_DUE.id: "No limit ended in the quarter.",
    "nothing": "There is nothing to count in the quarter.",
}


def _of_counts(facts: Facts, metric: str, row: Row) -> str:
    labels, unit = facts.labels, row["unit"]
    if unit == "share":
        return _of_share(facts, metric, row)
    if unit == "days":
        return _of_times(facts, metric, row)
    if is_rate(unit) and STATUSES[row["status"]].verdict == "missed":
        gap, per = Goal.of_row(row, strictly=False).lacking(row["value"]), facts.per(metric)
        is_short = row["direction"] == "at_least" or (
            row["direction"] == "between" and row["value"] < row["target"]
        )
        words = per.too_few if is_short else per.too_many
        cases = labels.noun(*_words(facts, metric).cases, gap)
        return labels(words, gap=labels.number(gap, 1), cases=cases)
    if row["n"] == 0:
        return labels("There were none in the quarter.")
    return among_in_words(facts, metric)


def _of_times(facts: Facts, metric: str, row: Row) -> str:
    labels, shown = facts.labels, shown_unit(facts, row)
    told = {
        "ended": labels(_words(facts, metric).ended),
        "n": labels.count(row["n"]),
        "median": amount(labels, shown, row["median_days"]),
    }
    if pd.isna(row["p90_days"]):
        return labels("Half of the {n} {ended} took at most {median}.", **told)
    return labels(
        "Half of the {n} {ended} took at most {median}, nine in ten at most {p90}.",
        p90=amount(labels, shown, row["p90_days"]),
        **told,
    )


def parts_in_words(facts: Facts, metric: str) -> str:
    """Say how many cases of a metric other listed metrics count, so that the parts add up.

    Nothing where a part is not listed, hidden or not counted.
    """
    said = [_parts(facts, one) for one in SUMS if one.whole == metric and one.words]
    return joined(said, "; ")


def _parts(facts: Facts, one: Sum) -> str:
    rows = [facts.row(part) if part in facts.metrics else {} for part in one.parts]
    counts = [row.get("n") for row in rows]
    if any(n is None or pd.isna(n) for n in counts):
        return ""
    written = {
        name: facts.labels.count(float(n or 0)) for name, n in zip(_PLACES, counts, strict=False)
    }
    said = facts.labels(one.words, **written)
    more = [parts_in_words(facts, part) for part in one.parts]
    return joined((said, *more), ", ")


_PLACES = ("first", "second", "third")


def among_in_words(facts: Facts, metric: str) -> str:
    """Say among which other listed cases those of a metric are counted; else nothing."""
    found = [
        one
        for one in SUMS
        if metric in one.parts and one.among and {one.whole, *one.parts} <= facts.metrics.keys()
    ]
    return joined([facts.labels(one.among) for one in found])


def _of_share(facts: Facts, metric: str, row: Row) -> str:
    labels, parts = facts.labels, []
    if row["missed"]:
        parts.append(late_in_words(facts, metric, int(row["missed"])))
    if row["unknown"]:
        parts.append(unknown_in_words(facts, metric, int(row["unknown"])))
    if not parts:
        return labels("All {n} kept the target.", n=labels.count(row["n"]))
    if len(parts) == 1:
        return filled("{said}.", {"said": parts[0]})
    return labels("{late}, and {unknown}.", late=parts[0], unknown=parts[1])


def what_is_missing(facts: Facts, metric: str) -> str:
    """Say what would close a range: the cases without a date that decides them."""
    row = facts.row(metric)
    said = unknown_in_words(facts, metric, int(row["unknown"]))
    return filled("{said}.", {"said": said})


def late_in_words(facts: Facts, metric: str, n: int) -> str:
    """Say how many cases were late, or were not so: 30 bills were not approved in time."""
    described = facts.metrics[metric]
    if described.late and not described.own_title:
        return facts.labels.plural(*described.late, n)
    if described.last_step in facts.subject(metric).steps and not described.own_title:
        step = facts.step(metric, described.last_step)
        return _of_cases(facts, metric, TOO_LATE_AT_A_STEP, n, step=step)
    return _of_cases(facts, metric, TOO_LATE if described.kind in WITH_CLOCK else NOT_SO, n)


def unknown_in_words(facts: Facts, metric: str, n: int) -> str:
    """Say of how many cases nobody can tell whether they kept the target."""
    described = facts.metrics[metric]
    if described.unknown and not described.own_title:
        return facts.labels.plural(*described.unknown, n)
    return _of_cases(facts, metric, UNKNOWN if described.kind in WITH_CLOCK else NOT_RECORDED, n)


def _of_cases(facts: Facts, metric: str, forms: Forms, n: int, **values: str) -> str:
    one, many = _words(facts, metric).cases
    cases = facts.labels(one if n == 1 else many)
    return facts.labels.plural(*forms, n, cases=cases, **values)


def _words(facts: Facts, metric: str) -> SubjectWords:
    """Return what is said of the cases; neutral where the parameters call the metric otherwise."""
    return SubjectWords() if facts.metrics[metric].own_title else facts.subject(metric)


def _attested(facts: Facts, metric: str) -> str:
    stated = facts.parameters.attestations[metric]
    day, by = facts.labels.date(stated.date), facts.own(stated.by)
    said = facts.labels(ATTESTED_WORDS[stated.is_met], by=by, day=day)
    left_over = facts.left_over(f"attestations.{metric}")
    return joined((said, f"({'; '.join(left_over)})" if left_over else ""))


ATTESTED_WORDS = {
    True: "{by} states, on {day}, that the target was kept.",
    False: "{by} states, on {day}, that the target was not kept.",
}


def open_at_end(facts: Facts, metric: str) -> str:
    """Say how many cases were open, and open past their limit, when the quarter ended."""
    row, labels = facts.row(metric), facts.labels
    if not row or pd.isna(row["open"]) or pd.isna(row["overdue"]):
        return ""
    if row["open"] == row["overdue"] > 1:
        return labels(
            "When the quarter ended, {open} were open, all past their limit.",
            open=labels.count(row["open"]),
        )
    return labels(
        "When the quarter ended, {open} were open, {overdue} of them past their limit.",
        open=labels.count(row["open"]),
        overdue=labels.count(row["overdue"]),
    )


@dataclass(frozen=True)
class Comment:
    """Cause, action, who and by when; and what the committee has accepted, until when.

    `beside` is what the figures say of the months or stages that it names. `is_missing` where a
    target is missed and nothing is said. `left_over` is why the text may be another quarter's.
    """

    said: Remarks | None
    due: str
    beside: str
    accepted: Deviation | None
    until: str
    is_missing: bool
    left_over: list[str]


def comment(facts: Facts, metric: str) -> Comment:
    """Return what the quarter's parameters say about a metric's figure."""
    said = facts.parameters.comments.get(metric)
    accepted = facts.parameters.accepted_deviations.get(metric)
    return Comment(
        said=said,
        due=_day(facts, said.due if said else None),
        beside=figures_beside(facts, metric),
        accepted=accepted,
        until=_day(facts, accepted.until if accepted else None),
        is_missing=metric in without_comment(facts.run),
        left_over=facts.left_over(f"comments.{metric}"),
    )


def figures_beside(facts: Facts, metric: str) -> str:
    """Say what the figures say of the months and the stages that a comment names; else nothing.

    The comment is its author's; a reader sees beside it whether the figures agree.
    """
    said = facts.parameters.comments.get(metric)
    if said is None or not facts.row(metric):
        return ""
    texts = [one for one in (said.cause, said.action) if one]
    named = " ".join([*texts, *map(facts.translation, texts)]).lower()
    return joined((_by_month(facts, metric, named), _by_stage(facts, metric, named)))


def _by_month(facts: Facts, metric: str, text: str) -> str:
    months = facts.quarter.months
    if not any(facts.labels.month(month, "LLLL").lower() in text for month in months):
        return ""
    said = [_month(facts, row) for row in facts.over_time(metric) if row["period"] in months]
    return filled("{months}.", {"months": joined(said, "; ")}) if said else ""


def _month(facts: Facts, row: Row) -> str:
    labels, month = facts.labels, facts.labels.month(str(row["period"]), "LLLL")
    if row["unit"] != "share" or row["status"] == HIDDEN.id or pd.isna(row["n"]):
        return joined((month, figure(facts, row)))
    counts = {"missed": labels.count(row["missed"])}
    if row["unknown"]:
        counts["unknown"] = labels.count(row["unknown"])
    return joined((month, labels(MONTH_WORDS[len(counts)], **counts)))


MONTH_WORDS = {1: "{missed} missed", 2: "{missed} missed, {unknown} unknown"}
_STEM = 5


def _by_stage(facts: Facts, metric: str, text: str) -> str:
    steps = {
        step for one in made_late(facts, metric) if one.is_stage for step in one.stage.split("-")
    }
    words = [facts.step(metric, step) for step in steps if step in facts.subject(metric).steps]
    is_named = any(len(word) >= _STEM and word[:_STEM].lower() in text for word in words)
    return made_late_in_short(facts, metric) if is_named else ""


def _day(facts: Facts, day: dt.date | None) -> str:
    return facts.labels.date(day) if day else ""
