"""How a process ends: with the one that started it, even a killed one; and at once.

Libraries imported without what takes most of the time and is never, or seldom, used.

Jupyter's check notebooks with jsonschema. While that is imported, it compiles 38 grammars of
international addresses (rfc3987_syntax): two seconds in every process. No schema of notebooks has
such an address. A kernel imports a debugger (debugpy); nobody steps through a notebook that a run
executes. Great Expectations imports scipy and altair for expectations about distributions.

Files made and read side by side, each by a process; one at a time, by this process itself.
"""

from __future__ import annotations

import atexit
import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any, NoReturn, TypeVar

from kpi.errors import ExportError


def end_with_starter(*, group: bool = False) -> None:
    """End this process when its starter ends; with `group`, what it has forked ends, too."""
    threading.Thread(target=_wait, args=(group,), daemon=True).start()


def _wait(group: bool) -> None:  # noqa: FBT001 - a thread is given its arguments by position
    starter = multiprocessing.parent_process()
    if starter is None:
        return
    starter.join()
    if group:
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def end_at_once(code: str | int | None) -> NoReturn:
    """End this program; what it imported is not cleared up piece by piece, which takes a second.

    What was asked to be done at the end is done, and what was written is there. `code` is that of
    a SystemExit: nothing is success, a text is an error and is shown.
    """
    if isinstance(code, str):
        sys.stderr.write(f"{code}\n")
    atexit._run_exitfuncs()  # noqa: SLF001 - Python has no other name for it
    with suppress(OSError, ValueError):  # whoever read it may have gone
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(bool(code)))


class _Later(ModuleType):
    """Stands in for a module, which is imported when something in it is used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(import_module(self.__name__), name)


def _stand_ins() -> dict[str, ModuleType | None]:
    altair, scipy = _Later("altair"), _Later("scipy")
    scipy.stats = _Later("scipy.stats")  # type: ignore[attr-defined]
    for one in (altair, scipy):
        one.__spec__ = find_spec(one.__name__)  # so that whoever asks hears that it is there
    # None is how Python marks what is not there
    return {"rfc3987_syntax": None, "debugpy": None, "altair": altair, "scipy": scipy}


@contextmanager
def light_imports() -> Iterator[None]:
    """Let what is imported meanwhile do without these; later anybody may have them."""
    left_out = {name: one for name, one in _stand_ins().items() if name not in sys.modules}
    sys.modules.update(left_out)  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in left_out:
            del sys.modules[name]


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
