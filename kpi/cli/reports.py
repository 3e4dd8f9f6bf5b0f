"""Commands that make a report and open it: demo, run, lab."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kpi.cli.options import FOLDER, cli, engine_option, places_options, quarter_argument
from kpi.periods import Quarter

if TYPE_CHECKING:
    from kpi.run import Places


@cli.command()
@click.option("--out", type=FOLDER, default=Path("data/demo"), help="Where to write the extracts.")
def demo(out: Path) -> None:
    """Write the extracts of a synthetic municipality."""
    from kpi.demo import write_demo

    for path in write_demo(out):
        click.echo(path.as_posix())


@cli.command()
@quarter_argument
@click.option(
    "--label-anyway",
    metavar="REASON",
    help="Go on though a rule that stops the run is broken; every page says so, and why.",
)
@click.option(
    "--lang",
    default="",
    metavar="LANGUAGES",
    help="Languages of the page, such as da,en,kl; else those of the parameters.",
)
@click.option("--force", is_flag=True, help="Make everything again, changed or not.")
@click.option(
    "--wait/--no-wait", default=True, help="Wait while another run of the same report is under way."
)
@places_options
@engine_option
def run(
    quarter: Quarter,
    places: Places,
    label_anyway: str | None,
    lang: str,
    **how: bool,
) -> None:
    """Make the report of a quarter, such as 2019Q4.

    What has not changed since the last run is not made again.
    """
    from kpi.progress import show_progress
    from kpi.run import UNCHANGED, Event
    from kpi.run import run as make_report

    told: list[Event] = []
    with show_progress(quarter) as progress:
        languages = tuple(part.strip() for part in lang.split(",") if part.strip())

        def tell(event: Event) -> None:
            told.append(event)
            progress(event)

        folder = make_report(quarter, places, tell, label_anyway, languages, **how)
    if UNCHANGED in told:
        click.echo(f"Nothing has changed since {folder.as_posix()} was made.")
        return
    from kpi.summary import show_summary

    show_summary(folder)


@cli.command()
@quarter_argument
@click.argument("jupyter", nargs=-1, type=click.UNPROCESSED)
@places_options
def lab(quarter: Quarter, places: Places, jupyter: tuple[str, ...]) -> None:
    """Open JupyterLab with the notebooks reading the report of a quarter.

    What follows -- goes to JupyterLab: kpi lab 2019Q4 -- --no-browser
    """
    import os
    import subprocess

    from kpi.report import FOLDER_VARIABLE, QUARTER_VARIABLE
    from kpi.run import report_of

    folder = report_of(quarter, places)
    environment = os.environ | {
        QUARTER_VARIABLE: str(quarter),
        FOLDER_VARIABLE: str(folder.resolve()),
    }
    command = [sys.executable, "-m", "jupyterlab", str(places.notebooks), *jupyter]
    sys.exit(subprocess.run(command, env=environment, check=False).returncode)  # noqa: S603
