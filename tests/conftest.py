"""What all tests share: the tools they need, and what happens where one is missing.

A test that cannot run without something that is not on every machine skips with a reason that
begins with "needs ", best by asking for a fixture of this file: `shared`, `chromium`, or
`require_tool("pdftotext")`. Where the variable CI says so (CI=true) such a skip is a failure, and
so is a failed `pytest.importorskip`: there everything must be present, and a test that quietly
stopped running would be missed. Any other skip stays a skip.

A test that is slow by construction is marked `slow`, and `make check` leaves it out: a whole run
with its notebooks, and here whatever asks for a browser, for PostgreSQL or for Spark.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import hypothesis
import pytest

from kpi.processes import lazy_imports
from tests.servers import postgres_server, spark_master  # noqa: F401 - fixtures for all tests

with lazy_imports():  # three seconds less before the first test begins
    import nbformat  # noqa: F401

ROOT = Path(__file__).resolve().parent.parent
MISSING = ("needs ", "could not import ")
SLOW_FIXTURES = {"chromium", "postgres_server", "spark_master"}

hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.register_profile("quick", deadline=None, max_examples=20)  # make check
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, database=None)


def in_ci() -> bool:
    """Tell whether a missing tool is a failure."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


hypothesis.settings.load_profile("ci" if in_ci() else "local")


def pytest_collection_modifyitems(items):
    """Mark what is slow, and let its files begin: then all workers end at nearly one time."""
    for item in items:
        asked_for = {*item.fixturenames, *_named_by_parameters(item)}
        if SLOW_FIXTURES & asked_for:
            item.add_marker(pytest.mark.slow)
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def _named_by_parameters(item):
    """Yield the texts among a test's parameters: some of them name a fixture."""
    parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return (value for value in parameters if isinstance(value, str))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    return _fail_in_ci((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report():
    return _fail_in_ci((yield))


def _fail_in_ci(report):
    if in_ci() and report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if reason.startswith(MISSING):
            report.outcome = "failed"
            report.longrepr = f"{reason} (with CI=true this is a failure: tests/conftest.py)"
    return report


@pytest.fixture(scope="session")
def require_tool():
    """Give the path of a program of this machine, under the first of its names that is there."""

    def find(*names: str, called: str = "") -> Path:
        for name in names:
            path = shutil.which(name)
            if path:
                return Path(path)
        pytest.skip(f"needs {called or names[0]}")

    return find


@pytest.fixture(scope="session")
def chromium(require_tool) -> Path:
    """Give the path of a browser for pages and PDF."""
    found: Path = require_tool("chromium", "chromium-browser", "google-chrome", called="Chromium")
    return found


@pytest.fixture(scope="session")
def shared() -> Path:
    """Give the folder with public test data and reference answers that lies beside the project."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("needs ../shared: public test data")
    return folder
