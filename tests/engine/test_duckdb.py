"""A table that an engine knows is the table that is there, whatever has made it anew."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import ibis
import ibis.expr.types as ir
import pandas as pd
import pytest
from ibis.backends.duckdb import Backend
from ibis.expr.schema import Schema

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


KINDS = pd.DataFrame(
    {
        "whole": [1, 2, 3],
        "with_gap": [1.5, None, 3.0],
        "text": ["a", None, "it's"],
        "day": [dt.date(2020, 2, 29), None, dt.date(2021, 1, 1)],
        "moment": [dt.datetime(2020, 1, 1, 10), None, dt.datetime(2020, 1, 2, 23, 59, 59)],
        "yes": pd.array([True, None, False], dtype="boolean"),
        "always": [True, False, True],
        "said": ["x", "y", "x"],
    }
)
QUESTIONS: dict[str, Callable[[ir.Table], ir.Expr]] = {
    "all": lambda rows: rows,
    "sums of whole numbers": lambda rows: rows.group_by("said").agg(sum=rows.whole.sum()),
    "counts": lambda rows: rows.aggregate(n=rows.count(), few=rows.whole.nunique().cast("int16")),
    "fractions": lambda rows: rows.mutate(
        exact=rows.whole.cast("decimal(9, 2)"), half=rows.whole / 2, place=ibis.row_number()
    ),
    "times": lambda rows: rows.mutate(
        later=rows.moment + ibis.interval(hours=1), on=rows.moment.date(), no=ibis.null("date")
    ),
    "lists": lambda rows: rows.group_by("said").agg(all=rows.whole.collect()),
    "nothing": lambda rows: rows.filter(rows.whole > 3),
    "rows of a frame": lambda rows: rows.join(ibis.memtable(KINDS[["whole"]]), "whole"),
    "a column": lambda rows: rows.moment,
    "a value": lambda rows: rows.with_gap.sum(),
    "no value": lambda rows: rows.filter(rows.whole > 3).with_gap.max(),
}  # fmt: skip


@pytest.mark.parametrize("of", QUESTIONS)
def test_tables_and_answers_are_those_of_ibis_own_backend(tmp_path: Path, of: str) -> None:
    """Fewer statements change neither the types of columns nor what an answer holds."""
    with open_engine(tmp_path / "tables.duckdb", few_rows=True) as ours:
        made, answers = _made_and_answered(ours, QUESTIONS[of])
    of_ibis, expected = _made_and_answered(ibis.duckdb.connect(), QUESTIONS[of])
    assert made == of_ibis
    for answer, other in zip(answers, expected, strict=True):
        assert type(answer) is type(other)
        pd.testing.assert_frame_equal(_as_frame(answer), _as_frame(other))


def _made_and_answered(
    engine: Backend, question: Callable[[ir.Table], ir.Expr]
) -> tuple[list[Schema], list[Any]]:
    """Return the columns of what is made of a question, and the answers to it."""
    kinds = engine.create_table("kinds", KINDS)
    asked = question(kinds)
    engine.create_table("made", kinds)
    made = engine.create_table("made", asked.as_table(), overwrite=True)
    again = engine.create_table("made", made, overwrite=True)
    seen = engine.create_view("seen", asked.as_table())
    tables = [kinds, made, again, seen]
    return [one.schema() for one in tables], [engine.execute(one) for one in (asked, *tables)]


def _as_frame(answer: Any) -> pd.DataFrame:
    return pd.DataFrame(answer if isinstance(answer, pd.DataFrame | pd.Series) else [answer])


def test_a_table_that_is_there_is_made_again_only_where_asked(backend: Backend) -> None:
    with pytest.raises(duckdb.CatalogException):
        backend.create_table("one", NEW)
    with pytest.raises(duckdb.CatalogException):
        backend.create_table("one", backend.table("one"))


def test_a_dropped_table_is_not_known(backend: Backend) -> None:
    backend.drop_table("one")
    with pytest.raises(ibis.common.exceptions.TableNotFound):
        backend.table("one")


def test_nothing_is_left_of_a_frame_that_became_a_table(backend: Backend) -> None:
    backend.create_table("another", NEW)
    shown = backend.con.execute("SHOW TABLES").fetchall()
    assert {name for (name,) in shown} == {"one", "another"}
