"""The synthetic municipality: its extracts for 2018Q1 to 2019Q4, in the forms that systems give.

They hold the published figures of 2019Q4 (`calibration`) and known numbers of defects (`planted`).

All extracts of the synthetic municipality, in the order in which they depend on each other.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from kpi_demo import applications, bills, conversations, match_groups, plans, staffing
from kpi_demo.extracts import Encoding, Sheet, generator, write_csv, write_workbook
from kpi_demo.people import People

README = """SYNTETISKE DATA - SYNTHETIC DATA

Udtrækkene i denne mappe er opdigtede af et program. Ingen person, regning eller sag er virkelig.
CPR-numrene er trukket tilfældigt i numrenes form; ligner et af dem et virkeligt, er det et
tilfælde. Fejlene i udtrækkene er plantet med vilje.

The extracts in this folder were invented by a program. No person, bill or case is real. The CPR
numbers were drawn at random in the form of such numbers; should one look like a real one, that is
a coincidence. The defects in the extracts were planted on purpose.
"""


def write_demo(folder: Path) -> list[Path]:
    """Write the extracts and a README into the folder, byte for byte the same each time."""
    folder.mkdir(parents=True, exist_ok=True)
    readme = folder / "README.txt"
    readme.write_bytes(README.replace("\n", "\r\n").encode("utf-8-sig"))
    return [readme, *write_extracts(folder)]


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
        ("ansoegninger_venter", waits, applications.WAIT_HEADERS, "cp1252"),
        ("regninger", handed_in, bills.HEADERS, "utf-8-sig"),
        ("regninger_trin", bills.bill_steps(on_their_way), bills.STEP_HEADERS, "cp1252"),
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
