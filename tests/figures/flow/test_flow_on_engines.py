"""PostgreSQL and Spark measure what DuckDB measures, to the last digit."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from kpi.engine import open_engine
from kpi.figures.flow import Clock, Terms, flow
from kpi.office_hours import OfficeHours
from kpi.periods import WorkCalendar

CLOCK = Clock(
    "Europe/Copenhagen",
    OfficeHours.parse("mon-thu 09:00-15:00, fri 09:00-12:00"),
    WorkCalendar("DK"),
    local_timestamps=True,
)
TERMS = Terms(ends={"paid"}, known={"received", "approved", "sent", "paid"})
FRAMES = ("transitions", "stages", "rework", "variants", "wip", "queues", "notes")


def drawn() -> pd.DataFrame:
    """Draw a log over both changes of the clock, with equal timestamps, gaps and odd names."""
    chance = random.Random(2019)  # noqa: S311 - a drawn example
    rows: list[tuple[Any, ...]] = []
    for case in range(80):
        at = pd.Timestamp("2019-03-20 08:00") + pd.Timedelta(chance.randrange(220 * 24), "h")
        for sequence, activity in enumerate(["received", "approved", "sent", "paid"]):
            if chance.random() < 0.9:
                rows.append((f"case {case}", activity, at, sequence))
            if chance.random() < 0.2:
                rows.append((f"case {case}", chance.choice(["approved", "løst"]), at, sequence))
            at += pd.Timedelta(chance.choice([0, 0, 1, 25, 200, 900]), "h")
    rows += [(None, "sent", at, 0), ("case 1", "", at, 0), ("case 2", "sent", pd.NaT, 0)]
    log = pd.DataFrame(rows, columns=["case_id", "activity", "happened_at", "sequence"])
    return log.assign(row_no=range(1, len(log) + 1))


def measured(engine: str, folder: Path, log: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Measure a log on an engine."""
    with open_engine(folder / "log.duckdb", engine) as backend:
        backend.create_table("log", log)
        found = flow(backend, backend.table("log"), CLOCK, TERMS)
        return {name: getattr(found, name) for name in FRAMES} | {"cases": found.case_frame()}


@pytest.mark.parametrize("engine", ["postgres_server", "spark_master"])
def test_the_same_tables_on_each_engine(engine, request, tmp_path):
    log = drawn()
    (tmp_path / "duckdb").mkdir()
    expected = measured("duckdb", tmp_path / "duckdb", log)
    found = measured(request.getfixturevalue(engine), tmp_path, log)
    for name, frame in expected.items():
        assert len(frame)
        pd.testing.assert_frame_equal(found[name], frame, check_dtype=False, check_exact=True)
