"""Real engines for tests: a PostgreSQL server and a local Spark, started once a session."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# Java is to start fast: hundreds of small queries never repay its optimising compiler. It is set
# before any test, so that no process that a test starts has another environment than the next.
os.environ.setdefault("SPARK_SUBMIT_OPTS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Start a PostgreSQL server of its own and give its URL; the user may do everything.

    Its files lie outside the folder of the tests, which pytest closes to all other users.
    """
    binaries = _postgres_binaries()
    folder = Path(tempfile.mkdtemp(prefix="kpi-postgres-"))
    as_user: dict[str, Any] = {}
    if os.name == "posix" and os.geteuid() == 0:  # the server refuses to run as root
        as_user = {"user": "postgres", "group": "postgres", "extra_groups": []}
        shutil.chown(folder, "postgres", "postgres")
    port = _free_port()
    cluster = folder / "cluster"
    quiet: dict[str, Any] = {
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.STDOUT,
        "cwd": folder,
    }

    def run(program: str, *arguments: str) -> None:
        subprocess.run([binaries / program, *arguments], check=True, **quiet, **as_user)

    # words in Danish order: it differs from the order of DuckDB, which must not be seen in figures
    danish = ("--locale-provider=icu", "--icu-locale=da", "-E", "UTF8")
    run("initdb", "-D", str(cluster), "-U", "kpi", "-A", "trust", *danish, "--no-sync")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
    run("pg_ctl", "-D", str(cluster), "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"postgresql://kpi@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-D", str(cluster), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _postgres_binaries() -> Path:
    """Return the folder of initdb and pg_ctl; Debian keeps them off the path."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in folders:
        if (folder / "pg_ctl").is_file():
            return folder
    pytest.skip("needs PostgreSQL: initdb and pg_ctl")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture(scope="session")
def spark_master(require_tool) -> str:
    """Give the name of a local Spark, after seeing that Java and PySpark are there."""
    require_tool("java", called="Java")
    pytest.importorskip("pyspark", reason="needs PySpark: make spark")
    return "local[2]"
