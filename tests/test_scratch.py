"""Rows about persons live as long as the program that reads them."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from kpi.files import remove_stale, rows_folder

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
