"""Checking again while an extract is mended."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event, Timer

import pytest

from kpi.errors import KpiError
from kpi.periods import Period
from kpi.quality import QualityReport
from kpi.run import check as check_extracts
from kpi.run.watch import Round, differences, watch
from tests.town import build_town


@pytest.fixture
def rounds(tmp_path) -> Iterator[tuple[Path, Iterator[Round]]]:
    """A town's bills, and the rounds of checking them; the last wait ends after a while."""
    places = build_town(tmp_path)
    stop = Event()
    timer = Timer(60, stop.set)
    timer.start()

    def check() -> QualityReport:
        return check_extracts(Period.parse("2019Q4"), places, lambda _: None)

    yield places.data / "bills.csv", watch(check, places.data, places.params, stop=stop)
    stop.set()
    timer.cancel()


def after(rounds: Iterator[Round], path: Path, text: str) -> Round:
    """Write the file a moment after the next round is waited for, and return that round."""
    timer = Timer(0.5, path.write_text, [text], {"encoding": "cp1252", "newline": ""})
    timer.start()
    return next(rounds)


def test_each_change_tells_what_it_mended_and_what_it_broke(rounds):
    bills, turns = rounds
    whole = bills.read_text(encoding="cp1252")
    first = next(turns)
    assert (first.changed, first.differences, first.error) == ((), (), None)
    assert first.report is not None
    broken = after(turns, bills, whole.replace(";01-11-2019;", ";31-02-2019;", 1))
    assert broken.changed == ("bills.csv",)
    assert any(line.startswith("new: bills: A date or number") for line in broken.differences)
    mended = after(turns, bills, whole)
    assert any(line.startswith("mended: bills: A date or number") for line in mended.differences)


@pytest.mark.slow
def test_an_error_ends_the_round_and_not_the_watch(rounds):
    bills, turns = rounds
    whole = bills.read_text(encoding="cp1252")
    next(turns)
    renamed = after(turns, bills, whole.replace("Received", "Recieved", 1))
    assert isinstance(renamed.error, KpiError)
    assert 'no column "Received"' in str(renamed.error)
    assert after(turns, bills, whole).error is None


def test_what_is_different_is_said_by_rule():
    before = {("bills", "A"): 8, ("bills", "B"): 2, ("bills", "C"): 1}
    now = {("bills", "B"): 5, ("bills", "C"): 1, ("applications", "D"): 3}
    assert list(differences(before, now)) == [
        "mended: bills: A (8 before)",
        "bills: B (5; 2 before)",
        "new: applications: D (3)",
    ]
