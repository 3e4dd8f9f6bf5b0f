"""What the rows set aside would change, as far as it may be shown."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from kpi.definitions.frames import EFFECT
from kpi.disclosure import protect

WAYS = ("with_set_aside", "doubtful_unknown")


def effects(persons: float | None, n: int = 100, moved: float = 0.05) -> pd.DataFrame:
    """Return a share of 0.9 that the rows set aside of so many persons would move."""
    row: dict[str, Any] = dict.fromkeys(EFFECT.made)
    figures = {"n": n, "value": 0.9, "lower": 0.9, "upper": 0.9}
    row |= {"metric": "payments_on_time", "period": "2019Q4", "unit": "share", **figures}
    row |= {f"{way}_{name}": value for way in WAYS for name, value in figures.items()}
    row |= {f"with_set_aside_{bound}": 0.9 - moved for bound in ("value", "lower", "upper")}
    row |= {"with_set_aside_rule": "kind_unknown", "with_set_aside_persons": persons}
    return pd.DataFrame([row | {"verdict": "met", "with_set_aside_verdict": "not_met"}])


def results(suppressed: str = "") -> pd.DataFrame:
    return pd.DataFrame(
        [["payments_on_time", "2019Q4", "", suppressed]],
        columns=["metric", "period", "group", "suppressed"],
    )


def shown(frame: pd.DataFrame, suppressed: str = "") -> dict[str, Any]:
    return dict(protect("effect", frame, {"results": results(suppressed)}, 5).iloc[0])


@pytest.mark.parametrize(
    ("persons", "is_hidden"), [(None, False), (1, True), (4, True), (5, False)]
)
def test_a_difference_of_few_persons_is_hidden(persons: float | None, is_hidden: bool) -> None:
    """With its verdict, its rule and the range that it is an end of; the other way stays."""
    row = shown(effects(persons))
    assert (row["with_set_aside_suppressed"] == "primary") == is_hidden
    figures = [row[f"with_set_aside_{name}"] for name in ("n", "value", "lower", "upper")]
    assert all(pd.isna(one) == is_hidden for one in (*figures, row["low"], row["high"]))
    assert (row["with_set_aside_rule"] == "") == is_hidden
    assert (row["with_set_aside_verdict"] == "") == is_hidden
    assert row["doubtful_unknown_lower"] == 0.9
    assert not set(EFFECT.inner) & set(row)


def test_a_shown_effect_has_its_range() -> None:
    row = shown(effects(5))
    assert (row["low"], row["high"]) == (0.85, 0.9)


@pytest.mark.parametrize(
    ("n", "moved", "told"), [(401, 0.005, 0.01), (400, 0.005, None), (1000, 0.02, None)]
)
def test_a_change_that_is_small_for_any_few_cases_may_be_told(
    n: int, moved: float, told: float | None
) -> None:
    """That four of 401 cases move a share by less than a percentage point tells of nobody."""
    row = shown(effects(2, n, moved))
    assert row["with_set_aside_suppressed"] == "primary"
    assert row["with_set_aside_moves_less_than"] == told or (
        told is None and pd.isna(row["with_set_aside_moves_less_than"])
    )


def test_what_is_hidden_in_the_results_is_hidden_here() -> None:
    row = shown(effects(9), suppressed="secondary")
    assert {row[f"{way}_suppressed"] for way in WAYS} == {"secondary"}
    assert pd.isna(row["value"])
    assert pd.isna(row["low"])


def test_the_input_is_not_changed() -> None:
    frame = effects(2)
    before = frame.copy()
    protect("effect", frame, {"results": results()}, 5)
    pd.testing.assert_frame_equal(frame, before)
