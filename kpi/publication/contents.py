"""What a report's folder holds: one list, and all that is on it may be published.

Seal, gate, approval, verification, publication and archive ask here. What tells of single rows lies
beside the folder (`kpi.record.office`), never in it. A link would let something else in than what
was read, and a file that no run makes was put there by somebody: neither is part of a report.
"""

from __future__ import annotations

import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from kpi.errors import ReviewError
from kpi.publication.gate_persons import shown

_PLACES = re.compile(
    r"(?:[a-z_]+\.[a-z]{2}\.(?:html|pdf|docx|xlsx)"  # pages, and forms of them
    r"|open_data/[\w.-]+\.(?:csv|json)"
    r"|data/[a-z0-9_]+\.(?:csv|parquet)|data/run\.json|data/notebooks/[^/]+\.ipynb"
    r"|bagit\.txt|bag-info\.txt|(?:tag)?manifest-sha(?:256|512)\.txt"
    r"|approval\.json|approval-\d+\.(?:txt|sig)|publication\.json)",
    re.ASCII,
)
_JUNCTION = 0xA0000003  # as Windows marks a folder that leads elsewhere
_FOLDERS = {"data", "data/notebooks", "open_data"}


def contents(folder: Path) -> list[Path]:
    """Return the files of a report by their place in its folder, in an order no machine changes.

    Raises ReviewError where something lies there that is no part of a report.
    """
    faults = strangers(folder)
    if faults:
        raise refused(folder.name, faults)
    found = (path.relative_to(folder) for path in _walk(folder) if path.is_file())
    return sorted(found, key=Path.as_posix)


def copy_contents(folder: Path, target: Path) -> None:
    """Copy the files of a report into a folder that is there, and nothing else."""
    for path in contents(folder):
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / path, target / path)


def strangers(folder: Path) -> list[str]:
    """Say of each thing in a report's folder that is no part of a report what it is."""
    listed = [folder, *_walk(folder)]
    return [f"{_name(folder, path)} {what}" for path in listed if (what := _fault(folder, path))]


def links(folder: Path) -> list[str]:
    """Say of each thing in a folder that is neither a folder nor a file of its own what it is."""
    listed = [folder, *_walk(folder)]
    return [f"{_name(folder, path)} {what}" for path in listed if (what := _link(path))]


def refused(name: str, faults: list[str]) -> ReviewError:
    """Return the error for a folder with something in it that is no part of a report."""
    more = f" and {len(faults) - 1} more" if len(faults) > 1 else ""
    return ReviewError(
        "A report's folder holds what its run and its review made, and no links.",
        f"{name}: {faults[0]}{more}",
        "Take it out of the folder, then do it again.",
    )


def _walk(folder: Path) -> Iterator[Path]:
    """Yield everything below a folder; links are not followed."""
    for path in sorted(folder.iterdir()) if not _link(folder) else ():
        yield path
        if path.is_dir() and not _link(path):
            yield from _walk(path)


def _name(folder: Path, path: Path) -> str:
    return shown(path.relative_to(folder).as_posix() if path != folder else folder.name)


def _fault(folder: Path, path: Path) -> str:
    found = _link(path)
    if found or path == folder:
        return found
    name = path.relative_to(folder).as_posix()
    has_place = name in _FOLDERS if path.is_dir() else _PLACES.fullmatch(name)
    return "" if has_place else "is no part of a report"


def _link(path: Path) -> str:
    """Say what kind of link something is; nothing for a folder or a file."""
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode) or getattr(found, "st_reparse_tag", 0) == _JUNCTION:
        return "is a link"
    if stat.S_ISDIR(found.st_mode):
        return ""
    if not stat.S_ISREG(found.st_mode):
        return "is no file"
    return "is the same file as one elsewhere" if found.st_nlink > 1 else ""
