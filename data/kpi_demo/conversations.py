"""The conversations: samtaler.csv."""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpi_demo.calibration import (
    ACUTE_ON_CLOSED_DAYS,
    CONVERSATIONS,
    CONVERSATIONS_SINCE,
    OPEN_CONTACTS,
    Conversations,
)
from kpi_demo.extracts import (
    MUNICIPALITY,
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
    where,
    written_days,
)
from kpi_demo.people import (
    AS_OF,
    NEVER,
    QUARTERS,
    Days,
    People,
    Whole,
    after,
    all_days,
    before,
    is_open,
    working_days,
)
from kpi_demo.planted import ROWS

HEADERS = {
    "conversation_id": "Samtale-ID",
    "citizen": "CPR-nr.",
    "contact_at": "Henvendt",
    "ordered_at": "Bestilt",
    "offered_at": "Tilbudt",
    "held_at": "Afholdt",
    "kind": "Samtaletype",
    "status": "Status",
    "caseworker": "Sagsbehandler",
    "office": "Kontor",
    "municipality_code": "Kommunekode",
}
BOOKED, ACUTE, HOME_VISIT, TELEPHONE = "Kalendersat", "Akut", "Hjemmebesøg", "Telefon"
HELD, OPEN, NO_SHOW, CANCELLED = "Afholdt", "Åben", "Udeblevet", "Aflyst"
CITIZENS_A_QUARTER = 450  # who come at all, some of them more than once
QUARTERS_WITHOUT_ORDER_DATE = ("2018Q2", "2019Q1")

Kinds = npt.NDArray[np.object_]

_PLANTED = ROWS["conversations"]
_MOMENTS = ("contact_at", "ordered_at", "offered_at", "held_at")
_SPOILED = {
    "unreadable_value": ("contact_at", ("12-03-19", "uge 42", "31-06-2019", "i går")),
    "kind_unknown": ("kind", ("Video",)),
    "status_unknown": ("status", ("Flyttet",)),
}


def conversations(people: People) -> pd.DataFrame:
    """Return the extract of the conversations, as text."""
    rng = generator("conversations")
    spares = spare_rows_by_quarter("conversations")
    periods = [
        _period(rng, people, q.first_day, q.last_day, CONVERSATIONS[str(q)], spares[str(q)])
        for q in QUARTERS
    ]
    first_of_2020 = dt.date(2020, 1, 1)
    periods += [
        _period(rng, people, first_of_2020, AS_OF, CONVERSATIONS_SINCE, []),
        _open_orders(rng, people),
    ]
    rows = pd.concat(periods, ignore_index=True)
    rows = rows.sort_values("contact_at", kind="stable", ignore_index=True)
    _plant(rows, people)
    return _written(rng, people, rows)


