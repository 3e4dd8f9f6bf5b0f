"""Many reports: quarters and units, side by side in processes; one that fails stops no other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from kpi.periods import Quarter
from kpi.run.events import Event, Progress
from kpi.run.places import Places

State = Literal["made", "unchanged", "failed", "left out"]
Told = Callable[[str, Event], None]


@dataclass(frozen=True)
class Wanted:
    """One report to make, under the name it has in the folder of reports."""

    quarter: Quarter
    places: Places
    name: str


@dataclass(frozen=True)
class How:
    """What holds for every report of a batch."""

    label_anyway: str | None = None
    languages: tuple[str, ...] = ()
    force: bool = False
    wait: bool = True
    jobs: int = 0


@dataclass(frozen=True)
class Outcome:
    """What became of a report: after a failure the error's message and exit code."""

    name: str
    state: State
    seconds: float = 0.0
    error: str = ""
    exit_code: int = 0


@dataclass
class Outcomes:
    """What became of each report of a batch, in the order asked for."""

    all: list[Outcome] = field(default_factory=list)

    @property
    def failed(self) -> list[Outcome]:
        """Those that were not made."""
        return [one for one in self.all if one.state == "failed"]


def wanted(quarters: Sequence[Quarter], units: Sequence[Path], places: Places) -> list[Wanted]:
    """List the reports of these quarters, for each unit where units are named."""
    found = []
    for unit in units or (None,):
        for quarter in quarters:
            name = f"{unit.stem}/{quarter}" if unit else str(quarter)
            found.append(Wanted(quarter, replace(places, unit=unit), name))
    return found


def make_one(report: Wanted, how: How, progress: Progress) -> tuple[Path, State]:
    """Make a report; return its folder, and whether it was made or nothing had changed."""
    from kpi.run import UNCHANGED, run

    told: list[Event] = []

    def tell(event: Event) -> None:
        told.append(event)
        progress(event)

    folder = run(
        report.quarter,
        report.places,
        tell,
        how.label_anyway,
        how.languages,
        force=how.force,
        wait=how.wait,
        jobs=how.jobs,
    )
    return folder, "unchanged" if UNCHANGED in told else "made"
