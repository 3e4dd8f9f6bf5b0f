"""The command that writes a report's other forms: export."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from kpi.cli.options import FOLDER, cli, params_option, quarter_argument
from kpi.errors import ExportError
from kpi.periods import Quarter


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
def export(quarter: Quarter, forms: str, lang: str, params: Path, reports: Path) -> None:
    """Write a report's page in other forms: PDF, Word, spreadsheet, open data.

    They are made of the report as it stands and land beside its pages. A form that this machine
    cannot make is named, the others are made, and the exit code is that of a page not exported.
    """
    from kpi.export.forms import chosen_forms
    from kpi.export.release import release_forms
    from kpi.progress import show_progress
    from kpi.review.approval import name_of
    from kpi.review.log import Log
    from kpi.review.seal import content_of, seal_tags
    from kpi.run import Event, Places, report_of
    from kpi.summary import show_forms

    folder = report_of(quarter, Places(params=params, reports=reports))
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
