"""The steps up to disclosure: from extracts to the figures that may leave."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kpi.definitions.subject import Context
from kpi.files import keep_private, private_folder, rows_folder
from kpi.params import Params
from kpi.record import (
    CASES,
    MADE_FROM_FILE,
    OFFICE,
    MadeFrom,
    payload,
    read_frame,
    write_frame,
    write_json,
    write_parquet,
)
from kpi.run.other_units import metrics_of_persons, shown_of_others
from kpi.run.places import Event, Places, Progress
from kpi.run.prepare import declared_tables, releases, rows_before

if TYPE_CHECKING:
    import pandas as pd
    from ibis.backends.duckdb import Backend

    from kpi.definitions.catalogue import Catalogue
    from kpi.disclosure.published import Release
    from kpi.quality import Begin, QualityReport
    from kpi.quality.data_docs import Docs
    from kpi.quality.report import TableReport
    from kpi.run.side_process import SideProcess


FEW_BYTES = 20_000_000
"""With larger extracts the engine itself keeps all processors at work, on tables in a file."""


COUNTS = "counts"
"""The folder of what was counted and is not disclosed; it stays among what is kept."""
VALUED, UNDECIDED, WAYS = "valued", "undecided", "ways"
"""The results with their values, the cases of a running quarter, and the figures counted in other
ways: what is judged by targets before it is disclosed."""


def count(params: Params, places: Places, override: str, progress: Progress, work: Path) -> None:
    """Read, check and count the extracts, and write what was counted into a folder.

    There lie the frames that are to be judged and disclosed, as Parquet in a folder of their own,
    the office's papers, and, for run.json, what was counted and how.
    """
    from kpi.engine import described
    from kpi.figures.cases import measure

    counts = private_folder(work / COUNTS)
    with (
        _side_process(places.engine) as other,
        rows_folder() as folder,
        engine_for(params, places, folder) as backend,
    ):
        engine = described(backend)
        papers = private_folder(work / OFFICE)
        begin = partial(_confirm, other, backend, folder, params.catalogue) if other else None
        quality = accept(backend, params, places, papers, progress, override, begin)
        progress(Event("measure"))
        measured = measure(backend, params)
        stuck = _begin_stuck(backend, params, measured, other, folder)
        progress(Event("evaluate"))
        found = _counted(backend, params, measured, quality)
        if other:
            quality = replace(quality, confirmed_by=other.answer())
        found |= stuck()
    for name, frame in found.items():
        write_parquet(frame, counts, name)
    made_from = MadeFrom.model_validate(
        {"extracts": quality.extracts, "quality": quality.as_record(), "engine": engine}
    )
    write_json(made_from.model_dump(mode="json"), work / MADE_FROM_FILE)
    keep_private(papers)


def make_figures(
    params: Params, places: Places, counts: Path, progress: Progress, work: Path
) -> None:
    """Judge and disclose what was counted, and write it into the payload of a folder."""
    from kpi.disclosure import Care, protect_all, released
    from kpi.disclosure.published import frames_stand
    from kpi.figures.effect import judged_effect
    from kpi.figures.outlook import judged_outlook
    from kpi.figures.results import judged

    progress(Event("disclosure"))
    payload(work).mkdir()
    found = {path.stem: read_frame(counts, path.stem) for path in sorted(counts.glob("*.parquet"))}
    judged_results = judged(found.pop(VALUED), params)
    found["outlook"] = judged_outlook(found.pop(UNDECIDED), params)
    found["effect"] = judged_effect(found.pop(WAYS), judged_results, params)
    before, others = releases(params, places), shown_of_others(params, places)
    results = {"results": disclosed_results(params, judged_results, before, others)}
    frames = protect_all(found, results, Care.of(params))
    for name, frame in frames_stand(frames, before, params.quarter.cycle).items():
        leaving = released(name, frame, synthetic=params.report.synthetic)
        write_frame(leaving, payload(work), name)


def _begin_stuck(
    backend: Backend,
    params: Params,
    measured: list[str],
    other: SideProcess | None,
    folder: Path,
) -> Callable[[], dict[str, pd.DataFrame]]:
    """Return how to learn where cases get stuck: from the side process, now begun, or here.

    Its answer comes after the one about the rules.
    """
    from kpi.engine import has_few_rows
    from kpi.figures.bottlenecks import where_stuck
    from kpi.figures.steps import tables_of_stages

    if other and has_few_rows(backend):
        copied = tables_of_stages(params, measured)
        other.begin(backend, folder / "cases.duckdb", copied, where_stuck, params, measured)
        return other.answer
    return partial(where_stuck, backend, params, measured)


def _counted(
    backend: Backend, params: Params, measured: list[str], quality: QualityReport
) -> dict[str, pd.DataFrame]:
    """Return what was found out about the cases, by name; not judged, and not disclosed yet."""
    from kpi.figures.counting_changes import overlap
    from kpi.figures.durations import open_cases
    from kpi.figures.effect import counted_in_ways
    from kpi.figures.outlook import undecided
    from kpi.figures.results import valued

    results = valued(backend, params, measured)
    return {
        VALUED: results,
        UNDECIDED: undecided(backend, params, measured),
        WAYS: counted_in_ways(backend, params, measured, results, quality.rules),
        "overlap": overlap(backend, params, measured, params.overlap_quarters),
        "open_cases": open_cases(backend, params, measured),
    }


def disclosed_results(
    params: Params,
    results: pd.DataFrame,
    before: Sequence[Release],
    others: Mapping[str, pd.DataFrame],
) -> pd.DataFrame:
    """Return the results as they may be shown, beside other units' and what was published before.

    `others` has the disclosed results of the other units.
    """
    from kpi.disclosure import Care, protect
    from kpi.disclosure.published import stand_as_published
    from kpi.disclosure.units import beside_units

    care, unit = Care.of(params), params.report.unit
    shown = protect("results", results, {}, care)
    of_persons = metrics_of_persons(params)
    shown = beside_units(shown, others, unit, care, of_persons)
    return stand_as_published(shown, results, before, care)


def accept(  # noqa: PLR0913, PLR0917 - what is read and checked, and who is told
    backend: Backend,
    params: Params,
    places: Places,
    papers: Path | None,
    progress: Progress,
    override: str = "",
    apart: Begin | None = None,
    *,
    lists_rows: bool = True,
) -> QualityReport:
    """Read the extracts into the engine and set aside the rows that break a rule.

    What the office gets of it is written into `papers`, a folder that is there.
    """
    from kpi.engine import count_tables, load_calendar
    from kpi.quality import check_tables
    from kpi.sources.milestones import known_steps
    from kpi.sources.reading import read_sources

    progress(Event("sources"))
    load_calendar(backend, params.report.calendar.work_calendar(), params.quarter.cycle)
    extracts = read_sources(backend, params, places.data)
    count_tables(backend)
    progress(Event("quality"))
    context = Context(
        as_of=params.report.as_of,
        calendar=backend.table("calendar"),
        tables={name: backend.table(f"read_{name}") for name in params.report.sources},
        organisation=params.report.organisation.code,
        known_steps=known_steps(params),
    )
    docs = papers / "data_docs" if papers else None
    quality = check_tables(
        backend,
        declared_tables(params),
        context,
        quarter=params.quarter,
        docs=docs,
        language=params.report.language,
        notice=_notice(params),
        limits=params.report.limits,
        rows_before=rows_before(params, places),
        override=override,
        extracts=extracts,
        apart=apart,
        lists_rows=lists_rows,
    )
    if papers:
        write_frame(_marked(quality.findings_frame(), params), papers, "findings")
        write_frame(_marked(quality.set_aside_frame(), params), papers, "set_aside")
        write_parquet(_marked(quality.cases_frame(), params), papers, CASES)
    return quality


def _notice(params: Params) -> str:
    from kpi.language import Labels

    synthetic = params.report.synthetic
    return Labels(params.report.language)("The data are synthetic.") if synthetic else ""


def _marked(frame: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Say in every row whether the data are synthetic: a table may be read without its page."""
    return frame.assign(synthetic=params.report.synthetic)


