"""What made a report: the versions of the program and its libraries, and the program's commit."""

from __future__ import annotations

import platform
import subprocess
from importlib import metadata
from pathlib import Path

_LIBRARIES = (
    "duckdb", "great-expectations", "ibis-framework", "matplotlib", "nbconvert", "pandas",
    "papermill", "holidays", "babel",
)  # fmt: skip


def versions() -> dict[str, str]:
    """Return the versions that run.json records."""
    libraries = {name: metadata.version(name) for name in _LIBRARIES}
    return {
        "kpi": metadata.version("kpi"),
        "commit": commit(),
        "python": platform.python_version(),
        **libraries,
    }


def commit() -> str:
    """Return the commit of the checked-out code, with "+" where files were changed since."""
    folder = Path(__file__).parent
    try:
        commit = _git(folder, "rev-parse", "--short=12", "HEAD")
        changed = _git(folder, "status", "--porcelain", "--untracked-files=no", "--", ".")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return commit + ("+" if changed else "")


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 - constant arguments
        ["git", "-C", str(folder), *arguments],  # noqa: S607 - git is found on the path
        capture_output=True,
        text=True,
        check=True,
        timeout=10,
    )
    return done.stdout.strip()
