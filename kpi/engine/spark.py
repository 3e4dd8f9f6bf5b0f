"""Spark: a session of its own, whose tables lie in a folder that goes with the run."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kpi.errors import ParameterError, RunError

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend


@contextmanager
def spark(master: str, folder: Path) -> Iterator[Backend]:
    """Start a session on a master, with times in UTC, and stop it at the end."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"pyspark\.")  # it is not ready for pandas 3
        try:
            import ibis
            from pyspark.sql import SparkSession
        except ImportError as error:
            raise ParameterError(
                "The engine that is named is installed.",
                f"no module {error.name}",
                "Install it: pip install kpi[spark]",
            ) from None
        settings = {
            "spark.sql.warehouse.dir": (folder / "warehouse").resolve().as_uri(),
            "spark.sql.catalogImplementation": "in-memory",
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.timestampType": "TIMESTAMP_NTZ",
            "spark.sql.shuffle.partitions": "8",
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
        }
        builder = SparkSession.builder.master(master).appName("kpi")
        for key, value in settings.items():
            builder = builder.config(key, value)
        try:
            session = builder.getOrCreate()
        except Exception as error:  # noqa: BLE001 - the gateway to Java has many kinds
            raise RunError(
                "Spark can be started.",
                f"an error of the kind {type(error).__name__}",
                "Install Java 17 or newer, and see whether the master is reached.",
            ) from None
        session.sparkContext.setLogLevel("ERROR")
        try:
            yield ibis.pyspark.connect(session)
        finally:
            session.stop()


def copy(staging: Backend, backend: Backend, name: str, folder: Path) -> None:
    """Copy a table from DuckDB."""
    file = folder / "rows.parquet"
    staging.raw_sql(f"COPY {name} TO '{file.as_posix()}' (FORMAT parquet)")
    rows = backend._session.read.parquet(file.as_uri())  # noqa: SLF001 - Ibis offers no other way
    rows.write.saveAsTable(name, mode="overwrite")
