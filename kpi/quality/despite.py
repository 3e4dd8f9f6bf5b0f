"""Going on although a rule that stops the run is broken: never without a reason on every page."""

from __future__ import annotations

from kpi.errors import ParameterError
from kpi.labels import Labels

FEWEST, SHORTEST = 3, 20  # words, characters


def check_reason(reason: str) -> str:
    """Return the reason on one line; ParameterError where it is too short to explain anything."""
    words = reason.split()
    line = " ".join(words)
    if len(words) < FEWEST or len(line) < SHORTEST:
        raise ParameterError(
            "Who labels a page instead of stopping says why, for every reader of the page.",
            f"{len(line)} characters",
            f"Write a reason of at least {FEWEST} words and {SHORTEST} characters "
            "after --label-anyway, in quotation marks.",
        )
    return line


def label(labels: Labels, reason: str) -> str:
    """Say what every copy of the page must say; nothing without a reason."""
    if not reason:
        return ""
    return labels("Made although the data break a rule that stops the run: {reason}", reason=reason)
