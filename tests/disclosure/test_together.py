"""All releases about a small municipality, read together: nobody learns of few persons."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.disclosure.careful import careful
from tests.disclosure.joint import Reading, read, told
from tests.disclosure.joint import town as towns
from tests.disclosure.joint.reading import COUNTS, KEYS
from tests.disclosure.joint.releases import WHOLE, Releases
from tests.disclosure.joint.town import METRICS
from tests.drawn import small_engine

TOWNS = 12
ASKED = {"application_time": (7, 9, 11, 12), "conversations_within_10_days": (7, 9, 11, 12)}
"""Limits in days that what-if is asked for, shorter ones and longer ones than that in force."""


@pytest.fixture(scope="module", params=METRICS)
def releases(request: pytest.FixtureRequest) -> Releases:
    """Twelve towns, of each the whole, two units and the whole after one person was corrected."""
    backend = small_engine()
    metric, rng = request.param, np.random.default_rng(0)
    return Releases.of(backend, rng, metric, TOWNS, ASKED.get(metric, ()))


@pytest.mark.slow
def test_all_that_leaves_tells_of_no_few_persons(releases: Releases) -> None:
    answers = releases.answers[WHOLE].values()
    told_of = sum(one["lower_what_if"].notna().sum() for one in answers)
    assert told_of > 10 or not answers
    assert list(releases.findings()) == []
    assert releases.of_one() == []


@pytest.mark.slow
def test_what_is_rounded_adds_up_over_units(releases: Releases) -> None:
    """Where parameters say what units are made of, the whole tells nothing that they do not.

    Which stage made a case late is another question in each report where no norm is declared, and
    rare steps stand together as others in each report by its own numbers: their sum is the same.
    """
    whole, parts = releases.made[WHOLE], [releases.made[unit] for unit in ("north", "south")]
    (metric,) = releases.params.metrics
    checked = 0
    others = set() if metric == "payments_on_time" else {"lateness", "counterfactual"}
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


@pytest.mark.slow
def test_the_attacker_finds_what_an_open_report_tells() -> None:
    """Nothing hidden and nothing rounded: few persons are there to be found."""
    backend, metric = small_engine(), "application_time"
    town = towns.draw(np.random.default_rng(1), [metric])
    made = towns.figures(backend, town, [metric], hide_persons_below=0)
    found = told(read(Reading(), towns.shown(made, care=careful(0)), "open"))
    assert len(found) > 20
