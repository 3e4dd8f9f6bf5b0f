"""What the terminal shows at the end, in English as all of it: of a run, and of a check.

What stops something stands first, then what moves a figure; the rest is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from kpi.cli.options import say
from kpi.definitions.statuses import STATUSES
from kpi.errors import visible
from kpi.language import Labels
from kpi.page.facts import Facts

if TYPE_CHECKING:
    from kpi.publication.forms import Forms
    from kpi.publication.obstacles import Block
    from kpi.quality import QualityReport
    from kpi.quality.report import TableReport
    from kpi.record import CheckedTable


_STYLES = {
    "teal": "green", "rust": "red", "amber": "yellow", "violet": "magenta", "grey": "default",
}  # fmt: skip
_LANGUAGE = "en"


class Found(Protocol):
    """A broken rule, as a check found it or as run.json has it."""

    @property
    def words(self) -> str: ...  # noqa: D102
    @property
    def severity(self) -> str: ...  # noqa: D102
    @property
    def rows(self) -> int | None: ...  # noqa: D102
    @property
    def is_broken(self) -> bool: ...  # noqa: D102
    @property
    def casts_doubt(self) -> bool: ...  # noqa: D102
    @property
    def where(self) -> str: ...  # noqa: D102
    @property
    def remedy(self) -> str: ...  # noqa: D102


def show_summary(folder: Path) -> None:
    """Show what an analyst needs after a run: figures, changes, rows, texts, and what is next."""
    from kpi.publication.forms import forms_of
    from kpi.quality.report import label

    facts = Facts.read(folder, _LANGUAGE)
    console = Console()
    if facts.parameters.synthetic:
        console.print("The data are synthetic.", style="bold")
    if facts.override:
        console.print(label(facts.labels, facts.override), style="bold red")
    console.print(_targets(facts))
    show_forms(forms_of(folder, facts.parameters.forms))
    _show_changes(facts)
    _show_rows(facts)
    show_next(folder)


def show_next(folder: Path) -> None:
    """Show what would stop a report's approval, whether it is a draft, and what is next."""
    from kpi.publication.approval import bears_approval
    from kpi.publication.obstacles import of_record
    from kpi.record import read_run

    run = read_run(folder)
    found = of_record(run)
    show_obstacles(run.name, found)
    if bears_approval(folder):
        say(f"\nApproved. Next: kpi publish {run.quarter} --to FOLDER", bold=True)
    elif found:
        say(f"\nDraft. Next: mend what stops its approval, then kpi run {run.quarter}", bold=True)
    else:
        say(f'\nDraft. Next: kpi approve {run.quarter} --as "INITIALS, ROLE"', bold=True)


def _targets(facts: Facts) -> Table:
    from kpi.page.wording import figure, goal, status_word

    title = f"{facts.parameters.organisation.name}, {facts.labels.quarter(facts.quarter)}"
    table = Table("Metric", title=title)
    for heading in ("Target", "Figure"):
        table.add_column(heading, justify="right")
    table.add_column("Status")
    for metric in facts.metrics:
        row = facts.row(metric)
        status = str(row["status"])
        table.add_row(
            escape(facts.title(metric)), goal(facts, metric), figure(facts, row),
            f"[{_STYLES[STATUSES[status].colour]}]{status_word(facts.labels, status)}[/]",
        )  # fmt: skip
    return table


def _show_changes(facts: Facts) -> None:
    """Say which targets are judged otherwise than in the quarter before, and what moved most."""
    from kpi.page.sentences import largest_change
    from kpi.page.wording import figure, status_word

    before, labels = facts.quarter.previous, facts.labels
    lines = []
    for metric in facts.targets:
        rows = facts.row(metric, before), facts.row(metric)
        if not all(rows) or rows[0]["status"] == rows[1]["status"]:
            continue
        then, now = (f"{status_word(labels, r['status'])} ({figure(facts, r)})" for r in rows)
        lines.append(f"{facts.title(metric)}: {then}, now {now}")
    if not any(facts.row(metric, before) for metric in facts.metrics):
        return
    largest = largest_change(facts)
    say(f"\nSince {before}:" if lines or largest else f"\nSince {before} no target is judged anew.")
    for line in [*lines, *filter(None, [largest])]:
        say(f"- {line}")


