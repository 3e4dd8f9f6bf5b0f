"""Notebooks run by papermill, each in a process of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from kpi.errors import KpiError, ParameterError, RunError, did_you_mean
from kpi.store import COMMITTEE, page_name

CELL_SECONDS = 300
KERNEL = "python3"
INJECTED = "injected-parameters"


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


def run_notebooks(
    planned: list[Execution],
    out: Path,
    environment: dict[str, str],
    jobs: int,
    done: Callable[[str], None],
) -> None:
    """Run notebooks and write them executed into a folder.

    `done` is called with the name of each finished notebook. The first error (a RunError that names
    the notebook, the cell and the kind of error, no value) ends the run.
    """
    out.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        running = {
            pool.submit(
                _run_one, one.notebook, out / f"{one.name}.ipynb", one.parameters, environment
            ): one
            for one in planned
        }
        try:
            for finished in as_completed(running):
                finished.result()
                done(running[finished].name)
        except BrokenProcessPool:
            raise RunError(
                "A notebook's process runs to its end.",
                "one that was stopped from outside",
                "See whether the machine ran out of memory, then run again.",
            ) from None
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _run_one(
    notebook: Path, target: Path, parameters: dict[str, str], environment: dict[str, str]
) -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # papermill and its kernel client warn about themselves
        import papermill

        os.environ.update(environment)
        try:
            papermill.execute_notebook(
                notebook,
                target,
                parameters=_accepted(notebook, parameters),
                kernel_name=KERNEL,
                progress_bar=False,
                log_output=False,
                execution_timeout=CELL_SECONDS,
                cwd=notebook.parent,
                extra_arguments=["--log-level=ERROR"],  # else each kernel warns about its sockets
            )
        except KpiError:
            raise
        except papermill.PapermillExecutionError as error:
            raise _failed(notebook, error) from None
        except Exception as error:  # noqa: BLE001 - a dead kernel has many names
            raise RunError(
                f"The notebook {notebook.stem} runs from its first cell to its last.",
                type(error).__name__,
                f"Open it with `kpi lab {parameters['quarter']}` and run all cells.",
            ) from None
    _strip(target)


def _failed(notebook: Path, error: Any) -> RunError:
    remedy = f"Open {notebook.name} with `kpi lab` and run that cell."
    if error.ename in _FAMILY:
        remedy = str(error.evalue).replace("Found: ", "")
    return RunError(
        f"The notebook {notebook.stem} runs from its first cell to its last.",
        f"{error.ename} in code cell {error.exec_count}",
        remedy,
    )


_FAMILY = {"KpiError", *(kind.__name__ for kind in KpiError.__subclasses__())}


def _accepted(notebook: Path, parameters: dict[str, str]) -> dict[str, str]:
    """Return the parameters, after checking that the notebook declares each of them."""
    import papermill

    declared = papermill.inspect_notebook(notebook)
    for name in parameters:
        if name not in declared:
            raise ParameterError(
                f"The cell tagged parameters in {notebook.name} declares what it is run with.",
                f'no "{name}"',
                did_you_mean(name, declared) or "Tag one cell `parameters`.",
            )
    return parameters


def _strip(path: Path) -> None:
    """Remove what differs from run to run: times, paths, random ids and the runner's notes."""
    import nbformat

    notebook: Any = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    for holder in _with_metadata(notebook):
        for key in ("papermill", "execution"):
            holder["metadata"].pop(key, None)
        if INJECTED in holder["metadata"].get("tags", ()):
            holder["id"] = INJECTED
    nbformat.write(notebook, path)  # type: ignore[no-untyped-call]


def _with_metadata(notebook: Any) -> Iterator[Any]:
    yield notebook
    yield from notebook["cells"]
