"""Rows about persons live as long as the program that reads them, and are its user's alone."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest

from kpi.files import private_file, private_folder, remove_stale, rows_folder, work_beside
from kpi.processes import CAN_FORK
from kpi.record import replacing

KEEPS_A_ROW = """
import time
from kpi.files import rows_folder
with rows_folder() as folder:
    (folder / "row").write_text("0101701234")
    print(folder, flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the folders of other programs alone."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_the_folder_goes_with_its_use(tmp_path: Path) -> None:
    """After an error, too; meanwhile only the user can read it."""

    def fail() -> None:
        with rows_folder() as folder:
            (folder / "row").write_text("1")
            assert folder.stat().st_mode & 0o077 == 0
            raise ValueError("wrong")

    with pytest.raises(ValueError, match="wrong"):
        fail()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="a signal that Windows does not have")
def test_what_a_killed_program_left_is_removed(tmp_path: Path) -> None:
    """And not what a living one uses."""
    command = [sys.executable, "-c", KEEPS_A_ROW]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout
        folder = Path(program.stdout.readline().strip())
        assert remove_stale() == []
        assert (folder / "row").is_file()
        program.send_signal(signal.SIGKILL)
        program.wait()
        assert remove_stale() == [folder.name]
    assert list(tmp_path.iterdir()) == []


LOOKS_AT_ITS_LOCK = """
import fcntl
from multiprocessing import util
from pathlib import Path
from kpi import processes
folder = Path(processes._own_folder())
def look():
    with folder.with_name(f"{folder.name}.in-use").open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("locked")
util.Finalize(None, look, exitpriority=-150)
"""


@pytest.mark.skipif(not CAN_FORK, reason="there is no server to fork from")
@pytest.mark.parametrize("end", ["", "processes.end_at_once(0)"])
def test_what_a_program_uses_is_locked_until_it_is_gone(tmp_path: Path, end: str) -> None:
    """At the end, too: a program that begins just then takes it for nobody's otherwise."""
    command = [sys.executable, "-c", LOOKS_AT_ITS_LOCK + end]
    assert subprocess.check_output(command, text=True) == "locked\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="a signal that Windows does not have")
def test_what_was_being_made_when_a_program_was_killed_goes_with_the_next(tmp_path: Path) -> None:
    """Work beside a report, in an archive or a folder of reports."""
    target = tmp_path / "reports" / "2019Q4"
    target.parent.mkdir()
    use = f"work_beside(pathlib.Path({str(target)!r}))"
    script = KEEPS_A_ROW.replace("rows_folder()", use).replace("rows_folder", "work_beside")
    command = [sys.executable, "-c", f"import pathlib\n{script}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout
        left = Path(program.stdout.readline().strip())
        assert remove_stale(beside=target) == []
        program.kill()
    assert (left / "row").is_file()
    with replacing(target) as work:
        assert not left.exists()
        (work / "a").write_text("b")
    assert [path.name for path in target.parent.iterdir()] == ["2019Q4"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_a_trap_in_the_temporary_folder_catches_nothing(tmp_path: Path) -> None:
    """Others may write there: a lock or folder that is a link is not followed."""
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "a").write_text("b")
    (tmp_path / "kpi-rows-1").symlink_to(mine, target_is_directory=True)
    (tmp_path / "kpi-rows-1.in-use").symlink_to(mine / "a")
    (tmp_path / "kpi-rows-2").symlink_to(mine, target_is_directory=True)
    (tmp_path / "kpi-rows-2.in-use").write_text("")
    (tmp_path / "kpi-rows-3").symlink_to(mine, target_is_directory=True)
    assert remove_stale() == []
    assert (mine / "a").read_text() == "b"


def test_what_another_user_s_act_moved_aside_goes_with_the_owner_s_next(tmp_path: Path) -> None:
    """They can move a report that was mine, and not remove what is in it."""
    target = tmp_path / "2019Q4"
    left = tmp_path / ".2019Q4-work-0123456789abcdef"
    left.mkdir()
    (left / "a").write_text("b")
    with work_beside(target):
        assert not left.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_the_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    """What was there before is made private as well."""
    (tmp_path / "old").write_text("a")
    (tmp_path / "old").chmod(0o666)
    (tmp_path / "public").mkdir()
    usual = os.umask(0)
    try:
        made = [
            private_file(tmp_path / "new"),
            private_file(tmp_path / "old"),
            private_folder(tmp_path / "folder"),
            private_folder(tmp_path / "public"),
        ]
        with rows_folder() as rows, work_beside(tmp_path / "x") as work:
            made += [rows, work, *tmp_path.glob("*.in-use")]
            assert len(made) == 8
            assert [path for path in made if path.stat().st_mode & 0o077] == []
        with replacing(tmp_path / "flow", private=True):
            pass
        assert (tmp_path / "flow").stat().st_mode & 0o777 == 0o700
    finally:
        os.umask(usual)


@pytest.mark.skipif(not CAN_FORK, reason="only where processes are forked")
@pytest.mark.parametrize(
    "kind", [rows_folder, lambda: work_beside(Path(tempfile.gettempdir(), "x"))]
)
def test_a_process_forked_meanwhile_leaves_the_folder(
    kind: Callable[[], AbstractContextManager[Path]],
) -> None:
    """It clears up what it was born with; the folder and its lock are its parent's."""
    with ExitStack() as while_it_lives:
        folder = while_it_lives.enter_context(kind())
        process = multiprocessing.get_context("fork").Process(target=while_it_lives.close)
        process.start()
        process.join()
        assert process.exitcode == 0
        assert folder.is_dir()
        assert folder.with_name(f"{folder.name}.in-use").is_file()
        assert remove_stale() == []
    assert not folder.exists()


@pytest.mark.skipif(not CAN_FORK, reason="only where processes are forked from a server")
@pytest.mark.parametrize("end", ["", "end_at_once(0)", "os.kill(os.getpid(), 9)"])
def test_the_server_that_processes_are_forked_from_leaves_nothing(end: str) -> None:
    """Its sockets go with the program, without a word, or with the next one after a kill."""
    start = "import os; from kpi.processes import end_at_once, start_server; start_server('json');"
    with tempfile.TemporaryDirectory(dir="/tmp") as short:  # the name of a socket may not be long
        for script in (f"{start} {end}", start):
            done = subprocess.run(
                [sys.executable, "-c", script],
                env=os.environ | {"TMPDIR": short},
                capture_output=True,
                text=True,
                check=False,
            )
            assert (done.stdout, done.stderr) == ("", "")
        assert list(Path(short).iterdir()) == []
