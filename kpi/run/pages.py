"""The steps after disclosure: run.json, the executed notebooks, the pages, the seal."""

from __future__ import annotations

import json
import os
import shutil
from functools import partial
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Any

from kpi.params import Params
from kpi.review.log import Log
from kpi.run.events import Event, Progress
from kpi.run.figures import MADE_FROM
from kpi.run.kept import Kept
from kpi.run.keys import Keys
from kpi.run.places import Places
from kpi.run.releases import earlier
from kpi.store import (
    RUN_FILE,
    payload,
    read_frame,
    read_run,
    write_json,
)


def write_record(params: Params, places: Places, work: Path) -> None:
    """Write run.json from what the figures were made from; that paper leaves the folder."""
    from kpi.record import record
    from kpi.review.restate import restatements
    from kpi.sources import Extract

    made_from: dict[str, Any] = json.loads((work / MADE_FROM).read_text(encoding="utf-8"))
    (work / MADE_FROM).unlink()
    extracts = [Extract(**one) for one in made_from["extracts"]]
    results = read_frame(payload(work), "results")
    content = record(params, extracts, made_from["quality"], results, places.data)
    restated = restatements(params, content, results, earlier(params, places))
    more = {"engine": made_from["engine"], "restatements": restated}
    write_json(content | more, payload(work) / RUN_FILE)


def run_missing_notebooks(  # noqa: PLR0913, PLR0917 - everything that the steps share
    params: Params,
    places: Places,
    kept: Kept,
    keys: Keys,
    work: Path,
    progress: Progress,
    jobs: int,
) -> None:
    """Execute the notebooks on the disclosed results; those made of the same things are taken."""
    from kpi.notebooks import find_notebooks, in_languages
    from kpi.notebooks.pool import run_notebooks
    from kpi.report import FOLDER_VARIABLE

    report = params.report
    notebooks = find_notebooks(places.notebooks, report.notebooks)
    planned = in_languages(notebooks, str(params.quarter), report.language, report.page_languages)
    out = payload(work) / "notebooks"
    progress(Event("notebooks"))
    missing = []
    for one in planned:
        key = keys.notebooks[one.notebook.stem]
        if kept.take(f"notebook-{one.name}", key, out):
            progress(Event("notebooks", one.name, is_reused=True))
        else:
            missing.append(one)

    def keep(name: str) -> None:
        step, key = f"notebook-{name}", keys.notebooks[sources[name]]
        kept.make(step, key, out, partial(_move, executing / f"{name}.ipynb"))

    def cell(name: str, done: int, of: int) -> None:
        progress(Event("notebooks", name, done, of))

    sources = {one.name: one.notebook.stem for one in missing}
    environment = {FOLDER_VARIABLE: str(work.resolve())}
    # what makes pages of them is imported while they run
    Thread(target=import_module, args=("kpi.export.exporter",)).start()
    with kept.unfinished("notebooks") as executing:
        run_notebooks(
            missing,
            executing,
            environment,
            jobs or os.cpu_count() or 1,
            keep,
            cell=cell,
            minutes=report.notebook_minutes,
        )


def _move(finished: Path, folder: Path) -> None:
    shutil.move(finished, folder)


def finish_pages(work: Path, log: Log, progress: Progress, jobs: int) -> None:
    """Seal the payload, export the pages as drafts unless its very content is approved."""
    from kpi.export.gate import inspect
    from kpi.export.pages import export_pages
    from kpi.review.approval import is_approved, write_approval
    from kpi.review.seal import seal_payload, seal_tags

    progress(Event("export"))
    seal_payload(work)
    export_pages(work, draft=not is_approved(work, log), at_once=jobs or os.cpu_count() or 1)
    write_approval(work, log)
    progress(Event("gate"))
    inspect(work)
    seal_tags(work)


def log_run(folder: Path, log: Log, despite: str) -> None:
    """Write to the audit log that the report was made, and what was overridden for it."""
    from kpi.review.approval import name_of
    from kpi.review.seal import content_of

    name, content, run = name_of(folder), content_of(folder), read_run(folder)
    log.add("run", name, content=content, commit=run["versions"]["commit"])
    if run["quality"]["despite"]:
        log.add("override", name, content=content, reason=despite)
