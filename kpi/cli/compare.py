"""The command that lays two reports side by side: compare."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kpi.cli.options import cli
from kpi.cli.review import folder_of, reports_options
from kpi.periods import Quarter

if TYPE_CHECKING:
    from kpi.run import Places

PUBLISHED = "published"


@cli.command()
@click.argument("before")
@click.argument("after", required=False)
@click.option(
    "--with",
    "other",
    metavar="REPORT",
    help="The earlier report to lay beside it: published, a quarter, or a folder.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The page to write; comparison.html beside the reports unless given.",
)
@click.option("--language", default="", metavar="LANGUAGE", help="Of the page; the report's own.")
@reports_options
def compare(
    before: str,
    after: str | None,
    other: str | None,
    out: Path | None,
    language: str,
    places: Places,
) -> None:
    """Compare two reports: kpi compare 2019Q3 2019Q4, or kpi compare 2019Q4 --with published.

    Statuses, figures, definitions, rows set aside, extracts, texts, parameters, program and
    notebooks, the most important first: here in English, and as a page.
    """
    from kpi.review.compare import compare as lay_beside
    from kpi.review.compare_page import as_lines, write_page

    if (after is None) == (other is None):
        raise click.UsageError("Name two reports, or one and --with published.")
    first, second = (before, after) if after else (str(other), before)
    newer = folder_of(second, places)
    older = _published(newer, places) if first == PUBLISHED else folder_of(first, places)
    for line in as_lines(lay_beside(older, newer, "en")):
        click.echo(line)
    page = out or places.reports / "comparison.html"
    write_page(lay_beside(older, newer, language), page)
    click.echo(page.as_posix())


def _published(folder: Path, places: Places) -> Path:
    """Return what stands published of a report's quarter."""
    from kpi.errors import ReviewError
    from kpi.run import read_params
    from kpi.run.releases import earlier
    from kpi.store import read_run

    quarter = read_run(folder)["quarter"]
    found = earlier(read_params(Quarter.parse(quarter), places), places)
    same = [one.folder for one in found if one.about.quarter == quarter and not one.is_superseded]
    if not same:
        raise ReviewError(
            "A report is compared with the published one of its quarter.",
            f"none of {quarter} in the archive",
            "Name another report: --with 2019Q3, or --with FOLDER.",
        )
    return same[-1]
