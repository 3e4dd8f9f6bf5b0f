"""Payment of the bills that citizens hand in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpi.definitions.kinds import Timed
from kpi.definitions.subjects.bills import MILESTONES

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from kpi.definitions.kinds import Tables


def bills_handed_in(tables: Tables) -> ir.Table:
    """Bills, approved or not; credit notes, cancelled bills and benefit runs not among them."""
    bills = tables["bills"]
    return bills.filter((bills.kind == "bill") & ~bills.is_cancelled.fill_null(False))


def approved_bills(tables: Tables) -> ir.Table:
    """Approved bills; credit notes, cancelled bills and benefit runs not among them."""
    bills = bills_handed_in(tables)
    return bills.filter(bills.approved_at.notnull())


PAYMENTS_ON_TIME = Timed(
    id="payments_on_time",
    title="Payments on time",
    words="Approved bills due in the period: the share paid on or before the due date. A bill that "
    "is not paid and past due is late. A bill that the ledger marks as paid without a date is "
    "unknown and never counted as on time. Credit notes, cancelled bills and benefit runs are not "
    "counted, nor are bills without a due date.",
    unit="share",
    table="bills",
    population=approved_bills,
    start="received_at",
    stop="paid_at",
    done="is_paid",
    steps=tuple(f"{name}_at" for name in MILESTONES),
    arrivals=bills_handed_in,
)
