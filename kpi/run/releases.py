"""The reports published earlier: what a reader can subtract from the one that is being made."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kpi.params import Params
from kpi.review.archive import Published, published_reports
from kpi.review.log import Log
from kpi.run.places import Places
from kpi.store import payload, read_frame

if TYPE_CHECKING:
    from kpi.disclosure.published import Release


def earlier(params: Params, places: Places) -> list[Published]:
    """Return what was published of the same unit, in the order of publication.

    The archive is the one that the parameters name, or else those that the log has a publication
    to. An archive that somebody changed is a ReviewError.
    """
    unit = params.report.unit
    found = [
        one for archive in archives(params, places) for one in published_reports(archive, unit)
    ]
    by_content = {one.about.content: one for one in sorted(found, key=lambda one: one.about.number)}
    return list(by_content.values())


def archives(params: Params, places: Places) -> list[Path]:
    """Return the folders of published reports that there are."""
    if places.archive:
        return [places.archive]
    if params.report.archive:
        return [places.data / params.report.archive]
    told = [
        entry.details["to"] for entry in Log(places.reports).entries() if entry.act == "publish"
    ]
    return [Path(folder) for folder in dict.fromkeys(told)]


def releases(params: Params, places: Places) -> list[Release]:
    """Return the disclosed figures of what was published."""
    from kpi.disclosure.published import Release

    return [
        Release(
            one.about.quarter,
            read_frame(payload(one.folder), "results"),
            partial(read_frame, payload(one.folder)),
        )
        for one in earlier(params, places)
    ]
