"""Open cases at a quarter's end, by age."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from kpi.definitions.frames import OPEN_CASES
from kpi.figures.cases import measure
from kpi.figures.durations import (
    BANDS_OF_DAYS,
    BANDS_OF_LIMIT,
    SILENT,
    make_under_way,
    open_at_period_ends,
    open_cases,
)
from kpi.params import Params
from kpi.params.quarter_file import QuarterFile
from kpi.params.targets_file import TargetsFile
from tests.drawn import connect

FIVE_DAYS = {"due": {"days": 5}, "quarter_by": "due"}
TEN_WORKING_DAYS = {"due": {"days": 10, "unit": "working_days"}, "quarter_by": "due"}


def open_at_end(
    metric: str,
    counting: dict[str, Any],
    as_of: str = "2020-01-15",
    sources: Any = None,
    **tables: str,
) -> tuple[pd.DataFrame, Any]:
    """Return the open cases of a metric by band, and how many the results tell at the same end."""
    report = QuarterFile.model_validate(
        {
            "quarter": "2019Q4",
            "as_of": as_of,
            "history_from": "2019Q4",
            "organisation": {"name": "A town"},
            "calendar": {"country": "GL"},
            "disclosure": {"hide_persons_below": 0},
            "sources": {name: {"file": "drawn"} for name in tables} | dict(sources or {}),
        }
    )
    targets = TargetsFile.model_validate({"metrics": {metric: {"counting": [counting]}}})
    params = Params(report, targets.metrics)
    backend, _ = connect(tables)
    measured = measure(backend, params)
    make_under_way(backend, params, measured)
    at_end = open_at_period_ends(backend, params, measured).set_index("period")
    bands = open_cases(backend, params, measured)
    assert list(bands.columns) == list(OPEN_CASES.made)
    return bands.set_index("band"), at_end.reindex(["2019Q4"]).iloc[0]


def test_bands_of_a_limit_in_days() -> None:
    """At the end of 31 December, limit 5 days: 5 days old is past it, 10 is twice, 11 is over."""
    bands, results = open_at_end(
        "housing_benefit_time",
        FIVE_DAYS,
        applications="""
        application_id   | citizen | kind            | received_at | decided_at | result
        today            | 1       | housing_benefit | 2019-12-31  |            |
        four days old    | 2       | housing_benefit | 2019-12-27  |            |
        last day over    | 2       | housing_benefit | 2019-12-26  |            |
        late             | 3       | housing_benefit | 2019-12-25  |            |
        decided later    | 3       | housing_benefit | 2019-12-21  | 2020-01-02 | granted
        over twice       | 4       | housing_benefit | 2019-12-20  |            |
        decided by then  | 5       | housing_benefit | 2019-12-20  | 2019-12-31 | granted
        not received yet | 6       | housing_benefit | 2020-01-01  |            |
        decided, undated | 7       | housing_benefit | 2019-12-20  |            | granted
        """,
    )
    assert list(bands.index) == list(BANDS_OF_LIMIT)
    assert bands["n"].tolist() == [2, 3, 1]
    assert bands["persons"].tolist() == [2, 2, 1]
    assert bands["median_age_days"].tolist() == [2.0, 6.0, 11.0]
    assert bands["oldest_age_days"].tolist() == [4, 10, 11]
    assert results[["open", "overdue"]].tolist() == [6, 4]
    assert results[["persons_open", "persons_overdue", "persons_in_time"]].tolist() == [4, 3, 2]


def test_bands_of_a_limit_in_working_days() -> None:
    """Received on 11 December its tenth working day was the 30th; on the 31st it is late."""
    bands, _ = open_at_end(
        "application_time",
        TEN_WORKING_DAYS,
        applications="""
        application_id | received_at | decided_at
        nine           | 2019-12-12  |
        ten            | 2019-12-11  |
        twenty         | 2019-11-27  |
        twenty-one     | 2019-11-26  |
        """,
    )
    assert bands["n"].tolist() == [1, 2, 1]
    assert bands["oldest_age_days"].tolist() == [9, 20, 21]


def test_a_due_date_from_the_data_has_its_own_limit() -> None:
    """A bill with 30 days to pay is over twice its limit after 60."""
    bands, _ = open_at_end(
        "payments_on_time",
        {"due": {"column": "due_at"}, "quarter_by": "due"},
        bills="""
        bill_id    | received_at | approved_at | due_at     | paid_at
        not due    | 2019-12-01  | 2019-12-02  | 2020-01-01 |
        day 60     | 2019-11-01  | 2019-11-02  | 2019-12-01 |
        day 61     | 2019-10-31  | 2019-11-02  | 2019-11-30 |
        paid later | 2019-12-01  | 2019-12-02  | 2019-12-11 | 2020-01-02
        """,
    )
    assert bands["n"].tolist() == [1, 1, 2]


def test_waiting_moves_the_band_where_net_time_is_judged() -> None:
    """The clock stood still for ten days: what would be twice the limit is within it."""
    waited: dict[str, str] = {
        "applications": """
        application_id | kind            | received_at | decided_at
        waited         | housing_benefit | 2019-12-20  |
        """,
        "application_waits": """
        application_id | from_date  | to_date
        waited         | 2019-12-21 | 2019-12-30
        """,
    }
    gross, _ = open_at_end("housing_benefit_time", FIVE_DAYS, **waited)
    net, results = open_at_end("housing_benefit_time", FIVE_DAYS | {"clock": "net"}, **waited)
    assert gross["n"].tolist() == [0, 0, 1]
    assert net["n"].tolist() == [1, 0, 0]
    assert results[["open", "overdue"]].tolist() == [1, 0]


@pytest.mark.parametrize("counting", [{}, {"due": {"days": 30}, "quarter_by": "stop"}])
def test_bands_of_days_where_there_is_no_limit(counting) -> None:
    """Pensions: 90 days old, 91, and more than a year; nothing is overdue.

    Of a duration `due` gives the unit of its times, and judges no case.
    """
    bands, results = open_at_end(
        "early_retirement_pension_time",
        counting,
        applications="""
        application_id | kind                     | received_at | decided_at
        90             | early_retirement_pension | 2019-10-02  |
        91             | early_retirement_pension | 2019-10-01  |
        365            | early_retirement_pension | 2018-12-31  |
        366            | early_retirement_pension | 2018-12-30  |
        """,
    )
    assert list(bands.index) == list(BANDS_OF_DAYS)
    assert bands["n"].tolist() == [1, 1, 1, 1]
    assert results["open"] == 4
    assert pd.isna(results["overdue"])


def test_as_of_within_the_quarter_takes_the_place_of_its_end() -> None:
    """On 10 December nothing is known of later days: a limit that ends on the 12th still runs."""
    bands, results = open_at_end(
        "housing_benefit_time",
        FIVE_DAYS,
        as_of="2019-12-10",
        applications="""
        application_id | kind            | received_at | decided_at
        runs           | housing_benefit | 2019-12-07  |
        decided later  | housing_benefit | 2019-12-01  | 2019-12-12
        """,
    )
    assert bands["n"].tolist() == [1, 1, 0]
    assert bands["oldest_age_days"].tolist() == [3, 9, pd.NA]
    assert results[["open", "overdue"]].tolist() == [2, 1]


def test_nothing_open_and_no_clock_at_all() -> None:
    """Bands are there with nobody in them; metrics without a clock have none."""
    conversations = """
        conversation_id | citizen | ordered_at | contact_at | held_at
        held            | 1       | 2019-11-01 | 2019-11-01 | 2019-11-04
    """
    bands, _ = open_at_end("conversation_wait", {"due": {"days": 14}}, conversations=conversations)
    assert bands["n"].tolist() == [0, 0, 0]
    assert bands["median_age_days"].isna().all()
    none, _ = open_at_end("conversations_held", {}, conversations=conversations)
    assert none.empty


def test_a_case_that_has_shown_no_step_for_long_is_told_apart() -> None:
    """Not one within its limit, nor one whose last step was 30 days ago."""
    bands, results = open_at_end(
        "payments_on_time",
        {"due": {"column": "due_at"}, "quarter_by": "due"},
        sources={
            "bills": {
                "file": "drawn",
                "milestones": {"paid": {"steps": ["Paid"], "take": "last"}},
                "silent_after": 30,
            }
        },
        bills="""
        bill_id    | received_at | approved_at | due_at     | paid_at
        waits      | 2019-10-01  | 2019-10-02  | 2019-11-01 |
        lost       | 2019-10-01  | 2019-10-02  | 2019-11-01 |
        lost early | 2019-12-01  | 2019-12-02  | 2020-01-05 |
        """,
        bill_steps="""
        bill_id    | step     | happened_at
        waits      | Approved | 2019-10-02
        waits      | Asked    | 2019-12-01
        lost       | Approved | 2019-10-02
        lost       | Asked    | 2019-11-30
        lost early | Approved | 2019-10-02
        lost early | Asked    | 2020-01-02
        """,
    )
    assert list(bands.index) == [*BANDS_OF_LIMIT, SILENT]
    assert bands["n"].tolist() == [1, 0, 1, 1]
    assert results["open"] == bands["n"].sum()
    assert results["overdue"] == bands["n"].iloc[1:].sum()
