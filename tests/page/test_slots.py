"""No page has an unfilled place or an empty one: every piece of every drawn report is looked at."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

from kpi import language as spoken
from kpi.language import words
from kpi.page.facts import Facts
from kpi.page.sections import AGENDA_WORDS
from kpi.report import Report
from tests.page import drawn_committee as committee
from tests.page.drawn_report import read_report
from tests.page.test_languages import DATA
from tests.page.test_late import BEFORE, NOW
from tests.page.test_remedies import AS_IT_WAS, BOTH, PAYING, POSTING

HEAD = "metric | period | n | met | missed | unknown | weeks | median | p90\n"
EVERY = """
payments_on_time                         | 2019Q3 | 1000 | 750 | 250
payments_on_time                         | 2019Q4 | 1055 | 951 | 52 | 52
application_time                         | 2019Q4 | 250  | 250 | 0
conversations_within_10_days             | 2019Q4 | 200  | 197 | 3
action_plan_coverage                     | 2019Q4 | 240  | 173 | 67
early_retirement_pension_time            | 2018Q4 | 31   |     |    |   |      | 150 | 229
early_retirement_pension_time            | 2019Q4 | 30   |     |    |   |      | 134 | 204
booked_conversations_per_caseworker_week | 2019Q4 | 230  |     |    |   | 13.2 |
conversations_held                       | 2019Q4 | 270  |     |    |
acute_conversations                      | 2019Q4 | 40   |     |    |
home_visits                              | 2019Q4 | 15   |     |    |
good_service                             | 2019Q4 |      |     |    |
front_office                             | 2019Q4 |      |     |    |
action_plans_per_caseworker_week         | 2019Q4 | 40   |     |    |   | 13   |
"""
NOTHING = "payments_on_time | 2019Q4 | 0 | 0 | 0\ngood_service | 2019Q4 |"
HIDDEN = "payments_on_time | 2019Q3 | 10 | 8 | 2\npayments_on_time | 2019Q4 | 10 | 7 | 3"
NEW = {
    "application_time": {
        "title": "Afgjort inden {days} dage",
        "counting": [{"due": {"days": 5}}],
        "targets": [{"direction": "at_least", "value": 1.0}],
    }
}
RUNS = pd.DataFrame(
    {
        "metric": "payments_on_time", "period": "2019Q4", "step": "paid", "weekday": [1, 4],
        "share": [0.43, None], "is_run": True, "suppressed": "",
    }
)  # fmt: skip
STUCK = {
    "stages": committee.STAGES,
    "lateness": f"{NOW}\n{BEFORE}",
    "counterfactual": f"{AS_IT_WAS}\n{PAYING}\n{POSTING}\n{BOTH}",
    "frames": {"payment_runs": RUNS},
}
REPORTS: dict[str, tuple[str, dict[str, Any]]] = {
    "every kind of figure": (HEAD + EVERY, STUCK),
    "a committee's": (committee.RESULTS, {"quality": committee.QUALITY} | committee.CHANGES),
    "nothing": (HEAD + NOTHING, {}),
    "hidden": (HEAD + HIDDEN, STUCK),
    "a title with a place": (HEAD + "application_time | 2019Q4 | 250 | 200 | 50", {"targets": NEW}),
}
SLOW = pytest.mark.slow
QUICK = {"every kind of figure", "nothing", "hidden"}
"""Looked at in each language by `make check`, too."""
LEFT_OPEN = re.compile(r"\{[a-z_]*\}|\bnan\b|\bNone\b|\(\)|: \.|\S {2,}\S| [.,;](?: |$)")
TEXTS = re.compile(r">([^<>]+)<")


def pieces(report: Report, metrics: list[str]) -> Iterator[tuple[str, str]]:
    """Yield every piece that a notebook can show, with its name."""
    for name, method in inspect.getmembers(report, inspect.ismethod):
        asked = list(inspect.signature(method).parameters)
        if name.startswith("_") or name in DATA | {"style"}:
            continue
        choices: list[str] = list(AGENDA_WORDS) if asked == ["name"] else metrics
        if asked:
            yield from ((f"{name} {one}", method(one).html) for one in choices)
        else:
            yield name, method().html


@pytest.mark.parametrize(
    ("drawn", "language"),
    [
        pytest.param(drawn, language, marks=() if drawn in QUICK or language == "da" else SLOW)
        for drawn in REPORTS
        for language in ("en", "da", "kl")
    ],
)
def test_no_place_is_left_open_or_filled_with_nothing(tmp_path, monkeypatch, drawn, language):
    results, more = REPORTS[drawn]
    empty = []

    def noted(message: str, values: dict[str, object]) -> str:
        empty.extend((message, name) for name, value in values.items() if value in ("", None))
        return words.filled(message, values)

    monkeypatch.setattr(spoken, "filled", noted)
    facts = read_report(tmp_path, results, **more)
    facts = Facts.read(facts.folder.parent, language)
    found = {}
    for name, html in pieces(Report(facts), list(facts.metrics)):
        for text in TEXTS.findall(html):
            said = "" if language != "da" and text.startswith("None") else text.strip("\n")
            if LEFT_OPEN.search(said):
                found.setdefault(name, said)
    assert found == {}
    assert empty == []
