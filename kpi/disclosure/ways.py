"""Figures counted in several ways, as far as their differences may be shown.

What the rows set aside or in doubt would change; both ways of counting where a definition changed,
or where another one is tried. Differences are rounded where they are counted (kpi.figures.effect,
counting_changes), so that whoever subtracts gets a multiple.
"""

from __future__ import annotations

import pandas as pd

from kpi.definitions.frames import EFFECT, OVERLAP, RESULTS
from kpi.definitions.statuses import HIDDEN
from kpi.disclosure.hiding import SECONDARY, Care, blanked, hidden_in_results
from kpi.disclosure.results import disclose
from kpi.figures.scenarios import OTHER_WAYS


def ways(effect: pd.DataFrame, results: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Return the frame EFFECT as it may be shown; `results` are the disclosed ones.

    Everything is hidden where the figure is. `low` and `high` are the bounds between which the
    figure lies in every way of counting.
    """
    hidden = hidden_in_results(EFFECT, effect, results)
    suppressed = hidden.map({True: SECONDARY, False: ""}).astype(object)
    shown = blanked(EFFECT, effect, suppressed, threshold)
    bounds = {
        bound: shown[[bound, *(f"{way}_{bound}" for way in OTHER_WAYS)]].astype(float)
        for bound in ("lower", "upper")
    }
    return shown.assign(
        low=bounds["lower"].min(axis=1, skipna=False),
        high=bounds["upper"].max(axis=1, skipna=False),
        rounded_to=max(threshold, 1),
    )


def both_ways(versions: pd.DataFrame, results: pd.DataFrame, care: Care) -> pd.DataFrame:
    """Return both series that may be shown, with the `difference` between them.

    It is the value less that of the version before; null for the first version, and where either
    value is hidden or absent.
    """
    shown = disclose_versions(versions, results, care)
    by_quarter = shown.groupby(["metric", "period"], sort=False)["value"]
    return shown.assign(difference=by_quarter.diff())


def disclose_versions(versions: pd.DataFrame, results: pd.DataFrame, care: Care) -> pd.DataFrame:
    """Return series of the same quarters that may be shown; `results` are the disclosed ones.

    The series that is judged (`is_judged`) is that of the results, and hidden with it. Of another
    only the figure and its bounds are shown, none of its counts: its difference is rounded, so
    that what counts would seem to say of few persons were never true.
    """
    judged = disclose(versions, care)
    hidden = hidden_in_results(OVERLAP, judged, results) & (judged["suppressed"] == "")
    judged["suppressed"] = judged["suppressed"].mask(hidden, SECONDARY)
    is_other = ~versions["is_judged"].astype(bool).to_numpy()
    kept = {"value", "lower", "upper", "median_days", "median_net_days", "status"}
    out = [name for name in RESULTS.figures if name in judged]
    judged.loc[hidden, [name for name in out if name != "status"]] = None
    judged.loc[hidden, "status"] = HIDDEN.id
    if care.threshold > 1:
        judged.loc[is_other, [name for name in out if name not in kept]] = None
    return judged
