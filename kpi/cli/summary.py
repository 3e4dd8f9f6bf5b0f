"""What the terminal shows at the end: each target with its figure, or what the checks found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from kpi.cli.options import say
from kpi.definitions.statuses import STATUSES
from kpi.errors import visible
from kpi.language import Labels
from kpi.page.facts import Facts
from kpi.publication.forms import Forms, forms_of

if TYPE_CHECKING:
    from kpi.quality import QualityReport


_WORST_FIRST = ("stop", "set_aside", "note", "off")
_STYLES = {"teal": "green", "rust": "red", "violet": "magenta", "grey": "default"}


def show_summary(folder: Path) -> None:
    """Show each target with its figure and status, and where the report lies."""
    from kpi.page.wording import figure, goal, status_word
    from kpi.quality.report import label

    facts = Facts.read(folder)
    words = facts.labels
    table = Table(title=f"{facts.parameters.organisation.name}, {words.quarter(facts.quarter)}")
    for heading, justify in (
        (words("Target"), "left"), (words("Goal"), "right"),
        (words("Figure"), "right"), (words("Status"), "left"),
    ):  # fmt: skip
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    for metric in facts.metrics:
        row = facts.row(metric)
        status = str(row["status"])
        table.add_row(
            facts.title(metric), goal(facts, metric), figure(facts, row),
            f"[{_STYLES[STATUSES[status].colour]}]{status_word(words, status)}[/]",
        )  # fmt: skip
    console = Console()
    if facts.parameters.synthetic:
        console.print(words("The data are synthetic."), style="bold")
    if facts.is_running:
        console.print(words("The quarter is not over."), style="bold red")
    if facts.despite:
        console.print(label(words, facts.despite), style="bold red")
    console.print(table)
    show_forms(forms_of(folder, facts.parameters.forms))


def show_forms(found: Forms) -> None:
    """Show each file that was made, and each form that was not, with what to install."""
    for path in found.made:
        say(path.as_posix())
    for form, reason in found.missing.items():
        say(f"Not made: {form}. {reason}", fg="red", err=True)


def show_findings(report: QualityReport) -> None:
    """Show how extracts were read, the rows accepted and set aside, and each broken rule.

    Rules that stop the run come first, then those that set rows aside; each with the files and
    columns that it is about and what to do, where that is known.
    """
    from kpi.page.methods import written_words

    console = Console()
    file = Column("File", overflow="fold")  # a name that is cut short names no file
    read = Table("Table", file, "Rows", "Written with", title="Extracts")
    for extract in report.extracts:
        words = written_words(Labels("en"), extract)
        shown = [escape(visible(text)) for text in (extract.file, words)]
        read.add_row(extract.table, shown[0], str(extract.rows), shown[1])
    counts = Table("Table", "Read", "Accepted", "Set aside", title="Rows")
    findings = Table("Table", "Rule", "Severity", "Rows", title="Findings")
    for table in report.tables:
        counts.add_row(
            table.table, str(table.rows_read), str(table.rows_accepted), str(table.rows_set_aside)
        )
    broken = [
        (table.table, finding)
        for table in report.tables
        for finding in table.findings
        if finding.is_broken
    ]
    for name, finding in sorted(broken, key=lambda one: _WORST_FIRST.index(one[1].severity)):
        told = (finding.words, visible(finding.where), finding.remedy)
        words = "\n".join(escape(text) for text in told if text)
        findings.add_row(name, words, finding.severity, str(finding.rows))
    console.print(read)
    console.print(counts)
    console.print(findings)
