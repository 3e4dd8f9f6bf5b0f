"""Great Expectations in a process of its own, so that figures need not wait for it.

Importing it costs seconds, and so does its counting. The process imports it while the extracts are
read, counts in a copy of the checked tables while the figures are computed, and answers before any
of them is disclosed. It serves one run after another.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import util
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from kpi.errors import KpiError, RunError
from kpi.lifeline import end_with_starter
from kpi.quality.docs import Docs
from kpi.quality.report import TableReport

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

_COPY = "checked.duckdb"
_started: list[Counter] = []


@dataclass(frozen=True)
class Job:
    """What is counted: the copy of the tables, what we found in them, where the documents go."""

    tables: Path
    reports: tuple[TableReport, ...]
    docs: Docs


class Counter:
    """The process that counts."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs,))
        self.process.start()
        theirs.close()
        # at the end of this program the process reads that nothing more comes, and ends as well
        util.Finalize(None, self._pipe.close, exitpriority=10)

    def begin(
        self, backend: Backend, folder: Path, reports: Sequence[TableReport], docs: Docs
    ) -> None:
        """Copy the checked tables into a folder and let them be counted."""
        copy = folder / _COPY
        quoted = str(copy).replace("'", "''")
        backend.raw_sql(f"ATTACH '{quoted}' AS apart")
        for report in reports:
            name = f"checked_{report.table}"
            backend.raw_sql(f"CREATE TABLE apart.{name} AS SELECT * FROM {name}")  # noqa: S608 - a declared name
        backend.raw_sql("DETACH apart")
        self._pipe.send(Job(copy, tuple(reports), docs))

    def answer(self) -> str:
        """Wait for the end of the job; return the name and version of the library.

        Raises DefinitionError if its count of broken rows differs from ours for any rule.
        """
        try:
            answer = self._pipe.recv()
        except (EOFError, ConnectionError):
            raise RunError(
                "The process that counts with Great Expectations runs to its end.",
                "one that was stopped from outside",
                "See whether the machine ran out of memory, then run again.",
            ) from None
        if isinstance(answer, KpiError):
            raise answer
        return str(answer)


@contextmanager
def counter() -> Iterator[Counter]:
    """Give the process that counts, started if it is not there; after an error it is stopped."""
    if not (_started and _started[0].process.is_alive()):
        _started[:] = [Counter()]
    try:
        yield _started[0]
    except BaseException:
        one = _started.pop()
        one.process.kill()
        one.process.join()
        raise


def _serve(pipe: Connection) -> None:
    """Count what comes through the pipe until it is closed."""
    end_with_starter()
    from kpi.quality.suite import great_expectations

    with great_expectations():
        while True:
            try:
                job: Job = pipe.recv()
            except EOFError:
                return
            try:
                pipe.send(_count(job))
            except KpiError as error:
                pipe.send(error)


def _count(job: Job) -> str:
    import ibis

    from kpi.quality.suite import confirm
    from kpi.tables import TABLES

    backend = ibis.duckdb.connect(job.tables, read_only=True)
    try:
        return confirm(backend, TABLES, job.reports, job.docs)
    finally:
        backend.disconnect()
