"""How many examples a property is tried on."""

from __future__ import annotations

import hypothesis

_USUAL = 100


def tried(examples: int, at_least: int = 3) -> int:
    """Return how many examples a property of its own cost is tried on: a fifth in `make check`.

    That profile tries a fifth of the usual number, and at least some; two are enough where one
    example holds many cases, as the first is nearly nothing.
    """
    return max(at_least, examples * min(hypothesis.settings().max_examples, _USUAL) // _USUAL)
