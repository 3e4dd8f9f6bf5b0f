"""One suite, three engines: the same rows break each rule on DuckDB, PostgreSQL and Spark.

The drawn rows break every rule of every contract. On each engine kpi counts them and Great
Expectations counts them again (two counts that differ are an error); then the engines are compared.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from kpi.definitions.subject import Context
from kpi.definitions.subjects import SUBJECTS
from kpi.engine import load_calendar, open_engine, staged
from kpi.periods import Period
from kpi.quality import QualityReport, check_tables
from tests.drawn import GREENLAND
from tests.quality.broken_rows import BROKEN
from tests.quality.extracts import AS_OF, as_read

# Spark takes seconds for what the others do at once: these tables have a rule of every kind
TABLES = SUBJECTS | {"bills": replace(SUBJECTS["bills"], unread=frozenset({"amount_dkk"}))}
pytestmark = pytest.mark.slow  # each checks all tables, with Great Expectations beside
ON_SPARK = ("conversations", "match_groups", "applications")


def checked_on(engine: str, names: Collection[str], folder: Path) -> QualityReport:
    """Check the drawn rows on an engine, with Great Expectations counting beside."""
    folder.mkdir()
    with open_engine(folder / "tables.duckdb", engine) as backend:
        load_calendar(backend, GREENLAND)
        for name in names:
            rows = as_read(name, BROKEN[name]).to_reader()
            with staged(backend, "drawn", rows) as held:
                held.store(f"read_{name}", "SELECT * FROM drawn")
        read = {name: backend.table(f"read_{name}") for name in names}
        context = Context(
            AS_OF,
            backend.table("calendar"),
            read,
            "956",
            {"bill_steps": lambda step: step == "paid"},
        )
        return check_tables(
            backend,
            {name: TABLES[name] for name in names},
            context,
            quarter=Period(2019, 4),
            docs=folder / "docs",
            override="the rows are drawn to break rules",
        )


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> QualityReport:
    """Give what DuckDB finds in all tables."""
    return checked_on("duckdb", BROKEN, tmp_path_factory.getbasetemp() / "duckdb_all")


def test_every_rule_is_broken(drawn: QualityReport) -> None:
    """Each rule of each table by some rows and not by all, or the comparison would say little."""
    assert set(BROKEN) == set(SUBJECTS)
    rules = {f"{name}.{rule.id}" for name, table in TABLES.items() for rule in table.all_rules()}
    found = {
        f"{table.table}.{finding.rule}": finding.rows / table.rows_read
        for table in drawn.tables
        for finding in table.findings
    }
    assert {rule for rule in rules if not 0 < found[rule] < 1} == set()


def assert_same(found: QualityReport, expected: QualityReport) -> None:
    """Two engines found the same, and Great Expectations found it too."""
    assert found.tables == expected.tables
    assert found.confirmed_by == expected.confirmed_by is not None
    pd.testing.assert_frame_equal(found.cases_frame(), expected.cases_frame())


def test_postgresql_counts_the_same(
    drawn: QualityReport, postgres_server: str, tmp_path: Path
) -> None:
    """Every rule of every table, and the same rows set aside for the same reasons."""
    assert_same(checked_on(postgres_server, BROKEN, tmp_path / "postgres"), drawn)


def test_spark_counts_the_same(spark_master: str, tmp_path: Path) -> None:
    """The tables that have a rule of every kind."""
    expected = checked_on("duckdb", ON_SPARK, tmp_path / "duckdb")
    assert_same(checked_on(spark_master, ON_SPARK, tmp_path / "spark"), expected)
