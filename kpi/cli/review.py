"""Commands of those who answer for a report: verify, approve, withdraw, publish, log, compare."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kpi.cli.options import FOLDER, cli, places_options, quarter_argument, say
from kpi.periods import Period

if TYPE_CHECKING:
    from kpi.publication.approval import Standing
    from kpi.publication.log import Entry, Log
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
    from kpi.publication.verify import refuse_faults
    from kpi.publication.verify import verify as look_at

    folder = folder_of(report, places)
    told = look_at(folder, log_of(folder, places), signers)
    for one in told:
        say(one.words, fg="red" if one.fault else None)
    refuse_faults(folder.name, told)
    if rerun:
        _rerun(folder, places)


def _rerun(folder: Path, places: Places) -> None:
    from kpi.cli.progress import show_progress
    from kpi.record import read_run
    from kpi.run.rerun import make_again, refuse_differences

    quarter = read_run(folder).quarter
    with show_progress(quarter) as progress:
        again = make_again(folder, quarter, places, progress)
    for line in again.in_words():
        say(line)
    refuse_differences(folder.name, again)


@cli.command()
@quarter_argument
@by_option
@click.option("--note", default="", help="What the approval rests on.")
@click.option("--sign", "key", type=_FILE, help="SSH key to sign with.")
@reports_options
def approve(quarter: Period, places: Places, by: str, note: str, key: Path | None) -> None:
    """Approve the content of a report; its pages lose the mark of a draft."""
    from kpi.publication.approval import approve as give
    from kpi.publication.obstacles import refuse_stale, warnings
    from kpi.run import report_of

    folder = report_of(quarter, places)
    refuse_stale(folder, places.params, places.data)
    for words in warnings(folder):
        say(words, fg="yellow")
    _show(quarter, give(folder, log_for(folder, places), by, note, key))


@cli.command()
@quarter_argument
@by_option
@click.option("--note", required=True, help="Why.")
@reports_options
def withdraw(quarter: Period, places: Places, by: str, note: str) -> None:
    """Withdraw the approval of a report's content; the mark of a draft comes back."""
    from kpi.publication.approval import withdraw as take_back
    from kpi.run import report_of

    folder = report_of(quarter, places)
    _show(quarter, take_back(folder, log_for(folder, places), by, note))


@cli.command()
@quarter_argument
@click.option("--to", "archive", type=FOLDER, help="Archive folder; else that of the parameters.")
@click.option(
    "--replace", default="", metavar="REASON", help="Correct what was published of the quarter."
)
@reports_options
def publish(quarter: Period, places: Places, archive: Path | None, replace: str) -> None:
    """Copy an approved, verified report into the archive of published ones."""
    from kpi.publication.archive import publish as copy
    from kpi.run import read_params, report_of
    from kpi.run.other_units import see_beside_units

    folder = report_of(quarter, places)
    see_beside_units(folder, read_params(quarter, places), places)
    target = copy(folder, log_for(folder, places), archive or _archive_of(quarter, places), replace)
    say(f"Published: {target.as_posix()}")


def _archive_of(quarter: Period, places: Places) -> Path:
    from kpi.params import load_params

    named = load_params(places.params, quarter).report.archive
    if not named:
        raise click.UsageError("Name the archive: --to FOLDER, or `archive` in the parameters.")
    return places.data / named


@cli.command("log")
@click.argument("report", required=False)
@click.option(
    "--check",
    is_flag=True,
    help="Only check its chain, and what published reports have seen of it.",
)
@click.option("--archive", type=FOLDER, help="Archive to check it against; else those it names.")
@click.option("--reports", type=FOLDER, default=Path("reports"), help="Folder of reports.")
def show_log(report: str | None, reports: Path, archive: Path | None, *, check: bool) -> None:
    """Show who ran, approved, published and overrode what, and when; the chain is checked."""
    from kpi.publication.log import Log

    log = Log(reports)
    entries = list(log.entries())
    if check:
        _check_log(log, archive)
        return
    for entry in entries:
        if report in (None, entry.report):
            say(_line(entry))


