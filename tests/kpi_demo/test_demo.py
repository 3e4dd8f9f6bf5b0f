"""The synthetic municipality, read back with plain pandas: its forms and its figures."""

import datetime as dt
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from kpi_demo import write_demo
from kpi_demo.calibration import SLOWED_STAGE
from kpi_demo.planted import PLANTED

from tests.kpi_demo.extracts import (
    AS_OF,
    CSV,
    QUARTERS,
    SOURCES,
    days,
    in_group_3,
    of_citizens,
    outcomes,
    persons,
    quarter,
)

# The forms of the files.


def test_two_runs_give_the_same_bytes(data, tmp_path):
    again = write_demo(tmp_path / "other" / "demo")
    assert {path.name: path.read_bytes() for path in again} == {
        path.name: path.read_bytes() for path in (data / "demo").iterdir()
    }


def test_it_writes_every_extract_that_the_parameters_name(data):
    named = {Path(source["file"]).name for source in SOURCES.values()}
    assert {path.name for path in (data / "demo").iterdir()} == {*named, "README.txt"}


def test_the_readme_says_that_the_data_are_synthetic(data):
    text = (data / "demo" / "README.txt").read_text(encoding="utf-8-sig")
    assert "SYNTETISKE DATA" in text
    assert "SYNTHETIC DATA" in text


@pytest.mark.parametrize("name", CSV)
def test_an_extract_is_written_as_windows_systems_write(data, name):
    source = SOURCES[name]
    content = (data / source["file"]).read_bytes()
    has_mark = content.startswith(b"\xef\xbb\xbf")
    assert has_mark == (source["format"]["encoding"] == "utf-8-sig")
    lines = content.decode(source["format"]["encoding"]).split("\r\n")
    assert lines[-1] == ""
    assert not any("\n" in line for line in lines)
    assert lines[0].split(";") == list(source["columns"].values())


def test_windows_1252_extracts_are_not_utf_8(data):
    for name in CSV:
        if SOURCES[name]["format"]["encoding"] == "cp1252":
            content = (data / SOURCES[name]["file"]).read_bytes()
            with pytest.raises(UnicodeDecodeError):
                content.decode("utf-8")


def test_the_workbook_mixes_dates_and_text_and_numbers(data):
    path = data / "demo" / "handlingsplaner.xlsx"
    made = pd.read_excel(path, dtype=object, engine="openpyxl")
    assert {type(cell) for cell in made["Udarbejdet"]} >= {dt.datetime, str}
    assert {type(cell) for cell in made["CPR-nr."]} >= {int, str}


# The figures.


def test_conversations_of_the_quarter(held, calendar):
    face_to_face = held[(held["kind"] != "telephone") & (quarter(held["held_at"]) == "2019Q4")]
    weeks = calendar.workdays(dt.date(2019, 10, 1), dt.date(2019, 12, 31)) / 5
    assert len(face_to_face) == 270
    assert (face_to_face["kind"] == "acute").sum() == 40
    assert weeks == 12.4
    assert round(len(face_to_face) / weeks, 1) == 21.8
    assert face_to_face["person"].nunique() < 250


def test_waiting_for_a_conversation(held):
    booked = held[held["kind"].isin(["booked", "home_visit"])]
    booked = booked[quarter(booked["held_at"]) == "2019Q4"]
    assert len(booked) == 230
    waited = (booked["held_at"] - booked["contact_at"]).dt.days
    assert (waited <= 10).sum() == 213
    assert booked.loc[waited > 10, "person"].nunique() > 5
    assert ((booked["held_at"] - booked["ordered_at"]).dt.days > 14).sum() == 6


def test_the_dates_of_a_conversation_are_in_order(held):
    moments = held[["contact_at", "ordered_at", "offered_at", "held_at"]]
    for earlier, later in ((0, 1), (1, 2), (2, 3), (0, 3)):
        assert not (moments.iloc[:, earlier] > moments.iloc[:, later]).any()
    acute = held[held["kind"] == "acute"]
    assert (acute["contact_at"] == acute["held_at"]).all()


def test_every_quarter_has_about_as_many_conversations(held):
    counts = quarter(held.loc[held["kind"] != "telephone", "held_at"]).value_counts()
    assert counts[QUARTERS].between(250, 290).all()


def test_plans_and_follow_ups_of_the_quarter(plans, group_3, extract):
    made = plans[quarter(plans["made_at"]) == "2019Q4"]
    for_group_3 = made[in_group_3(group_3, made["person"], made["made_at"])]
    assert len(for_group_3) == for_group_3["person"].nunique() == 40
    table = extract("follow_ups")
    table = table.assign(person=persons(table["citizen"]), day=days(table["followed_up_at"]))
    followed = table[of_citizens(table) & (quarter(table["day"]) == "2019Q4")]
    known = followed.merge(plans[["plan_id", "made_at"]], "left", "plan_id")
    known = known[(known["day"] >= known["made_at"]) & (known["follow_up_id"] != "")]
    known = known[~known.duplicated("follow_up_id")]
    assert in_group_3(group_3, known["person"], known["day"]).sum() == 25


@pytest.mark.parametrize(
    ("first", "last", "persons_there"),
    [
        ("2019-09-01", "2019-09-30", 248),
        ("2019-09-30", "2019-09-30", 248),
        ("2019-12-31", "2019-12-31", 240),
    ],
)
def test_persons_in_match_group_3(group_3, first, last, persons_there):
    there = group_3[(group_3["first"] <= last) & (group_3["last"] >= first)]
    assert there["person"].nunique() == persons_there


