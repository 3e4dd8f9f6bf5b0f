"""What the rows set aside would change, as far as it may be shown."""

from __future__ import annotations

from typing import Any

import pandas as pd

from kpi.definitions.frames import EFFECT
from kpi.disclosure import protect
from tests.disclosure.careful import careful

WAYS = ("with_set_aside", "doubtful_unknown")


def effects() -> pd.DataFrame:
    """Return a share of 0.9 that the rows set aside would move to 0.85."""
    row: dict[str, Any] = dict.fromkeys(EFFECT.made)
    figures = {"n": 100, "value": 0.9, "lower": 0.9, "upper": 0.9}
    row |= {"metric": "payments_on_time", "period": "2019Q4", "unit": "share", **figures}
    row |= {f"{way}_{name}": value for way in WAYS for name, value in figures.items()}
    row |= {f"with_set_aside_{bound}": 0.85 for bound in ("value", "lower", "upper")}
    row |= {"with_set_aside_rule": "kind_unknown"}
    return pd.DataFrame([row | {"verdict": "met", "with_set_aside_verdict": "not_met"}])


def shown(frame: pd.DataFrame, suppressed: str = "") -> dict[str, Any]:
    results = pd.DataFrame(
        [["payments_on_time", "2019Q4", "", suppressed]],
        columns=["metric", "period", "group", "suppressed"],
    )
    return dict(protect("effect", frame, {"results": results}, careful(5)).iloc[0])


def test_an_effect_has_its_range() -> None:
    row = shown(effects())
    assert (row["low"], row["high"], row["rounded_to"]) == (0.85, 0.9, 5)


def test_what_is_hidden_in_the_results_is_hidden_here() -> None:
    """With its verdicts, its rule and the range."""
    row = shown(effects(), suppressed="secondary")
    assert row["suppressed"] == "secondary"
    figures = [row[name] for name in EFFECT.figures if EFFECT[name].kind == "number"]
    assert all(pd.isna(one) for one in (*figures, row["low"], row["high"]))
    assert {row[name] for name in EFFECT.figures if name.endswith(("verdict", "rule"))} == {""}


def test_the_input_is_not_changed() -> None:
    frame = effects()
    before = frame.copy()
    shown(frame)
    pd.testing.assert_frame_equal(frame, before)
