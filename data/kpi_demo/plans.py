"""Who in match group 3 gets an action plan, and when it is followed up and closed.

Action plans and their follow-ups: the two sheets of handlingsplaner.xlsx.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from kpi.periods import Period
from kpi_demo.calibration import GROUP_3, PLANS_BEFORE, Group3
from kpi_demo.extracts import (
    add_at_the_end,
    damage_letters,
    days_of,
    evenly,
    generator,
    numbered,
    repeat_rows,
    spoil,
    strange_numbers,
    where,
    written_days,
    zeros_to_lose,
)
from kpi_demo.match_groups import Group3Members
from kpi_demo.people import (
    AS_OF,
    NEVER,
    QUARTERS,
    THE_DAY_AFTER,
    Days,
    Flags,
    People,
    Whole,
    after,
    later,
    working_days,
)
from kpi_demo.planted import ROWS, defects_of_spare_rows

DAYS_BEFORE_FIRST_PLAN = 10  # nobody who joined later gets a plan in the same quarter


@dataclass
class Plan:
    """A plan of the member at `place`; `is_renewed` when a new plan closed it."""

    place: int
    made: np.datetime64
    closed: np.datetime64 = NEVER
    is_renewed: bool = False
    followed_up: list[np.datetime64] = field(default_factory=list)


class PlanBook:
    """All plans, at most one of them open for each member of match group 3."""

    def __init__(self, rng: np.random.Generator, members: Group3Members) -> None:
        self.rng, self.members = rng, members
        self.plans: list[Plan] = []
        self.open: dict[int, Plan] = {}
        self._make_earlier_plans()
        for quarter in QUARTERS:
            self._close_of_leavers(quarter)
            self._make_plans(quarter, GROUP_3[str(quarter)])
            self._follow_up(quarter, GROUP_3[str(quarter)].follow_ups)

    def _make_earlier_plans(self) -> None:
        """Open the plans that were there before the report's history."""
        day = np.datetime64("2017-12-01")
        there = np.flatnonzero(self.members.first < day - DAYS_BEFORE_FIRST_PLAN)
        for place in self.rng.choice(there, PLANS_BEFORE, replace=False):
            since = np.maximum(self.members.first[place], np.datetime64("2016-01-04"))
            self._open(int(place), since, day)

    def _close_of_leavers(self, quarter: Period) -> None:
        last_day = np.datetime64(quarter.last_day)
        for place, plan in list(self.open.items()):
            left = self.members.last[place]
            if left <= last_day:
                plan.closed = left
                del self.open[place]

    def _make_plans(self, quarter: Period, counts: Group3) -> None:
        """Give first plans until as many as wanted have one; the rest renew older plans."""
        first_day, last_day = np.datetime64(quarter.first_day), np.datetime64(quarter.last_day)
        there = self.members.places_on(quarter.last_day).tolist()
        joined_early = last_day - DAYS_BEFORE_FIRST_PLAN
        without = [p for p in there if p not in self.open and self.members.first[p] <= joined_early]
        older = [p for p in there if p in self.open]
        first_plans = counts.with_plan - len(older)
        chosen = self._choose(without, first_plans)
        chosen += self._choose(older, counts.plans_made - first_plans)
        for place in chosen:
            self._open(place, np.maximum(self.members.first[place], first_day), last_day)

    def _open(self, place: int, since: np.datetime64, until: np.datetime64) -> None:
        """Make a plan on a working day; it closes the member's older one."""
        made = self.rng.choice(working_days(since, until))
        older = self.open.get(place)
        if older:
            older.closed, older.is_renewed = made, True
        self.open[place] = Plan(place, made)
        self.plans.append(self.open[place])

    def _follow_up(self, quarter: Period, count: int) -> None:
        """Follow up plans that were made before the quarter and are open at its end."""
        first_day = np.datetime64(quarter.first_day)
        older = [place for place, plan in self.open.items() if plan.made < first_day]
        days = working_days(quarter.first_day, quarter.last_day)
        for place in self._choose(older, count):
            self.open[place].followed_up.append(self.rng.choice(days))

    def _choose(self, places: list[int], count: int) -> list[int]:
        chosen: Whole = self.rng.choice(np.array(places), count, replace=False)
        return [int(place) for place in chosen]


PLAN_HEADERS = {
    "plan_id": "Plan-ID",
    "citizen": "CPR-nr.",
    "made_at": "Udarbejdet",
    "closed_at": "Afsluttet",
    "next_follow_up_at": "Næste opfølgning",
    "author": "Udarbejdet af",
    "office": "Kontor",
}
FOLLOW_UP_HEADERS = {
    "follow_up_id": "Opfølgnings-ID",
    "plan_id": "Plan-ID",
    "citizen": "CPR-nr.",
    "followed_up_at": "Dato",
}
OTHER_NUMBERS_AS_CELLS = 40  # numbers without a leading zero that Excel keeps as a number

