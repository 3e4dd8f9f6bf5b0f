"""Commands before and after a report is made: demo, lab."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kpi.cli.options import FOLDER, cli, places_options, quarter_argument
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
