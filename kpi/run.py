"""One report, from extracts to page: the steps in their order."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from kpi.errors import ParameterError, did_you_mean
from kpi.metrics import CATALOGUE
from kpi.metrics.definition import check_columns
from kpi.metrics.stages import check_norms
from kpi.params import Params, Source, load_params
from kpi.periods import Quarter
from kpi.store import (
    CASES,
    RUN_FILE,
    office,
    payload,
    read_run,
    replacing,
    report_folder,
    write_frame,
    write_json,
    write_parquet,
)
from kpi.tables import TABLES, Context, Table

if TYPE_CHECKING:
    import pandas as pd
    from ibis.backends.duckdb import Backend

    from kpi.quality import QualityReport
    from kpi.review.log import Log
    from kpi.sources import Extract

Progress = Callable[[str], None]
Value = TypeVar("Value")
STEPS = ("sources", "quality", "measure", "evaluate", "disclosure", "notebooks", "export", "gate")


@dataclass(frozen=True)
class Places:
    """Where a run finds its parameters, extracts and notebooks, and where reports go."""

    params: Path = Path("params")
    data: Path = Path("data")
    notebooks: Path = Path("notebooks")
    reports: Path = Path("reports")
    engine: str = "duckdb"


def prepare(quarter: Quarter, places: Places, languages: tuple[str, ...] = ()) -> Params:
    """Read the parameters and see that everything they name exists, before anything is read."""
    from kpi.batch import find_notebooks

    params = load_params(places.params, quarter, set(CATALOGUE)).in_languages(languages)
    find_notebooks(places.notebooks, params.report.notebooks)
    if not places.data.is_dir():
        raise ParameterError(
            "The data folder exists.", places.data.as_posix(), "Name another with --data."
        )
    declared_tables(params)
    for name in params.metrics:
        check_columns(CATALOGUE[name])
        check_norms(params, name)
    return params


def check(quarter: Quarter, places: Places, progress: Progress) -> QualityReport:
    """Read the extracts and check them; nothing is kept."""
    params = prepare(quarter, places)
    with tempfile.TemporaryDirectory() as folder, engine_in(Path(folder), places.engine) as backend:
        _, quality = accept(backend, params, places, None, progress)
    return quality


def run(
    quarter: Quarter,
    places: Places,
    progress: Progress,
    label_anyway: str | None = None,
    languages: tuple[str, ...] = (),
) -> Path:
    """Make the report of a quarter and return its folder; a failed run leaves the old one.

    `label_anyway` is the reason for making it although a rule that stops the run is broken; every
    page says so. `languages` are those of the page, in place of the parameters'.
    """
    from kpi.quality import check_reason
    from kpi.review.log import Log

    despite = "" if label_anyway is None else check_reason(label_anyway)
    params = prepare(quarter, places, languages)
    target = report_folder(places.reports, params.report.unit, quarter)
    with replacing(target) as work:
        payload(work).mkdir()
        _figures(params, places, payload(work), progress, despite)
        _notebooks(params, places, work, progress)
        _sealed(work, Log(places.reports), progress)
    _logged(target, Log(places.reports), despite)
    return target


def _figures(params: Params, places: Places, work: Path, progress: Progress, despite: str) -> None:
    """Write the disclosed results, the quality documents and run.json into the payload."""
    from kpi.disclosure import (
        disclose,
        disclose_effect,
        disclose_open_cases,
        disclose_outlook,
        disclose_overlap,
        disclose_stuck,
        released,
    )
    from kpi.engine import described
    from kpi.evaluate.effect import effect
    from kpi.evaluate.open_cases import open_cases
    from kpi.evaluate.outlook import outlook
    from kpi.evaluate.overlap import overlap
    from kpi.evaluate.results import evaluate
    from kpi.evaluate.stuck import where_stuck
    from kpi.measure import measure
    from kpi.record import record

    with tempfile.TemporaryDirectory() as folder, engine_in(Path(folder), places.engine) as backend:
        engine = described(backend)
        extracts, quality = accept(backend, params, places, work / "quality", progress, despite)
        progress("measure")
        measured = measure(backend, params)
        progress("evaluate")
        results = evaluate(backend, params, measured)
        stuck = where_stuck(backend, params, measured)
        versions = overlap(backend, params, measured, params.overlap_quarters)
        expected = outlook(backend, params, measured)
        still_open = open_cases(backend, params, measured)
        hangs_on = effect(backend, params, measured, results, quality.rules)
    progress("disclosure")
    threshold = params.report.disclosure.hide_persons_below
    disclosed = disclose(results, threshold)
    figures = {
        "results": disclosed,
        **disclose_stuck(stuck, disclosed, threshold),
        "overlap": disclose_overlap(versions, threshold),
        "outlook": disclose_outlook(expected, threshold),
        "effect": disclose_effect(hangs_on, disclosed, threshold),
        "open_cases": disclose_open_cases(still_open, threshold),
    }
    for name, frame in figures.items():
        write_frame(_marked(released(frame), params), work, name)
    content = record(params, extracts, quality.as_record(), disclosed, places.data)
    write_json(content | {"engine": engine}, work / RUN_FILE)


def _notebooks(params: Params, places: Places, work: Path, progress: Progress) -> None:
    """Run the notebooks on the disclosed results, the committee's once per language."""
    from kpi.batch import find_notebooks, in_languages, run_notebooks
    from kpi.report import FOLDER_VARIABLE

    progress("notebooks")
    report = params.report
    notebooks = find_notebooks(places.notebooks, report.notebooks)
    run_notebooks(
        in_languages(notebooks, str(params.quarter), report.language, report.page_languages),
        payload(work) / "notebooks",
        {FOLDER_VARIABLE: str(work.resolve())},
        jobs=os.cpu_count() or 1,
        done=lambda name: progress(f"notebook {name}"),
    )


