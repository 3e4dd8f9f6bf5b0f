"""The way of each bill through the offices and the ledger, in days.

A quarter's bills are first given a fate, then dates that fit it. Bills that are met pass all stages
in time; `SLOWED_STAGE` alone holds up the bills of 2019Q3 with the fate of slow posting.

The bills that citizens hand in: regninger.csv.

The steps of the bills, stamped by a ledger that is hosted in Denmark: regninger_trin.csv.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpi_demo.calibration import (
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
from kpi_demo.extracts import (
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
    spare_rows_by_quarter,
    spoil,
    strange_numbers,
    where,
    written_days,
)
from kpi_demo.people import (
    AS_OF,
    NEVER,
    OFFICES,
    QUARTERS,
    THE_DAY_AFTER,
    Days,
    Flags,
    People,
    Whole,
    after,
    all_days,
    before,
    is_open,
    next_weekday,
)
from kpi_demo.planted import ROWS

Fates = npt.NDArray[np.object_]

MET, UNKNOWN, UNPAID_FATE, ABSENT = "met", "paid without date", "unpaid", "absent"
HANDED_IN_LATE, SENT_BACK, SLOW_PAYMENT = "handed in late", "returned", "slow payment"
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
    others += [SENT_BACK] * (late // 2) + [SLOW_PAYMENT] * (late - late // 2)
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
    back = lucky | (fates == SENT_BACK)
    first = np.where(back, approved, NEVER)
    returned = np.where(back, after(approved, 1), NEVER)
    approved = np.where(back, after(approved, rng.integers(2, 4, count)), approved)
    very_late = after(np.maximum(due - 2, approved), rng.integers(1, 6, count))
    approved = np.where(fates == SENT_BACK, very_late, approved)
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
    back = fate == SENT_BACK
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
    "unreadable_value": ("is_cancelled", ("Måske", "se bilag")),
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
    to_come = strange_numbers("REG-2020", "bills", "after_extraction")
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


STEP_HEADERS = {"bill_id": "Regnings-ID", "step": "Trin", "happened_at": "Tidspunkt"}
LOCAL_ZONE, LEDGER_ZONE = "America/Nuuk", "Europe/Copenhagen"

RECEIVED, RETURNED, APPROVED = "Modtaget", "Returneret", "Godkendt"
SENT, POSTED, PAID = "Sendt til økonomi", "Bogført", "Betalt"

# Stage, the ledger's name of it, and the minutes of the local day between which it is stamped.
_STAMPED = (
    ("received_at", RECEIVED, 480, 540),
    ("first_approved_at", APPROVED, 540, 630),
    ("returned_at", RETURNED, 630, 690),
    ("approved_at", APPROVED, 690, 750),
    ("sent_at", SENT, 750, 810),
    ("posted_at", POSTED, 810, 900),
    ("paid_at", PAID, 900, 960),
)
UNKNOWN_STEP = "Journaliseret"  # no parameter file knows it
_EVENING = (1205, 1415)  # from 20:05 on it is the next day in Denmark

_PLANTED_STEPS = ROWS["bill_steps"]
_UNREADABLE = ("31-11-2018 10:15:00", "12-03-19 09:30:00", "uge 42")
_WITHOUT_STEPS = ("bill_id_missing", "repeated_key")


def bill_steps(bills: pd.DataFrame) -> pd.DataFrame:
    """Return the extract of the steps, as text, from bills with the days of their stages."""
    rng = generator("bill_steps")
    known = bills[~bills["defect"].isin(_WITHOUT_STEPS)]
    steps = pd.concat([_steps(rng, known, *stamped) for stamped in _STAMPED])
    steps = steps.sort_index(kind="stable").reset_index(drop=True)
    texts = steps.assign(happened_at=_danish_time(steps["local"]))
    unknown = (steps["fate"] == UNKNOWN) & (steps["step"] == PAID)
    texts.loc[unknown, "happened_at"] = ""
    _spoil(texts)
    strangers, twice = _strangers(texts), _recorded_twice(texts)
    return pd.concat([texts, strangers, twice], ignore_index=True)


def _steps(
    rng: np.random.Generator, bills: pd.DataFrame, stage: str, step: str, first: int, last: int
) -> pd.DataFrame:
    """Stamp the bills that reached a stage."""
    reached = bills[bills[stage].notna()]
    seconds = rng.integers(60 * first, 60 * last, len(reached))
    if step == PAID:
        evening = rng.integers(60 * _EVENING[0], 60 * _EVENING[1], len(reached))
        seconds = np.where(reached["in_the_evening"], evening, seconds)
    local = days_of(reached[stage]).astype("datetime64[s]") + seconds
    return pd.DataFrame(
        {
            "bill_id": reached["bill_id"],
            "step": step,
            "local": local,
            "fate": reached["fate"],
            "defect": reached["defect"],
        }
    )


def _danish_time(local: pd.Series[pd.Timestamp]) -> list[str]:
    """Write local times as the ledger's clock shows them: dd-mm-yyyy hh:mm:ss."""
    stamps = pd.DatetimeIndex(local).tz_localize(LOCAL_ZONE).tz_convert(LEDGER_ZONE)
    naive = stamps.tz_localize(None).to_numpy().astype("datetime64[s]")
    texts = np.datetime_as_string(naive).tolist()
    return [f"{iso[8:10]}-{iso[5:7]}-{iso[:4]} {iso[11:]}" for iso in texts]


