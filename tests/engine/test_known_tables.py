"""A table that an engine knows is the table that is there, whatever has made it anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import ibis
import pandas as pd
import pytest
from ibis.backends.duckdb import Backend

from kpi.engine import open_engine, rename

OLD, NEW = pd.DataFrame({"a": [1]}), pd.DataFrame({"b": ["x"], "c": [2.0]})


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Backend]:
    with open_engine(tmp_path / "tables.duckdb") as engine:
        engine.create_table("one", OLD)
        assert engine.table("one").columns == ("a",)
        yield engine


def renamed(backend: Backend) -> None:
    backend.create_table("other", NEW)
    backend.table("other")
    rename(backend, "other", "one")


def viewed(backend: Backend) -> None:
    backend.raw_sql("DROP TABLE one")
    backend.create_view("one", ibis.memtable(NEW))


WAYS: dict[str, Callable[[Backend], object]] = {
    "made again": lambda engine: engine.create_table("one", NEW, overwrite=True),
    "another renamed": renamed,
    "a view": viewed,
    "our own SQL": lambda engine: engine.raw_sql(
        " create or replace table one as select 'x' as b, 2.0::double as c"
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_table_made_anew_is_known_as_it_is_now(backend: Backend, way: str) -> None:
    WAYS[way](backend)
    assert backend.table("one").columns == ("b", "c")
    assert backend.execute(backend.table("one")).to_dict("list") == {"b": ["x"], "c": [2.0]}


def test_a_table_that_is_gone_is_not_known(backend: Backend) -> None:
    backend.raw_sql("DROP TABLE one")
    with pytest.raises(ibis.common.exceptions.TableNotFound):
        backend.table("one")


def test_a_table_is_looked_up_once(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading tells nothing new about tables."""
    monkeypatch.setattr(Backend, "get_schema", None)
    backend.execute(backend.table("one"))
    backend.raw_sql("SELECT * FROM one")
    assert backend.table("one").equals(backend.table("one"))
