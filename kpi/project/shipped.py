"""Files that the program brings beside its code: notebooks, parameters, documentation."""

from __future__ import annotations

import shutil
import sysconfig
from pathlib import Path

from kpi.errors import RunError

_MARK = "notebooks/committee.ipynb"


def shipped(part: str) -> Path:
    """Return where a part (notebooks, params, docs) of what kpi brings lies.

    In a checkout that is its top; a wheel puts it below share/kpi of the environment, or of the
    user. RunError where it is in neither.
    """
    schemes = (sysconfig.get_default_scheme(), sysconfig.get_preferred_scheme("user"))
    installed = (Path(sysconfig.get_path("data", scheme)) for scheme in schemes)
    for place in (
        Path(__file__).resolve().parents[2],
        *(one / "share" / "kpi" for one in installed),
    ):
        if (place / _MARK).is_file():
            return place / part
    raise RunError(
        "kpi is installed with its notebooks.",
        "none beside the program",
        "Install it again from its wheel, or work in a checkout.",
    )


def pages() -> dict[str, Path]:
    """Return the pages of the documentation by their names, README first."""
    found = [shipped("README.md"), *sorted(shipped("docs").glob("*.md")), shipped("CHANGELOG.md")]
    return {path.stem.lower(): path for path in found}


def copy_missing(folder: Path) -> list[Path]:
    """Copy the municipality's parameters and notebooks into a folder that has neither.

    Returns the folders that were made; where one of them is there, nothing is copied.
    """
    parts = ("params", "notebooks")
    if any((folder / part).exists() for part in parts):
        return []
    ignored = shutil.ignore_patterns("examples", ".ipynb_checkpoints")
    for part in parts:
        shutil.copytree(shipped(part), folder / part, ignore=ignored)
    return [folder / part for part in parts]


def copy_notebooks(target: Path, *, names: tuple[str, ...] = ()) -> None:
    """Copy notebooks of a report into a new folder: those named, or all."""
    target.mkdir()
    for path in sorted(shipped("notebooks").glob("*.ipynb")):
        if not names or path.stem in names:
            shutil.copyfile(path, target / path.name)