def _spoil(texts: pd.DataFrame) -> None:
    """Make times unreadable, rename steps and damage letters, where no figure hangs on them."""
    ordinary = (texts["fate"] == MET) & (texts["defect"] == "")
    received = evenly(
        where(ordinary & (texts["step"] == RECEIVED)), _PLANTED_STEPS["unreadable_value"]
    )
    texts.loc[received, "happened_at"] = np.resize(_UNREADABLE, len(received))
    left = ordinary & (texts["step"] == RECEIVED) & ~texts["happened_at"].isin(_UNREADABLE)
    texts.loc[evenly(where(left), _PLANTED_STEPS["step_unknown"]), "step"] = UNKNOWN_STEP
    lettered = where(ordinary & texts["step"].isin([SENT, POSTED]))
    damage_letters(texts, "step", evenly(lettered, _PLANTED_STEPS["damaged_letters"]))


def _recorded_twice(texts: pd.DataFrame) -> pd.DataFrame:
    """Record steps once more, at the same moment; no figure hangs on them."""
    ordinary = (texts["fate"] == MET) & (texts["defect"] == "") & (texts["step"] == RECEIVED)
    readable = ordinary & ~texts["happened_at"].isin(_UNREADABLE)
    return texts.loc[evenly(where(readable), _PLANTED_STEPS["step_recorded_twice"])]


def _strangers(texts: pd.DataFrame) -> pd.DataFrame:
    """Make steps without a bill or a name, and steps of bills that are in no extract."""
    rules = ("bill_id_missing", "step_missing", "bill_not_found")
    counts = [_PLANTED_STEPS[rule] for rule in rules]
    likely = where((texts["fate"] == MET) & (texts["step"] == SENT))
    chosen: Whole = evenly(likely, sum(counts))
    rows = texts.loc[chosen].reset_index(drop=True)
    nameless, stepless = counts[0], counts[0] + counts[1]
    rows.loc[: nameless - 1, "bill_id"] = ""
    rows.loc[nameless : stepless - 1, "step"] = ""
    steps = (APPROVED, POSTED, PAID)
    for place in range(stepless, len(rows)):
        bill, step = divmod(place - stepless, len(steps))
        rows.loc[place, ["bill_id", "step"]] = [f"REG-2019-{90001 + bill}", steps[step]]
    to_come = where(rows["step"] == PAID)[-_PLANTED_STEPS["after_extraction"] :]
    rows.loc[to_come, "happened_at"] = f"{THE_DAY_AFTER} 09:00:00"
    return rows
