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

    `ended` are the cases that have ended, "decisions". `steps` names what has become of a case that
    came to a step, as in "from approved to paid"; `groups` names what cases are parted by. `late`
    and `unknown` have own words for the cases that came to a step late, or lack its date: whole
    sentences without their full stop, with the number as {n}, of one case and of many. `said` has
    own words for the sentences of SAID, by their names.
    """

    cases: Forms = ("case", "cases")
    ended: Text = "cases"
    steps: Mapping[str, Text] = field(default_factory=dict, hash=False)
    groups: Mapping[str, Text] = field(default_factory=dict, hash=False)
    late: Mapping[str, Forms] = field(default_factory=dict, hash=False)
    unknown: Mapping[str, Forms] = field(default_factory=dict, hash=False)
    said: Mapping[str, Text] = field(default_factory=dict, hash=False)


CASES = Words()

TOO_LATE_AT_A_STEP = ("{n} {cases} was not {step} in time", "{n} {cases} were not {step} in time")
TOO_LATE = ("{n} {cases} was late", "{n} {cases} were late")
NOT_SO = ("{n} {cases} did not meet it", "{n} {cases} did not meet it")
UNKNOWN = (
    "{n} {cases} lacks a date that decides it",
    "{n} {cases} lack a date that decides them",
)
NOT_RECORDED = ("{n} {cases} was not recorded", "{n} {cases} were not recorded")
"""What is said of cases that were late or not so, and of those that nobody can tell of."""

SAID: dict[str, str] = {
    "stuck": "Where does it take time? {title}",
    "waiting": "Waiting for others",
    "net_clock": "Days on which the case waited for others are not counted.",
    "net_median": "Median less the wait for others",
    "came_too_late": "{n} came in too late to make it, or after their due day; {late} of them were "
    "late.",
    "came_in_time": "Was there time enough when it came in?",
    "no_stage": "No stage took longer than its norm: it came in too late",
    "gate_in_time": "{late} came by their due day as far as \u201c{gate}\u201d, and yet were late.",
    "gate_split": "Of {of_late} that were late, {in_time} had come as far as \u201c{gate}\u201d by "
    "their due day; {too_late} had not.",
    "after_gate": "After \u201c{gate}\u201d, {late} of those that were late lost most time "
    "{stage}.",
    "gate": "Did it come in time as far as \u201c{gate}\u201d?",
    "weekday": "By weekday of \u201c{gate}\u201d",
    "weekdays": "By weekday of \u201c{gate}\u201d: from {low} on time ({worst}) to {high} "
    "({best}); {chance}.",
    "month_end": "Of those that came to \u201c{gate}\u201d in the last three working days of a "
    "month {share} were on time, of the others {others}; {chance}.",
    "groups": "By {group}, with {n} cases or more each: from {low} on time ({worst}) to {high} "
    "({best}); {chance}.",
    "amount": "Of the amount, {share} was on time; of the number, {number}.",
}
"""What the page says of the stages of cases, and what they go with, in neutral words."""
