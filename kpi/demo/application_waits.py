"""The waits of applications for the citizen's papers: ansoegninger_venter.csv."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kpi.demo.application_dates import HOUSING
from kpi.demo.calibration import SHARE_WAITING
from kpi.demo.days import AS_OF, NEVER
from kpi.demo.extracts import (
    add_at_the_end,
    damage_letters,
    days_of,
    evenly,
    generator,
    spoil,
    strange_numbers,
    where,
    written_days,
)
from kpi.demo.planted import ROWS, defects_of_spare_rows

HEADERS = {
    "application_id": "Sagsnr.",
    "from_date": "Venter fra",
    "to_date": "Venter til",
}
DAYS_TO_WAIT = 5  # an application that was open for less never waited

_PLANTED = ROWS["application_waits"]
_SPOILED = {"unreadable_value": ("to_date", ("31-09-2018", "ukendt"))}


def application_waits(applications: pd.DataFrame) -> pd.DataFrame:
    """Return the extract of the waits, as text."""
    rng = generator("application_waits")
    rows = _waits(rng, applications)
    texts = rows.assign(
        from_date=written_days(days_of(rows["from_date"])),
        to_date=written_days(days_of(rows["to_date"])),
    )
    spoil(texts, _SPOILED)
    ordinary = (rows["defect"] == "") & rows["application_id"].str.startswith("FØP")
    damage_letters(texts, "application_id", evenly(where(ordinary), _PLANTED["damaged_letters"]))
    strangers = strange_numbers("AND-2019", "application_waits", "application_not_found")
    return add_at_the_end(texts, "application_id", strangers, where(rows["defect"] == ""))


def _waits(rng: np.random.Generator, applications: pd.DataFrame) -> pd.DataFrame:
    """Let some applications wait inside the time they were open, and add the spare rows."""
    end = np.fmin(days_of(applications["decided_at"]), np.datetime64(AS_OF))
    open_days = (end - days_of(applications["received_at"])).astype(int)
    able = (applications["kind"] != HOUSING) & (applications["defect"] == "")
    able &= open_days >= DAYS_TO_WAIT
    defects = defects_of_spare_rows("application_waits")
    count = round(SHARE_WAITING * int((applications["kind"] != HOUSING).sum()))
    chosen = rng.choice(where(able), count + len(defects), replace=False)
    of = applications.loc[chosen]
    first = days_of(of["received_at"]) + rng.integers(1, 4, len(of))
    last = np.minimum(first + rng.integers(1, 22, len(of)), end[chosen])
    runs = of["decided_at"].isna().to_numpy() & (last == np.datetime64(AS_OF))
    defect = np.array([""] * count + defects)
    last = np.where(defect == "wait_ends_before_it_begins", first - 3, last)
    rows = pd.DataFrame(
        {
            "application_id": of["application_id"].to_numpy(),
            "from_date": first,
            "to_date": np.where(runs, NEVER, last),
            "defect": defect,
        }
    )
    return rows.sort_values("from_date", kind="stable", ignore_index=True)
