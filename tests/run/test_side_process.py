"""Another process finds and writes what this one does."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest

from kpi.periods import Period
from kpi.record import checksums
from kpi.run import Event, Places, figures, prepare
from kpi.run.side_process import side_process
from tests.town import build_town


def made(places: Places, work: Path) -> dict[str, str]:
    """Make the figures of the town and return the checksums of their files."""
    told: list[Event] = []
    params = prepare(Period(2019, 4), places)
    figures.count(params, places, "", told.append, work)
    figures.make_figures(params, places, work / figures.COUNTS, told.append, work)
    return checksums(work)


@pytest.mark.slow
def test_another_process_writes_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Byte for byte, verdicts and documents included; so do tables in a file or in memory."""
    monkeypatch.setenv("KPI_PSEUDONYM_KEY", "the same key every time")
    (tmp_path / "town").mkdir()
    places = build_town(tmp_path / "town")
    works = [tmp_path / "beside", tmp_path / "here", tmp_path / "in_a_file"]
    for work in works:
        work.mkdir()
    one = made(places, works[0])
    with monkeypatch.context() as here:
        here.setattr(figures, "_side_process", lambda _: nullcontext())
        assert one == made(places, works[1])
    monkeypatch.setattr(figures, "FEW_BYTES", 0)
    assert one == made(places, works[2])
    assert "office/data_docs/index.html" in one


def test_after_an_error_the_process_is_stopped() -> None:
    """And another one is started for the next run."""

    def fail() -> None:
        with side_process() as first:
            raise ValueError(str(first.worker.pid))

    with pytest.raises(ValueError, match=r"\d+") as caught:
        fail()
    with side_process() as second:
        assert second.worker.pid != int(str(caught.value))
        with side_process() as again:
            assert again is second
