"""One run of a report at a time: a second one waits for its turn, or says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from kpi.errors import RunError
from kpi.run.events import Event, Progress
from kpi.store import not_writable


@contextmanager
def turn(folder: Path, progress: Progress, *, wait: bool) -> Iterator[None]:
    """Hold a report's lock; the system opens it when the program ends, however it ends.

    Raises RunError where another run holds it and this one should not wait, and where the folder
    cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
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
