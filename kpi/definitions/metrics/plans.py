"""Action plans for match group 3."""

from __future__ import annotations

from kpi.definitions.kinds import Count, Periods, Rate, Stock
from kpi.definitions.metrics.caseworker_weeks import CASEWORKER_WEEKS
from kpi.definitions.subjects.plans import ACTION_PLANS, FOLLOW_UPS, MATCH_GROUPS

IN_GROUP_3 = Periods(
    subject=MATCH_GROUPS, since="from_date", until="until_date", filter="match_group = '3'"
)
PLAN_IN_FORCE = Periods(
    subject=ACTION_PLANS, since="made_at", until="closed_at", is_inclusive=False
)

ACTION_PLAN_COVERAGE = Stock(
    id="action_plan_coverage",
    title="An action plan for everyone in match group 3",
    words="Of the citizens in match group 3 on the last day of the period, the share with an "
    "action plan made by then and not closed. Citizens whose match group is not stated are not "
    "counted.",
    subject=MATCH_GROUPS,
    state=IN_GROUP_3,
    has=PLAN_IN_FORCE,
    late=("{n} citizen has no action plan", "{n} citizens have no action plan"),
)

PERSONS_IN_MATCH_GROUP_3 = Stock(
    id="persons_in_match_group_3",
    title="Citizens in match group 3",
    words="Citizens in match group 3 on the last day of the period. Citizens whose match group is "
    "not stated are not counted.",
    is_target=False,
    subject=MATCH_GROUPS,
    state=IN_GROUP_3,
    has=PLAN_IN_FORCE,
    figure="count",
)

ACTION_PLANS_PER_CASEWORKER_WEEK = Rate(
    id="action_plans_per_caseworker_week",
    title="Action plans per caseworker per week",
    words="Action plans made for match group 3 in the period, divided by the weeks of casework in "
    "the duty roster (days on duty / 5).",
    subject=ACTION_PLANS,
    during=IN_GROUP_3,
    per=CASEWORKER_WEEKS,
    happened="made_at",
)

ACTION_PLANS_MADE = Count(
    id="action_plans_made",
    title="Action plans made for match group 3",
    words="Action plans made in the period for citizens who were in match group 3 that day.",
    is_target=False,
    subject=ACTION_PLANS,
    during=IN_GROUP_3,
    happened="made_at",
)

ACTION_PLAN_FOLLOW_UPS = Count(
    id="action_plan_follow_ups",
    title="Follow-ups of action plans for match group 3",
    words="Follow-ups of action plans in the period, of citizens who were in match group 3 that "
    "day.",
    is_target=False,
    subject=FOLLOW_UPS,
    during=IN_GROUP_3,
    happened="followed_up_at",
)
