"""What each quarter must show: the published figures where there are any, else plausible ones.

Published (agenda item for 2019Q4, article on 2019Q3): 270 conversations, of them 40 acute; 40
action plans and 25 follow-ups for match group 3; payments on time between 90 and 95 per cent in
2019Q4 and 75 per cent in 2019Q3; 248 persons in match group 3 in September 2019. All else is
invented.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple


class Conversations(NamedTuple):
    """Conversations of a quarter, by the day they were held."""

    held: int  # face to face, the acute ones included
    acute: int
    home_visits: int
    over_10_days: int  # from contact, not acute; those over 14 days included
    over_14_days: int  # from order
    telephone: int
    no_show: int
    cancelled: int


CONVERSATIONS = {
    "2018Q1": Conversations(264, 34, 14, 24, 9, 72, 16, 11),
    "2018Q2": Conversations(252, 37, 12, 22, 8, 66, 14, 12),
    "2018Q3": Conversations(275, 41, 16, 21, 8, 64, 17, 10),
    "2018Q4": Conversations(266, 36, 13, 22, 9, 61, 15, 13),
    "2019Q1": Conversations(274, 44, 15, 20, 7, 58, 18, 12),
    "2019Q2": Conversations(254, 38, 12, 19, 7, 52, 13, 11),
    "2019Q3": Conversations(288, 43, 17, 18, 7, 0, 16, 14),
    "2019Q4": Conversations(270, 40, 15, 17, 6, 0, 15, 12),
}
CONVERSATIONS_SINCE = Conversations(42, 6, 2, 3, 1, 0, 2, 1)  # 2 to 15 January 2020
ACUTE_ON_CLOSED_DAYS = 3  # a quarter

# Contacts whose conversation was still open at the cut-off: over both limits before the end of
# 2019Q4; over a limit since then; within the limits.
OPEN_CONTACTS = tuple(
    dt.date.fromisoformat(day)
    for day in (
        *("2019-12-05", "2019-12-11"),
        *("2019-12-23", "2019-12-27", "2019-12-30", "2020-01-02"),
        *("2020-01-07", "2020-01-08", "2020-01-09", "2020-01-10"),
        *("2020-01-13", "2020-01-14", "2020-01-14", "2020-01-15"),
    )
)


class Group3(NamedTuple):
    """Match group 3 and its action plans in a quarter."""

    persons: int  # on the last day
    leaving: int
    plans_made: int
    follow_ups: int
    with_plan: int  # of the persons on the last day


GROUP_3_BEFORE = 331  # persons on 31 December 2017
PLANS_BEFORE = 112  # of them with an open plan
GROUP_3 = {
    "2018Q1": Group3(326, 38, 128, 22, 170),
    "2018Q2": Group3(317, 41, 121, 26, 184),
    "2018Q3": Group3(305, 44, 117, 31, 189),
    "2018Q4": Group3(293, 42, 112, 29, 192),
    "2019Q1": Group3(281, 43, 104, 34, 190),
    "2019Q2": Group3(264, 45, 97, 30, 182),
    "2019Q3": Group3(248, 40, 66, 27, 174),  # nobody leaves in September
    "2019Q4": Group3(240, 33, 40, 25, 173),
}
OTHER_JOBSEEKERS = 620  # persons in match groups 1 and 2 only, over the two years


class Limited(NamedTuple):
    """Applications with a limit, by the quarter in which the limit ends."""

    due: int
    late: int
    withdrawn: int


HOUSING_BENEFIT = {
    "2018Q1": Limited(62, 8, 3),
    "2018Q2": Limited(60, 7, 2),
    "2018Q3": Limited(66, 7, 3),
    "2018Q4": Limited(64, 6, 3),
    "2019Q1": Limited(63, 8, 2),
    "2019Q2": Limited(65, 7, 3),
    "2019Q3": Limited(68, 7, 2),
    "2019Q4": Limited(66, 6, 3),
}
HOUSING_BENEFIT_SINCE = Limited(10, 1, 0)
ROLLOVERS_A_DAY = 3  # on the working days from 1 to 20 December

OTHER_APPLICATIONS = {
    "2018Q1": Limited(246, 30, 11),
    "2018Q2": Limited(251, 31, 13),
    "2018Q3": Limited(240, 28, 10),
    "2018Q4": Limited(258, 32, 14),
    "2019Q1": Limited(255, 29, 12),
    "2019Q2": Limited(249, 30, 11),
    "2019Q3": Limited(243, 29, 13),
    "2019Q4": Limited(250, 30, 12),
}
OTHER_APPLICATIONS_SINCE = Limited(40, 5, 0)
STILL_OPEN_AND_LATE = 6  # of the late ones of 2019Q4
BULK_DAY = dt.date(2019, 12, 30)
BULK_LATE, BULK_IN_TIME = 18, 18  # applications closed together on that day


class Pensions(NamedTuple):
    """New applications for early retirement pension decided in a quarter, and reassessments."""

    decided: int
    median_days: int
    reassessments: int


PENSIONS = {
    "2018Q1": Pensions(28, 158, 6),
    "2018Q2": Pensions(30, 155, 5),
    "2018Q3": Pensions(27, 152, 7),
    "2018Q4": Pensions(31, 150, 6),
    "2019Q1": Pensions(29, 147, 5),
    "2019Q2": Pensions(30, 143, 7),
    "2019Q3": Pensions(28, 139, 6),
    "2019Q4": Pensions(30, 134, 6),
}
OPEN_PENSIONS = 46
SHARE_WAITING = 0.08  # of other and pension applications that waited for the citizen


class Bills(NamedTuple):
    """Approved bills by the quarter of their due date; those neither missed nor unknown are met."""

    due: int
    missed: int
    unknown: int  # marked as paid, without a date
    absent: int  # of the missed: never reached the ledger
    handed_in_late: int  # of the missed: received after the due date
    slow_posting: int  # of the missed: held up by SLOWED_STAGE


BILLS = {
    "2018Q1": Bills(985, 118, 24, 5, 7, 0),
    "2018Q2": Bills(1002, 102, 16, 4, 6, 0),
    "2018Q3": Bills(1018, 76, 0, 3, 6, 0),
    "2018Q4": Bills(1031, 58, 0, 2, 5, 0),
    "2019Q1": Bills(1024, 46, 0, 2, 6, 0),
    "2019Q2": Bills(1037, 61, 0, 3, 5, 0),
    "2019Q3": Bills(1040, 260, 0, 3, 7, 206),
    "2019Q4": Bills(1055, 52, 52, 2, 6, 0),
}
UNPAID = 3  # a quarter: posted, never paid
MISSED_BY_MONTH_2019Q3 = {"2019-07": 80, "2019-08": 96, "2019-09": 84}
BILLS_SINCE = 470  # due from 1 January to 12 February 2020
CANCELLED_BILLS = 8  # a quarter
BILLS_NOT_APPROVED = 9  # a quarter
PAID_ON_DUE_EVENING = 25  # a quarter: on the due day here, on the next day in Denmark

# The one stage that was slow in 2019Q3: for three months the ledger posted once a week, not daily.
SLOWED_STAGE = ("Sendt til økonomi", "Bogført")
SLOWED_FROM, SLOWED_TO = dt.date(2019, 6, 17), dt.date(2019, 9, 20)
POSTING_DAY = "Wed"

# Days of casework in the duty roster: booked conversations / (days / 5) lies between 16 and 18.
CASEWORK_DAYS = {
    "2018Q1": 70,
    "2018Q2": 66,
    "2018Q3": 71,
    "2018Q4": 69,
    "2019Q1": 68,
    "2019Q2": 64,
    "2019Q3": 72,
    "2019Q4": 66,
}
DAYS_WITHOUT_ACUTE_DUTY = {"2018Q1": 6, "2018Q3": 5, "2019Q2": 5, "2019Q4": 5}


class PhoneWindows(NamedTuple):
    """Planned telephone windows of a quarter that were not kept."""

    closed: int
    shortened: int
    not_recorded: int


PHONE_WINDOWS = {
    "2018Q1": PhoneWindows(4, 6, 8),
    "2018Q2": PhoneWindows(3, 5, 0),
    "2018Q3": PhoneWindows(2, 6, 0),
    "2018Q4": PhoneWindows(2, 5, 0),
    "2019Q1": PhoneWindows(3, 4, 6),
    "2019Q2": PhoneWindows(2, 4, 0),
    "2019Q3": PhoneWindows(3, 5, 0),
    "2019Q4": PhoneWindows(2, 4, 5),
}
