"""The processes of a batch: each makes one report after another and tells how it goes.

They are processes of their own, never threads, since a run changes what a process has only once:
the working directory of its kernels, its environment. A process keeps what it has imported, and its
server of kernels, for the whole batch.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from kpi.batch import How, Outcome, State, Told, Wanted, make_one
from kpi.errors import KpiError, RunError
from kpi.lifeline import end_with_starter
from kpi.run.events import Event

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
