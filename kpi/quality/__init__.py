"""Rows are checked against their contract: each is accepted, or set aside with its reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kpi.definitions.known import known_on
from kpi.definitions.subject import Context, Rule, Subject
from kpi.language import Labels
from kpi.params.quarter_file import Limits
from kpi.periods import Period
from kpi.quality.flags import (
    Counts,
    applicable_rules,
    count_in,
    count_rows,
    store_accepted,
    store_flags,
)
from kpi.quality.report import (
    Finding,
    QualityReport,
    StopRuleError,
    TableReport,
    check_reason,
    label,
)
from kpi.quality.set_aside import list_set_aside
from kpi.quality.whole_tables import USUAL_BAND, About, about_reading, about_table
from kpi.sources.extract import Extract

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

    from kpi.quality.data_docs import Docs


__all__ = [
    "Finding",
    "QualityReport",
    "StopRuleError",
    "TableReport",
    "check_reason",
    "check_tables",
]

Begin = Callable[[Sequence[TableReport], "Docs"], None]


def check_tables(  # noqa: PLR0913 - what is checked, against what, and where the documents go
    backend: Backend,
    tables: Mapping[str, Subject],
    context: Context,
    *,
    quarter: Period,
    docs: Path | None,
    language: str = "da",
    notice: str = "",
    band: tuple[float, float] = USUAL_BAND,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    rows_before: Mapping[str, int] | None = None,
    override: str = "",
    extracts: Sequence[Extract] = (),
    apart: Begin | None = None,
    lists_rows: bool = True,
) -> QualityReport:
    """Check the tables `read_<name>` and make `accepted_<name>` of the rows that may be counted.

    Where `docs` is given, Great Expectations counts the broken rows too, inside the engine, and
    writes its Data Docs there, each page with the notice on top. `band` is the usual number of
    rows dated in the quarter, relative to the quarter before; `limits` say how much may be wrong
    with a table, and `rows_before` how many rows the extracts of the last report had. `override` is
    the reason for going on though a rule that stops the run is broken; the rows that break it are
    set aside. `extracts` say what was doubtful in reading, and with which row each file begins.
    With `apart` another process is told to count, and the report lacks `confirmed_by` until it
    answers. Where the report need not list the rows that are set aside, one by one, they are only
    counted.

    Raises:
        StopRuleError: such a rule is broken without a reason; all tables were checked and
            documented.
        ContractError: a declared column is absent.
        DefinitionError: a rule does not fit its table, or the two counts differ.
    """
    known = {
        name: known_on(rows, tables[name], context.as_of) if name in tables else rows
        for name, rows in context.tables.items()
    }
    context = replace(context, tables=known)
    rules: dict[str, Sequence[Rule]] = {}
    reports: list[TableReport] = []
    for name, table in tables.items():
        rules[name], not_checked = applicable_rules(table, context)
        counts = _counted(backend, table, rules[name], context)
        dated = count_in(backend, table, (quarter, quarter.previous)) if table.dated_by else None
        before = (rows_before or {}).get(name)
        about = About(backend, table, rules[name], counts, dated, band, limits, before)
        findings = (
            *about_reading(table, extracts),
            *about_table(about, extracts),
            *_about_rows(table, rules[name], counts, extracts),
        )
        reports.append(_report(table, not_checked, counts, dated, findings))
    listed = {one.table: rules[one.table] for one in reports if one.rows_set_aside and lists_rows}
    aside = list_set_aside(backend, tables, listed, extracts)
    report = QualityReport(
        str(quarter), tuple(reports), None, aside, rules, override, tuple(extracts)
    )
    if docs:
        from kpi.quality.data_docs import Docs

        labels = Labels(language, kind=quarter.kind)
        marked = " ".join((notice, label(labels, override if report.stops else ""))).strip()
        wanted = Docs(docs, quarter, context.as_of, labels, marked)
        report = _documented(backend, tables, report, wanted, apart)
    report.stop_if_broken()
    return report


def _counted(backend: Backend, table: Subject, rules: Sequence[Rule], context: Context) -> Counts:
    """Flag the rows of a table, store those that may be counted, and count all of them."""
    store_flags(backend, table, rules, context)
    store_accepted(backend, table, rules, context.as_of)
    return count_rows(backend, table, rules, context)


def _documented(
    backend: Backend,
    tables: Mapping[str, Subject],
    report: QualityReport,
    wanted: Docs,
    apart: Begin | None,
) -> QualityReport:
    """Let Great Expectations count the broken rows, here or in another process."""
    if apart is None:
        from kpi.quality.great_expectations import confirm

        confirmed = confirm(backend, tables, report.tables, wanted)
        return replace(report, confirmed_by=confirmed)
    if report.override or not report.stops:
        apart(report.tables, wanted)
    return report


def _report(
    table: Subject,
    not_checked: Sequence[str],
    counts: Counts,
    dated: Sequence[int] | None,
    findings: Sequence[Finding],
) -> TableReport:
    now, before = dated or (None, None)
    return TableReport(
        table=table.name,
        rows_read=counts.read,
        rows_accepted=counts.accepted,
        rows_set_aside=counts.set_aside,
        rows_in_quarter=now,
        rows_in_previous_quarter=before,
        findings=tuple(findings),
        not_checked=tuple(not_checked),
        reasons=counts.reasons,
    )


def _about_rows(
    table: Subject, rules: Sequence[Rule], counts: Counts, extracts: Sequence[Extract]
) -> list[Finding]:
    """Tell for each rule how many rows break it; of one that stops the run, in which files."""
    files = ", ".join(one.file for one in extracts if one.table == table.name)
    return [
        Finding(
            rule.id,
            rule.severity,
            rule.words,
            rows,
            rows > 0,
            counts.among.get(rule.id),
            where=files if rows and rule.severity == "stop" else "",
            remedy=rule.remedy if rows else "",
        )
        for rule in rules
        for rows in (counts.broken[rule.id],)
    ]
