"""The synthetic municipality, read back with plain pandas: its forms, its figures, its defects."""

import datetime as dt
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from kpi_demo import write_demo
from kpi_demo.calibration import SLOWED_STAGE
from kpi_demo.planted import PLANTED

from kpi.definitions.subject import AFTER_EXTRACTION, DATES_AFTER_EXTRACTION
from kpi.definitions.subjects import SUBJECTS
from kpi.periods import ClosedDay, WorkCalendar

PARAMS = Path(__file__).resolve().parents[2] / "params" / "2019Q4.yaml"
SOURCES = {
    name: source
    for name, source in yaml.safe_load(PARAMS.read_text(encoding="utf-8"))["sources"].items()
    if "file" in source
}
CSV = [name for name, source in SOURCES.items() if source["file"].endswith(".csv")]
AS_OF = pd.Timestamp("2020-01-15")
QUARTERS = [f"{year}Q{number}" for year in (2018, 2019) for number in (1, 2, 3, 4)]


# How the tests read the extracts: as text, then each column on its own.


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_demo(folder / "demo")
    return folder


@pytest.fixture(scope="module")
def extract(data):
    texts = {name: _read(data, source) for name, source in SOURCES.items()}
    return lambda name: texts[name].copy()


def _read(data, source):
    path = data / source["file"]
    if "sheet" in source:
        table = pd.read_excel(path, sheet_name=source["sheet"], dtype=object, engine="openpyxl")
        table = table.astype(object).where(table.notna(), "")
    else:
        form = source["format"]
        table = pd.read_csv(
            path,
            sep=form["separator"],
            encoding=form["encoding"],
            dtype=str,
            keep_default_na=False,
        )
    table = table.rename(columns={danish: name for name, danish in source["columns"].items()})
    for column, words in source.get("values", {}).items():
        table[column] = table[column].map(lambda word, words=words: words.get(word, word))
    return table


def days(column: pd.Series) -> pd.Series:
    """Read dd-mm-yyyy, or real dates of a workbook; everything else is missing."""
    texts = column.map(lambda cell: f"{cell:%d-%m-%Y}" if isinstance(cell, dt.date) else str(cell))
    return pd.to_datetime(texts, format="%d-%m-%Y", errors="coerce").dt.as_unit("s")


