"""Time a quarter's steps on millions of bills: sources, quality, measure, flow.

    python benchmarks/size.py                        1 and 10 million
    python benchmarks/size.py --rows 1e8 --steps quality measure flow
    python benchmarks/size.py --rows 1e7 --steps spark
    python benchmarks/size.py --note measured.csv    adds what was measured to a file, for chart.py

So many bills are drawn by DuckDB, and as many events of bills. Each step runs in a process of its
own, whose peak memory is told. Figures are computed by kpi and, in turns with it on the same rows,
by the best DuckDB SQL that we know for these figures alone, and by pandas where that fits in
memory; all must agree. What counts is the ratio, for machines are noisy.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import flow
import pandas as pd
from bills import AS_OF, QUARTER, draw, params_in
from figures_of_bills import MOST_FOR_PANDAS, WAYS, keep

from kpi.definitions.rules import Context
from kpi.engine import load_calendar, open_engine
from kpi.figures.cases import measure
from kpi.figures.counts import count_cases
from kpi.quality import check_tables
from kpi.run import declared_tables
from kpi.sources.reading import read_sources


def sources(folder: Path) -> float:
    """Read the extract into typed tables."""
    params = params_in(folder)
    with tempfile.TemporaryDirectory(dir=folder) as own:
        start = time.perf_counter()
        with open_engine(Path(own) / "tables.duckdb") as backend:
            read_sources(backend, params, folder)
        return time.perf_counter() - start


def quality(folder: Path) -> float:
    """Check the bills and let Great Expectations count them too; importing it is not measured."""
    import great_expectations.expectations  # noqa: F401

    params = params_in(folder)
    with open_engine(folder / "tables.duckdb") as backend:
        load_calendar(backend, params.report.calendar.work_calendar())
        start = time.perf_counter()
        context = Context(
            AS_OF, backend.table("calendar"), {"bills": backend.table("read_bills")}, "956"
        )
        tables = declared_tables(params)
        report = check_tables(
            backend, tables, context, quarter=QUARTER, docs=folder / "docs", language="en"
        )
        seconds = time.perf_counter() - start
    checked = report.tables[0]
    assert checked.rows_read == checked.rows_accepted + checked.rows_set_aside
    print(f"{len(checked.findings)} rules, {checked.rows_set_aside:,} rows set aside")
    return seconds


def figures(way: str, folder: Path) -> float:
    """Compute the figures in one way and write them down."""
    import ibis

    ibis.duckdb  # noqa: B018 - imports the rest of Ibis: imports are not what is measured
    start = time.perf_counter()
    found = WAYS[way](folder)
    seconds = time.perf_counter() - start
    keep(found, folder / f"{way}.csv")
    return seconds


def spark(folder: Path, master: str) -> float:
    """Measure the figures with Spark, whose start and reading of the bills are not measured."""
    params = params_in(folder)
    bills = folder / "bills.parquet"
    with duckdb.connect(folder / "tables.duckdb") as con:
        con.execute("SET memory_limit = '4GB'; SET preserve_insertion_order = false")
        con.execute(f"COPY (FROM accepted_bills) TO '{bills}' (ROW_GROUP_SIZE 500000)")
    with open_engine(folder / "spark.duckdb", master) as backend:
        load_calendar(backend, params.report.calendar.work_calendar())
        session = backend._session
        session.read.parquet(bills.as_uri()).createOrReplaceTempView("accepted_bills")
        start = time.perf_counter()
        found = count_cases(backend, params, measure(backend, params))
        seconds = time.perf_counter() - start
        print(f"Java: {_peak_of_java(session):.2f} GB")
    keep(found, folder / "spark.csv")
    return seconds


def _peak_of_java(session: object) -> float:
    java = session._sc._gateway.jvm.java.lang.ProcessHandle.current().pid()  # type: ignore[attr-defined]
    status = Path(f"/proc/{java}/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1e6


def flows(way: str, folder: Path) -> float:
    """Measure transitions and stages of the events, with as much memory as the figures have."""
    flow.MEMORY = "6GB"
    start = time.perf_counter()
    flow.WAYS[way](folder / "events.duckdb")
    return time.perf_counter() - start


def one(step: str, way: str, folder: Path) -> None:
    """Do one step in this process; print seconds and peak gigabytes."""
    if step == "measure":
        seconds = figures(way, folder)
    elif step == "flow":
        seconds = flows(way, folder)
    elif step == "spark":
        seconds = spark(folder, way)
    else:
        seconds = {"sources": sources, "quality": quality}[step](folder)
    print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6]))


def apart(step: str, way: str, folder: Path) -> tuple[float, float]:
    """Do one step in a process of its own; return seconds and peak gigabytes."""
    command = [sys.executable, __file__, "--one", step, way, str(folder)]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True, env=os.environ)
    if done.returncode:
        print(f"{step} {way}: exit code {done.returncode}", flush=True)
        return float("nan"), float("nan")
    *told, last = done.stdout.splitlines()
    for line in told:
        print(f"             {line}")
    seconds, gigabytes = json.loads(last)
    return seconds, gigabytes


def tell(rows: int, step: str, way: str, found: list[tuple[float, float]]) -> None:
    """Print the median time and the most memory, and note them down."""
    seconds = statistics.median(s for s, _ in found)
    most = max(gigabytes for _, gigabytes in found)
    if NOTES:
        with NOTES[0].open("a", encoding="utf-8") as file:
            file.write(f"{step},{way},{rows},{seconds:.2f},{most:.2f}\n")
    print(f"{rows:>12,}  {step:<8} {way:<9} {seconds:9.2f} s  {most:6.2f} GB", flush=True)


def in_turns(rows: int, step: str, ways: list[str], folder: Path, pairs: int) -> None:
    """Do a step in each way, in turns; print times and the ratio of ours to the SQL by hand."""
    found: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
    for _ in range(pairs):
        for way in ways:
            found[way].append(apart(step, way, folder))
    for way in ways:
        tell(rows, step, way, found[way])
    ratios = [a / b for (a, _), (b, _) in zip(found["ours"], found["by hand"], strict=True)]
    print(
        f"{rows:>12,}  {step:<8} ratio     {statistics.median(ratios):9.2f}    "
        f"({min(ratios):.2f} to {max(ratios):.2f}, {len(ratios)} pairs)",
        flush=True,
    )


def see_alike(folder: Path) -> None:
    """See that all ways gave the same figures."""
    ways = [*WAYS, "spark"]
    tables = {way: folder / f"{way}.csv" for way in ways}
    read = {way: pd.read_csv(path) for way, path in tables.items() if path.exists()}
    for way, table in read.items():
        pd.testing.assert_frame_equal(table, read["ours"], obj=way)
    print(f"             the same {len(read['ours'])} rows of figures: {', '.join(read)}")


STEPS = ("sources", "quality", "measure", "flow")
NOTES: list[Path] = []


def main() -> None:
    """Print times, memory and ratios for each number of rows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", nargs="+", type=float, default=[1e6, 1e7])
    parser.add_argument("--steps", nargs="+", choices=[*STEPS, "spark"], default=list(STEPS))
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--master", default="local[*]", help="Of Spark.")
    parser.add_argument("--folder", type=Path, help="Where the temporary files go.")
    parser.add_argument("--note", type=Path, help="A file to add what was measured to.")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        step, way, folder = asked.one
        one(step, way, Path(folder))
        return
    NOTES[:] = [asked.note] if asked.note else []
    for number in asked.rows:
        rows = int(number)
        with tempfile.TemporaryDirectory(dir=asked.folder) as name:
            folder = Path(name)
            draw(folder, rows, with_extract="sources" in asked.steps)
            if "flow" in asked.steps:
                flow.draw(folder / "events.duckdb", rows)
            if "sources" in asked.steps:
                tell(rows, "sources", "", [apart("sources", "", folder)])
            tell(rows, "quality", "", [apart("quality", "", folder)])
            if "measure" in asked.steps:
                ways = [way for way in WAYS if way != "pandas" or rows <= MOST_FOR_PANDAS]
                in_turns(rows, "measure", ways, folder, asked.pairs)
            if "spark" in asked.steps:
                tell(rows, "measure", "Spark", [apart("spark", asked.master, folder)])
            if "measure" in asked.steps:
                see_alike(folder)
            if "flow" in asked.steps:
                in_turns(rows, "flow", list(flow.WAYS), folder, asked.pairs)


if __name__ == "__main__":
    main()
