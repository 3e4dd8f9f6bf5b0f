"""The applications and their waits: ansoegninger.csv and ansoegninger_venter.csv."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kpi.demo.application_dates import HOUSING, OTHER, PENSION, application_dates
from kpi.demo.application_waits import application_waits
from kpi.demo.days import AS_OF, THE_DAY_AFTER, Days, Whole
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
from kpi.demo.match_groups import Group3Members
from kpi.demo.people import People
from kpi.demo.planted import ROWS

HEADERS = {
    "application_id": "Sagsnr.",
    "case_number": "J.nr.",
    "citizen": "CPR-nr.",
    "kind": "Ydelse",
    "received_at": "Modtaget",
    "decided_at": "Afgjort",
    "result": "Resultat",
    "is_rollover": "Automatisk fornyelse",
    "is_reassessment": "Revurdering",
    "is_reopened": "Genoptaget",
    "office": "Kontor",
    "municipality_code": "Kommunekode",
}
GRANTED, REFUSED, WITHDRAWN, ERROR = "TILSAGN", "AFSLAG", "TRUKKET", "FEJL"
PREFIXES = {HOUSING: "BOS", PENSION: "FØP", OTHER: "AND"}
SHARE_GRANTED = 0.8
HOUSING_APPLICANTS = 800
LONG_AFTER = np.datetime64("9999-12-31")

_PLANTED = ROWS["applications"]
_SPOILED = {
    "unreadable_value": ("decided_at", ("32-01-2019", "12-03-19", "afventer")),
    "kind_unknown": ("kind", ("Enkeltydelse",)),
    "result_unknown": ("result", ("HENLAGT",)),
}


def applications_and_waits(
    people: People, members: Group3Members
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the extracts of the applications and of their waits, as text."""
    rng = generator("applications")
    rows = application_dates(rng)
    rows = rows.sort_values("received_at", kind="stable", ignore_index=True)
    rows["result"] = _results(rng, rows)
    rows["citizen"] = _citizens(rng, people, members, rows)
    _plant(rows, people, members)
    rows["application_id"] = _numbers(rows)
    waits = application_waits(rows)
    return _written(rng, people, rows, waits), waits


def _results(rng: np.random.Generator, rows: pd.DataFrame) -> list[str]:
    """Grant most, refuse some; renewals are granted, and what is open has no result."""
    granted = (rng.random(len(rows)) < SHARE_GRANTED) | rows["is_rollover"]
    results = np.where(granted, GRANTED, REFUSED)
    results = np.where(rows["is_withdrawn"], WITHDRAWN, results)
    return [str(text) for text in np.where(rows["decided_at"].isna(), "", results)]


def _citizens(
    rng: np.random.Generator, people: People, members: Group3Members, rows: pd.DataFrame
) -> Whole:
    """Choose applicants without an open application of the kind.

    Nobody who is ever in match group 3 applies for a pension.
    """
    pools = {
        HOUSING: rng.choice(people.ordinary, HOUSING_APPLICANTS, replace=False),
        PENSION: np.setdiff1d(people.ordinary, members.citizens),
        OTHER: people.ordinary,
    }
    citizens = np.full(len(rows), -1)
    spare = where(rows["defect"] != "")
    citizens[spare] = people.spare(len(spare))
    received, until = days_of(rows["received_at"]), _open_until(rows)
    kinds = rows["kind"].tolist()
    busy: dict[tuple[str, int], np.datetime64] = {}
    for place in where(rows["defect"] == ""):
        kind = kinds[place]
        citizen = int(rng.choice(pools[kind]))
        while (kind, citizen) in busy and busy[kind, citizen] >= received[place]:
            citizen = int(rng.choice(pools[kind]))
        citizens[place] = citizen
        busy[kind, citizen] = until[place]
    return citizens


def _open_until(rows: pd.DataFrame) -> Days:
    decided = days_of(rows["decided_at"])
    return np.where(np.isnat(decided), LONG_AFTER, decided)


