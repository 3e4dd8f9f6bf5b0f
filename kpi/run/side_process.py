"""A second process that works in copies of a run's tables: so both of two processors are at work.

Importing Great Expectations costs seconds, and so does its counting. The process imports it while
the extracts are read, counts in a copy of the checked tables while the figures are computed, then
sees where cases get stuck, and answers before anything is disclosed. It does one job after another,
for one run after another.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import util
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from kpi.engine import has_few_rows
from kpi.engine.shared_tables import borrowed, lend
from kpi.errors import KpiError, RunError
from kpi.processes import end_with_starter
from kpi.quality.data_docs import Docs
from kpi.quality.report import TableReport
from kpi.run.pool import process_context

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

    from kpi.definitions.catalogue import Catalogue


_started: list[Beside] = []


@dataclass(frozen=True)
class _Job:
    """A function, to be called with an engine that holds the copied tables, and with more."""

    copies: Path
    tables: tuple[str, ...]
    few_rows: bool
    function: Callable[..., Any]
    arguments: tuple[Any, ...]


class Beside:
    """The process, and the run's folder for copies of tables."""

    def __init__(self) -> None:
        context = process_context()
        self._pipe, self._theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(self._theirs,))
        # where it is forked, that waits until the server has imported everything
        self._starting = Thread(target=self._start)
        self._starting.start()
        # at the end of this program the process reads that nothing more comes, and ends as well
        util.Finalize(None, self._pipe.close, exitpriority=10)

    def _start(self) -> None:
        try:
            self.process.start()
        finally:
            self._theirs.close()

    def begin(
        self,
        backend: Backend,
        copies: Path,
        tables: Iterable[str],
        function: Callable[..., Any],
        *arguments: Any,
    ) -> None:
        """Copy tables into a new file and let a function work there, after the jobs before it."""
        job = _Job(copies, tuple(tables), has_few_rows(backend), function, arguments)
        lend(backend, copies, job.tables)
        self._starting.join()
        self._pipe.send(job)

    def answer(self) -> Any:
        """Wait for the first job without an answer and return what its function returns.

        A KpiError of the function is raised here; RunError if the process was stopped.
        """
        try:
            answer = self._pipe.recv()
        except (EOFError, ConnectionError):
            raise RunError(
                "The process that works beside the run goes on to its end.",
                "one that was stopped from outside",
                "See whether the machine ran out of memory, then run again.",
            ) from None
        if isinstance(answer, KpiError):
            raise answer
        return answer

    def is_there(self) -> bool:
        """Tell whether the process has not ended."""
        self._starting.join()
        return self.process.is_alive()

    def stop(self) -> None:
        """End the process at once."""
        if self.is_there():
            self.process.kill()
            self.process.join()


@contextmanager
def beside() -> Iterator[Beside]:
    """Give the process, started if it is not there; after an error it is stopped."""
    if not (_started and _started[0].is_there()):
        _started[:] = [Beside()]
    try:
        yield _started[0]
    except BaseException:
        _started.pop().stop()
        raise


def confirm_rules(
    backend: Backend, catalogue: Catalogue, reports: Sequence[TableReport], docs: Docs
) -> str:
    """Let Great Expectations count, too; see kpi.quality.great_expectations."""
    from kpi.quality.great_expectations import confirm

    return confirm(backend, catalogue.subjects, reports, docs)


def _serve(pipe: Connection) -> None:
    """Do what comes through the pipe until it is closed.

    Then what was imported is not cleared up piece by piece, which takes seconds.
    """
    end_with_starter()
    atexit.register(os._exit, 0)
    from kpi.quality.great_expectations import great_expectations

    with great_expectations():
        while True:
            try:
                job: _Job = pipe.recv()
            except EOFError:
                return
            try:
                with borrowed(job.copies, job.tables, few_rows=job.few_rows) as backend:
                    answer = job.function(backend, *job.arguments)
                pipe.send(answer)
            except KpiError as error:
                pipe.send(error)