def _sealed(work: Path, log: Log, progress: Progress) -> None:
    """Seal the payload, export the pages as drafts unless its very content is approved."""
    from kpi.export.gate import inspect
    from kpi.export.pages import export_pages
    from kpi.review.approval import is_approved, write_approval
    from kpi.review.seal import seal_payload, seal_tags

    progress("export")
    seal_payload(work)
    export_pages(work, draft=not is_approved(work, log))
    write_approval(work, log)
    progress("gate")
    inspect(work)
    seal_tags(work)


def _logged(folder: Path, log: Log, despite: str) -> None:
    """Write to the audit log that the report was made, and what was overridden for it."""
    from kpi.review.approval import name_of
    from kpi.review.seal import content_of

    name, content = name_of(folder), content_of(folder)
    log.add("run", name, content=content, commit=read_run(folder)["versions"]["commit"])
    if read_run(folder)["quality"]["despite"]:
        log.add("override", name, content=content, reason=despite)


def accept(
    backend: Backend,
    params: Params,
    places: Places,
    quality_folder: Path | None,
    progress: Progress,
    despite: str = "",
) -> tuple[list[Extract], QualityReport]:
    """Read the extracts into the engine and set aside the rows that break a rule."""
    from kpi.engine import load_calendar
    from kpi.quality import check_tables
    from kpi.sources import read_sources

    progress("sources")
    load_calendar(backend, params.report.calendar.work_calendar().table)
    extracts = read_sources(backend, params, places.data)
    progress("quality")
    context = Context(
        as_of=params.report.as_of,
        calendar=backend.table("calendar"),
        tables={name: backend.table(f"read_{name}") for name in params.report.sources},
        municipality_code=params.report.organisation.municipality_code,
    )
    docs = quality_folder / "data_docs" if quality_folder else None
    quality = check_tables(
        backend,
        declared_tables(params),
        context,
        quarter=params.quarter,
        docs=docs,
        language=params.report.language,
        notice=_notice(params),
        despite=despite,
    )
    if quality_folder:
        write_frame(_marked(quality.findings_frame(), params), quality_folder, "findings")
        write_frame(_marked(quality.set_aside_frame(), params), quality_folder, "set_aside")
        papers = office(quality_folder.parents[1])
        papers.mkdir()
        write_parquet(_marked(quality.cases_frame(), params), papers, CASES)
    return extracts, quality


def _notice(params: Params) -> str:
    from kpi.labels import Labels

    synthetic = params.report.synthetic
    return Labels(params.report.language)("The data are synthetic.") if synthetic else ""


def _marked(frame: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Say in every row whether the data are synthetic: a table may be read without its page."""
    return frame.assign(synthetic=params.report.synthetic)


def declared_tables(params: Params) -> dict[str, Table]:
    """Return the contracts of the sources, with the severities that the parameters give.

    Raises ParameterError where the parameters name a table, column or rule that no contract has.
    """
    tables = {}
    for name, source in params.report.sources.items():
        table = _known("sources", name, TABLES)
        for column in (*source.columns, *source.constants, *source.values):  # noqa: PD011
            _known(f"sources.{name}", column, table.by_name)
        _see_all_mapped(name, source, table)
        absent = frozenset(c.name for c in table.columns if not _is_given(c.name, source))
        table = replace(table, absent=absent)
        tables[name] = table.with_severities(params.report.rules.get(name, {}))
    for name in params.report.rules:
        _known("rules", name, tables)
    return tables


def _see_all_mapped(name: str, source: Source, table: Table) -> None:
    """See that every column the contract requires comes from somewhere."""
    for column in table.columns:
        made_of_steps = not source.file and column.name == table.key[0]
        if not (column.optional or made_of_steps or _is_given(column.name, source)):
            raise ParameterError(
                f"sources.{name} maps every column that its contract requires.",
                f"no column for {column.name} ({column.means})",
                f"Add it to sources.{name}.columns, or to constants if it is always the same.",
            )


def _is_given(column: str, source: Source) -> bool:
    milestone = column.removesuffix("_at") in source.milestones
    return column in source.columns or column in source.constants or milestone


def _known(where: str, name: str, known: Mapping[str, Value]) -> Value:
    if name not in known:
        raise ParameterError(
            f"{where} names what the contracts declare.", f'"{name}"', did_you_mean(name, known)
        )
    return known[name]


def engine_in(folder: Path, engine: str = "duckdb") -> AbstractContextManager[Backend]:
    """Open a new engine; what it keeps in files is in a folder."""
    from kpi.engine import open_engine

    return open_engine(folder / "tables.duckdb", engine)


def report_of(quarter: Quarter, places: Places) -> Path:
    """Return the folder of a report that has been made; a RunError where it has not."""
    params = load_params(places.params, quarter, set(CATALOGUE))
    folder = report_folder(places.reports, params.report.unit, quarter)
    read_run(folder)
    return folder
