"""A folder for rows about persons: it lives as long as the program that made it, and no longer.

While it is used it is locked. The system opens the lock when the program ends, however it ends;
the next run then finds the folder unlocked and removes it.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

_PREFIX = "kpi-rows-"
_LOCK = "in-use"


@contextmanager
def rows_folder() -> Iterator[Path]:
    """Give a folder that only this user can read; at the end it is removed with all in it."""
    remove_stale()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    lock = FileLock(_beside(folder))
    with lock:
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            _beside(folder).unlink(missing_ok=True)


def remove_stale() -> list[str]:
    """Remove the folders of programs that were killed; return their names."""
    removed = []
    for folder in sorted(Path(tempfile.gettempdir()).glob(f"{_PREFIX}*")):
        if not folder.is_dir():
            continue
        try:
            with FileLock(_beside(folder), blocking=False):
                shutil.rmtree(folder, ignore_errors=True)
                _beside(folder).unlink(missing_ok=True)
                removed.append(folder.name)
        except (OSError, Timeout):
            continue  # in use, or another user's
    return removed


def _beside(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.{_LOCK}")
