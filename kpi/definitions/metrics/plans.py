"""Action plans for match group 3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpi.definitions.kinds import Counted, Stock
from kpi.definitions.subjects.plans import active_on

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from kpi.definitions.kinds import Tables


def _in_group_3(tables: Tables) -> ir.Table:
    groups = tables["match_groups"]
    return groups.filter(groups.match_group == "3")


def plans_for_group_3(tables: Tables) -> ir.Table:
    """Plans whose citizen was in match group 3 on the day of the plan."""
    plans, third = tables["action_plans"], _in_group_3(tables)
    periods = third.select("citizen", "from_date", "to_date")
    joined = plans.select("row_no", "citizen", "made_at").join(periods, "citizen")
    covered = joined.filter(active_on(joined, joined.made_at.date()))
    return plans.filter(plans.row_no.isin(covered.row_no))


def follow_ups_for_group_3(tables: Tables) -> ir.Table:
    """Follow-ups of citizens who were in match group 3 on that day."""
    follow_ups, third = tables["follow_ups"], _in_group_3(tables)
    periods = third.select("citizen", "from_date", "to_date")
    joined = follow_ups.select("row_no", "citizen", "followed_up_at").join(periods, "citizen")
    covered = joined.filter(active_on(joined, joined.followed_up_at.date()))
    return follow_ups.filter(follow_ups.row_no.isin(covered.row_no))


def group_3_on_last_day(tables: Tables) -> ir.Table:
    """Each person in match group 3 on a period's last day, and whether a plan was in force."""
    periods = tables["periods"].select("quarter", on_date="last_day")
    third = _in_group_3(tables).cross_join(periods)
    stock = third.filter(active_on(third, third.on_date))
    stock = stock.group_by("citizen", "quarter", "on_date").agg(
        row_no=stock.row_no.min(), office=stock.office.max()
    )
    plans = tables["action_plans"].select("citizen", "made_at", "closed_at")
    joined = stock.select("citizen", "on_date").join(plans, "citizen")
    open_then = joined.closed_at.isnull() | (joined.closed_at.date() > joined.on_date)
    in_force = joined.filter((joined.made_at.date() <= joined.on_date) & open_then)
    held = in_force.select("citizen", "on_date").distinct().mutate(has_plan=True)
    covered = stock.left_join(held, ["citizen", "on_date"])
    return covered.drop("citizen_right", "on_date_right").mutate(
        covered=covered.has_plan.fill_null(False)
    )


ACTION_PLAN_COVERAGE = Stock(
    id="action_plan_coverage",
    title="An action plan for everyone in match group 3",
    words="Of the persons in match group 3 on the last day of the period, the share with an action "
    "plan made by then and not closed. Persons whose match group is not stated are not counted.",
    unit="share",
    table="match_groups",
    also_reads=("action_plans",),
    population=group_3_on_last_day,
)

PERSONS_IN_MATCH_GROUP_3 = Stock(
    id="persons_in_match_group_3",
    title="Persons in match group 3",
    words="Persons in match group 3 on the last day of the period. Persons whose match group is "
    "not stated are not counted.",
    unit="count",
    is_target=False,
    table="match_groups",
    also_reads=("action_plans",),
    population=group_3_on_last_day,
)

ACTION_PLANS_PER_CASEWORKER_WEEK = Counted(
    id="action_plans_per_caseworker_week",
    title="Action plans per caseworker a week",
    words="Action plans made for match group 3 in the period, divided by the weeks of casework in "
    "the duty roster (days on duty / 5).",
    unit="per_caseworker_week",
    table="action_plans",
    also_reads=("match_groups", "duty_roster"),
    population=plans_for_group_3,
    happened="made_at",
)

ACTION_PLANS_MADE = Counted(
    id="action_plans_made",
    title="Action plans made for match group 3",
    words="Action plans made in the period for citizens who were in match group 3 that day.",
    unit="count",
    is_target=False,
    table="action_plans",
    also_reads=("match_groups",),
    population=plans_for_group_3,
    happened="made_at",
)

ACTION_PLAN_FOLLOW_UPS = Counted(
    id="action_plan_follow_ups",
    title="Follow-ups of action plans for match group 3",
    words="Follow-ups of action plans in the period, of citizens who were in match group 3 that "
    "day.",
    unit="count",
    is_target=False,
    table="follow_ups",
    also_reads=("match_groups",),
    population=follow_ups_for_group_3,
    happened="followed_up_at",
)
