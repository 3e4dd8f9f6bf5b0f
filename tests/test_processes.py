"""Workers: their answers, messages and ends; how a program ends, and what it need not import."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kpi.errors import ExportError, KpiError
from kpi.processes import (
    CAN_FORK,
    Notify,
    Worker,
    WorkerPool,
    WorkerStoppedError,
    start_server,
    what_ran_out,
)

CODE = """
import atexit, sys
from kpi.processes import end_at_once
atexit.register(print, "done at the end")
print("written", end=" ")
end_at_once({code!r})
"""


def answer(task: int) -> int:
    """Do a task: 0 is slow, 3 fails, 9 is an accident."""
    if task == 3:
        raise ExportError("The rule.", "three", "Take another.")
    if task == 9:
        os._exit(1)
    if task == 0:
        time.sleep(0.2)
    return task * 10


def count(notify: Notify, up_to: int) -> str:
    """Send each number, then return a text."""
    for number in range(up_to):
        notify(number)
    return "counted"


def hang(notify: Notify, folder: Path) -> None:
    """Start a program, tell its number, and never end."""
    code = "import time; time.sleep(600)"
    notify(subprocess.Popen([sys.executable, "-c", code], cwd=folder).pid)
    time.sleep(600)


class Stubborn(Exception):  # noqa: N818 - it is one of a library
    """An error that cannot be made again from its words."""

    def __init__(self, words: str, number: int) -> None:
        super().__init__(f"{words} {number}")


def fail(_: Notify, kind: str) -> None:
    """Raise an error of a kind."""
    if kind == "ours":
        error = ExportError("The rule.", "this", "Do that.")
        error.report = lambda: None  # type: ignore[attr-defined]  # cannot be sent
        raise error
    if kind == "plain":
        raise OSError(28, "No space left on device")
    raise Stubborn("no", 1)


def is_there(process: int) -> bool:
    """Tell whether a process has not ended; one that nobody waits for has."""
    try:
        os.kill(process, 0)
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").split()[2] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def wait_for_the_end(process: int) -> None:
    for _ in range(200):
        if not is_there(process):
            return
        time.sleep(0.05)
    raise AssertionError(process)


@pytest.mark.parametrize("at_once", [1, 2])
def test_answers_come_in_the_order_of_the_tasks(at_once):
    begun: list[int] = []
    with WorkerPool(at_once) as workers:
        assert list(workers.map(answer, [0, 1, 2], begun.append)) == [0, 10, 20]
        assert list(workers.map(answer, [])) == []
    assert begun == [0, 1, 2]


@pytest.mark.parametrize("at_once", [1, 2])
def test_an_error_is_as_it_was_raised(at_once):
    with (
        pytest.raises(ExportError, match="The rule") as raised,
        WorkerPool(at_once) as workers,
    ):
        list(workers.map(answer, [1, 3, 2]))
    assert (raised.value.found, raised.value.remedy) == ("three", "Take another.")


def test_a_worker_that_is_stopped_from_outside_is_named_as_such():
    with (
        pytest.raises(WorkerStoppedError, match="stopped from outside"),
        WorkerPool(2) as workers,
    ):
        list(workers.map(answer, [1, 9, 2]))


def test_messages_come_before_the_result_and_one_failure_stops_no_other():
    """What was stopped from outside fails alone: a new worker does the next."""
    heard: list[tuple[str, int]] = []
    with WorkerPool(1) as workers:
        tasks = {"a": (2,), "b": (1,)}
        results = dict(workers.run(count, tasks, lambda *message: heard.append(message)))
        assert {name: result.value() for name, result in results.items()} == dict.fromkeys(
            "ab", "counted"
        )
        assert heard == [("a", 0), ("a", 1), ("b", 0)]
        kinds = dict(workers.run(fail, {"ours": ("ours",), "plain": ("plain",)}))
        assert isinstance(kinds["ours"].error, ExportError)
        assert isinstance(kinds["plain"].error, OSError)


def test_what_an_error_says_comes_over_whatever_it_is():
    """Our own keep kind and words; others their place; those that refuse come as text."""
    worker = Worker()
    for kind in ("ours", "plain", "stubborn"):
        worker.submit(fail, kind)
    with pytest.raises(KpiError) as ours:
        worker.value()
    assert (type(ours.value), str(ours.value)) == (
        ExportError, "The rule.\nFound: this\nDo that.",
    )  # fmt: skip
    with pytest.raises(OSError, match="No space left") as plain:
        worker.value()
    assert any("in fail" in note for note in plain.value.__notes__)
    with pytest.raises(RuntimeError, match="Stubborn: no 1"):
        worker.value()
    worker.stop()


LEAVING = """
from kpi.processes import Worker, end_at_once
from tests.test_processes import hold_a_lock
worker = Worker()
worker.submit(hold_a_lock)
worker.value()
end_at_once(0)
"""


_held: list[object] = []


def hold_a_lock(_: Notify) -> None:
    """Make what multiprocessing must clear up, as libraries do."""
    _held.append(multiprocessing.get_context("spawn").RLock())


def test_a_worker_that_ends_by_itself_leaves_nothing_behind():
    command = [sys.executable, "-c", LEAVING]
    root = Path(__file__).parents[1]
    ended = subprocess.run(
        command, cwd=root, capture_output=True, text=True, timeout=60, check=True
    )
    assert ended.stderr == ""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("forked", [False, True])
def test_what_takes_too_long_is_stopped_with_what_it_started(tmp_path, forked, monkeypatch):
    """Its time is over as soon as it has told what it started."""
    started: list[int] = []
    clock = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: clock() + (60 if started else 0))
    if forked:
        start_server("kpi.errors")
    with WorkerPool(1, forked=forked, fresh=True) as workers:
        tasks = {"slow": (tmp_path,)}
        for _, result in workers.run(hang, tasks, lambda _, pid: started.append(pid), seconds=50):
            assert isinstance(result.error, TimeoutError)
    wait_for_the_end(started[0])


KILLED = """
import os, pathlib, signal, sys
from kpi.processes import WorkerPool, start_server
from tests.test_processes import hang
start_server("kpi.errors")
tasks = {{"slow": (pathlib.Path("."),)}}
with WorkerPool(1, forked={forked}) as workers:
    list(workers.run(hang, tasks, lambda _, pid: print(pid, flush=True)))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("forked", [False, True])
