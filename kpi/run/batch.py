"""Many reports: quarters and units, side by side in processes; one that fails stops no other.

What became of each is written down for the next batch with --resume, and told in a summary for the
terminal, the log and the mail.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from kpi.errors import KpiError, RunError
from kpi.files import private_folder
from kpi.periods import Period
from kpi.processes import Notify, Result, WorkerPool
from kpi.record import write_json
from kpi.run.places import Event, Places, Progress
from kpi.run.reuse import KEPT

State = Literal["made", "unchanged", "failed", "left out"]
ProgressOf = Callable[[str, Event], None]


@dataclass(frozen=True)
class Wanted:
    """One report to make, under the name it has in the folder of reports."""

    quarter: Period
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


def wanted(quarters: Sequence[Period], units: Sequence[Path], places: Places) -> list[Wanted]:
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

    events: list[Event] = []

    def notify(event: Event) -> None:
        events.append(event)
        progress(event)

    folder = run(
        report.quarter,
        report.places,
        notify,
        how.label_anyway,
        how.languages,
        force=how.force,
        wait=how.wait,
        jobs=how.jobs,
    )
    return folder, "unchanged" if UNCHANGED in events else "made"


_FILE = "batch.json"


def left_out(wanted: Sequence[Wanted], reports: Path) -> list[Wanted]:
    """Return the reports that the last batch made and that are there: they need no second try."""
    states = _read(reports)
    return [
        one
        for one in wanted
        if states.get(one.name) == "made" and (reports / one.name / "data").is_dir()
    ]


def note(outcome: Outcome, reports: Path) -> None:
    """Write down what became of a report, as soon as it is known."""
    states = _read(reports) | {outcome.name: "failed" if outcome.error else "made"}
    file = reports / KEPT / _FILE
    private_folder(file.parent)
    unfinished = file.with_suffix(".unfinished")
    write_json(states, unfinished)
    unfinished.replace(file)


def _read(reports: Path) -> dict[str, str]:
    try:
        states: dict[str, str] = json.loads((reports / KEPT / _FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return states


def headline(outcomes: Outcomes) -> str:
    """Return the summary in one line."""
    whole, failed = len(outcomes.all), len(outcomes.failed)
    return f"{whole - failed} of {whole} reports are up to date" + (
        f", {failed} failed" if failed else ""
    )


def lines(outcomes: Outcomes) -> Iterator[str]:
    """Yield the summary: a line for each report, then the errors."""
    width = max((len(one.name) for one in outcomes.all), default=0)
    for one in outcomes.all:
        took = f"{one.seconds:.0f} s" if one.seconds else ""
        yield f"{one.name:<{width}}  {one.state:<9}  {took}".rstrip()
    for one in outcomes.failed:
        yield ""
        yield f"{one.name} (exit code {one.exit_code})"
        yield from (f"  {line}" for line in one.error.splitlines())


def failure(outcomes: Outcomes) -> RunError:
    """Return the error that a batch with failures ends with."""
    names = ", ".join(one.name for one in outcomes.failed)
    return RunError(
        "Every report of a batch is made.",
        f"not made: {names}",
        "Mend what is told above, then run the same again with --resume.",
    )


def make_all(
    wanted: Sequence[Wanted], how: How, jobs: int, progress: ProgressOf
) -> Iterator[Outcome]:
    """Make reports, at most `jobs` at a time; yield what became of each as soon as it is known.

    They are made by processes of their own, never threads, since a run changes what a process has
    only once: the working directory of its kernels, its environment. Each makes one report after
    another, and keeps what it has imported, and its server of kernels, for the whole batch.
    """
    shared = replace(how, jobs=max(1, (os.cpu_count() or 1) // jobs))
    began: dict[str, float] = {}

    def begun(name: str) -> None:
        began[name] = time.monotonic()

    with WorkerPool(jobs) as workers:
        tasks = {one.name: (one, shared) for one in wanted}
        for name, done in workers.run(_make, tasks, progress, begun):
            yield _outcome(name, done, time.monotonic() - began[name])


def _outcome(name: str, done: Result, seconds: float) -> Outcome:
    if not done.error:
        return Outcome(name, done.returned, seconds)
    exit_code = done.error.exit_code if isinstance(done.error, KpiError) else 1
    return Outcome(name, "failed", seconds, str(done.error), exit_code)


def _make(notify: Notify, report: Wanted, how: How) -> State:
    """Make a report in this process; an error that is none of ours is told with its step."""
    step = "start"

    def progress(event: Event) -> None:
        nonlocal step
        step = event.step
        notify(event)

    try:
        return make_one(report, how, progress)[1]
    except KpiError:
        raise
    except Exception as error:  # noqa: BLE001 - one report that fails stops no other
        raise RunError(
            "The program makes a report.",
            f"{type(error).__name__} at the step {step}",
            f"Run that quarter alone to see more: kpi run {report.quarter}",
        ) from None
