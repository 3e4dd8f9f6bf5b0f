"""A page is a draft until somebody approves that very content, and again after any change."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from kpi.disclosure.findings import narrowed
from kpi.errors import ReviewError
from kpi.periods import CALENDAR_QUARTERS
from kpi.publication.approval import approve, standing_of, withdraw
from kpi.publication.obstacles import blocks, warnings
from kpi.publication.seal import check_bag, content_of
from kpi.publication.verify import verify
from kpi.record import AddsUp, payload, read_frame, read_run, write_run
from tests.publication.drawn import MISSED, QUALITY, RESULTS, change_record, draw_report

HEAD = "ab, head of department"
COMMENT = {"payments_on_time": {"cause": "Approval takes long.", "action": "Daily approvals."}}
TWO = {"approval": {"persons": 2}}


def is_draft(folder):
    page = (folder / "committee.en.html").read_text(encoding="utf-8")
    assert page.count("Not yet approved.") in (0, 2)
    assert page.count('content: "Draft"') == page.count("Not yet approved.") / 2
    return "Not yet approved." in page


def test_approval_takes_the_mark_away_and_leaves_the_payload(reports, log):
    folder = draw_report(reports)
    assert is_draft(folder)
    before = {path: path.read_bytes() for path in payload(folder).rglob("*") if path.is_file()}
    standing = approve(folder, log, HEAD, "Seen with the analyst.")
    assert not is_draft(folder)
    assert (standing.missing, standing.content) == (0, content_of(folder))
    assert before == {path: path.read_bytes() for path in before}
    assert check_bag(folder).is_whole
    told = json.loads((folder / "approval.json").read_text(encoding="utf-8"))
    assert told["is_approved"]
    assert [(one["by"], one["note"]) for one in told["approvals"]] == [
        (HEAD, "Seen with the analyst.")
    ]


def stopped(*_):
    """Stand for the pages' export, stopped by the user."""
    raise KeyboardInterrupt


def test_an_approval_that_was_broken_off_is_finished(reports, log, monkeypatch):
    folder = draw_report(reports)
    with monkeypatch.context() as broken:
        broken.setattr(
            "kpi.publication.approval.dress", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)
        )
        with pytest.raises(KeyboardInterrupt):
            approve(folder, log, HEAD, "")
    assert is_draft(folder)
    [fault] = [one.words for one in verify(folder, log) if one.fault]
    assert fault == "its pages do not bear the mark that the log gives them"
    assert approve(folder, log, HEAD, "").missing == 0
    assert not is_draft(folder)
    assert [one for one in verify(folder, log) if one.fault] == []
    assert [entry.act for entry in log.entries()].count("approve") == 1


def test_the_user_s_name_is_in_the_log_alone(reports, log, log_in):
    log_in("anna-of-the-machine")
    folder = draw_report(reports)
    approve(folder, log, HEAD, "")
    assert [entry.who for entry in log.entries()] == ["anna-of-the-machine"] * 2
    texts = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    assert not any(b"anna-of-the-machine" in text for text in texts)


def test_made_again_with_the_same_content_it_stays_approved(reports, log):
    approve(draw_report(reports), log, HEAD, "")
    again = draw_report(reports)
    assert not is_draft(again)
    assert (again / "approval.json").is_file()


@pytest.mark.parametrize(
    "change",
    [
        {"results": RESULTS.replace("270  | 270", "271  | 271")},
        {"words": "All is very well."},
        {"comments": COMMENT},
        {"as_of": "2020-01-16"},
    ],
    ids=["a figure", "a word", "a comment", "a day"],
)
def test_any_change_brings_the_mark_back(reports, log, change):
    approve(draw_report(reports), log, HEAD, "")
    assert is_draft(draw_report(reports, **change))
    assert not is_draft(draw_report(reports)), "and without it, the approval still holds"


def test_a_withdrawal_brings_the_mark_back_and_is_no_end(reports, log):
    folder = draw_report(reports)
    approve(folder, log, HEAD, "")
    standing = withdraw(folder, log, HEAD, "An office was missing.")
    assert standing.missing == 1
    assert is_draft(folder)
    assert not (folder / "approval.json").exists()
    assert check_bag(folder).is_whole
    with pytest.raises(ReviewError, match="where there is one"):
        withdraw(folder, log, HEAD, "Once more.")
    approve(folder, log, HEAD, "It was not.")
    assert not is_draft(folder)


def test_two_persons_where_the_parameters_say_so(reports, log, log_in):
    folder = draw_report(reports, **TWO)
    assert approve(folder, log, HEAD, "").missing == 1
    assert is_draft(folder)
    with pytest.raises(ReviewError, match="once"):
        approve(folder, log, "AB, analyst", "")
    with pytest.raises(ReviewError, match="each as their own user"):
        approve(folder, log, "cd, analyst", "")
    log_in("carl")
    with pytest.raises(ReviewError, match="It needs another person"):
        approve(folder, log, HEAD, "")
    assert approve(folder, log, "cd, analyst", "").missing == 0
    assert not is_draft(folder)


