"""Figures counted in several ways, as far as their differences may be shown.

What the rows set aside or in doubt would change; both ways of counting where a definition changed,
or where another one is tried.
"""

from __future__ import annotations

import pandas as pd

from kpi.definitions.frames import EFFECT, RESULTS
from kpi.definitions.statuses import HIDDEN
from kpi.disclosure.hiding import PRIMARY, SECONDARY, blanked, hidden_in_results, is_small
from kpi.disclosure.results import disclose
from kpi.figures.scenarios import OTHER_WAYS

NEGLIGIBLE = 0.01


def ways(effect: pd.DataFrame, results: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Return the frame EFFECT as it may be shown; `results` are the disclosed ones.

    A way of counting is hidden where its difference from the figure tells of 1 to `threshold - 1`
    persons, and everything where the figure is hidden. `low` and `high` (between which the figure
    lies in every way of counting) are null where one is hidden. `<way>_suppressed` is primary,
    secondary or ""; `<way>_moves_less_than` is 0.01 for a hidden change of a share that is smaller,
    where any change by so few cases would be.
    """
    hidden = hidden_in_results(EFFECT, effect, results)
    shown = blanked(EFFECT, effect, hidden.map({True: SECONDARY, False: ""}), threshold)
    for way in OTHER_WAYS:
        few = is_small(effect[f"{way}_persons"].astype("Int64"), threshold)
        reasons = few.map({True: PRIMARY, False: ""}).mask(hidden, SECONDARY)
        shown[f"{way}_suppressed"] = reasons
        negligible = few & ~hidden & _is_negligible(effect, way, threshold)
        shown[f"{way}_moves_less_than"] = negligible.map({True: NEGLIGIBLE, False: None})
    return _with_range(shown)


def _is_negligible(effect: pd.DataFrame, way: str, threshold: int) -> pd.Series[bool]:
    """Tell changes of a share below 0.01, where a case for each of few persons makes no more."""
    change = pd.concat(
        [(effect[f"{way}_{bound}"] - effect[bound]).abs() for bound in ("lower", "upper")], axis=1
    ).max(axis=1)
    is_large = effect["n"].astype(float) * NEGLIGIBLE > threshold - 1
    return (effect["unit"] == "share") & is_large & (change < NEGLIGIBLE)


def _with_range(shown: pd.DataFrame) -> pd.DataFrame:
    is_whole = (shown[[f"{way}_suppressed" for way in OTHER_WAYS]] == "").all(axis=1)
    bounds = {
        bound: shown[[bound, *(f"{way}_{bound}" for way in OTHER_WAYS)]].astype(float)
        for bound in ("lower", "upper")
    }
    return shown.assign(
        low=bounds["lower"].min(axis=1, skipna=False).where(is_whole),
        high=bounds["upper"].max(axis=1, skipna=False).where(is_whole),
    )


def both_ways(versions: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Return both series that may be shown, with the `difference` between them.

    It is the value less that of the version before; null for the first version, and where either
    value is hidden or absent.
    """
    shown = disclose_versions(versions, threshold)
    by_quarter = shown.groupby(["metric", "period"], sort=False)["value"]
    return shown.assign(difference=by_quarter.diff())


def disclose_versions(versions: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Return series of the same quarters that may be shown, as `disclose` returns results.

    A series that would tell, by its difference from another, of few persons (`persons_moved`) is
    hidden as a whole.
    """
    return disclose(hide_few_differences(versions, threshold), threshold)


def hide_few_differences(versions: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Hide a series that would tell, by its difference from another, of a few persons.

    Where `persons_moved` is 1 to `threshold - 1` all figures are null and the status is "hidden".
    The input is not changed.
    """
    shown = versions.copy()
    few = is_small(versions["persons_moved"], threshold)
    figures = [name for name in (*RESULTS.figures, *RESULTS.inner) if name in shown]
    shown.loc[few, figures] = None
    shown.loc[few, "status"] = HIDDEN.id
    return shown
