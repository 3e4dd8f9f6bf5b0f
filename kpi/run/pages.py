"""run.json: what a report was made from, how, and with what verdicts.

The steps after disclosure: run.json, the executed notebooks, the pages, the seal.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from kpi.definitions.kinds import Duration, FromRows, Rate, Reported, Timed
from kpi.definitions.kinds import Metric as Definition
from kpi.definitions.measurable import Lack
from kpi.definitions.subject import Subject
from kpi.definitions.words import Text
from kpi.disclosure.hiding import sums_in
from kpi.disclosure.rows import with_rows_told
from kpi.errors import SourceError
from kpi.figures.cases import lacks_of, unit_of
from kpi.figures.counting_changes import changes
from kpi.figures.steps import stage_names
from kpi.page.reads import EVERYTHING, parts_of, reads_in
from kpi.params import MetricParams, Params
from kpi.processes import CAN_FORK, WorkerPool
from kpi.publication.log import Log
from kpi.publication.translation import items
from kpi.record import (
    MADE_FROM_FILE,
    AddsUp,
    Change,
    MadeFrom,
    Metric,
    PublishedFigure,
    Run,
    SubjectWords,
    Translations,
    Unit,
    office,
    payload,
    read_frame,
    read_run,
    used_notebooks,
    versions,
    write_run,
)
from kpi.run.places import Event, Places, Progress
from kpi.run.prepare import earlier
from kpi.run.reuse import Kept, Keys, key
from kpi.sources.files import see_inside


def record(
    params: Params, made_from: MadeFrom, disclosed: pd.DataFrame, data: Path, notebooks: Path
) -> Run:
    """Return the record of a report, before it is compared with what was published."""
    others = _others(params)
    return Run(
        quarter=params.quarter,
        parameters=params.report,
        texts={one: dict(params.texts.translations.get(one, {})) for one in others},
        translations={one: _translated(params, one) for one in others},
        metrics=tuple(_described(name, params.metrics[name], params) for name in params.metrics),
        subjects=_subjects(params),
        adds_up=tuple(map(AddsUp.model_validate, sums_in(params))),
        changes=tuple(map(Change.model_validate, changes(params))),
        working_days=_working_days(params),
        inputs=made_from.extracts,
        quality=made_from.quality,
        published=tuple(_published(params, data)),
        verdicts=_verdicts(params, disclosed),
        versions=versions(),
        notebooks=used_notebooks(notebooks, params.report.notebooks),
        engine=made_from.engine,
        carried_over=params.carried_over,
        shown_persons=params.shown_persons,
    )


def _others(params: Params) -> list[str]:
    """Return the languages of the page beside the report's own."""
    return [one for one in params.report.page_languages if one != params.report.language]


def _translated(params: Params, language: str) -> Translations:
    """Count what is translated; what is stale is named, for nobody should approve it unread."""
    found = items(params, language)
    missing = sum(item.standing == "missing" for item in found)
    stale = tuple(item.name for item in found if item.standing == "stale")
    return Translations(texts=len(found), missing=missing, stale=stale)


def _described(name: str, settings: MetricParams, params: Params) -> Metric:
    definition = params.definition(name)
    counting = settings.counting_on(params.quarter.last_day)
    return Metric(
        id=name,
        own_title=settings.title,
        days=counting.due.days if counting and counting.due else None,
        days_unit=unit_of(counting) if isinstance(definition, Timed) else "",
        amount_unit=_amount_unit(definition),
        words=definition.words,
        kind=definition.kind,
        unit=definition.unit,
        is_target=definition.is_target,
        tables=definition.tables,
        rests_on=tuple(_rests_on(definition, params)),
        lacks=tuple(_words_of(lack, params) for lack in lacks_of(params, name)),
        **_of_cases(definition),
        per=Unit.model_validate(definition.per) if isinstance(definition, Rate) else None,
        passes=stage_names(params, name),
        **dict(settings) | {"title": definition.title},
    )


def _of_cases(definition: Definition) -> dict[str, Any]:
    """Return what is said of cases that were late, or of which nobody can tell."""
    if not isinstance(definition, FromRows):
        return {}
    return {
        "late": definition.words_of_late,
        "unknown": definition.words_of_unknown,
        "last_step": definition.last_step if isinstance(definition, Timed) else "",
        "measured_in": definition.measured_in if isinstance(definition, Reported) else "",
        "percentile": definition.percentile if isinstance(definition, Duration) else 50,
    }


def _rests_on(definition: Definition, params: Params) -> Iterator[str]:
    """Yield the extracts that a metric's cases, their steps and their waits come from."""
    given, subjects = params.report.sources, params.catalogue.subjects
    for name in definition.tables:
        subject = subjects.get(name)
        if subject:
            waits = subject.waits.subject if subject.waits else ""
            yield from (one for one in (name, subject.events, waits) if one in given)


def _words_of(lack: Lack, params: Params) -> Text:
    """Return what an extract, or a column of it, is called."""
    subject = params.catalogue.subjects[lack.table]
    if lack.column:
        return subject.by_name[lack.column].means
    return subject.title or subject.name


def _amount_unit(definition: Definition) -> Text:
    """Return the unit of the amounts of a metric's cases; empty where they have none."""
    if not isinstance(definition, FromRows) or not definition.subject.amount:
        return ""
    return definition.subject.by_name[definition.subject.amount].unit


