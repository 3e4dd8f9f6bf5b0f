"""The same rules as a Great Expectations suite, counted inside the engine; no table is copied.

Great Expectations reaches a database through SQLAlchemy and closes its connection before it
fetches; duckdb-engine then returns nothing, and cannot list columns on DuckDB 2. Here every cursor
is a connection of its own to the open database, so that results outlive the closing, and columns
come from DuckDB's own catalogue. Nothing is written, so there are no transactions.

What is expected of the rows is said in kpi.quality.witness. No value enters a result: they hold
counts only.
"""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

from sqlalchemy import types
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.base import PGDialect

from kpi.definitions.reading import READINGS
from kpi.definitions.subject import (
    ABOUT_A_TABLE_WORDS,
    AFTER_EXTRACTION,
    COLUMNS_PRESENT,
    EMPTY_EXTRACT,
    FEWER_ROWS,
    KEYS_NOT_MET,
    MOST_SET_ASIDE,
    NO_ROWS_IN_QUARTER,
    ROW_NO,
    VOLUME_OUTSIDE_BAND,
    Severity,
    Subject,
)
from kpi.errors import DefinitionError
from kpi.language import Labels
from kpi.processes import lazy_imports
from kpi.quality.data_docs import Docs, write_docs
from kpi.quality.report import SEVERITY_WORDS, Finding, TableReport
from kpi.quality.witness import count_of, expectation, expected_count, promises

if TYPE_CHECKING:
    import duckdb
    from great_expectations import ExpectationSuite
    from great_expectations.core import ExpectationSuiteValidationResult
    from great_expectations.expectations.expectation import Expectation
    from ibis.backends.duckdb import Backend
    from sqlalchemy.engine import URL, Connection

    from kpi.definitions.rules import Promise


_TYPES: dict[str, type[types.TypeEngine[Any]]] = {
    "BIGINT": types.BigInteger,
    "BOOLEAN": types.Boolean,
    "DATE": types.Date,
    "DECIMAL": types.Numeric,
    "DOUBLE": types.Double,
    "TIMESTAMP": types.DateTime,
    "VARCHAR": types.String,
}
_opened: dict[str, list[duckdb.DuckDBPyConnection]] = {}


