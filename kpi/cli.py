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
    r"""Service targets of a municipality: from extracts to the committee's page.

    \b
    kpi demo           writes the extracts of a synthetic municipality
    kpi run 2019Q4     makes the report of a quarter
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
def metrics(*, as_json: bool) -> None:
    """List the catalogue of metrics."""
    import json

    from kpi.metrics import CATALOGUE

    if as_json:
        fields = ("id", "title", "words", "unit", "is_target")
        listed = [{name: getattr(d, name) for name in fields} for d in CATALOGUE.values()]
        click.echo(json.dumps(listed, ensure_ascii=False, indent=2))
        return
    width = max(map(len, CATALOGUE))
    for definition in CATALOGUE.values():
        click.echo(f"{definition.id:<{width}}  {definition.title.format(days='N')}")


@cli.command()
@_quarter
@_places
def lab(quarter: Quarter, places: Places) -> None:
    """Open JupyterLab with the notebooks reading the report of a quarter."""
    import os
    import subprocess

    from kpi.report import FOLDER_VARIABLE, QUARTER_VARIABLE
    from kpi.run import report_of

    folder = report_of(quarter, places)
    environment = os.environ | {
        QUARTER_VARIABLE: str(quarter),
        FOLDER_VARIABLE: str(folder.resolve()),
    }
    command = [sys.executable, "-m", "jupyterlab", str(places.notebooks)]
    sys.exit(subprocess.run(command, env=environment, check=False).returncode)  # noqa: S603
