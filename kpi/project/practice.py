"""A practice copy of the project, for the tutorial: everything in it may be broken and mended."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from kpi.errors import ParameterError
from kpi.params import quarters_in

if TYPE_CHECKING:
    import pandas as pd


COPIED = ("kpi", "params", "notebooks", "data/published")
_NOT_COPIED = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", "examples")
_COLOURS = {"FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE"}  # Jupyter asks its children for them
_SHORTER = {  # for practice, one page in one language is enough
    "notebooks": "[committee]",
    "languages": "[da]",
}


@dataclass(frozen=True)
class Practice:
    """A copy of the project in a folder of its own, and the commands that work on it."""

    folder: Path

    @classmethod
    def make(cls, project: str = "", folder: str = "") -> Practice:
        """Copy the project that lies in `project`, or in a folder above this one.

        Without `folder`, the copy is made in a new temporary folder. Raises ParameterError where
        there is no project, or where something is in the way.
        """
        source = Path(project) if project else _project_above(Path.cwd())
        target = Path(folder) if folder else Path(tempfile.mkdtemp(prefix="kpi-practice-"))
        if target.is_dir() and any(target.iterdir()):
            raise ParameterError(
                "A practice copy is made in a new folder.",
                f"{target.name} is not empty",
                "Name another, or none.",
            )
        for name in COPIED:
            _see_part(source, name)
            shutil.copytree(source / name, target / name, ignore=_NOT_COPIED)
        params = target / "params"
        for period in quarters_in(params):
            _shorten(params / f"{period.file_name}.yaml")
        return cls(target)

    def kpi(self, *arguments: str) -> None:
        """Run a command of kpi on the copy, and show what it says and how it ends."""
        self._run(*arguments)

    def _run(self, *arguments: str) -> None:
        done = subprocess.run(  # noqa: S603 - this Python, on the reader's own copy
            [sys.executable, "-m", "kpi", *arguments],
            cwd=self.folder,
            env=self._environment(),
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        print(f"$ kpi {' '.join(arguments)}")  # noqa: T201 - that is what it is for
        print(f"{done.stdout}{done.stderr}[exit code {done.returncode}]")  # noqa: T201

    def _environment(self) -> dict[str, str]:
        plain = {name: text for name, text in os.environ.items() if name not in _COLOURS}
        return plain | {"PYTHONPATH": str(self.folder), "PYTHONIOENCODING": "utf-8"}

    def show(self, path: str, lines: int = 3, encoding: str = "utf-8") -> None:
        """Show the first lines of a file of the copy."""
        with (self.folder / path).open(encoding=encoding) as file:
            print("".join(islice(file, lines)))  # noqa: T201

    def change(self, path: str, old: str, new: str, encoding: str = "utf-8") -> None:
        """Replace a text that stands once in a file of the copy.

        Raises ParameterError where it does not stand there, or more than once.
        """
        place = self.folder / path
        text = place.read_bytes().decode(encoding)
        if text.count(old) != 1:
            raise ParameterError(
                f"The text to change stands once in {path}.",
                f"{text.count(old)} times",
                "Give more of the text around it.",
            )
        place.write_bytes(text.replace(old, new).encode(encoding))

    def figures(self, quarter: str, metric: str) -> pd.DataFrame:
        """Return a metric's disclosed figures by quarter: period, n, met, value, status."""
        import pandas as pd

        results = pd.read_csv(self.folder / "reports" / quarter / "data" / "results.csv")
        rows = results[results["metric"].eq(metric) & results["period_kind"].eq("quarter")]
        rows = rows[rows["group"].isna()]
        return rows[["period", "n", "met", "value", "status"]].reset_index(drop=True)


def _project_above(here: Path) -> Path:
    for folder in (here, *here.parents):
        if (folder / "kpi" / "definitions").is_dir() and (folder / "params").is_dir():
            return folder
    raise ParameterError(
        "The tutorial copies a checked-out project.", "none here", "Name its folder in `project`."
    )


def _see_part(source: Path, name: str) -> None:
    if not (source / name).is_dir():
        raise ParameterError(
            "The tutorial copies a checked-out project.",
            f"no folder {name} in {source.name}",
            "Name its folder in `project`.",
        )


def _shorten(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for key, value in _SHORTER.items():
        text = re.sub(rf"^{key}:.*\n", "", text, flags=re.MULTILINE)
        text = f"{text.rstrip()}\n{key}: {value}\n"
    path.write_text(text, encoding="utf-8", newline="\n")
