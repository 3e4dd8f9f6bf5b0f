"""The answer first: the sentences that open the page and those that read a chart aloud."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from kpi.definitions.statuses import CLOSE, RUNNING, STATUSES, Verdict, with_verdict
from kpi.language import Labels
from kpi.language.words import joined
from kpi.page.charts.control import last_value, target_in_chart
from kpi.page.comparison import distance
from kpi.page.facts import Facts
from kpi.page.lateness import made_late_in_short
from kpi.page.trends import Monthly, months_in_words, reading
from kpi.page.wording import capital, figure, goal, has_figure, inside, number_word, spoken

_WORTH_TELLING = 1.0  # percentage points


def by_status(facts: Facts) -> dict[str, list[str]]:
    """Return the targets of the quarter by status, in the order of the statuses."""
    found: dict[str, list[str]] = {status: [] for status in STATUSES}
    for metric in facts.targets:
        found[str(facts.row(metric)["status"])].append(metric)
    return {status: metrics for status, metrics in found.items() if metrics}


def answer(facts: Facts) -> str:
    """Say in one sentence how many targets are missed, and which cannot be documented."""
    found = by_status(facts)
    judged = {verdict: _with_verdict(found, verdict) for verdict in ONE_TARGET_WORDS}
    measured = [metric for metrics in judged.values() for metric in metrics]
    if facts.is_running:
        return _answer_while_running(facts, judged, len(found.get(RUNNING.id, ())))
    if len(measured) == 1:
        return _answer_of_one(facts, measured[0])
    if not measured:
        return _answer_without_targets(facts)
    open_ones = [inside(facts.title(m)) for m in judged["undecided"]]
    said = _answer_of_many(facts, len(judged["missed"]), open_ones, len(measured))
    return joined((said, _close_in_words(facts.labels, len(found.get(CLOSE.id, ())))))


def _close_in_words(labels: Labels, count: int) -> str:
    """Say how many of the missed targets were missed by little; nothing where none was."""
    if not count:
        return ""
    return labels.plural(
        "{count} of those not met is close to its target.",
        "{count} of those not met are close to their targets.",
        count,
        count=capital(number_word(labels, count)),
    )


def _with_verdict(found: dict[str, list[str]], verdict: Verdict) -> list[str]:
    return [metric for status in with_verdict(verdict) for metric in found.get(status, [])]


RUNNING_WORDS = (
    ("{count} target can no longer be met.", "{count} targets can no longer be met."),
    ("{count} target is met already.", "{count} targets are met already."),
    ("{count} target is not decided yet.", "{count} targets are not decided yet."),
)
"""What is said of targets that are lost, reached, and not decided while the quarter runs."""


def _answer_while_running(facts: Facts, judged: dict[Verdict, list[str]], undecided: int) -> str:
    """Say what is decided before the quarter is over: what is lost or reached for good."""
    labels = facts.labels
    counts = len(judged["missed"]), len(judged["reached"]), undecided
    words = [labels("The quarter is not over.")]
    words += [
        labels.plural(*forms, count, count=number_word(labels, count))
        for forms, count in zip(RUNNING_WORDS, counts, strict=True)
        if count
    ]
    return " ".join(capital(one) for one in words)


def _answer_of_many(facts: Facts, missed: int, open_ones: list[str], measured: int) -> str:
    labels = facts.labels
    count = number_word(labels, measured)
    titles = labels.and_list(open_ones)
    if missed and open_ones:
        words = labels.plural(
            "{missed} of {all} measured targets is not met, and it cannot be documented whether "
            "the target of {titles} is.",
            "{missed} of {all} measured targets are not met, and it cannot be documented whether "
            "the target of {titles} is.",
            missed, missed=number_word(labels, missed), all=count, titles=titles,
        )  # fmt: skip
    elif missed:
        words = labels.plural(
            "{missed} of {all} measured targets is not met.",
            "{missed} of {all} measured targets are not met.",
            missed, missed=number_word(labels, missed), all=count,
        )  # fmt: skip
    elif open_ones:
        words = labels(
            "No target is known to be missed, but it cannot be documented whether the target of "
            "{titles} is met.",
            titles=titles,
        )
    else:
        words = labels("All {all} measured targets are met.", all=count)
    return capital(words)


ONE_TARGET_WORDS: dict[Verdict, str] = {
    "reached": "{title}: the target is met, {figure} against {goal}.",
    "missed": "{title}: the target is not met, {figure} against {goal}.",
    "undecided": "{title}: the target cannot be documented as met, {figure} against {goal}.",
}


def _answer_of_one(facts: Facts, metric: str) -> str:
    row = facts.row(metric)
    written = {"figure": figure(facts, row), "goal": spoken(facts.labels, goal(facts, metric))}
    if row["status"] == CLOSE.id:
        return facts.labels(
            "{title}: the target is not met, but close, {figure} against {goal}.",
            title=facts.title(metric),
            **written,
        )
    words = ONE_TARGET_WORDS[STATUSES[row["status"]].verdict]
    return facts.labels(words, title=facts.title(metric), **written)


def _answer_without_targets(facts: Facts) -> str:
    known = [m for m in facts.metrics if has_figure(facts.row(m))]
    if not known:
        return facts.labels("There are no figures for the quarter.")
    title, written = facts.title(known[0]), figure(facts, facts.row(known[0]))
    return facts.labels("{title}: {figure}. No target is set.", title=title, figure=written)


def background(facts: Facts) -> str:
    """Say what changed most since the quarter before, where cases get stuck, what was dropped."""
    stuck = made_late_in_short(facts, facts.most_staged)
    return joined((largest_change(facts), stuck, dropped_in_words(facts)))


def dropped_in_words(facts: Facts) -> str:
    """Say how many targets were dropped within the year, which the changes name; else nothing."""
    labels, dropped = facts.labels, sum(one.kind == "retired" for one in facts.run.changes)
    if not dropped:
        return ""
    return labels.plural(
        "{count} target was dropped.",
        "{count} targets were dropped.",
        dropped,
        count=capital(number_word(labels, dropped)),
    )


def largest_change(facts: Facts) -> str:
    """Say which share moved most since the quarter before; nothing where none did."""
    sizes = {m: distance(facts, m) for m in [*facts.targets, *facts.result_rows]}
    largest = max(sizes, key=lambda metric: sizes[metric], default="")
    if not largest or sizes[largest] < _WORTH_TELLING:
        return ""
    quarter = facts.labels.quarter(facts.quarter.previous)
    then = figure(facts, facts.row(largest, facts.quarter.previous))
    if len(facts.metrics) == 1:
        return facts.labels("In {quarter} it was {before}.", quarter=quarter, before=then)
    return facts.labels(
        "The largest change since {quarter}: {title}, from {before} to {now}.",
        quarter=quarter,
        title=inside(facts.title(largest)),
        before=then,
        now=figure(facts, facts.row(largest)),
    )


def chart_in_words(facts: Facts, found: Monthly) -> str:
    """Return a chart's alternative text: what it shows, its direction and its last value."""
    labels, frame = facts.labels, found.frame
    value = frame["value"].to_numpy(dtype=np.float64, na_value=np.nan)
    lowest, highest = int(np.nanargmin(value)), int(np.nanargmax(value))
    last = len(found.months) - 1
    parts = [
        labels(
            PACE_WORDS[found.counts_quarters],
            start=figure(facts, dict(frame.iloc[0])),
            end=figure(facts, dict(frame.iloc[-1])),
            first=months_in_words(labels, found, 0, 0),
            last=months_in_words(labels, found, last, last),
            low=months_in_words(labels, found, lowest, lowest),
            high=months_in_words(labels, found, highest, highest),
        ),
        _counted_anew(labels, found),
        _last_against_target(facts, found),
        reading(labels, found),
    ]
    return " ".join(part for part in parts if part)


PACE_WORDS = {
    False: "Month by month from {first} ({start}) to {last} ({end}); lowest in {low}, highest in "
    "{high}.",
    True: "Quarter by quarter from {first} ({start}) to {last} ({end}); lowest in {low}, highest "
    "in {high}.",
}


def _counted_anew(labels: Labels, found: Monthly) -> str:
    months = [months_in_words(labels, found, at, at) for at in found.breaks]
    return labels("Counted anew from {months}.", months=labels.and_list(months)) if months else ""


def _last_against_target(facts: Facts, found: Monthly) -> str:
    last = found.frame.iloc[-1]
    if pd.isna(last["value"]):
        return ""
    written = last_value(facts.labels, found)
    if math.isnan(found.targets[-1]):
        return facts.labels("Last value: {value}.", value=written)
    target = spoken(facts.labels, target_in_chart(facts.labels, found))
    words = {"value": written, "target": target}
    return facts.labels("Last value: {value}; the target is {target}.", **words)
