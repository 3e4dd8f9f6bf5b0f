"""Rows that break every rule of every contract, drawn as text (see tests/drawn.py)."""
# ruff: noqa: E501 - a drawn table is as wide as its columns

from __future__ import annotations


def _piled_decisions() -> str:
    """Draw applications of which twenty are decided on one day, where one a day is usual."""
    days = [*(f"2019-12-{day:02}" for day in range(2, 9)), *["2019-12-30"] * 20]
    return "".join(
        f"d{number} | | other | 2019-10-01 | {day}T10:00:00{' |' * 6}\n"
        for number, day in enumerate(days)
    )


BROKEN = {
    "applications": """
        application_id | citizen | kind                     | received_at | decided_at | result   | case_number | is_reopened | municipality_code | citizen_check   | unreadable
        a1             | ane     | early_retirement_pension | 2019-01-01  | 2019-06-01 | granted  | e-1         |             | 956               |                 |
        a1             | bo      | other                    | 2019-10-02  |            |          | e-1         |             |                   | malformed       | some column
        a2             | bo      | other                    | 2019-10-03  |            | error    | e-2         | yes         | 957               | modulus_11      |
        a3             | Åse     | other                    | 2019-10-02  | 2019-10-01 | refusedÃ | e-3         | no          | 956               | impossible_date |
                       | åse     | gift                     |             |            |          |             |             |                   | nine_digits     |
        a4             | æble    |                          | 2019-10-01  | 2020-01-16 |          |             |             |                   |                 |
        a5             | æble    | other                    | 2020-01-16  |            |          |             |             |                   |                 |
        """
    + _piled_decisions(),
    "application_waits": """
        application_id | from_date  | to_date    | unreadable
        a1             | 2019-10-02 | 2019-10-01 |
        aÃ             | 2019-10-02 |            |
                       |            |            | from_date
        a1             | 2020-01-02 | 2020-01-16 |
        a1             | 2020-01-16 |            |
        """,
    "action_plans": """
        plan_id | citizen | made_at    | closed_at  | next_follow_up_at | author | citizen_check   | unreadable
        p1      | ane     | 2019-01-01 |            | 2019-12-01        | abc    | nine_digits     |
        p1      | ane     | 2019-10-01 |            |                   |        | malformed       | some column
        pÃ      | bo      | 2020-01-15 | 2020-01-17 |                   | x      | modulus_11      |
        p2      | bo      | 2020-01-16 |            |                   | x      |                 |
                |         |            |            |                   | abc    | impossible_date |
        """,
    "follow_ups": """
        follow_up_id | plan_id | citizen | followed_up_at | citizen_check   | unreadable
        f1           | pÃ      | bo      | 2020-01-14     | nine_digits     |
        f1           | p9      | bo      | 2019-10-02     | malformed       | some column
        f2           | P1      | cara    | 2020-01-15     | modulus_11      |
        f3           | p1      | ane     | 2020-01-16     |                 |
                     |         |         |                | impossible_date |
        """,
    "match_groups": """
        citizen | match_group | from_date  | to_date    | municipality_code | office | citizen_check   | unreadable
        ane     | 3           | 2019-01-01 | 2019-06-30 | 956               | Ã      | nine_digits     |
        ane     | 2           | 2019-06-30 | 9999-12-31 |                   |        | malformed       | some column
        bo      | 0           | 2019-01-01 | 1900-01-01 | 957               |        | modulus_11      |
        bo      | 4           | 2019-10-01 |            |                   |        | impossible_date |
        Åse     | 1           | 2019-10-02 | 2019-10-01 |                   |        |                 |
        åse     | 1           | 2019-01-01 | 2019-03-01 |                   |        |                 |
        åse     | 1           | 2019-06-01 | 2020-01-31 |                   |        |                 |
        åse     | 1           | 2020-02-01 |            |                   |        |                 |
                |             |            |            |                   |        |                 |
        """,
    "conversations": """
        conversation_id | citizen | contact_at | ordered_at | held_at    | kind   | status  | municipality_code | citizen_check   | unreadable
        c1              | ane     |            | 2019-10-02 | 2019-10-01 | booked | held    | 956               | nine_digits     |
        c1              | ane     | 2019-10-02 |            | 2019-10-01 | booked | held    | 957               | malformed       | some column
        c2              | bo      |            | 2019-12-24 | 2019-12-24 | Booked | no_show |                   | modulus_11      |
        cÃ              | cara    |            | 2019-12-24 | 2020-01-16 | acute  | held    |                   | impossible_date |
        c3              | cara    |            | 2020-01-16 | 2020-01-17 | acute  | held    |                   |                 |
                        |         |            |            |            |        | gone    |                   |                 |
                        |         |            |            |            | acute  |         |                   |                 |
        """,
    "duty_roster": """
        caseworker | date       | duty     | office | unreadable
        abc        | 2019-10-01 | casework | Ã      |
        abc        | 2019-10-01 | lunch    |        | some column
        Abc        | 2019-10-01 |          |        |
                   |            | absent   |        |
        """,
    "phone_windows": """
        date       | from_time | planned_minutes | unreadable
        2019-10-01 | 09:00     | 60              |
        2019-10-01 | 09:00     | 45              | open_minutes
                   | Ã         |                 |
        2019-10-02 |           | 60              |
        """,
    "bills": """
        bill_id | citizen | supplier | invoice_number | kind        | amount_dkk | received_at | due_at     | approved_at | paid_at    | is_paid | municipality_code | citizen_check   | unreadable
        b1      | ane     | 10       | i-1            | bill        | 0          | 2019-10-03  | 2019-10-01 | 2019-10-02  | 2019-10-01 | yes     | 956               | nine_digits     |
        b1      | bo      | 10       | i-1            | bill        | 12.50      | 2019-10-01  |            | 2019-10-02  |            | yes     | 957               | malformed       | some column
        b2      | Åse     | 10       | I-1            | credit_note | -5         | 2019-10-01  |            | 2019-10-02  |            |         |                   | modulus_11      | amount_dkk
        b3      | åse     | Ã        | i-2            | gift        | 5          | 2020-01-15  | 2020-02-01 | 2020-01-16  |            |         |                   | impossible_date |
        b4      | åse     |          |                | bill        | 5          | 2020-01-16  | 2020-02-01 |             |            |         |                   |                 |
                |         |          |                |             |            |             |            |             |            |         |                   |                 |
        """,
    "bill_steps": """
        bill_id | step     | happened_at         | unreadable
        b1      | approved | 2019-10-01T08:00:00 |
        b1      | approved | 2019-10-01T08:00:00 | some column
        b1      | Approved | 2019-10-01T08:00:00 |
        b9      | posÃ     | 2020-01-15          |
        b9      | posted   | 2020-01-16          |
                |          |                     |
        """,
}
