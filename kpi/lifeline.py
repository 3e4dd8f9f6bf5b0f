"""A process that ends with the one that started it, even where that one is killed."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading


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
