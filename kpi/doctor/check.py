"""What an examination finds of one subject."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kpi.errors import KpiError

State = Literal["ok", "warning", "broken"]


@dataclass(frozen=True)
class Check:
    """One subject, what was found of it, and what to do; a warning keeps no report from being made.

    `found` holds names and counts, never a value of a person or a secret.
    """

    subject: str
    state: State
    found: str
    remedy: str = ""


def broken(subject: str, error: KpiError) -> Check:
    """Return what an error of the family says, as a finding."""
    found = f"{error.rule} Found: {error.found}" if error.found else error.rule
    return Check(subject, "broken", found, error.remedy)
