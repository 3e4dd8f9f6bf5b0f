"""What earlier published reports tell together with this one: the difference may be few persons.

Whoever has two reports can subtract. A figure of a quarter that was published before and has moved
by 1 to `threshold - 1` cases since would tell about those few. So a quarter's figures of a metric,
and of the metrics that count the same cases, stand as published until none or enough have moved.
What was hidden then is not shown now, nor the other way round: two ways of hiding the same cases
tell more than either.

The other frames about the same cases stand with the results.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from kpi.definitions.frames import RESULTS
from kpi.definitions.statuses import HIDDEN
from kpi.disclosure.hiding import SECONDARY, Care
from kpi.disclosure.results import Set, by_set
from kpi.periods import Cycle

COMPARED = ("n", "met", "missed", "unknown", "not_yet_due", "open", "overdue")
KEYS = ["metric", "period", "period_kind", "group"]
AS_PUBLISHED = "as_published_in"


@dataclass(frozen=True)
class Release:
    """The disclosed results (the frame RESULTS) of a report published earlier, of some quarter.

    `frame` reads another of its disclosed frames by name.
    """

    quarter: str
    results: pd.DataFrame
    frame: Callable[[str], pd.DataFrame] | None = None


def stand_as_published(
    shown: pd.DataFrame,
    results: pd.DataFrame,
    releases: Sequence[Release],
    care: Care,
) -> pd.DataFrame:
    """Return disclosed results that tell of no few persons together with what was published.

    `shown` is what `disclose` makes of `results`; `releases` are in the order of their publication.
    The column `as_published_in` names the report whose figures stand, "" where they are those of
    now. Where a quarter has moved by enough, but other cells are hidden than then, all its figures
    are hidden. Metrics that are not about persons are left as they are.
    """
    kept = shown.assign(**{AS_PUBLISHED: ""})
    if not releases:
        return kept
    about_persons = set(results.loc[results["persons"].notna(), "metric"])
    moves = [
        dict(by_set(_moves(release.results, shown, results, care.threshold), care.cycle, care.sums))
        for release in releases
    ]
    then = [dict(by_set(release.results, care.cycle, care.sums)) for release in releases]
    settled = []
    for key, rows in by_set(kept, care.cycle, care.sums):
        latest = max((place for place, sets in enumerate(moves) if key in sets), default=None)
        if latest is None or not rows["metric"].isin(about_persons).any():
            settled.append(rows)
            continue
        told = pd.concat([sets[key] for sets in moves if key in sets])
        uncovers = (told["hidden_then"] != told["hidden_now"]).any()
        if told["few"].any() or (uncovers and not told["moved"].any()):
            settled.append(_as_published(rows, then[latest][key], releases[latest].quarter))
        elif uncovers:
            settled.append(_hidden(rows))
        else:
            settled.append(rows)
    return _ordered(pd.concat(settled, ignore_index=True), kept)


def _moves(
    then: pd.DataFrame, shown: pd.DataFrame, results: pd.DataFrame, threshold: int
) -> pd.DataFrame:
    """Return what became of each published cell: columns KEYS, few, moved, hidden_then, hidden_now.

    A value of a group that was not there then was nobody, if other values of that group were.
    """
    now = results[[*KEYS, *COMPARED]].merge(shown[[*KEYS, "suppressed"]], on=KEYS)
    both = then[[*KEYS, *COMPARED, "suppressed"]].merge(
        now, on=KEYS, how="outer", suffixes=("_then", "_now"), indicator="side"
    )
    was_nobody = both["side"].eq("right_only") & _breakdown(both).isin(_breakdown(then))
    both = both[both["side"].ne("right_only") | was_nobody]
    moved = pd.DataFrame(
        {
            name: _count(both[f"{name}_now"]).fillna(0)
            - _count(both[f"{name}_then"]).mask(was_nobody[both.index], 0.0)
            for name in COMPARED
        }
    ).abs()
    return both[KEYS].assign(
        few=((moved > 0) & (moved < threshold)).any(axis=1),
        moved=(moved > 0).any(axis=1),
        hidden_then=both["suppressed_then"].fillna("").ne(""),
        hidden_now=both["suppressed_now"].fillna("").ne(""),
    )


def _count(values: pd.Series[int]) -> pd.Series[float]:
    return values.astype("Float64").astype(float)


def _breakdown(rows: pd.DataFrame) -> pd.Series[str]:
    """Name what a row breaks down, and by which group; nothing for a row of all."""
    name = rows["metric"] + " " + rows["period"] + " " + rows["group"].str.partition("=")[0]
    return name.where(rows["group"] != "")


def _as_published(rows: pd.DataFrame, then: pd.DataFrame, quarter: str) -> pd.DataFrame:
    """Return the published rows, and hidden ones for metrics that the published report had not."""
    first = then[AS_PUBLISHED] if AS_PUBLISHED in then.columns else pd.Series("", then.index)
    as_then = then.reindex(columns=rows.columns)
    as_then[AS_PUBLISHED] = first.fillna("").mask(first.fillna("") == "", quarter)
    not_then = rows[~rows["metric"].isin(then["metric"])]
    return pd.concat([as_then.astype(rows.dtypes), _hidden(not_then)])


def _hidden(rows: pd.DataFrame) -> pd.DataFrame:
    """Hide all of a set's rows; its weeks are left out."""
    hidden = rows[rows["period_kind"] != "week"].copy()
    hidden[list(RESULTS.figures)] = None
    return hidden.assign(status=HIDDEN.id, suppressed=SECONDARY).astype(rows.dtypes)


