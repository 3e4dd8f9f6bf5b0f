"""What people call a subject's cases, in the languages of a page.

A text is written in English, and the catalogues of the program have its translations; or for each
language by itself, as an administration does that has no catalogue of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kpi.language.words import Text

__all__ = ["CASES", "Forms", "Text", "Words"]

Forms = tuple[Text, Text]
"""Of one, and of many."""


@dataclass(frozen=True)
class Words:
    """What is said of a subject's cases: neutral words, where a declaration has no others.

    `late` and `unknown` are whole sentences without their full stop, with the number as {n}, of one
    case and of many: they were late, or lack a date that decides them. `steps` names what has
    become of a case that came to a step, as in "from approved to paid"; `groups` names what cases
    are parted by.
    """

    cases: Forms = ("case", "cases")
    late: Forms = ("{n} case was late", "{n} cases were late")
    unknown: Forms = (
        "{n} case lacks a date that decides it",
        "{n} cases lack a date that decides them",
    )
    steps: Mapping[str, Text] = field(default_factory=dict, hash=False)
    groups: Mapping[str, Text] = field(default_factory=dict, hash=False)


CASES = Words()