def _check_log(log: Log, archive: Path | None) -> None:
    from kpi.publication.archive import all_published, see_log_whole

    entries = list(log.entries())
    told = {Path(one.details["to"]) for one in entries if one.act == "publish"}
    named = [archive] if archive else sorted(told)
    published = [one for folder in named if folder.is_dir() for one in all_published(folder)]
    see_log_whole(published, log)
    say(f"{len(entries)} acts, the chain is whole. Last line: {log.seal()}")
    if published:
        say(f"It has every line that {len(published)} published reports have seen.")
    else:
        say("No published report vouches for it: lines cut off at its end would not be seen.")


def _line(entry: Entry) -> str:
    said = dict(entry.details)
    by = f" ({said.pop('by')})" if "by" in said else ""
    content = f" {said.pop('content')[:12]}" if "content" in said else ""
    for long in ("signature", "bag"):
        said.pop(long, None)
    rest = "".join(f", {name}: {value}" for name, value in said.items() if value)
    return f"{entry.at}  {entry.act:<8}  {entry.report}{content}  {entry.who}{by}{rest}"


def _show(quarter: Period, standing: Standing) -> None:
    for one in standing.approvals:
        say(f"{quarter} {standing.content[:12]}: approved by {one.by}, {one.at}")
    if standing.missing:
        told = f"a draft; {standing.missing} more must approve."
        say(f"{quarter} {standing.content[:12]}: {told}")


def folder_of(report: str, places: Places) -> Path:
    """Return the folder of a report, named by its quarter or by the folder itself."""
    from kpi.params import cycle_of
    from kpi.record import read_run
    from kpi.run import report_of

    if Path(report).is_dir():
        read_run(Path(report))
        return Path(report).resolve()
    return report_of(cycle_of(places.params).parse(report), places)


def log_for(folder: Path, places: Places) -> Log:
    """Return the log of the reports' folder, with the list of who may sign where there is one."""
    from kpi.publication.log import Log
    from kpi.publication.signature import allowed_signers
    from kpi.record import read_run

    rules = read_run(folder).parameters.approval
    return Log(places.reports, allowed_signers(places.params, rules))


def log_of(folder: Path, places: Places) -> Log:
    """Return the log that a report stands in: of the reports' folder, or of the one above it.

    It knows who may sign where the folder of parameters has the list that the report asks for.
    """
    from kpi.publication.log import Log
    from kpi.record import read_run

    settings = read_run(folder).parameters
    above = folder.resolve().parents[1 if settings.unit else 0]
    reports = above if Log(above).path.is_file() else places.reports
    listed = places.params / settings.approval.signers
    return Log(reports, listed if settings.approval.signers and listed.is_file() else None)


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
@click.option(
    "--lang",
    "--language",
    "language",
    default="",
    metavar="LANGUAGE",
    help="Of the page; the report's own.",
)
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
    from kpi.publication.comparison import as_lines, write_page
    from kpi.publication.comparison import compare as lay_beside

    if (after is None) == (other is None):
        raise click.UsageError("Name two reports, or one and --with published.")
    first, second = (before, after) if after else (str(other), before)
    newer = folder_of(second, places)
    older = _published(newer, places) if first == PUBLISHED else folder_of(first, places)
    for line in as_lines(lay_beside(older, newer, "en")):
        say(line)
    page = out or places.reports / "comparison.html"
    write_page(lay_beside(older, newer, language), page)
    say(page.as_posix())


def _published(folder: Path, places: Places) -> Path:
    """Return what stands published of a report's quarter."""
    from kpi.errors import ReviewError
    from kpi.record import read_run
    from kpi.run import read_params
    from kpi.run.prepare import earlier

    quarter = read_run(folder).quarter
    found = earlier(read_params(quarter, places), places)
    same = [
        one.folder for one in found if one.about.quarter == str(quarter) and not one.is_superseded
    ]
    if not same:
        raise ReviewError(
            f"A report is compared with the published one of its {quarter.kind}.",
            f"none of {quarter} in the archive",
            f"Name another report: --with {quarter.previous}, or --with FOLDER.",
        )
    return same[-1]
