"""The same rules as a Great Expectations suite, counted inside the engine.

Where Great Expectations has an expectation of its own (rows, columns, null, allowed values) it is
used on the column itself; every other rule is the expectation that its flag is false. No value
enters a result: they hold counts only.
"""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

from kpi.errors import DefinitionError
from kpi.labels import Labels
from kpi.light import light_imports
from kpi.quality.docs import Docs, write_docs
from kpi.quality.flags import FLAG
from kpi.quality.reach import Rows, reached
from kpi.quality.report import SEVERITY_WORDS, Finding, TableReport
from kpi.tables.contract import (
    ABOUT_A_TABLE_WORDS,
    COLUMNS_PRESENT,
    EMPTY_EXTRACT,
    NO_ROWS_IN_QUARTER,
    READING_WORDS,
    ROW_NO,
    VOLUME_OUTSIDE_BAND,
    Severity,
    Table,
)

if TYPE_CHECKING:
    from great_expectations import ExpectationSuite
    from great_expectations.core import ExpectationSuiteValidationResult
    from great_expectations.expectations.expectation import Expectation
    from ibis.backends.duckdb import Backend

RESULT_FORMAT = {"result_format": "BASIC", "partial_unexpected_count": 0}
GRADES = {"stop": "critical", "set_aside": "warning", "note": "info"}


def confirm(
    backend: Backend, tables: Mapping[str, Table], reports: Sequence[TableReport], docs: Docs
) -> str:
    """Let Great Expectations count too and write its Data Docs; return its name and version.

    Raises DefinitionError if its count of broken rows differs from ours for any rule.
    """
    with great_expectations() as gx:
        context = gx.get_context(mode="ephemeral")
        context.enable_analytics(enable=False)
        context.variables.progress_bars = {"globally": False}
        moment = dt.datetime.combine(docs.day, dt.time(12), dt.UTC)
        with reached(backend, context) as rows:
            for report in reports:
                suite = make_suite(tables[report.table], report, docs.labels)
                _compare(_validate(context, rows, suite, str(docs.quarter), moment), report)
            write_docs(context, docs, reports)
        return f"Great Expectations {gx.__version__}"


@contextmanager
def great_expectations() -> Iterator[ModuleType]:
    """Import the library, which costs seconds, where it is used, and forget the project after."""
    with warnings.catch_warnings():
        # it imports two modules of the standard library that Python is about to drop
        warnings.filterwarnings("ignore", "module 'sre_", DeprecationWarning)
        # it imports PySpark wherever that is installed
        warnings.filterwarnings("ignore", "PySpark does not yet fully support", Warning)
        with light_imports():
            import great_expectations as gx
    yield gx


def make_suite(table: Table, report: TableReport, labels: Labels) -> ExpectationSuite:
    """Return the suite of a table: an expectation for each rule that was checked."""
    from great_expectations import ExpectationSuite

    expectations = [
        _expectation(table, finding, labels)
        for finding in report.findings
        if finding.rule not in {NO_ROWS_IN_QUARTER, VOLUME_OUTSIDE_BAND, *READING_WORDS}
    ]
    return ExpectationSuite(
        name=table.name, expectations=[_columns_present(table, labels), *expectations]
    )


def _columns_present(table: Table, labels: Labels) -> Expectation:
    from great_expectations import expectations as gxe

    return gxe.ExpectTableColumnsToMatchSet(
        column_set=[ROW_NO, *(column.name for column in table.columns)],
        exact_match=False,
        **_described(COLUMNS_PRESENT, "stop", ABOUT_A_TABLE_WORDS[COLUMNS_PRESENT], labels),
    )


def _expectation(table: Table, finding: Finding, labels: Labels) -> Expectation:
    from great_expectations import expectations as gxe

    described = _described(finding.rule, finding.severity, finding.words, labels)
    if finding.rule == EMPTY_EXTRACT:
        return gxe.ExpectTableRowCountToBeBetween(min_value=1, **described)
    for column in table.columns:
        if finding.rule == f"{column.name}_missing" and not column.nullable:
            return gxe.ExpectColumnValuesToNotBeNull(column=column.name, **described)
        if finding.rule == f"{column.name}_unknown" and column.allowed:
            return gxe.ExpectColumnValuesToBeInSet(
                column=column.name, value_set=list(column.allowed), **described
            )
    return gxe.ExpectColumnValuesToBeInSet(
        column=FLAG + finding.rule, value_set=[False], **described
    )


def _described(rule: str, severity: Severity, words: str, labels: Labels) -> dict[str, Any]:
    return {
        "description": f"{labels(words)} [{labels(SEVERITY_WORDS[severity])}; {rule}]",
        "severity": GRADES[severity],
        "meta": {"rule": rule, "severity": severity},
    }


def _validate(
    context: Any, rows: Rows, suite: ExpectationSuite, run_name: str, moment: dt.datetime
) -> ExpectationSuiteValidationResult:
    from great_expectations import ValidationDefinition
    from great_expectations.core import RunIdentifier

    data, given = rows(f"checked_{suite.name}")
    context.suites.add(suite)
    definition = ValidationDefinition(name=suite.name, data=data, suite=suite)
    run = RunIdentifier(run_name=run_name, run_time=moment)
    result: ExpectationSuiteValidationResult = context.validation_definitions.add(definition).run(
        batch_parameters=given, result_format=RESULT_FORMAT, run_id=run
    )
    return result


def _compare(result: ExpectationSuiteValidationResult, report: TableReport) -> None:
    """See that Great Expectations found the same number of broken rows for each rule."""
    ours = {finding.rule: finding for finding in report.findings}
    for one in result.results:
        rule = one.expectation_config.meta["rule"] if one.expectation_config else ""
        if one.exception_info.get("raised_exception"):
            theirs = "an error"
        elif rule in (COLUMNS_PRESENT, EMPTY_EXTRACT):
            kept = rule == COLUMNS_PRESENT or not ours[rule].is_broken
            theirs = "" if one.success == kept else "another verdict"
        else:
            count = one.result.get("unexpected_count") or 0
            theirs = "" if count == ours[rule].rows else f"{count} rows, not {ours[rule].rows}"
        if theirs:
            raise DefinitionError(
                "Great Expectations and the engine find the same.",
                f"{report.table}.{rule}: Great Expectations finds {theirs}",
                "This is a fault of the program: report it.",
            )