def _subjects(params: Params) -> dict[str, SubjectWords]:
    """Describe the subjects that are read, and those of the reported metrics."""
    counted = (table for name in params.metrics for table in params.definition(name).tables)
    known = params.catalogue.subjects
    names = dict.fromkeys([*params.report.sources, *counted])
    return {name: subject_words(known[name]) for name in names if name in known}


def subject_words(subject: Subject) -> SubjectWords:
    """Return what the page calls a subject's extract and cases."""
    steps, waits = subject.steps, subject.waits
    return SubjectWords(
        title=subject.title,
        **{name: getattr(subject.words, name) for name in _ABOUT_CASES},
        first=steps.order[0] if steps else "",
        gate=steps.gate if steps else "",
        gate_word=steps.gate_word if steps else "",
        waiting=waits.stage if waits else "",
    )


_ABOUT_CASES = ("cases", "ended", "steps", "groups", "said")


def _working_days(params: Params) -> dict[str, int]:
    calendar = params.report.calendar.work_calendar()
    return {str(q): calendar.workdays(q.first_day, q.last_day) for q in params.quarters}


def _published(params: Params, data: Path) -> Iterator[PublishedFigure]:
    if not params.report.published:
        return
    path = data / params.report.published
    see_inside(path, data)
    if not path.is_file():
        raise SourceError(
            "The file of earlier published figures exists.",
            f"no file {params.report.published} in the data folder",
            "Restore it, or correct `published` in the quarter's parameters.",
        )
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    columns = [name for name in PublishedFigure.model_fields if name != "title"]
    if list(frame.columns) != columns:
        raise SourceError(
            f"{path.name} has the columns {', '.join(columns)}.",
            ", ".join(frame.columns),
            "Correct its header.",
        )
    known = params.catalogue.metrics
    for row in frame.to_dict("records"):
        title = known[row["metric"]].title if row["metric"] in known else ""
        yield PublishedFigure.model_validate({**row, "title": title})


def _verdicts(params: Params, disclosed: pd.DataFrame) -> dict[str, str]:
    now = disclosed[(disclosed["period"] == str(params.quarter)) & (disclosed["group"] == "")]
    return dict(zip(now["metric"], now["status"], strict=True))


def write_record(params: Params, places: Places, work: Path) -> None:
    """Write run.json from what the figures were made from; that paper leaves the folder."""
    from kpi.publication.restatements import restatements

    paper = work / MADE_FROM_FILE
    made_from = MadeFrom.model_validate_json(paper.read_bytes())
    paper.unlink()
    made_from = with_rows_told(made_from, params.report.disclosure.hide_persons_below)
    results = read_frame(payload(work), "results")
    made = record(params, made_from, results, places.data, places.notebooks)
    restated = restatements(params, made, results, earlier(params, places))
    write_run(made.model_copy(update={"restatements": tuple(restated)}), work)


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
    from kpi.run.notebook_place import find_notebooks, notebook_place, only_shows_report
    from kpi.run.notebooks import Execution, in_languages, run_notebooks

    report = params.report
    notebooks = find_notebooks(places.notebooks, report.notebooks)
    planned = in_languages(notebooks, str(params.quarter), report.language, report.page_languages)
    out = payload(work) / "notebooks"
    progress(Event("notebooks"))
    parts, missing = parts_of(work), []

    def key_of(one: Execution, reads: tuple[str, ...]) -> str:
        read = {part: parts.get(part, "") for part in reads}
        return key(keys.notebooks[one.notebook.stem], one.parameters, read)

    for one in planned:
        step = f"notebook-{one.name}"
        if kept.take(step, key_of(one, kept.reads(step)), out):
            progress(Event("notebooks", one.name, is_reused=True))
        else:
            missing.append(one)

    def keep(name: str) -> None:
        one = sources[name]
        own_code = not only_shows_report(one.notebook)
        reads = (EVERYTHING,) if own_code else reads_in(place.reads(name))
        move = partial(_move, executing / f"{name}.ipynb")
        kept.make(f"notebook-{name}", key_of(one, reads), out, move, reads)

    def cell(name: str, done: int, of: int) -> None:
        progress(Event("notebooks", name, done, of))

    sources = {one.name: one for one in missing}
    with (
        kept.unfinished("notebooks") as executing,
        notebook_place(work, places.notebooks) as place,
    ):
        run_notebooks(
            [replace(one, folder=place.folder, reads=place.reads(one.name)) for one in missing],
            executing,
            {FOLDER_VARIABLE: str(place.report)},
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
    # those of the notebooks' server have imported what pages need
    with WorkerPool(jobs or os.cpu_count() or 1, forked=True) as forked:
        workers = forked if CAN_FORK else None
        export_pages(work, draft=not is_approved(work, log), workers=workers)
        write_approval(work, log)
        progress(Event("gate"))
        inspect(work, papers=office(work), workers=workers)
    seal_tags(work)


def log_run(folder: Path, log: Log, override: str) -> None:
    """Write to the audit log that the report was made, and what was overridden for it."""
    from kpi.publication.approval import name_of
    from kpi.publication.seal import content_of

    name, content, run = name_of(folder), content_of(folder), read_run(folder)
    log.add("run", name, content=content, commit=run.versions["commit"])
    if run.quality.override:
        log.add("override", name, content=content, reason=override)
