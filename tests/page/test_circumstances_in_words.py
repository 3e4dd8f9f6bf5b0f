"""What lateness goes with, in words."""

import pandas as pd
import pytest

from kpi.page.circumstances import in_words

RESULTS = "metric | period | n | met | missed\npayments_on_time | 2019Q4 | 1134 | 800 | 334"


def rows(circumstance, *values, hidden=()):
    """Draw values of a circumstance as (value, n, met, median days)."""
    drawn = pd.DataFrame(values, columns=["value", "n", "met", "median_days"])
    drawn["lower"] = drawn["upper"] = drawn["met"] / drawn["n"]
    drawn = drawn.assign(circumstance=circumstance, missed=drawn["n"] - drawn["met"], unknown=0)
    drawn.loc[drawn["value"].isin(hidden), ["n", "met", "missed", "lower", "upper"]] = None
    amounts = dict.fromkeys(("amount", "amount_met", "amount_unknown"), float("nan"))
    return drawn.assign(metric="payments_on_time", rounded_to=1, **amounts)


RETURNED = (("never", 1002, 752, 7), ("once", 103, 43, 13), ("more", 29, 5, 59))


@pytest.fixture
def told(report):
    def tell(drawn, language="en"):
        return in_words(report(RESULTS, language=language), "payments_on_time", drawn)

    return tell


def test_what_returns_cost(told):
    assert told(rows("returned", *RETURNED)) == (
        "132 were returned on their way: 36.4% of them were on time, 75.0% of the others. Half of "
        "those returned once took 13 days or more, of those never returned 7. That is 51 more late "
        "than if they had been on time as often."
    )


def test_what_is_added_up_is_not_told_where_a_part_is_hidden(told):
    assert told(rows("returned", *RETURNED, hidden=["more"])) == ""


def test_bills_that_came_too_late(told):
    came = rows(
        "received", ("in_time", 900, 800, 7), ("too_late", 20, 5, 9), ("after_due", 9, 0, 9)
    )
    assert told(came).startswith(
        "29 were handed in too late to make it, or after their due day; 24"
    )


@pytest.mark.parametrize(
    ("last", "verdict"), [(83, "chance can give as much"), (60, "more than chance gives")]
)
def test_the_end_of_the_month_against_chance(told, last, verdict):
    """127 bills of which 83 were on time, against 71 % of the others: chi-square 1.8."""
    said = told(rows("month_end", ("last_three_workdays", 127, last, 7), ("other", 1007, 717, 8)))
    assert said.endswith(f"of the others 71.2%; {verdict}.")


def test_weekdays_are_named_and_few_cases_are_left_out(told):
    days = rows("weekday", ("1", 160, 118, 6), ("3", 243, 157, 8), ("6", 4, 0, 6))
    assert "fra 64,6\xa0% til tiden (onsdag) til 73,8\xa0% (mandag)" in told(days, "da")


def test_the_amount_beside_the_number(told):
    whole = rows("all", ("all", 1000, 700, 7)).assign(
        amount=200.0, amount_met=150.0, amount_unknown=10.0
    )
    assert told(whole) == ("Of the amount, 75.0\u201380.0% was paid on time; of the number, 70.5%.")


def test_offices_with_enough_cases(told):
    offices = rows("office", ("Nuuk", 300, 280, 5), ("Tasiilaq", 60, 30, 9), ("Paamiut", 6, 1, 20))
    assert told(offices) == (
        "Offices with 30 cases or more: from 50.0% on time (Tasiilaq) to 93.3% (Nuuk); more than "
        "chance gives."
    )
