"""The contract of each result frame: whole, of one piece, and held by what evaluation makes."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from kpi.definitions.frames import (
    FRAMES,
    MADE_OF_SHOWN,
    METRICS_TABLE,
    Column,
    Columns,
    Count,
    Figure,
    Frame,
    Inner,
    Key,
    Mark,
    Nested,
    Passages,
    Relation,
    Rows,
    Running,
    frame_of,
)
from kpi.errors import DefinitionError
from kpi.page.frames import listed

ROOT = Path(__file__).parents[2]
ALL = [*FRAMES.values(), *MADE_OF_SHOWN.values()]
DRAWN = Frame(
    "drawn",
    "Drawn",
    "A frame of a test.",
    columns=(
        Key("metric", "Metric", "Its name."),
        Key("part", "Part", "A part."),
        Count("n", "Cases", "Cases."),
        Figure("share", "Share", "A share.", "share", of=("n",)),
        Column("unit", "Unit", "Its unit."),
        Mark("suppressed", "Hidden", "Whether."),
        Inner("persons_inside", "", "Persons."),
    ),
    decided_by=("persons_inside",),
)
ROWS = pd.DataFrame(
    {
        "part": ["a", "b"], "metric": "m", "unit": "share", "persons_inside": [7, 9],
        "n": [8, None], "share": [0.5, None],
    }
)  # fmt: skip


def named_by(relation: Relation) -> set[str]:
    """Return the columns of a frame that a relation names."""
    match relation:
        case Columns():
            return {relation.whole, *relation.parts, *(relation.only or ())[:1]}
        case Rows():
            return {relation.over, *relation.counts, *(() if relation.frame else relation.columns)}
        case Running():
            return {relation.over, relation.count}
        case Nested():
            return set(relation.over)
        case Passages():
            return {relation.origin, relation.to}


@pytest.mark.parametrize("frame", ALL, ids=lambda frame: frame.name)
def test_a_contract_names_its_own_columns(frame):
    names = [column.name for column in frame]
    assert len(names) == len(set(names))
    for column in frame:
        related = [*getattr(column, "of", ()), *getattr(column, "persons", ())]
        related += [name for name, _ in column.only]
        if column.unit.told_by and "." not in column.unit.told_by:
            related.append(column.unit.told_by)
        assert {*related} <= {*names}, column.name
    named = {*frame.decided_by, *(frame.groups or ())}.union(*map(named_by, frame.adds_up))
    assert named <= {*names}


@pytest.mark.parametrize("frame", ALL, ids=lambda frame: frame.name)
def test_units_that_another_table_tells_are_there(frame):
    tables = {METRICS_TABLE.name: METRICS_TABLE, **FRAMES}
    for column in frame:
        table, _, name = column.unit.told_by.rpartition(".")
        assert not table or name in tables[table], column.name


@pytest.mark.parametrize("frame", ALL, ids=lambda frame: frame.name)
def test_every_column_that_leaves_is_described_in_words(frame):
    assert frame.title
    assert frame.about.endswith(".")
    for column in frame:
        assert column.means.endswith("."), column.name
        assert bool(column.title) is not isinstance(column, Inner), column.name
    assert all(relation.means.endswith(".") for relation in frame.adds_up)


@pytest.mark.parametrize("frame", FRAMES.values(), ids=lambda frame: frame.name)
def test_every_count_of_a_release_is_protected(frame):
    """Each count is of drawn cases, or hidden: with its row, alone, or with the results."""
    assert frame.protect != "nobody"
    if frame.protect == "drawn":
        return
    for column in frame:
        if isinstance(column, Count | Figure):
            assert frame.decided_by or column.persons or frame.with_results, column.name


def test_rows_are_returned_as_declared():
    checked = DRAWN.checked(ROWS)
    assert list(checked.columns) == ["metric", "part", "n", "share", "unit", "persons_inside"]
    assert checked["n"].tolist()[:1] == [8]
    assert DRAWN.leaving == ("metric", "part", "n", "share", "unit", "suppressed")
    assert DRAWN.figures == ("n", "share")
    assert list(DRAWN.empty.columns) == list(DRAWN.made)


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        (ROWS.drop(columns="share"), "without share"),
        (ROWS.assign(p75_days=1.0), "with p75_days, not declared"),
        (ROWS.assign(part="a"), "1 rows like another"),
        (ROWS.assign(n=[1.5, 2]), "1 other values"),
        (ROWS.assign(n=[-1, 2]), "1 other values"),
    ],
)
def test_what_is_not_declared_stops_the_run(rows, found):
    with pytest.raises(DefinitionError, match=found):
        DRAWN.checked(rows)


def test_a_frame_that_is_not_declared_stops_the_run():
    with pytest.raises(DefinitionError, match='"stage"') as raised:
        frame_of("stage")
    assert raised.value.remedy == 'Did you mean "stages"?'


def test_a_column_that_is_not_declared_is_asked_for_in_vain():
    with pytest.raises(DefinitionError, match='"share_"'):
        DRAWN["share_"]
    assert "share" in DRAWN
    assert "share_" not in DRAWN


@pytest.mark.parametrize("frame", FRAMES.values(), ids=lambda frame: frame.name)
def test_the_readme_says_what_each_frame_is_about(frame):
    assert f"| `{frame.name}` | {frame.about} |" in (ROOT / "README.md").read_text("utf-8")


def test_the_page_of_the_frames_is_that_of_the_contracts():
    written = (ROOT / "docs" / "frames.md").read_text("utf-8")
    assert written == listed(), "write it anew with kpi.page.frames.listed()"
