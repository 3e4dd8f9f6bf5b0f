"""Rows are checked against their contract: each is accepted, or set aside with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kpi.labels import Labels
from kpi.periods import Quarter
from kpi.quality.flags import (
    Counts,
    applicable_rules,
    count_in,
    count_rows,
    list_set_aside,
    store_accepted,
    store_flags,
)
from kpi.quality.report import (
    Finding,
    QualityReport,
    StopRuleError,
    TableReport,
)
from kpi.tables.contract import (
    EMPTY_EXTRACT,
    NO_ROWS_IN_QUARTER,
    VOLUME_OUTSIDE_BAND,
    Context,
    Rule,
    Severity,
    Table,
)

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

__all__ = ["Finding", "QualityReport", "StopRuleError", "TableReport", "check_tables"]

USUAL_BAND = (0.5, 2.0)
MAY_BE_QUIET = frozenset({"application_waits", "follow_ups", "match_groups"})
"""Tables in which a quarter without a new row is possible; elsewhere it stops the run."""


def check_tables(  # noqa: PLR0913 - what is checked, against what, and where the documents go
    backend: Backend,
    tables: Mapping[str, Table],
    context: Context,
    *,
    quarter: Quarter,
    docs: Path | None,
    language: str = "da",
    notice: str = "",
    band: tuple[float, float] = USUAL_BAND,
) -> QualityReport:
    """Check the tables `read_<name>` and make `accepted_<name>` of the rows that may be counted.

    Where `docs` is given, Great Expectations counts the broken rows too, inside the engine, and
    writes its Data Docs there, each page with the notice on top. `band` is the usual number of
    rows dated in the quarter, relative to the quarter before.

    Raises:
        StopRuleError: a rule that stops the run is broken; all tables were checked and documented.
        ContractError: a declared column is absent.
        DefinitionError: a rule does not fit its table, or the two counts differ.
    """
    rules: dict[str, Sequence[Rule]] = {}
    reports = []
    for name, table in tables.items():
        rules[name], not_checked = applicable_rules(table, context)
        store_flags(backend, table, rules[name], context)
        store_accepted(backend, table, rules[name])
        counts = count_rows(backend, table, rules[name])
        dated = count_in(backend, table, (quarter, quarter.previous)) if table.dated_by else None
        reports.append(_report(table, rules[name], not_checked, counts, dated, band))
    confirmed_by = None
    if docs:
        from kpi.quality.docs import Docs
        from kpi.quality.suite import confirm

        wanted = Docs(docs, quarter, context.as_of, Labels(language), notice)
        confirmed_by = confirm(backend, tables, reports, wanted)
    aside = list_set_aside(backend, rules)
    report = QualityReport(str(quarter), tuple(reports), confirmed_by, aside)
    report.stop_if_broken()
    return report


def _report(
    table: Table,
    rules: Sequence[Rule],
    not_checked: Sequence[str],
    counts: Counts,
    dated: Sequence[int] | None,
    band: tuple[float, float],
) -> TableReport:
    now, before = dated or (None, None)
    findings = [
        Finding(rule.id, rule.severity, rule.words, rows, rows > 0)
        for rule in rules
        for rows in (counts.broken[rule.id],)
    ]
    return TableReport(
        table=table.name,
        rows_read=counts.read,
        rows_accepted=counts.accepted,
        rows_set_aside=counts.set_aside,
        rows_in_quarter=now,
        rows_in_previous_quarter=before,
        findings=(*_about_table(table, counts.read, now, before, band), *findings),
        not_checked=tuple(not_checked),
    )


def _about_table(
    table: Table, read: int, now: int | None, before: int | None, band: tuple[float, float]
) -> list[Finding]:
    """Judge the table as a whole: any rows, rows in the quarter, a usual number of them."""
    found = [Finding(EMPTY_EXTRACT, "stop", "An extract has rows", 0, read == 0)]
    if now is None or before is None or not read:
        return found
    quiet: Severity = "note" if table.name in MAY_BE_QUIET else "stop"
    severity = table.severities.get(NO_ROWS_IN_QUARTER, quiet)
    words = "An extract has rows dated in the quarter"
    found.append(Finding(NO_ROWS_IN_QUARTER, severity, words, 0, now == 0))
    if before:
        is_unusual = not band[0] <= now / before <= band[1]
        severity = table.severities.get(VOLUME_OUTSIDE_BAND, "note")
        words = "A quarter has about as many rows as the quarter before"
        rows = now if is_unusual else 0
        found.append(Finding(VOLUME_OUTSIDE_BAND, severity, words, rows, is_unusual))
    return found
