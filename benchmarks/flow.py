"""Time transitions and stages, with business time and exact medians, of millions of events.

    python benchmarks/flow.py                       1 and 10 million events
    python benchmarks/flow.py --events 1e7 5e7      other numbers
    python benchmarks/flow.py --pm4py               pm4py besides, in an environment of its own

Ours alternates with the best hand-written DuckDB SQL that we know, each in a process of its own on
the same file; what counts is the ratio, for machines are noisy. Peak memory is the process's.
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
import venv
from collections.abc import Callable
from pathlib import Path

import duckdb
import ibis
import pandas as pd

from kpi.figures.flow import Clock
from kpi.figures.flow.events import STEPS, store_steps
from kpi.figures.flow.transitions import waits
from kpi.office_hours import OfficeHours

MEMORY = "1400MB"
HOURS = "07:00-17:00"
PM4PY = ("pm4py>=2.7,<2.8", "pyarrow")
Measure = Callable[[Path], pd.DataFrame]


def draw(path: Path, events: int) -> None:
    """Write a log of cases of six events and twelve activities over four years."""
    cases = events // 6
    with duckdb.connect(path) as con:
        con.execute(
            f"""CREATE TABLE events AS SELECT
                'case' || (100000 + (i * 7919) % {cases}) AS case_id,
                'Step ' || chr(65 + ((hash(i // 8) % 4 + i // {cases} * 2) % 12)::INT) AS activity,
                make_timestamp(1483228800000000
                    + ((i * 7919) % {cases} * (63072000000000 // {cases}))::BIGINT
                    + i // {cases} * 172800000000
                    + (hash(i) % 172800000000)::BIGINT // 1000000 * 1000000) AS happened_at,
                i AS row_no
            FROM range({events}) drawn(i)"""
        )


def ours(path: Path) -> pd.DataFrame:
    """Return the transitions as kpi.figures.flow measures them; the stages are measured, too."""
    backend = ibis.duckdb.connect(path, threads=os.cpu_count())
    backend.raw_sql(f"SET memory_limit = '{MEMORY}'")
    backend.raw_sql("SET preserve_insertion_order = false")
    store_steps(backend, backend.table("events"), Clock("UTC", OfficeHours.parse(HOURS)), None)
    transitions, _ = waits(backend, backend.table(STEPS), has_hours=True)
    return transitions


def by_hand(path: Path) -> pd.DataFrame:
    """Return the same from SQL written for this question alone, in two steps.

    Activities as numbers, times as whole microseconds, a row a transition stored first, in as many
    parts as memory needs, and measured after.
    """
    con = duckdb.connect(path)
    con.execute(f"SET memory_limit = '{MEMORY}'; SET preserve_insertion_order = false")
    con.execute(
        """CREATE OR REPLACE TABLE hours AS
        WITH days AS (SELECT (DATE '2016-01-01' + i::INT)::DATE AS day FROM range(3000) r(i)),
        opened AS (SELECT day, epoch_us(day::TIMESTAMP) + 25200000000 AS opens,
            CASE WHEN isodow(day) < 6 THEN 36000000000::BIGINT ELSE 0 END AS open_for FROM days)
        SELECT *, coalesce(sum(open_for) OVER (ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING
            AND 1 PRECEDING), 0)::BIGINT AS before FROM opened"""
    )
    con.execute(
        """CREATE OR REPLACE TABLE names AS SELECT activity,
            row_number() OVER (ORDER BY activity)::SMALLINT AS no
        FROM (SELECT DISTINCT activity FROM events)"""
    )
    con.execute("CREATE OR REPLACE TABLE waits (a SMALLINT, b SMALLINT, wait BIGINT, work BIGINT)")
    parts = 1 + con.execute("SELECT count(*) FROM events").fetchall()[0][0] // 17_000_000
    for part in range(parts):
        con.execute(
            f"""INSERT INTO waits WITH placed AS (
                SELECT case_id, no, epoch_us(happened_at) AS moment, row_no,
                    before + greatest(0, least(epoch_us(happened_at) - opens, open_for)) AS position
                FROM events JOIN names USING (activity) JOIN hours ON happened_at::DATE = day
                {f"WHERE hash(case_id) % {parts} = {part}" if parts > 1 else ""}),
            pairs AS (SELECT no AS a, lead(no) OVER w AS b, lead(moment) OVER w - moment AS wait,
                    lead(position) OVER w - position AS work FROM placed
                WINDOW w AS (PARTITION BY case_id ORDER BY moment, row_no))
            SELECT * FROM pairs WHERE b IS NOT NULL"""
        )
    con.execute(
        """SELECT a, count(*), avg(wait), median(wait), sum(wait), avg(work), median(work),
            sum(work) FROM waits GROUP BY a"""
    ).fetchall()
    return con.execute(
        """SELECT f.activity AS from_activity, t.activity AS to_activity, count(*) AS n,
            avg(wait) / 1e6 AS mean_s, median(wait) / 1e6 AS median_s, min(wait) / 1e6 AS min_s,
            max(wait) / 1e6 AS max_s, sum(wait) / 1e6 AS sum_s, stddev_samp(wait) / 1e6 AS stdev_s,
            avg(work) / 1e6 AS business_mean_s, median(work) / 1e6 AS business_median_s,
            sum(work) / 1e6 AS business_sum_s
        FROM waits JOIN names f ON a = f.no JOIN names t ON b = t.no GROUP BY ALL ORDER BY ALL"""
    ).df()


WAYS: dict[str, Measure] = {"ours": ours, "by hand": by_hand}

# Both clocks of pm4py, as ours has both in one call.
PM4PY_SCRIPT = """
import json, resource, sys, time
import pandas as pd
import pm4py
log = pd.read_parquet(sys.argv[1])
log = pm4py.format_dataframe(log, case_id="case_id", activity_key="activity",
                             timestamp_key="happened_at")
start = time.perf_counter()
pm4py.discover_performance_dfg(log, perf_aggregation_key="all")
pm4py.discover_performance_dfg(log, business_hours=True, perf_aggregation_key="all",
    business_hour_slots=[(d * 86400 + 25200, d * 86400 + 61200) for d in range(5)])
seconds = time.perf_counter() - start
print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6]))
"""


def timed(command: list[str]) -> tuple[float, float]:
    """Return the seconds and peak gigabytes that a process reports on its last line."""
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds, gigabytes = json.loads(done.stdout.splitlines()[-1])
    return seconds, gigabytes


def measure(way: str, log: Path) -> None:
    """Measure in this process, on a copy of the log, and print seconds and peak gigabytes."""
    ibis.duckdb  # noqa: B018 - imports the rest of Ibis: imports are not what is measured
    start = time.perf_counter()
    WAYS[way](log)
    seconds = time.perf_counter() - start
    print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6]))


def side_by_side(log: Path, pairs: int) -> dict[str, list[tuple[float, float]]]:
    """Measure each way `pairs` times, in turns, on a fresh copy of the log each time."""
    found: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
    for _ in range(pairs):
        for way in WAYS:
            copy = log.with_name("copy.duckdb")
            copy.write_bytes(log.read_bytes())
            found[way].append(timed([sys.executable, __file__, "--measure", way, str(copy)]))
            copy.unlink()
    return found


def pm4py(log: Path, folder: Path) -> tuple[float, float]:
    """Measure with pm4py, installed into an environment of its own in the folder."""
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PM4PY], check=True)
    table = log.with_suffix(".parquet")
    with duckdb.connect(log) as con:
        con.execute(f"COPY events TO '{table}'")
    return timed([str(python), "-c", PM4PY_SCRIPT, str(table)])


def report(events: int, found: dict[str, list[tuple[float, float]]]) -> float:
    """Print times, memory and the ratio of ours to the SQL; return our median time."""
    medians = {way: statistics.median(s for s, _ in times) for way, times in found.items()}
    ratios = [a / b for (a, _), (b, _) in zip(found["ours"], found["by hand"], strict=True)]
    for way, times in found.items():
        most = max(gigabytes for _, gigabytes in times)
        print(f"{events:>12,}  {way:<8} {medians[way]:8.2f} s  {most:5.2f} GB")
    print(
        f"{events:>12,}  ratio    {statistics.median(ratios):8.2f}    "
        f"({min(ratios):.2f} to {max(ratios):.2f}, {len(ratios)} pairs)",
        flush=True,
    )
    return medians["ours"]


def main() -> None:
    """Print times and ratios for each number of events."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", nargs="+", type=float, default=[1e6, 1e7])
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--pm4py", type=Path, nargs="?", const=Path(".pm4py"), metavar="FOLDER")
    parser.add_argument("--measure", nargs=2, metavar=("WAY", "LOG"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        measure(asked.measure[0], Path(asked.measure[1]))
        return
    with tempfile.TemporaryDirectory() as folder:
        medians = {}
        for number in asked.events:
            events, log = int(number), Path(folder) / f"{number:.0f}.duckdb"
            draw(log, events)
            medians[events] = report(events, side_by_side(log, asked.pairs))
            if asked.pm4py and events <= 1_000_000:
                seconds, gigabytes = pm4py(log, asked.pm4py)
                print(f"{events:>12,}  pm4py    {seconds:8.2f} s  {gigabytes:5.2f} GB")
                print(f"{events:>12,}  ratio    {seconds / medians[events]:8.1f}    pm4py to ours")
            log.unlink()
        small, large = min(medians), max(medians)
        if small != large:
            rise = medians[large] / medians[small]
            print(f"{large / small:.0f} times the events take {rise:.1f} times as long")


if __name__ == "__main__":
    main()
