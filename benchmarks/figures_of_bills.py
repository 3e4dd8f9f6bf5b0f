"""The figures of drawn bills, computed in several ways that must agree."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
from bills import AS_OF, METRIC, params_in

from kpi.engine import open_engine
from kpi.figures.cases import measure
from kpi.figures.counts import count_cases

MOST_FOR_PANDAS = 10_000_000


def ours(folder: Path) -> pd.DataFrame:
    """Return the figures as kpi computes them."""
    params = params_in(folder)
    with open_engine(folder / "tables.duckdb") as backend:
        measured = measure(backend, params)
        figures = count_cases(backend, params, measured)
        backend.drop_view(f"cases_{METRIC}")
        backend.drop_table("periods")
    return figures


CASES_BY_HAND = """
CREATE TEMP VIEW cases AS
WITH due AS (SELECT c.date AS day, greatest(d.date, c.date) AS due_day, c.workday_index AS no
    FROM calendar c
        LEFT JOIN calendar d ON d.is_workday AND d.workday_index = c.workday_index + 20),
judged AS (SELECT row_no, coalesce(citizen, bill_id) AS person, received_at::DATE AS start_day,
        CASE WHEN paid_at::DATE <= DATE '2020-01-15' THEN paid_at::DATE END AS stop_day,
        coalesce(is_paid, false) AND paid_at IS NULL AS is_done
    FROM accepted_bills WHERE kind = 'bill' AND is_cancelled IS DISTINCT FROM true
        AND approved_at IS NOT NULL AND received_at::DATE <= DATE '2020-01-15'),
clocked AS (SELECT person, stop.no + 1 - due.no AS elapsed, start_day, stop_day,
        CASE WHEN is_done OR due.due_day IS NULL OR stop_day < start_day THEN 'unknown'
            WHEN stop_day <= due.due_day THEN 'met' WHEN stop_day IS NOT NULL THEN 'missed'
            WHEN due.due_day >= DATE '2020-01-15' THEN 'not_yet_due' ELSE 'missed' END AS outcome,
        coalesce(due.due_day, stop_day, start_day) AS period_on
    FROM judged LEFT JOIN due ON start_day = due.day
        LEFT JOIN due stop ON stop_day - 1 = stop.day)
SELECT quarter, month, week, person, outcome,
    CASE WHEN stop_day > start_day THEN elapsed WHEN stop_day = start_day THEN 0 END AS days
FROM clocked JOIN calendar ON period_on = date WHERE quarter BETWEEN '2018Q1' AND '2019Q4';
CREATE TEMP TABLE alike AS SELECT quarter, month, week, outcome, days, count(*) AS cases
FROM cases GROUP BY ALL;
"""
BY_HAND = """
WITH persons AS (SELECT {period} AS period, person, bit_or(CASE outcome WHEN 'met' THEN 1
        WHEN 'missed' THEN 2 WHEN 'not_yet_due' THEN 4 ELSE 8 END
        + CASE WHEN days IS NULL THEN 0 ELSE 16 END) AS marks
    FROM cases GROUP BY ALL),
counted AS (SELECT {period} AS period, outcome, days, sum(cases) AS cases
    FROM alike GROUP BY ALL),
ranked AS (SELECT period, days, sum(cases) OVER (PARTITION BY period ORDER BY days) AS reached,
        sum(cases) OVER (PARTITION BY period) - 1 AS last
    FROM (SELECT period, days, sum(cases) AS cases FROM counted WHERE days IS NOT NULL GROUP BY ALL)
)
SELECT * FROM (SELECT period, sum(cases) FILTER (outcome = 'met') AS met,
        sum(cases) FILTER (outcome = 'missed') AS missed,
        sum(cases) FILTER (outcome = 'not_yet_due') AS not_yet_due,
        sum(cases) FILTER (outcome = 'unknown') AS unknown FROM counted GROUP BY period)
JOIN (SELECT period, count(*) FILTER (marks & 1 > 0) AS persons_met,
        count(*) FILTER (marks & 2 > 0) AS persons_missed,
        count(*) FILTER (marks & 4 > 0) AS persons_not_yet_due,
        count(*) FILTER (marks & 8 > 0) AS persons_unknown,
        count(*) FILTER (marks & 11 > 0) AS persons,
        count(*) FILTER (marks & 16 > 0) AS persons_timed
    FROM persons GROUP BY period) USING (period)
LEFT JOIN (SELECT period, max(days) AS max_days, {median} AS median_days, {p90} AS p90_days
    FROM ranked GROUP BY period) USING (period)
"""


def by_hand(folder: Path) -> pd.DataFrame:
    """Return the same from SQL written for these figures alone."""
    with duckdb.connect(folder / "tables.duckdb") as con:
        con.execute("SET memory_limit = '6GB'")
        con.execute(CASES_BY_HAND)
        shares = {"median": _quantile(0.5), "p90": _quantile(0.9)}
        queries = [BY_HAND.format(period=p, **shares) for p in ("quarter", "month", "week")]
        return pd.concat([con.execute(query).df() for query in queries])


def _quantile(share: float) -> str:
    """Write the interpolated quantile of times that are counted, not stored."""
    place = f"(last * {share})"
    below = f"min(days) FILTER (reached > floor({place}))"
    above = f"min(days) FILTER (reached > ceil({place}))"
    return f"{below} + ({above} - {below}) * max({place} - floor({place}))"


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
