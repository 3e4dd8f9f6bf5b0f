"""Answers of what-if, asked several times in a row and read beside the reports."""

from __future__ import annotations

import ibis
import numpy as np
import pytest

from tests.disclosure.joint.releases import WHOLE, Releases


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["application_time", "conversations_within_10_days"])
def test_answers_do_not_subtract_to_few_persons(metric: str) -> None:
    """A limit of 7, 9, 11 and 12 days, each asked beside all reports of twelve towns."""
    backend = ibis.duckdb.connect()
    backend.raw_sql("SET threads = 1")
    rng, days = np.random.default_rng(0), (7, 9, 11, 12)
    releases = Releases.of(backend, rng, metric, 12, days)
    told_of = sum(one["lower_what_if"].notna().sum() for one in releases.answers[WHOLE].values())
    assert told_of > 10
    assert list(releases.findings()) == []
