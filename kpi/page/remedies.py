"""What it would take: the share on time had stages kept to their norms."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from kpi.language import Labels
from kpi.language.words import joined
from kpi.page.facts import Facts, Row
from kpi.page.lateness import inside_sentence
from kpi.page.wording import is_rounded

AS_IT_WAS = ""
BOTH = "+"


@dataclass(frozen=True)
class Remedy:
    """The share on time (from `lower` to `upper`) had the named stages kept to their norms.

    The bounds are null where they are hidden.
    """

    stages: tuple[str, ...]
    lower: float
    upper: float
    decimals: int = 1

    def share(self, labels: Labels) -> str:
        """Write the share; one that is made of rounded counts has no decimals."""
        return labels.share_range(self.lower, self.upper, self.decimals)

    @property
    def is_known(self) -> bool:
        """Tell whether the share may be shown."""
        return not pd.isna(self.lower)

    @property
    def is_single(self) -> bool:
        """Tell one stage, or none, from a pair."""
        return len(self.stages) < 2


def remedies(facts: Facts, metric: str, *, runs: str = "kept") -> list[Remedy]:
    """Return what it would take in the quarter, as it was first, then each stage, then pairs.

    `runs` says whether the wait for the next payment run is "kept" or "free".
    """
    of_quarter = str(facts.quarter), runs
    rows = facts.rows_of("counterfactual", metric)
    return [_remedy(row) for row in rows if (row["period"], row["runs"]) == of_quarter]


def _remedy(row: Row) -> Remedy:
    named = row["stages"] if isinstance(row["stages"], str) else AS_IT_WAS
    decimals = 0 if named and is_rounded(row["rounded_to"]) else 1
    stages = tuple(named.split(BOTH)) if named else ()
    return Remedy(stages, row["lower"], row["upper"], decimals)


def best(found: list[Remedy], stages: int) -> Remedy | None:
    """Return what would have helped most with so many stages mended, if it may be shown."""
    known = [one for one in found if len(one.stages) == stages and one.is_known]
    ranked = sorted(known, key=lambda one: (one.lower, one.upper), reverse=True)
    return ranked[0] if ranked and ranked[0].upper > as_it_was(found).upper else None


def as_it_was(found: list[Remedy]) -> Remedy:
    """Return the share as it was."""
    return next(one for one in found if not one.stages)


def remedy_in_words(facts: Facts, metric: str) -> str:
    """Say what one stage, and what two of them, would have done; empty where nothing is known."""
    labels, found = facts.labels, remedies(facts, metric)
    if not found or not as_it_was(found).is_known:
        return ""
    one, two, before = best(found, 1), best(found, 2), as_it_was(found)
    if one is None:
        return labels("No single stage would have changed the figure, or it may not be shown.")
    norm = norm_in_words(facts, metric, one.stages[0])
    said = labels(
        REMEDY_WORDS["norm known" if norm else "norm not known"],
        stage=inside_sentence(facts, metric, one.stages[0]),
        **({"norm": norm} if norm else {}),
        share=one.share(labels),
        before=before.share(labels),
    )
    if two is None or two.lower <= one.lower:
        return said
    names = labels.and_list([inside_sentence(facts, metric, stage) for stage in two.stages])
    words = labels(REMEDY_WORDS["two"], stages=names, share=two.share(labels))
    return joined((said, words))


def norm_in_words(facts: Facts, metric: str, stage: str) -> str:
    """Write a stage's norm with its unit: 3 working days; nothing where it is not known."""
    norm, unit = norm_of(facts, metric, stage)
    labels = facts.labels
    if math.isnan(norm):
        return ""
    if not float(norm).is_integer():
        words = "{number} working days" if unit == "working_days" else "{number} days"
        return labels(words, number=labels.number(norm, 1))
    if unit == "working_days":
        return labels.plural("{n} working day", "{n} working days", int(norm))
    return labels.plural("{n} day", "{n} days", int(norm))


def norm_of(facts: Facts, metric: str, stage: str) -> tuple[float, str]:
    """Return a stage's norm in the quarter and its unit; null where there is none."""
    rows = facts.stages
    chosen = (rows["metric"] == metric) & (rows["period"] == str(facts.quarter))
    found = rows[chosen & (rows["stage"] == stage)]
    if found.empty:
        return float("nan"), ""
    return float(found["norm_days"].iloc[0]), str(found["unit"].iloc[0])


REMEDY_WORDS = {
    "norm known": "Had none taken longer than {norm} {stage}, {share} would have been on time "
    "instead of {before}.",
    "norm not known": "Had none taken longer than its norm {stage}, {share} would have been on "
    "time instead of {before}.",
    "two": "Had two stages kept to their norms, {stages}, the share would have been {share}.",
}
