"""What a metric cannot be counted from: a column that an extract lacks gives no zero."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kpi.definitions.columns import Column
from kpi.definitions.kinds import Count, Duration, ShareOfFlag, ShareWithinLimit
from kpi.definitions.measurable import Lack, lacks
from kpi.definitions.metrics.payments import PAYMENTS_ON_TIME
from kpi.definitions.subject import Subject
from kpi.page.reasons import reason
from kpi.record import read_run, write_json
from tests.page.drawn_report import read_report

VISITS = Subject(
    name="visits",
    grain="visit",
    key=("visit_id",),
    columns=(
        Column("visit_id", "text", "The visit's number"),
        Column("asked_at", "moment", "When it was asked for"),
        Column("made_at", "moment", "When it was made", optional=True),
        Column("phoned_at", "moment", "When somebody phoned", optional=True),
        Column("kind", "text", "Kind of visit", optional=True),
        Column("minutes", "number", "How long it took", optional=True),
        Column("is_cancelled", "yes_no", "Cancelled", optional=True),
    ),
    derived=(
        Column("reached_at", "moment", "Made or phoned", expr="COALESCE(made_at, phoned_at)"),
        Column("is_long", "yes_no", "Long", expr="minutes > 60"),
    ),
)
ALL = {"visit_id", "asked_at", "made_at", "phoned_at", "kind", "minutes", "is_cancelled"}
WORDS = {"id": "drawn", "title": "Drawn", "words": "Drawn.", "subject": VISITS}


def missing(metric: Any, *absent: str, due: str = "") -> list[str]:
    found = lacks(metric, {"visits": frozenset(ALL - set(absent))}, due)
    assert {one.table for one in found} <= {"visits"}
    return [one.column for one in found]


@pytest.mark.parametrize(
    ("condition", "absent", "lacked"),
    [
        ("", "kind", []),
        ("kind = 'home'", "kind", ["kind"]),
        ("kind != 'home'", "kind", ["kind"]),
        ("kind IN ('home', 'office')", "kind", ["kind"]),
        ("NOT (kind = 'home')", "kind", ["kind"]),
        ("kind = 'home' OR minutes > 5", "kind", []),
        ("kind = 'home' AND minutes > 5", "kind", ["kind"]),
        ("kind IS NULL", "kind", []),
        ("kind IS NOT NULL", "kind", ["kind"]),
        ("COALESCE(kind, 'home') = 'home'", "kind", []),
        ("CASE WHEN kind = 'home' THEN TRUE ELSE minutes > 5 END", "kind", []),
        ("is_long", "minutes", ["minutes"]),
        ("NOT is_long", "minutes", ["minutes"]),
        ("minutes + 5 > 10", "minutes", ["minutes"]),
        ("minutes BETWEEN 5 AND 10", "minutes", ["minutes"]),
        ("is_cancelled", "is_cancelled", ["is_cancelled"]),
        ("NOT is_cancelled", "is_cancelled", ["is_cancelled"]),
        ("COALESCE(is_cancelled, FALSE) OR TRUE", "is_cancelled", []),
    ],
)
def test_a_condition_that_can_be_true_of_no_row_is_told(condition, absent, lacked):
    metric = Count(**WORDS, filter=condition, happened="asked_at")
    assert missing(metric) == []
    assert missing(metric, absent) == lacked


def test_what_only_takes_rows_out_may_be_absent():
    metric = Count(**WORDS, exclude="is_cancelled", happened="asked_at")
    assert missing(metric, "is_cancelled") == []


def test_a_clock_needs_both_its_ends_and_its_limit():
    metric = ShareWithinLimit(**WORDS, start="asked_at", stop="reached_at")
    assert missing(metric, "made_at") == []
    assert missing(metric, "made_at", "phoned_at") == ["made_at", "phoned_at"]
    assert missing(metric, "phoned_at", due="phoned_at") == ["phoned_at"]
    assert missing(Duration(**WORDS, start="asked_at", stop="made_at"), "made_at") == ["made_at"]


def test_a_flag_is_needed():
    metric = ShareOfFlag(**WORDS, on="asked_at", flag="minutes > 5")
    assert missing(metric, "minutes") == ["minutes"]


def test_a_table_that_no_extract_gives_is_told_and_one_that_names_no_columns_gives_all():
    metric = Count(**WORDS, happened="made_at")
    assert lacks(metric, {}) == (Lack("visits"),)
    assert lacks(metric, {"visits": None}) == ()


def test_payments_are_measured_without_knowing_what_was_cancelled():
    given = frozenset(c.name for c in PAYMENTS_ON_TIME.subject.columns) - {"is_cancelled"}
    assert lacks(PAYMENTS_ON_TIME, {"bills": given}, "due_at") == ()
    assert lacks(PAYMENTS_ON_TIME, {"bills": given - {"due_at"}}, "due_at") == (
        Lack("bills", "due_at"),
    )


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "It cannot be measured; the extracts lack: when it was held."),
        ("da", "Det kan ikke måles; udtrækkene mangler: hvornår den blev afholdt."),
    ],
)
def test_the_page_says_what_is_lacking_instead_of_zero(tmp_path: Path, language, said):
    drawn = "metric | period | n\nhome_visits | 2019Q4 |"
    facts = read_report(tmp_path, drawn, language=language)
    run = read_run(tmp_path).model_dump(mode="json")
    run["metrics"][0]["lacks"] = ["When it was held"]
    write_json(run, facts.folder / "run.json")
    facts = type(facts).read(tmp_path, language)
    assert reason(facts, "home_visits") == said
