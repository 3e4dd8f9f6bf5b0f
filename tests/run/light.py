"""Runs whose steps do next to nothing, so that a test can afford many of them."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

import kpi.run
from kpi.params import Params
from kpi.periods import Period
from kpi.record import MADE_FROM_FILE, payload
from kpi.run import Event, Places, notebooks, pages, reuse
from kpi.run.figures import COUNTS
from kpi.run.places import Progress
from tests.town import build_town

QUARTER = Period(2019, 4)


def town(folder: Path) -> Places:
    """Build a town whose extract is a version number."""
    places = build_town(folder)
    set_version(places, 1)
    return places


def set_version(places: Places, version: int) -> None:
    """Change the extract."""
    (places.data / "bills.csv").write_text(str(version), encoding="utf-8")


def version_of(places: Places) -> str:
    """Read the extract."""
    return (places.data / "bills.csv").read_text(encoding="utf-8")


def make_lighter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every step write the version of the extract into a few files, and nothing else."""

    def counts(_: Any, places: Places, __: str, progress: Progress, work: Path) -> None:
        progress(Event("sources"))
        (work / COUNTS).mkdir()
        (work / COUNTS / "version").write_text(version_of(places), encoding="utf-8")
        (work / MADE_FROM_FILE).write_text("{}", encoding="utf-8")

    def figures(_: Any, __: Places, counts: Path, progress: Progress, work: Path) -> None:
        progress(Event("disclosure"))
        payload(work).mkdir()
        version = (counts / "version").read_text(encoding="utf-8")
        for number in range(3):
            (payload(work) / f"{number}.csv").write_text(version, encoding="utf-8")

    def record(params: Params, places: Places, work: Path) -> None:
        (work / MADE_FROM_FILE).unlink()
        content = {
            "version": version_of(places),
            "parameters": params.report.model_dump(mode="json"),
            "metrics": {n: one.model_dump(mode="json") for n, one in params.metrics.items()},
            "versions": {"commit": vars(reuse)["commit"]()},  # as tests have it
        }
        (payload(work) / "run.json").write_text(json.dumps(content), encoding="utf-8")

    def run_notebooks(planned: Any, out: Path, env: Any, jobs: int, done: Any, **_: Any) -> None:
        for one in planned:
            work = Path(next(iter(env.values())))
            text = (payload(work) / "0.csv").read_text(encoding="utf-8")
            (out / f"{one.name}.ipynb").write_text(text, encoding="utf-8")
            one.reads.write_text("version\nparameters agenda\n", encoding="utf-8")
            done(one.name)

    def finish(work: Path, _: Any, progress: Progress, __: int) -> None:
        progress(Event("export"))
        text = (payload(work) / "notebooks" / "committee.en.ipynb").read_text(encoding="utf-8")
        (work / "committee.en.html").write_text(text, encoding="utf-8")

    for module, name, light in (
        (kpi.run, "count", counts),
        (kpi.run, "make_figures", figures),
        (kpi.run, "check_params", lambda *_: None),
        (pages, "write_record", record),
        (pages, "finish_pages", finish),
        (pages, "log_run", lambda *_: None),
    ):
        monkeypatch.setattr(module, name, light)
    monkeypatch.setattr(notebooks, "run_notebooks", run_notebooks)
    monkeypatch.setattr(notebooks, "prepare_kernels", lambda: None)


def run(places: Places, **how: Any) -> list[str]:
    """Make the report and return what was told."""
    told: list[str] = []
    kpi.run.run(QUARTER, places, lambda event: told.append(str(event)), **how)
    return told


def versions(report: Path) -> dict[str, str]:
    """Read every file of a report."""
    files = sorted(path for path in report.rglob("*") if path.is_file())
    return {path.relative_to(report).as_posix(): path.read_text(encoding="utf-8") for path in files}


@contextmanager
def in_another_process(target: Callable[[], object]) -> Iterator[BaseProcess]:
    """Call something in a fork of this process; wait for its end, kill it if need be."""
    process = multiprocessing.get_context("fork").Process(target=target)
    process.start()
    try:
        yield process
        process.join(timeout=60)
    finally:
        process.kill()
        process.join()


def die_at(operation: int, within: Path) -> Callable[[], int]:
    """Kill this process at its n-th operation on files within a folder; count them with 0."""
    count = 0

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal count
        if event in {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "ctypes.dlsym"}:
            named = str(arguments[0]).startswith(str(within))
            if named or event == "ctypes.dlsym":
                count += 1
                if count == operation:
                    os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    return lambda: count
