"""What made a report: the versions of the program and its libraries, and the program's commit.

A report's folder: written in a temporary folder beside it and moved into place in one rename.

The folder is a bag (RFC 8493): what people open lies at its top, what it is made from in the
payload, `data/`.
"""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpi.errors import RunError
from kpi.files import swap
from kpi.periods import Quarter

if TYPE_CHECKING:
    import pandas as pd


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


RUN_FILE = "run.json"
COMMITTEE = "committee"
CASES = "set_aside_cases"
"""The rows set aside with their case numbers: a working paper, which only the office gets."""
OFFICE = "office"
"""Where that paper lies, beside the payload: persons' pseudonyms differ with their key, so that
nothing that is approved may hold them, and nothing that is published does."""


def report_folder(reports: Path, unit: str, quarter: Quarter) -> Path:
    """Return where a report lands: reports/2019Q4, or reports/<unit>/2019Q4 for a named unit."""
    return (reports / unit if unit else reports) / str(quarter)


def payload(folder: Path) -> Path:
    """Return where a report's figures, notebooks and working papers lie: data/ in its folder."""
    return folder / "data"


def page_name(language: str) -> str:
    """Return what the committee's page is called in a language, and its executed notebook."""
    return f"{COMMITTEE}.{language}"


def office(folder: Path) -> Path:
    """Return where a report's papers for the office alone lie."""
    return folder / OFFICE


def sha256_of(path: Path) -> str:
    """Return the checksum of a file; empty where there is none."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def checksums(folder: Path) -> dict[str, str]:
    """Return the checksum of every file in a folder and below, by its path inside."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256_of(path) for path in files}


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Give an empty folder to work in; after success it takes the target's place.

    After an error the target is as it was and the work is gone.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise not_writable(error) from None
    try:
        yield work
        swap(work, target)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def not_writable(error: OSError, remedy: str = "Free it, or name another with --out.") -> RunError:
    """Return the error for a reports folder that cannot be written to, with the system's reason."""
    return RunError(
        "The reports folder can be written to.",
        error.strerror or "an error of the file system",
        remedy,
    )


def write_frame(frame: pd.DataFrame, folder: Path, name: str) -> None:
    """Write a frame as `<name>.parquet` and `<name>.csv` (UTF-8, comma, null empty)."""
    write_parquet(frame, folder, name)
    frame.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n", encoding="utf-8")


def write_parquet(frame: pd.DataFrame, folder: Path, name: str) -> None:
    """Write a frame as `<name>.parquet` alone."""
    frame.to_parquet(folder / f"{name}.parquet", index=False)


def read_frame(folder: Path, name: str) -> pd.DataFrame:
    """Read a frame that `write_frame` wrote."""
    import pandas as pd

    return pd.read_parquet(folder / f"{name}.parquet")


def write_json(content: dict[str, Any], path: Path) -> None:
    """Write readable JSON: UTF-8, indented, dates as ISO text."""
    text = json.dumps(content, ensure_ascii=False, indent=2, default=str)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def read_run(folder: Path) -> dict[str, Any]:
    """Read the run.json of a report folder."""
    path = payload(folder) / RUN_FILE
    if not path.is_file():
        raise RunError(
            "A report folder holds run.json.",
            f"none in {folder.name}",
            f"Make the report first: kpi run {folder.name}",
        )
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
