"""Of rows with one key the latest is the case's present state, where the source says which that is.

Bill 2 stands in two extracts: not paid in that of October, paid in that of November.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from kpi.definitions.subject import Context
from kpi.engine import load_calendar
from kpi.quality import QualityReport, check_tables
from kpi.run.prepare import declared_tables
from kpi.sources.reading import read_sources
from tests.drawn import GREENLAND, small_engine
from tests.sources.test_sources import params

HEADER = "Nr;Modtaget;Betalt;Bilagstype;Skrevet"
OCTOBER = "1;01-10-2019;05-10-2019;bill;31-10-2019\n2;02-10-2019;;bill;31-10-2019"
NOVEMBER = "2;02-10-2019;07-11-2019;bill;30-11-2019\n3;03-10-2019;06-11-2019;bill;30-11-2019"
OTHERWISE = "key_with_other_content"
COLUMNS = {"bill_id": "Nr", "received_at": "Modtaget", "paid_at": "Betalt", "kind": "Bilagstype"}


def checked(
    folder: Path, later: str = NOVEMBER, **source: object
) -> tuple[QualityReport, list[str]]:
    """Return what the checks find, and the days on which the accepted bills were paid."""
    for name, rows in (("bills_20191031", OCTOBER), ("bills_20191130", later)):
        (folder / f"{name}.csv").write_text(f"{HEADER}\n{rows}\n", encoding="utf-8")
    written = {"encoding": "utf-8", "separator": ";", "date": ["%d-%m-%Y"]}
    parameters = params(file="bills_*.csv", format=written, columns=COLUMNS, **source)
    backend = small_engine()
    load_calendar(backend, GREENLAND)
    extracts = read_sources(backend, parameters, folder)
    context = Context(
        parameters.report.as_of, backend.table("calendar"), {"bills": backend.table("read_bills")}
    )
    found = check_tables(
        backend,
        declared_tables(parameters),
        context,
        quarter=parameters.quarter,
        docs=None,
        override="few rows",
        extracts=extracts,
    )
    bills = backend.execute(backend.table("accepted_bills").order_by("bill_id"))
    return found, [f"{day:%m-%d}" if pd.notna(day) else "open" for day in bills["paid_at"]]


def doubtful(report: QualityReport) -> int:
    """Count the rows that tell different things of one bill."""
    findings = {finding.rule: finding.rows for finding in report.tables[0].findings}
    return findings[OTHERWISE]


def test_rows_of_one_key_that_tell_different_things_stop_the_run(tmp_path: Path) -> None:
    found, paid = checked(tmp_path)
    assert doubtful(found) == 2
    ((_, told),) = ((table, one) for table, one in found.stops if one.rule == OTHERWISE)
    assert told.where == "bills_20191031.csv, bills_20191130.csv"
    assert "latest: extract" in told.remedy
    assert paid == ["10-05", "11-06"]  # whoever goes on all the same goes on without it


@pytest.mark.parametrize("latest", ["extract", "Skrevet"])
def test_the_latest_is_the_present_state(tmp_path: Path, latest: str) -> None:
    found, paid = checked(tmp_path, latest=latest)
    assert doubtful(found) == 0
    assert paid == ["10-05", "11-07", "11-06"]


def test_rows_alike_are_a_repetition_and_nothing_else(tmp_path: Path) -> None:
    found, paid = checked(tmp_path, later=OCTOBER)
    assert doubtful(found) == 0
    assert found.tables[0].reasons == {"repeated_key": 2}
    assert paid == ["10-05", "open"]
