"""Engines: what is said of one that is unknown, absent or out of reach, and what is left behind."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from kpi.engine import described, open_engine
from kpi.engine.postgres import PREFIX
from kpi.errors import ParameterError, RunError


def opened(engine: str, folder: Path) -> None:
    """Open an engine, and close it again."""
    with open_engine(folder / "tables.duckdb", engine):
        pass


@pytest.fixture
def nobody() -> str:
    """Give a host and port where nothing answers."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{one.getsockname()[1]}"


@pytest.mark.parametrize(
    ("engine", "found"),
    [
        ("sqlite:///x", "begins with 'sqlite'"),
        ("", "begins with ''"),
        ("postgresql://kpi:hunter2@db/town", "a password in --engine"),
        ("postgresql://kpi@db/town?password=hunter2", "a password in --engine"),
        ("postgresql://kpi@[db/town", "an address of PostgreSQL that cannot"),
        ("postgresql://kpi@db/town?secret=hunter2", "an address of PostgreSQL that cannot"),
    ],
)
def test_an_address_that_is_none(engine: str, found: str, tmp_path: Path) -> None:
    """The analyst mends it; what was written is not repeated, for it may hold a password."""
    with pytest.raises(ParameterError) as raised:
        opened(engine, tmp_path)
    assert found in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_a_database_that_does_not_answer(nobody: str, tmp_path: Path) -> None:
    """Neither host nor user is named: the message may be forwarded."""
    with pytest.raises(RunError, match="The database of the engine can be reached") as raised:
        opened(f"postgresql://someone@{nobody}/town", tmp_path)
    assert "someone" not in str(raised.value)
    assert nobody not in str(raised.value)


def test_a_master_that_does_not_answer(nobody: str, spark_master: str, tmp_path: Path) -> None:
    """It is seen at once; Spark itself would try for a minute."""
    with pytest.raises(RunError, match="The master of the engine can be reached"):
        opened(f"spark://{nobody}", tmp_path)


def test_without_java(spark_master: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Spark cannot say so itself: its start would only end."""
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ParameterError, match="no program java on the path"):
        opened(spark_master, tmp_path)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(ParameterError, match="no program java in JAVA_HOME"):
        opened(spark_master, tmp_path)


@pytest.mark.parametrize(
    ("module", "engine", "extra"),
    [
        ("pyspark", "local[2]", r"kpi\[spark\]"),
        ("psycopg", "postgresql://db/town", r"psycopg\[binary\]"),
    ],
)
def test_without_its_package(
    module: str, engine: str, extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message says how to install it."""
    for name in [one for one in sys.modules if one.partition(".")[0] == module]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ParameterError, match=f"no module {module}[^$]*{extra}"):
        opened(engine, tmp_path)


def schemas(url: str) -> list[str]:
    """Return the schemas that runs have left in a database."""
    import psycopg

    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT nspname FROM pg_namespace").fetchall()
    return [name for (name,) in found if name.startswith(PREFIX)]


def failing(url: str, folder: Path) -> None:
    """Begin a run that goes wrong."""
    with open_engine(folder / "tables.duckdb", url) as backend:
        backend.raw_sql("CREATE TABLE bills AS SELECT 1 AS bill_id")
        assert backend.list_tables() == ["bills"]
        assert len(schemas(url)) == 1
        raise LookupError


def test_the_schema_goes_after_a_failure(postgres_server: str, tmp_path: Path) -> None:
    """Whatever happens, the run's tables are dropped."""
    with pytest.raises(LookupError):
        failing(postgres_server, tmp_path)
    assert schemas(postgres_server) == []


def test_a_connection_that_breaks(postgres_server: str, tmp_path: Path) -> None:
    """It is an error that the user can mend, not a traceback."""
    with (
        pytest.raises(RunError, match="The database carries the run to its end"),
        open_engine(tmp_path / "tables.duckdb", postgres_server) as backend,
    ):
        backend.raw_sql("SELECT pg_terminate_backend(pg_backend_pid())")
    wait_until_free(postgres_server)
    opened(postgres_server, tmp_path)
    assert schemas(postgres_server) == []


