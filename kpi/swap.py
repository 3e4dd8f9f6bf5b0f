"""One folder takes the place of another, so that at any moment one of them is whole and there."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
from pathlib import Path

_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


def swap(work: Path, target: Path) -> None:
    """Move a folder to its target in one rename; what was there before is removed.

    Where the system cannot exchange two folders (it can on Linux), the old one waits for a moment
    under another name: `restore` puts it back if the program is killed just then.
    """
    work.chmod(0o755)
    if not target.exists():
        work.replace(target)
    elif _exchange(work, target):
        shutil.rmtree(work, ignore_errors=True)
    else:
        _in_two_steps(work, target)


def restore(target: Path) -> None:
    """Put a folder back that a killed program had moved aside, and remove what it left."""
    old = _aside(target)
    if old.exists() and not target.exists():
        old.replace(target)
    shutil.rmtree(old, ignore_errors=True)


def _in_two_steps(work: Path, target: Path) -> None:
    old = _aside(target)
    shutil.rmtree(old, ignore_errors=True)
    target.replace(old)
    try:
        work.replace(target)
    except OSError:
        old.replace(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _aside(target: Path) -> Path:
    return target.with_name(f".{target.name}-old")


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one call of the system; False where it has none."""
    if sys.platform != "linux":
        return False
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    names = os.fsencode(one), os.fsencode(other)
    if call(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP}:
        return False
    raise OSError(number, os.strerror(number), str(other))