def test_workers_end_with_a_program_that_is_killed(forked):
    command = [sys.executable, "-c", KILLED.format(forked=forked)]
    root = Path(__file__).parents[1]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as program:
        assert program.stdout
        started = int(program.stdout.readline())
        assert is_there(started)
        program.send_signal(signal.SIGKILL)
    wait_for_the_end(started)


@pytest.mark.skipif(not CAN_FORK, reason="this system starts every worker anew")
def test_a_forked_worker_has_what_the_server_imported():
    start_server("kpi.errors")
    worker = Worker(forked=True)
    worker.submit(_is_imported, "kpi.errors")
    assert worker.value() is True
    worker.stop()
    assert not worker.is_alive()


@pytest.mark.parametrize("forked", [True, False])
def test_a_worker_has_the_environment_and_the_folder_of_now(tmp_path, forked, monkeypatch):
    start_server("kpi.errors")
    Worker(forked=True).stop()  # the server is there, with what it was started with
    monkeypatch.setenv("KPI_SAID_LATER", "yes")
    monkeypatch.chdir(tmp_path)
    worker = Worker(forked=forked)
    worker.submit(_where_it_is)
    assert worker.value() == ("yes", tmp_path)
    worker.stop()


def _where_it_is(_: Notify) -> tuple[str, Path]:
    return os.environ.get("KPI_SAID_LATER", ""), Path.cwd()


def _is_imported(_: Notify, module: str) -> bool:
    return module in sys.modules


@pytest.mark.parametrize(
    ("code", "exit_code", "told"), [(None, 0, ""), (0, 0, ""), (3, 3, ""), ("no", 1, "no\n")]
)
def test_the_end(code: str | int | None, exit_code: int, told: str) -> None:
    """Nothing that was printed is lost, and the exit code is that of sys.exit."""
    command = [sys.executable, "-c", CODE.format(code=code)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (exit_code, told)
    assert ended.stdout.split("\n") == ["written done at the end", ""]


def test_nobody_reads_on() -> None:
    """`kpi ... | true` ends without a traceback."""
    command = [sys.executable, "-c", CODE.format(code=0)]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=buffered
    ) as ended:
        assert ended.stdout
        assert ended.stderr
        ended.stdout.close()
        assert ended.stderr.read() == ""
    assert ended.returncode == 0


def test_the_command_ends_with_its_exit_code() -> None:
    """A mistyped command is 2, help is 0."""
    for arguments, exit_code in (["--help"], 0), (["rum"], 2):
        command = [sys.executable, "-m", "kpi", *arguments]
        ended = subprocess.run(command, capture_output=True, check=False)
        assert ended.returncode == exit_code


GRAMMARS = "rfc3987_syntax"
JUPYTER = f"""
import sys
from kpi.processes import lazy_imports
with lazy_imports():
    import nbformat
assert "jsonschema" in sys.modules
assert "{GRAMMARS}.syntax_helpers" not in sys.modules
nbformat.validate(nbformat.v4.new_notebook())
with lazy_imports():
    import papermill
import {GRAMMARS}
with lazy_imports():
    assert sys.modules["{GRAMMARS}"] is {GRAMMARS}
    import ipykernel.debugger
assert "debugpy.server" not in sys.modules
import debugpy.server
"""


@pytest.mark.slow
def test_what_jupyter_does_not_need_is_not_imported_and_others_may_import_it():
    subprocess.run([sys.executable, "-c", JUPYTER], check=True, timeout=120)


LATER = """
import sys
from kpi.processes import lazy_imports
with lazy_imports():
    from scipy import stats
    import altair
assert "scipy" not in sys.modules
assert "altair" not in sys.modules
assert stats.norm.cdf(0) == 0.5
assert altair.__name__ == "altair"
assert altair.Chart().mark == altair.Undefined
import scipy.stats
assert scipy.stats.norm is stats.norm
with lazy_imports():
    assert sys.modules["scipy"] is scipy
"""


@pytest.mark.slow
def test_what_is_seldom_used_is_imported_when_it_is():
    subprocess.run([sys.executable, "-c", LATER], check=True, timeout=120)


@pytest.mark.slow
def test_great_expectations_comes_without_what_it_seldom_uses():
    code = (
        "import sys\n"
        "from kpi.quality.great_expectations import great_expectations\n"
        "with great_expectations() as gx:\n"
        "    gx.expectations.ExpectColumnKLDivergenceToBeLessThan\n"
        "assert not {'scipy', 'altair', 'debugpy'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


@pytest.mark.parametrize(("free", "said"), [(10 * 2**20, "disk is full: 10 MB"), (2**40, "memory")])
def test_what_ran_out_is_told(
    free: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that was stopped may have lacked memory, or room on the disk."""
    usage = shutil.disk_usage(tmp_path)._replace(free=free)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    assert said in what_ran_out()
    assert said in WorkerStoppedError().remedy
