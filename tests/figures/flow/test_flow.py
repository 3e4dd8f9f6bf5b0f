"""Flow against reference answers and against a slow clock, whatever the order of the rows."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.errors import ContractError, ParameterError
from kpi.figures.flow import Clock, Terms, flow
from kpi.office_hours import OfficeHours
from kpi.periods import WorkCalendar
from tests.drawn import small_engine
from tests.tried import tried

HOURS = OfficeHours.parse("07:00-17:00")
CLOCKS = {
    "bh_local": Clock("Europe/Amsterdam", HOURS),
    "bh_local_nl": Clock("Europe/Amsterdam", HOURS, WorkCalendar("NL")),
    "bh_utc": Clock("UTC", HOURS),
}


def measured(log: pd.DataFrame, clock: Clock, terms: Terms | None = None):
    """Measure a drawn log; its rows are numbered in their order unless they say."""
    backend = small_engine()
    if "row_no" not in log.columns:
        log = log.assign(row_no=range(1, len(log) + 1))
    found = flow(backend, backend.create_table("log", log), clock, terms)
    return found, found.case_frame()


def drawn(*events: tuple[str, str, str], **columns) -> pd.DataFrame:
    """Draw events of (case, activity, time)."""
    log = pd.DataFrame(events, columns=["case_id", "activity", "happened_at"])
    return log.assign(happened_at=pd.to_datetime(log["happened_at"]), **columns)


@pytest.fixture(scope="module")
def public(shared):
    """The payment requests: events in UTC."""
    raw = pd.read_csv(shared / "data" / "request_for_payment.csv.gz")
    at = pd.to_datetime(raw["time:timestamp"], utc=True).dt.tz_localize(None)
    log = pd.DataFrame(
        {"case_id": raw["case:concept:name"], "activity": raw["concept:name"], "happened_at": at}
    )
    found = {name: measured(log, clock) for name, clock in CLOCKS.items()}
    return found, shared / "expected" / "flow" / "request_for_payment"


def same(ours: pd.DataFrame, theirs: pd.DataFrame, keys: list[str], pairs: dict[str, str]) -> None:
    """Compare columns of two tables whose rows have the same keys."""
    assert len(ours) == len(theirs)
    both = ours.add_prefix("ours_").merge(
        theirs, left_on=[f"ours_{key}" for key in keys], right_on=keys, validate="one_to_one"
    )
    assert len(both) == len(ours)
    for own, other in pairs.items():
        left, right = both[f"ours_{own}"].astype(float), both[other].astype(float)
        pd.testing.assert_series_equal(left, right, check_names=False, rtol=1e-6)


@pytest.mark.parametrize("clock", CLOCKS)
def test_transitions_and_cases_equal_the_reference(public, clock):
    found, folder = public
    measured_flow, cases = found[clock]
    names = ("n", "mean_s", "median_s", "min_s", "max_s", "sum_s", "stdev_s")
    business = ("mean_s", "median_s", "sum_s")
    same(
        measured_flow.transitions,
        pd.read_csv(folder / "pm4py_performance_dfg.csv.gz"),
        ["from_activity", "to_activity"],
        {name: name for name in names} | {f"business_{n}": f"{clock}_{n}" for n in business},
    )
    known = pd.read_csv(folder / "pm4py_case_durations.csv.gz").rename(columns={"case_id": "case"})
    pairs = {"events": "n_events", "duration_s": "duration_s", "business_duration_s": f"{clock}_s"}
    same(cases, known, ["case"], pairs)


def test_stages_rework_and_variants_equal_the_reference(public):
    found, folder = public
    known = found["bh_local"][0]
    stages = {"events": "events", "n": "n_post", "share": "post_share"} | {
        f"{name}_s": f"post_{name}_s" for name in ("mean", "median", "sum")
    }
    stages |= {"business_mean_s": "post_bh_local_mean_s"}
    same(known.stages, pd.read_csv(folder / "pm4py_stage_dwell.csv.gz"), ["activity"], stages)
    rework = {"cases": "cases_with_activity"} | {
        name: name for name in ("cases_with_rework", "events", "repeat_events")
    }
    same(known.rework, pd.read_csv(folder / "pm4py_rework.csv.gz"), ["activity"], rework)
    variants = pd.read_csv(folder / "pm4py_variants.csv.gz")
    same(known.variants, variants, ["variant"], {"steps": "n_steps", "cases": "cases"})


def test_open_work_and_queues_equal_the_reference(public):
    found, folder = public
    known = found["bh_local"][0]
    wip = pd.read_csv(folder / "wip_daily.csv.gz", parse_dates=["date"])
    pairs = {"arrivals": "arrivals", "finished": "finished", "open": "wip_end_of_day"}
    same(known.wip, wip, ["date"], pairs)
    queues = pd.read_csv(folder / "queue_by_stage_month_end.csv.gz", parse_dates=["month_end"])
    queues = queues.rename(columns={"month_end": "date", "stage": "activity"})
    same(known.queues, queues, ["date", "activity"], {"queue": "queue"})
    assert known.notes.set_index("note").loc["ties", "n"] == 20


def slow_business_seconds(start: dt.datetime, end: dt.datetime, clock: Clock) -> float:
    """Count office time minute by minute, as a person with a calendar would."""
    assert clock.hours is not None
    zone, minute = ZoneInfo(clock.timezone), dt.timedelta(minutes=1)
    seconds, at = 0, start.replace(tzinfo=dt.UTC)
    while at < end.replace(tzinfo=dt.UTC):
        local = at.astimezone(zone)
        hours = clock.hours.days[local.weekday()]
        if hours and hours[0] <= local.hour * 60 + local.minute < hours[1]:
            seconds += 60
        at += minute
    return seconds


# around the clock changes in Copenhagen (26 March, 29 October 2023) and Nuuk (25 March)
minutes = st.integers(0, 6 * 24 * 60)
around = st.sampled_from([dt.datetime(2023, 3, 23), dt.datetime(2023, 10, 26)])


@settings(max_examples=tried(12, at_least=2))
@given(
    waits=st.lists(st.tuples(around, minutes, minutes), min_size=1, max_size=10),
    zone=st.sampled_from(["Europe/Copenhagen", "America/Nuuk", "UTC", "Pacific/Auckland"]),
    hours=st.sampled_from(["07:00-17:00", "mon-sun 00:00-24:00", "mon-sun 20:00-23:30"]),
)
def test_business_time_is_what_a_person_with_a_calendar_counts(waits, zone, hours):
    clock = Clock(zone, OfficeHours.parse(hours))
    events, expected = [], {}
    for number, (start, first, long) in enumerate(waits):
        begin = start + dt.timedelta(minutes=first)
        end = begin + dt.timedelta(minutes=long)
        case = f"case {number}"
        events += [(case, f"{case} begins", str(begin)), (case, f"{case} ends", str(end))]
        expected[f"{case} begins"] = slow_business_seconds(begin, end, clock)
    found, _ = measured(drawn(*events), clock)
    assert found.transitions.set_index("from_activity")["business_sum_s"].to_dict() == expected


def test_a_wait_over_a_clock_change_is_as_long_as_it_was():
    """From Saturday 12:00 to Sunday 12:00 local time, 23 hours when summer begins."""
    clock = Clock("Europe/Copenhagen", OfficeHours.parse("mon-sun 00:00-24:00"), None, True)
    log = drawn(("A", "a", "2023-03-25 12:00"), ("A", "b", "2023-03-26 12:00"))
    found = measured(log, clock)[0].transitions.iloc[0]
    assert (found["sum_s"], found["business_sum_s"]) == (23 * 3600, 23 * 3600)


def test_holidays_are_closed():
    """Great Prayer Day is one in Greenland."""
    clock = Clock("America/Nuuk", HOURS, WorkCalendar("GL"))
    log = drawn(("A", "a", "2019-05-16 12:00"), ("A", "b", "2019-05-20 12:00"))
    assert measured(log, clock)[0].transitions.loc[0, "business_sum_s"] == 10 * 3600


def test_equal_timestamps_come_in_the_declared_order_or_else_the_file_s():
    events = [("A", "second", "2024-01-02"), ("A", "first", "2024-01-02")]
    by_file, _ = measured(drawn(*events), Clock())
    assert by_file.variants["variant"].tolist() == ["second > first"]
    declared, _ = measured(drawn(*events, sequence=[2, 1]), Clock())
    assert declared.variants["variant"].tolist() == ["first > second"]
    notes = [dict(zip(f.notes["note"], f.notes["n"], strict=True)) for f in (by_file, declared)]
    assert [(n["ties_that_matter"], n["ties_by_file_order"]) for n in notes] == [(1, 1), (1, 0)]


def test_a_case_that_ends_before_it_starts_is_counted():
    log = drawn(
        ("A", "received", "2024-01-05"), ("A", "paid", "2024-01-02"),
        ("B", "received", "2024-01-02"), ("B", "paid", "2024-01-05"),
        sequence=[1, 2, 1, 2],
    )  # fmt: skip
    notes = measured(log, Clock())[0].notes.set_index("note")["n"]
    assert (notes["cases_ending_before_start"], notes["events_against_sequence"]) == (1, 1)


events = st.lists(
    st.tuples(st.sampled_from("ABCDEF"), st.sampled_from("xyz"), st.integers(0, 5)),
    min_size=1,
    max_size=40,
)


@settings(max_examples=tried(10, at_least=2))
@given(log=events, seed=st.integers(0, 100))
def test_sums_hold_and_the_order_of_rows_does_not_matter(log, seed):
    rows = drawn(*((case, step, f"2024-01-0{day + 1}") for case, step, day in log))
    rows["row_no"] = range(1, len(rows) + 1)
    found, cases = measured(rows, Clock())
    again, _ = measured(rows.sample(frac=1, random_state=seed), Clock())
    for name in ("transitions", "stages", "rework", "variants", "wip", "queues", "notes"):
        pd.testing.assert_frame_equal(getattr(found, name), getattr(again, name))
    assert found.transitions["n"].sum() == len(rows) - len(cases)
    assert found.wip["arrivals"].sum() == found.wip["finished"].sum() == len(cases)
    assert found.wip["open"].iloc[-1] == 0
    assert found.stages["events"].sum() == found.rework["events"].sum() == len(rows)
    assert found.stages["share"].sum() == pytest.approx(float(found.stages["sum_s"].sum() > 0))


def test_every_event_that_cannot_be_used_is_counted():
    log = drawn(
        ("A", "x", "2024-01-02"), ("", "x", "2024-01-02"), ("A", "", "2024-01-02"),
        ("A", "y", ""), ("A", "z", "2024-02-01"), ("NA", "x", "2021-01-01"),
    )  # fmt: skip
    terms = Terms(known={"x"}, as_of=dt.date(2024, 1, 31))
    notes = measured(log, Clock(), terms)[0].notes.set_index("note")["n"]
    assert notes["events_without_case"] == notes["events_without_activity"] == 1
    assert notes["events_without_timestamp"] == notes["events_after_as_of"] == 1
    assert (notes["events"], notes["one_event_cases"]) == (2, 2)


def test_open_cases_stay_open_until_the_last_day():
    log = drawn(("A", "x", "2022-01-01"), ("B", "x", "2024-01-02"), ("B", "done", "2024-01-03"))
    found, _ = measured(log, Clock(), Terms(ends={"done"}, known={"x"}))
    notes = found.notes.set_index("note")["n"]
    assert (notes["open_cases"], notes["long_cases"], notes["unknown_activity"]) == (1, 1, 1)
    assert found.wip["open"].iloc[-1] == 1
    assert found.queues.iloc[-1][["activity", "queue"]].tolist() == ["x", 1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("9-17", "times of the day"),
        ("17:00-09:00", "opens before it closes"),
        ("mon 09:00-15:00, mon 10:00-12:00", "once"),
        ("fri-mon 09:00-15:00", "from Monday on"),
        ("man 09:00-15:00", "three letters"),
        ("09:75-15:00", "60 minutes"),
    ],
)
def test_office_hours_that_cannot_be_are_refused(text, message):
    with pytest.raises(ParameterError, match=message):
        OfficeHours.parse(text)


def test_a_log_without_events_or_columns_is_refused():
    with pytest.raises(ContractError, match="events with a case"):
        measured(drawn(("", "x", "2024-01-02")), Clock())
    with pytest.raises(ContractError, match="no column activity"):
        measured(drawn(("A", "x", "2024-01-02")).drop(columns="activity"), Clock())
    with pytest.raises(ContractError, match="between 1995 and 2060"):
        measured(drawn(("A", "x", "1900-01-02")), Clock())
    with pytest.raises(ParameterError, match='Did you mean "x"'):
        measured(drawn(("A", "x", "2024-01-02")), Clock(), Terms(ends={"xx"}))


def test_a_log_sorted_in_parts_gives_the_same_tables(monkeypatch):
    """Parts hold whole cases, with wall-clock times around a change of the clock."""
    clock = Clock("Europe/Copenhagen", HOURS, None, True)
    start = pd.Timestamp("2019-03-28")
    rows = [
        (f"case {n * 7 % 40}", "abcd"[n * 3 % 4], str(start + pd.Timedelta(n * 31, "min")))
        for n in range(300)
    ]
    whole, cases = measured(drawn(*rows), clock)
    monkeypatch.setattr("kpi.figures.flow.events._EVENTS_AT_ONCE", 70)
    parted, parted_cases = measured(drawn(*rows), clock)
    pd.testing.assert_frame_equal(cases, parted_cases)
    for name in ("transitions", "stages", "rework", "variants", "wip", "queues", "notes"):
        pd.testing.assert_frame_equal(getattr(whole, name), getattr(parted, name))