def test_coverage_on_the_last_day(plans, group_3):
    day = pd.Timestamp("2019-12-31")
    there = group_3.loc[(group_3["first"] <= day) & (group_3["last"] >= day), "person"].unique()
    is_open = (plans["made_at"] <= day) & ~(plans["closed_at"] <= day)
    assert np.isin(there, plans.loc[is_open, "person"]).sum() == 173


def test_payments_on_time(bills):
    counts = pd.crosstab(bills["quarter"], outcomes(bills))
    now, before = counts.loc["2019Q4"], counts.loc["2019Q3"]
    assert 0.900 <= now["met"] / now.sum() <= 0.904
    assert 0.950 <= (now["met"] + now["unknown"]) / now.sum() <= 0.954
    assert (before["met"] / before.sum(), before["unknown"]) == (0.75, 0)


def test_earlier_payments_were_mostly_on_time(bills):
    on_time = (outcomes(bills) == "met").groupby(bills["quarter"]).mean()
    assert on_time[["2018Q3", "2018Q4", "2019Q1", "2019Q2"]].between(0.92, 0.96).all()
    assert on_time[["2018Q1", "2018Q2"]].between(0.85, 0.90).all()


def test_danish_dates_would_make_payments_late(bills, steps):
    danish = steps[steps["step"] == "Betalt"].set_index("bill_id")["danish_day"]
    paid_abroad = bills["bill_id"].map(danish.groupby(level=0).max())
    wrong = (bills["Betalt"] <= bills["due_at"]) & (paid_abroad > bills["due_at"])
    assert wrong.groupby(bills["quarter"]).sum()[QUARTERS].eq(25).all()


def test_one_stage_alone_was_slow_in_the_third_quarter(bills):
    stages = ["received_at", "Godkendt", "Sendt til økonomi", "Bogført", "Betalt"]
    medians = {
        (earlier, later): (bills[later] - bills[earlier]).dt.days.groupby(bills["quarter"]).median()
        for earlier, later in pairwise(stages)
    }
    for stage, median in medians.items():
        usual = median[QUARTERS].drop("2019Q3").max()
        assert (median["2019Q3"] > usual) == (stage == SLOWED_STAGE)
    assert medians[SLOWED_STAGE]["2019Q3"] >= 5


def test_applications(applications, office_days):
    days_taken = (applications["decided_at"] - applications["received"]).dt.days
    pensions = applications[
        (applications["kind"] == "early_retirement_pension")
        & (applications["is_reassessment"] == "Nej")
    ]
    medians = days_taken.groupby(quarter(pensions["decided_at"])).median()
    assert (medians["2018Q4"], medians["2019Q4"]) == (150, 134)
    housing = applications[
        (applications["kind"] == "housing_benefit") & (applications["is_rollover"] == "Nej")
    ]
    due = housing["received"] + pd.Timedelta(days=5)
    is_late = ~(housing["decided_at"] <= due) | (housing["result"] == "error")
    assert list(is_late[quarter(due) == "2019Q4"].value_counts()) == [60, 6]
    other = applications[applications["kind"] == "other"]
    received = other["received"].to_numpy().astype("datetime64[D]")
    due = np.busday_offset(received, 10, roll="backward", busdaycal=office_days)
    is_late = ~(other["decided_at"] <= due.astype("datetime64[s]"))
    due_now = (due >= np.datetime64("2019-10-01")) & (due <= np.datetime64("2019-12-31"))
    assert list(is_late[due_now].value_counts()) == [220, 30]


def test_the_roster_and_the_telephone(held, extract, calendar):
    roster = extract("duty_roster")
    at_work = roster[(roster["duty"] == "casework") & (quarter(days(roster["date"])) == "2019Q4")]
    booked = held[held["kind"].isin(["booked", "home_visit"])]
    booked = booked[quarter(booked["held_at"]) == "2019Q4"]
    assert 17 <= len(booked) / (len(at_work) / 5) < 18
    windows = extract("phone_windows")
    windows = windows[~windows.duplicated(["date", "from_time"])]
    windows = windows[(windows["from_time"] != "") & (windows["planned_minutes"] != "")]
    windows = windows[windows["open_minutes"].isin(["", "0"]) | _is_number(windows["open_minutes"])]
    windows = windows[quarter(days(windows["date"])) == "2019Q4"]
    assert windows["planned_minutes"].astype(int).sum() == 105 * 60
    assert Counter(windows["from_time"]) == {"08:30": 62, "16:00": 12}


def _is_number(texts: pd.Series) -> pd.Series:
    return texts.str.fullmatch(r"\d+(,\d+)?")


def test_nothing_happens_after_the_extraction_but_what_was_planted(extract, steps):
    happened = {
        "conversations": ("contact_at", "ordered_at", "held_at"),
        "action_plans": ("made_at", "closed_at"),
        "follow_ups": ("followed_up_at",),
        "match_groups": ("from_date",),
        "applications": ("received_at", "decided_at"),
        "application_waits": ("from_date", "to_date"),
        "bills": ("received_at",),
        "duty_roster": ("date",),
        "phone_windows": ("date",),
    }
    late = {
        name: sum(int((days(extract(name)[column]) > AS_OF).sum()) for column in columns)
        for name, columns in happened.items()
    }
    assert {name: count for name, count in late.items() if count} == {
        "conversations": PLANTED["conversations"]["dates_after_extraction"],
        "action_plans": PLANTED["action_plans"]["after_extraction"],
        "follow_ups": PLANTED["follow_ups"]["after_extraction"],
        "applications": PLANTED["applications"]["after_extraction"],
        "bills": PLANTED["bills"]["after_extraction"],
    }
    late_steps = (steps["day"] > AS_OF).sum()
    assert late_steps == PLANTED["bill_steps"]["after_extraction"]
