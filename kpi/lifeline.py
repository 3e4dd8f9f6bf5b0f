"""How a process ends: with the one that started it, even a killed one; and at once."""

from __future__ import annotations

import atexit
import multiprocessing
import os
import signal
import sys
import threading
from contextlib import suppress
from typing import NoReturn


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
