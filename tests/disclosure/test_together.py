"""All releases about a small municipality, read together: nobody learns of few persons."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
import pytest

from tests.disclosure.careful import careful
from tests.disclosure.joint import Reading, read, told
from tests.disclosure.joint import town as towns
from tests.disclosure.joint.reading import COUNTS, KEYS
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
    found = told(read(Reading(), towns.shown(made, care=careful(0)), "open"))
    assert len(found) > 20


@pytest.mark.parametrize("metric", ["payments_on_time", "application_time"])
def test_what_is_rounded_adds_up_over_units(metric: str) -> None:
    """Where parameters say what units are made of, the whole tells nothing that they do not.

    Which stage made a case late is another question in each report where no norm is declared, and
    rare steps stand together as others in each report by its own numbers: their sum is the same.
    """
    backend, town = ibis.duckdb.connect(), towns.draw(np.random.default_rng(5), [metric], 6)
    offices = sorted({office for rows in town.tables.values() for office in rows["office"]})
    whole = towns.figures(backend, town, [metric])
    parts = [
        towns.figures(backend, town.part(unit, own), [metric])
        for unit, own in (("north", offices[:1]), ("south", offices[1:]))
    ]
    checked = 0
    others = {"lateness", "counterfactual"} if metric == "application_time" else set()
    for name in set(COUNTS) - {"results", "overlap", "outlook", *others}:
        keys = list(KEYS[name])
        for count in set(COUNTS[name]) & set(whole[name].columns):
            together = pd.concat([one[name] for one in parts]).groupby(keys, dropna=False)[count]
            of_whole = whole[name].groupby(keys, dropna=False)[count].sum()
            of_units = together.sum()
            there = of_whole[of_whole > 0]
            if name != "step_paths":
                assert there.eq(of_units.reindex(there.index)).all(), (name, count)
            assert of_units.sum() == of_whole.sum()
            checked += int(of_whole.sum())
    assert checked > 100
