"""The command that checks extracts: once, or again whenever they change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kpi.cli.options import cli, engine_option, places_options, quarter_argument
from kpi.periods import Quarter

if TYPE_CHECKING:
    from kpi.quality import QualityReport
    from kpi.run import Places


@cli.command()
@quarter_argument
@click.option("--watch", is_flag=True, help="Check again whenever an extract or parameter changes.")
@places_options
@engine_option
def check(quarter: Quarter, places: Places, *, watch: bool) -> None:
    """Read and check the extracts of a quarter; make no figures."""
    from kpi.progress import show_progress
    from kpi.run import check as check_extracts

    if watch:
        _watch(quarter, places)
        return
    with show_progress(quarter) as progress:
        report = check_extracts(quarter, places, progress)
    from kpi.summary import show_findings

    show_findings(report)


def _watch(quarter: Quarter, places: Places) -> None:
    """Show all findings once, then what each change mended or broke, until Ctrl+C."""
    from kpi.run import check as check_extracts
    from kpi.summary import show_findings
    from kpi.watch import watch

    def checked_again() -> QualityReport:
        return check_extracts(quarter, places, lambda _: None)

    for turn in watch(checked_again, places.data, places.params):
        if turn.changed:
            click.secho(f"\nChanged: {', '.join(turn.changed)}", bold=True)
        elif turn.report:
            show_findings(turn.report)
        if turn.error:
            click.secho(str(turn.error), fg="red")
        for line in turn.differences:
            click.echo(line)
        if turn.changed and not (turn.differences or turn.error):
            click.echo("The findings are the same.")
        click.echo("Waiting for changes; Ctrl+C ends.")
