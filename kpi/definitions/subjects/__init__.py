"""The subjects that the program brings, one file for those that belong together."""

from __future__ import annotations

from kpi.definitions.found import found_in
from kpi.definitions.subject import Subject

SUBJECTS: dict[str, Subject] = {one.name: one for one in found_in(__name__, Subject)}
