"""Cases counted by kpi.figures.counts, against counting row by row."""

from __future__ import annotations

from collections.abc import Iterator

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ibis.backends.duckdb import Backend

from kpi.figures.counts import IN_DENOMINATOR, OUTCOMES, counts_of
from tests.drawn import small_engine
from tests.tried import tried

TIMES = st.none() | st.integers(-3, 40)
CASES = st.lists(
    st.tuples(
        st.sampled_from(["2019Q2", "2019Q3", "2019Q4"]),
        st.sampled_from(["north", "south", "east"]),
        st.none() | st.sampled_from(["Aka", "Bo", "Ane"]),
        st.sampled_from([*OUTCOMES, "counted", "open"]),
        TIMES,
        TIMES,
    ),
    max_size=80,
)


@pytest.fixture(scope="module")
def engine() -> Iterator[Backend]:
    backend = small_engine()
    yield backend
    backend.disconnect()


def _table(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    columns = ["quarter", "group_office", "person", "outcome", "days", "net_days"]
    texts = dict.fromkeys(columns[:4], "str")
    return pd.DataFrame(rows, columns=columns).astype(
        {**texts, "days": "Int64", "net_days": "Int64"}
    )


@settings(max_examples=tried(25))
@given(rows=CASES)
def test_every_case_and_person_is_counted_where_they_belong(
    engine: Backend, rows: list[tuple[object, ...]]
) -> None:
    table = _table(rows)
    counted = counts_of(
        engine, ibis.memtable(table.assign(weight=1)), ["quarter"], ["group_office"]
    )
    expected = {(period, office) for period, office, *_ in rows}
    assert set(zip(counted["period"], counted["group_office"], strict=True)) == expected
    for row in counted.to_dict("records"):
        own = table[table["quarter"] == row["period"]]
        own = own[own["group_office"] == row["group_office"]]
        judged = own[own["outcome"].isin(IN_DENOMINATOR)]
        assert (row["n"], row["persons"]) == (len(judged), judged["person"].nunique())
        for outcome in OUTCOMES:
            had = own[own["outcome"] == outcome]
            counts = row[outcome], row[f"persons_{outcome}"]
            assert counts == (len(had), had["person"].nunique())
        timed = own.dropna(subset=["days"])
        assert row["persons_timed"] == timed["person"].nunique()
        days = timed["days"].to_numpy(dtype=float)
        net = own["net_days"].dropna().to_numpy(dtype=float)
        shares = ("median_days", days, 0.5), ("p90_days", days, 0.9), ("median_net_days", net, 0.5)
        for name, times, share in shares:
            value = np.quantile(times, share) if len(times) else np.nan
            assert row[name] == pytest.approx(value, abs=1e-6, nan_ok=True)
        longest = days.max() if len(days) else np.nan
        assert row["max_days"] == pytest.approx(longest, nan_ok=True)
