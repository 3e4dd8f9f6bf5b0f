"""Payment of the bills that citizens hand in."""

from __future__ import annotations

from kpi.definitions.kinds import ShareWithinLimit
from kpi.definitions.subjects.bills import BILLS

PAYMENTS_ON_TIME = ShareWithinLimit(
    id="payments_on_time",
    title="Payments on time",
    words="Approved bills due in the period: the share paid on or before the due date. A bill that "
    "is not paid and past due is late. A bill that the ledger marks as paid without a date is "
    "unknown and never counted as on time. Credit notes, cancelled bills and benefit runs are not "
    "counted, nor are bills without a due date.",
    subject=BILLS,
    filter="kind = 'bill' AND approved_at IS NOT NULL",
    exclude="is_cancelled",
    start="received_at",
    stop="paid_at",
    done="is_paid",
    steps=("received", "approved", "sent", "posted", "paid"),
    arrivals="kind = 'bill'",
)