@contextmanager
def shared(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Give a URL under which SQLAlchemy shares an open database; at the end it is let go."""
    registry.register("duckdb.opened", __name__, "OpenedDuckDB")
    name = f"n{id(connection)}"
    _opened[name] = [connection]
    try:
        yield f"duckdb+opened://{name}"
    finally:
        _, *given = _opened.pop(name)
        for one in given:
            one.close()


class OpenedDuckDB(PGDialect):
    """DuckDB's SQL, which is PostgreSQL's for the reading that is done here."""

    name = "duckdb"
    driver = "opened"
    supports_statement_cache = False

    @classmethod
    def import_dbapi(cls) -> ModuleType:
        """DuckDB's own module is the driver."""
        import duckdb

        return duckdb

    def create_connect_args(self, url: URL) -> tuple[tuple[str], dict[str, Any]]:
        """Take the name of the open database from the URL."""
        return (str(url.host),), {}

    def connect(self, *cargs: Any, **_: Any) -> Any:
        """Give another connection to the open database."""
        known = _opened[cargs[0]]
        known.append(known[0].cursor())
        return known[-1]

    def initialize(self, connection: Connection) -> None:
        """Ask the database nothing: what PostgreSQL would be asked does not apply."""

    def do_begin(self, dbapi_connection: Any) -> None:
        """Begin nothing."""

    def do_rollback(self, dbapi_connection: Any) -> None:
        """Roll nothing back."""

    def do_commit(self, dbapi_connection: Any) -> None:
        """Commit nothing."""

    def get_columns(  # type: ignore[override]
        self, connection: Connection, table_name: str, schema: str | None = None, **_: Any
    ) -> list[dict[str, Any]]:
        """List the columns of a table or view in their order."""
        found = connection.exec_driver_sql(
            "SELECT column_name, data_type FROM duckdb_columns() "
            "WHERE table_name = ? AND schema_name = ? ORDER BY column_index",
            (table_name, schema or "main"),
        )
        return [
            {
                "name": name,
                "type": _TYPES.get(kind.partition("(")[0], types.NullType)(),
                "nullable": True,
                "default": None,
            }
            for name, kind in found
        ]

    def get_pk_constraint(self, *_: Any, **__: Any) -> Any:
        """Views have no primary key."""
        return {"constrained_columns": [], "name": None}


# The rows of a table as Great Expectations defines them, and what it is given when it counts.
Rows = Callable[[str], tuple[Any, dict[str, Any]]]
_ALL_ROWS = "all rows"


@contextmanager
def reached(backend: Backend, context: Any) -> Iterator[Rows]:
    """Let a context of Great Expectations reach the tables of an engine, and let go at the end."""
    if backend.name == "pyspark":
        yield _spark(backend, context)
        return
    if backend.name == "postgres":
        with _sql(context, _address(backend)) as rows:
            yield rows
        return
    with shared(backend.con) as url, _sql(context, url) as rows:
        yield rows


@contextmanager
def _sql(context: Any, url: str) -> Iterator[Rows]:
    with warnings.catch_warnings():
        # its own data sources know neither DuckDB nor a database reached through a socket
        warnings.filterwarnings("ignore", "You are using a generic SQLDatasource")
        source = context.data_sources.add_sql(name="extracts", connection_string=url)

    def rows(table: str) -> tuple[Any, dict[str, Any]]:
        asset = source.add_table_asset(table, table_name=table)
        return asset.add_batch_definition_whole_table(_ALL_ROWS), {}

    try:
        yield rows
    finally:
        source.get_engine().dispose()
        source.get_execution_engine().close()


def _address(backend: Backend) -> str:
    """Return the URL of the open database and its schema; the password is found as it was there."""
    from psycopg.conninfo import conninfo_to_dict
    from sqlalchemy.engine import URL

    schema = backend.con.execute("SELECT current_schema()").fetchone()[0]
    given = {name: str(value) for name, value in conninfo_to_dict(backend.con.info.dsn).items()}
    options = f"{given.pop('options', '')} -csearch_path={schema}".strip()
    return URL.create("postgresql+psycopg", query={**given, "options": options}).render_as_string()


def _spark(backend: Backend, context: Any) -> Rows:
    source = context.data_sources.add_spark(name="extracts", persist=False)
    session = backend._session  # noqa: SLF001 - Ibis offers no other way

    def rows(table: str) -> tuple[Any, dict[str, Any]]:
        asset = source.add_dataframe_asset(table)
        return asset.add_batch_definition_whole_dataframe(_ALL_ROWS), {
            "dataframe": session.table(table)
        }

    return rows


RESULT_FORMAT = {"result_format": "BASIC", "partial_unexpected_count": 0}
_NOT_OF_ROWS_KNOWN = {
    NO_ROWS_IN_QUARTER,
    VOLUME_OUTSIDE_BAND,
    FEWER_ROWS,
    MOST_SET_ASIDE,
    KEYS_NOT_MET,
    AFTER_EXTRACTION,
    *READINGS,
}
GRADES = {"stop": "critical", "set_aside": "warning", "note": "info"}


def confirm(
    backend: Backend, tables: Mapping[str, Subject], reports: Sequence[TableReport], docs: Docs
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
                table = tables[report.table]
                promised = promises(table.all_rules(), backend.name)
                suite = make_suite(table, report, docs.labels, promised)
                found = _validate(context, rows, suite, docs.quarter.file_name, moment)
                expected = {
                    one.rule: expected_count(backend, table.name, promised.get(one.rule), one)
                    for one in report.findings
                    if one.rule not in _NOT_OF_ROWS_KNOWN
                }
                _compare(found, report, expected)
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
        with lazy_imports():
            import great_expectations as gx
    yield gx


def make_suite(
    table: Subject, report: TableReport, labels: Labels, promised: Mapping[str, Promise | None]
) -> ExpectationSuite:
    """Return the suite of a table: an expectation for each rule about rows known by then."""
    from great_expectations import ExpectationSuite

    expectations = [
        _expectation(finding, promised.get(finding.rule), labels)
        for finding in report.findings
        if finding.rule not in _NOT_OF_ROWS_KNOWN
    ]
    return ExpectationSuite(
        name=table.name, expectations=[_columns_present(table, labels), *expectations]
    )


def _columns_present(table: Subject, labels: Labels) -> Expectation:
    from great_expectations import expectations as gxe

    return gxe.ExpectTableColumnsToMatchSet(
        column_set=[ROW_NO, *(column.name for column in table.columns)],
        exact_match=False,
        **_described(COLUMNS_PRESENT, "stop", ABOUT_A_TABLE_WORDS[COLUMNS_PRESENT], labels),
    )


def _expectation(finding: Finding, promise: Promise | None, labels: Labels) -> Expectation:
    from great_expectations import expectations as gxe

    described = _described(finding.rule, finding.severity, finding.words, labels)
    if finding.rule == EMPTY_EXTRACT:
        return gxe.ExpectTableRowCountToBeBetween(min_value=1, **described)
    return expectation(finding.rule, promise, described)


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


def _is_error(told: Mapping[str, Any]) -> bool:
    """Tell whether an expectation could not be judged: itself, or one of the numbers it needs."""
    parts = [told, *(part for part in told.values() if isinstance(part, dict))]
    return any(part.get("raised_exception") for part in parts)


def _compare(
    result: ExpectationSuiteValidationResult, report: TableReport, expected: Mapping[str, int]
) -> None:
    """See that Great Expectations found as many broken rows for each rule as it must."""
    ours, others = {finding.rule: finding for finding in report.findings}, []
    for one in result.results:
        rule = one.expectation_config.meta["rule"] if one.expectation_config else ""
        if _is_error(one.exception_info):
            theirs = "an error"
        elif rule in (COLUMNS_PRESENT, EMPTY_EXTRACT):
            kept = rule == COLUMNS_PRESENT or not ours[rule].is_broken
            theirs = "" if one.success == kept else "another verdict"
        else:
            count = count_of(one)
            theirs = "" if count == expected[rule] else f"{count} rows, not {expected[rule]}"
        if theirs:
            others.append(f"{report.table}.{rule}: Great Expectations finds {theirs}")
    if others:
        raise DefinitionError(
            "Great Expectations and the engine find the same.",
            "; ".join(others),
            "This is a fault of the program: report it.",
        )