@pytest.mark.parametrize("by", ["", "ab", "ab,", ", head", "  "])
def test_an_approval_says_who_gives_it(reports, log, by):
    with pytest.raises(ReviewError, match="initials and role"):
        approve(draw_report(reports), log, by, "")


BLOCKED = {
    "a missed target without a comment": ({"results": MISSED}, "comments.payments_on_time"),
    "an empty comment": (
        {"results": MISSED, "comments": {"payments_on_time": {"cause": " "}}},
        "comments.payments_on_time",
    ),
    "a broken stop rule": (
        {"quality": QUALITY | {"override": "no time", "stops": ["bills: no_rows_in_quarter"]}},
        "without --label-anyway",
    ),
    "a quarter that is not over": ({"as_of": "2019-12-30"}, "correct as_of"),
    "another quarter's title": (
        {"agenda": {"title": "Servicemål, 3. kvartal 2019"}}, "agenda.title",
    ),
    "persons who are shown": (
        {"run": {"shown_persons": ["bills.citizen"]}}, "hide_persons_below: 5",
    ),
    "a stale translation": (
        {"run": {"translations": {"kl": {"texts": 9, "missing": 8, "stale": ["2019Q4: a.b"]}}}},
        "kpi translate kl",
    ),
    "changed code": (
        {"approval": {"committed_code": True}, "run": {"versions": {"commit": "0123456789ab+"}}},
        "Commit it",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BLOCKED)
def test_what_stands_in_the_way_says_its_remedy(reports, log, what):
    more, remedy = BLOCKED[what]
    folder = draw_report(reports, **more)
    assert [remedy in block.remedy for block in blocks(folder)] == [True]
    with pytest.raises(ReviewError, match="when nothing stands in the way"):
        approve(folder, log, HEAD, "")
    assert is_draft(folder)
    assert standing_of(folder, log).missing == 1


@pytest.mark.parametrize(
    "more",
    [
        {"results": MISSED, "comments": COMMENT},
        {"agenda": {"title": "Servicemål, 4. kvartal 2019 (2019Q4)"}},
        {"run": {"versions": {"commit": "0123456789ab+"}}},
        {"synthetic": True},
    ],
    ids=["commented", "its own quarter", "changed code, not asked for", "synthetic"],
)
def test_what_does_not_stand_in_the_way(reports, log, more):
    assert approve(draw_report(reports, **more), log, HEAD, "").missing == 0


def test_synthetic_data_and_changed_code_are_told(reports):
    folder = draw_report(reports, synthetic=True, run={"versions": {"commit": "0123456789ab+"}})
    assert [words.split(":")[0] for words in warnings(folder)] == [
        "The data are synthetic",
        "The code was changed after its last commit",
    ]


def test_a_changed_report_cannot_be_approved(reports, log):
    folder = draw_report(reports)
    change_record(folder, quarter="2019Q3")
    with pytest.raises(ReviewError, match=r"data/run\.json was changed"):
        approve(folder, log, HEAD, "")


@pytest.mark.parametrize("moved", ["2020Q1", "south/2019Q4"])
def test_a_folder_that_was_renamed_is_neither_approved_nor_withdrawn(reports, log, moved):
    folder = draw_report(reports, unit="north")
    target = reports / moved
    target.parent.mkdir(exist_ok=True)
    folder.rename(target)
    for act in (approve, withdraw):
        with pytest.raises(ReviewError, match="names the same quarter"):
            act(target, log, HEAD, "x")
    assert [entry.act for entry in log.entries()] == ["run"]


def test_a_hidden_count_that_can_be_worked_out_is_found(reports):
    """An office is hidden alone: the total and the other one tell that it is three cases."""
    drawn = """
metric           | period | group    | n  | met | missed | unknown
payments_on_time | 2019Q4 |          | 60 | 60  |        |
payments_on_time | 2019Q4 | office=A | 57 | 57  |        |
"""
    folder = draw_report(reports, drawn)
    assert blocks(folder) == []
    rows = read_frame(payload(folder), "results")
    alone = rows.iloc[-1:].assign(group="office=B", suppressed="hidden")
    alone[["n", "met", "missed", "unknown"]] = None
    told = narrowed(pd.concat([rows, alone], ignore_index=True), 5, CALENDAR_QUARTERS, ())
    assert told == ["payments_on_time 2019Q4 office=B n", "payments_on_time 2019Q4 office=B met"]


def test_what_metrics_tell_of_each_other_is_found(reports):
    """Within twenty days three more are in time than within ten: declared, and in run.json."""
    drawn = """
metric           | period | group | n  | met | missed | unknown
payments_on_time | 2019Q4 |       | 60 | 43  | 17     | 0
application_time | 2019Q4 |       | 60 | 40  | 20     | 0
"""
    folder = draw_report(reports, drawn)
    run = read_run(folder)
    nested = {"whole": ("payments_on_time", "met"), "parts": [("application_time", "met")]}
    told = AddsUp.model_validate({**nested, "rest": True})
    assert "can be worked out" not in " ".join(block.found for block in blocks(folder))
    write_run(run.model_copy(update={"adds_up": (told,)}), folder)
    found = " ".join(block.found for block in blocks(folder))
    assert "can be worked out, the first of rest of payments_on_time met" in found
