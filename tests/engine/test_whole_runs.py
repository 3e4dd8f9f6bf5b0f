"""The three engines give one answer: whole runs on DuckDB, PostgreSQL and Spark."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from kpi_demo import write_demo

from kpi.engine.postgres import PREFIX
from kpi.figures.bottlenecks import where_stuck
from kpi.figures.cases import measure
from kpi.figures.counting_changes import overlap
from kpi.figures.durations import open_cases
from kpi.figures.effect import effect
from kpi.figures.outlook import outlook
from kpi.figures.results import evaluate
from kpi.params import cycle_of, load_params
from kpi.periods import Period
from kpi.record import payload
from kpi.run import Event, Places, accept, engine_for, run
from tests.town import build_town

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
ENGINES = ("postgres_server", "spark_master")
WHOLE = {
    "demo": ("2019Q4", ROOT / "params"),
    "boston311": ("2011Q4", ROOT / "params" / "examples" / "boston311"),
    "payment_requests": ("2018Q3", ROOT / "params" / "examples" / "payment_requests"),
    "sf311": ("2017Q2", ROOT / "params" / "examples" / "sf311"),
    "sf_fire": ("2011Q2", ROOT / "params" / "examples" / "sf_fire"),
    "tgv": ("2019Q4", ROOT / "params" / "examples" / "tgv"),
    "emergency": ("2018/19", ROOT / "params" / "examples" / "emergency"),
}
ON_SPARK = ("demo", "sf_fire", "tgv", "emergency")
"""A question costs Spark a second, however few the rows: the demo, and what it does not have,
percentiles of minutes, counts by month, sums of years."""
COMPARED = [
    (name, engine)
    for name in WHOLE  # what DuckDB found is kept from one engine to the next
    for engine in ENGINES
    if engine != "spark_master" or name in ON_SPARK
]


def ignore(event: Event) -> None:
    """Show no progress."""


def files_of(places: Places, engine: str) -> dict[str, bytes]:
    """Make the town's report on an engine; return its tables and its record by name."""
    reports = places.reports.with_name(f"reports_{engine.partition(':')[0].strip('[]')}")
    made = run(Period(2019, 4), replace(places, engine=engine, reports=reports), ignore)
    kinds = {".csv", ".parquet"}
    return {
        path.relative_to(made).as_posix(): path.read_bytes()
        for path in sorted(made.rglob("*"))
        if path.suffix in kinds
    } | {"run.json": (payload(made) / "run.json").read_bytes()}


@contextmanager
def watched(url: str) -> Iterator[list[tuple[str, ...]]]:
    """List what is made in a database meanwhile: the statement and the schema."""
    import psycopg

    seen: list[tuple[str, ...]] = []
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE made (statement text, place text)")
        connection.execute(
            """CREATE FUNCTION note_what_is_made() RETURNS event_trigger LANGUAGE plpgsql AS $$
            BEGIN
                INSERT INTO public.made SELECT command_tag,
                    CASE object_type WHEN 'schema' THEN object_identity ELSE schema_name END
                FROM pg_event_trigger_ddl_commands();
            END $$"""
        )
        connection.execute(
            "CREATE EVENT TRIGGER made ON ddl_command_end EXECUTE FUNCTION note_what_is_made()"
        )
        try:
            yield seen
        finally:
            connection.execute("DROP EVENT TRIGGER made")
            seen += connection.execute("SELECT DISTINCT statement, place FROM made").fetchall()
            connection.execute("DROP FUNCTION note_what_is_made")
            connection.execute("DROP TABLE made")


def relations(url: str) -> set[tuple[str, str]]:
    """Return every table, view, sequence and type of a database with its schema."""
    import psycopg

    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT nspname, relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace "
            "UNION SELECT nspname, '' FROM pg_namespace WHERE nspname NOT LIKE 'pg_t%'"
        )
        return {(schema, name) for schema, name in found if not schema.startswith("pg_t")}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_of_a_town(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Every table, to the byte; only the record says which engine it was, and not where."""
    address = request.getfixturevalue(engine)
    places = build_town(tmp_path)
    expected, found = files_of(places, "duckdb"), files_of(places, address)
    records = [json.loads(files.pop("run.json")) for files in (expected, found)]
    engines = [record.pop("engine") for record in records]
    assert [one["name"] for one in engines] == [
        "duckdb",
        engine.partition("_")[0].replace("spark", "pyspark"),
    ]
    assert records[0] == records[1]
    assert "127.0.0.1" not in json.dumps(engines)
    assert expected.keys() == found.keys()
    assert [name for name, content in expected.items() if content != found[name]] == []


def test_a_run_keeps_to_its_schema(postgres_server: str, tmp_path: Path) -> None:
    """It makes things nowhere else, and nothing of it is left."""
    places = replace(build_town(tmp_path), engine=postgres_server)
    before = relations(postgres_server)
    with watched(postgres_server) as made:
        run(Period(2019, 4), places, ignore)
    assert relations(postgres_server) == before
    elsewhere = {place for _, place in made if not place.startswith((PREFIX, "pg_temp"))}
    assert {statement for statement, _ in made} > {"CREATE SCHEMA", "CREATE TABLE"}
    assert elsewhere == set()


@cache
def figures(name: str, engine: str, folder: Path, data: Path) -> dict[str, pd.DataFrame]:
    """Return all figures of a quarter, before small ones are hidden."""
    quarter, parameters = WHOLE[name]
    params = load_params(parameters, cycle_of(parameters).parse(quarter))
    places = Places(params=parameters, data=data, engine=engine)
    folder.mkdir()
    with engine_for(params, places, folder) as backend:
        quality = accept(backend, params, places, None, ignore)
        measured = measure(backend, params)
        results = evaluate(backend, params, measured)
        return {
            "findings": quality.findings_frame(),
            "set aside": quality.set_aside_frame(),
            "results": results,
            "overlap": overlap(backend, params, measured, params.overlap_quarters),
            "outlook": outlook(backend, params, measured),
            "open cases": open_cases(backend, params, measured),
            "effect": effect(backend, params, measured, results, quality.rules),
            **where_stuck(backend, params, measured),
        }


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the demo's extracts."""
    folder = tmp_path_factory.mktemp("demo")
    write_demo(folder / "demo")
    return folder


@pytest.mark.parametrize(("name", "engine"), COMPARED)
def test_whole_quarters(
    name: str,
    engine: str,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Every figure of the demo and of the public data sets, to the last digit."""
    base = tmp_path_factory.getbasetemp()
    given = request.getfixturevalue
    data = given("demo") if name == "demo" else given("shared") / "data"
    expected = figures(name, "duckdb", base / f"{name}_duckdb", data)
    found = figures(name, given(engine), base / f"{name}_{engine}", data)
    assert expected.keys() == found.keys()
    for frame, rows in expected.items():
        pd.testing.assert_frame_equal(
            found[frame], rows, check_dtype=False, check_exact=True, obj=frame
        )
    assert len(expected["results"])
