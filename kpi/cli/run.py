"""The command that makes reports: run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kpi.cli.options import QUARTERS, cli, engine_option, places_options, say
from kpi.periods import Period

if TYPE_CHECKING:
    from kpi.run import Places
    from kpi.run.batch import How, Outcomes, Wanted


@cli.command()
@click.argument("quarters", type=QUARTERS)
@click.option(
    "--label-anyway",
    metavar="REASON",
    help="Go on though a rule that stops the run is broken; every page says so, and why.",
)
@click.option(
    "--lang",
    default="",
    metavar="LANGUAGES",
    help="Languages of the page, such as da,en,kl; else those of the parameters.",
)
@click.option("--force", is_flag=True, help="Make everything again, changed or not.")
@click.option(
    "--wait/--no-wait", default=True, help="Wait while another run of the same report is under way."
)
@click.option(
    "--units",
    multiple=True,
    metavar="FILES",
    help='Files of units, such as "params/units/*.yaml": a report for each.',
)
@click.option("--jobs", type=click.IntRange(min=1), default=1, help="Reports at the same time.")
@click.option("--resume", is_flag=True, help="Leave out what the last batch made.")
@click.option("--mail", is_flag=True, help="Send the summary, as params/mail.yaml says.")
@places_options
@engine_option
def run(
    quarters: list[Period],
    places: Places,
    label_anyway: str | None,
    lang: str,
    units: Sequence[str],
    **options: Any,
) -> None:
    """Make the report of a quarter, such as 2019Q4, or of several: 2018Q1..2019Q4.

    What has not changed since the last run is not made again.
    """
    from kpi.run.batch import How, wanted

    languages = tuple(part.strip() for part in lang.split(",") if part.strip())
    how = How(label_anyway, languages, options["force"], options["wait"])
    reports = wanted(quarters, _files(units), places)
    if len(reports) == 1 and not (options["mail"] or options["resume"]):
        _one(reports[0], how)
    else:
        _several(reports, how, places, options)


def _files(patterns: Sequence[str]) -> list[Path]:
    """Return the files of units that the patterns name; one that names none is an error."""
    from kpi.errors import ParameterError

    found = []
    for pattern in patterns:
        path = Path(pattern)
        files = sorted(path.parent.glob(path.name))
        if not files:
            raise ParameterError(
                "--units names files of units.", f"none like {pattern}", "See params/units/."
            )
        found += files
    return found


def _one(report: Wanted, how: How) -> None:
    from kpi.cli.progress import show_progress
    from kpi.cli.summary import show_next, show_summary
    from kpi.run.batch import make_one

    with show_progress(report.quarter) as progress:
        folder, state = make_one(report, how, progress)
    if state == "unchanged":
        say(f"Nothing has changed since {folder.as_posix()} was made.")
        show_next(folder)
        return
    show_summary(folder)


def _several(reports: list[Wanted], how: How, places: Places, options: dict[str, Any]) -> None:
    from kpi.run.batch import failure, headline, lines
    from kpi.run.mail import read_settings, send

    settings = read_settings(places.params) if options["mail"] else None
    outcomes = _made(reports, how, places.reports, options)
    for line in (*lines(outcomes), "", headline(outcomes)):
        say(line)
    if settings:
        text = "\n".join((headline(outcomes), "", *lines(outcomes))) + "\n"
        send(settings, f"kpi: {headline(outcomes)}", text, failed=bool(outcomes.failed))
    if outcomes.failed:
        raise failure(outcomes)


def _made(reports: list[Wanted], how: How, folder: Path, options: dict[str, Any]) -> Outcomes:
    """Make the reports, those left out excepted, and return what became of each in their order."""
    from kpi.cli.progress import show_batch
    from kpi.run.batch import Outcome, Outcomes, left_out, make_all, note

    spared = left_out(reports, folder) if options["resume"] else []
    outcomes = {one.name: Outcome(one.name, "left out") for one in spared}
    missing = [one for one in reports if one not in spared]
    with show_batch(len(missing)) as told:
        for outcome in make_all(missing, how, options["jobs"], told):
            note(outcome, folder)
            told(outcome.name, None)
            outcomes[outcome.name] = outcome
    return Outcomes([outcomes[one.name] for one in reports])
