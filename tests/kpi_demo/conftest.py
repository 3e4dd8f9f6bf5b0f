"""The synthetic extracts, and what of them may be counted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from kpi_demo import write_demo

from kpi.periods import ClosedDay, WorkCalendar
from tests.kpi_demo.extracts import (
    AS_OF,
    SOURCES,
    days,
    form_of,
    of_citizens,
    persons,
    quarter,
    read_texts,
)


@pytest.fixture(scope="session")
def data(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_demo(folder / "demo")
    return folder


@pytest.fixture(scope="session")
def extract(data):
    texts = {name: read_texts(data, source) for name, source in SOURCES.items()}
    return lambda name: texts[name].copy()


@pytest.fixture(scope="session")
def held(extract):
    """Conversations held that may be counted."""
    table = extract("conversations")
    for moment in ("contact_at", "ordered_at", "offered_at", "held_at"):
        table[f"{moment}_text"], table[moment] = table[moment], days(table[moment])
    known = table["kind"].isin(["booked", "acute", "home_visit", "telephone"])
    readable = table["contact_at"].notna() | (table["contact_at_text"] == "")
    counted = table[
        of_citizens(table)
        & known
        & readable
        & (table["status"] == "held")
        & (table["conversation_id"] != "")
        & (table["municipality_code"] == "956")
        & ~table.duplicated("conversation_id")
        & ~(table["held_at"] < table["ordered_at"])
        & ~(table["held_at"] < table["contact_at"])
        & (table["held_at"] <= AS_OF)
    ]
    counted = counted.assign(person=persons(counted["citizen"]))
    return counted[~counted.duplicated(["person", "held_at", "kind"])]


@pytest.fixture(scope="session")
def group_3(extract):
    """Periods in match group 3 that may be counted, with an open end far away."""
    table = extract("match_groups")
    table = table[of_citizens(table) & (table["municipality_code"] == "956")]
    table = table[table["match_group"] == "3"]
    last = days(table["to_date"]).where(table["to_date"] != "01-01-1900")
    return pd.DataFrame(
        {
            "person": persons(table["citizen"]),
            "first": days(table["from_date"]),
            "last": last.fillna(pd.Timestamp("9999-12-31")),
        }
    )


@pytest.fixture(scope="session")
def plans(extract):
    table = extract("action_plans")
    table = table[of_citizens(table) & (table["plan_id"] != "") & ~table.duplicated("plan_id")]
    table = table[~table["closed_at"].isin(["uge 42", "snarest"])]
    table = table.assign(
        person=persons(table["citizen"]),
        made_at=days(table["made_at"]),
        closed_at=days(table["closed_at"]),
    )
    return table[table["made_at"] <= AS_OF]


@pytest.fixture(scope="session")
def steps(extract):
    """The first and last local day of each step of each bill, from the ledger's Danish time."""
    table = extract("bill_steps")
    stamped = pd.to_datetime(table["happened_at"], format="%d-%m-%Y %H:%M:%S", errors="coerce")
    local = stamped.dt.tz_localize("Europe/Copenhagen").dt.tz_convert("America/Nuuk")
    table["day"] = local.dt.tz_localize(None).dt.normalize().dt.as_unit("s")
    table["danish_day"] = stamped.dt.normalize()
    return table


@pytest.fixture(scope="session")
def bills(extract, steps):
    """Approved bills with a due date that may be counted, and the days of their steps."""
    table = extract("bills")
    table = table[
        (table["kind"] == "bill")
        & (table["is_cancelled"] == "Nej")
        & (table["bill_id"] != "")
        & ~table["citizen"].map(form_of).isin(["malformed", "impossible_date"])
        & (table["municipality_code"] == "956")
        & ~table.duplicated(["supplier", "invoice_number"])
        & (table["received_at"] != "")
    ]
    table = table.assign(due_at=days(table["due_at"]), received_at=days(table["received_at"]))
    last = steps.pivot_table(index="bill_id", columns="step", values="day", aggfunc="max")
    table = table.join(last, on="bill_id")
    paid = set(steps.loc[steps["step"] == "Betalt", "bill_id"])
    table["is_paid"] = table["bill_id"].isin(paid)
    impossible = (table["Betalt"] < table["Godkendt"]) | (table["Godkendt"] < table["received_at"])
    table = table[table["Godkendt"].notna() & table["due_at"].notna() & ~impossible]
    return table.assign(quarter=quarter(table["due_at"]))


@pytest.fixture(scope="session")
def applications(extract):
    """Applications that may be counted; what is withdrawn is left out."""
    table = extract("applications")
    unreadable = days(table["decided_at"]).isna() & (table["decided_at"] != "")
    table = table.assign(decided_at=days(table["decided_at"]), received=days(table["received_at"]))
    return table[
        ~unreadable
        & of_citizens(table)
        & table["kind"].isin(["housing_benefit", "early_retirement_pension", "other"])
        & table["result"].isin(["granted", "refused", "error", ""])
        & (table["application_id"] != "")
        & ~table.duplicated("application_id")
        & table["received"].notna()
        & ~(table["decided_at"] < table["received"])
        & (table["municipality_code"] == "956")
    ]


@pytest.fixture(scope="session")
def calendar() -> WorkCalendar:
    closed = ((12, 24), (12, 31), (6, 21))
    return WorkCalendar("GL", tuple(ClosedDay(month, day, "") for month, day in closed))


@pytest.fixture(scope="session")
def office_days(calendar) -> np.busdaycalendar:
    table = calendar.table
    return np.busdaycalendar(holidays=table.loc[~table["is_workday"], "date"].tolist())
