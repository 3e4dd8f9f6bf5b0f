"""Around a run: where its files are, what it tells while it works, and that it is the only one.

Troubles of the machine become errors that say at which step, and what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from kpi.errors import KpiError, RunError
from kpi.files import private_folder
from kpi.record import not_writable


@dataclass(frozen=True)
class Places:
    """Where a run finds its parameters, extracts and notebooks, and where reports go.

    `unit` is the file of one unit, which says what is otherwise there than in the quarter's file.
    """

    params: Path = Path("params")
    data: Path = Path("data")
    notebooks: Path = Path("notebooks")
    reports: Path = Path("reports")
    engine: str = "duckdb"
    unit: Path | None = None
    archive: Path | None = None
    """Published reports, if not those that the parameters or the log name."""


STEPS = ("sources", "quality", "measure", "evaluate", "disclosure", "notebooks", "export", "gate")


@dataclass(frozen=True)
class Event:
    """A step has begun, or got on: `part` names the notebook at work, of whose cells so many ran.

    A step, or a part of it, that `is_reused` was taken from an earlier run.
    """

    step: str
    part: str = ""
    done: int = 0
    of: int = 0
    is_reused: bool = False

    def __str__(self) -> str:
        count = f"{self.done}/{self.of}" if self.of else ""
        words = (self.step, self.part, count, "(reused)" if self.is_reused else "")
        return " ".join(word for word in words if word)


Progress = Callable[[Event], None]


_ENGINES = ("duckdb", "_duckdb", "ibis")


@contextmanager
def watched_steps(progress: Progress) -> Iterator[Progress]:
    """Watch which step a run is at; what fails in the machine there becomes a RunError.

    That is a full disk, a folder that cannot be written, or the engine. What the engine says may
    quote rows, so only the kind of its error is told.
    """
    at = ["start"]

    def watched(event: Event) -> None:
        at[0] = event.step
        progress(event)

    try:
        yield watched
    except KpiError:
        raise
    except FileNotFoundError as error:
        raise RunError(
            f"The step {at[0]} finds its files and folders.",
            f"{error.strerror}: {Path(error.filename).name if error.filename else 'no name'}",
            "See whether it was moved or removed, or another was meant (--params, --data, "
            "--notebooks, --reports), then run again: what was finished is kept.",
        ) from None
    except OSError as error:
        raise RunError(
            f"The step {at[0]} reads and writes its files.",
            error.strerror or type(error).__name__,
            "See whether the disk is full or a folder is read-only, then run again: what was "
            "finished is kept.",
        ) from None
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in _ENGINES:
            raise
        raise RunError(
            f"The engine does the step {at[0]} to its end.",
            f"an error of the kind {type(error).__name__}",
            "See whether the disk is full or the memory too small, then run again.",
        ) from None


@contextmanager
def report_lock(folder: Path, progress: Progress, *, wait: bool) -> Iterator[None]:
    """Hold a report's lock; the system opens it when the program ends, however it ends.

    Raises RunError where another run holds it and this one should not wait, and where the folder
    cannot be written.
    """
    try:
        private_folder(folder.parent)  # what is kept there tells of rows set aside
        folder.mkdir(exist_ok=True)
        lock = FileLock(folder / "lock")
        try:
            lock.acquire(blocking=False)
        except Timeout:
            if not wait:
                raise _under_way(folder.name) from None
            progress(Event("waiting", "for another run of this report"))
            lock.acquire()
    except OSError as error:
        raise not_writable(error) from None
    try:
        yield
    finally:
        lock.release()


def _under_way(name: str) -> RunError:
    return RunError(
        "A report is made by one run at a time.",
        f"another run of {name}",
        "Wait until it ends, or leave out --no-wait.",
    )
