"""The match groups of citizens: matchgrupper.csv."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kpi.periods import Period
from kpi_demo.calibration import GROUP_3, GROUP_3_BEFORE, OTHER_JOBSEEKERS
from kpi_demo.extracts import (
    MUNICIPALITY,
    damage_letters,
    days_of,
    evenly,
    generator,
    lose_zeros,
    spoil,
    where,
    written_days,
)
from kpi_demo.people import NEVER, QUARTERS, Days, Flags, People, Whole, all_days, later
from kpi_demo.planted import ROWS, defects_of_spare_rows

HEADERS = {
    "citizen": "CPR-nr.",
    "match_group": "Matchgruppe",
    "from_date": "Fra",
    "to_date": "Til",
    "office": "Kontor",
    "municipality_code": "Kommunekode",
}
SHARE_FROM_ANOTHER_GROUP, SHARE_TO_ANOTHER_GROUP = 0.4, 0.5
OPEN_DATES = ("31-12-9999", "31-12-9999", "31-12-9999", "31-12-9999", "01-01-1900")

_PLANTED = ROWS["match_groups"]
_SPOILED = {
    "unreadable_value": ("to_date", ("31-11-2018", "løbende")),
    "match_group_unknown": ("match_group", ("4", "9", "3A")),
}


@dataclass(frozen=True)
class Group3Members:
    """Everybody who is in match group 3 at some time, once each: first and last day there."""

    citizens: Whole
    first: Days
    last: Days  # NaT while it runs

    def places_on(self, day: dt.date) -> Whole:
        """Return the places of those who are in the group on a day."""
        date = np.datetime64(day)
        stays = np.isnat(self.last) | (self.last >= date)
        return np.flatnonzero((self.first <= date) & stays)


def group_3_members(people: People) -> Group3Members:
    """Let citizens join and leave match group 3, quarter by quarter."""
    rng = generator("group 3")
    joining = [_joining(quarter) for quarter in QUARTERS]
    total = GROUP_3_BEFORE + sum(joining)
    citizens = rng.choice(people.ordinary, total, replace=False)
    before_2018 = all_days(dt.date(2014, 1, 1), dt.date(2017, 12, 15))
    first = np.full(total, NEVER)
    first[:GROUP_3_BEFORE] = rng.choice(before_2018, GROUP_3_BEFORE)
    last = np.full(total, NEVER)
    known = GROUP_3_BEFORE
    for quarter, new in zip(QUARTERS, joining, strict=True):
        there = np.flatnonzero(np.isnat(last[:known]))
        leaving = rng.choice(there, GROUP_3[str(quarter)].leaving, replace=False)
        last[leaving] = rng.choice(_days_of_leaving(quarter), len(leaving))
        first[known : known + new] = rng.choice(_days_of_joining(quarter), new)
        known += new
    return Group3Members(citizens, first, last)


def _joining(quarter: Period) -> int:
    """Count those who must join so that the number on the last day comes out."""
    counts = GROUP_3[str(quarter)]
    earlier = GROUP_3.get(str(quarter.previous))
    persons_before = earlier.persons if earlier else GROUP_3_BEFORE
    return counts.persons - persons_before + counts.leaving


def _days_of_leaving(quarter: Period) -> Days:
    """Return the days on which people leave: not the last, and none in September 2019."""
    is_third_of_2019 = str(quarter) == "2019Q3"
    last = dt.date(2019, 8, 31) if is_third_of_2019 else quarter.last_day - dt.timedelta(days=1)
    return all_days(quarter.first_day, last)


def _days_of_joining(quarter: Period) -> Days:
    """Return the days on which people join: some of them in the last fortnight."""
    return all_days(quarter.first_day, quarter.last_day)


def match_groups(people: People, members: Group3Members) -> pd.DataFrame:
    """Return the extract of the match-group periods, as text."""
    rng = generator("match_groups")
    moves = ~people.lacks_check_digit[members.citizens]  # the others are known from one row each
    others = np.setdiff1d(people.ordinary, members.citizens)
    others = rng.choice(others, OTHER_JOBSEEKERS, replace=False)
    parts = [
        _rows(members.citizens, "3", members.first, members.last),
        _before(rng, members, moves),
        _afterwards(rng, members, moves),
        _other_groups(rng, others),
        _disordered(people),
        _not_stated(people),
        _spare(people),
    ]
    rows = pd.concat(parts, ignore_index=True)
    rows = rows.sort_values("from_date", kind="stable", ignore_index=True)
    return _written(rng, people, rows)


def _rows(citizens: Whole, group: object, first: Days, last: Days) -> pd.DataFrame:
    columns = {"citizen": citizens, "match_group": group, "from_date": first, "to_date": last}
    return pd.DataFrame(columns | {"defect": ""})


def _before(rng: np.random.Generator, members: Group3Members, moves: Flags) -> pd.DataFrame:
    """Let some come from group 2 the day before."""
    drawn = rng.random(len(members.citizens)) < SHARE_FROM_ANOTHER_GROUP
    came = np.flatnonzero(drawn & moves)
    last = members.first[came] - 1
    return _rows(members.citizens[came], "2", last - rng.integers(60, 900, len(came)), last)


def _afterwards(rng: np.random.Generator, members: Group3Members, moves: Flags) -> pd.DataFrame:
    """Let some of those who leave go to group 1 or 2 the day after."""
    drawn = rng.random(len(members.citizens)) < SHARE_TO_ANOTHER_GROUP
    went = np.flatnonzero(drawn & moves & ~np.isnat(members.last))
    groups = rng.choice(["1", "2"], len(went), p=[0.35, 0.65])
    never = np.full(len(went), NEVER)
    return _rows(members.citizens[went], groups, members.last[went] + 1, never)


def _other_groups(rng: np.random.Generator, citizens: Whole) -> pd.DataFrame:
    """Make one or two periods of citizens who are never in group 3."""
    count = len(citizens)
    first = rng.choice(all_days(dt.date(2016, 1, 1), dt.date(2019, 9, 30)), count)
    last = later(first, rng.integers(30, 1100, count))
    last[last > np.datetime64("2019-12-31")] = NEVER
    moved = np.flatnonzero(~np.isnat(last) & (rng.random(count) < 0.4))
    never = np.full(len(moved), NEVER)
    groups = rng.choice(["1", "2"], count, p=[0.6, 0.4])
    other = np.where(groups[moved] == "1", "2", "1")
    return pd.concat(
        [
            _rows(citizens, groups, first, last),
            _rows(citizens[moved], other, last[moved] + 1, never),
        ]
    )


def _disordered(people: People) -> pd.DataFrame:
    """Make pairs of periods that overlap by a month, or leave two months between them."""
    parts: list[pd.DataFrame] = []
    for rule, days_between in (("overlapping_periods", -30), ("gap_between_periods", 60)):
        count = _PLANTED[rule]
        citizens = people.spare(count)
        first = _spread("2018-01-15", 60, count)
        last = first + 100
        never = np.full(count, NEVER)
        parts += [
            _rows(citizens, "2", first, last),
            _rows(citizens, "1", last + days_between, never),
        ]
    return pd.concat(parts)


def _spread(first: str, step: int, count: int) -> Days:
    """List so many days, `step` days apart."""
    return later(np.full(count, np.datetime64(first)), step * np.arange(count))


def _not_stated(people: People) -> pd.DataFrame:
    """Make periods whose group is 0 or empty."""
    count = _PLANTED["group_not_stated"]
    first = _spread("2018-02-01", 48, count)
    groups = np.where(np.arange(count) % 3 == 2, "", "0")
    return _rows(people.spare(count), groups, first, np.full(count, NEVER))


def _spare(people: People) -> pd.DataFrame:
    """Make one closed period a quarter, over and over, to be spoiled.

    Those without a readable citizen come first, one after the other: taken for one person, they
    would neither overlap nor leave a gap.
    """
    defects = sorted(defects_of_spare_rows("match_groups"), key=_knows_citizen)
    quarters = [QUARTERS[place % len(QUARTERS)] for place in range(len(defects))]
    first = np.array([quarter.first_day for quarter in quarters], dtype="datetime64[D]")
    last = np.array([quarter.last_day for quarter in quarters], dtype="datetime64[D]")
    backwards = np.array([defect == "ends_before_it_begins" for defect in defects])
    last = np.where(backwards, first - 10, last)
    return _rows(people.spare(len(defects)), "2", first, last).assign(defect=defects)


def _knows_citizen(defect: str) -> bool:
    return defect not in {"citizen_missing", "citizen_malformed"}


def _written(rng: np.random.Generator, people: People, rows: pd.DataFrame) -> pd.DataFrame:
    """Write the rows as the case system does, and spoil what only shows in the text."""
    citizens = rows["citizen"].to_numpy()
    texts = rows.assign(
        citizen=people.written(rng, citizens),
        from_date=written_days(days_of(rows["from_date"])),
        to_date=written_days(days_of(rows["to_date"])),
        office=people.offices[citizens],
        municipality_code=MUNICIPALITY,
    )
    running = evenly(where(texts["to_date"] == ""), _PLANTED["default_end_date"])
    texts.loc[running, "to_date"] = np.resize(OPEN_DATES, len(running))
    spoil(texts, _SPOILED)
    lose_zeros(texts, people, citizens, "match_groups")
    _damage_offices(texts, rows)
    return texts


def _damage_offices(texts: pd.DataFrame, rows: pd.DataFrame) -> None:
    """Damage the office of periods in groups 1 and 2 that ended before the report begins."""
    ended = (rows["to_date"] < "2018-01-01") & (rows["match_group"] != "3")
    places = evenly(where(ended & (rows["defect"] == "")), _PLANTED["damaged_letters"])
    texts.loc[places, "office"] = "Nuuk – Rådhuset"
    damage_letters(texts, "office", places)
