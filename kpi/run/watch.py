"""Extracts checked again whenever they or their parameters change: for mending an extract."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from kpi.errors import KpiError

if TYPE_CHECKING:
    from kpi.quality import QualityReport


Broken = dict[tuple[str, str], int]
"""How many rows break a rule, by table and the rule's words."""


@dataclass(frozen=True)
class Round:
    """One check: the files that had changed, what was found or why nothing was, what is different.

    `changed` and `differences` are empty in the first round.
    """

    changed: tuple[str, ...]
    report: QualityReport | None
    error: KpiError | None
    differences: tuple[str, ...]


def watch(
    check: Callable[[], QualityReport], *folders: Path, stop: Event | None = None
) -> Iterator[Round]:
    """Check now, and again after each change of a file in one of the folders, until stopped."""
    from watchfiles import watch as wait_for_changes

    changes = wait_for_changes(*folders, stop_event=stop, raise_interrupt=False)
    before: Broken = {}
    changed: tuple[str, ...] = ()
    while True:
        report, error = _checked(check)
        now = broken_rules(report) if report else before
        yield Round(changed, report, error, tuple(differences(before, now)) if changed else ())
        before = now
        found = next(changes, None)
        if found is None:
            return
        changed = tuple(sorted({Path(path).name for _, path in found}))


def _checked(check: Callable[[], QualityReport]) -> tuple[QualityReport | None, KpiError | None]:
    try:
        return check(), None
    except KpiError as error:
        return getattr(error, "report", None), error


def broken_rules(report: QualityReport) -> Broken:
    """Return how many rows break each rule that is broken."""
    return {
        (table.table, finding.words): finding.rows
        for table in report.tables
        for finding in table.findings
        if finding.is_broken
    }


def differences(before: Broken, now: Broken) -> Iterator[str]:
    """Say what is mended, new, or broken by another number of rows than before.

    >>> list(differences({("bills", "A bill has a due date"): 8}, {}))
    ['mended: bills: A bill has a due date (8 before)']
    """
    for (table, words), rows in before.items():
        if (table, words) not in now:
            yield f"mended: {table}: {words} ({rows} before)"
    for (table, words), rows in now.items():
        was = before.get((table, words))
        if was is None:
            yield f"new: {table}: {words} ({rows})"
        elif was != rows:
            yield f"{table}: {words} ({rows}; {was} before)"
