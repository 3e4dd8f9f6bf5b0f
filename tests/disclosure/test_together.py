"""All releases about a small municipality, read together: nobody learns of few persons."""

from __future__ import annotations

import ibis
import numpy as np
import pytest

from kpi.disclosure import Care
from tests.disclosure.joint import Reading, read, told
from tests.disclosure.joint import town as towns
from tests.disclosure.joint.releases import Releases
from tests.disclosure.joint.town import METRICS


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "metric"), list(enumerate(METRICS)))
def test_the_whole_its_units_and_a_correction_tell_of_no_few_persons(
    seed: int, metric: str
) -> None:
    """Two towns, of each the whole, two units and the whole after one person was corrected."""
    backend = ibis.duckdb.connect()
    backend.raw_sql("SET threads = 1")
    releases = Releases.of(backend, np.random.default_rng(seed), metric, 2)
    assert list(releases.findings()) == []
    assert releases.of_one() == []


def test_the_attacker_finds_what_an_open_report_tells() -> None:
    """Nothing hidden and nothing rounded: few persons are there to be found."""
    backend, metric = ibis.duckdb.connect(), "application_time"
    town = towns.draw(np.random.default_rng(1), [metric])
    made = towns.figures(backend, town, [metric], hide_persons_below=0)
    found = told(read(Reading(), towns.shown(made, care=Care(0)), "open"))
    assert len(found) > 20
