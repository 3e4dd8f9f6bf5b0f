"""Where notebooks of a report lie and work, and what they see: disclosed results, no extract.

A notebook runs in an empty temporary folder, with a copy of the disclosed results beside it, and
with the variables that Python and its libraries need. Nothing there leads to the data folder: a
cell that reads an extract by a path of the project fails. Whoever writes a notebook on purpose to
find the extracts can still do so, for it runs as the same user: docs/trust.md.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kpi.errors import ParameterError, did_you_mean
from kpi.files import rows_folder
from kpi.page.reads import only_shows
from kpi.record import payload, sha256_of

_HELPERS = {".py", ".css", ".jpeg", ".jpg", ".mplstyle", ".png", ".svg"}
_NEEDED = re.compile(
    r"PATH|HOME|LANG|LANGUAGE|LC_\w+|TZ|TERM|TMPDIR|TEMP|TMP|LD_LIBRARY_PATH|DYLD_\w+"
    r"|VIRTUAL_ENV|CONDA_\w+|PYTHON\w*|MPL\w+|JUPYTER_\w+|IPYTHONDIR|XDG_\w+|FONTCONFIG_\w+"
    r"|\w+_NUM_THREADS|OMP_\w+|COVERAGE_\w+|KPI_LANGUAGES"
    r"|SYSTEMROOT|SYSTEMDRIVE|WINDIR|COMSPEC|PATHEXT|APPDATA|LOCALAPPDATA|PROGRAM\w+|USERPROFILE",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class NotebookPlace:
    """The folder that notebooks work in, and the copy of the report's folder that they read."""

    folder: Path
    report: Path

    def reads(self, name: str) -> Path:
        """Return the file in which it is noted what a notebook reads of the report."""
        return self.folder.parent / f"{name}.reads"


@contextmanager
def notebook_place(report: Path, notebooks: Path) -> Iterator[NotebookPlace]:
    """Give a place for the notebooks of a report that is being made; it goes at the end.

    Modules and pictures that lie beside the notebooks are there as well.
    """
    with rows_folder() as folder:
        place = NotebookPlace(folder / "work", folder / report.name)
        place.folder.mkdir()
        payload(place.report).mkdir(parents=True)
        for path in payload(report).iterdir():
            if path.is_file():
                shutil.copyfile(path, payload(place.report) / path.name)
        for path in helpers(notebooks):
            shutil.copyfile(path, place.folder / path.name)
        yield place


def helpers(notebooks: Path) -> list[Path]:
    """Return the modules and pictures beside notebooks; data are none."""
    found = (path for path in notebooks.iterdir() if path.suffix.lower() in _HELPERS)
    return sorted(path for path in found if path.is_file() and not path.is_symlink())


def find_notebooks(folder: Path, names: tuple[str, ...]) -> list[Path]:
    """Return the paths of the named notebooks; a missing one is a ParameterError."""
    available = sorted(path.stem for path in folder.glob("*.ipynb"))
    if names and not available:
        raise ParameterError(
            "A project has the notebooks that its pages are made of.",
            f"none in {folder.as_posix()}",
            "Name another folder with --notebooks; kpi init makes a project that has them.",
        )
    for name in names:
        if name not in available:
            raise ParameterError(
                "Each notebook in the parameters exists.",
                f'"{name}"',
                did_you_mean(name, available),
            )
    return [folder / f"{name}.ipynb" for name in names]


def key_of(notebooks: Path, name: str) -> list[str]:
    """Return what a notebook is made of, as checksums: its own, and those of what lies beside."""
    own = notebooks / f"{name}.ipynb"
    return [sha256_of(own), *(f"{path.name} {sha256_of(path)}" for path in helpers(notebooks))]


def only_shows_report(notebook: Path) -> bool:
    """Tell whether a notebook does nothing but show what the report gives."""
    content = json.loads(notebook.read_text(encoding="utf-8"))
    cells = (one for one in content["cells"] if one["cell_type"] == "code")
    return only_shows("".join(one["source"]) for one in cells)


def seen(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that a notebook's process gets: no password, no folder of extracts."""
    return {name: value for name, value in environment.items() if _NEEDED.fullmatch(name)}
