"""Whoever uses the machine in tests, and a folder of reports."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kpi.publication.log import Log


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    return tmp_path / "reports"


@pytest.fixture
def log(reports: Path) -> Log:
    return Log(reports)


@pytest.fixture(autouse=True)
def log_in(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Give what changes the machine's user; it is anna."""

    def become(name: str) -> None:
        for place in ("log", "approval"):
            monkeypatch.setattr(f"kpi.publication.{place}.user", lambda: name)

    become("anna")
    return become