_PLANS, _FOLLOW_UPS = ROWS["action_plans"], ROWS["follow_ups"]
_SPOILED_PLANS = {"unreadable_value": ("closed_at", ("uge 42", "snarest"))}
_SPOILED_FOLLOW_UPS = {
    "unreadable_value": ("followed_up_at", ("31-11-2018", "12-03-19")),
    "plan_not_found": ("plan_id", ("HP-2018-90001", "HP-2019-90002", "HP-2019-90003")),
}


def plans_and_follow_ups(
    people: People, members: Group3Members
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return both sheets, as text; some members lose their number's check digit on the way."""
    rng = generator("action_plans")
    book = PlanBook(rng, members)
    people.lose_check_digit(members.citizens[_known_from_one_row(book)])
    plans = _plan_rows(rng, people, book)
    follow_ups = _follow_up_rows(people, plans)
    return _written_plans(rng, people, plans), _written_follow_ups(rng, people, follow_ups)


def _known_from_one_row(book: PlanBook) -> Whole:
    """Choose members with one plan and one follow-up."""
    places = pd.Series([plan.place for plan in book.plans])
    once = places[~places.duplicated(keep=False)]
    able = [p for p in once if any(q.place == p and len(q.followed_up) == 1 for q in book.plans)]
    return evenly(np.array(able), _PLANS["citizen_modulus_11"])


def _plan_rows(rng: np.random.Generator, people: People, book: PlanBook) -> pd.DataFrame:
    """List the plans in the order of their dates, numbered, with the planted rows among them."""
    rows = pd.concat(
        [_plans_of(book), _not_in_group_3(rng, people), _spare_plans(rng, people, book)],
        ignore_index=True,
    )
    rows = rows.sort_values("made_at", kind="stable", ignore_index=True)
    made = days_of(rows["made_at"])
    last_event = np.fmax(made, days_of(rows["followed_up_at"]))
    return rows.assign(
        plan_id=numbered("HP", made),
        next_follow_up_at=after(later(last_event, rng.integers(90, 200, len(rows)))),
    )


def _plans_of(book: PlanBook) -> pd.DataFrame:
    plans = book.plans
    latest = [max(plan.followed_up, default=NEVER) for plan in plans]
    rows = _rows(
        book.members.citizens[[plan.place for plan in plans]],
        np.array([plan.made for plan in plans]),
        np.array([plan.closed for plan in plans]),
    )
    rows["followed_up_at"] = np.array(latest)
    rows["follow_ups"] = [plan.followed_up for plan in plans]
    reopened = _left_open(book)
    rows.loc[reopened, "closed_at"] = pd.NaT
    return rows


def _left_open(book: PlanBook) -> Whole:
    """Choose renewed plans that somebody forgot to close, while the new one is open."""
    latest = {plan.place: number for number, plan in enumerate(book.plans) if plan.is_renewed}
    able = [number for place, number in latest.items() if place in book.open]
    return evenly(np.array(able), _PLANS["two_open_plans"])


def _not_in_group_3(rng: np.random.Generator, people: People) -> pd.DataFrame:
    """Make plans of citizens who are in no match group."""
    count = _PLANS["not_in_group_3"]
    quarters = [QUARTERS[place % len(QUARTERS)] for place in range(count)]
    made = [rng.choice(working_days(q.first_day, q.last_day)) for q in quarters]
    return _rows(people.spare(count), np.array(made), np.full(count, NEVER))


def _spare_plans(rng: np.random.Generator, people: People, book: PlanBook) -> pd.DataFrame:
    """Make closed plans of members to be spoiled, and open ones dated after the extraction."""
    defects = np.array(defects_of_spare_rows("action_plans"))
    members = book.members
    there = members.places_on(AS_OF)
    there = there[~people.lacks_check_digit[members.citizens[there]]]
    early = there[members.first[there] < np.datetime64("2018-01-01")]
    without = np.array([place for place in there if int(place) not in book.open])
    to_come = defects == "after_extraction"
    places = rng.choice(early, len(defects), replace=False)
    places[to_come] = rng.choice(without, int(to_come.sum()), replace=False)
    days = working_days(QUARTERS[0].first_day, QUARTERS[-1].last_day)
    made = rng.choice(days[:-60], len(defects))
    made[to_come] = after(np.full(int(to_come.sum()), np.datetime64(AS_OF)), 3)
    closed = np.where(to_come, NEVER, after(made + 60))
    return _rows(members.citizens[places], made, closed).assign(defect=defects)


def _rows(citizens: Whole, made: Days, closed: Days) -> pd.DataFrame:
    nothing = np.full(len(citizens), NEVER)
    columns = {"citizen": citizens, "made_at": made, "closed_at": closed, "followed_up_at": nothing}
    return pd.DataFrame(columns | {"follow_ups": [[]] * len(citizens), "defect": ""})


def _follow_up_rows(people: People, plans: pd.DataFrame) -> pd.DataFrame:
    """List the follow-ups in the order of their dates, with the planted rows among them."""
    listed = plans.loc[plans["defect"] == "", ["plan_id", "citizen", "follow_ups"]]
    listed = listed.explode("follow_ups").dropna(subset="follow_ups")
    rows = listed.rename(columns={"follow_ups": "followed_up_at"}).assign(defect="")
    rows["followed_up_at"] = rows["followed_up_at"].astype("datetime64[s]")
    rows = pd.concat([rows, _spare_follow_ups(people, plans)], ignore_index=True)
    rows = rows.sort_values("followed_up_at", kind="stable", ignore_index=True)
    return rows.assign(follow_up_id=numbered("OPFØ", days_of(rows["followed_up_at"])))


def _spare_follow_ups(people: People, plans: pd.DataFrame) -> pd.DataFrame:
    """Make follow-ups of ordinary plans to be spoiled."""
    defects = np.array(defects_of_spare_rows("follow_ups"))
    checked = ~people.lacks_check_digit[plans["citizen"].to_numpy()]
    made = plans["made_at"].between("2018-01-01", "2019-09-30")
    chosen = plans.loc[evenly(where((plans["defect"] == "") & made & checked), len(defects))]
    days = np.where(defects == "follow_up_before_plan", -20, 45)
    return pd.DataFrame(
        {
            "plan_id": chosen["plan_id"].to_numpy(),
            "citizen": chosen["citizen"].to_numpy(),
            "followed_up_at": after(days_of(chosen["made_at"]) + days),
            "defect": defects,
        }
    )


def _written_plans(rng: np.random.Generator, people: People, rows: pd.DataFrame) -> pd.DataFrame:
    """Write the plans, and spoil what only shows in the text."""
    citizens = rows["citizen"].to_numpy()
    moments = ("made_at", "closed_at", "next_follow_up_at")
    texts = rows.assign(
        citizen=people.written(rng, citizens),
        author=people.caseworkers(rng, citizens),
        office=people.offices[citizens],
        **{moment: written_days(days_of(rows[moment])) for moment in moments},
    )
    ordinary = texts["defect"] == ""
    running = where(ordinary & (texts["closed_at"] == ""))
    texts.loc[evenly(running, _PLANS["no_next_follow_up"]), "next_follow_up_at"] = ""
    texts.loc[evenly(where(ordinary), _PLANS["author_unknown"]), "author"] = ""
    earlier = evenly(where(ordinary & (rows["made_at"] < "2018-01-01")), _PLANS["damaged_letters"])
    texts.loc[earlier, "office"] = "Nuuk – Rådhuset"
    damage_letters(texts, "office", earlier)
    checked = ~people.lacks_check_digit[citizens]
    whole = (texts["author"] != "") & (texts["closed_at"] != "") & (rows["made_at"] >= "2018-01-01")
    repeat_rows(texts, "repeated_key", list(PLAN_HEADERS), where(ordinary & whole & checked))
    spoil(texts, _SPOILED_PLANS)
    return texts.assign(is_number=_numbers_as_cells(people, citizens, "action_plans", ordinary))


def _written_follow_ups(
    rng: np.random.Generator, people: People, rows: pd.DataFrame
) -> pd.DataFrame:
    """Write the follow-ups, and spoil what only shows in the text."""
    citizens = rows["citizen"].to_numpy()
    texts = rows.assign(
        citizen=people.written(rng, citizens),
        followed_up_at=written_days(days_of(rows["followed_up_at"])),
    )
    ordinary = texts["defect"] == ""
    repeated = where(ordinary & ~people.lacks_check_digit[citizens])
    repeat_rows(texts, "repeated_key", list(FOLLOW_UP_HEADERS), repeated)
    spoil(texts, _SPOILED_FOLLOW_UPS)
    damage_letters(texts, "follow_up_id", evenly(where(ordinary), _FOLLOW_UPS["damaged_letters"]))
    texts = texts.assign(is_number=_numbers_as_cells(people, citizens, "follow_ups", ordinary))
    whole = where(ordinary & ~texts["is_number"] & ~people.lacks_check_digit[citizens])
    to_come = strange_numbers("OPFØ-2020", "follow_ups", "after_extraction")
    return add_at_the_end(texts, "follow_up_id", to_come, whole, followed_up_at=THE_DAY_AFTER)


def _numbers_as_cells(
    people: People, citizens: Whole, table: str, ordinary: pd.Series[bool]
) -> Flags:
    """Choose the CPR numbers that stand as numbers in the sheet: those with a zero lose it."""
    places = where(ordinary)
    whole = [place for place in places if not people.numbers[citizens[place]].startswith("0")]
    cells = np.zeros(len(citizens), dtype=bool)
    cells[evenly(np.array(whole), OTHER_NUMBERS_AS_CELLS)] = True
    cells[zeros_to_lose(people, citizens, table, places)] = True
    return cells
