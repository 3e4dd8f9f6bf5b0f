"""A second process that works in copies of a run's tables: so both of two processors are at work.

Importing Great Expectations costs seconds, and so does its counting. The process imports it while
the extracts are read, counts in a copy of the checked tables while the figures are computed, then
sees where cases get stuck, and answers before anything is disclosed. It does one job after another,
for one run after another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpi.engine import has_few_rows
from kpi.engine.shared_tables import copy_tables, open_copies
from kpi.processes import CAN_FORK, Notify, Worker
from kpi.quality.data_docs import Docs
from kpi.quality.report import TableReport

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

    from kpi.definitions.catalogue import Catalogue


_started: list[SideProcess] = []


@dataclass(frozen=True)
class _Copies:
    """A file with copies of tables."""

    file: Path
    tables: tuple[str, ...]
    few_rows: bool


class SideProcess:
    """The process, which is given functions and the tables that they work in."""

    def __init__(self) -> None:
        self.worker = Worker(_import_great_expectations, forked=CAN_FORK)

    def begin(
        self,
        backend: Backend,
        file: Path,
        tables: Iterable[str],
        function: Callable[..., Any],
        *arguments: Any,
    ) -> None:
        """Copy tables into a new file and let a function work there, after the jobs before it.

        It is called with an engine that holds the copies, and with the arguments.
        """
        copies = _Copies(file, tuple(tables), has_few_rows(backend))
        copy_tables(backend, file, copies.tables)
        self.worker.submit(_in_copies, copies, function, arguments)

    def answer(self) -> Any:
        """Wait for the first job without an answer and return what its function returns.

        An error of the function is raised here; a RunError if the process was stopped.
        """
        return self.worker.value()


@contextmanager
def side_process() -> Iterator[SideProcess]:
    """Give the process, started if it is not there; after an error it is stopped."""
    if not (_started and _started[0].worker.is_alive()):
        _started[:] = [SideProcess()]
    try:
        yield _started[0]
    except BaseException:
        _started.pop().worker.stop()
        raise


def confirm_rules(
    backend: Backend, catalogue: Catalogue, reports: Sequence[TableReport], docs: Docs
) -> str:
    """Let Great Expectations count, too; see kpi.quality.great_expectations."""
    from kpi.quality.great_expectations import confirm

    return confirm(backend, catalogue.subjects, reports, docs)


def _import_great_expectations() -> None:
    from kpi.quality.great_expectations import great_expectations

    with great_expectations():
        pass


def _in_copies(
    _: Notify, copies: _Copies, function: Callable[..., Any], arguments: tuple[Any, ...]
) -> Any:
    with open_copies(copies.file, copies.tables, few_rows=copies.few_rows) as backend:
        return function(backend, *arguments)
