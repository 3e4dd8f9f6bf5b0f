"""The benchmark measures the same thing on both sides."""

from __future__ import annotations

import runpy
from pathlib import Path

import pandas as pd

BENCHMARK = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "flow.py"))


def test_the_hand_written_query_gives_the_same_transitions(tmp_path: Path) -> None:
    logs = [tmp_path / name for name in ("ours", "by hand")]
    for log in logs:
        BENCHMARK["draw"](log, 1_200)
    found, expected = (BENCHMARK["WAYS"][log.name](log) for log in logs)
    assert found["n"].sum() == 1_000
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, rtol=1e-9)
