"""What a reader is told of rows set aside or in doubt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from kpi.definitions.frames import EFFECT
from kpi.disclosure import protect
from kpi.page.doubt import effect_on
from kpi.page.facts import Facts
from kpi.record import read_frame, write_frame
from tests.disclosure.careful import careful
from tests.page.drawn_report import read_report

RESULTS = """
metric           | period | n    | met | missed
payments_on_time | 2019Q4 | 1000 | 940 | 60
"""
QUALITY: dict[str, Any] = {
    "tables": [
        {
            "table": "bills",
            "rows_read": 1100,
            "rows_accepted": 1080,
            "rows_set_aside": 20,
            "reasons": {"kind_unknown": 20},
            "findings": [
                {
                    "rule": "kind_unknown",
                    "severity": "set_aside",
                    "words": "The kind of document is one that is known",
                    "rows": 20,
                }
            ],
        }
    ]
}
USUAL = {"n": 1000, "value": 0.94, "lower": 0.94, "upper": 0.94, "verdict": "not_met"}


@pytest.fixture
def facts(tmp_path: Path) -> Facts:
    """A report in which 940 of 1,000 bills were paid on time."""
    return read_report(tmp_path, RESULTS, quality=QUALITY)


def given(facts: Facts, **with_set_aside: object) -> Facts:
    """Write what the rows set aside would change; nothing is in doubt."""
    row: dict[str, Any] = {"metric": "payments_on_time", "period": "2019Q4", "unit": "share"}
    row |= dict.fromkeys(EFFECT.inner) | USUAL
    for way in ("with_set_aside", "doubtful_unknown"):
        row |= {f"{way}_{name}": value for name, value in USUAL.items()} | {f"{way}_rule": ""}
    row |= {f"with_set_aside_{name}": value for name, value in with_set_aside.items()}
    frame = pd.DataFrame([row], columns=list(EFFECT.made))
    results = read_frame(facts.folder, "results")
    write_frame(protect("effect", frame, {"results": results}, careful(5)), facts.folder, "effect")
    return Facts(facts.folder, facts.run, facts.labels)


def test_nothing_is_said_where_nothing_is_moved(facts: Facts) -> None:
    assert effect_on(given(facts), "payments_on_time") is None


def test_the_figure_the_rule_and_the_other_verdict(facts: Facts) -> None:
    """And that leaving out rows in doubt changes nothing."""
    moved = given(
        facts, n=1020, value=0.951, lower=0.951, upper=0.951, verdict="met", rule="kind_unknown"
    )
    found = effect_on(moved, "payments_on_time")
    assert found
    (sentence,) = found.sentences
    assert sentence == (
        "If the rows set aside were counted as well, the figure would be 95.1%. Most of the "
        "difference comes from the rule: The kind of document is one that is known."
    )
    assert found.otherwise == "The target would then be judged otherwise: met instead of not met."
    assert found.ways == ["95.1%", "unchanged, or by fewer than 5 cases"]
