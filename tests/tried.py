"""How many examples a property is tried on."""

from __future__ import annotations

import hypothesis

_USUAL = 100


def tried(examples: int) -> int:
    """Return how many examples a property of its own cost is tried on: a fifth in `make check`.

    That profile tries a fifth of the usual number, and at least three.
    """
    return max(3, examples * min(hypothesis.settings().max_examples, _USUAL) // _USUAL)
