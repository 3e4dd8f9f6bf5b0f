"""A question that was compiled before has the SQL that it would have were it compiled again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from functools import reduce

import ibis
import ibis.expr.types as ir
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ibis.backends.duckdb import Backend

from kpi.engine import compiled
from tests.drawn import small_engine
from tests.tried import tried

ROWS = pd.DataFrame({"a": [1, 2], "b": ["x", "y"], "c": [dt.date(2020, 1, 1)] * 2})
VALUES = st.one_of(
    st.integers(-2, 2),
    st.booleans(),
    st.sampled_from([0.0, -0.0, 1.0, "0", "1", "", "it's", dt.date(2020, 1, 1), None]),
    st.sampled_from([dt.datetime(2020, 1, 1), dt.timedelta(days=1), dt.timedelta(hours=24)]),
)
STEPS: dict[str, Callable[[ir.Table, ir.Value], ir.Table]] = {
    "equal": lambda rows, value: rows.filter(rows[0].cast("string") == value.cast("string")),
    "more": lambda rows, value: rows.mutate(more=value),
    "named": lambda rows, _: rows.rename(d=rows.columns[0]),
    "fewer": lambda rows, _: rows.select(*rows.columns[:2]),
    "counted": lambda rows, _: rows.group_by(rows.columns[0]).agg(n=rows.count(), b=ibis.null(str)),
    "joined": lambda rows, _: rows.join(rows.view(), rows.columns[0]).select(rows),
    "united": lambda rows, _: ibis.union(rows, rows),
    "distinct": lambda rows, _: rows.distinct(),
}


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "_sql", {})


@pytest.fixture(scope="module")
def engine() -> Iterator[Backend]:
    backend = small_engine()
    backend.create_table("one", ROWS)
    yield backend
    backend.disconnect()


def refuse(*_: object) -> str:
    raise AssertionError


def asked(engine: Backend, question: ir.Table) -> str:
    """Return the SQL that the engine is asked."""
    return str(engine._asked(question))


@settings(max_examples=tried(60), deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from(sorted(STEPS)), VALUES), max_size=3),
        min_size=2,
        max_size=6,
    )
)
def test_each_question_has_its_own_sql(engine, drawn):
    """Whatever was asked before: other steps, other values, and values that are equal in Python."""
    for steps in [*drawn, *drawn]:
        question = reduce(
            lambda rows, step: STEPS[step[0]](rows, ibis.literal(step[1])),
            steps,
            engine.table("one"),
        )
        assert asked(engine, question) == engine.compile(question)


def test_the_same_question_to_another_database_is_not_compiled_again(engine, monkeypatch):
    first = asked(engine, engine.table("one").filter(ibis._.a > 1))
    other = small_engine()
    other.create_table("one", ROWS)
    question = other.table("one").filter(ibis._.a > 1)
    monkeypatch.setattr(type(other), "compile", refuse)
    assert asked(other, question) == first


@pytest.mark.parametrize("other", [ROWS.rename(columns={"b": "z"}), ROWS.assign(a=1.5)])
def test_tables_of_other_columns_are_other_questions(engine, other):
    known = asked(engine, engine.table("one"))
    there = small_engine()
    there.create_table("one", other)
    wider = asked(there, there.table("one").mutate(twice=ibis._.a + 1))
    assert wider == there.compile(there.table("one").mutate(twice=ibis._.a + 1))
    assert asked(engine, engine.table("one")) == known
    assert len(compiled._sql) == 2


def test_a_setting_of_ibis_is_part_of_the_question(engine, monkeypatch):
    question = engine.table("one").filter(ibis._.a > 1).mutate(d=ibis._.a + 1).select("d")
    apart = asked(engine, question)
    monkeypatch.setattr(ibis.options.sql, "fuse_selects", True)
    assert asked(engine, question) == engine.compile(question) != apart


def test_functions_that_are_named_alike_are_told_apart(engine):
    """Ibis makes a class of each; two of one name may be different aggregates of the engine."""
    united, both = (
        ibis.udf.agg.builtin(_stands_for, signature=(("int64",), "int64"), name=name)
        for name in ("bit_or", "bit_and")
    )
    rows = engine.table("one")
    found = [asked(engine, rows.agg(it=of(rows.a))) for of in (united, both, united)]
    assert found[0] == found[2] != found[1]
    assert found[1] == engine.compile(rows.agg(it=both(rows.a)))


def _stands_for(marks: int) -> int:
    raise NotImplementedError


def test_a_question_too_deep_to_be_written_down_is_compiled(engine):
    rows = engine.table("one")
    deep = rows.filter(reduce(lambda all_, n: all_ | (rows.a == n), range(400), rows.a == -1))
    assert asked(engine, deep) == asked(engine, deep) == engine.compile(deep)
    assert compiled._sql == {}


def test_so_many_are_known_and_no_more(engine, monkeypatch):
    monkeypatch.setattr(compiled, "MOST", 3)
    for n in range(10):
        asked(engine, engine.table("one").filter(ibis._.a > n))
        assert 0 < len(compiled._sql) <= 3
