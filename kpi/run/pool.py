"""Notebooks at work side by side, each in a process of its own, watched from here.

Where the system can fork, these processes are forked from one server that has imported everything
they need; elsewhere each imports for itself. What they write is the same.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from pathlib import Path

from kpi.errors import KpiError, RunError
from kpi.files import rows_folder
from kpi.processes import end_with_starter
from kpi.record import COMMITTEE
from kpi.run.notebooks import Execution

CAN_FORK = sys.platform == "linux"
"""macOS can fork as well, but its own libraries do not bear it."""
IMPORTED_ONCE = "kpi.run.kernel"
MINUTES = 10
_LONG = 60

Cell = Callable[[str, int, int], None]


def prepare_kernels() -> None:
    """Begin to import in the background what every notebook needs."""
    if CAN_FORK:
        multiprocessing.set_forkserver_preload([IMPORTED_ONCE])
        with _short_paths():
            forkserver.ensure_running()


def process_context() -> ForkServerContext | SpawnContext:
    """Return how processes are started: forked from the server, or anew."""
    if CAN_FORK:
        return multiprocessing.get_context("forkserver")
    return multiprocessing.get_context("spawn")


@contextmanager
def _short_paths() -> Iterator[None]:
    """Let what is temporary lie directly in /tmp: the name of a socket has at most 107 bytes."""
    usual = tempfile.tempdir
    if len(os.fsencode(tempfile.gettempdir())) > _LONG:
        tempfile.tempdir = "/tmp"  # noqa: S108 - the folder made in it is for this user alone
    try:
        yield
    finally:
        tempfile.tempdir = usual


def run_notebooks(  # noqa: PLR0913 - what is run where, and who is told
    planned: list[Execution],
    out: Path,
    environment: dict[str, str],
    jobs: int,
    done: Callable[[str], None],
    *,
    cell: Cell = lambda *_: None,
    minutes: float = MINUTES,
) -> None:
    """Run notebooks, at most `jobs` at a time, and write them executed into a folder.

    `done` is called with the name of each finished notebook, `cell` with its name, the number of
    cells that have run and of all. The first error (a RunError that names the notebook, the cell
    and the kind of error, no value) ends the run, as does a notebook that takes too long.
    """
    out.mkdir(parents=True, exist_ok=True)
    prepare_kernels()
    waiting = sorted(planned, key=lambda one: one.notebook.stem != COMMITTEE)  # the longest first
    with _sockets() as sockets, _at_work() as working:
        while waiting or working:
            while waiting and len(working) < jobs:
                own = sockets / str(len(waiting)) if sockets else None
                working.append(_Working.start(waiting.pop(0), out, environment, own, minutes))
            for one in _with_news(working):
                if one.hear(cell):
                    working.remove(one)
                    done(one.name)


@contextmanager
def _sockets() -> Iterator[Path | None]:
    """Give a folder of this user alone in which kernels listen, where Jupyter can do that.

    On Windows they listen on ports, which are looked for before they are taken: now and then two
    kernels that start together want the same one.
    """
    if sys.platform == "win32":
        yield None
        return
    with ExitStack() as entered:
        with _short_paths():
            folder = entered.enter_context(rows_folder())
        yield folder


@contextmanager
def _at_work() -> Iterator[list[_Working]]:
    """Give the list of the processes at work; those that are left at the end are stopped."""
    working: list[_Working] = []
    try:
        yield working
    finally:
        for one in working:
            one.stop()


@dataclass
class _Working:
    """A notebook's process, and what it has told so far."""

    name: str
    process: BaseProcess
    news: Connection
    minutes: float
    ends: float
    cells: tuple[int, int] = (0, 0)

    @classmethod
    def start(
        cls,
        one: Execution,
        out: Path,
        environment: dict[str, str],
        sockets: Path | None,
        minutes: float,
    ) -> _Working:
        """Start the process of a notebook."""
        context = process_context()
        news, theirs = context.Pipe(duplex=False)
        target = out / f"{one.name}.ipynb"
        whole = os.environ | environment  # the server has that of the time when it was started
        process = context.Process(
            target=_work, args=(one, target, whole, theirs, sockets, CAN_FORK)
        )
        process.start()
        theirs.close()
        return cls(one.name, process, news, minutes, time.monotonic() + 60 * minutes)

    def hear(self, cell: Cell) -> bool:
        """Read what the process tells; True if the notebook is finished."""
        if time.monotonic() > self.ends:
            raise self._too_long()
        if not self.news.poll():
            return False
        try:
            told = self.news.recv()
        except EOFError:
            raise _stopped(self.name) from None
        if isinstance(told, KpiError):
            raise told
        if told is None:
            self.process.join()
            return True
        self.cells = told
        cell(self.name, *told)
        return False

    def stop(self) -> None:
        """End the process and the kernel that it forked."""
        if CAN_FORK and self.process.pid and self.process.is_alive():
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.join()

    def _too_long(self) -> RunError:
        done, of = self.cells
        return RunError(
            f"A notebook runs for at most {self.minutes} minutes.",
            f"{self.name} was still running after {done} of {of or 'its'} cells",
            "Run it with `kpi lab` to see which cell takes so long, or raise notebook_minutes in "
            "the quarter's parameters.",
        )


def _with_news(working: Iterable[_Working]) -> list[_Working]:
    """Wait until a process tells something, ends, or may have taken too long."""
    by_news = {one.news: one for one in working}
    first = min(one.ends for one in by_news.values())
    wait(list(by_news), timeout=max(0.0, first - time.monotonic()) + 0.01)
    return list(by_news.values())


def _stopped(name: str) -> RunError:
    return RunError(
        "A notebook's process runs to its end.",
        f"that of {name} was stopped from outside",
        "See whether the machine ran out of memory, then run again.",
    )


def _work(
    one: Execution,
    target: Path,
    environment: dict[str, str],
    news: Connection,
    sockets: Path | None,
    can_fork: bool,  # noqa: FBT001 - a process is given its arguments by position
) -> None:
    """Run a notebook in this process and tell how it goes."""
    if can_fork:
        from kpi.run.kernel import ForkedKernel

        os.setpgid(0, 0)
        kernel = ForkedKernel()
        kernel.offer()
    end_with_starter(group=can_fork)
    from kpi.run.notebooks import execute

    os.environ.clear()
    os.environ.update(environment)
    try:
        execute(one, target, lambda done, of: news.send((done, of)), sockets)
    except KpiError as error:
        news.send(error)
    else:
        news.send(None)
