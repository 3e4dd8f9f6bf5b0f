"""The command that lists all reports on one page: site."""

from __future__ import annotations

from pathlib import Path

import click

from kpi.cli.options import FOLDER, cli
from kpi.labels import LANGUAGES


@cli.command()
@click.option("--out", type=FOLDER, default=Path("reports"), help="Folder of reports.")
@click.option(
    "--language",
    type=click.Choice(sorted(LANGUAGES)),
    default=None,
    help="Of the index; the latest report's unless given.",
)
def site(out: Path, language: str | None) -> None:
    """Write index.html: all reports, what was met over time, and every form of each."""
    from kpi.site import write_site

    click.echo(write_site(out, language or "").as_posix())
