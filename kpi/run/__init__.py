"""One report, from extracts to page: the steps in their order, as one transaction.

A run works in a folder of its own, which takes the report's place in one move at the end. What its
steps made is kept beside the reports (kpi/run/reuse.py), so that the next run makes again only what
depends on something that has changed.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kpi.files import remove_stale, replace_folder, restore, rows_folder
from kpi.periods import Period
from kpi.publication.log import Log
from kpi.publication.signature import allowed_signers
from kpi.record import MADE_FROM_FILE, OFFICE, office, page_name, read_run, report_folder
from kpi.run.figures import (
    COUNTS,
    accept,
    count,
    disclosed_results,
    engine_for,
    make_figures,
)
from kpi.run.other_units import shown_of_others
from kpi.run.places import STEPS, Event, Places, Progress, report_lock, watched_steps
from kpi.run.prepare import (
    check_params,
    check_places,
    declared_tables,
    prepare,
    read_params,
    releases,
)
from kpi.run.reuse import Kept, Keys, for_counts, for_figures, of_report

if TYPE_CHECKING:
    from kpi.params import Params
    from kpi.quality import QualityReport


__all__ = [
    "STEPS",
    "UNCHANGED",
    "Event",
    "Places",
    "Progress",
    "accept",
    "check",
    "declared_tables",
    "disclosed_results",
    "engine_for",
    "prepare",
    "read_params",
    "releases",
    "report_of",
    "run",
    "shown_of_others",
]

UNCHANGED = Event("report", "unchanged", is_reused=True)


def check(quarter: Period, places: Places, progress: Progress) -> QualityReport:
    """Read the extracts and check them; nothing is kept."""
    params = prepare(quarter, places)
    with rows_folder() as folder, engine_for(params, places, folder) as backend:
        return accept(backend, params, places, None, progress, lists_rows=False)


def run(  # noqa: PLR0913 - what is asked for on the command line
    quarter: Period,
    places: Places,
    progress: Progress,
    label_anyway: str | None = None,
    languages: tuple[str, ...] = (),
    *,
    force: bool = False,
    wait: bool = True,
    jobs: int = 0,
) -> Path:
    """Make the report of a quarter and return its folder; a failed run leaves the old one.

    `label_anyway` is the reason for making it although a rule that stops the run is broken; every
    page says so. `languages` are those of the page, in place of the parameters'. With `force`
    everything is made again. Without `wait`, another run of the same report is a RunError. So many
    notebooks run at a time as there are processors, or `jobs`.

    Where nothing has changed since the report was made, it is left as it is.
    """
    override = _checked(label_anyway)
    params = read_params(quarter, places, languages)
    target = report_folder(places.reports, params.report.unit, quarter)
    kept = Kept(target)
    log = Log(places.reports, allowed_signers(places.params, params.report.approval))
    with watched_steps(progress) as watched, report_lock(kept.folder, watched, wait=wait):
        _mend(target)
        check_places(params, places)
        keys = Keys.of(params, places, override)
        pages = [f"{page_name(language)}.html" for language in params.report.page_languages]
        if not force and kept.is_unchanged(target, keys.report, pages):
            watched(UNCHANGED)
            return target
        _prepare_kernels()  # before anything else is imported, so that both have less to wait for
        from kpi.run.pages import finish_pages, log_run

        if force:
            kept.forget()
        with kept.unfinished("report") as place:
            work = place / target.name
            work.mkdir()
            _make(params, places, override, kept, keys, work, watched, jobs)
            finish_pages(work, log, watched, jobs)
            if office(work).is_dir():
                replace_folder(office(work), office(target), private=True)
            replace_folder(work, target)
        log_run(target, log, override)
        kept.note("report", keys.report, of_report(target))
        kept.forget_others()
    return target


def _mend(target: Path) -> None:
    """Put right and clear away what programs that were killed left behind."""
    remove_stale()
    remove_stale(beside=target)
    for folder in (target, office(target)):
        restore(folder)


def _make(  # noqa: PLR0913, PLR0917 - everything that the steps share
    params: Params,
    places: Places,
    override: str,
    kept: Kept,
    keys: Keys,
    work: Path,
    progress: Progress,
    jobs: int,
) -> None:
    """Fill a folder with the report: what was kept is taken, the rest is made.

    The office's papers come to lie beside it.
    """
    from kpi.run.pages import run_missing_notebooks, write_record

    counted = work.parent / "counted"
    counted.mkdir()
    if kept.take("counts", keys.counts, counted):
        progress(Event("counts", is_reused=True))
    else:
        check_params(params, places)
        make = partial(count, for_counts(params), places, override, progress)
        kept.make("counts", keys.counts, counted, make)
    if kept.take("figures", keys.figures, work):
        progress(Event("figures", is_reused=True))
    else:
        judge = partial(make_figures, for_figures(params), places, counted / COUNTS, progress)
        kept.make("figures", keys.figures, work, judge)
    (counted / MADE_FROM_FILE).rename(work / MADE_FROM_FILE)
    if (counted / OFFICE).is_dir():
        (counted / OFFICE).rename(office(work))
    write_record(params, places, work)
    run_missing_notebooks(params, places, kept, keys, work, progress, jobs)


def _prepare_kernels() -> None:
    """Let what notebooks need be imported while their figures are made."""
    from kpi.run.notebooks import prepare_kernels

    prepare_kernels()


def _checked(label_anyway: str | None) -> str:
    if label_anyway is None:
        return ""
    from kpi.quality import check_reason

    return check_reason(label_anyway)


def report_of(quarter: Period, places: Places) -> Path:
    """Return the folder of a report that has been made; a RunError where it has not."""
    folder = report_folder(places.reports, read_params(quarter, places).report.unit, quarter)
    read_run(folder)
    return folder
