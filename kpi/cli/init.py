"""The command that begins a project: init."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kpi.cli.options import FOLDER, cli, say
from kpi.errors import KpiError, ParameterError
from kpi.periods import MONTH_NAMES

if TYPE_CHECKING:
    from kpi.project.init import Begun
    from kpi.project.proposal import Answers
    from kpi.project.questions import Question

_OF_THE_EXTRACT = (
    "noun", "start", "stop", "numerator", "denominator", "key", "person", "group", "limit", "title",
    "target", "period",
)  # fmt: skip


@cli.command()
@click.argument("folder", type=FOLDER, default=Path())
@click.option(
    "--from",
    "extract",
    type=click.Path(path_type=Path),
    help="An extract to begin with: csv, xlsx, ods, parquet.",
)
@click.option("--sheet", default="", help="The sheet of a workbook.")
@click.option("--noun", metavar="ONE,MANY", help="What rows are called: case, cases.")
@click.option("--start", metavar="COLUMN", help="The date that starts the clock, or of a row.")
@click.option("--stop", metavar="COLUMN", help="The date that stops the clock.")
@click.option("--numerator", metavar="COLUMNS", help="Of rows that are counts: how many were so.")
@click.option("--denominator", metavar="COLUMNS", help="Of rows that are counts: how many.")
@click.option("--key", metavar="COLUMNS", help="What tells rows apart, or none.")
@click.option("--person", metavar="COLUMN", help="Whom a row is about, or none.")
@click.option("--group", metavar="COLUMN", help="What figures are parted by, or none.")
@click.option("--limit", help='"10 days", "10 working days", "4 hours", a column of dates, none.')
@click.option("--title", help="Of the first figure.")
@click.option("--target", help="90 for 90 %, or none.")
@click.option(
    "--period", help="Of the first report: 2025Q4, 2025-12, 2025; or month, quarter, year."
)
@click.option(
    "--year-starts",
    default="january",
    type=click.Choice(MONTH_NAMES, case_sensitive=False),
    metavar="MONTH",
    help="The month in which a year starts: april.",
)
@click.option("--organisation", default="", help="Whose report it is.")
@click.option("--country", default="", help="Two letters: its holidays are no working days.")
@click.option("--timezone", "zone", default="UTC", help="The clock of the office.")
@click.option("--language", default="en", type=click.Choice(["en", "da"]), help="Of the report.")
@click.option("--yes", is_flag=True, help="Take what is proposed; nothing is asked.")
def init(folder: Path, extract: Path | None, **given: Any) -> None:
    """Begin a project in an empty folder: parameters, notebooks, an extract.

    Alone, it makes a small example that runs. With --from, it looks at an extract and proposes what
    its rows are and a first figure; what nobody can see in it is asked, with an answer proposed.
    """
    from kpi.project.init import begin_sample, see_empty

    if extract is None:
        named = [name for name in _OF_THE_EXTRACT if given[name] is not None]
        if named:
            raise click.UsageError(f"--{named[0]} is about an extract: name it with --from.")
        _told(folder, begin_sample(folder, given["language"]))
        return
    see_empty(folder, [extract])
    _told(folder, _from(folder, extract, given))


def _from(folder: Path, extract: Path, given: dict[str, Any]) -> Begun:
    from kpi.project.init import About, begin_from
    from kpi.project.proposal import begin
    from kpi.project.questions import questions_for
    from kpi.sources.files import see_readable
    from kpi.sources.looking import look

    see_readable(extract, extract.name)
    about = About(given["organisation"], given["country"], given["zone"], given["language"])
    asked = {name: given[name] for name in _OF_THE_EXTRACT if given[name] is not None}
    guessed = set()
    with look(extract, given["sheet"]) as looked:
        say(f"{extract.name}: {looked.rows:,} rows, {len(looked.columns)} columns.")
        answers = begin(looked, extract.name, about.language, asked)
        answers.year_starts = MONTH_NAMES.index(given["year_starts"]) + 1
        questions = list(questions_for(answers))
        _see_fitting(asked, questions)
        if not given["yes"]:
            say("Enter takes what is proposed in brackets; --yes takes all of it.")
        for question in questions:
            if question.option in asked:
                question.read(answers, asked[question.option])
            elif given["yes"]:
                guessed.add(question.option)
                question.read(answers, question.propose(answers))
            else:
                _ask(question, answers)
        return begin_from(folder, extract, given["sheet"], answers, about, guessed)


def _see_fitting(asked: dict[str, str], questions: list[Question]) -> None:
    """See that each option is a question that this extract raises."""
    known = [one.option for one in questions]
    for name in asked:
        if name not in known:
            raise ParameterError(
                "The options fit what the rows are: cases with a start and a stop, or counts with "
                "a numerator and a denominator.",
                f"--{name}",
                f"Fitting here: {', '.join(f'--{one}' for one in known)}.",
            )


def _ask(question: Question, answers: Answers) -> None:
    """Ask until an answer fits."""
    proposed = question.propose(answers)
    while True:
        text = click.prompt(question.words, default=proposed or None)
        try:
            question.read(answers, text)
        except KpiError as error:
            say(str(error), fg="red")
        else:
            return


def _told(folder: Path, begun: Begun) -> None:
    for name in begun.files:
        say((folder / name).as_posix())
    if begun.guesses:
        say("Guessed; see that it is so:")
    for guess in begun.guesses:
        say(f"  {guess}")
    change = "" if folder.resolve() == Path.cwd() else f"cd {folder.as_posix()}, then "
    say(f"Next: {change}kpi run {begun.period}", bold=True)
