"""The declared tables, one file a subject."""

from __future__ import annotations

from kpi.definitions.subject import Column, Context, Rule, Severity, Table
from kpi.definitions.subjects.applications import APPLICATION_WAITS, APPLICATIONS
from kpi.definitions.subjects.bills import BILL_STEPS, BILLS
from kpi.definitions.subjects.conversations import CONVERSATIONS
from kpi.definitions.subjects.plans import ACTION_PLANS, FOLLOW_UPS, MATCH_GROUPS
from kpi.definitions.subjects.staffing import DUTY_ROSTER, PHONE_WINDOWS

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        CONVERSATIONS,
        ACTION_PLANS,
        FOLLOW_UPS,
        MATCH_GROUPS,
        APPLICATIONS,
        APPLICATION_WAITS,
        BILLS,
        BILL_STEPS,
        DUTY_ROSTER,
        PHONE_WINDOWS,
    )
}

__all__ = ["TABLES", "Column", "Context", "Rule", "Severity", "Table"]
