"""The notebooks of a report: found, planned in their languages, and run by papermill."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpi.errors import KpiError, ParameterError, RunError, did_you_mean
from kpi.files import rows_folder
from kpi.page.reads import READS_VARIABLE
from kpi.processes import (
    CAN_FORK,
    Notify,
    WorkerPool,
    WorkerStoppedError,
    lazy_imports,
    short_temporary_paths,
    start_server,
    what_ran_out,
)
from kpi.record import COMMITTEE, INJECTED, page_name
from kpi.run.notebook_place import seen

if TYPE_CHECKING:
    from traitlets.config import Config


@dataclass(frozen=True)
class Execution:
    """A notebook to run, its parameters, and the name that it is written under (no suffix).

    It works in a folder, if one is named, else in its own; what it reads of the report is noted in
    the file `reads`, if one is named.
    """

    notebook: Path
    parameters: dict[str, str]
    name: str
    folder: Path | None = None
    reads: Path | None = None


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


_MINUTES = 10
_IMPORTED_ONCE = "kpi.run.kernel"

Cell = Callable[[str, int, int], None]


def prepare_kernels() -> None:
    """Begin to import in the background what every notebook needs."""
    start_server(_IMPORTED_ONCE)


def run_notebooks(  # noqa: PLR0913 - what is run where, and who is told
    planned: list[Execution],
    out: Path,
    environment: dict[str, str],
    jobs: int,
    done: Callable[[str], None],
    *,
    cell: Cell = lambda *_: None,
    minutes: float = _MINUTES,
) -> None:
    """Run notebooks, at most `jobs` at a time, and write them executed into a folder.

    Each has a process of its own, and that its kernel; where the system can fork, both are forked
    from one server that has imported everything (kpi/run/kernel.py). What they write is the same.

    `done` is called with the name of each finished notebook, `cell` with its name, the number of
    cells that have run and of all. The first error (a RunError that names the notebook, the cell
    and the kind of error, no value) ends the run, as does a notebook that takes too long.
    """
    out.mkdir(parents=True, exist_ok=True)
    prepare_kernels()
    longest_first = sorted(planned, key=lambda one: one.notebook.stem != COMMITTEE)
    whole = seen(os.environ) | environment  # the server has that of when it was started
    cells: dict[str, tuple[int, int]] = {}

    def told(name: str, counted: tuple[int, int]) -> None:
        cells[name] = counted
        cell(name, *counted)

    prepare = _fork_kernel if CAN_FORK else None
    with _sockets() as sockets, WorkerPool(jobs, prepare, forked=CAN_FORK, fresh=True) as workers:
        tasks = {
            one.name: (one, out / f"{one.name}.ipynb", whole, sockets and sockets / str(number))
            for number, one in enumerate(longest_first)
        }
        for name, result in workers.run(_execute, tasks, told, seconds=60 * minutes):
            if isinstance(result.error, TimeoutError):
                raise _too_long(name, minutes, *cells.get(name, (0, 0)))
            if isinstance(result.error, WorkerStoppedError):
                raise _stopped(name)
            result.value()
            done(name)


def _fork_kernel() -> None:
    """Fork the kernel of this process, and let Jupyter take it where it would start one."""
    from kpi.run.kernel import ForkedKernel

    ForkedKernel().offer()


def _execute(
    notify: Notify, one: Execution, target: Path, environment: dict[str, str], sockets: Path | None
) -> None:
    """Run a notebook in this process and notify how many of its cells have run."""
    os.environ.clear()
    os.environ.update(environment)
    if one.reads:
        os.environ[READS_VARIABLE] = str(one.reads)
    execute(one, target, lambda done, of: notify((done, of)), sockets)


@contextmanager
def _sockets() -> Iterator[Path | None]:
    """Give a folder of this user alone in which kernels listen, where Jupyter can do that.

    On Windows they listen on ports, which are looked for before they are taken: now and then two
    kernels that start together want the same one.
    """
    if sys.platform == "win32":
        yield None
        return
    with ExitStack() as entered:
        with short_temporary_paths():
            folder = entered.enter_context(rows_folder())
        yield folder


def _too_long(name: str, minutes: float, done: int, of: int) -> RunError:
    return RunError(
        f"A notebook runs for at most {minutes} minutes.",
        f"{name} was still running after {done} of {of or 'its'} cells",
        "Run it with `kpi lab` to see which cell takes so long, or raise notebook_minutes in "
        "the quarter's parameters.",
    )


def _stopped(name: str) -> RunError:
    return RunError(
        "A notebook's process runs to its end.",
        f"that of {name} was stopped from outside",
        what_ran_out(),
    )


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
        with lazy_imports():
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
                cwd=one.folder or one.notebook.parent,
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
    from traitlets.config import Config

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
    elif error.ename == "FileNotFoundError":
        remedy = (
            "A notebook of a report sees disclosed results, through kpi.report, and no file of the "
            "project: look at cases in notebooks/explore/."
        )
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
