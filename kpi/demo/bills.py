"""The bills that citizens hand in: regninger.csv."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kpi.demo.bill_dates import CANCELLED, CREDIT, NO_DUE_DATE, STAGES, bill_dates
from kpi.demo.days import NEVER, THE_DAY_AFTER, Flags, before
from kpi.demo.extracts import (
    MUNICIPALITY,
    add_at_the_end,
    damage_letters,
    days_of,
    evenly,
    generator,
    lose_check_digits,
    lose_zeros,
    numbered,
    repeat_rows,
    spoil,
    strange_numbers,
    where,
    written_days,
)
from kpi.demo.people import OFFICES, People
from kpi.demo.planted import ROWS

HEADERS = {
    "bill_id": "Regnings-ID",
    "citizen": "CPR-nr.",
    "supplier": "Leverandørnr.",
    "invoice_number": "Fakturanr.",
    "amount_dkk": "Beløb",
    "kind": "Bilagstype",
    "received_at": "Modtaget",
    "due_at": "Forfaldsdato",
    "is_cancelled": "Annulleret",
    "office": "Kontor",
    "municipality_code": "Kommunekode",
}
BILL, CREDIT_NOTE, BENEFIT_RUN = "Regning", "Kreditnota", "Ydelseskørsel"
SUPPLIERS = 60
NOBODY = -1

_PLANTED = ROWS["bills"]
_DANISH = str.maketrans(",.", ".,")
_NOT_POSITIVE = ("0,00", "-250,00", "499,00-")
_SPOILED = {
    "unreadable_value": ("amount_dkk", ("1.234,56 kr.", "se bilag")),
    "kind_unknown": ("kind", ("Rykker",)),
}


def bills(people: People) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the extract of the bills as text, and the same bills with the days of their stages."""
    rng = generator("bills")
    dated = bill_dates(rng).assign(kind=BILL, office="")
    dated.loc[dated["fate"] == CREDIT, "kind"] = CREDIT_NOTE
    dated["citizen"] = rng.choice(people.ordinary, len(dated))
    spare = where(dated["defect"] != "")
    dated.loc[spare, "citizen"] = people.spare(len(spare))
    rows = pd.concat([dated, _benefit_runs()], ignore_index=True)
    rows = rows.sort_values("received_at", kind="stable", ignore_index=True)
    rows["bill_id"] = numbered("REG", days_of(rows["received_at"]))
    ordinary = (rows["defect"] == "") & (rows["kind"] == BILL)
    lose_check_digits(rows, people, "bills", where(ordinary))
    _disorder(rows)
    return _written(rng, people, rows), rows


def _benefit_runs() -> pd.DataFrame:
    """Make the monthly payment runs of each office: no bills, no citizen, no approval."""
    months = np.arange("2018-01", "2020-01", dtype="datetime64[M]").repeat(len(OFFICES))
    due = before((months + 1).astype("datetime64[D]") - 1)
    rows = pd.DataFrame({"due_at": due, "fate": "", "defect": "", "kind": BENEFIT_RUN})
    rows = rows.assign(**dict.fromkeys(STAGES, NEVER), in_the_evening=False, citizen=NOBODY)
    rows["received_at"], rows["posted_at"], rows["paid_at"] = before(due, 4), before(due, 1), due
    rows["office"] = np.resize(OFFICES, len(rows))
    return rows


def _disorder(rows: pd.DataFrame) -> None:
    """Put the days of spare rows in an order that cannot be."""
    paid_first = rows["defect"] == "paid_before_approved"
    rows.loc[paid_first, ["sent_at", "posted_at"]] = pd.NaT
    rows.loc[paid_first, "paid_at"] = before(days_of(rows.loc[paid_first, "approved_at"]), 2)
    approved_first = rows["defect"] == "approved_before_received"
    received = days_of(rows.loc[approved_first, "received_at"])
    rows.loc[approved_first, "approved_at"] = before(received, 3)


def _written(rng: np.random.Generator, people: People, rows: pd.DataFrame) -> pd.DataFrame:
    """Write the rows as the case system does, and spoil what only shows in the text."""
    citizens = rows["citizen"].to_numpy()
    is_run = citizens == NOBODY
    invoices = 80_000 + np.cumsum(rng.integers(1, 90, len(rows)))
    suppliers = 500_000 + 17 * rng.integers(1, SUPPLIERS + 1, len(rows))
    texts = rows.assign(
        citizen=people.written(rng, citizens),
        supplier=np.where(is_run, "", suppliers.astype(str)),
        invoice_number=np.where(is_run, "", [f"Ø-{number}" for number in invoices]),
        amount_dkk=_amounts(rng, rows),
        received_at=written_days(days_of(rows["received_at"])),
        due_at=written_days(days_of(rows["due_at"])),
        is_cancelled=np.where(rows["fate"] == CANCELLED, "Ja", "Nej"),
        office=np.where(is_run, rows["office"], people.offices[citizens]),
        municipality_code=MUNICIPALITY,
    )
    texts.loc[texts["fate"] == NO_DUE_DATE, "due_at"] = ""
    checked = ~people.lacks_check_digit[citizens]
    _spoil_bills(texts, checked)
    lose_zeros(texts, people, citizens, "bills")
    ordinary = where((texts["defect"] == "") & (texts["kind"] == BILL))
    to_come = strange_numbers("REG-2020", "bills", "received_after_extraction")
    nothing = {"citizen": "", "invoice_number": ""}
    return add_at_the_end(texts, "bill_id", to_come, ordinary, received_at=THE_DAY_AFTER, **nothing)


def _spoil_bills(texts: pd.DataFrame, checked: Flags) -> None:
    """Repeat rows and invoices, and spoil amounts and letters of rows that stand once."""
    ordinary = (texts["defect"] == "") & (texts["kind"] == BILL)
    invoice = ["supplier", "invoice_number", "citizen", "amount_dkk"]
    repeat_rows(texts, "invoice_recorded_twice", invoice, where(ordinary & checked))
    runs = where((texts["defect"] == "") & (texts["kind"] == BENEFIT_RUN))
    repeat_rows(texts, "repeated_key", list(HEADERS), runs)
    once = ordinary & ~texts.duplicated(["supplier", "invoice_number"], keep=False)
    not_positive = evenly(where(once), _PLANTED["amount_not_positive"])
    texts.loc[not_positive, "amount_dkk"] = np.resize(_NOT_POSITIVE, len(not_positive))
    damage_letters(texts, "invoice_number", evenly(where(once), _PLANTED["damaged_letters"]))
    spoil(texts, _SPOILED)


def _amounts(rng: np.random.Generator, rows: pd.DataFrame) -> list[str]:
    """Write amounts as 1.234,56; credit notes are negative, half of them with the minus behind."""
    amounts = np.exp(rng.normal(7.1, 0.9, len(rows)))
    amounts[rows["kind"] == BENEFIT_RUN] *= 200
    texts = [f"{amount:,.2f}".translate(_DANISH) for amount in amounts]
    for place in where(rows["kind"] == CREDIT_NOTE):
        texts[place] = f"-{texts[place]}" if place % 2 else f"{texts[place]}-"
    return texts
