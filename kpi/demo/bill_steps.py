"""The steps of the bills, stamped by a ledger that is hosted in Denmark: regninger_trin.csv."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kpi.demo.bill_dates import MET, UNKNOWN
from kpi.demo.days import THE_DAY_AFTER, Whole
from kpi.demo.extracts import damage_letters, days_of, evenly, generator, where
from kpi.demo.planted import ROWS

HEADERS = {"bill_id": "Regnings-ID", "step": "Trin", "happened_at": "Tidspunkt"}
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

_PLANTED = ROWS["bill_steps"]
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
    received = evenly(where(ordinary & (texts["step"] == RECEIVED)), _PLANTED["unreadable_value"])
    texts.loc[received, "happened_at"] = np.resize(_UNREADABLE, len(received))
    left = ordinary & (texts["step"] == RECEIVED) & ~texts["happened_at"].isin(_UNREADABLE)
    texts.loc[evenly(where(left), _PLANTED["step_unknown"]), "step"] = UNKNOWN_STEP
    lettered = where(ordinary & texts["step"].isin([SENT, POSTED]))
    damage_letters(texts, "step", evenly(lettered, _PLANTED["damaged_letters"]))


def _recorded_twice(texts: pd.DataFrame) -> pd.DataFrame:
    """Record steps once more, at the same moment; no figure hangs on them."""
    ordinary = (texts["fate"] == MET) & (texts["defect"] == "") & (texts["step"] == RECEIVED)
    readable = ordinary & ~texts["happened_at"].isin(_UNREADABLE)
    return texts.loc[evenly(where(readable), _PLANTED["step_recorded_twice"])]


def _strangers(texts: pd.DataFrame) -> pd.DataFrame:
    """Make steps without a bill or a name, and steps of bills that are in no extract."""
    rules = ("bill_id_missing", "step_missing", "bill_not_found")
    counts = [_PLANTED[rule] for rule in rules]
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
    to_come = where(rows["step"] == PAID)[-_PLANTED["taken_after_extraction"] :]
    rows.loc[to_come, "happened_at"] = f"{THE_DAY_AFTER} 09:00:00"
    return rows
