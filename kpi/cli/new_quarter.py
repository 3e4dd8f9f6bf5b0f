"""The command that begins a quarter, or another period: new-quarter, new-period."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from kpi.cli.options import cli, params_option, quarter_argument, say
from kpi.periods import Period


@cli.command("new-quarter")
@quarter_argument
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day whose end the extracts know; as long after the period as the last time.",
)
@params_option
def new_quarter(quarter: Period, as_of: dt.datetime | None, params: Path) -> None:
    """Make the parameter file of a quarter, month or year from the latest one.

    Its texts stay, and are marked: none reaches an approved page until it is changed or confirmed.
    """
    from kpi.params import load_params
    from kpi.project.new_quarter import new_quarter as make

    made = make(params, quarter, as_of.date() if as_of else None)
    say(made.path.as_posix())
    last = f"{made.last.file_name}.yaml"
    say(f"From {last}; as_of {made.report.as_of}. Its extracts, in the data folder:")
    for file in dict.fromkeys(one.file for one in made.report.sources.values() if one.file):
        say(f"  {file}")
    found = load_params(params, quarter).carried_over
    if found:
        say("To be changed, or confirmed with unchanged (a report is a draft until then):")
    for one in found:
        say(f"  {one}")
    say(f"Next: put the extracts there, write the texts, then kpi check {quarter}")


cli.add_command(new_quarter, "new-period")
