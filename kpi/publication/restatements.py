"""Restatements: figures of quarters published earlier that are others now, each with its cause.

The cause is what the parameters state (`restatements`), or what differs in what both reports were
made from: the definition, the extracts (drawn on a later day: late data; else a correction), the
program or its parameters (a correction).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from kpi.params import Params
from kpi.publication.archive import Published
from kpi.record import Cause, Figure, Restated, Run, payload, read_frame, read_run

Row = dict[str, Any]
_COMPARED = ("lower", "upper", "n", "suppressed")


def restatements(
    params: Params, run: Run, results: pd.DataFrame, published: Sequence[Published]
) -> list[Restated]:
    """Return every published quarter's figure that is another now, beside the latest published.

    `run` is the new report's record, `results` its disclosed results. `reason` is as the parameters
    state it, else "".
    """
    kind = params.quarter.kind
    now = _by_key(results, kind)
    left = {key: row for key, row in now.items() if key[0] in params.metrics}
    found = []
    for one in reversed(published):
        then = _by_key(read_frame(payload(one.folder), "results"), kind)
        if one.about.quarter == str(run.quarter) and not any(
            _differ(then, now, key) for key in then
        ):
            continue  # the report itself, made again
        old_run = read_run(one.folder)
        for key in [key for key in left if key in then]:
            new = left.pop(key)
            if _differ(then, now, key):
                found.append(_restated(params, one, key, (then[key], new), (old_run, run)))
    order = {name: place for place, name in enumerate(params.metrics)}
    return sorted(found, key=lambda row: (order[row.metric], row.period))


def _by_key(results: pd.DataFrame, kind: str) -> dict[tuple[str, str], Row]:
    rows = results[(results["group"] == "") & (results["period_kind"] == kind)]
    found = rows.to_dict("records")
    return {(row["metric"], row["period"]): {str(name): row[name] for name in row} for row in found}


def _differ(then: dict[tuple[str, str], Row], now: dict[tuple[str, str], Row], key: Any) -> bool:
    if key not in now:
        return False
    return any(_plain(then[key].get(name)) != _plain(now[key].get(name)) for name in _COMPARED)


def _plain(value: Any) -> Any:
    """Return a value as JSON has it: null for what is missing."""
    if value is None or pd.isna(value):
        return None
    return value.item() if hasattr(value, "item") else value


def _restated(
    params: Params,
    one: Published,
    key: tuple[str, str],
    rows: tuple[Row, Row],
    runs: tuple[Run, Run],
) -> Restated:
    metric, period = key
    stated = params.report.restatements.get(metric)
    if stated and stated.quarters and period not in map(str, stated.quarters):
        stated = None
    cause = stated.cause if stated else _cause(metric, rows, runs)
    old, new = (
        Figure.model_validate({name: _plain(row[name]) for name in Figure.model_fields})
        for row in rows
    )
    return Restated(
        metric=metric,
        period=period,
        published_in=one.about.quarter,
        old=old,
        new=new,
        cause=cause,
        reason=stated.reason if stated else "",
    )


def _cause(metric: str, rows: tuple[Row, Row], runs: tuple[Run, Run]) -> Cause:
    then, now = (run.by_id[metric] for run in runs)
    is_counted_anew = rows[0]["version"] != rows[1]["version"]
    if is_counted_anew or (then.words, then.counting) != (now.words, now.counting):
        return "definition"
    before, after = ({one.sha256 for one in run.inputs if one.table in now.tables} for run in runs)
    is_later = runs[0].parameters.as_of < runs[1].parameters.as_of
    return "late_data" if before != after and is_later else "correction"
