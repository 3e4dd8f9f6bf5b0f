"""Reports drawn as text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kpi.page.facts import Facts
from tests.page.drawn_report import read_report


@pytest.fixture
def report(tmp_path: Path) -> Callable[..., Facts]:
    """Give what turns drawn results into facts."""

    def read(results: str, **more: Any) -> Facts:
        return read_report(tmp_path, results, **more)

    return read
