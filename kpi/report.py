"""Report: the one object that notebooks talk to. It reads disclosed results and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

from kpi.errors import ParameterError
from kpi.periods import Quarter
from kpi.present.facts import Facts
from kpi.store import report_folder

FOLDER_VARIABLE = "KPI_REPORT_FOLDER"
QUARTER_VARIABLE = "KPI_QUARTER"
LANGUAGE_VARIABLE = "KPI_LANGUAGE"


def open_report(quarter: str = "", language: str = "") -> Report:
    """Open the report of a quarter.

    Without a quarter, the one that `kpi lab` was started with. Raises ParameterError where there is
    none, RunError where that report has not been made.
    """
    chosen = quarter or os.environ.get(QUARTER_VARIABLE, "")
    if not chosen:
        raise ParameterError(
            "A notebook is run for one quarter.",
            "none",
            "Start it with `kpi lab 2019Q4`, or fill in `quarter` in the cell tagged parameters.",
        )
    parsed = Quarter.parse(chosen)
    folder = os.environ.get(FOLDER_VARIABLE)
    found = Path(folder) if folder else report_folder(_project_root() / "reports", "", parsed)
    report = Report(Facts.read(found, language or os.environ.get(LANGUAGE_VARIABLE, "")))
    if report.facts.quarter != parsed:
        raise ParameterError(
            "The quarter of the notebook is the quarter of the report it reads.",
            f"{parsed} asked for, {report.facts.quarter} found",
            f"Start it with `kpi lab {parsed}`.",
        )
    return report


def _project_root() -> Path:
    """Return the nearest folder upwards that has the project's parameters."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "params").is_dir():
            return folder
    return here


class Report:
    """The disclosed figures of one quarter, as tables, charts and sentences."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
