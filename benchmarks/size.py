"""Time a quarter's steps on millions of bills: sources, quality, measure, flow.

    python benchmarks/size.py                        1 and 10 million
    python benchmarks/size.py --rows 1e8 --steps quality measure flow
    python benchmarks/size.py --rows 1e7 --steps spark

So many bills are drawn by DuckDB, and as many events of bills. Each step runs in a process of its
own, whose peak memory is told. Figures are computed by kpi and, in turns with it on the same rows,
by the best DuckDB SQL that we know for these figures alone, and by pandas where that fits in
memory; all must agree. What counts is the ratio, for machines are noisy.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import flow
import pandas as pd

from kpi.engine import load_calendar, open_engine
from kpi.evaluate.counts import count_cases
from kpi.measure import measure
from kpi.metrics import CATALOGUE
from kpi.params import Params, load_params
from kpi.periods import Quarter
from kpi.quality import check_tables
from kpi.run import declared_tables
from kpi.sources import read_sources
from kpi.tables import Context

QUARTER = Quarter(2019, 4)
AS_OF = dt.date(2020, 1, 15)
METRIC = "payments_on_time"
MOST_FOR_PANDAS = 10_000_000
QUARTER_FILE = """
quarter: 2019Q4
as_of: 2020-01-15
history_from: 2018Q1
language: en
organisation: {name: A drawn town, municipality_code: "956"}
calendar: {country: GL, timezone: America/Nuuk}
sources:
  bills:
    file: bills.csv
    format: {date: "%Y-%m-%d %H:%M:%S"}
    columns: {bill_id: bill_id, citizen: citizen, supplier: supplier, kind: kind, office: office,
      invoice_number: invoice_number, amount_dkk: amount_dkk, received_at: received_at,
      approved_at: approved_at, sent_at: sent_at, posted_at: posted_at, paid_at: paid_at,
      is_paid: is_paid, municipality_code: municipality_code}
notebooks: [committee]
"""
TARGETS_FILE = """
metrics:
  payments_on_time:
    counting:
      - {due: {days: 20, unit: working_days}, quarter_by: due}
    targets:
      - {direction: at_least, value: 0.95}
