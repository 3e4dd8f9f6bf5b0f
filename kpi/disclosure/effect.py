"""What the rows set aside or in doubt would change, as far as it may be shown."""

from __future__ import annotations

import pandas as pd

from kpi.disclosure.small import PRIMARY, SECONDARY, is_small
from kpi.evaluate.effect import EFFECT_COLUMNS, OF_A_PART, PERSONS
from kpi.evaluate.scenarios import OTHER_WAYS

NEGLIGIBLE = 0.01
_FIGURES = ("n", "value", "lower", "upper")
_NAMED = ("verdict", "rule")


def disclose_effect(effect: pd.DataFrame, results: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Return the effects that may be shown, without persons; `results` are the disclosed ones.

    A way of counting is hidden where its difference from the figure tells of 1 to `threshold - 1`
    persons, and everything where the figure is hidden. The input is not changed.

    Returns:
        EFFECT_COLUMNS, `low` and `high` (between which the figure lies in every way of counting;
        null where one is hidden), and for each way `<way>_suppressed` (primary, secondary or "")
        and `<way>_moves_less_than`: 0.01 for a hidden change of a share that is smaller, where any
        change by so few cases would be.
    """
    shown = effect[list(EFFECT_COLUMNS)].copy()
    of_quarters = results[(results["group"] == "") & (results["suppressed"] != "")]
    hidden = set(zip(of_quarters["metric"], of_quarters["period"], strict=True))
    named = list(zip(shown["metric"], shown["period"], strict=True))
    is_hidden = pd.Series([one in hidden for one in named], shown.index, dtype=bool)
    for way, persons in zip(OTHER_WAYS, PERSONS, strict=True):
        few = is_small(effect[persons].astype("Int64"), threshold)
        shown[f"{way}_suppressed"] = few.map({True: PRIMARY, False: ""})
        shown.loc[is_hidden, f"{way}_suppressed"] = SECONDARY
        negligible = few & ~is_hidden & _is_negligible(effect, way, threshold)
        shown[f"{way}_moves_less_than"] = negligible.map({True: NEGLIGIBLE, False: None})
        _hide(shown, few | is_hidden, [f"{way}_{what}" for what in OF_A_PART])
    _hide(shown, is_hidden, [*_FIGURES, "verdict"])
    return _with_range(shown)


def _is_negligible(effect: pd.DataFrame, way: str, threshold: int) -> pd.Series[bool]:
    """Tell changes of a share below 0.01, where a case for each of few persons makes no more."""
    change = pd.concat(
        [(effect[f"{way}_{bound}"] - effect[bound]).abs() for bound in ("lower", "upper")], axis=1
    ).max(axis=1)
    is_large = effect["n"].astype(float) * NEGLIGIBLE > threshold - 1
    return (effect["unit"] == "share") & is_large & (change < NEGLIGIBLE)


def _hide(shown: pd.DataFrame, rows: pd.Series[bool], columns: list[str]) -> None:
    words = [column for column in columns if column.rpartition("_")[2] in _NAMED]
    shown.loc[rows, words] = ""
    shown.loc[rows, [column for column in columns if column not in words]] = None


def _with_range(shown: pd.DataFrame) -> pd.DataFrame:
    is_whole = (shown[[f"{way}_suppressed" for way in OTHER_WAYS]] == "").all(axis=1)
    bounds = {
        bound: shown[[bound, *(f"{way}_{bound}" for way in OTHER_WAYS)]].astype(float)
        for bound in ("lower", "upper")
    }
    return shown.assign(
        low=bounds["lower"].min(axis=1).where(is_whole),
        high=bounds["upper"].max(axis=1).where(is_whole),
    )
