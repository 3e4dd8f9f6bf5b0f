"""Spark: a session of its own, whose tables lie in a folder that goes with the run."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpi.errors import ParameterError, RunError

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend
    from pyspark import SparkConf, SparkContext


_SECONDS_TO_ANSWER = 5
_REMEDY = "See whether the master runs and has workers, and whether Java is 17 or newer."


@contextmanager
def spark(master: str, folder: Path) -> Iterator[Backend]:
    """Start a session on a master, with times in UTC, and stop it at the end.

    The tables are files below `folder`, which the master's workers must see as well. What Java
    writes on its own is not shown: what stops a run comes as an error.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"pyspark\.")  # it is not ready for pandas 3
        try:
            import ibis
            from pyspark.errors import PySparkRuntimeError
            from pyspark.sql import SparkSession
        except ImportError as error:
            raise ParameterError(
                "The engine that is named is installed.",
                f"no module {error.name}",
                "Install it: pip install kpi[spark]",
            ) from None
        java_error = import_module("py4j.protocol").Py4JError
        _see_java()
        _see_master(master)
        session = SparkSession(_start(master, folder))
        try:
            session.sparkContext.setLogLevel("OFF")
            yield ibis.pyspark.connect(session)
        except (java_error, PySparkRuntimeError) as error:
            raise RunError(
                "Spark carries the run to its end.", f"an error of the kind {_kind(error)}", _REMEDY
            ) from None
        finally:
            session.stop()


def _see_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if not shutil.which("java", path=str(Path(home) / "bin") if home else None):
        raise ParameterError(
            "Spark has the Java that it runs on.",
            "no program java " + ("in JAVA_HOME" if home else "on the path"),
            "Install Java 17 or newer; if there are several, name its folder in JAVA_HOME.",
        )


def _see_master(master: str) -> None:
    """See that a master answers: Spark would try for a minute and say nothing of use."""
    if not master.startswith("spark://"):
        return
    for address in master.removeprefix("spark://").split(","):
        host, _, port = address.rpartition(":")
        try:
            with socket.create_connection((host.strip("[]"), int(port)), _SECONDS_TO_ANSWER):
                return
        except (OSError, ValueError):
            continue
    raise RunError(
        "The master of the engine can be reached.",
        "no answer at its host and port",
        "See whether it runs, and write the address as spark://host:7077.",
    )


def _start(master: str, folder: Path) -> SparkContext:
    from pyspark import SparkContext

    conf = _settings(master, folder)
    try:
        java = SparkContext._gateway or _java(conf)  # noqa: SLF001 - a process has one
        _forget_folders(java)
        return SparkContext(conf=conf, gateway=java)
    except Exception as error:  # noqa: BLE001 - the gateway to Java has many kinds
        raise RunError(
            "Spark can be started.", f"an error of the kind {_kind(error)}", _REMEDY
        ) from None


def _java(conf: SparkConf) -> Any:
    launch = import_module("pyspark.java_gateway").launch_gateway
    return launch(conf, {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL})


def _forget_folders(java: Any) -> None:
    """Make Java forget the folder of the session before: it is gone, and would be written to."""
    getattr(getattr(java.jvm.org.apache.spark.util, "Utils$"), "MODULE$").clearLocalRootDirs()


def _settings(master: str, folder: Path) -> SparkConf:
    from pyspark import SparkConf

    settings = {
        "spark.local.dir": str((folder / "spark").resolve()),
        "spark.sql.warehouse.dir": (folder / "warehouse").resolve().as_uri(),
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.timestampType": "TIMESTAMP_NTZ",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    if master.startswith("local"):
        settings |= {
            "spark.driver.host": "localhost",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.memory": os.environ.get("SPARK_DRIVER_MEMORY", "4g"),
            "spark.sql.shuffle.partitions": "8",
        }
    conf = SparkConf().setMaster(master).setAppName("kpi")
    return conf.setAll(list(settings.items()))


def _kind(error: Exception) -> str:
    """Return the name of an error, of Java's where it came from there."""
    java = getattr(error, "java_exception", None)
    return str(java.getClass().getSimpleName()) if java is not None else type(error).__name__


def copy(staging: Backend, backend: Backend, name: str, folder: Path) -> None:
    """Copy a table from DuckDB."""
    file = folder / "rows.parquet"
    staging.raw_sql(f"COPY {name} TO '{file.as_posix()}' (FORMAT parquet)")
    rows = backend._session.read.parquet(file.as_uri())  # noqa: SLF001 - Ibis offers no other way
    rows.write.saveAsTable(name, mode="overwrite")
