"""run.json: what a report was made from, how, and with what verdicts.

The steps after disclosure: run.json, the executed notebooks, the pages, the seal.
"""

from __future__ import annotations

import json
import os
import shutil
from functools import partial
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Any

import pandas as pd

from kpi.definitions.metrics import CATALOGUE
from kpi.errors import SourceError
from kpi.figures.counting_changes import changes
from kpi.params import MetricParams, Params
from kpi.publication.log import Log
from kpi.publication.translation import items
from kpi.record import RUN_FILE, payload, read_frame, read_run, versions, write_json
from kpi.run.figures import MADE_FROM
from kpi.run.places import Event, Places, Progress
from kpi.run.prepare import earlier
from kpi.run.reuse import Kept, Keys
from kpi.sources import Extract

_PUBLISHED_COLUMNS = ("metric", "period", "text", "low", "high", "source", "note")


def record(
    params: Params,
    extracts: list[Extract],
    quality: dict[str, Any],
    disclosed: pd.DataFrame,
    data: Path,
) -> dict[str, Any]:
    """Return the content of run.json; no path of a machine, no user, no secret in it."""
    return {
        "quarter": str(params.quarter),
        "parameters": json.loads(params.report.model_dump_json()),
        "texts": {
            language: dict(params.texts.translations.get(language, {}))
            for language in _others(params)
        },
        "translations": {language: _translated(params, language) for language in _others(params)},
        "metrics": [_described(name, params.metrics[name], params) for name in params.metrics],
        "changes": [vars(change) for change in changes(params)],
        "working_days": _working_days(params),
        "inputs": [vars(extract) for extract in extracts],
        "quality": quality,
        "published": _published(params, data),
        "verdicts": _verdicts(params, disclosed),
        "versions": versions(),
    }


def _others(params: Params) -> list[str]:
    """Return the languages of the page beside the report's own."""
    return [one for one in params.report.page_languages if one != params.report.language]


def _translated(params: Params, language: str) -> dict[str, Any]:
    """Count what is translated; what is stale is named, for nobody should approve it unread."""
    found = items(params, language)
    missing = sum(item.standing == "missing" for item in found)
    stale = [item.name for item in found if item.standing == "stale"]
    return {"texts": len(found), "missing": missing, "stale": stale}


def _described(name: str, settings: MetricParams, params: Params) -> dict[str, Any]:
    definition = CATALOGUE[name]
    counting = settings.counting_on(params.quarter.last_day)
    return {
        "id": name,
        "title": definition.title,
        "own_title": settings.title,
        "days": counting.due.days if counting and counting.due else None,
        "words": definition.words,
        "kind": type(definition).__name__.lower(),
        "unit": definition.unit,
        "is_target": definition.is_target,
        "tables": list(definition.tables),
        **json.loads(settings.model_dump_json(exclude={"title", "groups"})),
        "groups": list(settings.groups),
    }


def _working_days(params: Params) -> dict[str, int]:
    calendar = params.report.calendar.work_calendar()
    return {str(q): calendar.workdays(q.first_day, q.last_day) for q in params.quarters}


def _published(params: Params, data: Path) -> list[dict[str, Any]]:
    if not params.report.published:
        return []
    path = data / params.report.published
    if not path.is_file():
        raise SourceError(
            "The file of earlier published figures exists.",
            f"no file {params.report.published} in the data folder",
            "Restore it, or correct `published` in the quarter's parameters.",
        )
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    if list(frame.columns) != list(_PUBLISHED_COLUMNS):
        raise SourceError(
            f"{path.name} has the columns {', '.join(_PUBLISHED_COLUMNS)}.",
            ", ".join(frame.columns),
            "Correct its header.",
        )
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _verdicts(params: Params, disclosed: pd.DataFrame) -> dict[str, str]:
    now = disclosed[(disclosed["period"] == str(params.quarter)) & (disclosed["group"] == "")]
    return dict(zip(now["metric"], now["status"], strict=True))


def write_record(params: Params, places: Places, work: Path) -> None:
    """Write run.json from what the figures were made from; that paper leaves the folder."""
    from kpi.publication.restatements import restatements
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
    from kpi.report import FOLDER_VARIABLE
    from kpi.run.notebooks import find_notebooks, in_languages
    from kpi.run.pool import run_notebooks

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
    Thread(target=import_module, args=("kpi.publication.html",)).start()
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
    from kpi.publication.approval import is_approved, write_approval
    from kpi.publication.forms import export_pages
    from kpi.publication.gate import inspect
    from kpi.publication.seal import seal_payload, seal_tags

    progress(Event("export"))
    seal_payload(work)
    export_pages(work, draft=not is_approved(work, log), at_once=jobs or os.cpu_count() or 1)
    write_approval(work, log)
    progress(Event("gate"))
    inspect(work)
    seal_tags(work)


def log_run(folder: Path, log: Log, despite: str) -> None:
    """Write to the audit log that the report was made, and what was overridden for it."""
    from kpi.publication.approval import name_of
    from kpi.publication.seal import content_of

    name, content, run = name_of(folder), content_of(folder), read_run(folder)
    log.add("run", name, content=content, commit=run["versions"]["commit"])
    if run["quality"]["despite"]:
        log.add("override", name, content=content, reason=despite)
