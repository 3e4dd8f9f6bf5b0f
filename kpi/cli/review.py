"""Commands of those who answer for a report: verify, approve, withdraw, publish, log."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kpi.cli.options import FOLDER, cli, places_options, quarter_argument
from kpi.periods import Quarter

if TYPE_CHECKING:
    from kpi.review.approve import Standing
    from kpi.review.log import Entry, Log
    from kpi.run import Places

_FILE = click.Path(dir_okay=False, exists=True, path_type=Path)
by_option = click.option(
    "--as", "by", required=True, metavar="WHO", help='Who says so: "initials, role".'
)


def reports_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say where parameters and reports are."""

    @click.option("--params", type=FOLDER, default=Path("params"), help="Folder of parameters.")
    @click.option("--data", type=FOLDER, default=Path("data"), help="Folder of extracts.")
    @click.option("--reports", type=FOLDER, default=Path("reports"), help="Folder of reports.")
    @wraps(command)
    def with_places(params: Path, data: Path, reports: Path, **arguments: Any) -> None:
        from kpi.run import Places

        command(places=Places(params, data, reports=reports), **arguments)

    return with_places


@cli.command()
@click.argument("report")
@click.option("--rerun", is_flag=True, help="Also make it again and compare every byte.")
@click.option("--signers", type=_FILE, help="OpenSSH's list of allowed signers.")
@places_options
def verify(report: str, places: Places, signers: Path | None, *, rerun: bool) -> None:
    """Check a report (a quarter, or a folder) against its checksums, the log and its approvals."""
    from kpi.review.verify import refuse_faults
    from kpi.review.verify import verify as look_at

    folder = folder_of(report, places)
    told = look_at(folder, log_of(folder, places), signers)
    for one in told:
        click.secho(one.words, fg="red" if one.fault else None)
    refuse_faults(folder.name, told)
    if rerun:
        _rerun(folder, places)


def _rerun(folder: Path, places: Places) -> None:
    from kpi.progress import show_progress
    from kpi.rerun import make_again, refuse_differences
    from kpi.store import read_run

    quarter = Quarter.parse(read_run(folder)["quarter"])
    with show_progress(quarter) as progress:
        again = make_again(folder, quarter, places, progress)
    for line in again.in_words():
        click.echo(line)
    refuse_differences(folder.name, again)


@cli.command()
@quarter_argument
@by_option
@click.option("--note", default="", help="What the approval rests on.")
@click.option("--sign", "key", type=_FILE, help="SSH key to sign with.")
@reports_options
def approve(quarter: Quarter, places: Places, by: str, note: str, key: Path | None) -> None:
    """Approve the content of a report; its pages lose the mark of a draft."""
    from kpi.review.approve import approve as give
    from kpi.review.blocks import warnings
    from kpi.review.current import refuse_stale
    from kpi.review.log import Log
    from kpi.run import report_of

    folder = report_of(quarter, places)
    refuse_stale(folder, places.params, places.data)
    for words in warnings(folder):
        click.secho(words, fg="yellow")
    _show(quarter, give(folder, Log(places.reports), by, note, key))


@cli.command()
@quarter_argument
@by_option
@click.option("--note", required=True, help="Why.")
@reports_options
def withdraw(quarter: Quarter, places: Places, by: str, note: str) -> None:
    """Withdraw the approval of a report's content; the mark of a draft comes back."""
    from kpi.review.approve import withdraw as take_back
    from kpi.review.log import Log
    from kpi.run import report_of

    _show(quarter, take_back(report_of(quarter, places), Log(places.reports), by, note))


@cli.command()
@quarter_argument
@click.option("--to", "archive", type=FOLDER, help="Archive folder; else that of the parameters.")
@click.option(
    "--replace", default="", metavar="REASON", help="Correct what was published of the quarter."
)
@reports_options
def publish(quarter: Quarter, places: Places, archive: Path | None, replace: str) -> None:
    """Copy an approved, verified report into the archive of published ones."""
    from kpi.review.log import Log
    from kpi.review.publish import publish as copy
    from kpi.run import report_of

    folder = report_of(quarter, places)
    target = copy(folder, Log(places.reports), archive or _archive_of(quarter, places), replace)
    click.echo(f"Published: {target.as_posix()}")


def _archive_of(quarter: Quarter, places: Places) -> Path:
    from kpi.params import load_params

    named = load_params(places.params, quarter).report.archive
    if not named:
        raise click.UsageError("Name the archive: --to FOLDER, or `archive` in the parameters.")
    return places.data / named


@cli.command("log")
@click.argument("report", required=False)
@click.option("--check", is_flag=True, help="Only check that nobody changed it.")
@click.option("--reports", type=FOLDER, default=Path("reports"), help="Folder of reports.")
def show_log(report: str | None, reports: Path, *, check: bool) -> None:
    """Show who ran, approved, published and overrode what, and when; the chain is checked."""
    from kpi.review.log import Log

    log = Log(reports)
    entries = list(log.entries())
    if check:
        click.echo(f"{len(entries)} acts, none changed. Last line: {log.seal()}")
        return
    for entry in entries:
        if report in (None, entry.report):
            click.echo(_line(entry))


def _line(entry: Entry) -> str:
    said = dict(entry.details)
    by = f" ({said.pop('by')})" if "by" in said else ""
    content = f" {said.pop('content')[:12]}" if "content" in said else ""
    said.pop("signature", None)
    rest = "".join(f", {name}: {value}" for name, value in said.items() if value)
    return f"{entry.at}  {entry.act:<8}  {entry.report}{content}  {entry.who}{by}{rest}"


def _show(quarter: Quarter, standing: Standing) -> None:
    for one in standing.approvals:
        click.echo(f"{quarter} {standing.content[:12]}: approved by {one.by}, {one.at}")
    if standing.missing:
        told = f"a draft; {standing.missing} more must approve."
        click.echo(f"{quarter} {standing.content[:12]}: {told}")


def folder_of(report: str, places: Places) -> Path:
    """Return the folder of a report, named by its quarter or by the folder itself."""
    from kpi.run import report_of
    from kpi.store import read_run

    if Path(report).is_dir():
        read_run(Path(report))
        return Path(report).resolve()
    return report_of(Quarter.parse(report), places)


def log_of(folder: Path, places: Places) -> Log:
    """Return the log that a report stands in: of the reports' folder, or of the one above it."""
    from kpi.review.log import Log
    from kpi.store import read_run

    unit = read_run(folder)["parameters"]["unit"]
    above = folder.resolve().parents[1 if unit else 0]
    return next((log for log in (Log(above),) if log.path.is_file()), Log(places.reports))
