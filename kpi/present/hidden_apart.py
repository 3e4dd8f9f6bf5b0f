"""Figures that are hidden in rows whose other figures are shown."""

from __future__ import annotations

import pandas as pd

from kpi.present.facts import Facts, Row

HIDDEN_APART = {
    "median_days", "p90_days", "max_days", "median_net_days", "open", "overdue",
    "median_age_days", "oldest_age_days", "median_age", "p90_age", "oldest_age",
}  # fmt: skip
"""Columns that disclosure also hides in rows whose other figures are shown."""


def is_hidden_apart(facts: Facts, row: Row, name: str) -> bool:
    """Tell a figure of the results that is hidden from one that is not there.

    It is hidden where the row has cases, and the metric has that figure in any other row.
    """
    if name not in HIDDEN_APART or pd.notna(row[name]) or pd.isna(row["n"]) or not row["n"]:
        return False
    of_metric = facts.results["metric"] == row["metric"]
    return bool(facts.results.loc[of_metric, name].notna().any())
