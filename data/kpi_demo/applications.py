"""When applications are received and decided.

The waits of applications for the citizen's papers: ansoegninger_venter.csv.

The applications and their waits: ansoegninger.csv and ansoegninger_venter.csv.
"""

from __future__ import annotations

import datetime as dt
from statistics import NormalDist

import numpy as np
import pandas as pd

from kpi.periods import Period
from kpi_demo.calibration import (
    BULK_DAY,
    BULK_IN_TIME,
    BULK_LATE,
    HOUSING_BENEFIT,
    HOUSING_BENEFIT_SINCE,
    OPEN_PENSIONS,
    OTHER_APPLICATIONS,
    OTHER_APPLICATIONS_SINCE,
    PENSIONS,
    ROLLOVERS_A_DAY,
    SHARE_WAITING,
    STILL_OPEN_AND_LATE,
    Limited,
    Pensions,
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
from kpi_demo.match_groups import Group3Members
from kpi_demo.people import (
    AS_OF,
    NEVER,
    QUARTERS,
    THE_DAY_AFTER,
    Days,
    People,
    Whole,
    after,
    before,
    later,
    working_days,
)
from kpi_demo.planted import ROWS, defects_of_spare_rows

HOUSING, PENSION, OTHER = "Boligsikring", "Førtidspension", "Anden ydelse"
HOUSING_LIMIT, OTHER_LIMIT = 5, 10  # calendar days, working days
SPREAD_OF_PENSIONS = 0.35  # standard deviation of the logarithm of the days
MEDIAN_OF_REASSESSMENTS = 80


def application_dates(rng: np.random.Generator) -> pd.DataFrame:
    """Return one row an application with its dates and kind, in no order, and the spare rows."""
    spares = spare_rows_by_quarter("applications")
    parts = [_open_pensions(), _other_since(rng), _housing_since(rng)]
    for quarter in QUARTERS:
        name = str(quarter)
        parts += [
            _housing(rng, quarter, HOUSING_BENEFIT[name]),
            _other(rng, quarter, OTHER_APPLICATIONS[name], spares[name]),
            _pensions(rng, quarter, PENSIONS[name]),
        ]
    parts += [_rollovers(year) for year in (2018, 2019)]
    rows = pd.concat(parts, ignore_index=True)
    unknown = rows["decided_at"] > np.datetime64(AS_OF)
    rows.loc[unknown, "decided_at"] = pd.NaT
    return rows


def _rows(kind: str, received: Days, decided: Days) -> pd.DataFrame:
    flags = ("is_late", "is_withdrawn", "is_rollover", "is_reassessment")
    columns = {"kind": kind, "received_at": received, "decided_at": decided}
    return pd.DataFrame(columns | dict.fromkeys(flags, False) | {"defect": ""})


def _housing(rng: np.random.Generator, quarter: Period, counts: Limited) -> pd.DataFrame:
    """Make applications for housing benefit whose limit ends in a quarter."""
    limit = dt.timedelta(days=HOUSING_LIMIT)
    days = working_days(quarter.first_day - limit, quarter.last_day - limit)
    return _housing_of(rng, days, counts)


def _housing_since(rng: np.random.Generator) -> pd.DataFrame:
    limit = dt.timedelta(days=HOUSING_LIMIT)
    first = QUARTERS[-1].last_day - limit + dt.timedelta(days=1)
    return _housing_of(rng, working_days(first, AS_OF), HOUSING_BENEFIT_SINCE)


def _housing_of(rng: np.random.Generator, days: Days, counts: Limited) -> pd.DataFrame:
    """Make applications received on some days, decided in time, late or withdrawn."""
    received = rng.choice(days, counts.due + counts.withdrawn)
    at_latest = before(received + HOUSING_LIMIT)
    decided = np.minimum(after(received, rng.integers(0, 4, len(received))), at_latest)
    late = slice(0, counts.late)
    decided[late] = after(later(received[late], rng.integers(6, 24, counts.late)))
    rows = _rows(HOUSING, received, decided)
    rows.loc[: counts.late - 1, "is_late"] = True
    rows.loc[counts.due :, "is_withdrawn"] = True
    return rows


def _rollovers(year: int) -> pd.DataFrame:
    """Make the automatic renewals of December, decided on the day."""
    days = working_days(dt.date(year, 12, 1), dt.date(year, 12, 20)).repeat(ROLLOVERS_A_DAY)
    return _rows(HOUSING, days, days).assign(is_rollover=True)


def _other(
    rng: np.random.Generator, quarter: Period, counts: Limited, defects: list[str]
) -> pd.DataFrame:
    """Make the other applications whose limit ends in a quarter, and spare rows among them."""
    days = working_days(quarter.first_day, quarter.last_day)
    due = rng.choice(days, counts.due + counts.withdrawn + len(defects))
    is_last = quarter == QUARTERS[-1]
    if is_last:
        due[:BULK_LATE] = rng.choice(days[days < np.datetime64(BULK_DAY)], BULK_LATE)
    received = before(due, OTHER_LIMIT)
    decided = _off_bulk_day(received, after(received, rng.integers(0, OTHER_LIMIT + 1, len(due))))
    late = slice(0, counts.late)
    decided[late] = _after_bulk_day(after(received[late], rng.integers(11, 40, counts.late)))
    if is_last:
        decided[:BULK_LATE] = np.datetime64(BULK_DAY)
        decided[BULK_LATE : BULK_LATE + STILL_OPEN_AND_LATE] = NEVER
    rows = _rows(OTHER, received, decided)
    rows.loc[: counts.late - 1, "is_late"] = True
    rows.loc[counts.due : counts.due + counts.withdrawn - 1, "is_withdrawn"] = True
    rows.loc[counts.due + counts.withdrawn :, "defect"] = defects
    backwards = rows["defect"] == "decided_before_received"
    rows.loc[backwards, "decided_at"] = before(received[backwards], 2)
    return rows


def _other_since(rng: np.random.Generator) -> pd.DataFrame:
    """Make those whose limit ends after 2019: some closed on the bulk day, some late, most open."""
    first, last = dt.date(2020, 1, 2), dt.date(2020, 1, 29)
    counts = OTHER_APPLICATIONS_SINCE
    due = rng.choice(working_days(first, last), BULK_IN_TIME + counts.due)
    due[: BULK_IN_TIME + counts.late] = rng.choice(
        working_days(first, dt.date(2020, 1, 10)), BULK_IN_TIME + counts.late
    )
    received = before(due, OTHER_LIMIT)
    decided = _off_bulk_day(received, after(received, rng.integers(0, OTHER_LIMIT + 1, len(due))))
    decided[:BULK_IN_TIME] = np.datetime64(BULK_DAY)
    decided[BULK_IN_TIME : BULK_IN_TIME + counts.late] = NEVER
    return _rows(OTHER, received, decided)


def _off_bulk_day(received: Days, decided: Days) -> Days:
    """Move decisions off the day of the bulk closing, none of them beyond its limit."""
    day = np.datetime64(BULK_DAY)
    moved = np.where(received < day, before(decided, 1), after(decided, 1))
    return np.where(decided == day, moved, decided)


def _after_bulk_day(decided: Days) -> Days:
    return np.where(decided == np.datetime64(BULK_DAY), after(decided, 1), decided)


def _pensions(rng: np.random.Generator, quarter: Period, counts: Pensions) -> pd.DataFrame:
    """Make the pension applications decided in a quarter, with the quarter's median."""
    parts = []
    for median, count, again in (
        (counts.median_days, counts.decided, False),
        (MEDIAN_OF_REASSESSMENTS, counts.reassessments, True),
    ):
        days = rng.permutation(_lognormal_days(median, count))
        decided = rng.choice(working_days(quarter.first_day, quarter.last_day), count)
        parts.append(_rows(PENSION, decided - days, decided).assign(is_reassessment=again))
    return pd.concat(parts)


def _lognormal_days(median: int, count: int) -> np.typing.NDArray[np.int64]:
    """Return evenly spaced quantiles of a log-normal distribution, in days."""
    quantiles = (np.arange(count) + 0.5) / count
    steps = np.array([NormalDist().inv_cdf(quantile) for quantile in quantiles])
    return np.rint(median * np.exp(SPREAD_OF_PENSIONS * steps)).astype(int)


def _open_pensions() -> pd.DataFrame:
    """Make the open pension applications, as old as a steady inflow leaves them."""
    ages = np.arange(1, 400)
    median = PENSIONS[str(QUARTERS[-1])].median_days
    still_open = [1 - NormalDist().cdf(np.log(a / median) / SPREAD_OF_PENSIONS) for a in ages]
    reached = np.cumsum(still_open) / np.sum(still_open)
    wanted = (np.arange(OPEN_PENSIONS) + 0.5) / OPEN_PENSIONS
    received = np.datetime64(AS_OF) - ages[np.searchsorted(reached, wanted)]
    return _rows(PENSION, received, np.full(OPEN_PENSIONS, NEVER))


WAIT_HEADERS = {
    "application_id": "Sagsnr.",
    "from_date": "Venter fra",
    "to_date": "Venter til",
}
DAYS_TO_WAIT = 5  # an application that was open for less never waited

_PLANTED_WAITS = ROWS["application_waits"]
_SPOILED_WAITS = {"unreadable_value": ("to_date", ("31-09-2018", "ukendt"))}


def application_waits(applications: pd.DataFrame) -> pd.DataFrame:
    """Return the extract of the waits, as text."""
    rng = generator("application_waits")
    rows = _waits(rng, applications)
    texts = rows.assign(
        from_date=written_days(days_of(rows["from_date"])),
        to_date=written_days(days_of(rows["to_date"])),
    )
    spoil(texts, _SPOILED_WAITS)
    ordinary = (rows["defect"] == "") & rows["application_id"].str.startswith("FØP")
    damage_letters(
        texts, "application_id", evenly(where(ordinary), _PLANTED_WAITS["damaged_letters"])
    )
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
    to_come = strange_numbers("AND-2020", "applications", "after_extraction")
    nothing = dict.fromkeys(("case_number", "citizen", "decided_at", "result"), "")
    return add_at_the_end(
        texts, "application_id", to_come, others, received_at=THE_DAY_AFTER, **nothing
    )
