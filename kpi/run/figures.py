"""The steps up to disclosure: from extracts to the figures that may leave the engine."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kpi.params import Params
from kpi.run.events import Event, Progress
from kpi.run.places import Places
from kpi.run.prepare import declared_tables
from kpi.run.releases import releases
from kpi.scratch import rows_folder
from kpi.store import CASES, office, payload, write_frame, write_json, write_parquet
from kpi.tables import Context

if TYPE_CHECKING:
    import pandas as pd
    from ibis.backends.duckdb import Backend

    from kpi.quality import Begin, QualityReport
    from kpi.quality.apart import Counter
    from kpi.sources import Extract

MADE_FROM = "made_from.json"


def make_figures(
    params: Params, places: Places, despite: str, progress: Progress, work: Path
) -> None:
    """Write the disclosed results and the quality documents into the payload of a folder.

    Beside the payload stands, for run.json, what they were made from.
    """
    from kpi.disclosure import (
        disclose,
        disclose_effect,
        disclose_open_cases,
        disclose_outlook,
        disclose_overlap,
        disclose_stuck,
        released,
    )
    from kpi.disclosure.published import stand_as_published
    from kpi.disclosure.published_frames import frames_stand
    from kpi.engine import described
    from kpi.evaluate.effect import effect
    from kpi.evaluate.open_cases import open_cases
    from kpi.evaluate.outlook import outlook
    from kpi.evaluate.overlap import overlap
    from kpi.evaluate.results import evaluate
    from kpi.evaluate.stuck import where_stuck
    from kpi.measure import measure

    payload(work).mkdir()
    with (
        _apart(places.engine) as apart,
        rows_folder() as folder,
        engine_in(folder, places.engine) as backend,
    ):
        engine = described(backend)
        quality_folder = payload(work) / "quality"
        begin = partial(apart.begin, backend, folder) if apart else None
        extracts, quality = accept(
            backend, params, places, quality_folder, progress, despite, begin
        )
        progress(Event("measure"))
        measured = measure(backend, params)
        progress(Event("evaluate"))
        results = evaluate(backend, params, measured)
        stuck = where_stuck(backend, params, measured)
        versions = overlap(backend, params, measured, params.overlap_quarters)
        expected = outlook(backend, params, measured)
        still_open = open_cases(backend, params, measured)
        hangs_on = effect(backend, params, measured, results, quality.rules)
        if apart:
            quality = replace(quality, confirmed_by=apart.answer())
    progress(Event("disclosure"))
    threshold = params.report.disclosure.hide_persons_below
    before = releases(params, places)
    disclosed = stand_as_published(disclose(results, threshold), results, before, threshold)
    figures = {
        "results": disclosed,
        **disclose_stuck(stuck, disclosed, threshold),
        "overlap": disclose_overlap(versions, threshold),
        "outlook": disclose_outlook(expected, threshold),
        "effect": disclose_effect(hangs_on, disclosed, threshold),
        "open_cases": disclose_open_cases(still_open, threshold),
    }
    for name, frame in frames_stand(figures, before).items():
        write_frame(_marked(released(frame), params), payload(work), name)
    made_from = {
        "extracts": [vars(one) for one in extracts],
        "quality": quality.as_record(),
        "engine": engine,
    }
    write_json(made_from, work / MADE_FROM)


def accept(  # noqa: PLR0913, PLR0917 - what is read and checked, and who is told
    backend: Backend,
    params: Params,
    places: Places,
    quality_folder: Path | None,
    progress: Progress,
    despite: str = "",
    apart: Begin | None = None,
) -> tuple[list[Extract], QualityReport]:
    """Read the extracts into the engine and set aside the rows that break a rule."""
    from kpi.engine import load_calendar
    from kpi.quality import check_tables
    from kpi.sources import read_sources
    from kpi.sources.milestones import known_steps

    progress(Event("sources"))
    load_calendar(backend, params.report.calendar.work_calendar().table)
    extracts = read_sources(backend, params, places.data)
    progress(Event("quality"))
    context = Context(
        as_of=params.report.as_of,
        calendar=backend.table("calendar"),
        tables={name: backend.table(f"read_{name}") for name in params.report.sources},
        municipality_code=params.report.organisation.municipality_code,
        is_known_step=known_steps(params),
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
        extracts=extracts,
        apart=apart,
    )
    if quality_folder:
        quality_folder.mkdir(exist_ok=True)
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


def _apart(engine: str) -> AbstractContextManager[Counter | None]:
    """Let Great Expectations be imported beside; other engines than DuckDB it reaches itself."""
    from kpi.engine import DUCKDB
    from kpi.quality.apart import counter

    return counter() if engine == DUCKDB else nullcontext()


def engine_in(folder: Path, engine: str = "duckdb") -> AbstractContextManager[Backend]:
    """Open a new engine; what it keeps in files is in a folder."""
    from kpi.engine import open_engine

    return open_engine(folder / "tables.duckdb", engine)
