"""The time of applications: other ones, housing benefit, early retirement pension."""

from __future__ import annotations

import pandas as pd
import pytest

from kpi.errors import DefinitionError
from kpi.params import Counting, Due
from tests.drawn import measured, outcomes

TEN_WORKING_DAYS = Counting(due=Due(days=10, unit="working_days"), quarter_by="due")
FIVE_DAYS = Counting(due=Due(days=5), quarter_by="due")
NET = Counting(due=Due(days=10, unit="working_days"), quarter_by="due", clock="net")


def waiting(applications: str, waits: str, counting: Counting = NET) -> pd.DataFrame:
    """Return the cases of other applications, as of 15 January 2020, with their waits."""
    return measured(
        "application_time",
        {"applications": applications, "application_waits": waits},
        as_of="2020-01-15",
        counting=counting,
    )


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


def test_waiting_for_the_citizen_is_not_counted_in_the_net_time() -> None:
    """Received on Thursday 5 September; a wait from Monday to Wednesday moves day 10 by three."""
    cases = waiting(
        """
        application_id | received_at | decided_at
        no wait        | 2019-09-05  | 2019-09-19
        no wait, late  | 2019-09-05  | 2019-09-20
        wait           | 2019-09-05  | 2019-09-24
        wait, late     | 2019-09-05  | 2019-09-25
        """,
        """
        application_id | from_date  | to_date
        wait           | 2019-09-09 | 2019-09-11
        wait, late     | 2019-09-09 | 2019-09-11
        """,
    )
    assert dict(cases["outcome"]) == {
        "no wait": "met",
        "no wait, late": "missed",
        "wait": "met",
        "wait, late": "missed",
    }
    assert dict(cases["days"]) == {
        "no wait": 10,
        "no wait, late": 11,
        "wait": 13,
        "wait, late": 14,
    }
    assert dict(cases["net_days"]) == {
        "no wait": 10,
        "no wait, late": 11,
        "wait": 10,
        "wait, late": 11,
    }
    assert cases["due_at"].dt.date.astype(str)["wait"] == "2019-09-24"


def test_gross_time_is_judged_unless_the_parameters_say_otherwise() -> None:
    """The wait is told beside it: 13 working days, 10 of them net, are too late."""
    case = waiting(
        """
        application_id | received_at | decided_at
        wait           | 2019-09-05  | 2019-09-24
        """,
        """
        application_id | from_date  | to_date
        wait           | 2019-09-09 | 2019-09-11
        """,
        TEN_WORKING_DAYS,
    ).loc["wait"]
    assert (case["outcome"], case["days"], case["net_days"]) == ("missed", 13, 10)


def test_a_wait_across_holidays_and_weekends() -> None:
    """From Wednesday 17 April to Tuesday 23, over Easter, are two working days of waiting."""
    cases = waiting(
        """
        application_id | received_at | decided_at
        over easter    | 2019-04-11  | 2019-05-02
        a day later    | 2019-04-11  | 2019-05-03
        """,
        """
        application_id | from_date  | to_date
        over easter    | 2019-04-17 | 2019-04-23
        a day later    | 2019-04-17 | 2019-04-23
        """,
    )
    assert dict(cases["days"]) == {"a day later": 13, "over easter": 12}
    assert dict(cases["net_days"]) == {"a day later": 11, "over easter": 10}
    assert dict(cases["outcome"]) == {"a day later": "missed", "over easter": "met"}


def test_overlapping_waits_and_waits_outside_the_clock() -> None:
    """A day counts once; day 0 and earlier days never did; what comes after the decision is not."""
    cases = waiting(
        """
        application_id | received_at | decided_at
        twice          | 2019-09-05  | 2019-09-19
        one in another | 2019-09-05  | 2019-09-19
        before         | 2019-09-05  | 2019-09-19
        after          | 2019-09-05  | 2019-09-19
        last day       | 2019-09-05  | 2019-09-19
        """,
        """
        application_id | from_date  | to_date
        twice          | 2019-09-09 | 2019-09-11
        twice          | 2019-09-10 | 2019-09-12
        one in another | 2019-09-09 | 2019-09-12
        one in another | 2019-09-10 | 2019-09-11
        before         | 2019-08-01 | 2019-09-05
        after          | 2019-09-20 | 2019-09-30
        last day       | 2019-09-19 | 2019-12-31
        """,
    )
    assert dict(cases["net_days"]) == {
        "after": 10,
        "before": 10,
        "last day": 9,
        "one in another": 6,
        "twice": 6,
    }


def test_an_application_that_still_waits_is_not_late() -> None:
    """Its clock stands still; once the citizen has answered it runs on, and the limit passes."""
    cases = waiting(
        """
        application_id     | received_at | decided_at
        waits since day 10 | 2019-11-01  |
        waits since day 11 | 2019-11-01  |
        answered in time   | 2019-11-01  |
        answered long ago  | 2019-11-01  |
        """,
        """
        application_id     | from_date  | to_date
        waits since day 10 | 2019-11-15 |
        waits since day 11 | 2019-11-19 |
        answered in time   | 2019-11-05 | 2020-01-03
        answered long ago  | 2019-11-05 | 2019-12-20
        """,
    )
    assert dict(cases["outcome"]) == {
        "answered in time": "not_yet_due",
        "answered long ago": "missed",
        "waits since day 10": "not_yet_due",
        "waits since day 11": "missed",
    }
    assert cases["net_days"].isna().all()


def test_the_quarter_is_that_of_the_moved_limit() -> None:
    """Due in September, it waited into October: it belongs to the fourth quarter."""
    case = waiting(
        """
        application_id | received_at | decided_at
        moved          | 2019-09-12  | 2019-10-10
        """,
        """
        application_id | from_date  | to_date
        moved          | 2019-09-20 | 2019-10-03
        """,
    ).loc["moved"]
    assert str(case["period_on"].date()) == "2019-10-10"
    assert (case["outcome"], case["net_days"]) == ("met", 10)


def test_no_net_time_without_a_table_of_waits() -> None:
    """Gross time is told; what cannot be judged is said to be so."""
    drawn = {
        "applications": """
        application_id | received_at | decided_at
        decided        | 2019-09-05  | 2019-09-19
        """
    }
    cases = measured("application_time", drawn, as_of="2020-01-15", counting=TEN_WORKING_DAYS)
    assert cases["net_days"].isna().all()
    with pytest.raises(DefinitionError, match="application_waits"):
        measured("application_time", drawn, as_of="2020-01-15", counting=NET)


def test_pensions_that_waited() -> None:
    """Without a limit the net time stands beside the gross, in calendar days."""
    cases = measured(
        "early_retirement_pension_time",
        {
            "applications": """
            application_id | kind                     | received_at | decided_at
            waited         | early_retirement_pension | 2019-06-01  | 2019-10-09
            """,
            "application_waits": """
            application_id | from_date  | to_date
            waited         | 2019-07-01 | 2019-07-31
            """,
        },
        as_of="2020-01-15",
    )
    assert (cases["days"].item(), cases["net_days"].item()) == (130, 99)