def _plant(rows: pd.DataFrame, people: People, members: Group3Members) -> None:
    """Break the rules about persons and results, before anything is written."""
    ordinary = rows["defect"] == ""
    lose_check_digits(rows, people, "applications", where(ordinary & (rows["kind"] == HOUSING)))
    granted = where(ordinary & (rows["kind"] == PENSION) & (rows["result"] == GRANTED))
    _grant_to_group_3(rows, people, members, granted)
    _apply_again(rows, where(ordinary & (rows["kind"] == OTHER)))
    failed = (rows["kind"] == HOUSING) & rows["is_late"] & rows["decided_at"].notna()
    rows.loc[evenly(where(failed), _PLANTED["error_left_standing"]), "result"] = ERROR
    decided = where(ordinary & rows["result"].isin([GRANTED, REFUSED]))
    rows["is_reopened"] = False
    rows.loc[evenly(decided, _PLANTED["reopened"]), "is_reopened"] = True


def _grant_to_group_3(
    rows: pd.DataFrame, people: People, members: Group3Members, granted: Whole
) -> None:
    """Give granted pensions to citizens who stay in match group 3."""
    count = ROWS["match_groups"]["group_3_with_pension"]
    there = members.citizens[members.places_on(AS_OF)]
    there = there[~people.lacks_check_digit[there]]
    rows.loc[evenly(granted, count), "citizen"] = evenly(there, count)


def _apply_again(rows: pd.DataFrame, places: Whole) -> None:
    """Let citizens apply a second time before their only earlier application is decided."""
    received, until = days_of(rows["received_at"]), _open_until(rows)
    kind, citizens = rows["kind"].to_numpy(), rows["citizen"].to_numpy().copy()
    once = ~pd.Series(citizens[kind == OTHER]).duplicated(keep=False).to_numpy()
    applied_once = set(citizens[kind == OTHER][once].tolist())
    for place in evenly(places, _PLANTED["several_open"]):
        waiting = places[(places < place) & (until[places] > received[place])]
        earlier = next(p for p in waiting[::-1] if citizens[p] in applied_once)
        applied_once.remove(citizens[earlier])
        citizens[place] = citizens[earlier]
    rows["citizen"] = citizens


def _numbers(rows: pd.DataFrame) -> list[str]:
    """Number the applications of each kind by year."""
    received = days_of(rows["received_at"])
    numbers = np.full(len(rows), "", dtype=object)
    for kind, prefix in PREFIXES.items():
        of_kind = where(rows["kind"] == kind)
        numbers[of_kind] = numbered(prefix, received[of_kind])
    return [str(number) for number in numbers]


def _written(
    rng: np.random.Generator, people: People, rows: pd.DataFrame, waits: pd.DataFrame
) -> pd.DataFrame:
    """Write the rows as the case system does, and spoil what only shows in the text."""
    citizens = rows["citizen"].to_numpy()
    received = days_of(rows["received_at"])
    flags = ("is_rollover", "is_reassessment", "is_reopened")
    texts = rows.assign(
        citizen=people.written(rng, citizens),
        office=people.offices[citizens],
        municipality_code=MUNICIPALITY,
        case_number=numbered("EMN", received),
        received_at=written_days(received),
        decided_at=written_days(days_of(rows["decided_at"])),
        **{flag: np.where(rows[flag], "Ja", "Nej") for flag in flags},
    )
    ordinary = rows["defect"] == ""
    others = where(ordinary & (rows["kind"] == OTHER))
    again = evenly(others[1:], _PLANTED["several_on_one_case"])
    texts.loc[again, "case_number"] = texts.loc[again - 1, "case_number"].to_numpy()
    on_the_day = ordinary & (rows["received_at"] == rows["decided_at"]) & ~rows["is_reopened"]
    checked = ~people.lacks_check_digit[citizens]
    repeat_rows(texts, "repeated_key", list(HEADERS), where(on_the_day & checked))
    spoil(texts, _SPOILED)
    lose_zeros(texts, people, citizens, "applications")
    never_waited = ordinary & ~rows["application_id"].isin(waits["application_id"])
    pensions = where(never_waited & (rows["kind"] == PENSION))
    damage_letters(texts, "application_id", evenly(pensions, _PLANTED["damaged_letters"]))
    to_come = strange_numbers("AND-2020", "applications", "received_after_extraction")
    nothing = dict.fromkeys(("case_number", "citizen", "decided_at", "result"), "")
    return add_at_the_end(
        texts, "application_id", to_come, others, received_at=THE_DAY_AFTER, **nothing
    )
