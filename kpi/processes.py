"""Processes that work for this one: how they are started, fed, watched and ended on each system.

A worker does one job after another and tells how it gets on; `WorkerPool` keep several at work. On
Linux a worker may be forked from a server that has imported what it needs (`start_server`), which
costs a second or two only once; elsewhere, and where it should share nothing, it is started anew.
A worker ends with the program that started it, even with a killed one, and what it has started
ends with it.

How this program itself ends, what it imports without need, and how often it looks for garbage
stands here as well.
"""

from __future__ import annotations

import atexit
import gc
import multiprocessing
import os
import pickle
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from multiprocessing import forkserver, util
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext, SpawnContext
from pathlib import Path
from types import ModuleType
from typing import Any, Generic, NoReturn, Self, TypeVar

from kpi.errors import RunError
from kpi.files import rows_folder

CAN_FORK = sys.platform == "linux"
"""macOS can fork as well, but its own libraries do not bear it."""
_LONG = 40

Task = TypeVar("Task")
Answer = TypeVar("Answer")
Notify = Callable[[Any], None]
"""What a job is given first, to send a message to the program that started it."""


def start_server(module: str) -> None:
    """Begin to import a module in the background, in the process that workers are forked from."""
    if CAN_FORK:
        multiprocessing.set_forkserver_preload([module])
        with short_temporary_paths(), _folder_of_this_program():
            forkserver.ensure_running()


@contextmanager
def _folder_of_this_program() -> Iterator[None]:
    """Let what multiprocessing keeps in a temporary folder go with the next run after a kill."""
    usual = tempfile.tempdir
    tempfile.tempdir = _own_folder()
    try:
        yield
    finally:
        tempfile.tempdir = usual


@cache
def _own_folder() -> str:
    """Return a temporary folder that goes when this program ends.

    What multiprocessing does at the end is moved before what filelock does, which lets go of all
    locks: another program would take the folder for one that was left, before it is gone.
    """
    ends = util._exit_function  # type: ignore[attr-defined] # noqa: SLF001 - it has no other name
    atexit.unregister(ends)
    atexit.register(ends)
    while_it_lives = ExitStack()
    util.Finalize(None, while_it_lives.close, exitpriority=-200)  # after what lies in it, at -100
    return str(while_it_lives.enter_context(rows_folder()))


@contextmanager
def short_temporary_paths() -> Iterator[None]:
    """Let what is temporary lie directly in /tmp: the name of a socket has at most 107 bytes."""
    usual = tempfile.tempdir
    if len(os.fsencode(tempfile.gettempdir())) > _LONG:
        tempfile.tempdir = "/tmp"  # noqa: S108 - the folder made in it is for this user alone
    try:
        yield
    finally:
        tempfile.tempdir = usual


LEAST_FREE = 50 * 2**20  # bytes


def what_ran_out() -> str:
    """Say what a process that was stopped may have lacked: room on the disk, if little is left."""
    free = shutil.disk_usage(tempfile.gettempdir()).free
    if free < LEAST_FREE:
        return (
            f"The disk is full: {free // 2**20} MB are left where temporary files lie. Free it, or "
            "name another place with TMPDIR, then run again."
        )
    return (
        "See whether the machine ran out of memory or its disk was full, then run again, with "
        "fewer at a time."
    )


class WorkerStoppedError(RunError):
    """A worker ended before its job did."""

    def __init__(self) -> None:
        super().__init__(
            "A process that works for the program runs to its end.",
            "one that was stopped from outside",
            what_ran_out(),
        )


@dataclass(frozen=True)
class Message:
    """What a job sends while it is at work."""

    content: Any


@dataclass(frozen=True)
class Result:
    """What a job has come to: what its function returned, or the error that it raised."""

    returned: Any = None
    error: Exception | None = None

    def value(self) -> Any:
        """Return what the job's function returned, or raise its error."""
        if self.error:
            raise self.error
        return self.returned


def _context(*, forked: bool) -> ForkServerContext | SpawnContext:
    if forked and CAN_FORK:
        return multiprocessing.get_context("forkserver")
    return multiprocessing.get_context("spawn")


