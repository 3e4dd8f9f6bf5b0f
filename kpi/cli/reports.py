"""Commands around a report: demo and lab, export of its other forms, site for the list of all."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kpi.cli.options import FOLDER, cli, params_option, places_options, quarter_argument, say
from kpi.errors import ExportError
from kpi.language import LANGUAGES
from kpi.periods import Period

if TYPE_CHECKING:
    from kpi.run import Places


@cli.command()
@click.option("--out", type=FOLDER, default=Path("data/demo"), help="Where to write the extracts.")
def demo(out: Path) -> None:
    """Write the extracts of a synthetic municipality.

    Where there are no parameters and notebooks yet, those of the municipality are put beside them.
    """
    from kpi_demo import write_demo

    from kpi.project.shipped import copy_missing

    for path in (*copy_missing(Path()), *write_demo(out)):
        say(path.as_posix())


@cli.command()
@quarter_argument
@click.argument("jupyter", nargs=-1, type=click.UNPROCESSED)
@places_options
def lab(quarter: Period, places: Places, jupyter: tuple[str, ...]) -> None:
    """Open JupyterLab with the notebooks reading the report of a quarter.

    It opens at the project's root, and git is told to keep outputs of notebooks out of what is
    committed. What follows -- goes to JupyterLab: kpi lab 2019Q4 -- --no-browser
    """
    import importlib.util
    import signal
    import subprocess

    from kpi.project.lab import START, clear_outputs_in_git, opened_at
    from kpi.report import FOLDER_VARIABLE, QUARTER_VARIABLE
    from kpi.run import report_of

    if importlib.util.find_spec("jupyterlab") is None:
        raise ModuleNotFoundError(name="jupyterlab")
    folder = report_of(quarter, places)
    environment = os.environ | {
        QUARTER_VARIABLE: str(quarter),
        FOLDER_VARIABLE: str(folder.resolve()),
    }
    clear_outputs_in_git(places.notebooks)
    command = [sys.executable, "-c", START, *opened_at(places.notebooks), *jupyter]
    with subprocess.Popen(command, env=environment) as server:  # noqa: S603
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is JupyterLab's to answer
        try:
            sys.exit(server.wait())
        finally:
            signal.signal(signal.SIGINT, before)


@cli.command()
@quarter_argument
@click.option(
    "--to",
    "forms",
    default="html,pdf,docx,xlsx,csv",
    show_default=True,
    metavar="FORMS",
    help="Which forms.",
)
@click.option(
    "--lang", default="", metavar="LANGUAGES", help="Such as da,en; all of its pages unless given."
)
@params_option
@click.option("--reports", type=FOLDER, default=Path("reports"), help="Folder of reports.")
def export(quarter: Period, forms: str, lang: str, params: Path, reports: Path) -> None:
    """Write a report's page in other forms: PDF, Word, spreadsheet, open data.

    They are made of the report as it stands and land beside its pages. A form that this machine
    cannot make is named, the others are made, and the exit code is that of a page not exported.
    """
    from kpi.cli.progress import show_progress
    from kpi.cli.summary import show_forms
    from kpi.publication.approval import name_of
    from kpi.publication.archive import see_whole
    from kpi.publication.forms import chosen_forms, release_forms
    from kpi.publication.log import Log
    from kpi.publication.seal import content_of, seal_tags
    from kpi.run import Event, Places, report_of

    folder = report_of(quarter, Places(params=params, reports=reports))
    see_whole(folder, "exported")
    with show_progress(quarter) as progress:
        found = release_forms(
            folder,
            chosen_forms(_parts(forms)),
            _parts(lang),
            lambda form: progress(Event(form)),
            os.cpu_count() or 1,
        )
    seal_tags(folder)
    made = ", ".join(path.name for path in found.made)
    Log(reports).add("export", name_of(folder), content=content_of(folder), files=made)
    show_forms(found)
    if found.missing:
        sys.exit(ExportError.exit_code)


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


@cli.command()
@click.option(
    "--reports", "--out", "reports",
    type=FOLDER, default=Path("reports"), help="Folder of reports.",
)  # fmt: skip
@click.option(
    "--lang",
    "--language",
    "language",
    type=click.Choice(sorted(LANGUAGES)),
    default=None,
    help="Of the index; the latest report's unless given.",
)
def site(reports: Path, language: str | None) -> None:
    """Write index.html: all reports, what was met over time, and every form of each."""
    from kpi.publication.index import write_site

    say(write_site(reports, language or "").as_posix())