"""
# One row in 500 breaks each of some rules; a person has eight bills, a supplier ten thousand.
BILLS = """
SELECT 'R' || lpad(i::VARCHAR, 10, '0') AS bill_id,
    {citizen} AS citizen,
    (hash(i) % greatest(1, {rows} // 10000))::VARCHAR AS supplier,
    'F' || (i - (i % 500 = 7)::INT * 500) AS invoice_number,
    CASE WHEN i % 500 = 1 THEN 0 ELSE (hash(i, 1) % 500000)::DECIMAL(18, 2) / 100 END
        ::DECIMAL(18, 2) AS amount_dkk,
    CASE WHEN i % 500 = 2 THEN 'gift' WHEN i % 100 = 3 THEN 'credit_note' ELSE 'bill' END AS kind,
    received AS received_at,
    NULL::TIMESTAMP AS due_at,
    received + to_days(1 + (hash(i, 2) % 12)::INT) AS approved_at,
    received + to_days(14 + (hash(i, 3) % 4)::INT) AS sent_at,
    received + to_days(19 + (hash(i, 4) % 3)::INT) AS posted_at,
    CASE WHEN i % 500 = 4 THEN received - INTERVAL 1 DAY
        WHEN i % 50 <> 5 THEN received + to_days(22 + (hash(i, 5) % 12)::INT) END AS paid_at,
    i % 100 <> 5 AS is_paid,
    NULL::BOOLEAN AS is_cancelled,
    'office ' || (i % 17) AS office,
    '956' AS municipality_code
FROM (SELECT i, TIMESTAMP '2017-11-01' + to_seconds((hash(i, 6) % 66000000)::INT) AS received
    FROM range({rows}) drawn(i))
"""
PSEUDONYM = "'p-' || lpad(to_hex(hash(hash(i, 7) % greatest(1, {rows} // 8))), 16, '0')"
NUMBER = (
    "strftime(DATE '1940-01-01' + (hash(hash(i, 7) % greatest(1, {rows} // 8)) % 28000)::INT, "
    "'%d%m%y') || '-' || lpad((hash(hash(i, 7) % greatest(1, {rows} // 8), 8) % 10000)::VARCHAR, "
    "4, '0')"
)


def draw(folder: Path, rows: int, steps: list[str]) -> None:
    """Write what the steps read: parameters, an extract as csv, tables as they are when read."""
    (folder / "2019Q4.yaml").write_text(QUARTER_FILE, encoding="utf-8")
    (folder / "targets.yaml").write_text(TARGETS_FILE, encoding="utf-8")
    if "sources" in steps:
        drawn = BILLS.format(rows=rows, citizen=NUMBER.format(rows=rows))
        duckdb.execute(f"COPY ({drawn}) TO '{folder / 'bills.csv'}' (FORMAT csv)")
    drawn = BILLS.format(rows=rows, citizen=PSEUDONYM.format(rows=rows))
    with duckdb.connect(folder / "tables.duckdb") as con:
        con.execute("SET preserve_insertion_order = false; SET memory_limit = '6GB'")
        con.execute(
            f"""CREATE TABLE read_bills AS SELECT *, '' AS citizen_check, '' AS unreadable,
                substr(bill_id, 2)::BIGINT + 1 AS row_no, 'bills.csv' AS source_file
            FROM ({drawn})"""
        )
    if "flow" in steps:
        flow.draw(folder / "events.duckdb", rows)


def params_in(folder: Path) -> Params:
    """Return the drawn town's parameters."""
    return load_params(folder, QUARTER, set(CATALOGUE))


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
        load_calendar(backend, params.report.calendar.work_calendar().table)
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


def ours(folder: Path) -> pd.DataFrame:
    """Return the figures as kpi computes them."""
    params = params_in(folder)
    with open_engine(folder / "tables.duckdb") as backend:
        measured = measure(backend, params)
        figures = count_cases(backend, params, measured)
        for table in ("periods", f"cases_{METRIC}"):
            backend.drop_table(table)
    return figures


BY_HAND = """
WITH due AS (SELECT c.date AS day, greatest(d.date, c.date) AS due_day, c.workday_index AS no
    FROM calendar c
        LEFT JOIN calendar d ON d.is_workday AND d.workday_index = c.workday_index + 20),
judged AS (SELECT row_no, coalesce(citizen, bill_id) AS person, received_at::DATE AS start_day,
        CASE WHEN paid_at::DATE <= DATE '2020-01-15' THEN paid_at::DATE END AS stop_day,
        coalesce(is_paid, false) AND paid_at IS NULL AS is_done
    FROM accepted_bills WHERE kind = 'bill' AND is_cancelled IS DISTINCT FROM true
        AND approved_at IS NOT NULL AND received_at::DATE <= DATE '2020-01-15'),
cases AS (SELECT person, stop.no + 1 - due.no AS elapsed, start_day, stop_day,
        CASE WHEN is_done OR due.due_day IS NULL OR stop_day < start_day THEN 'unknown'
            WHEN stop_day <= due.due_day THEN 'met' WHEN stop_day IS NOT NULL THEN 'missed'
            WHEN due.due_day >= DATE '2020-01-15' THEN 'not_yet_due' ELSE 'missed' END AS outcome,
        coalesce(due.due_day, stop_day, start_day) AS period_on
    FROM judged LEFT JOIN due ON start_day = due.day
        LEFT JOIN due stop ON stop_day - 1 = stop.day),
dated AS (SELECT {period} AS period, person, outcome,
        CASE WHEN stop_day > start_day THEN elapsed WHEN stop_day = start_day THEN 0 END AS days
    FROM cases JOIN calendar ON period_on = date WHERE quarter BETWEEN '2018Q1' AND '2019Q4'),
persons AS (SELECT period, person, count(*) FILTER (outcome = 'met') AS met,
        count(*) FILTER (outcome = 'missed') AS missed,
        count(*) FILTER (outcome = 'not_yet_due') AS not_yet_due,
        count(*) FILTER (outcome = 'unknown') AS unknown, count(days) AS timed
    FROM dated GROUP BY ALL)
SELECT * FROM (SELECT period, sum(met) AS met, sum(missed) AS missed,
        sum(not_yet_due) AS not_yet_due, sum(unknown) AS unknown,
        count(*) FILTER (met > 0) AS persons_met, count(*) FILTER (missed > 0) AS persons_missed,
        count(*) FILTER (not_yet_due > 0) AS persons_not_yet_due,
        count(*) FILTER (unknown > 0) AS persons_unknown,
        count(*) FILTER (met + missed + unknown > 0) AS persons,
        count(*) FILTER (timed > 0) AS persons_timed FROM persons GROUP BY period)
JOIN (SELECT period, quantile_cont(days, 0.5) AS median_days, quantile_cont(days, 0.9) AS p90_days,
        max(days) AS max_days FROM dated GROUP BY period) USING (period)
"""


def by_hand(folder: Path) -> pd.DataFrame:
    """Return the same from SQL written for these figures alone."""
    with duckdb.connect(folder / "tables.duckdb") as con:
        con.execute("SET memory_limit = '6GB'")
        parts = [con.execute(BY_HAND.format(period=p)).df() for p in ("quarter", "month", "week")]
    return pd.concat(parts)


def in_pandas(folder: Path) -> pd.DataFrame:
    """Return the same from a frame in memory, whose loading is measured, too."""
    columns = (
        "row_no, citizen, bill_id, kind, is_cancelled, approved_at, received_at, paid_at, is_paid"
    )
    with duckdb.connect(folder / "tables.duckdb") as con:
        rows = con.execute(f"SELECT {columns} FROM accepted_bills").df()
        days = con.execute("SELECT * FROM calendar").df()
    rows = rows[(rows["kind"] == "bill") & ~rows["is_cancelled"].fillna(False).astype(bool)]
    rows = rows[rows["approved_at"].notna() & (rows["received_at"].dt.normalize() <= str(AS_OF))]
    start, as_of = rows["received_at"].dt.normalize(), pd.Timestamp(AS_OF)
    stop = rows["paid_at"].dt.normalize().where(rows["paid_at"].dt.normalize() <= as_of)
    number = days.set_index("date")["workday_index"]
    workdays = days[days["is_workday"]].set_index("workday_index")["date"]
    due = (start.map(number) + 20).map(workdays)
    due = due.where(due >= start, start).where(due.notna())
    outcome = pd.Series("missed", rows.index)
    outcome[stop.isna() & (due >= as_of)] = "not_yet_due"
    outcome[stop.notna() & (stop <= due)] = "met"
    is_done = rows["is_paid"].fillna(False).astype(bool) & rows["paid_at"].isna()
    outcome[is_done | due.isna() | (stop < start)] = "unknown"
    elapsed = (stop - pd.Timedelta(days=1)).map(number) - start.map(number) + 1
    elapsed = elapsed.where(stop > start, 0).where(stop >= start)
    on = days.set_index("date").reindex(due.fillna(stop).fillna(start))
    cases = pd.DataFrame(
        {
            "person": rows["citizen"].fillna(rows["bill_id"]).to_numpy(),
            "outcome": outcome.to_numpy(),
            "days": elapsed.to_numpy(),
            **{kind: on[kind].to_numpy() for kind in ("quarter", "month", "week")},
        }
    )
    cases = cases[cases["quarter"].between("2018Q1", "2019Q4")]
    return pd.concat([_counted(cases, kind) for kind in ("quarter", "month", "week")])


def _counted(cases: pd.DataFrame, kind: str) -> pd.DataFrame:
    by = cases.groupby(kind)
    each = {"index": kind, "columns": "outcome", "values": "person", "fill_value": 0}
    counts = cases.pivot_table(**each, aggfunc="count")
    persons = cases.pivot_table(**each, aggfunc="nunique")
    judged = cases[cases["outcome"] != "not_yet_due"].groupby(kind)
    timed = cases[cases["days"].notna()].groupby(kind)
    return counts.join(persons.add_prefix("persons_")).assign(
        persons=judged["person"].nunique(),
        persons_timed=timed["person"].nunique(),
        median_days=by["days"].median(),
        p90_days=by["days"].quantile(0.9),
        max_days=by["days"].max(),
    ).rename_axis("period").reset_index()  # fmt: skip


FIGURES = (
    "met", "missed", "not_yet_due", "unknown", "persons", "persons_met", "persons_missed",
    "persons_not_yet_due", "persons_unknown", "persons_timed", "median_days", "p90_days",
    "max_days",
)  # fmt: skip
WAYS: dict[str, Callable[[Path], pd.DataFrame]] = {
    "ours": ours,
    "by hand": by_hand,
    "pandas": in_pandas,
}


def keep(found: pd.DataFrame, path: Path) -> None:
    """Write figures in one order and form."""
    found = found.set_index("period").reindex(columns=FIGURES).astype(float).fillna(0).round(6)
    found.sort_index().to_csv(path)


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
        load_calendar(backend, params.report.calendar.work_calendar().table)
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
    """Print the median time and the most memory."""
    seconds = statistics.median(s for s, _ in found)
    most = max(gigabytes for _, gigabytes in found)
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


def main() -> None:
    """Print times, memory and ratios for each number of rows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", nargs="+", type=float, default=[1e6, 1e7])
    parser.add_argument("--steps", nargs="+", choices=[*STEPS, "spark"], default=list(STEPS))
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--master", default="local[*]", help="Of Spark.")
    parser.add_argument("--folder", type=Path, help="Where the temporary files go.")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        step, way, folder = asked.one
        one(step, way, Path(folder))
        return
    for number in asked.rows:
        rows = int(number)
        with tempfile.TemporaryDirectory(dir=asked.folder) as name:
            folder = Path(name)
            draw(folder, rows, asked.steps)
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
