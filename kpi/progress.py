"""What the terminal shows while a run works."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kpi.periods import Quarter
from kpi.run.events import STEPS, Event


@contextmanager
def show_progress(quarter: Quarter) -> Iterator[Callable[[Event], None]]:
    """Show the step a run is at; without a terminal, a plain line for each."""
    if not sys.stderr.isatty():
        yield lambda event: print(quarter, event, file=sys.stderr, flush=True)  # noqa: T201
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(str(quarter), total=len(STEPS))

        def advance(event: Event) -> None:
            done = STEPS.index(event.step) if event.step in STEPS else None
            bar.update(task, description=f"{quarter}  {event}", completed=done)

        yield advance
