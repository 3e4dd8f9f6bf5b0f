"""All that is declared: subjects, metrics, and which metrics add up to each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kpi.definitions.kinds import Metric
from kpi.definitions.metrics import METRICS
from kpi.definitions.subject import Subject
from kpi.definitions.subjects import SUBJECTS


@dataclass(frozen=True)
class Catalogue:
    """Subjects and metrics by their names.

    In another process it is made anew: the functions of rules do not travel.
    """

    subjects: Mapping[str, Subject]
    metrics: Mapping[str, Metric]

    def __reduce__(self) -> tuple[Callable[..., Catalogue], tuple[()]]:
        """Say how another process makes it."""
        return shipped, ()


def shipped() -> Catalogue:
    """Return what the program brings."""
    return SHIPPED


SHIPPED = Catalogue(SUBJECTS, METRICS)
"""What the program brings."""
