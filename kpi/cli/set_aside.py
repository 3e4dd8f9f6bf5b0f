"""The command that lists the rows set aside for the office: set-aside."""

from __future__ import annotations

from pathlib import Path

import click

from kpi.cli.options import FOLDER, cli, params_option, quarter_argument
from kpi.periods import Quarter


@cli.command("set-aside")
@quarter_argument
@click.option("--to", "kind", type=click.Choice(["xlsx", "csv"]), default="xlsx", help="Format.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write; set_aside_<quarter> beside the reports unless given.",
)
@click.option("--language", type=click.Choice(["da", "en"]), help="The report's unless given.")
@params_option
@click.option("--reports", type=FOLDER, default=Path("reports"), help="Folder of reports.")
def set_aside(
    quarter: Quarter,
    kind: str,
    out: Path | None,
    language: str | None,
    params: Path,
    reports: Path,
) -> None:
    """List the rows set aside, so that the office can correct them; not for publication."""
    from kpi.run import Places, report_of
    from kpi.set_aside_list import set_aside_list, write_list

    folder = report_of(quarter, Places(params=params, reports=reports))
    path = out or folder.parent / f"set_aside_{quarter}.{kind}"
    write_list(set_aside_list(folder, language or ""), path, kind)
    click.echo(path.as_posix())