def _period(
    rng: np.random.Generator,
    people: People,
    first: dt.date,
    last: dt.date,
    counts: Conversations,
    defects: list[str],
) -> pd.DataFrame:
    """Make the conversations of a period, and its spare rows among them."""
    days = working_days(first, last)
    closed = all_days(first, last)[~is_open(all_days(first, last))]
    come = rng.choice(people.ordinary, CITIZENS_A_QUARTER, replace=False)
    on_closed = min(ACUTE_ON_CLOSED_DAYS, counts.acute // 10)
    acute_days = [rng.choice(days, counts.acute - on_closed), rng.choice(closed, on_closed)]
    parts = [
        _on_the_day(rng, come, np.concatenate(acute_days), ACUTE),
        _booked(rng, come, days, counts),
        _on_the_day(rng, come, rng.choice(days, counts.telephone), TELEPHONE),
        _not_held(rng, come, days, counts.no_show, NO_SHOW),
        _not_held(rng, come, days, counts.cancelled, CANCELLED),
        _spare(rng, people, days, defects),
    ]
    return pd.concat(parts, ignore_index=True)


def _booked(
    rng: np.random.Generator, come: Whole, days: Days, counts: Conversations
) -> pd.DataFrame:
    """Make the booked conversations and home visits; those that come late first."""
    total = counts.held - counts.acute
    held = rng.choice(days, total)
    late, very_late = counts.over_10_days, counts.over_14_days
    parts = (
        _very_late(rng, held[:very_late]),
        _late(rng, held[very_late:late]),
        _soon(rng, held[late:]),
    )
    contact, ordered, offered = (np.concatenate(moments) for moments in zip(*parts, strict=True))
    kinds = np.full(total, BOOKED, dtype=object)
    kinds[rng.choice(total, counts.home_visits, replace=False)] = HOME_VISIT
    citizens = _once_a_day(rng, come, held)
    return _rows(citizens, (contact, ordered, offered, held), kinds, HELD)


def _soon(rng: np.random.Generator, held: Days) -> tuple[Days, Days, Days]:
    """Contact at most ten days before, mostly the working day before."""
    waits = rng.choice([1, 2, 3, 4, 5, 6], len(held), p=[0.55, 0.15, 0.1, 0.1, 0.05, 0.05])
    contact = np.maximum(before(held, waits), after(held - 10))
    ordered = np.minimum(after(contact, rng.integers(0, 2, len(held))), held)
    return contact, ordered, np.where(rng.random(len(held)) < 0.85, held, ordered)


def _late(rng: np.random.Generator, held: Days) -> tuple[Days, Days, Days]:
    """Contact more than ten days before, ordered at most twelve."""
    contact = before(held - rng.integers(11, 17, len(held)))
    ordered = np.maximum(contact, after(held - 12))
    return contact, ordered, held


def _very_late(rng: np.random.Generator, held: Days) -> tuple[Days, Days, Days]:
    """Ordered more than fourteen days before; an earlier date was offered."""
    ordered = before(held - rng.integers(15, 33, len(held)))
    contact = before(ordered, rng.integers(0, 3, len(held)))
    return contact, ordered, after(ordered + (held - ordered) // 2)


def _on_the_day(rng: np.random.Generator, come: Whole, days: Days, kind: str) -> pd.DataFrame:
    """Make conversations held on the day of contact, without order."""
    never = np.full(len(days), NEVER)
    return _rows(_once_a_day(rng, come, days), (days, never, never, days), kind, HELD)


def _not_held(
    rng: np.random.Generator, come: Whole, days: Days, count: int, status: str
) -> pd.DataFrame:
    """Make conversations that were offered and came to nothing."""
    contact, ordered, offered = _soon(rng, rng.choice(days, count))
    never = np.full(count, NEVER)
    return _rows(rng.choice(come, count), (contact, ordered, offered, never), BOOKED, status)


def _spare(
    rng: np.random.Generator, people: People, days: Days, defects: list[str]
) -> pd.DataFrame:
    """Make ordinary rows to be spoiled, of citizens who occur nowhere else."""
    held = rng.choice(days, len(defects))
    contact, ordered, offered = _soon(rng, held)
    rows = _rows(people.spare(len(defects)), (contact, ordered, offered, held), BOOKED, HELD)
    return rows.assign(defect=defects)


def _open_orders(rng: np.random.Generator, people: People) -> pd.DataFrame:
    """Make the orders that were still open at the cut-off."""
    contact = np.array(OPEN_CONTACTS, dtype="datetime64[D]")
    ordered = np.minimum(after(contact, 1), np.datetime64(AS_OF))
    never = np.full(len(contact), NEVER)
    citizens = rng.choice(people.ordinary, len(contact), replace=False)
    return _rows(citizens, (contact, ordered, never, never), BOOKED, OPEN)


def _once_a_day(rng: np.random.Generator, come: Whole, days: Days) -> Whole:
    """Choose citizens so that nobody comes twice on a day."""
    citizens = rng.choice(come, len(days))
    while True:
        again = pd.DataFrame({"citizen": citizens, "day": days}).duplicated().to_numpy()
        if not again.any():
            return citizens
        citizens[again] = rng.choice(come, int(again.sum()))


def _rows(
    citizens: Whole, moments: tuple[Days, Days, Days, Days], kind: str | Kinds, status: str
) -> pd.DataFrame:
    dated = dict(zip(_MOMENTS, moments, strict=True))
    return pd.DataFrame(
        {"citizen": citizens, **dated, "kind": kind, "status": status, "defect": ""}
    )


def _plant(rows: pd.DataFrame, people: People) -> None:
    """Break the rules about dates, rows and persons, before anything is written."""
    booked = where((rows["defect"] == "") & (rows["status"] == HELD) & (rows["kind"] == BOOKED))
    lose_check_digits(rows, people, "conversations", booked)
    _hold_on_closed_days(rows, booked)
    _lose_order_dates(rows, booked)
    held = days_of(rows["held_at"])[booked]
    checked = ~people.lacks_check_digit[rows["citizen"].to_numpy()[booked]]
    plain = booked[is_open(held) & rows["ordered_at"].notna().to_numpy()[booked] & checked]
    repeat_rows(rows, "recorded_twice", ["citizen", *_MOMENTS, "kind"], plain)
    rows.loc[rows["defect"] == "no_show_recorded_as_held", "status"] = NO_SHOW
    _disorder(rows)


def _lose_order_dates(rows: pd.DataFrame, booked: Whole) -> None:
    """Leave the date of the order out of some conversations of two quarters."""
    quarters = rows["held_at"].dt.to_period("Q").astype(str).to_numpy()[booked]
    for name in QUARTERS_WITHOUT_ORDER_DATE:
        count = _PLANTED["order_date_missing"] // len(QUARTERS_WITHOUT_ORDER_DATE)
        rows.loc[evenly(booked[quarters == name], count), "ordered_at"] = pd.NaT


def _disorder(rows: pd.DataFrame) -> None:
    """Put the dates of spare rows in an order that cannot be."""
    ordered_late = rows["defect"] == "held_before_ordered"
    rows.loc[ordered_late, "ordered_at"] = after(days_of(rows.loc[ordered_late, "held_at"]), 3)
    contact_late = rows["defect"] == "held_before_contact"
    rows.loc[contact_late, "contact_at"] = after(days_of(rows.loc[contact_late, "held_at"]), 4)
    to_come = where(rows["defect"] == "dates_after_extraction")
    rows.loc[to_come, ["contact_at", "ordered_at"]] = np.datetime64("2020-01-14")
    coming_days = after(np.full(len(to_come), np.datetime64(AS_OF)), np.arange(len(to_come)) + 2)
    rows.loc[to_come, ["offered_at", "held_at"]] = np.column_stack([coming_days, coming_days])


def _hold_on_closed_days(rows: pd.DataFrame, booked: Whole) -> None:
    """Move some conversations of Fridays to the Saturday, still in time and in the quarter."""
    held = days_of(rows["held_at"])[booked]
    friday = (held.astype("datetime64[D]").astype(int) + 3) % 7 == 4
    waited = held - days_of(rows["contact_at"])[booked]
    saturday = held + 1
    same_quarter = saturday.astype("datetime64[M]") == held.astype("datetime64[M]")
    able = booked[friday & (waited < np.timedelta64(8)) & same_quarter]
    moved = evenly(able, _PLANTED["held_on_closed_day"])
    rows.loc[moved, "held_at"] = days_of(rows.loc[moved, "held_at"]) + 1


def _written(rng: np.random.Generator, people: People, rows: pd.DataFrame) -> pd.DataFrame:
    """Write the rows as the case system does, and spoil what only shows in the text."""
    citizens = rows["citizen"].to_numpy()
    texts = rows.assign(
        conversation_id=numbered("RÅD", days_of(rows["contact_at"])),
        citizen=people.written(rng, citizens),
        caseworker=people.caseworkers(rng, citizens),
        office=people.offices[citizens],
        municipality_code=MUNICIPALITY,
        **{moment: written_days(days_of(rows[moment])) for moment in _MOMENTS},
    )
    cancelled = where(texts["status"] == CANCELLED)
    repeat_rows(texts, "repeated_key", list(HEADERS), cancelled[texts["defect"][cancelled] == ""])
    spoil(texts, _SPOILED)
    lose_zeros(texts, people, citizens, "conversations")
    whole = where((texts["defect"] == "") & (texts["status"] == HELD))
    damage_letters(texts, "conversation_id", evenly(whole, _PLANTED["damaged_letters"]))
    return texts
