"""The catalogue: every metric's definition, in the committee's order."""

from __future__ import annotations

from kpi.definitions.kinds import Definition
from kpi.definitions.metrics.applications import (
    APPLICATION_TIME,
    EARLY_RETIREMENT_PENSION_TIME,
    HOUSING_BENEFIT_TIME,
)
from kpi.definitions.metrics.conversations import (
    ACUTE_CONVERSATIONS,
    BOOKED_PER_CASEWORKER_WEEK,
    CONVERSATION_WAIT,
    CONVERSATIONS_HELD,
    CONVERSATIONS_PER_WORKING_WEEK,
    CONVERSATIONS_WITHIN_10_DAYS,
    GOOD_SERVICE,
    HOME_VISITS,
    PHONE_CONVERSATIONS,
    SOUND_CASE_PROCESSING,
)
from kpi.definitions.metrics.payments import PAYMENTS_ON_TIME
from kpi.definitions.metrics.plans import (
    ACTION_PLAN_COVERAGE,
    ACTION_PLAN_FOLLOW_UPS,
    ACTION_PLANS_MADE,
    ACTION_PLANS_PER_CASEWORKER_WEEK,
    PERSONS_IN_MATCH_GROUP_3,
)
from kpi.definitions.metrics.staffing import ACUTE_DUTY, FRONT_OFFICE, PHONE_HOURS

CATALOGUE: dict[str, Definition] = {
    definition.id: definition
    for definition in (
        SOUND_CASE_PROCESSING,
        GOOD_SERVICE,
        BOOKED_PER_CASEWORKER_WEEK,
        ACUTE_CONVERSATIONS,
        CONVERSATION_WAIT,
        PHONE_HOURS,
        HOME_VISITS,
        ACUTE_DUTY,
        APPLICATION_TIME,
        PAYMENTS_ON_TIME,
        CONVERSATIONS_WITHIN_10_DAYS,
        ACTION_PLAN_COVERAGE,
        EARLY_RETIREMENT_PENSION_TIME,
        HOUSING_BENEFIT_TIME,
        FRONT_OFFICE,
        ACTION_PLANS_PER_CASEWORKER_WEEK,
        PHONE_CONVERSATIONS,
        CONVERSATIONS_HELD,
        CONVERSATIONS_PER_WORKING_WEEK,
        ACTION_PLANS_MADE,
        ACTION_PLAN_FOLLOW_UPS,
        PERSONS_IN_MATCH_GROUP_3,
    )
}

__all__ = ["CATALOGUE", "Definition"]
