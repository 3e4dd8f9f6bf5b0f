"""What reports of other units show: a unit, a whole and its other units tell of few together.

A report without a unit is the whole. What was published of a unit is known, and so is the report
that lies in the folder of reports: it may be published next.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from kpi.errors import ParameterError, ReviewError
from kpi.params import Params
from kpi.periods import Cycle
from kpi.publication.archive import all_published
from kpi.record import payload, read_frame, read_run
from kpi.run.places import Places
from kpi.run.prepare import archives

if TYPE_CHECKING:
    import pandas as pd


def shown_of_others(params: Params, places: Places) -> dict[str, pd.DataFrame]:
    """Return the disclosed results of the other units, published or lying in the reports folder.

    The whole is "". Of a figure that several of a unit's reports hold, the latest that shows it.
    """
    import pandas as pd

    found: dict[str, list[pd.DataFrame]] = defaultdict(list)
    for unit, folder in reports_of_others(params, places):
        found[unit].append(read_frame(payload(folder), "results"))
    keys = ["metric", "period", "group"]
    merged = {}
    for unit, frames in found.items():
        rows = pd.concat(frames, ignore_index=True)
        is_shown = rows["suppressed"].fillna("") == ""
        ranked = rows.assign(is_shown=is_shown).sort_values("is_shown", kind="stable")
        merged[unit] = ranked.drop_duplicates(keys, keep="last").drop(columns="is_shown")
    return merged


def reports_of_others(params: Params, places: Places) -> list[tuple[str, Path]]:
    """Return the folders of other units' reports with the unit of each: published, then made.

    None without a report of the whole: units by themselves do not add up to anything.
    """
    unit = params.report.unit
    published = [
        (read_run(one.folder).parameters.unit, one.folder)
        for archive in archives(params, places)
        if archive.is_dir()
        for one in all_published(archive)
    ]
    made = [
        (file.parent.parent.parent.name if is_of_unit else "", file.parent.parent)
        for is_of_unit in (False, True)
        for file in sorted(places.reports.glob("*/" * is_of_unit + "*/data/results.parquet"))
        if not file.parent.parent.parent.name.startswith(".")
        and _is_of(params.quarter.cycle, file.parent.parent.name)
    ]
    found = [(name, folder) for name, folder in (*published, *made) if name != unit]
    has_whole = not unit or any(not name for name, _ in found)
    return found if has_whole else []


def _is_of(cycle: Cycle, name: str) -> bool:
    """Tell whether a folder has the name of a cycle's period: not one that is being made, say."""
    try:
        return cycle.parse(name).file_name == name
    except ParameterError:
        return False


def see_beside_units(folder: Path, params: Params, places: Places) -> None:
    """Raise ReviewError where a report tells of few persons beside those that other units have."""
    from kpi.disclosure.hiding import Care
    from kpi.disclosure.units import told_with_units

    told = told_with_units(
        read_frame(payload(folder), "results"),
        shown_of_others(params, places),
        params.report.unit,
        Care.of(params),
        metrics_of_persons(params),
    )
    if told:
        raise ReviewError(
            "Reports of a whole and of its units tell of no few persons together.",
            f"{told} figures of this one that do: reports of other units were made since",
            "Make it again and let it be approved: it then hides them.",
        )


def metrics_of_persons(params: Params) -> set[str]:
    """Return the metrics whose cases are persons'."""
    return {name for name in params.metrics if params.definition(name).is_about_persons}
