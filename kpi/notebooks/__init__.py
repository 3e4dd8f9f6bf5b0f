"""The notebooks of a report: found, planned in their languages, and run by papermill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kpi.errors import ParameterError, did_you_mean
from kpi.store import COMMITTEE, page_name


def find_notebooks(folder: Path, names: tuple[str, ...]) -> list[Path]:
    """Return the paths of the named notebooks; a missing one is a ParameterError."""
    available = sorted(path.stem for path in folder.glob("*.ipynb"))
    for name in names:
        if name not in available:
            raise ParameterError(
                "Each notebook in the parameters exists.",
                f'"{name}"',
                did_you_mean(name, available) or f"No notebooks in {folder.as_posix()}.",
            )
    return [folder / f"{name}.ipynb" for name in names]


@dataclass(frozen=True)
class Execution:
    """A notebook to run, its parameters, and the name that it is written under (no suffix)."""

    notebook: Path
    parameters: dict[str, str]
    name: str


def in_languages(
    notebooks: list[Path], quarter: str, main: str, languages: Sequence[str]
) -> list[Execution]:
    """Plan the notebooks of a quarter: the committee's once per language, others in the main one.

    The committee's are written as committee.da, committee.en, ...
    """
    planned = []
    for notebook in notebooks:
        is_page = notebook.stem == COMMITTEE
        for language in languages if is_page else (main,):
            name = page_name(language) if is_page else notebook.stem
            planned.append(Execution(notebook, {"quarter": quarter, "language": language}, name))
    return planned
