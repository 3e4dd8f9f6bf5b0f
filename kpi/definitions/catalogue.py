"""All that is declared: subjects, metrics, and which metrics add up to each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kpi.definitions.kinds import Metric
from kpi.definitions.metrics import METRICS
from kpi.definitions.subject import Subject
from kpi.definitions.subjects import SUBJECTS


@dataclass(frozen=True)
class Catalogue:
    """Subjects and metrics by their names.

    `declared` is what an administration declares beside the program, as it is written; whatever
    depends on a definition depends on it. In another process a catalogue is made anew, as `made_by`
    says: the functions of rules do not travel.
    """

    subjects: Mapping[str, Subject]
    metrics: Mapping[str, Metric]
    declared: str = ""
    made_by: tuple[Callable[..., Catalogue], tuple[Any, ...]] | None = field(
        default=None, compare=False
    )

    def __reduce__(self) -> tuple[Callable[..., Catalogue], tuple[Any, ...]]:
        """Say how another process makes it."""
        return self.made_by or (shipped, ())


def shipped() -> Catalogue:
    """Return what the program brings."""
    return SHIPPED


SHIPPED = Catalogue(SUBJECTS, METRICS)
"""What the program brings."""
