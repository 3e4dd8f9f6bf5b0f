"""What stands as published beside the results: the other frames about the same cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from kpi.disclosure.published import AS_PUBLISHED, Release
from kpi.disclosure.sets import Set, quarter_of
from kpi.periods import Quarter


def frames_stand(
    figures: Mapping[str, pd.DataFrame], releases: Sequence[Release]
) -> dict[str, pd.DataFrame]:
    """Return all frames of a report, where figures stand as published with what belongs to them.

    `figures` has the disclosed results as "results". Where a metric's quarter stands as published,
    the rows of other frames about it are those of that report, too: of both, one could subtract.
    """
    results = figures["results"]
    standing = results[results[AS_PUBLISHED] != ""]
    keys = {
        (str(metric), quarter_of(str(period))): str(of)
        for metric, period, of in zip(
            standing["metric"], standing["period"], standing[AS_PUBLISHED], strict=True
        )
    }
    by_quarter = {release.quarter: release for release in releases}
    return {
        name: frame
        if name == "results" or not keys
        else _frame_stands(name, frame, keys, by_quarter)
        for name, frame in figures.items()
    }


def _frame_stands(
    name: str, frame: pd.DataFrame, keys: Mapping[Set, str], releases: Mapping[str, Release]
) -> pd.DataFrame:
    """Put rows as published in the place of those of now; a frame of no metric stays as it is."""
    if "metric" not in frame.columns or not {"period", "on_date"} & set(frame.columns):
        return frame
    kept = frame[[key not in keys for key in _keys_of(frame)]]
    parts = [kept]
    for quarter in dict.fromkeys(keys.values()):
        release = releases.get(quarter)
        then = release.frame(name) if release and release.frame else frame.iloc[:0]
        told = [keys.get(key) == quarter for key in _keys_of(then)]
        parts.append(then[told].reindex(columns=frame.columns).astype(frame.dtypes))
    return pd.concat([part for part in parts if len(part)] or [kept], ignore_index=True)


def _keys_of(frame: pd.DataFrame) -> list[Set]:
    """Return the metric and quarter of each row; a day counts to the quarter it lies in."""
    if "period" in frame.columns:
        quarters = [quarter_of(str(period)) for period in frame["period"]]
    else:
        quarters = [str(Quarter.of(day)) for day in pd.to_datetime(frame["on_date"]).dt.date]
    return list(zip(frame["metric"].astype(str), quarters, strict=True))
