"""The way of each bill through the offices and the ledger, in days.

A quarter's bills are first given a fate, then dates that fit it. Bills that are met pass all stages
in time; `SLOWED_STAGE` alone holds up the bills of 2019Q3 with the fate of slow posting.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpi.demo.calibration import (
    BILLS,
    BILLS_NOT_APPROVED,
    BILLS_SINCE,
    CANCELLED_BILLS,
    MISSED_BY_MONTH_2019Q3,
    PAID_ON_DUE_EVENING,
    POSTING_DAY,
    SLOWED_FROM,
    SLOWED_TO,
    UNPAID,
    Bills,
)
from kpi.demo.days import (
    AS_OF,
    NEVER,
    QUARTERS,
    Days,
    Flags,
    after,
    all_days,
    before,
    is_open,
    next_weekday,
)
from kpi.demo.extracts import days_of, spare_rows_by_quarter, where
from kpi.demo.planted import ROWS

Fates = npt.NDArray[np.object_]

MET, UNKNOWN, UNPAID_FATE, ABSENT = "met", "paid without date", "unpaid", "absent"
HANDED_IN_LATE, RETURNED, SLOW_PAYMENT = "handed in late", "returned", "slow payment"
SLOW_POSTING = "slow posting"
CANCELLED, NOT_APPROVED, NO_DUE_DATE, CREDIT = "cancelled", "not approved", "no due date", "credit"

STAGES = (
    "received_at",
    "first_approved_at",
    "returned_at",
    "approved_at",
    "sent_at",
    "posted_at",
    "paid_at",
)
TERMS, TERM_SHARES = (14, 21, 29), (0.45, 0.3, 0.25)  # days from receipt to due day
SHORT_TERM = 17  # days that a bill has at most, if weekly posting makes it late
SHARE_RETURNED_IN_TIME = 0.05

CREDIT_NOTES = ROWS["bills"]["credit_note"] // len(QUARTERS)  # a quarter
WITHOUT_DUE_DATE = ROWS["bills"]["due_date_missing"] // len(QUARTERS)  # a quarter


def bill_dates(rng: np.random.Generator) -> pd.DataFrame:
    """Return one row a bill: its due day, its fate and the day of each stage."""
    spares = spare_rows_by_quarter("bills")
    parts = []
    for quarter in QUARTERS:
        name = str(quarter)
        days = _weekdays(quarter.first_day, quarter.last_day)
        parts.append(_quarter(rng, days, BILLS[name], spares[name]))
    parts.append(_since(rng))
    rows = pd.concat(parts, ignore_index=True)
    for stage in STAGES:
        rows.loc[rows[stage] > np.datetime64(AS_OF), stage] = pd.NaT
    return rows.dropna(subset="received_at").reset_index(drop=True)


def _weekdays(first: dt.date, last: dt.date) -> Days:
    days = all_days(first, last)
    return days[np.is_busday(days)]


def _quarter(
    rng: np.random.Generator, days: Days, counts: Bills, defects: list[str]
) -> pd.DataFrame:
    """Make the bills due in a quarter, those outside the population and the spare rows."""
    outside = [CANCELLED] * CANCELLED_BILLS + [NOT_APPROVED] * BILLS_NOT_APPROVED
    outside += [NO_DUE_DATE] * WITHOUT_DUE_DATE + [CREDIT] * CREDIT_NOTES
    due = rng.choice(days, counts.due + len(outside) + len(defects))
    fates = np.full(len(due), MET, dtype=object)
    fates[: counts.due] = _fates(rng, due[: counts.due], counts)
    fates[counts.due : counts.due + len(outside)] = outside
    may_return = (fates == MET) & (np.arange(len(due)) < counts.due)
    rows = _dated(rng, due, fates, may_return)
    rows.loc[len(due) - len(defects) :, "defect"] = defects
    if counts.slow_posting:
        _post_slowly(rng, rows)
    _settle(rng, rows)
    return rows


def _fates(rng: np.random.Generator, due: Days, counts: Bills) -> Fates:
    """Deal out the fates of the bills in the population; slow posting comes later."""
    fates = np.full(len(due), MET, dtype=object)
    early = np.flatnonzero(due < due.min() + 60)  # approved in good time before the cut-off
    chosen = rng.choice(early, counts.absent + counts.handed_in_late, replace=False)
    fates[chosen] = [ABSENT] * counts.absent + [HANDED_IN_LATE] * counts.handed_in_late
    late = counts.missed - counts.slow_posting - len(chosen) - UNPAID
    others = [UNKNOWN] * counts.unknown + [UNPAID_FATE] * UNPAID
    others += [RETURNED] * (late // 2) + [SLOW_PAYMENT] * (late - late // 2)
    fates[rng.choice(np.flatnonzero(fates == MET), len(others), replace=False)] = others
    return fates


def _dated(rng: np.random.Generator, due: Days, fates: Fates, may_return: Flags) -> pd.DataFrame:
    """Let bills pass the stages at the usual pace, before their fate is settled."""
    count = len(due)
    terms = rng.choice(TERMS, count, p=TERM_SHARES)
    received = before(due - terms)
    too_late = fates == HANDED_IN_LATE
    received[too_late] = after(due[too_late] + rng.integers(1, 10, int(too_late.sum())))
    approved = after(received, rng.integers(1, 4, count))
    lucky = may_return & (terms > SHORT_TERM) & (rng.random(count) < SHARE_RETURNED_IN_TIME)
    back = lucky | (fates == RETURNED)
    first = np.where(back, approved, NEVER)
    returned = np.where(back, after(approved, 1), NEVER)
    approved = np.where(back, after(approved, rng.integers(2, 4, count)), approved)
    very_late = after(np.maximum(due - 2, approved), rng.integers(1, 6, count))
    approved = np.where(fates == RETURNED, very_late, approved)
    rows = pd.DataFrame({"due_at": due, "fate": fates, "defect": ""})
    rows["received_at"], rows["first_approved_at"] = received, first
    rows["returned_at"], rows["approved_at"] = returned, approved
    _send_and_pay(rng, rows)
    return rows


def _send_and_pay(rng: np.random.Generator, rows: pd.DataFrame) -> None:
    """Send, post and pay approved bills; while the stage is slow, posting is weekly."""
    approved, count = days_of(rows["approved_at"]), len(rows)
    sent = after(approved, rng.integers(0, 2, count))
    slow = (sent >= np.datetime64(SLOWED_FROM)) & (sent <= np.datetime64(SLOWED_TO))
    posted = np.where(slow, next_weekday(sent, POSTING_DAY), after(sent, rng.integers(0, 2, count)))
    rows["sent_at"], rows["posted_at"] = sent, posted
    rows["paid_at"] = after(posted, rng.integers(1, 3, count))


def _post_slowly(rng: np.random.Generator, rows: pd.DataFrame) -> None:
    """Choose the bills that weekly posting makes late, so that each month misses what it must."""
    due, sent = days_of(rows["due_at"]), days_of(rows["sent_at"])
    slow = (sent >= np.datetime64(SLOWED_FROM)) & (sent <= np.datetime64(SLOWED_TO))
    able = (rows["fate"] == MET) & (rows["defect"] == "") & rows["returned_at"].isna() & slow
    able &= (due - days_of(rows["received_at"])) <= np.timedelta64(SHORT_TERM)
    missed = ~rows["fate"].isin([MET, CANCELLED, NOT_APPROVED, NO_DUE_DATE, CREDIT])
    months = due.astype("datetime64[M]").astype(str)
    for month, wanted in MISSED_BY_MONTH_2019Q3.items():
        in_month = months == month
        chosen = rng.choice(where(able & in_month), wanted - int((missed & in_month).sum()), False)
        rows.loc[chosen, "fate"] = SLOW_POSTING
        posted = next_weekday(np.maximum(due[chosen] - 1, sent[chosen]), POSTING_DAY)
        rows.loc[chosen, "posted_at"] = posted
        rows.loc[chosen, "paid_at"] = after(posted, rng.integers(1, 3, len(chosen)))


def _settle(rng: np.random.Generator, rows: pd.DataFrame) -> None:
    """Make the days fit the fates."""
    fate, due = rows["fate"], days_of(rows["due_at"])
    late = fate == SLOW_PAYMENT
    delay = np.minimum(rng.geometric(0.12, len(rows)), 40)
    rows.loc[late, "paid_at"] = after(due + delay)[late]
    back = fate == RETURNED
    rows.loc[back, "paid_at"] = np.maximum(days_of(rows["paid_at"]), after(due + 1))[back]
    _keep_in_time(rng, rows, fate.isin([MET, UNKNOWN, NO_DUE_DATE]))
    rows.loc[fate.isin([UNPAID_FATE, ABSENT, CANCELLED, NOT_APPROVED, CREDIT]), "paid_at"] = pd.NaT
    rows.loc[fate.isin([ABSENT, CANCELLED, NOT_APPROVED]), "posted_at"] = pd.NaT
    rows.loc[fate.isin([ABSENT, NOT_APPROVED]), "sent_at"] = pd.NaT
    unapproved = fate == NOT_APPROVED
    rows.loc[unapproved, "returned_at"] = rows.loc[unapproved, "approved_at"]
    rows.loc[unapproved, "approved_at"] = pd.NaT


def _keep_in_time(rng: np.random.Generator, rows: pd.DataFrame, in_time: pd.Series[bool]) -> None:
    """Pay on the due day at the latest, some in its evening; earlier stages keep their order."""
    due = days_of(rows["due_at"])
    plain = (rows["fate"] == MET) & (rows["defect"] == "") & is_open(due)
    evening = rng.choice(where(plain), PAID_ON_DUE_EVENING, replace=False)
    rows["in_the_evening"] = False
    rows.loc[evening, "in_the_evening"] = True
    rows.loc[evening, "paid_at"] = due[evening]
    latest = before(due)
    for stage in ("paid_at", "posted_at", "sent_at", "approved_at"):
        latest = np.minimum(days_of(rows[stage]), latest)
        rows.loc[in_time, stage] = latest[in_time]


def _since(rng: np.random.Generator) -> pd.DataFrame:
    """Make the bills due after 2019, most of them not yet paid."""
    due = rng.choice(_weekdays(dt.date(2020, 1, 2), dt.date(2020, 2, 12)), BILLS_SINCE)
    rows = _dated(rng, due, np.full(len(due), MET, dtype=object), np.full(len(due), False))
    _settle(rng, rows)
    return rows