def form_of(number) -> str:
    """Tell what is found of a CPR number's form."""
    digits = re.sub(r"[\s-]", "", str(number))
    if not re.fullmatch(r"\d{9,10}", digits):
        return "malformed" if digits else ""
    whole = digits.zfill(10)
    day, month, year = int(whole[:2]), int(whole[2:4]), int(whole[4:6])
    try:
        dt.date(1900 + year, month, day)
    except ValueError:
        return "impossible_date"
    if len(digits) == 9:
        return "nine_digits"
    weights = (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
    total = sum(weight * int(digit) for weight, digit in zip(weights, whole, strict=True))
    return "modulus_11" if total % 11 else ""


def persons(column: pd.Series) -> pd.Series:
    """Read CPR numbers as ten digits; what is no number is missing."""
    digits = column.map(lambda number: re.sub(r"[\s-]", "", str(number)))
    return digits.where(digits.str.fullmatch(r"\d{9,10}")).str.zfill(10)


def of_citizens(table: pd.DataFrame) -> pd.Series:
    """Tell the rows whose citizen has a number that can be one."""
    forms = table["citizen"].map(form_of)
    return (table["citizen"] != "") & ~forms.isin(["malformed", "impossible_date"])


def quarter(moments: pd.Series) -> pd.Series:
    return moments.dt.to_period("Q").astype(str)


@pytest.fixture(scope="module")
def held(extract):
    """Conversations held that may be counted."""
    table = extract("conversations")
    for moment in ("contact_at", "ordered_at", "offered_at", "held_at"):
        table[f"{moment}_text"], table[moment] = table[moment], days(table[moment])
    known = table["kind"].isin(["booked", "acute", "home_visit", "telephone"])
    readable = table["contact_at"].notna() | (table["contact_at_text"] == "")
    counted = table[
        of_citizens(table)
        & known
        & readable
        & (table["status"] == "held")
        & (table["conversation_id"] != "")
        & (table["municipality_code"] == "956")
        & ~table.duplicated("conversation_id")
        & ~(table["held_at"] < table["ordered_at"])
        & ~(table["held_at"] < table["contact_at"])
        & (table["held_at"] <= AS_OF)
    ]
    counted = counted.assign(person=persons(counted["citizen"]))
    return counted[~counted.duplicated(["person", "held_at", "kind"])]


@pytest.fixture(scope="module")
def group_3(extract):
    """Periods in match group 3 that may be counted, with an open end far away."""
    table = extract("match_groups")
    table = table[of_citizens(table) & (table["municipality_code"] == "956")]
    table = table[table["match_group"] == "3"]
    last = days(table["to_date"]).where(table["to_date"] != "01-01-1900")
    return pd.DataFrame(
        {
            "person": persons(table["citizen"]),
            "first": days(table["from_date"]),
            "last": last.fillna(pd.Timestamp("9999-12-31")),
        }
    )


@pytest.fixture(scope="module")
def plans(extract):
    table = extract("action_plans")
    table = table[of_citizens(table) & (table["plan_id"] != "") & ~table.duplicated("plan_id")]
    table = table[~table["closed_at"].isin(["uge 42", "snarest"])]
    table = table.assign(
        person=persons(table["citizen"]),
        made_at=days(table["made_at"]),
        closed_at=days(table["closed_at"]),
    )
    return table[table["made_at"] <= AS_OF]


def in_group_3(group_3, people, moments):
    """Tell who was in match group 3 on their day."""
    joined = pd.DataFrame({"person": people, "day": moments}).reset_index().merge(group_3, "left")
    there = joined["day"].between(joined["first"], joined["last"])
    return there.groupby(joined["index"]).any()


@pytest.fixture(scope="module")
def steps(extract):
    """The first and last local day of each step of each bill, from the ledger's Danish time."""
    table = extract("bill_steps")
    stamped = pd.to_datetime(table["happened_at"], format="%d-%m-%Y %H:%M:%S", errors="coerce")
    local = stamped.dt.tz_localize("Europe/Copenhagen").dt.tz_convert("America/Nuuk")
    table["day"] = local.dt.tz_localize(None).dt.normalize().dt.as_unit("s")
    table["danish_day"] = stamped.dt.normalize()
    return table


@pytest.fixture(scope="module")
def bills(extract, steps):
    """Approved bills with a due date that may be counted, and the days of their steps."""
    table = extract("bills")
    table = table[
        (table["kind"] == "bill")
        & (table["is_cancelled"] == "Nej")
        & (table["bill_id"] != "")
        & ~table["citizen"].map(form_of).isin(["malformed", "impossible_date"])
        & (table["municipality_code"] == "956")
        & ~table.duplicated(["supplier", "invoice_number"])
        & (table["received_at"] != "")
    ]
    table = table.assign(due_at=days(table["due_at"]), received_at=days(table["received_at"]))
    last = steps.pivot_table(index="bill_id", columns="step", values="day", aggfunc="max")
    table = table.join(last, on="bill_id")
    paid = set(steps.loc[steps["step"] == "Betalt", "bill_id"])
    table["is_paid"] = table["bill_id"].isin(paid)
    impossible = (table["Betalt"] < table["Godkendt"]) | (table["Godkendt"] < table["received_at"])
    table = table[table["Godkendt"].notna() & table["due_at"].notna() & ~impossible]
    return table.assign(quarter=quarter(table["due_at"]))


@pytest.fixture(scope="module")
def applications(extract):
    """Applications that may be counted; what is withdrawn is left out."""
    table = extract("applications")
    unreadable = days(table["decided_at"]).isna() & (table["decided_at"] != "")
    table = table.assign(decided_at=days(table["decided_at"]), received=days(table["received_at"]))
    return table[
        ~unreadable
        & of_citizens(table)
        & table["kind"].isin(["housing_benefit", "early_retirement_pension", "other"])
        & table["result"].isin(["granted", "refused", "error", ""])
        & (table["application_id"] != "")
        & ~table.duplicated("application_id")
        & table["received"].notna()
        & ~(table["decided_at"] < table["received"])
        & (table["municipality_code"] == "956")
    ]


@pytest.fixture(scope="module")
def calendar() -> WorkCalendar:
    closed = ((12, 24), (12, 31), (6, 21))
    return WorkCalendar("GL", tuple(ClosedDay(month, day, "") for month, day in closed))


@pytest.fixture(scope="module")
def office_days(calendar) -> np.busdaycalendar:
    table = calendar.table
    return np.busdaycalendar(holidays=table.loc[~table["is_workday"], "date"].tolist())


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


def outcomes(bills: pd.DataFrame) -> pd.Series:
    unknown = bills["is_paid"] & bills["Betalt"].isna()
    met = bills["Betalt"] <= bills["due_at"]
    return pd.Series(np.select([unknown, met], ["unknown", "met"], "missed"), bills.index)


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


# What the comments in params/2019Q4.yaml say of the figures. Change both together.


def test_the_comment_on_payments_is_true(bills):
    """Dates are missing most in October; late bills waited for approval, and for payment."""
    now = bills[bills["quarter"] == "2019Q4"]
    outcome = outcomes(now)
    unknown = now.loc[outcome == "unknown", "due_at"].dt.month.value_counts()
    assert unknown.idxmax() == 10
    ends = ["received_at", "Godkendt", "Sendt til økonomi", "Bogført", "Betalt"]
    took = pd.DataFrame({end: (now[end] - now[start]).dt.days for start, end in pairwise(ends)})
    beyond = took[outcome == "missed"] - took[outcome == "met"].median()
    slowest = beyond.dropna(how="all").idxmax(axis=1).value_counts()
    assert set(slowest.index[:2]) == {"Godkendt", "Betalt"}


def test_the_comments_on_conversations_are_true(held, extract):
    """Citizens were offered a time in time; fewest a caseworker were held in December."""
    booked = held[held["kind"].isin(["booked", "home_visit"])]
    booked = booked[quarter(booked["held_at"]) == "2019Q4"]
    late = booked[(booked["held_at"] - booked["ordered_at"]).dt.days > 14]
    assert ((late["offered_at"] - late["ordered_at"]).dt.days <= 14).all()
    roster = extract("duty_roster")
    at_work = days(roster.loc[roster["duty"] == "casework", "date"])
    at_work = at_work[quarter(at_work) == "2019Q4"].dt.month.value_counts()
    assert (booked["held_at"].dt.month.value_counts() / at_work).idxmin() == 12


def test_the_comments_on_applications_are_true(applications, extract, office_days):
    """Most late ones were decided on 30 December, few waited for the citizen; no housing did."""
    other = applications[applications["kind"] == "other"]
    received = other["received"].to_numpy().astype("datetime64[D]")
    due = np.busday_offset(received, 10, roll="backward", busdaycal=office_days)
    due = pd.Series(due.astype("datetime64[s]"), other.index)
    late = other[(quarter(due) == "2019Q4") & ~(other["decided_at"] <= due)]
    assert (late["decided_at"] == "2019-12-30").mean() > 0.5
    waited = set(extract("application_waits")["application_id"])
    assert late["application_id"].isin(waited).mean() < 0.25
    housing = applications[
        (applications["kind"] == "housing_benefit") & (applications["is_rollover"] == "Nej")
    ]
    due = housing["received"] + pd.Timedelta(days=5)
    late = housing[(quarter(due) == "2019Q4") & ~(housing["decided_at"] <= due)]
    assert not late["application_id"].isin(waited).any()


def test_the_comment_on_action_plans_is_true(plans, group_3):
    """Most of those without a plan came into the group within the past year."""
    day = pd.Timestamp("2019-12-31")
    there = group_3[(group_3["first"] <= day) & (group_3["last"] >= day)]
    is_open = (plans["made_at"] <= day) & ~(plans["closed_at"] <= day)
    without = there[~there["person"].isin(plans.loc[is_open, "person"])]
    since = without.groupby("person")["first"].min()
    assert (since > day - pd.DateOffset(years=1)).mean() > 0.5


# The defects.


def test_planted_rules_are_rules_of_the_contract():
    for name, planted in PLANTED.items():
        assert set(planted) <= {rule.id for rule in SUBJECTS[name].all_rules()}


def test_every_rule_is_broken_somewhere():
    never = {
        (name, rule.id)
        for name, table in SUBJECTS.items()
        for rule in table.all_rules()
        if not PLANTED[name].get(rule.id)
        and rule.id not in {AFTER_EXTRACTION, DATES_AFTER_EXTRACTION, "key_with_other_content"}
    }
    assert never == {("phone_windows", "damaged_letters")}


@pytest.mark.parametrize(
    "name", ["conversations", "action_plans", "follow_ups", "match_groups", "applications", "bills"]
)
def test_forms_of_person_numbers(extract, name):
    forms = Counter(extract(name)["citizen"].map(form_of))
    del forms[""]
    planted = {rule: count for rule, count in PLANTED[name].items() if rule.startswith("citizen_")}
    planted.pop("citizen_missing", None)
    assert {f"citizen_{form}": count for form, count in forms.items()} == planted


@pytest.mark.parametrize("name", list(SUBJECTS))
def test_damaged_letters(extract, name):
    texts = extract(name).astype(str)
    is_damaged = texts.apply(lambda column: column.str.contains("Ã")).any(axis=1)
    assert is_damaged.sum() == PLANTED[name].get("damaged_letters", 0)


@pytest.mark.parametrize("name", [name for name, table in SUBJECTS.items() if table.key])
def test_repeated_keys(extract, name):
    keys = extract(name)[list(SUBJECTS[name].key)]
    whole = keys[(keys != "").all(axis=1)]
    assert whole.duplicated().sum() == PLANTED[name]["repeated_key"]


def test_planted_conversations(extract, office_days):
    table, planted = extract("conversations"), PLANTED["conversations"]
    contact, ordered, on = (days(table[name]) for name in ("contact_at", "ordered_at", "held_at"))
    person = persons(table["citizen"])
    open_day = pd.Series(
        np.is_busday(on.fillna(AS_OF).to_numpy().astype("datetime64[D]"), busdaycal=office_days)
    )
    whole = person.notna() & on.notna()
    again = pd.DataFrame({"person": person, "on": on, "kind": table["kind"]})[whole].duplicated()
    booked_and_held = (table["status"] == "held") & ~table["kind"].isin(["acute", "telephone"])
    found = {
        "held_before_ordered": (on < ordered).sum(),
        "held_before_contact": ((on < contact) & ~(on < ordered)).sum(),
        "recorded_twice": again.sum(),
        "no_show_recorded_as_held": ((table["status"] == "no_show") & on.notna()).sum(),
        "held_on_closed_day": (~open_day & (table["kind"] != "acute")).sum(),
        "order_date_missing": (booked_and_held & (table["ordered_at"] == "")).sum(),
        "citizen_missing": person.isna().sum(),
    }
    assert found == {rule: planted[rule] for rule in found}


def test_planted_match_group_periods(extract):
    table, planted = extract("match_groups"), PLANTED["match_groups"]
    table = table.assign(person=persons(table["citizen"]), first=days(table["from_date"]))
    default = table["to_date"].isin(["31-12-9999", "01-01-1900"])
    last = days(table["to_date"]).where(~default)
    table["last"] = last.fillna(pd.Timestamp("9999-12-31"))
    known = table[table["person"].notna()].sort_values("first", kind="stable")
    after = known.groupby("person")["last"].shift()
    found = {
        "default_end_date": default.sum(),
        "group_not_stated": table["match_group"].isin(["", "0"]).sum(),
        "ends_before_it_begins": (last < table["first"]).sum(),
        "overlapping_periods": (known["first"] <= after).sum(),
        "gap_between_periods": ((known["first"] - after).dt.days > 1).sum(),
    }
    assert found == {rule: planted[rule] for rule in found}


def test_planted_applications(extract):
    table, planted = extract("applications"), PLANTED["applications"]
    received, decided = days(table["received_at"]), days(table["decided_at"])
    keys = ["kind", decided.rename("on")]
    counts = table[decided.notna()].groupby(keys)["kind"].transform("size")
    usual = table.groupby(keys).size().groupby("kind").median()
    piled = (counts >= 20) & (counts > 6 * table.loc[counts.index, "kind"].map(usual))
    ordered = table.assign(person=persons(table["citizen"]), received=received, decided=decided)
    ordered = ordered[ordered["person"].notna()].sort_values("received", kind="stable")
    earlier = ordered.groupby(["person", "kind"])[["received", "decided"]].shift()
    waiting = earlier["received"].notna() & ~(earlier["decided"] <= ordered["received"])
    found = {
        "bulk_closing": piled.sum(),
        "several_open": (waiting & (ordered["is_rollover"] == "Nej")).sum(),
        "decided_before_received": (decided < received).sum(),
        "error_left_standing": (table["result"] == "error").sum(),
        "reopened": (table["is_reopened"] == "Ja").sum(),
        "several_on_one_case": table.loc[table["case_number"] != "", "case_number"]
        .duplicated()
        .sum(),
    }
    assert found == {rule: planted[rule] for rule in found}
    assert set(decided[piled.index[piled]]) == {pd.Timestamp("2019-12-30")}


def test_planted_plans_and_follow_ups(extract, group_3):
    table, planted = extract("action_plans"), PLANTED["action_plans"]
    person, made = persons(table["citizen"]), days(table["made_at"])
    is_open = table["closed_at"].isin(["", "uge 42", "snarest"])  # what cannot be read is none
    found = {
        "not_in_group_3": (~in_group_3(group_3, person, made)).sum(),
        "two_open_plans": person[is_open & person.notna()].duplicated().sum(),
        "no_next_follow_up": (is_open & (table["next_follow_up_at"] == "")).sum(),
        "author_unknown": (table["author"] == "").sum(),
    }
    assert found == {rule: planted[rule] for rule in found}
    follow_ups = extract("follow_ups")
    known = follow_ups["plan_id"].isin(table["plan_id"]) | (follow_ups["plan_id"] == "")
    assert (~known).sum() == PLANTED["follow_ups"]["plan_not_found"]


def test_planted_bills(extract, steps):
    table, planted = extract("bills"), PLANTED["bills"]
    is_bill = table["kind"] == "bill"
    invoices = table.loc[is_bill, ["supplier", "invoice_number"]]
    numbers = table["amount_dkk"].str.replace(".", "").str.replace(",", ".")
    is_negative = numbers.str.startswith("-") | numbers.str.endswith("-") | (numbers == "0.00")
    undated = (steps["step"] == "Betalt") & (steps["happened_at"] == "")
    ledger = set(steps.loc[steps["step"].isin([*SLOWED_STAGE, "Betalt"]), "bill_id"])
    approved = steps[steps["step"] == "Godkendt"].groupby("bill_id")["day"].max()
    approved = table["bill_id"].map(approved)
    absent = (approved < "2019-12-16") & ~table["bill_id"].isin(ledger)
    found = {
        "credit_note": (table["kind"] == "credit_note").sum(),
        "invoice_recorded_twice": invoices.duplicated().sum(),
        "amount_not_positive": (is_bill & is_negative).sum(),
        "due_date_missing": (is_bill & (table["due_at"] == "")).sum(),
        "due_before_received": (days(table["due_at"]) < days(table["received_at"])).sum(),
        "paid_without_date": undated.sum(),
        "absent_from_ledger": absent.sum(),
    }
    assert found == {rule: planted[rule] for rule in found}
    strange = (steps["bill_id"] != "") & ~steps["bill_id"].isin(table["bill_id"])
    assert strange.sum() == PLANTED["bill_steps"]["bill_not_found"]
