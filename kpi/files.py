"""A folder for rows about persons: it lives as long as the program that made it, and no longer.

While it is used it is locked. The system opens the lock when the program ends, however it ends;
the next run then finds the folder unlocked and removes it.

One folder takes the place of another, so that at any moment one of them is whole and there.

Office files written so that the same content gives the same bytes, and no cell is a formula.
"""

from __future__ import annotations

import ctypes
import datetime as dt
import errno
import os
import re
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from filelock import FileLock, Timeout

if TYPE_CHECKING:
    from openpyxl import Workbook


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


Value = TypeVar("Value")
_FORMULA = re.compile(r"^[=+\-@\t\r\n]")


def save_workbook(workbook: Workbook, path: Path, saved_at: dt.datetime) -> None:
    """Save a workbook as if at a given time, in its properties and in the archive."""
    workbook.properties.created = saved_at
    written = BytesIO()
    workbook.save(written)
    save_archive(written, path, saved_at)


def save_archive(written: BytesIO, path: Path, saved_at: dt.datetime) -> None:
    """Save an office file (a zip archive) as if all in it were written at a given time."""
    with zipfile.ZipFile(written) as saved, zipfile.ZipFile(path, "w") as archive:
        for name in saved.namelist():
            entry = zipfile.ZipInfo(name, saved_at.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, _as_if_at(saved_at, name, saved.read(name)))


def _as_if_at(saved_at: dt.datetime, name: str, content: bytes) -> bytes:
    """Fix the time of the last change, which openpyxl sets while saving."""
    if name != "docProps/core.xml":
        return content
    fixed = f"{saved_at:%Y-%m-%dT%H:%M:%SZ}".encode()
    return re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + fixed, content)


def harmless(value: Value) -> Value | str:
    """Return a cell that no spreadsheet takes for a formula: a text like one gets an apostrophe.

    >>> harmless("=1+1"), harmless("a=1"), harmless(-1)
    ("'=1+1", 'a=1', -1)
    """
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value