def _ordered(rows: pd.DataFrame, as_in: pd.DataFrame) -> pd.DataFrame:
    """Return rows in the order of the results: by metric, kind of period, period, group."""
    ranks = {
        name: dict(zip(as_in[name].unique(), range(len(as_in)), strict=False))
        for name in ("metric", "period_kind")
    }
    order = rows.assign(**{f"_{name}": rows[name].map(rank) for name, rank in ranks.items()})
    order = order.sort_values(["_metric", "_period_kind", "period", "group"])
    return order.drop(columns=["_metric", "_period_kind"]).reset_index(drop=True)


def frames_stand(
    figures: Mapping[str, pd.DataFrame],
    releases: Sequence[Release],
    cycle: Cycle,
) -> dict[str, pd.DataFrame]:
    """Return all frames of a report, of which those of published quarters stand as published.

    `figures` has the disclosed results as "results". Frames that explain a figure tell of a person
    whose case was corrected even where no figure moved. So of a quarter that was published they are
    repeated, unless its figures have moved by enough to be told anew.
    """
    stand = _standing(figures["results"], releases, cycle)
    return {
        name: frame if name == "results" or not stand else _frame_stands(name, frame, stand, cycle)
        for name, frame in figures.items()
    }


def _standing(
    results: pd.DataFrame, releases: Sequence[Release], cycle: Cycle
) -> dict[Set, Release]:
    """Return the latest release of each metric's quarter whose figures are the same now."""
    told = [*KEYS, *COMPARED]
    now = {key: rows[told] for key, rows in _by_period(results, cycle)}
    found: dict[Set, Release] = {}
    for release in releases:
        for key, rows in _by_period(release.results, cycle):
            found.pop(key, None)
            if key in now and _same(now[key], rows[told]):
                found[key] = release
    return found


def _by_period(results: pd.DataFrame, cycle: Cycle) -> list[tuple[Set, pd.DataFrame]]:
    periods = results["period"].map(lambda name: str(cycle.holding(name)))
    return [
        ((str(metric), str(period)), rows)
        for (metric, period), rows in results.groupby(["metric", periods], sort=False)
    ]


def _same(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Tell whether two releases show the same counts, and hide the same."""
    both = one.merge(other, on=KEYS, how="outer", suffixes=("_one", "_other"), indicator="side")
    pairs = ((_count(both[f"{c}_one"]), _count(both[f"{c}_other"])) for c in COMPARED)
    return bool(both["side"].eq("both").all()) and all(a.equals(b) for a, b in pairs)


def _frame_stands(
    name: str, frame: pd.DataFrame, stand: Mapping[Set, Release], cycle: Cycle
) -> pd.DataFrame:
    """Put rows as published in the place of those of now; a frame of no metric stays as it is."""
    if "metric" not in frame.columns or not {"period", "on_date"} & set(frame.columns):
        return frame
    kept = frame[_held(frame, [key not in stand for key in _keys_of(frame, cycle)])]
    parts = [kept]
    for release in {id(one): one for one in stand.values()}.values():
        then = release.frame(name) if release.frame else frame.iloc[:0]
        told = then[_held(then, [stand.get(key) is release for key in _keys_of(then, cycle)])]
        parts.append(told.reindex(columns=frame.columns).astype(frame.dtypes))
    return pd.concat([part for part in parts if len(part)] or [kept], ignore_index=True)


def _held(frame: pd.DataFrame, holds: list[bool]) -> pd.Series[bool]:
    """Return truths as rows can be chosen by, also where a frame has none."""
    return pd.Series(holds, frame.index, dtype=bool)


def _keys_of(frame: pd.DataFrame, cycle: Cycle) -> list[Set]:
    """Return the metric and reported period of each row; a day counts to the one it lies in."""
    if "period" in frame.columns:
        periods = [str(cycle.holding(str(period))) for period in frame["period"]]
    else:
        periods = [str(cycle.at(day)) for day in pd.to_datetime(frame["on_date"]).dt.date]
    return list(zip(frame["metric"].astype(str), periods, strict=True))