class Worker:
    """A process that does one job after another: calls of functions that stand in a module.

    `prepare` is called in it first, before it has any thread. With `forked` it is forked from the
    server (`start_server`) where the system can do that; it has the environment and the folder of
    this program as they are now, as one that is started anew has.
    """

    def __init__(
        self, prepare: Callable[[], object] | None = None, *, forked: bool = False
    ) -> None:
        context = _context(forked=forked)
        self.pipe, self._theirs = context.Pipe()
        place = (dict(os.environ), Path.cwd())
        self._process = context.Process(target=_serve, args=(self._theirs, prepare, *place))
        # a forked one comes when the server has imported everything: nobody waits for that
        self._starting = threading.Thread(target=self._start)
        self._starting.start()
        # at the end of this program the worker reads that nothing more comes, and ends as well
        util.Finalize(None, self.pipe.close, exitpriority=10)

    def _start(self) -> None:
        try:
            self._process.start()
        finally:
            self._theirs.close()

    @property
    def pid(self) -> int | None:
        """The number of the process."""
        self._starting.join()
        return self._process.pid

    @property
    def sources(self) -> tuple[Connection, int]:
        """What is ready when the worker has sent something, or has ended."""
        return self.pipe, self._process.sentinel

    def submit(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Give it a job, after those before it: a function of `Notify` and of the arguments."""
        self._starting.join()
        with suppress(BrokenPipeError):  # who asks what came of it hears that it was stopped
            self.pipe.send((function, arguments))

    def receive(self) -> Message | Result:
        """Wait for a message or the result of the first job that is not done."""
        try:
            received: Message | Result = self.pipe.recv()
        except (EOFError, ConnectionError):
            return Result(error=WorkerStoppedError())
        return received

    def value(self) -> Any:
        """Wait for the result of the first job that is not done; return its value, or raise."""
        while isinstance(received := self.receive(), Message):
            pass
        return received.value()

    def is_alive(self) -> bool:
        """Tell whether the process has not ended."""
        self._starting.join()
        return self._process.is_alive()

    def close(self) -> None:
        """Let the process end when its jobs are done; nobody waits for that."""
        self._starting.join()
        self.pipe.close()

    def stop(self) -> None:
        """End the process at once, and what it has started."""
        if self.is_alive():
            with suppress(ProcessLookupError):
                _kill(self._process.pid or 0)
            self._process.kill()
            self._process.join()
        self.pipe.close()


def _serve(
    pipe: Connection,
    prepare: Callable[[], object] | None,
    environment: Mapping[str, str],
    folder: Path,
) -> None:
    """Do the jobs that come through the pipe until it is closed.

    Then what was imported is not cleared up piece by piece, which takes a second.
    """
    collect_seldom()
    atexit.register(os._exit, 0)
    if os.name == "posix":
        os.setpgid(0, 0)  # what it starts ends with it, and the user's Ctrl-C is the starter's
    else:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.clear()  # a server has the environment of when it was started
    os.environ.update(environment)
    os.chdir(folder)
    if prepare:
        prepare()
    end_with_starter()
    while True:
        try:
            function, arguments = pipe.recv()
        except EOFError:
            return
        pipe.send(_result_of(function, lambda content: pipe.send(Message(content)), arguments))


def _result_of(function: Callable[..., Any], notify: Notify, arguments: tuple[Any, ...]) -> Result:
    try:
        return Result(function(notify, *arguments))
    except Exception as error:  # noqa: BLE001 - it is raised where the answer is asked for
        return Result(error=_sendable(error))


def _sendable(error: Exception) -> Exception:
    """Return an error that another process can raise, with the place where it was raised here."""
    where = "".join(traceback.format_exception(error))
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - what was just written
    except Exception:  # noqa: BLE001 - an error may refuse in any way to be made again
        return RuntimeError(where)
    error.add_note(where)
    return error


def end_with_starter() -> None:
    """End this process when the one that started it ends, and what this one has started."""
    threading.Thread(target=_wait_for_starter, daemon=True).start()


def _wait_for_starter() -> None:
    starter = multiprocessing.parent_process()
    if starter is None:
        return
    starter.join()
    _kill(os.getpid())
    os._exit(1)


def _kill(leader: int) -> None:
    """End the processes of a group, where the system has groups."""
    if os.name == "posix":
        os.killpg(leader, signal.SIGKILL)


@dataclass
class _Busy(Generic[Task]):
    """A worker, the task it is at, and the moment by which it should be done."""

    task: Task
    worker: Worker
    until: float

    def received(self) -> Message | Result | None:
        """Return what the worker has sent, or why nothing more comes; null while it works on."""
        if time.monotonic() > self.until:
            return Result(error=TimeoutError())
        if self.worker.pipe.poll():
            return self.worker.receive()
        return None if self.worker.is_alive() else Result(error=WorkerStoppedError())


@dataclass
class WorkerPool:
    """Several workers, each of which takes the next task when it has done one.

    With `fresh`, each task is done by a new worker. For `prepare` and `forked` see Worker. Those
    still at work at the end of the `with` are stopped.
    """

    at_once: int
    prepare: Callable[[], object] | None = None
    forked: bool = False
    fresh: bool = False
    _idle: list[Worker] = field(default_factory=list)
    _busy: list[_Busy[Any]] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._idle:
            worker.close()
        for one in self._busy:
            one.worker.stop()

    def run(
        self,
        function: Callable[..., Any],
        tasks: Mapping[Task, tuple[Any, ...]],
        on_message: Callable[[Task, Any], None] = lambda *_: None,
        on_start: Callable[[Task], None] = lambda _: None,
        seconds: float = float("inf"),
    ) -> Iterator[tuple[Task, Result]]:
        """Call a function of `Notify` and of each task's arguments; yield results as they come.

        A task that takes longer than `seconds` is stopped: its error is a TimeoutError. One whose
        worker was stopped from outside has a WorkerStoppedError; a new worker does the next.
        """
        waiting = list(tasks.items())
        while waiting or self._busy:
            while waiting and len(self._busy) < self.at_once:
                task, arguments = waiting.pop(0)
                on_start(task)
                worker = self._free()
                worker.submit(function, *arguments)
                self._busy.append(_Busy(task, worker, time.monotonic() + seconds))
            self._wait()
            for one in list(self._busy):
                received = one.received()
                if isinstance(received, Message):
                    on_message(one.task, received.content)
                elif received:
                    self._busy.remove(one)
                    self._release(one.worker, received)
                    yield one.task, received

    def map(
        self,
        function: Callable[[Task], Answer],
        tasks: Sequence[Task],
        on_start: Callable[[Task], None] = lambda _: None,
    ) -> Iterator[Answer]:
        """Yield what a function returns for each task, in their order; an error is raised.

        With one at once, this process does them itself.
        """
        if self.at_once <= 1:
            for task in tasks:
                on_start(task)
                yield function(task)
            return
        numbered = {place: (function, task) for place, task in enumerate(tasks)}
        known: dict[int, Result] = {}
        following = 0
        for place, result in self.run(_quietly, numbered, on_start=lambda at: on_start(tasks[at])):
            known[place] = result
            while following in known:
                yield known.pop(following).value()
                following += 1

    def _free(self) -> Worker:
        while self._idle:
            worker = self._idle.pop()
            if worker.is_alive():
                return worker
            worker.stop()
        return Worker(self.prepare, forked=self.forked)

    def _release(self, worker: Worker, result: Result) -> None:
        if isinstance(result.error, (WorkerStoppedError, TimeoutError)):
            worker.stop()
        elif self.fresh:
            worker.close()
        else:
            self._idle.append(worker)

    def _wait(self) -> None:
        """Wait until a worker sends something, ends, or may have taken too long."""
        first = min(one.until for one in self._busy)
        left = None if first == float("inf") else max(0.0, first - time.monotonic()) + 0.01
        wait([source for one in self._busy for source in one.worker.sources], left)


def _quietly(_: Notify, function: Callable[[Task], Answer], task: Task) -> Answer:
    """Call a function that has nothing to notify."""
    return function(task)


def collect_seldom() -> None:
    """Look for garbage seldom: what is imported stays, and a question has very many small parts.

    Looking as often as Python does took a seventh of the time of a report's figures, and found
    nothing that would not be found later. Processes that are forked from this one do the same, and
    do not look at what it had.
    """
    gc.set_threshold(100_000)
    gc.freeze()


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
def lazy_imports() -> Iterator[None]:
    """Import libraries without what takes most of their time and is never, or seldom, used.

    Jupyter's check notebooks with jsonschema. While that is imported, it compiles 38 grammars of
    international addresses (rfc3987_syntax): two seconds in every process. No schema of notebooks
    has such an address. A kernel imports a debugger (debugpy); nobody steps through a notebook
    that a run executes. Great Expectations imports scipy and altair for expectations about
    distributions. Later anybody may have them.
    """
    left_out = {name: one for name, one in _stand_ins().items() if name not in sys.modules}
    sys.modules.update(left_out)  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in left_out:
            del sys.modules[name]
