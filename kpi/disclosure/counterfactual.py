"""What it would take, as far as it may be shown."""

from __future__ import annotations

import pandas as pd

from kpi.disclosure.partition import hidden_quarters, is_in
from kpi.disclosure.small import PRIMARY, SECONDARY
from kpi.evaluate.counterfactual import FREE, KEPT

_FIGURES = ["n", "met", "missed", "unknown", "lower", "upper"]


def disclose_counterfactual(
    rows: pd.DataFrame, results: pd.DataFrame, threshold: int
) -> pd.DataFrame:
    """Return the counterfactual shares that may be shown, with `suppressed`.

    What more stages, or runs let go, would have saved contains what fewer would: a row is hidden
    where its difference from such a row that is shown would tell of few persons.
    """
    shown = rows.copy()
    shown["suppressed"] = ""
    for _, quarter in rows.groupby(["metric", "period"], sort=False):
        ordered = quarter.assign(stages_count=quarter["stages"].map(_parts).map(len))
        ordered = ordered.sort_values(["stages_count", "runs"], kind="stable")
        kept: list[pd.Series[float]] = []
        for index, row in ordered.iterrows():
            if any(_tells(row, other, threshold) for other in kept):
                shown.loc[index, "suppressed"] = PRIMARY
            else:
                kept.append(row)
    whole = is_in(rows, hidden_quarters(results)) & (shown["suppressed"] == "")
    shown.loc[whole, "suppressed"] = SECONDARY
    shown.loc[shown["suppressed"] != "", _FIGURES] = None
    return shown.drop(columns=["persons_moved", "persons_met"])


def _parts(stages: str) -> set[str]:
    return set(stages.split("+")) - {""}


def _contains(row: pd.Series[float], other: pd.Series[float]) -> bool:
    """Tell whether what a row moves contains what another does: more stages, runs let go."""
    more, fewer = _parts(str(row["stages"])), _parts(str(other["stages"]))
    is_freer = str(row["runs"]) == FREE or str(other["runs"]) == KEPT
    return fewer <= more and (is_freer or not fewer)


def _tells(row: pd.Series[float], other: pd.Series[float], threshold: int) -> bool:
    """Tell whether two rows of which one contains the other differ by few persons."""
    if not (_contains(row, other) or _contains(other, row)):
        return False
    for count, persons in (("met", "persons_met"), ("missed", "persons_moved")):
        moved = abs(row[count] - other[count])
        if moved > 0 and abs(row[persons] - other[persons]) < threshold:
            return True
    return False
