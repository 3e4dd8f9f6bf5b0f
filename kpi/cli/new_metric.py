"""The command that makes a metric from a few answers: new-metric."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kpi.cli.options import cli, params_option, say
from kpi.errors import KpiError

if TYPE_CHECKING:
    from kpi.definitions.subject import Subject
    from kpi.project.new_metric import Folder

_DAY = click.DateTime(["%Y-%m-%d"])
_KINDS = ["share", "count", "duration"]
_UNITS = ["calendar_days", "working_days"]
_DIRECTIONS = ["at_least", "at_most"]
_ASKED = {
    "name": "Name, such as payments_on_time",
    "title": "Title in English",
    "title_da": "Title in Danish",
    "words": "Definition in English, in whole sentences; empty for what is declared, in words",
    "words_da": "Definition in Danish; empty likewise",
}


@cli.command("new-metric")
@click.option("--name", help="Small letters and underscores.")
@click.option("--title", help="In English.")
@click.option("--title-da", help="In Danish.")
@click.option("--words", help="The definition in English.")
@click.option("--words-da", help="The definition in Danish.")
@click.option("--kind", type=click.Choice(_KINDS))
@click.option("--table", help="The declared subject whose rows it counts.")
@click.option("--start", help="The moment that starts the clock, or at which an event happened.")
@click.option("--stop", help="The moment that stops the clock.")
@click.option(
    "--new-column",
    "new_columns",
    nargs=3,
    multiple=True,
    metavar="NAME MEANING DANISH",
    help="A moment that the extract has and the subject lacks, and what it means.",
)
@click.option("--days", type=click.IntRange(min=0), help="The limit of a share.")
@click.option("--unit", type=click.Choice(_UNITS), help="Of the limit.")
@click.option("--target", type=float, help="A ratio (0.9), a number, or days; none without it.")
@click.option("--direction", type=click.Choice(_DIRECTIONS), help="Of the target.")
@click.option("--owner", help="Who answers for it.")
@click.option("--valid-from", type=_DAY, help="The first day on which it applies.")
@params_option
def new_metric(params: Path, **given: Any) -> None:
    """Make a metric: its definition in definitions.yaml, its limit and target in targets.yaml.

    What is not given is asked, and asked again after an answer that does not fit. Where all that it
    needs is given, nothing is asked: it then has no target or owner, and applies in all quarters,
    unless these are given, too.
    """
    from kpi.project.new_metric import Answers, Folder, NewColumn, make_metric

    columns = tuple(NewColumn(*one) for one in given["new_columns"])
    asked = _Asked(Folder.at(params), given | {"new_columns": columns})
    answers = Answers(**asked.answers())
    for path in make_metric(answers, params):
        say(path.as_posix())
    for column in answers.new_columns:
        say(
            f"{column.name} is declared now. Name it as the extract does: "
            f"sources.{answers.table}.columns in the quarter's file."
        )
    if answers.valid_from:
        say(f"Reports of quarters that end before {answers.valid_from} do not have it.")
    say("Next: narrow down what is counted (filter) in definitions.yaml, then kpi run.")


class _Asked:
    """The answers given as options, and those that are asked for."""

    def __init__(self, folder: Folder, given: dict[str, Any]) -> None:
        self.folder, self.found = folder, given
        self.has_asked = False

    def answers(self) -> dict[str, Any]:
        """Ask for what is missing, in the order of a definition."""
        from kpi.project.new_metric import TEXTS, check_name, check_text, language_of

        folder = self.folder
        self._ask("name", _ASKED["name"], lambda name: check_name(name, folder.catalogue.metrics))
        is_asking = self.has_asked or self.found["kind"] is None
        for field in TEXTS:
            is_needed = field.startswith("title") and language_of(field) == folder.language
            if self.found[field] is None and not (is_asking or is_needed):
                self.found[field] = ""
            self._ask(field, _ASKED[field], partial(check_text, field, language=folder.language))
        self._choose("kind", "Kind", _KINDS)
        self._ask("table", "Subject (kpi dictionary describes them)", folder.subject)
        self._ask_clock(folder.subject(self.found["table"]))
        self._ask_aim()
        return self.found

    def _ask_clock(self, table: Subject) -> None:
        kind = self.found["kind"]
        if kind == "count":
            self._ask_moment("start", "When it happened", table)
            self.found["stop"] = self.found["stop"] or ""
        else:
            self._ask_moment("start", "The clock starts at", table)
            self._ask_moment("stop", "The clock stops at", table)
        if kind == "share":
            if self.found["days"] is None:
                self.has_asked = True
                self.found["days"] = click.prompt("Limit in days", type=click.IntRange(min=0))
            self._choose("unit", "Days of the limit", _UNITS)
        self.found["unit"] = self.found["unit"] or "calendar_days"

    def _ask_moment(self, field: str, question: str, table: Subject) -> None:
        """Ask for a moment of a table; one that its contract lacks may be a new column."""
        from kpi.project.new_metric import NewColumn, check_column, moments

        while self.found[field] is None:
            self.has_asked = True
            known = [*moments(table), *(one.name for one in self.found["new_columns"])]
            name = click.prompt(f"{question} ({', '.join(known)}, or a new column)")
            if name in known:
                self.found[field] = name
                continue
            try:
                check_column(name, table, self.folder)
            except KpiError as error:
                say(str(error))
                continue
            if click.confirm(f"{name} is not declared of {table.name}. Is it a new column?"):
                means, danish = click.prompt("What it means"), click.prompt("The same in Danish")
                self.found["new_columns"] += (NewColumn(name, means, danish),)
                self.found[field] = name

    def _ask_aim(self) -> None:
        """Ask for target, owner and first day, if anything was asked: each may be left empty."""
        from kpi.project.new_metric import check_target

        found = self.found
        if self.has_asked:
            if found["target"] is None:
                found["target"] = self._optional(
                    "Target: a ratio (0.9), a number, or days; empty for none",
                    float,
                    lambda target: check_target(found["kind"], target),
                )
            if found["target"] is not None:
                self._choose("direction", "The target is", _DIRECTIONS)
            if found["owner"] is None:
                found["owner"] = self._optional("Who answers for it; empty if nobody does", str)
            if found["valid_from"] is None:
                found["valid_from"] = self._optional(
                    "The first day on which it applies (2020-01-01); empty for all quarters",
                    dt.date.fromisoformat,
                )
        found["owner"] = found["owner"] or ""
        if isinstance(found["valid_from"], dt.datetime):
            found["valid_from"] = found["valid_from"].date()

    def _ask(self, field: str, question: str, check: Callable[[str], object]) -> None:
        if self.found[field] is None:
            self.has_asked = True
            self.found[field] = click.prompt(
                question, default="", show_default=False, value_proc=_checked(str, check)
            )

    def _choose(self, field: str, question: str, choices: list[str]) -> None:
        if self.found[field] is None:
            self.has_asked = True
            self.found[field] = click.prompt(question, type=click.Choice(choices))

    @staticmethod
    def _optional(
        question: str, read: Callable[[str], Any], check: Callable[[Any], object] = str
    ) -> Any:
        read_or_none = _checked(read, check)
        return click.prompt(
            question,
            default="",
            show_default=False,
            value_proc=lambda text: read_or_none(text) if text.strip() else None,
        )


def _checked(read: Callable[[str], Any], check: Callable[[Any], object]) -> Callable[[str], Any]:
    """Return what reads an answer; one that does not fit is said to be wrong, and asked again."""

    def answer(text: str) -> Any:
        try:
            value = read(text.strip())
            check(value)
        except KpiError as error:
            raise click.UsageError(str(error)) from None
        except ValueError:
            raise click.UsageError(f'"{text}" cannot be read.') from None
        return value

    return answer