def wait_until_free(url: str) -> None:
    """Wait until the server has seen that a session is gone."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(100):
            row = connection.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
            if row.fetchone() == (0,):
                return
            time.sleep(0.1)
    raise TimeoutError


_WAITING = """
import sys
import time
from pathlib import Path
from kpi.engine import open_engine
with open_engine(Path(sys.argv[1]) / "tables.duckdb", sys.argv[2]) as backend:
    backend.raw_sql("CREATE TABLE bills AS SELECT 1 AS bill_id")
    print("ready", flush=True)
    sys.stdin.read()
"""


def test_the_schema_of_a_killed_run_goes_with_the_next(
    postgres_server: str, tmp_path: Path
) -> None:
    """While its process lives, other runs leave it alone; who was killed can drop nothing."""
    with subprocess.Popen(
        [sys.executable, "-c", _WAITING, str(tmp_path), postgres_server],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        (its_own,) = schemas(postgres_server)
        opened(postgres_server, tmp_path)
        assert schemas(postgres_server) == [its_own]
        process.kill()
    wait_until_free(postgres_server)
    assert schemas(postgres_server) == [its_own]
    opened(postgres_server, tmp_path)
    assert schemas(postgres_server) == []


def test_what_is_no_runs_or_in_use_stays(postgres_server: str, tmp_path: Path) -> None:
    """A schema whose name only begins like a run's; one that somebody reads in."""
    import psycopg

    like, read = f"{PREFIX}archive", f"{PREFIX}{'a' * 12}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {like}")
        connection.execute(f"CREATE SCHEMA {read}")
        connection.execute(f"CREATE TABLE {read}.bills (bill_id text)")
        try:
            with psycopg.connect(postgres_server) as reader:
                reader.execute(f"SELECT * FROM {read}.bills")
                opened(postgres_server, tmp_path)
                assert set(schemas(postgres_server)) == {like, read}
            opened(postgres_server, tmp_path)
            assert schemas(postgres_server) == [like]
        finally:
            connection.execute(f"DROP SCHEMA {like}")


def test_a_user_who_may_make_no_schema(postgres_server: str, tmp_path: Path) -> None:
    """The message says which right is missing."""
    import psycopg

    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("CREATE ROLE newcomer LOGIN")
        try:
            with pytest.raises(RunError, match="GRANT CREATE ON DATABASE"):
                opened(postgres_server.replace("kpi@", "newcomer@"), tmp_path)
        finally:
            connection.execute("DROP ROLE newcomer")


@pytest.mark.parametrize("engine", ["duckdb", "postgres_server"])
def test_how_an_engine_is_described(engine: str, request: Any, tmp_path: Path) -> None:
    """By name and version; nothing of where it is."""
    address = engine if engine == "duckdb" else request.getfixturevalue(engine)
    with open_engine(tmp_path / "tables.duckdb", address) as backend:
        found = described(backend)
    assert found["name"] == engine.removesuffix("_server")
    assert found["version"][0].isdigit()
    assert not {"@", ":", "/"} & set("".join(found.values()))


_RUN = """
import sys
import time
from pathlib import Path
from kpi.engine import open_engine
with open_engine(Path(sys.argv[1]) / "tables.duckdb", "local[1]") as backend:
    backend.raw_sql("CREATE TABLE bills AS SELECT 1 AS bill_id")
    print(*backend.list_tables())
"""


def test_spark_is_quiet(spark_master: str, tmp_path: Path) -> None:
    """Nothing of Java's reaches the user, and nothing lies in the folder one works in."""
    tables, here = tmp_path / "tables", tmp_path / "here"
    tables.mkdir()
    here.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", _RUN, str(tables)],
        cwd=here,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("bills\n", "")
    assert list(here.iterdir()) == []
