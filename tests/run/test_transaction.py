"""A run is a transaction: killed at any moment, it leaves what was there, and the next resumes."""

from __future__ import annotations

import errno
import multiprocessing
import os
import resource
import shutil
import signal
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from kpi import files as folders
from kpi.errors import ParameterError, RunError
from kpi.run import Places, pages
from kpi.run.places import report_lock
from tests.run import light

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills a fork of this process")
WHOLE = {
    "committee.en.html",
    *(f"data/{name}" for name in ("0.csv", "1.csv", "2.csv", "notebooks/committee.en.ipynb")),
}


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    """A town with a report of version 1, whose extract is now of version 2."""
    light.make_lighter(monkeypatch)
    places = light.town(tmp_path)
    light.run(places)
    light.set_version(places, 2)
    return places


def version(places: Places) -> str:
    """Return the version of the report, after seeing that it is whole and of one version."""
    files = light.versions(places.reports / "2019Q4")
    files["data/run.json"] = files["data/run.json"].removeprefix('{"version": "')[0]
    assert set(files) == WHOLE | {"data/run.json"}
    (only,) = set(files.values())
    return only


def operations(places: Places) -> int:
    """Count what a run does with files."""
    pipe, theirs = multiprocessing.Pipe(duplex=False)

    def counted() -> None:
        count = light.die_at(0, places.reports)
        light.run(places)
        theirs.send(count())

    copy = places.reports.with_name("kept")
    shutil.copytree(places.reports, copy)
    with light.in_another_process(counted):
        counted_operations: int = pipe.recv()
    shutil.rmtree(places.reports)
    copy.rename(places.reports)
    return counted_operations


@pytest.mark.slow
def test_a_run_that_is_killed_at_any_moment(places: Places) -> None:
    """The report is the old one or the new one, whole; the next run makes the new one."""
    whole = operations(places)
    assert whole > 60
    before = places.reports.with_name("before")
    shutil.copytree(places.reports, before)
    seen, resumed = set(), 0
    for moment in range(1, whole + 1):

        def killed(moment: int = moment) -> None:
            light.die_at(moment, places.reports)
            light.run(places)

        with light.in_another_process(killed) as process:
            pass
        assert process.exitcode == -signal.SIGKILL, moment
        seen.add(version(places))
        told = light.run(places)
        assert version(places) == "2", moment
        resumed += "figures (reused)" in told
        work = places.reports / ".work" / "2019Q4"
        assert not [path.name for path in work.iterdir() if "unfinished" in path.name]
        shutil.rmtree(places.reports)
        shutil.copytree(before, places.reports)
    assert seen == {"1", "2"}
    assert resumed > whole // 4


def test_where_folders_cannot_be_exchanged(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old report is put aside for a moment; killed just then, the next run puts it back."""
    monkeypatch.setattr(folders, "_exchange", lambda *_: False)
    target = places.reports / "2019Q4"
    target.rename(target.with_name(".2019Q4-old"))
    folders.restore(target)
    assert version(places) == "1"
    light.run(places)
    assert version(places) == "2"
    assert not target.with_name(".2019Q4-old").exists()


def test_a_second_run_says_that_another_is_under_way(places: Places) -> None:
    """Where it is told not to wait."""
    folder = places.reports / ".work" / "2019Q4"
    with (
        report_lock(folder, lambda _: None, wait=True),
        pytest.raises(RunError, match="another run of 2019Q4"),
    ):
        light.run(places, wait=False)
    assert version(places) == "1"


def test_a_second_run_waits_for_its_turn(places: Places) -> None:
    """Then it makes what is missing."""
    folder = places.reports / ".work" / "2019Q4"
    with (
        light.in_another_process(lambda: light.run(places)) as second,
        report_lock(folder, lambda _: None, wait=True),
    ):
        before = version(places)
        second.join(timeout=1)
        assert version(places) == before
    assert second.exitcode == 0
    assert version(places) == "2"


def test_a_full_disk(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told with the step, and the old report stays."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(pages, "finish_pages", full)
    with pytest.raises(RunError, match="No space left on device") as caught:
        light.run(places)
    assert "The step notebooks" in str(caught.value)
    assert version(places) == "1"
    monkeypatch.undo()
    light.make_lighter(monkeypatch)
    assert "figures (reused)" in light.run(places)
    assert version(places) == "2"


def test_a_folder_of_notebooks_that_is_not_there(places: Places) -> None:
    """It is named before anything is read, and what to write stands beside it."""
    with pytest.raises(ParameterError, match=r"none in .*/elsewhere\s+Name another .*--notebooks"):
        light.run(replace(places, notebooks=places.notebooks / "elsewhere"))
    assert version(places) == "1"


def test_a_file_that_goes_while_a_run_works(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is named; nobody is sent to look at the disk."""

    def gone(*_: object) -> None:
        (places.data / "gone.csv").read_bytes()

    monkeypatch.setattr(pages, "finish_pages", gone)
    with pytest.raises(RunError, match=r"No such file or directory: gone\.csv") as caught:
        light.run(places)
    assert "disk" not in str(caught.value)
    assert version(places) == "1"


def test_a_file_that_may_not_grow(places: Places) -> None:
    """A quota of the system is told in the same way."""

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        try:
            light.run(places)
        except RunError as error:
            os._exit(42 if "File too large" in str(error) else 1)

    with light.in_another_process(limited) as process:
        pass
    assert process.exitcode == 42
    assert version(places) == "1"


@pytest.mark.skipif(os.name == "posix" and os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(places: Places) -> None:
    """It is told before anything is read."""
    places.reports.chmod(0o500)
    try:
        with pytest.raises(RunError, match="name another folder"):
            light.run(places)
    finally:
        places.reports.chmod(0o700)
    assert version(places) == "1"
