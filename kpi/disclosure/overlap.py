"""Both ways of counting, and what their difference may tell."""

from __future__ import annotations

import pandas as pd

from kpi.disclosure.results import disclose
from kpi.disclosure.small import HIDDEN, is_small

_NO_FIGURES = ("metric", "version", "period", "period_kind", "group", "unit", "direction")


def disclose_overlap(versions: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Return both series that may be shown, with the `difference` between them."""
    return with_differences(disclose_versions(versions, threshold))


def disclose_versions(versions: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Return series of the same quarters that may be shown, as `disclose` returns results."""
    return disclose(hide_few_differences(versions, threshold), threshold)


def hide_few_differences(versions: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Hide a series that would tell, by its difference from another, of a few persons.

    Where `persons_moved` is 1 to `threshold - 1` all figures are null and the status is "hidden".
    The input is not changed.
    """
    shown = versions.copy()
    few = is_small(versions["persons_moved"], threshold)
    shown.loc[few, [name for name in versions.columns if name not in _NO_FIGURES]] = None
    shown.loc[few, "status"] = HIDDEN
    return shown


def with_differences(disclosed: pd.DataFrame) -> pd.DataFrame:
    """Add `difference` to disclosed series: the value less that of the version before.

    Null for the first version, and where either value is hidden or absent.
    """
    by_quarter = disclosed.groupby(["metric", "period"], sort=False)["value"]
    return disclosed.assign(difference=by_quarter.diff())
