"""Is everything in place to make a report? The machine and the project, subject by subject."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kpi.project.doctor import machine, project
from kpi.project.doctor.machine import Check

if TYPE_CHECKING:
    from kpi.run import Places


__all__ = ["Check", "examine"]


def examine(places: Places) -> Iterator[Check]:
    """Yield what is found of each subject; nothing is changed, and no figure is made."""
    yield machine.packages()
    yield machine.kernel()
    yield machine.fonts()
    yield machine.pdf()
    yield machine.room(places.reports)
    yield from project.parameters(places)
    params = project.latest(places)
    if params:
        yield machine.time_zone(params.report.calendar.timezone)
        yield project.extracts(params, places.data)
    yield project.key(params, places.data)
    yield project.engine(places)
