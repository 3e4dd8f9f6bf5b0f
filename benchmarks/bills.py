"""Drawn bills: what the benchmarks of size read."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb

from kpi.params import Params, load_params
from kpi.periods import Period

QUARTER = Period(2019, 4)
AS_OF = dt.date(2020, 1, 15)
METRIC = "payments_on_time"
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


def draw(folder: Path, rows: int, *, with_extract: bool) -> None:
    """Write parameters, tables as they are when read and, if asked for, an extract as csv."""
    (folder / "2019Q4.yaml").write_text(QUARTER_FILE, encoding="utf-8")
    (folder / "targets.yaml").write_text(TARGETS_FILE, encoding="utf-8")
    if with_extract:
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


def params_in(folder: Path) -> Params:
    """Return the drawn town's parameters."""
    return load_params(folder, QUARTER)
