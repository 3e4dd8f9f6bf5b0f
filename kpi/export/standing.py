"""What every copy of a page says of its standing: a draft, or a correction of another report.

Approval and publication change these marks and nothing else: the notebooks and the payload that a
page is made from know nothing of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from kpi.labels import Labels


@dataclass(frozen=True)
class Mark:
    """A word that stands on the page and on each printed one, and what it means."""

    word: str
    why: str


def standing(labels: Labels, *, draft: bool, correction: str = "") -> list[Mark]:
    """Return a page's marks; `correction` is the reason why it replaces a published one."""
    marks = [Mark(labels("Draft"), labels("Not yet approved."))] if draft else []
    if correction:
        why = labels("This report replaces one that was published before. The reason:")
        marks.append(Mark(labels("Corrected report"), f"{why} {correction}"))
    return marks
