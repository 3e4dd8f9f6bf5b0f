"""Whatever stands in the rows of an extract, each is accepted or set aside, and none is lost."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import HealthCheck, given, settings

from kpi.definitions.subject import Context
from kpi.engine import load_calendar
from kpi.errors import SourceError
from kpi.quality import check_tables
from kpi.run.prepare import declared_tables
from kpi.sources.reading import read_sources
from tests.drawn import GREENLAND, small_engine
from tests.sources.test_sources import BILLS, params
from tests.tried import tried

HEADER = list(BILLS.values())
SENSIBLE = {
    "Nr": ["1", "2", "3", "007", "0007"],
    "CPR": ["070761-4285", "0707614285", "707614285", "310290-1234", "010190-1111"],
    "Beløb": ["1.234,50", "0,00", "-12,50", "1.234,50-", "12"],
    "Modtaget": ["01-10-2019", "31.12.2019", "2019-11-05", "02-03-2020"],
    "Annulleret": ["Ja", "Nej", ""],
    "Bilagstype": ["Regning", "Regning", "Kreditnota", ""],
    "Kontor": ["Nuuk", "Tasiilaq"],
}
BROKEN = [
    "", " ", "31-02-2019", "01-10-19", "43739", "12.50", "1.234,50 kr.", "9" * 40, "#REF!", "NULL",
    "Ã¦", "\u00a0", "ja;nej", 'en "gåseøje', "to\r\nlinjer", "=1+1", "-", "–5", "1e5", "∞",
]  # fmt: skip
TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), max_size=20
)


def cells(column: str) -> st.SearchStrategy[str]:
    """Draw what may stand in a column: mostly what should, at times anything."""
    sensible = st.sampled_from(SENSIBLE[column])
    return st.one_of(sensible, sensible, sensible, st.sampled_from(BROKEN), TEXTS)


ROWS = st.lists(st.tuples(*(cells(column) for column in HEADER)), min_size=1, max_size=50)


def write(path: Path, rows: list[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows([HEADER, *rows])


@settings(max_examples=tried(8, at_least=2), suppress_health_check=[HealthCheck.too_slow])
@given(files=st.lists(ROWS, min_size=1, max_size=2))
def test_every_row_read_is_accepted_or_set_aside_for_one_reason(files):
    fmt = {"encoding": "utf-8", "separator": ";", "date": ["%d-%m-%Y", "%d.%m.%Y"], "decimal": ","}
    parameters = params(file="bills_*.csv", format=fmt, values={"kind": {"Regning": "bill"}})
    with tempfile.TemporaryDirectory() as folder:
        for number, rows in enumerate(files):
            write(Path(folder) / f"bills_{number}.csv", rows)
        backend = small_engine()
        load_calendar(backend, GREENLAND)
        try:
            extracts = read_sources(backend, parameters, Path(folder))
        except SourceError as error:
            assert "values that cannot be read" in error.found  # noqa: PT017 - one of two outcomes
            return
    written = sum(len(rows) for rows in files)
    context = Context(
        parameters.report.as_of, backend.table("calendar"), {"bills": backend.table("read_bills")}
    )
    (table,) = check_tables(
        backend,
        declared_tables(parameters),
        context,
        quarter=parameters.quarter,
        docs=None,
        override="the number of rows in the quarter does not matter here",
        extracts=extracts,
    ).tables
    assert [extract.rows for extract in extracts] == [len(rows) for rows in files]
    assert written == table.rows_read == table.rows_accepted + table.rows_set_aside
    assert table.rows_set_aside == sum(table.reasons.values())
    accepted = set(backend.execute(backend.table("accepted_bills").row_no))
    aside = set(range(1, written + 1)) - accepted
    assert (len(accepted), len(aside)) == (table.rows_accepted, table.rows_set_aside)
    assert accepted <= set(range(1, written + 1))
    backend.disconnect()
