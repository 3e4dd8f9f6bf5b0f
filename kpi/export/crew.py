"""Files made and read side by side, each by a process; one at a time, by this process itself."""

from __future__ import annotations

import gc
import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TypeVar

from kpi.errors import ExportError
from kpi.lifeline import end_with_starter

Task = TypeVar("Task")
Answer = TypeVar("Answer")
_STOPPED = ExportError(
    "The processes that make a report's forms run to their end.",
    "one that was stopped from outside",
    "See whether the machine ran out of memory, then do it again, with fewer forms at a time.",
)


class Crew:
    """Does one task after another, in the order in which they are given."""

    def do(
        self,
        how: Callable[[Task], Answer],
        tasks: Sequence[Task],
        told: Callable[[Task], None] = lambda _: None,
    ) -> Iterator[Answer]:
        """Yield what came of each task, in order; `told` hears of each when it is begun."""
        for task in tasks:
            told(task)
            yield how(task)


ALONE = Crew()


class _Processes(Crew):
    """Does several tasks at once, and begins with the first."""

    def __init__(self, pool: ProcessPoolExecutor, at_once: int) -> None:
        self._pool, self._at_once = pool, at_once

    def do(
        self,
        how: Callable[[Task], Answer],
        tasks: Sequence[Task],
        told: Callable[[Task], None] = lambda _: None,
    ) -> Iterator[Answer]:
        begun: list[Future[Answer]] = []
        working: set[Future[Answer]] = set()
        for task in tasks:
            if len(working) == self._at_once:
                _, working = wait(working, return_when=FIRST_COMPLETED)
            told(task)
            begun.append(self._pool.submit(how, task))
            working.add(begun[-1])
        yield from (one.result() for one in begun)


@contextmanager
def crew(at_once: int) -> Iterator[Crew]:
    """Give a crew of so many processes; after an error nothing goes on."""
    if at_once <= 1:
        yield ALONE
        return
    others = multiprocessing.active_children()
    pool = ProcessPoolExecutor(at_once, multiprocessing.get_context("spawn"), _begin)
    try:
        yield _Processes(pool, at_once)
    except BaseException as error:
        for process in set(multiprocessing.active_children()).difference(others):
            process.kill()
        if isinstance(error, BrokenProcessPool):
            raise _STOPPED from None
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _begin() -> None:
    """Leave it to the starter to hear the user's Ctrl-C, and end with it.

    A document is kept until it is written: garbage is looked for seldom.
    """
    gc.set_threshold(100_000)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_starter()
