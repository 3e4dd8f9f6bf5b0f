"""The audit log only grows, and whoever changes a line of it is found out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.errors import RunError
from kpi.publication.log import FIRST, Log


@pytest.fixture
def log(tmp_path):
    log = Log(tmp_path / "reports")
    log.add("run", "2019Q4", who="ab", pages=3)
    log.add("approve", "2019Q4", who="cd, leader", note="Æ og Å")
    log.add("publish", "2019Q4", who="cd, leader")
    return log


def test_who_did_what_and_when(log):
    first, second, _ = log.entries()
    assert (first.who, first.act, first.report, first.details) == (
        "ab", "run", "2019Q4", {"pages": 3},
    )  # fmt: skip
    assert first.before == FIRST
    assert first.at.endswith("+00:00")
    assert second.details == {"note": "Æ og Å"}
    assert log.verify() == log.seal()


def test_without_a_name_it_is_the_machine_s_user(log):
    assert log.add("run", "2020Q1").who == "anna"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows tells it in another way")
def test_the_system_says_who_the_user_is_and_no_variable():
    command = [sys.executable, "-c", "from kpi.publication.log import user; print(user())"]
    told = {
        subprocess.run(command, env=os.environ | more, capture_output=True, check=True).stdout
        for more in ({}, {"LOGNAME": "otto", "USER": "otto", "LNAME": "otto", "USERNAME": "otto"})
    }
    assert len(told) == 1


def test_a_signed_act_follows_the_line_that_it_names(log):
    entry = log.next("approve", "north/2019Q4", content="c", by="ab, head", note="Seen.")
    assert json.loads(entry.statement) == {
        "act": "approve", "at": entry.at, "unit": "north", "quarter": "2019Q4", "content": "c",
        "who": "ab", "role": "head", "note": "Seen.", "before": log.seal(),
    }  # fmt: skip
    log.add("run", "2020Q1")
    with pytest.raises(RunError, match="another act in between"):
        log.append(entry)
    assert len(list(log.entries())) == 4


def test_an_empty_log_is_whole(tmp_path):
    assert list(Log(tmp_path).entries()) == []
    assert Log(tmp_path).verify() == FIRST


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda lines: [lines[0].replace('"ab"', '"xy"'), *lines[1:]], "line 2 does not continue"),
        (lambda lines: lines[1:], "line 1 does not continue"),
        (lambda lines: [lines[0], lines[2]], "line 2 does not continue"),
        (lambda lines: [lines[1], lines[0], lines[2]], "line 1 does not continue"),
        (lambda lines: [*lines, "{}"], "line 4 cannot be read"),
        (lambda lines: [*lines, "not json"], "line 4 cannot be read"),
    ],
    ids=["word changed", "first gone", "middle gone", "moved", "not an entry", "not json"],
)
def test_a_changed_log_is_found_out_and_takes_no_more(log, change, found):
    lines = log.path.read_text(encoding="utf-8").splitlines()
    log.path.write_text("\n".join(change(lines)) + "\n", encoding="utf-8")
    with pytest.raises(RunError, match=found):
        log.verify()
    with pytest.raises(RunError, match=found):
        log.add("run", "2020Q1")


def test_a_seal_tells_that_the_end_was_cut_off(log):
    seal = log.seal()
    assert log.holds(seal)
    lines = log.path.read_text(encoding="utf-8").splitlines()
    log.path.write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    log.verify()
    assert not log.holds(seal)


def test_a_log_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / "log.jsonl").mkdir()
    with pytest.raises(RunError, match="Every act is written"):
        Log(tmp_path).add("run", "2020Q1")


def _add_ten(reports):
    for number in range(10):
        Log(reports).add("run", "2019Q4", number=number)


def test_two_writers_do_not_break_the_chain(tmp_path):
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        list(pool.map(_add_ten, [tmp_path, tmp_path]))
    assert len(list(Log(tmp_path).entries())) == 20


@given(note=st.text(max_size=40))
def test_any_text_is_kept_on_one_line(tmp_path_factory, note):
    log = Log(tmp_path_factory.mktemp("log"))
    log.add("approve", "2019Q4", who="x", note=note)
    log.add("publish", "2019Q4", who="x")
    assert [entry.details for entry in log.entries()] == [{"note": note}, {}]
    assert json.loads(log.path.read_bytes().split(b"\n")[0])["details"] == {"note": note}
