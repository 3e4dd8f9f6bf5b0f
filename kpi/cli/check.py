"""Commands about what a report is made of: check, remind, set-aside (for the office)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kpi.cli.options import (
    FOLDER,
    cli,
    engine_option,
    params_option,
    places_options,
    quarter_argument,
    say,
)
from kpi.periods import Period

if TYPE_CHECKING:
    from kpi.quality import QualityReport
    from kpi.run import Places


@cli.command()
@quarter_argument
@click.option("--all", "everything", is_flag=True, help="Show every finding and extract.")
@click.option("--watch", is_flag=True, help="Check again whenever an extract or parameter changes.")
@places_options
@engine_option
def check(quarter: Period, places: Places, *, watch: bool, everything: bool) -> None:
    """Read and check the extracts of a quarter; make no figures.

    What stops the run is shown first, then what moves a figure; the rest is counted.
    """
    from kpi.cli.progress import show_progress
    from kpi.run import check as check_extracts

    if watch:
        _watch(quarter, places)
        return
    with show_progress(quarter) as progress:
        report = check_extracts(quarter, places, progress)
    from kpi.cli.summary import show_findings, show_obstacles
    from kpi.publication.obstacles import in_parameters
    from kpi.run import read_params

    show_findings(report, everything=everything)
    found = list(in_parameters(read_params(quarter, places)))
    show_obstacles(str(quarter), found)
    say(f"\nNext: kpi run {quarter}", bold=True)


def _watch(quarter: Period, places: Places) -> None:
    """Show all findings once, then what each change mended or broke, until Ctrl+C."""
    from kpi.cli.summary import show_findings
    from kpi.run import check as check_extracts
    from kpi.run.watch import watch

    def checked_again() -> QualityReport:
        return check_extracts(quarter, places, lambda _: None)

    for turn in watch(checked_again, places.data, places.params):
        if turn.changed:
            say(f"\nChanged: {', '.join(turn.changed)}", bold=True)
        elif turn.report:
            show_findings(turn.report)
        if turn.error:
            say(str(turn.error), fg="red")
        for line in turn.differences:
            say(line)
        if turn.changed and not (turn.differences or turn.error):
            say("The findings are the same.")
        say("Waiting for changes; Ctrl+C ends.")


@cli.command()
@quarter_argument
@click.option("--mail", is_flag=True, help="Mail each owner, as params/mail.yaml says.")
@places_options
def remind(quarter: Period, places: Places, *, mail: bool) -> None:
    """List what a quarter still waits for: extracts, comments, attestations, and whose they are.

    Of figures it knows once the report has been made.
    """
    from kpi.project.reminders import by_owner, reminders
    from kpi.run import read_params
    from kpi.run.mail import read_settings, send

    found = by_owner(reminders(read_params(quarter, places), places))
    settings = read_settings(places.params) if mail and found else None
    if not found:
        say(f"Nothing is missing for {quarter}.")
    for owner, missing in found.items():
        lines = [f"- {one.what}" for one in missing]
        say(owner or "Nobody is named", bold=True)
        say("\n".join(lines))
        if settings:
            text = "\n".join([f"Missing for the report of {quarter}:", "", *lines]) + "\n"
            send(settings, f"kpi: {len(lines)} missing for {quarter}", text, owner=owner)
    if settings:
        unknown = [one or "nobody" for one in found if one not in settings.owners]
        to = f"; to {', '.join(settings.to)} what is {', '.join(unknown)}'s" if unknown else ""
        say(f"Mailed {len(found)} reminders{to}.")


@cli.command("set-aside")
@quarter_argument
@click.option("--to", "kind", type=click.Choice(["xlsx", "csv"]), default="xlsx", help="Format.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write; set_aside_<quarter> beside the reports unless given.",
)
@click.option(
    "--lang",
    "--language",
    "language",
    type=click.Choice(["da", "en"]),
    help="The report's unless given.",
)
@params_option
@click.option("--reports", type=FOLDER, default=Path("reports"), help="Folder of reports.")
def set_aside(
    quarter: Period,
    kind: str,
    out: Path | None,
    language: str | None,
    params: Path,
    reports: Path,
) -> None:
    """List the rows set aside, so that the office can correct them; not for publication."""
    from kpi.publication.set_aside_list import set_aside_list, write_list
    from kpi.run import Places, report_of

    folder = report_of(quarter, Places(params=params, reports=reports))
    path = out or folder.parent / f"set_aside_{quarter.file_name}.{kind}"
    write_list(set_aside_list(folder, language or ""), path, kind)
    say(path.as_posix())
