"""Commands about the definitions: metrics, dictionary, what-if.

The command that makes a metric from a few answers.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kpi.cli.options import FOLDER, QUARTERS, cli, params_option, say
from kpi.periods import Quarter


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@params_option
def metrics(params: Path, *, as_json: bool) -> None:
    """List the catalogue of metrics, as the latest parameters have it."""
    import json

    from kpi.publication.dictionary import catalogue_record, latest_params

    record = catalogue_record(latest_params(params) if params.is_dir() else None)
    if as_json:
        say(json.dumps(record, ensure_ascii=False, indent=2))
        return
    width = max(len(metric["id"]) for metric in record)
    for metric in record:
        title = next(text for text in (metric["titles"][k] for k in ("en", "da", "kl")) if text)
        say(f"{metric['id']:<{width}}  {title}")


@cli.command()
@params_option
@click.option(
    "--lang",
    "--language",
    "language",
    type=click.Choice(["da", "en", "kl"]),
    default="da",
    help="Of the page.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("reports/data_dictionary.html"),
    help="The page to write.",
)
def dictionary(params: Path, language: str, out: Path) -> None:
    """Write the data dictionary: every metric and every table in words, as one page."""
    from kpi.publication.dictionary import latest_params, write_dictionary

    write_dictionary(latest_params(params), out, language)
    say(out.as_posix())


@cli.command("what-if")
@click.argument("metric")
@click.option(
    "--quarters",
    "wanted",
    type=QUARTERS,
    required=True,
    help="A quarter, or a range: 2018Q1..2019Q4.",
)
@click.option("--target", type=float, help="Another target; a share is a ratio: 0.9.")
@click.option("--days", type=int, help="Another limit: so many days after the clock starts.")
@click.option("--unit", type=click.Choice(["calendar_days", "working_days"]), help="Of the limit.")
@params_option
@click.option("--data", type=FOLDER, default=Path("data"), help="Folder of extracts.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the table as CSV, too."
)
def what_if(
    metric: str,
    wanted: list[Quarter],
    params: Path,
    data: Path,
    out: Path | None,
    **tried: Any,
) -> None:
    """Show how past quarters would have been judged with another target or limit."""
    from kpi.cli.progress import show_progress
    from kpi.language import Labels
    from kpi.run import Places
    from kpi.simulate.what_if import Trial, as_text, write_csv
    from kpi.simulate.what_if import what_if as judge

    with show_progress(wanted[-1]) as progress:
        judged = judge(metric, wanted, Places(params, data), Trial(**tried), progress)
    say(as_text(judged, Labels("en")))
    if out:
        write_csv(judged, out)


_ASKED = {
    "name": "Name, such as payments_on_time",
    "title": "Title in English",
    "title_da": "Title in Danish",
    "words": "Definition in English, in whole sentences",
    "words_da": "Definition in Danish, in whole sentences",
}


@cli.command("new-metric")
@click.option("--name", help="Small letters and underscores.")
@click.option("--title", help="In English.")
@click.option("--title-da", help="In Danish.")
@click.option("--words", help="The definition in English.")
@click.option("--words-da", help="The definition in Danish.")
@click.option("--kind", type=click.Choice(["share", "count", "duration"]))
@click.option("--table", help="The declared table whose rows it counts.")
@click.option("--start", help="The moment that starts the clock, or at which an event happened.")
@click.option("--stop", help="The moment that stops the clock.")
@click.option("--days", type=click.IntRange(min=0), help="The limit of a share.")
@click.option("--unit", type=click.Choice(["calendar_days", "working_days"]), help="Of the limit.")
@click.option("--target", type=float, help="A ratio (0.9), a number, or days; none without it.")
@click.option("--owner", default="", help="Who answers for it.")
def new_metric(**given: Any) -> None:
    """Make a metric: its definition, its spec test, its labels and its entry in targets.yaml.

    What is not given is asked.
    """
    from kpi.project.new_metric import Answers, check_name, make_metric, names_taken, table_of

    answers = dict(given)
    _ask(answers, "name")
    check_name(answers["name"], names_taken())
    for field in ("title", "title_da", "words", "words_da"):
        _ask(answers, field)
    _choose(answers, "kind", "Kind", ["share", "count", "duration"])
    if answers["table"] is None:
        answers["table"] = click.prompt("Table (kpi dictionary describes them)")
    _ask_clock(answers, table_of(answers["table"]))
    for path in make_metric(Answers(**answers), Path.cwd()):
        say(path.as_posix())
    say(
        "Next: narrow down the population in the first file, draw rows for it in the second,\n"
        f"and run them: python -m pytest tests/definitions/test_{answers['name']}.py"
    )


def _ask(answers: dict[str, Any], field: str) -> None:
    if answers[field] is None:
        answers[field] = click.prompt(_ASKED[field])


def _choose(answers: dict[str, Any], field: str, question: str, choices: list[str]) -> None:
    if answers[field] is None:
        answers[field] = click.prompt(question, type=click.Choice(choices))


def _ask_clock(answers: dict[str, Any], table: Any) -> None:
    from kpi.project.new_metric import moments

    known = moments(table)
    if answers["kind"] == "count":
        _choose(answers, "start", "When it happened", known)
        answers["stop"] = answers["stop"] or ""
    else:
        _choose(answers, "start", "The clock starts at", known)
        _choose(answers, "stop", "The clock stops at", known)
    if answers["kind"] == "share":
        if answers["days"] is None:
            answers["days"] = click.prompt("Limit in days", type=click.IntRange(min=0))
        _choose(answers, "unit", "Days of the limit", ["calendar_days", "working_days"])
    answers["unit"] = answers["unit"] or "calendar_days"
