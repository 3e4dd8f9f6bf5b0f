"""Files and folders: private to their owner, gone with their program, replaced in one move.

A folder for rows about persons, or for work that is not finished, lives as long as the program that
made it, and no longer. While it is used it is locked. The system opens the lock when the program
ends, however it ends; the next program that wants such a folder finds it unlocked and removes it.

What holds rows about persons is readable by its owner alone, whatever the umask says. (Windows has
no such mode: there, what a folder's own list of rights says holds for the files in it.)

One folder takes the place of another, so that at any moment one of them is whole and there.

Office files written so that the same content gives the same bytes, and no cell is a formula.
"""

from __future__ import annotations

import ctypes
import datetime as dt
import errno
import os
import re
import secrets
import shutil
import stat
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from filelock import FileLock, Timeout

if TYPE_CHECKING:
    from openpyxl import Workbook


_ROWS = "kpi-rows-"
_IN_USE = ".in-use"
_OWNER_ALONE, _OWNERS_FILE, _READABLE = 0o700, 0o600, 0o755


@contextmanager
def rows_folder() -> Iterator[Path]:
    """Give a temporary folder that only this user can read; it goes with all in it at the end."""
    with _own_folder(Path(tempfile.gettempdir()), _ROWS) as folder:
        yield folder


@contextmanager
def work_beside(target: Path) -> Iterator[Path]:
    """Give such a folder beside a target, whose place it may take in one rename."""
    with _own_folder(target.parent, _beginning(target)) as folder:
        yield folder


def remove_stale(beside: Path | None = None) -> list[str]:
    """Remove the folders of programs that were killed; return their names.

    They are temporary ones, or those beside a target.
    """
    if beside:
        return _remove_stale(beside.parent, _beginning(beside))
    return _remove_stale(Path(tempfile.gettempdir()), _ROWS)


def _beginning(target: Path) -> str:
    return f".{target.name}-work-"


@contextmanager
def _own_folder(where: Path, beginning: str) -> Iterator[Path]:
    _remove_stale(where, beginning)
    owner = os.getpid()
    folder = where / f"{beginning}{secrets.token_hex(8)}"
    lock = FileLock(_beside(folder), mode=_OWNERS_FILE)
    with lock:  # before the folder is there: nobody takes it for one that was left
        try:
            folder.mkdir(mode=_OWNER_ALONE)
            yield folder
        finally:
            if os.getpid() == owner:  # a process forked meanwhile forgets the folder when it ends
                shutil.rmtree(folder, ignore_errors=True)
                _beside(folder).unlink(missing_ok=True)


def _remove_stale(where: Path, beginning: str) -> list[str]:
    """Remove this user's folders that nobody holds a lock on, or that have none any more."""
    removed = []
    for path in sorted(where.glob(f"{beginning}*")):
        is_lock = path.name.endswith(_IN_USE)
        folder = path.with_name(path.name.removesuffix(_IN_USE))
        if not _is_own(path) or (not is_lock and _beside(folder).exists()):
            continue
        try:
            with FileLock(path, blocking=False) if is_lock else nullcontext():
                if _is_own(folder):
                    shutil.rmtree(folder, ignore_errors=True)
                    removed.append(folder.name)
                _beside(folder).unlink(missing_ok=True)
        except (OSError, Timeout):
            continue  # in use
    return removed


def _is_own(path: Path) -> bool:
    """Tell whether a file or folder, and no link, is this user's: others may write there, too."""
    try:
        found = path.lstat()
    except OSError:
        return False
    is_own = sys.platform == "win32" or found.st_uid == os.getuid()
    return is_own and (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode))


def _beside(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}{_IN_USE}")


def keep_private(path: Path) -> Path:
    """Let the owner alone read a file, or a folder and all in it; return it."""
    if path.is_symlink():
        return path
    if path.is_dir():
        path.chmod(_OWNER_ALONE)
        for inside in path.iterdir():
            keep_private(inside)
    else:
        path.chmod(_OWNERS_FILE)
    return path


def private_folder(path: Path) -> Path:
    """Make a folder that its owner alone can read, if it is not there; return it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.mkdir(mode=_OWNER_ALONE)
    except FileExistsError:
        with suppress(PermissionError):  # another's: its owner decides
            path.chmod(_OWNER_ALONE)
    return path


def private_file(path: Path) -> Path:
    """Make an empty file that its owner alone can read, before anything is written; return it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNERS_FILE))
    path.chmod(_OWNERS_FILE)  # it may have been there
    return path


_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


def replace_folder(work: Path, target: Path, *, private: bool = False) -> None:
    """Move a folder to its target in one rename; what was there before is removed.

    All may read what is in its place, or with `private` its owner alone.

    Where the system cannot exchange two folders (it can on Linux), the old one waits for a moment
    under another name: `restore` puts it back if the program is killed just then.
    """
    work.chmod(_OWNER_ALONE if private else _READABLE)
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
_FORMULA = re.compile("^\\s*[-=+@\uff0d\uff1d\uff0b\uff20]|^[\t\n]")


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

    Signs of full width count as well: some programs read them as the plain ones. A carriage return,
    which csv leaves bare and which would begin a row, becomes a blank.

    >>> harmless("=1+1"), harmless("a=1"), harmless(-1)
    ("'=1+1", 'a=1', -1)
    """
    if not isinstance(value, str):
        return value
    text = value.replace("\r", " ")
    return f"'{text}" if _FORMULA.match(text) else text