def _side_process(engine: str) -> AbstractContextManager[SideProcess | None]:
    """Let a second process work in copies of the tables; other engines share their own at work."""
    from kpi.engine import DUCKDB
    from kpi.run.side_process import side_process

    return side_process() if engine == DUCKDB else nullcontext()


def _confirm(
    other: SideProcess,
    backend: Backend,
    folder: Path,
    catalogue: Catalogue,
    reports: Sequence[TableReport],
    docs: Docs,
) -> None:
    """Let the rules be counted again beside the run."""
    from kpi.run.side_process import confirm_rules

    tables = [f"checked_{report.table}" for report in reports]
    checked = folder / "checked.duckdb"
    other.begin(backend, checked, tables, confirm_rules, catalogue, reports, docs)


def engine_for(params: Params, places: Places, folder: Path) -> AbstractContextManager[Backend]:
    """Open a new engine for the extracts of a unit; what it keeps in files is in a folder."""
    from kpi.engine import open_engine

    few_rows = _are_small(params, places.data)
    return open_engine(folder / "tables.duckdb", places.engine, few_rows=few_rows)


def _are_small(params: Params, data: Path) -> bool:
    """Tell whether the extracts are small; what a database holds is not known before it is read."""
    from kpi.run.reuse import extracts_of

    if any(source.database for source in params.report.sources.values()):
        return False
    return sum(path.stat().st_size for path in extracts_of(params, data)) < FEW_BYTES
