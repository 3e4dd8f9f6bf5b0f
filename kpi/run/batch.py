"""Many reports: quarters and units, side by side in processes; one that fails stops no other.

What became of each report of the last batch, for the next one with --resume.

The summary of a batch in words, for the terminal, the log and the mail.

The processes of a batch: each makes one report after another and tells how it goes.

They are processes of their own, never threads, since a run changes what a process has only once:
the working directory of its kernels, its environment. A process keeps what it has imported, and its
server of kernels, for the whole batch.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Literal

from kpi.errors import KpiError, RunError
from kpi.files import private_folder
from kpi.periods import Quarter
from kpi.processes import end_with_starter
from kpi.record import write_json
from kpi.run.places import Event, Places, Progress
from kpi.run.reuse import KEPT

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


_STOPPED = RunError(
    "A report's process runs to its end.",
    "one that was stopped from outside",
    "See whether the machine ran out of memory, then run the batch again with --resume.",
)


def make_all(wanted: Sequence[Wanted], how: How, jobs: int, told: Told) -> Iterator[Outcome]:
    """Make reports, at most `jobs` at a time; yield what became of each as soon as it is known."""
    waiting, shared = list(wanted), replace(how, jobs=max(1, (os.cpu_count() or 1) // jobs))
    with _workers() as workers:
        while len(workers) < min(jobs, len(wanted)):
            workers.append(_Worker(shared))
        for worker in workers:
            worker.take(waiting)
        while busy := [worker for worker in workers if worker.job]:
            for worker in _with_news(busy):
                outcome = worker.hear(told)
                if outcome:
                    yield outcome
                    worker.take(waiting)


@contextmanager
def _workers() -> Iterator[list[_Worker]]:
    workers: list[_Worker] = []
    try:
        yield workers
    finally:
        for worker in workers:
            worker.process.kill()
            worker.process.join()


@dataclass
class _Worker:
    """A process that makes reports, and the one it is making."""

    how: How
    process: SpawnProcess = field(init=False)
    pipe: Connection = field(init=False)
    job: Wanted | None = None
    began: float = 0.0

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Start the process; it waits for its first report."""
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_work, args=(theirs, self.how))
        self.process.start()
        theirs.close()

    def take(self, waiting: list[Wanted]) -> None:
        """Begin with the next report, if one is left; in a new process if this one was stopped."""
        self.job = waiting.pop(0) if waiting else None
        if self.job:
            if not self.process.is_alive():
                self.start()
            self.began = time.monotonic()
            self.pipe.send(self.job)

    def hear(self, told: Told) -> Outcome | None:
        """Pass on what the process tells; return what became of its report once it is known."""
        name = self.job.name if self.job else ""
        try:
            news = self.pipe.recv()
        except (EOFError, ConnectionError):
            self.process.join()
            news = _STOPPED
        if isinstance(news, Event):
            told(name, news)
            return None
        seconds = time.monotonic() - self.began
        if isinstance(news, KpiError):
            return Outcome(name, "failed", seconds, str(news), news.exit_code)
        return Outcome(name, news, seconds)


def _with_news(busy: list[_Worker]) -> list[_Worker]:
    by_pipe = {worker.pipe: worker for worker in busy}
    return [by_pipe[ready] for ready in wait(list(by_pipe)) if isinstance(ready, Connection)]


def _work(pipe: Connection, how: How) -> None:
    """Make the reports that come through the pipe until it is closed."""
    end_with_starter()
    while True:
        try:
            job: Wanted = pipe.recv()
        except EOFError:
            return
        pipe.send(_make(job, how, pipe))


def _make(job: Wanted, how: How, pipe: Connection) -> State | KpiError:
    step = "start"

    def progress(event: Event) -> None:
        nonlocal step
        step = event.step
        pipe.send(event)

    try:
        return make_one(job, how, progress)[1]
    except KpiError as error:
        return _plain(error)
    except Exception as error:  # noqa: BLE001 - one report that fails stops no other
        return RunError(
            "The program makes a report.",
            f"{type(error).__name__} at the step {step}",
            f"Run that quarter alone to see more: kpi run {job.quarter}",
        )


def _plain(error: KpiError) -> KpiError:
    """Return an error that can be sent between processes: its words and its exit code."""
    plain = KpiError(error.rule, error.found, error.remedy)
    plain.exit_code = error.exit_code
    return plain