def _show_rows(facts: Facts) -> None:
    """Say of which tables rows were set aside, which findings move a figure, and count the others.

    How many rows these are is told as the report tells it.
    """
    tables = facts.checked_tables
    counts = [one for one in tables if one.rows_set_aside != 0]
    if counts:
        told = (f"{one.table} {facts.rows_of_persons(one.rows_set_aside)}" for one in counts)
        say(f"\nRows set aside: {', '.join(told)}.")
        say(f"They are listed by: kpi set-aside {facts.run.name}")
    doubts = [(table, one) for table, one in _broken(tables) if one.casts_doubt]
    for table, one in doubts:
        rows = facts.rows_of_persons(one.rows)
        say(f"- {table}: {one.words} ({rows}): the figures made of it may be wrong", fg="red")
    rest = sum(one.severity == "note" for _, one in _broken(tables)) - len(doubts)
    if rest:
        say(f"{_noted(rest)}; kpi check {facts.quarter} --all shows {_it_or_them(rest)}.")


def _noted(others: int) -> str:
    return "1 other finding is noted" if others == 1 else f"{others} other findings are noted"


def _it_or_them(others: int) -> str:
    return "it" if others == 1 else "them"


def _broken(tables: Iterable[TableReport | CheckedTable]) -> list[tuple[str, Found]]:
    return [
        (table.table, finding)
        for table in tables
        for finding in table.findings
        if finding.is_broken
    ]


def show_obstacles(name: str, found: Sequence[Block]) -> None:
    """Show what would stop the approval of a report, each with its remedy."""
    if found:
        say(f"\nStops the approval of {name}:", fg="red", bold=True)
    for block in found:
        say(f"- {block.found}")
    for remedy in dict.fromkeys(block.remedy for block in found):
        say(f"  {remedy}")


def show_forms(found: Forms) -> None:
    """Show each file that was made, and each form that was not, with what to install."""
    for path in found.made:
        say(path.as_posix())
    for form, reason in found.missing.items():
        say(f"Not made: {form}. {reason}", fg="red", err=True)


def show_findings(report: QualityReport, *, everything: bool = False) -> None:
    """Show the broken rules that stop the run, then those that move a figure; count the rest.

    Each stands with the files and columns that it is about and what to do, where that is known.
    With `everything`, the rest is shown as well: how each extract was read, the rows of each table,
    and the rules that were only noted. Extracts whose form was detected are shown in any case.
    """
    from kpi.page.methods import SEVERITY_WORDS

    console = Console()
    if everything:
        console.print(_rows(report.tables))
    read = [one for one in report.extracts if everything or one.detected]
    if read:
        console.print(_extracts(report, everything=everything))
    broken = _broken(report.tables)
    shown = [pair for pair in broken if pair[1].severity == "stop"]
    shown += [pair for pair in broken if pair[1].severity == "set_aside" or _is_doubt(pair[1])]
    others = [pair for pair in broken if pair not in shown]
    if everything:
        shown, others = shown + others, []
    if shown:
        findings = Table("Table", "Rule", "What happens", "Rows", title="Findings")
        for name, finding in shown:
            severity = "casts doubt" if _is_doubt(finding) else SEVERITY_WORDS[finding.severity]
            told = (finding.words, visible(finding.where), finding.remedy)
            words = "\n".join(escape(text) for text in told if text)
            findings.add_row(name, words, severity, str(finding.rows))
        console.print(findings)
    rows, aside = (
        sum(getattr(table, part) for table in report.tables)
        for part in ("rows_read", "rows_set_aside")
    )
    tables = "1 table" if len(report.tables) == 1 else f"{len(report.tables)} tables"
    say(f"{tables}: {rows} rows read, {aside} set aside.")
    if others:
        say(f"{_noted(len(others))}; --all shows {_it_or_them(len(others))}.")


def _is_doubt(finding: Found) -> bool:
    return finding.severity == "note" and finding.casts_doubt


def _extracts(report: QualityReport, *, everything: bool) -> Table:
    """Say how extracts were read: all, or those of which something was detected."""
    from kpi.language.words import joined
    from kpi.page.methods import left_out_words, written_words

    file = Column("File", overflow="fold")  # a name that is cut short names no file
    read = Table("Table", file, "Rows", "Written with", title="Extracts")
    for extract in report.extracts:
        if everything or extract.detected or extract.not_asked_for or extract.other_rows:
            labels = Labels(_LANGUAGE)
            words = (written_words(labels, extract), left_out_words(labels, extract))
            told = joined(filter(None, words), "; ")
            shown = [escape(visible(text)) for text in (extract.file, told)]
            read.add_row(extract.table, shown[0], str(extract.rows), shown[1])
    return read


def _rows(tables: Iterable[TableReport]) -> Table:
    counts = Table("Table", "Read", "Accepted", "Set aside", title="Rows")
    for table in tables:
        counts.add_row(
            table.table, str(table.rows_read), str(table.rows_accepted), str(table.rows_set_aside)
        )
    return counts
