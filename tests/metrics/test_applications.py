"""The time of applications: other ones, housing benefit, early retirement pension."""

from __future__ import annotations

from kpi.params import Counting, Due
from tests.drawn import measured, outcomes

TEN_WORKING_DAYS = Counting(due=Due(days=10, unit="working_days"), quarter_by="due")
FIVE_DAYS = Counting(due=Due(days=5), quarter_by="due")


def test_ten_working_days_with_holidays_inside() -> None:
    """Received Thursday 11 April 2019: Easter takes 18, 19 and 22 April, so day 10 is 30 April."""
    cases = measured(
        "application_time",
        {
            "applications": """
            application_id | received_at | decided_at | result
            tenth          | 2019-04-11  | 2019-04-30 | granted
            eleventh       | 2019-04-11  | 2019-05-01 | refused
            """
        },
        as_of="2020-01-15",
        counting=TEN_WORKING_DAYS,
    )
    assert dict(cases["outcome"]) == {"eleventh": "missed", "tenth": "met"}
    assert dict(cases["days"]) == {"eleventh": 11, "tenth": 10}


def test_received_on_a_weekend() -> None:
    """Saturday's application begins to count on Monday; decided on a Saturday it is a day more."""
    cases = measured(
        "application_time",
        {
            "applications": """
            application_id   | received_at | decided_at | result
            from saturday    | 2019-09-07  | 2019-09-20 | granted
            to saturday      | 2019-09-06  | 2019-09-21 | granted
            """
        },
        as_of="2020-01-15",
        counting=TEN_WORKING_DAYS,
    )
    assert dict(cases["days"]) == {"from saturday": 10, "to saturday": 11}
    assert dict(cases["outcome"]) == {"from saturday": "met", "to saturday": "missed"}


def test_open_withdrawn_and_undated_applications() -> None:
    """Open past the limit is late, withdrawn is not counted, decided without a date is unknown."""
    assert outcomes(
        "application_time",
        {
            "applications": """
            application_id | received_at | decided_at | result
            open, late     | 2019-11-01  |            |
            open, young    | 2020-01-10  |            |
            withdrawn      | 2019-11-01  | 2019-11-04 | withdrawn
            undated        | 2019-11-01  |            | granted
            """
        },
        as_of="2020-01-15",
        counting=TEN_WORKING_DAYS,
    ) == {"open, late": "missed", "open, young": "not_yet_due", "undated": "unknown"}


def test_housing_benefit() -> None:
    """Five calendar days; FEJL ends no application; automatic renewals are not counted."""
    assert outcomes(
        "housing_benefit_time",
        {
            "applications": """
            application_id | kind            | received_at | decided_at | result  | is_rollover
            fifth day      | housing_benefit | 2019-10-01  | 2019-10-06 | granted |
            sixth day      | housing_benefit | 2019-10-01  | 2019-10-07 | refused |
            error stands   | housing_benefit | 2019-10-01  | 2019-10-02 | error   |
            renewal        | housing_benefit | 2019-10-01  | 2019-10-02 | granted | yes
            other benefit  | other           | 2019-10-01  | 2019-10-02 | granted |
            """
        },
        as_of="2020-01-15",
        counting=FIVE_DAYS,
    ) == {"fifth day": "met", "sixth day": "missed", "error stands": "missed"}


def test_the_duration_of_pensions() -> None:
    """Days of the decided new ones; reassessments are left out, open ones have no duration yet."""
    cases = measured(
        "early_retirement_pension_time",
        {
            "applications": """
            application_id | kind                     | received_at | decided_at | is_reassessment
            decided        | early_retirement_pension | 2019-06-01  | 2019-10-09 |
            open           | early_retirement_pension | 2019-06-01  |            |
            reassessment   | early_retirement_pension | 2019-06-01  | 2019-10-09 | yes
            """
        },
        as_of="2020-01-15",
    )
    assert dict(cases["outcome"]) == {"decided": "counted", "open": "open"}
    assert cases.loc["decided", "days"] == 130
    assert cases["days"].isna().tolist() == [False, True]
