"""Sealed reports drawn as text, for tests of what happens to a report after it is made."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_notebook, new_output

from kpi.publication.approval import finish, name_of
from kpi.publication.log import Log
from kpi.publication.seal import seal_payload
from kpi.record import office, payload, write_json
from tests.page.drawn_report import write_report

RESULTS = """
metric             | period | n    | met | missed | unknown
payments_on_time   | 2019Q3 | 1000 | 750 | 250    |
payments_on_time   | 2019Q4 | 1000 | 960 | 40     |
conversations_held | 2019Q4 | 270  | 270 |        |
"""
MISSED = RESULTS.replace("960 | 40 ", "900 | 100")
QUALITY = {"override": "", "stops": [], "tables": []}


def draw_report(
    reports: Path,
    results: str = RESULTS,
    *,
    words: str = "All is well.",
    run: dict[str, Any] | None = None,
    log: Log | None = None,
    **more: Any,
) -> Path:
    """Make a sealed report in a folder of reports, as a run does; `run` changes its record."""
    log = log or Log(reports)
    quarter = more.setdefault("quarter", "2019Q4")
    more.setdefault("forms", [])  # a page is enough
    folder = reports / more.get("unit", "") / quarter
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write_report(folder, results, **{"quality": QUALITY} | more)
    shutil.rmtree(folder / "params")
    if run:
        change_record(folder, **run)
    _write_notebook(folder, f"<h1>Served</h1><p>{words}</p>")
    seal_payload(folder)
    finish(folder, log, office(folder))
    log.add("run", name_of(folder), content=content(folder))
    return folder


def change_record(folder: Path, **changes: Any) -> None:
    """Change what run.json says."""
    from kpi.record import RUN_FILE

    path = payload(folder) / RUN_FILE
    record = json.loads(path.read_text(encoding="utf-8"))
    for name, value in changes.items():
        record[name] = record[name] | value if isinstance(value, dict) else value
    write_json(record, path)


def content(folder: Path) -> str:
    """Return what stands for a report's content."""
    from kpi.publication.seal import content_of

    return content_of(folder)


def _write_notebook(folder: Path, html: str) -> None:
    shown = new_output("execute_result", {"text/html": html, "text/plain": "Served"})
    cell = new_code_cell("report.shown()", outputs=[shown], id="a-cell")
    notebooks = payload(folder) / "notebooks"
    notebooks.mkdir(exist_ok=True)
    nbformat.write(new_notebook(cells=[cell]), notebooks / "committee.en.ipynb")


def write_parameters(params: Path, folder: Path) -> None:
    """Write the parameters that a report's record has as a folder of parameters."""
    import yaml

    from kpi.record import read_run

    run = read_run(folder)
    parameters = run.parameters.model_dump(mode="json")
    text = yaml.safe_dump(parameters, allow_unicode=True, sort_keys=False)
    (params / f"{run.quarter}.yaml").write_text(text, encoding="utf-8")
    metrics: dict[str, Any] = {metric: {} for metric in run.by_id}
    (params / "targets.yaml").write_text(yaml.safe_dump({"metrics": metrics}), encoding="utf-8")
