"""What was met over time: each target's quarters, as each quarter's own report tells them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from markupsafe import Markup

from kpi.labels import Labels
from kpi.periods import Quarter
from kpi.present.facts import Facts, Row
from kpi.present.wording import capital, figure, has_figure, status_word, target_of
from kpi.site.issues import Issue

JUDGED = ("met", "not_met", "not_documented", "accepted_deviation")


@dataclass(frozen=True)
class Past:
    """A target's quarter: the numbers, the words, and the page that they stand on, if any."""

    quarter: Quarter
    name: str
    value: float
    target: float
    figure: str
    target_words: str
    status: str
    status_word: str
    href: str


@dataclass(frozen=True)
class History:
    """A target over the quarters, oldest first, with the sentence that sums them up."""

    metric: str
    facts: Facts
    quarters: tuple[Past, ...]
    sentence: str
    picture: Markup | None = None

    @property
    def is_drawn(self) -> bool:
        """Whether there are figures enough for a line."""
        return sum(not math.isnan(one.value) for one in self.quarters) > 1


def histories(issues: list[Issue]) -> list[History]:
    """Return each target's quarters: in the order of the latest report, then those dropped since.

    A quarter is told as its own report told it; one without a report of its own, as the latest
    report that knows the target counts it.
    """
    current = [issue for issue in issues if not issue.is_superseded]
    latest: dict[str, Issue] = {}
    for issue in current:
        for metric in issue.facts.targets:
            latest.setdefault(metric, issue)
    return [_history(metric, issue, current) for metric, issue in latest.items()]


def _history(metric: str, latest: Issue, issues: list[Issue]) -> History:
    told = {quarter: _past(latest, metric, quarter, "") for quarter, _ in _known(latest, metric)}
    for issue in issues:
        if metric in issue.facts.targets and issue.facts.row(metric):
            href = f"{issue.page.href}#def-{metric}" if issue.page else ""
            told[issue.quarter] = _past(issue, metric, issue.quarter, href)
    quarters = tuple(told[quarter] for quarter in sorted(told))
    return History(metric, latest.facts, quarters, _sentence(latest.facts.labels, quarters))


def _known(issue: Issue, metric: str) -> list[tuple[Quarter, Row]]:
    introduced = issue.facts.metrics[metric]["introduced"] or ""
    history = issue.facts.history(metric)
    return [(q, row) for q, row in history if introduced <= q.last_day.isoformat()]


def _past(issue: Issue, metric: str, quarter: Quarter, href: str) -> Past:
    row, labels = issue.facts.row(metric, quarter), issue.facts.labels
    status = str(row["status"])
    return Past(
        quarter=quarter,
        name=labels.quarter(quarter),
        value=float(row["value"]) if has_figure(row) else math.nan,
        target=math.nan if row["target"] is None else float(row["target"]),
        figure=figure(issue.facts, row),
        target_words=target_of(labels, row),
        status=status,
        status_word=status_word(labels, status),
        href=href,
    )


def _sentence(labels: Labels, quarters: tuple[Past, ...]) -> str:
    """Say in how many quarters a target was met, and how it stands now."""
    judged = [one for one in quarters if one.status in JUDGED]
    last = quarters[-1]
    now = f"{last.name}: {last.figure}, {last.status_word}."
    if not judged:
        return f"{capital(last.status_word)}." if math.isnan(last.value) else now
    met = [one for one in judged if one.status == "met"]
    counted = labels(
        "Met in {met} of {n} quarters.", met=labels.count(len(met)), n=labels.count(len(judged))
    )
    return f"{counted} {now}"
