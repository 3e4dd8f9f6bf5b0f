"""The duty roster and the telephone windows: vagtplan.csv and telefontid.csv."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kpi.periods import Period
from kpi_demo.calibration import CASEWORK_DAYS, DAYS_WITHOUT_ACUTE_DUTY, PHONE_WINDOWS
from kpi_demo.extracts import (
    damage_letters,
    evenly,
    generator,
    repeat_rows,
    spare_rows_by_quarter,
    spoil,
    where,
    written_days,
)
from kpi_demo.people import CASEWORKERS, QUARTERS, Days, Whole, working_days
from kpi_demo.planted import ROWS

ROSTER_HEADERS = {
    "caseworker": "Sagsbehandler",
    "date": "Dato",
    "duty": "Tjeneste",
    "office": "Kontor",
}
WINDOW_HEADERS = {
    "date": "Dato",
    "from_time": "Fra",
    "planned_minutes": "Planlagt (min.)",
    "open_minutes": "Åben (min.)",
}
CASEWORK, ACUTE_DUTY, ABSENT = "Sagsbehandling", "Akutvagt", "Fravær"
MORNING, THURSDAY = ("08:30", 90), ("16:00", 60)
STAFF = [(initials, office) for office, staff in CASEWORKERS.items() for initials in staff]

_SPOILED_ROSTER = {
    "unreadable_value": ("date", ("31-04-2018", "12-03-19")),
    "duty_unknown": ("duty", ("Kursus",)),
}
_SPOILED_WINDOWS = {"unreadable_value": ("open_minutes", ("ca. 60", "90 min", "?"))}


def duty_roster() -> pd.DataFrame:
    """Return the extract of the duty roster, as text."""
    rng = generator("duty_roster")
    spares = spare_rows_by_quarter("duty_roster")
    rows = pd.concat([_roster_of(rng, q, spares[str(q)]) for q in QUARTERS], ignore_index=True)
    rows = rows.sort_values("day", kind="stable", ignore_index=True)
    initials, offices = (np.array(names) for names in zip(*STAFF, strict=True))
    place = rows["staff"].to_numpy()
    texts = rows.assign(
        caseworker=initials[place],
        office=offices[place],
        date=written_days(rows["day"].to_numpy().astype("datetime64[D]")),
    )
    absent = where((texts["duty"] == ABSENT) & (texts["defect"] == ""))
    repeat_rows(texts, "repeated_key", list(ROSTER_HEADERS), absent)
    spoil(texts, _SPOILED_ROSTER)
    damaged = evenly(absent, ROWS["duty_roster"]["damaged_letters"])
    texts.loc[damaged, "office"] = "Nuuk – Rådhuset"
    damage_letters(texts, "office", damaged)
    return texts


def _roster_of(rng: np.random.Generator, quarter: Period, defects: list[str]) -> pd.DataFrame:
    """Make a quarter's roster: duties move on by one caseworker a week, all different on a day."""
    name = str(quarter)
    days = working_days(quarter.first_day, quarter.last_day)
    second = rng.choice(days, CASEWORK_DAYS[name] - len(days), replace=False)
    gaps = rng.choice(len(days), DAYS_WITHOUT_ACUTE_DUTY.get(name, 0), replace=False)
    parts = [
        _duties(days, CASEWORK, 0),
        _duties(second, CASEWORK, 1),
        _duties(np.delete(days, gaps), ACUTE_DUTY, 4),
        _duties(days, ABSENT, 7),
        _duties(days[::2], ABSENT, 9),
        _duties(rng.choice(days, len(defects), replace=False), ABSENT, 11).assign(defect=defects),
    ]
    return pd.concat(parts)


def _duties(days: Days, duty: str, turn: int) -> pd.DataFrame:
    weeks = (days.astype(int) + 3) // 7
    return pd.DataFrame(
        {"day": days, "staff": (weeks + turn) % len(STAFF), "duty": duty, "defect": ""}
    )


def phone_windows() -> pd.DataFrame:
    """Return the extract of the telephone windows, as text."""
    rng = generator("phone_windows")
    spares = spare_rows_by_quarter("phone_windows")
    rows = pd.concat([_windows_of(rng, q, spares[str(q)]) for q in QUARTERS], ignore_index=True)
    rows = rows.sort_values(["day", "from_time"], kind="stable", ignore_index=True)
    texts = rows.assign(date=written_days(rows["day"].to_numpy().astype("datetime64[D]")))
    repeat_rows(texts, "repeated_key", list(WINDOW_HEADERS), where(texts["defect"] == ""))
    spoil(texts, _SPOILED_WINDOWS)
    return texts


def _windows_of(rng: np.random.Generator, quarter: Period, defects: list[str]) -> pd.DataFrame:
    """Plan a quarter's windows; some stay closed, some are shortened, some are not recorded."""
    counts = PHONE_WINDOWS[str(quarter)]
    days = working_days(quarter.first_day, quarter.last_day)
    weekdays = (days.astype(int) + 3) % 7
    planned = [_windows(days, *MORNING), _windows(days[weekdays == 3], *THURSDAY)]
    rows = pd.concat(planned, ignore_index=True)
    chosen: Whole = rng.permutation(len(rows))[: sum(counts)]
    closed, shortened = counts.closed, counts.closed + counts.shortened
    rows.loc[chosen[:closed], "open_minutes"] = "0"
    minutes = rng.integers(4, 11, counts.shortened) * 5 + 2.5
    written = [f"{number:.1f}".replace(".", ",") for number in minutes]
    rows.loc[chosen[closed:shortened], "open_minutes"] = written
    rows.loc[chosen[shortened:], "open_minutes"] = ""
    spare = rng.choice(days[weekdays == 2], len(defects), replace=False)
    return pd.concat([rows, _windows(spare, *THURSDAY).assign(defect=defects)])


def _windows(days: Days, from_time: str, minutes: int) -> pd.DataFrame:
    columns = {"day": days, "from_time": from_time, "planned_minutes": str(minutes)}
    return pd.DataFrame(columns | {"open_minutes": str(minutes), "defect": ""})
