"""The notebooks of a report: found, planned in their languages, and run by papermill.

One notebook run by papermill, in a process of its own.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from traitlets.config import Config

from kpi.errors import KpiError, ParameterError, RunError, did_you_mean
from kpi.processes import light_imports
from kpi.publication.comparison import INJECTED
from kpi.record import COMMITTEE, page_name


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


KERNEL = "python3"
_KERNEL_OPTIONS = [
    "--log-level=ERROR",  # else each kernel warns about its sockets
    "--HistoryManager.enabled=False",  # that is of what an analyst types
]


def execute(
    one: Execution,
    target: Path,
    cell: Callable[[int, int], None],
    sockets: Path | None = None,
) -> None:
    """Run a notebook and write it executed, without times, paths and random ids.

    `cell` is told how many cells of code have run, and of how many. An error is a RunError that
    names the notebook, the cell and the kind of error, no value. The kernel listens in files whose
    names begin with `sockets`; without it, on ports.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # papermill and its kernel client warn about themselves
        with light_imports():
            import nbformat
            import papermill

        try:
            executed: Any = papermill.execute_notebook(
                one.notebook,
                None,  # it would write and check the whole notebook before and after every cell
                parameters=_accepted(one.notebook, one.parameters),
                kernel_name=KERNEL,
                progress_bar=False,
                log_output=False,
                cwd=one.notebook.parent,
                extra_arguments=_KERNEL_OPTIONS,
                on_cell_executed=_counter(one.notebook, cell),
                shutdown_kernel="immediate",  # it has nothing to save
                config=_where_to_listen(sockets),
            )
        except KpiError:
            raise
        except papermill.PapermillExecutionError as error:
            raise _failed(one.notebook, error) from None
        except Exception as error:  # noqa: BLE001 - a dead kernel has many names
            raise RunError(
                f"The notebook {one.notebook.stem} runs from its first cell to its last.",
                type(error).__name__,
                f"Open it with `kpi lab {one.parameters['quarter']}` and run all cells.",
            ) from None
    _strip(executed)
    nbformat.write(executed, target)  # type: ignore[no-untyped-call]


def _where_to_listen(sockets: Path | None) -> Config:
    told = {"transport": "ipc", "ip": str(sockets)} if sockets else {}
    return Config({"KernelManager": told})


def _counter(notebook: Path, cell: Callable[[int, int], None]) -> Callable[..., None]:
    """Return what counts the cells of code as they are done; papermill adds one of parameters."""
    import nbformat

    book: Any = nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]
    of = 1 + sum(one["cell_type"] == "code" for one in book["cells"])
    numbers = iter(range(1, of + 1))

    def executed(**_: Any) -> None:
        cell(next(numbers, of), of)

    return executed


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


def _strip(notebook: Any) -> None:
    """Remove what differs from run to run: times, paths, random ids and the runner's notes."""
    for holder in _with_metadata(notebook):
        for key in ("papermill", "execution"):
            holder["metadata"].pop(key, None)
        if INJECTED in holder["metadata"].get("tags", ()):
            holder["id"] = INJECTED


def _with_metadata(notebook: Any) -> Iterator[Any]:
    yield notebook
    yield from notebook["cells"]
