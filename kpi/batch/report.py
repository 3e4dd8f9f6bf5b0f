"""The summary of a batch in words, for the terminal, the log and the mail."""

from __future__ import annotations

from collections.abc import Iterator

from kpi.batch import Outcomes
from kpi.errors import RunError


def headline(outcomes: Outcomes) -> str:
    """Return the summary in one line."""
    whole, failed = len(outcomes.all), len(outcomes.failed)
    return f"{whole - failed} of {whole} reports are up to date" + (
        f", {failed} failed" if failed else ""
    )


def lines(outcomes: Outcomes) -> Iterator[str]:
    """Yield the summary: a line for each report, then the errors."""
    width = max((len(one.name) for one in outcomes.all), default=0)
    for one in outcomes.all:
        took = f"{one.seconds:.0f} s" if one.seconds else ""
        yield f"{one.name:<{width}}  {one.state:<9}  {took}".rstrip()
    for one in outcomes.failed:
        yield ""
        yield f"{one.name} (exit code {one.exit_code})"
        yield from (f"  {line}" for line in one.error.splitlines())


def failure(outcomes: Outcomes) -> RunError:
    """Return the error that a batch with failures ends with."""
    names = ", ".join(one.name for one in outcomes.failed)
    return RunError(
        "Every report of a batch is made.",
        f"not made: {names}",
        "Mend what is told above, then run the same again with --resume.",
    )
