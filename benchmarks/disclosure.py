"""What a joint attacker learns of few persons from releases about simulated municipalities.

    python benchmarks/disclosure.py --releases 10000

Each run draws ninety towns of 5 to 60 persons in two to four offices, one a quarter, publishes
the whole and two units in any order, and the whole once more after a person's case was corrected
in each town: four releases a town. In every ninth run what-if is asked beside each of them for
three limits. The attacker (tests/disclosure/joint) reads all frames and answers of all four as
relations between whole numbers. It supposes that rounded counts are within four of the truth, or
else as near as they can be. What it finds is printed, with its town.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import ibis
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.disclosure.joint.releases import DAYS, Releases
from tests.disclosure.joint.town import METRICS

TOWNS, RELEASES_OF_A_TOWN = 90, 4
ASKED_IN = 9
"""In one run of so many what-if is asked, too."""


def main() -> None:
    """Print what is found, and of how many releases."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--releases", type=int, default=10_000)
    options.add_argument("--first", type=int, default=0, help="seed of the first run")
    options.add_argument("--towns", type=int, default=TOWNS, help="towns a run")
    asked = options.parse_args()
    began, tried, found, seed = time.monotonic(), 0, 0, asked.first
    backend = ibis.duckdb.connect()
    backend.raw_sql("SET threads = 1")
    while tried < asked.releases:
        metric = list(METRICS)[seed % len(METRICS)]
        days = () if seed % ASKED_IN else DAYS
        rng = np.random.default_rng(seed)
        releases = Releases.of(backend, rng, metric, asked.towns, days)
        for quarter, finding in releases.findings():
            found += 1
            print(f"seed {seed}, {quarter}: {finding.what}, {finding.low} to {finding.high}")
        for said in releases.of_one():
            found += 1
            print(f"seed {seed}: {said}")
        tried, seed = tried + RELEASES_OF_A_TOWN * asked.towns, seed + 1
        minutes = (time.monotonic() - began) / 60
        print(f"{tried} releases, {found} findings, {minutes:.0f} minutes", flush=True)


if __name__ == "__main__":
    main()
