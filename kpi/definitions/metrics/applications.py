"""The time that applications take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpi.definitions.kinds import Duration, Timed

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from kpi.definitions.kinds import Tables


def _decidable(tables: Tables, kind: str) -> ir.Table:
    rows = tables["applications"]
    withdrawn = (rows.result == "withdrawn").fill_null(False)
    rows = rows.filter((rows.kind == kind) & ~withdrawn)
    stands = (rows.result != "error").fill_null(True)
    return rows.mutate(
        decided_at=_only_where(rows.decided_at, stands),
        is_decided=rows.result.isin(["granted", "refused"]).fill_null(False),
    )


def _only_where(moment: ir.TimestampValue, stands: ir.BooleanValue) -> ir.TimestampValue:
    """Return the moment where it stands, else null: the result FEJL ends no application."""
    import ibis

    return ibis.ifelse(stands, moment, ibis.null("timestamp"))


def other_applications(tables: Tables) -> ir.Table:
    """Applications for other benefits than housing benefit and early retirement pension."""
    return _decidable(tables, "other")


def new_pension_applications(tables: Tables) -> ir.Table:
    """New applications for early retirement pension; reassessments not among them."""
    rows = _decidable(tables, "early_retirement_pension")
    return rows.filter(~rows.is_reassessment.fill_null(False))


def new_housing_applications(tables: Tables) -> ir.Table:
    """New applications for housing benefit; automatic renewals not among them."""
    rows = _decidable(tables, "housing_benefit")
    return rows.filter(~rows.is_rollover.fill_null(False))


APPLICATION_TIME = Timed(
    id="application_time",
    title="Applications decided within {days} working days",
    words="Applications whose limit ended in the period (housing benefit and early retirement "
    "pension have their own): the share decided within the limit, counted from the day after "
    "receipt. An application that is still open after its limit is late. Withdrawn ones are not "
    "counted; waiting for the citizen's documents is not deducted.",
    unit="share",
    table="applications",
    population=other_applications,
    start="received_at",
    stop="decided_at",
    done="is_decided",
    waits="application_waits",
    steps=("received_at", "decided_at"),
)

EARLY_RETIREMENT_PENSION_TIME = Duration(
    id="early_retirement_pension_time",
    title="Processing time of early retirement pension",
    words="New applications for early retirement pension decided in the period (reassessments not "
    "counted): the median number of calendar days from receipt to decision.",
    unit="days",
    table="applications",
    population=new_pension_applications,
    start="received_at",
    stop="decided_at",
    done="is_decided",
    waits="application_waits",
    steps=("received_at", "decided_at"),
)

HOUSING_BENEFIT_TIME = Timed(
    id="housing_benefit_time",
    title="Housing benefit decided within {days} days",
    words="New applications for housing benefit whose limit ended in the period (automatic "
    "renewals not counted): the share granted or refused within the limit, counted from the day "
    "after receipt. The result FEJL ends no application. Decided is not yet paid: payments run "
    "once a month.",
    unit="share",
    table="applications",
    population=new_housing_applications,
    start="received_at",
    stop="decided_at",
    done="is_decided",
    waits="application_waits",
    steps=("received_at", "decided_at"),
)
