"""All extracts of the synthetic municipality, in the order in which they depend on each other."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from kpi.demo import (
    application_waits,
    applications,
    bill_steps,
    bills,
    conversations,
    match_groups,
    plans,
    staffing,
)
from kpi.demo.extracts import Encoding, generator, write_csv
from kpi.demo.people import People
from kpi.demo.workbook import Sheet, write_workbook


def write_extracts(folder: Path) -> list[Path]:
    """Make the municipality and write what its systems give."""
    people = People(generator("people"))
    members = match_groups.group_3_members(people)
    made, followed_up = plans.plans_and_follow_ups(people, members)
    talks = conversations.conversations(people)
    periods = match_groups.match_groups(people, members)
    applied, waits = applications.applications_and_waits(people, members)
    handed_in, on_their_way = bills.bills(people)
    sheets = [
        Sheet("Handlingsplaner", made, plans.PLAN_HEADERS, ("made_at", "next_follow_up_at")),
        Sheet("Opfølgninger", followed_up, plans.FOLLOW_UP_HEADERS, ("followed_up_at",)),
    ]
    extracts: tuple[tuple[str, pd.DataFrame, dict[str, str], Encoding], ...] = (
        ("samtaler", talks, conversations.HEADERS, "cp1252"),
        ("matchgrupper", periods, match_groups.HEADERS, "utf-8-sig"),
        ("ansoegninger", applied, applications.HEADERS, "cp1252"),
        ("ansoegninger_venter", waits, application_waits.HEADERS, "cp1252"),
        ("regninger", handed_in, bills.HEADERS, "utf-8-sig"),
        ("regninger_trin", bill_steps.bill_steps(on_their_way), bill_steps.HEADERS, "cp1252"),
        ("vagtplan", staffing.duty_roster(), staffing.ROSTER_HEADERS, "utf-8-sig"),
        ("telefontid", staffing.phone_windows(), staffing.WINDOW_HEADERS, "utf-8-sig"),
    )
    return [
        write_workbook(folder / "handlingsplaner.xlsx", sheets),
        *(
            write_csv(folder / f"{name}.csv", texts, headers, encoding)
            for name, texts, headers, encoding in extracts
        ),
    ]
