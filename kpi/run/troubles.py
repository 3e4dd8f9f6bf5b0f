"""Troubles of the machine, told as errors that say at which step, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kpi.errors import KpiError, RunError
from kpi.run.events import Event, Progress

_ENGINES = ("duckdb", "_duckdb", "ibis")


@contextmanager
def told(progress: Progress) -> Iterator[Progress]:
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
