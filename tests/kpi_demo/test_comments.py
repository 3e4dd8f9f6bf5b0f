"""What the comments in params/2019Q4.yaml say of the synthetic figures. Change both together."""

from itertools import pairwise

import numpy as np
import pandas as pd

from tests.kpi_demo.extracts import days, outcomes, quarter


def test_the_comment_on_payments_is_true(bills):
    """Dates are missing most in October; late bills waited for approval, and for payment."""
    now = bills[bills["quarter"] == "2019Q4"]
    outcome = outcomes(now)
    unknown = now.loc[outcome == "unknown", "due_at"].dt.month.value_counts()
    assert unknown.idxmax() == 10
    ends = ["received_at", "Godkendt", "Sendt til økonomi", "Bogført", "Betalt"]
    took = pd.DataFrame({end: (now[end] - now[start]).dt.days for start, end in pairwise(ends)})
    beyond = took[outcome == "missed"] - took[outcome == "met"].median()
    slowest = beyond.dropna(how="all").idxmax(axis=1).value_counts()
    assert set(slowest.index[:2]) == {"Godkendt", "Betalt"}


def test_the_comments_on_conversations_are_true(held, extract):
    """Citizens were offered a time in time; fewest a caseworker were held in December."""
    booked = held[held["kind"].isin(["booked", "home_visit"])]
    booked = booked[quarter(booked["held_at"]) == "2019Q4"]
    late = booked[(booked["held_at"] - booked["ordered_at"]).dt.days > 14]
    assert ((late["offered_at"] - late["ordered_at"]).dt.days <= 14).all()
    roster = extract("duty_roster")
    at_work = days(roster.loc[roster["duty"] == "casework", "date"])
    at_work = at_work[quarter(at_work) == "2019Q4"].dt.month.value_counts()
    assert (booked["held_at"].dt.month.value_counts() / at_work).idxmin() == 12


def test_the_comments_on_applications_are_true(applications, extract, office_days):
    """Most late ones were decided on 30 December, few waited for the citizen; no housing did."""
    other = applications[applications["kind"] == "other"]
    received = other["received"].to_numpy().astype("datetime64[D]")
    due = np.busday_offset(received, 10, roll="backward", busdaycal=office_days)
    due = pd.Series(due.astype("datetime64[s]"), other.index)
    late = other[(quarter(due) == "2019Q4") & ~(other["decided_at"] <= due)]
    assert (late["decided_at"] == "2019-12-30").mean() > 0.5
    waited = set(extract("application_waits")["application_id"])
    assert late["application_id"].isin(waited).mean() < 0.25
    housing = applications[
        (applications["kind"] == "housing_benefit") & (applications["is_rollover"] == "Nej")
    ]
    due = housing["received"] + pd.Timedelta(days=5)
    late = housing[(quarter(due) == "2019Q4") & ~(housing["decided_at"] <= due)]
    assert not late["application_id"].isin(waited).any()


def test_the_comment_on_action_plans_is_true(plans, group_3):
    """Most of those without a plan came into the group within the past year."""
    day = pd.Timestamp("2019-12-31")
    there = group_3[(group_3["first"] <= day) & (group_3["last"] >= day)]
    is_open = (plans["made_at"] <= day) & ~(plans["closed_at"] <= day)
    without = there[~there["person"].isin(plans.loc[is_open, "person"])]
    since = without.groupby("person")["first"].min()
    assert (since > day - pd.DateOffset(years=1)).mean() > 0.5
