"""Going on although a rule that stops the run is broken: never without a reason on every page.

What the checks found: rows read, accepted and set aside, and the rules that were broken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from kpi.definitions.subject import Rule, Severity
from kpi.errors import DefinitionError, ParameterError, QualityError
from kpi.language import Labels

if TYPE_CHECKING:
    import pandas as pd

    from kpi.sources.extract import Extract


FEWEST, SHORTEST = 3, 20  # words, characters


def check_reason(reason: str) -> str:
    """Return the reason on one line; ParameterError where it is too short to explain anything."""
    words = reason.split()
    line = " ".join(words)
    if len(words) < FEWEST or len(line) < SHORTEST:
        raise ParameterError(
            "Who labels a page instead of stopping says why, for every reader of the page.",
            f"{len(line)} characters",
            f"Write a reason of at least {FEWEST} words and {SHORTEST} characters "
            "after --label-anyway, in quotation marks.",
        )
    return line


def label(labels: Labels, reason: str) -> str:
    """Say what every copy of the page must say; nothing without a reason."""
    if not reason:
        return ""
    return labels("Made although the data break a rule that stops the run: {reason}", reason=reason)


SEVERITY_WORDS: dict[Severity, str] = {
    "stop": "stops the run",
    "set_aside": "set aside",
    "note": "noted",
}
_FINDING_COLUMNS = ("table", "rule", "severity", "words", "rows", "is_broken", "among")
SET_ASIDE_COLUMNS = ("table", "rule", "words", "source_file", "row_no")
CASE_COLUMNS = (*SET_ASIDE_COLUMNS, "case_number", "person")


@dataclass(frozen=True)
class Finding:
    """A rule that was checked: `rows` is the number of rows that break it.

    A rule about a whole table (its volume, say) may be broken by no row at all: ask `is_broken`.
    If its volume is unusual, `rows` is the number of rows dated in the quarter. `among` is the
    number of rows that could break it, null where these are all the rows of the table. `where`
    names the files and columns that it is about, `remedy` says what to do, where that is known.
    With `casts_doubt` figures made of the table may be wrong as a whole.
    """

    rule: str
    severity: Severity
    words: str
    rows: int
    is_broken: bool
    among: int | None = None
    where: str = ""
    remedy: str = ""
    casts_doubt: bool = False


@dataclass(frozen=True)
class TableReport:
    """What was found in one table; `not_checked` names the rules whose other tables are absent.

    `reasons` accounts for the rows set aside: each is counted once, by the first rule it breaks.

    `rows_in_quarter` and `rows_in_previous_quarter` count rows by the table's date; null for a
    table without one.
    """

    table: str
    rows_read: int
    rows_accepted: int
    rows_set_aside: int
    rows_in_quarter: int | None
    rows_in_previous_quarter: int | None
    findings: tuple[Finding, ...]
    not_checked: tuple[str, ...] = ()
    reasons: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        is_whole = self.rows_read == self.rows_accepted + self.rows_set_aside
        if not is_whole or self.rows_set_aside != sum(self.reasons.values()):
            raise DefinitionError(
                "Every row read is either accepted, or set aside for a reason.",
                f"{self.table}: {self.rows_read} read, {self.rows_accepted} accepted, "
                f"{self.rows_set_aside} set aside, {sum(self.reasons.values())} with a reason",
                "This is a fault of the program: report it.",
            )

    @property
    def broken(self) -> tuple[Finding, ...]:
        """The rules that were broken."""
        return tuple(finding for finding in self.findings if finding.is_broken)


@dataclass(frozen=True)
class QualityReport:
    """What was found in all tables.

    `confirmed_by` names the version of Great Expectations that counted the same, null where only
    the engine counted. `rules` are the rules that were checked, by table. `override` is the reason
    given for going on although a rule that stops the run was broken. `extracts` tell how they were
    read, which run.json tells by itself.
    """

    quarter: str
    tables: tuple[TableReport, ...]
    confirmed_by: str | None
    set_aside: pd.DataFrame = field(repr=False, compare=False)
    rules: Mapping[str, Sequence[Rule]] = field(repr=False, compare=False)
    override: str = ""
    extracts: tuple[Extract, ...] = field(default=(), repr=False, compare=False)

    def set_aside_frame(self) -> pd.DataFrame:
        """One row for each row set aside and rule it breaks; no value of the row itself.

        Columns: table, rule, words, source_file, row_no (the row's place in its extract, from 1).
        """
        return self.set_aside[list(SET_ASIDE_COLUMNS)].copy()

    def cases_frame(self) -> pd.DataFrame:
        """The same for the office alone, with what it finds the case by.

        Columns: also case_number (the columns by which the row is found, null where they are empty)
        and person (the keyed pseudonym, null where there is none).
        """
        return self.set_aside.copy()

    def findings_frame(self) -> pd.DataFrame:
        """One row for each table and rule that was checked; rules that were kept have 0 rows.

        Columns: table, rule, severity, words, rows, is_broken, rows_read, rows_accepted,
        rows_set_aside (the last three are the table's), where, remedy.
        """
        import pandas as pd

        counts = ("rows_read", "rows_accepted", "rows_set_aside")
        return pd.DataFrame(
            [
                {"table": table.table}
                | asdict(finding)
                | {count: getattr(table, count) for count in counts}
                for table in self.tables
                for finding in table.findings
            ],
            columns=[*_FINDING_COLUMNS, *counts, "where", "remedy"],
        ).astype({"among": "Int64"})

    def as_record(self) -> dict[str, Any]:
        """The verdicts as plain values for run.json; of the rules, only those that were broken."""
        return {
            "confirmed_by": self.confirmed_by,
            "override": self.override if self.stops else "",
            "stops": [f"{table}: {finding.rule}" for table, finding in self.stops],
            "tables": [
                asdict(table)
                | {
                    "findings": [asdict(finding) for finding in table.broken],
                    "not_checked": list(table.not_checked),
                    "rules_checked": len(table.findings),
                }
                for table in self.tables
            ],
        }

    @property
    def stops(self) -> list[tuple[str, Finding]]:
        """The broken rules that stop the run, each with its table."""
        return [
            (table.table, finding)
            for table in self.tables
            for finding in table.broken
            if finding.severity == "stop"
        ]

    def stop_if_broken(self) -> None:
        """Raise StopRuleError if a rule that stops the run was broken and no reason was given."""
        if self.stops and not self.override:
            raise StopRuleError(self)


class StopRuleError(QualityError):
    """Rules that stop the run were broken; `report` has all that was found."""

    def __init__(self, report: QualityReport) -> None:
        self.report = report
        found = [f"{table}: {_told(finding)}" for table, finding in report.stops]
        remedies = [finding.remedy for _, finding in report.stops if finding.remedy]
        if len(remedies) < len(report.stops):
            remedies.append(f"Ask the system owner for new extracts that cover {report.quarter}.")
        super().__init__(
            "An extract breaks a rule that stops the run; no figure is made.",
            "; ".join(found),
            " ".join(dict.fromkeys(remedies)),
        )


def _told(finding: Finding) -> str:
    rows = "1 row" if finding.rows == 1 else f"{finding.rows} rows"
    where = f", in {finding.where}" if finding.where else ""
    return f"{finding.words} ({finding.rule}, {rows}{where})"
