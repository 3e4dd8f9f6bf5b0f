"""What a target's figure can be: each status once, and what the page, the paper and lists need.

A status is one entry of STATUSES; its word needs a translation in the catalogues, and nothing else
names it but what gives it (kpi.figures.results).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Colour = Literal["teal", "rust", "amber", "violet", "grey"]
Verdict = Literal["reached", "missed", "undecided", ""]

_SOLID = 'fill="currentColor" stroke="none"'
_RING = '<circle cx="8" cy="8" r="5.2"/>'
_SQUARE = '<path d="M3 3h10v10H3z"/>'


@dataclass(frozen=True)
class Status:
    """A status: `id` stands in the results, `word` on the page.

    `shape` is a drawing of 16 by 16 (SVG, in the colour of its surroundings), `sign` the letter
    that stands for it where nothing can be drawn. `verdict` says whether the target is reached,
    missed, or cannot be decided; empty where the figure is not judged. A missed or undecided target
    needs attention; one that `must_be_explained` is not approved without a cause. `meaning` is the
    sentence of the legend.
    """

    id: str
    word: str
    meaning: str
    shape: str
    sign: str
    colour: Colour = "grey"
    verdict: Verdict = ""
    must_be_explained: bool = False

    @property
    def is_judged(self) -> bool:
        """Tell whether the figure was held against its target."""
        return self.verdict != ""

    @property
    def needs_attention(self) -> bool:
        """Tell whether the page shows the target first."""
        return self.verdict in ("missed", "undecided")


NOT_MET = Status(
    "not_met",
    word="not met",
    meaning="Even the higher figure does not reach the target.",
    shape=f'<path d="M8 1.5 15 14H1z" {_SOLID}/>',
    sign="\u25b2",
    colour="rust",
    verdict="missed",
    must_be_explained=True,
)
CLOSE = Status(
    "close",
    word="not met, but close",
    meaning="The target is not reached, but the figure is as near to it as was agreed.",
    shape=f'<path d="M8 3.2 13.6 13H2.4z"/><path d="M8 3.2V13H2.4z" {_SOLID}/>',
    sign="\u25ed",
    colour="amber",
    verdict="missed",
    must_be_explained=True,
)
NOT_DOCUMENTED = Status(
    "not_documented",
    word="not documented",
    meaning="The target lies inside the range.",
    shape=f'{_RING}<path d="M8 2.8a5.2 5.2 0 0 0 0 10.4z" {_SOLID}/>',
    sign="\u25d0",
    colour="violet",
    verdict="undecided",
)
ACCEPTED_DEVIATION = Status(
    "accepted_deviation",
    word="accepted deviation",
    meaning="The target is not reached, which the committee has accepted for a time.",
    shape='<path d="M8 3.2 13.6 13H2.4z" stroke-linejoin="round"/>',
    sign="\u25b3",
    colour="rust",
    verdict="missed",
)
MET = Status(
    "met",
    word="met",
    meaning="Even the lower figure reaches the target.",
    shape=f'<circle cx="8" cy="8" r="6" {_SOLID}/>',
    sign="\u25cf",
    colour="teal",
    verdict="reached",
)
ATTESTED = Status(
    "attested",
    word="attested",
    meaning="A named person states that the target was kept; nothing is counted.",
    shape='<path d="M2.5 8.5 6.5 12.5 13.5 4" stroke-width="2.2"/>',
    sign="\u2713",
    colour="teal",
)
NOT_ASSESSABLE = Status(
    "not_assessable",
    word="cannot be measured",
    meaning="Nothing says whether the target was kept: no measure, no extract, or nothing to "
    "compare with.",
    shape=_RING,
    sign="\u25cb",
)
NO_TARGET = Status(
    "no_target",
    word="without a target",
    meaning="Counted, but no number is aimed at.",
    shape='<path d="M3 8h10"/>',
    sign="\u2013",
)
NO_DATA = Status(
    "no_data",
    word="no data",
    meaning="There was nothing to count, or no extract.",
    shape=_SQUARE,
    sign="\u25a1",
)
HIDDEN = Status(
    "hidden",
    word="hidden",
    meaning="Few persons lie behind the figure, or it would give such a figure away.",
    shape=f'{_SQUARE}<path d="M3 9 9 3M3 13 13 3M7 13 13 7" stroke-width="1.2"/>',
    sign="\u25a8",
)
NOT_DUE = Status(
    "not_due",
    word="not due yet",
    meaning="No limit had ended yet.",
    shape=f'{_RING}<path d="M8 4.5V8l2.6 2" stroke-width="1.4"/>',
    sign="\u25f7",
)
RUNNING = Status(
    "running",
    word="not decided yet",
    meaning="The period was not over on the day up to which the extracts know what happened.",
    shape=f'{_RING}<path d="M8 8V2.8A5.2 5.2 0 0 1 13.2 8z" {_SOLID}/>',
    sign="\u25d4",
)
RETIRED = Status(
    "retired",
    word="dropped",
    meaning="The target was dropped and is judged no longer.",
    shape='<path d="M3.5 3.5 12.5 12.5M12.5 3.5 3.5 12.5"/>',
    sign="\u2715",
)

STATUSES: dict[str, Status] = {
    one.id: one
    for one in (
        NOT_MET, CLOSE, NOT_DOCUMENTED, ACCEPTED_DEVIATION, MET, NOT_ASSESSABLE, NO_TARGET,
        ATTESTED, NO_DATA, HIDDEN, RUNNING, NOT_DUE, RETIRED,
    )
}  # fmt: skip
"""All statuses by id, in the order in which a tally names them."""


def with_verdict(*verdicts: Verdict) -> Iterator[str]:
    """Yield the ids of the statuses that say this of the target.

    >>> list(with_verdict("missed"))
    ['not_met', 'close', 'accepted_deviation']
    """
    return (one.id for one in STATUSES.values() if one.verdict in verdicts)
