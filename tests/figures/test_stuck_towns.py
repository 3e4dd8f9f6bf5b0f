"""Where payments get stuck in whole towns: the synthetic municipality and real payment requests."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kpi_demo import write_demo

from kpi.definitions.frames import FRAMES
from kpi.disclosure import disclose, protect_all, released
from kpi.figures.bottlenecks import draw_staged, where_stuck
from kpi.figures.cases import measure
from kpi.figures.results import evaluate
from kpi.figures.stages import lateness
from kpi.page.facts import Facts
from kpi.page.lateness import days_lost_in_words, made_late_in_words
from kpi.page.remedies import remedy_in_words
from kpi.page.slower import slower_in_words
from kpi.params import load_params
from kpi.params.quarter_file import Disclosure
from kpi.periods import Period
from kpi.record import write_frame
from kpi.run import Places, accept, engine_for
from tests.disclosure.careful import careful
from tests.figures.test_stuck import METRIC, ROOT, Frames, drawn, of_quarter
from tests.page.drawn_report import read_report

BILLS = ("bills", "bill_steps")
pytestmark = pytest.mark.slow  # a town is read, checked and counted


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Frames:
    """Return the frames of the synthetic municipality."""
    folder = tmp_path_factory.mktemp("stuck")
    write_demo(folder / "demo")
    return _frames(ROOT / "params", folder, "2019Q4", folder / "engine")


@pytest.fixture(scope="module")
def requests(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Frames:
    """Return the frames of the real payment requests."""
    folder = tmp_path_factory.mktemp("requests")
    return _frames(ROOT / "params/examples/payment_requests", shared / "data", "2018Q3", folder)


def _frames(params_folder: Path, data: Path, quarter: str, folder: Path) -> Frames:
    """Count every case, none standing for others; `rounded` has the lateness of drawn cases."""
    read = load_params(params_folder, Period.parse(quarter))
    of_bills = {name: read.report.sources[name] for name in BILLS if name in read.report.sources}
    read = replace(
        read,
        report=read.report.model_copy(update={"sources": of_bills}),
        metrics={METRIC: read.metrics[METRIC]},
    )
    params, rounded = (
        replace(read, report=read.report.model_copy(update={"disclosure": careful}))
        for careful in (Disclosure(hide_persons_below=0), Disclosure(hide_persons_below=5))
    )
    folder.mkdir(exist_ok=True)
    places = Places(params=params_folder, data=data)
    with engine_for(params, places, folder) as backend:
        accept(backend, params, places, None, lambda _: None)
        measured = measure(backend, params)
        frames = where_stuck(backend, params, measured)
        frames["results"] = evaluate(backend, params, measured)
        frames["steps"] = backend.execute(backend.table(f"steps_{METRIC}"))
        drawn = draw_staged(backend, rounded, [METRIC])
        frames["rounded"] = lateness(backend, rounded, [METRIC], drawn)
    return frames


def test_the_stage_that_the_generator_slowed_down(demo: Frames) -> None:
    """2019Q3: between sent and posted, found by lateness and by what it would take."""
    late = of_quarter(demo["lateness"], "2019Q3").set_index("stage")
    assert late["late"].idxmax() == late["shared_days"].idxmax() == "sent-posted"
    free = of_quarter(demo["counterfactual"], "2019Q3").query("runs == 'free'")
    what_if = free.set_index("stages")["lower"]
    assert what_if[""] == 0.75
    singles = what_if[[stage for stage in what_if.index if "+" not in stage]]
    assert singles.idxmax() == "sent-posted"
    assert singles.max() > 0.95
    runs = of_quarter(demo["payment_runs"], "2019Q3").query("is_run")
    assert drawn(runs, "step", "weekday") == [("posted", 3)]


def test_drawn_cases_come_near_all_of_them(demo: Frames, requests: Frames) -> None:
    """Late cases by stage, 40 to 320 a quarter: in multiples of five, with a sum rounded down."""
    for frames in (demo, requests):
        all_cases = frames["lateness"][frames["lateness"]["metric"] == METRIC]
        key = ["metric", "period", "stage"]
        both = all_cases.merge(frames["rounded"], on=key, suffixes=("", "_drawn"))
        assert len(both) == len(all_cases)
        assert (both["late_drawn"] % 5 == 0).all()
        assert (both["total_late_drawn"] == both["total_late"] // 5 * 5).all()
        assert (both["late_drawn"] - both["late"]).abs().max() <= 10
        assert (both["late_drawn"] - both["late"]).abs().mean() < 3


def test_the_agenda_items_own_quarter(demo: Frames) -> None:
    """2019Q4: 951 met, 52 late, 52 unknown; 28 of the late ones approved in time."""
    whole: Any = of_quarter(demo["circumstances"], "2019Q4")
    whole = whole.set_index(["circumstance", "value"])
    counts = ["n", "met", "missed", "unknown"]
    assert whole.loc[("all", "all"), counts].tolist() == [1055, 951, 52, 52]
    by_due = whole.loc[("approval", "by_due")]
    assert (by_due["missed"], by_due["unknown"]) == (28, 52)
    parts = of_quarter(demo["circumstances"], "2019Q4").groupby("circumstance")[counts].sum()
    assert (parts[counts] == [1055, 951, 52, 52]).all(axis=None)
    amounts = whole.loc[("all", "all"), ["amount_met", "amount_missed", "amount_unknown"]]
    assert amounts.sum() == pytest.approx(whole.loc[("all", "all"), "amount"])


def test_as_much_enters_a_step_as_leaves_it(demo: Frames) -> None:
    """Loops included; every case begins once and ends once."""
    for _, rows in demo["step_paths"].groupby("period"):
        entering, leaving = (rows.groupby(side)["n"].sum() for side in ("to_step", "from_step"))
        assert entering.to_dict() == leaving.to_dict()


def test_payment_requests_as_a_whole(requests: Frames) -> None:
    """6,187 paid, 18.0 % after more than 10 working days; who was approved early and paid late."""
    steps = requests["steps"]
    paid = steps[steps["paid_no"].notna()]
    late = paid["paid_no"] - paid["received_no"] > 10
    assert (len(paid), late.sum()) == (6187, 1111)
    early = paid[(paid["approved_no"] - paid["received_no"] <= 5)]
    slow = early[early["paid_no"] - early["received_no"] > 10]
    assert (len(early), len(slow)) == (
        5117,
        412,
    )  # the supervisor approved; 5144, 415 with the director
    way = slow[["received_no", "approved_no", "sent_no", "paid_no"]].diff(axis=1).iloc[:, 1:]
    slowest = way.astype("float64").idxmax(axis=1).value_counts()
    assert (slowest["sent_no"], slowest["paid_no"]) == (331, 46)


def test_what_made_the_third_quarter_late(requests: Frames) -> None:
    """2018Q3, 70.5 % on time: the way to approval; with the way to the request, all but two."""
    late = of_quarter(requests["lateness"], "2018Q3").set_index("stage")
    assert dict(late["late"]) == {
        "received-approved": 201,
        "approved-sent": 131,
        "sent-paid": 2,
        "received_too_late": 0,
        "unknown": 0,
    }
    rows = of_quarter(requests["counterfactual"], "2018Q3").set_index(["stages", "runs"])
    what_if = rows["on_time"]
    assert what_if[("", "free")] == 0
    assert what_if[("received-approved", "kept")] == 187
    assert what_if[("approved-sent", "kept")] == 104
    assert what_if[("received-approved+approved-sent", "kept")] == 332


def test_payment_runs_are_recognised(requests: Frames) -> None:
    """Paid on Mondays and Thursdays, in every quarter."""
    runs = requests["payment_runs"].query("is_run")
    assert set(drawn(runs, "step", "weekday")) == {("paid", 1), ("paid", 4)}


def told(frames: Frames, folder: Path, quarter: str, threshold: int) -> str:
    """Say what the disclosed frames of a quarter say, as the page does."""
    drawn = f"metric | period | n\n{METRIC} | {quarter} | 1000"
    disclosure = {"hide_persons_below": threshold}
    facts = read_report(folder, drawn, quarter=quarter, as_of="2020-01-15", disclosure=disclosure)
    care = careful(threshold)
    shown = {"results": disclose(frames["results"], care).assign(as_published_in="")}
    others = {name: frames[name] for name in frames if name in FRAMES and name not in shown}
    for name, frame in protect_all(others, shown, care).items():
        write_frame(released(name, frame, synthetic=False), facts.folder, name)
    facts = Facts.read(folder, "en")
    ways = (made_late_in_words, days_lost_in_words, slower_in_words, remedy_in_words)
    return " ".join(said(facts, METRIC) for said in ways)


def test_the_plain_answer_for_the_third_quarter_of_the_requests(
    requests: Frames, tmp_path: Path
) -> None:
    """Which stage made it late, what got slower, and what would have fixed it."""
    assert told(requests, tmp_path, "2018Q3", 0) == (
        "Of 334 late bills, 227 were approved in time, by their due day, 107 too late. After "
        "approval, 131 of the late bills lost most time from approved to sent to the ledger. 1,286 "
        "of the 3,665 days of delay were lost from approved to sent to the ledger. Since "
        "Q2 2018 the share that was late has risen by 14.7 percentage points. By the stage that "
        "made cases late: 7.6 from approved to sent to the "
        "ledger (nine in ten took at most 8 days there, before it was 4) and 7.5 from handed in to "
        "approved (nine in ten took at most 10 days there, before it was 6). Had none taken longer "
        "than 2 working days from handed in to approved, 87.0% would have been on time instead of "
        "70.5%. Had two stages kept to their norms, from handed in to approved and from approved "
        "to sent to the ledger, the share would have been 99.8%."
    )


def test_the_plain_answer_names_the_stage_that_the_generator_slowed_down(
    demo: Frames, tmp_path: Path
) -> None:
    """2019Q3, from sent to posted: it made most late, and is the one to mend."""
    said = told(demo, tmp_path, "2019Q3", 0)
    slowed = "from sent to the ledger to posted"
    assert said.startswith(
        "Of 260 late bills, 242 were approved in time, by their due day, 18 too late. "
        f"After approval, 211 of the late bills lost most time {slowed}"
    )
    assert re.search(rf"{slowed}, 9[5-9]\.\d%.* would have been on time instead of 75\.0%", said)
