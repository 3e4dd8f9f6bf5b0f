"""A program that ends at once has done what it was asked to, and says how it went."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

CODE = """
import atexit, sys
from kpi.processes import end_at_once
atexit.register(print, "done at the end")
print("written", end=" ")
end_at_once({code!r})
"""


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
