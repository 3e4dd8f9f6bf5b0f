"""The command `kpi`. Heavy libraries are imported only by the commands that need them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kpi.errors import KpiError
from kpi.periods import Quarter

if TYPE_CHECKING:
    from kpi.run import Places

_FOLDER = click.Path(file_okay=False, path_type=Path)


def main() -> None:
    """Run the command line; an error that the user can mend is shown without a traceback."""
    try:
        cli(standalone_mode=False)
    except KpiError as error:
        click.secho("Stopped. ", fg="red", bold=True, nl=False, err=True)
        click.echo(str(error), err=True)
        if hasattr(error, "report"):
            from kpi.progress import show_findings

            show_findings(error.report)
        sys.exit(error.exit_code)
    except click.exceptions.Abort:
        click.echo("Stopped by the user; nothing was changed.", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)


class _QuarterType(click.ParamType[Quarter]):
    name = "quarter"

    def convert(
        self,
        value: Any,
        param: click.Parameter | None,  # noqa: ARG002 - as click calls it
        ctx: click.Context | None,  # noqa: ARG002
    ) -> Quarter:
        return value if isinstance(value, Quarter) else Quarter.parse(value)


_quarter = click.argument("quarter", type=_QuarterType())
_params = click.option(
    "--params", type=_FOLDER, default=Path("params"), help="Folder of parameters."
)


def _places(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say where things are, and hand them over as one object."""

    @click.option("--params", type=_FOLDER, default=Path("params"), help="Folder of parameters.")
    @click.option("--data", type=_FOLDER, default=Path("data"), help="Folder of extracts.")
    @click.option(
        "--notebooks", type=_FOLDER, default=Path("notebooks"), help="Folder of notebooks."
    )
    @click.option("--out", type=_FOLDER, default=Path("reports"), help="Folder of reports.")
    @wraps(command)
    def with_places(params: Path, data: Path, notebooks: Path, out: Path, **arguments: Any) -> None:
        from kpi.run import Places

        command(places=Places(params, data, notebooks, out), **arguments)

    return with_places


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="kpi", prog_name="kpi")
def cli() -> None:
    """Service targets of a municipality: from extracts to the committee's page.

    Try it: kpi demo writes the extracts of a synthetic municipality, kpi run 2019Q4 makes its
    report.
    """


@cli.command()
@click.option("--out", type=_FOLDER, default=Path("data/demo"), help="Where to write the extracts.")
def demo(out: Path) -> None:
    """Write the extracts of a synthetic municipality."""
    from kpi.demo import write_demo

    for path in write_demo(out):
        click.echo(path.as_posix())


@cli.command()
@_quarter
@_places
def run(quarter: Quarter, places: Places) -> None:
    """Make the report of a quarter, such as 2019Q4."""
    from kpi.progress import show_progress, show_summary
    from kpi.run import run as make_report

    with show_progress(quarter) as progress:
        folder = make_report(quarter, places, progress)
    show_summary(folder)


@cli.command()
@_quarter
@_places
def check(quarter: Quarter, places: Places) -> None:
    """Read and check the extracts of a quarter; make no figures."""
    from kpi.progress import show_findings, show_progress
    from kpi.run import check as check_extracts

    with show_progress(quarter) as progress:
        report = check_extracts(quarter, places, progress)
    show_findings(report)


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@_params
def metrics(params: Path, *, as_json: bool) -> None:
    """List the catalogue of metrics, as the latest parameters have it."""
    import json

    from kpi.dictionary import catalogue_record, latest_params

    record = catalogue_record(latest_params(params) if params.is_dir() else None)
    if as_json:
        click.echo(json.dumps(record, ensure_ascii=False, indent=2))
        return
    width = max(len(metric["id"]) for metric in record)
    for metric in record:
        title = next(text for text in (metric["titles"][k] for k in ("en", "da", "kl")) if text)
        click.echo(f"{metric['id']:<{width}}  {title}")


@cli.command()
@_params
@click.option("--language", type=click.Choice(["da", "en"]), default="da", help="Of the page.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("reports/data_dictionary.html"),
    help="The page to write.",
)
def dictionary(params: Path, language: str, out: Path) -> None:
    """Write the data dictionary: every metric and every table in words, as one page."""
    from kpi.dictionary import latest_params, write_dictionary

    write_dictionary(latest_params(params), out, language)
    click.echo(out.as_posix())


@cli.command("what-if")
@click.argument("metric")
@click.option("--quarters", required=True, help="A quarter, or a range: 2018Q1..2019Q4.")
@click.option("--target", type=float, help="Another target; a share is a ratio: 0.9.")
@click.option("--days", type=int, help="Another limit: so many days after the clock starts.")
@click.option("--unit", type=click.Choice(["calendar_days", "working_days"]), help="Of the limit.")
@_params
@click.option("--data", type=_FOLDER, default=Path("data"), help="Folder of extracts.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the table as CSV, too."
)
def what_if(
    metric: str, quarters: str, params: Path, data: Path, out: Path | None, **tried: Any
) -> None:
    """Show how past quarters would have been judged with another target or limit."""
    from kpi.labels import Labels
    from kpi.periods import parse_range
    from kpi.progress import show_progress
    from kpi.run import Places
    from kpi.whatif import Trial, as_text, write_csv
    from kpi.whatif import what_if as judge

    wanted = parse_range(quarters)
    with show_progress(wanted[-1]) as progress:
        judged = judge(metric, wanted, Places(params, data), Trial(**tried), progress)
    click.echo(as_text(judged, Labels("en")))
    if out:
        write_csv(judged, out)


@cli.command()
@_quarter
@click.argument("jupyter", nargs=-1, type=click.UNPROCESSED)
@_places
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
