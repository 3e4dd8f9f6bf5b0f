"""What the terminal shows while reports are made: step, notebook, cell, and the time left."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kpi.periods import Period
from kpi.run.places import Event

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


# How much of a run's time has passed when a step begins, as measured on the synthetic municipality.
_BEGINS = {
    "sources": 0.0, "quality": 0.05, "measure": 0.2, "evaluate": 0.3, "disclosure": 0.6,
    "notebooks": 0.7, "export": 0.9, "gate": 0.98,
}  # fmt: skip


def share_done(event: Event) -> float | None:
    """Return the share of a run's time that has passed; None where an event does not tell.

    >>> share_done(Event("export"))
    0.9
    """
    return _BEGINS.get(event.step) if not event.part else None


def is_a_line(event: Event) -> bool:
    """Tell whether a plain log has a line for an event: for steps and notebooks, not each cell."""
    return event.done == event.of


@contextmanager
def show_progress(quarter: Period) -> Iterator[Callable[[Event], None]]:
    """Show the step that one run is at; without a terminal, plain lines."""
    if not sys.stderr.isatty():
        yield lambda event: _line(str(quarter), event)
        return
    with _bars() as bars:
        task = bars.add_task(str(quarter), total=1.0)
        yield lambda event: _advance(bars, task, str(quarter), event)


@contextmanager
def show_batch(count: int) -> Iterator[Callable[[str, Event | None], None]]:
    """Show how far each report of a batch is, and the whole; an event of None ends a report."""
    if not sys.stderr.isatty():
        yield lambda name, event: _line(name, event) if event else None
        return
    tasks: dict[str, TaskID] = {}
    with _bars() as bars:
        whole = bars.add_task(f"{count} reports", total=float(count))

        def told(name: str, event: Event | None) -> None:
            if event is None:
                bars.advance(whole)
                if name in tasks:
                    bars.remove_task(tasks.pop(name))
                return
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=1.0)
            _advance(bars, tasks[name], name, event)

        yield told


def _bars() -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(),
        TextColumn("left:"), TimeRemainingColumn(),
    )  # fmt: skip
    return Progress(*columns, console=Console(stderr=True), transient=True)


def _advance(bars: Progress, task: TaskID, name: str, event: Event) -> None:
    bars.update(task, description=f"{name}  {event}", completed=share_done(event))


def _line(name: str, event: Event) -> None:
    if is_a_line(event):
        now = dt.datetime.now().astimezone().strftime("%H:%M:%S")
        print(now, name, event, file=sys.stderr, flush=True)  # noqa: T201
