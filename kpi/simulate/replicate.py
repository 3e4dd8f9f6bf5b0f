"""Runs of a simulation, each with random numbers of its own, and what they have in common.

The seed decides all runs. Two scenarios with the same seed meet the same chances run by run, so
that their difference is the scenario's (common random numbers; Law, Simulation Modeling and
Analysis, 5th ed., 11.2).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from kpi.errors import ParameterError
from kpi.periods import Period

Found = TypeVar("Found")
CONFIDENCE = 0.9
FEWEST_RUNS, MOST_RUNS = 20, 10_000


class Spread(NamedTuple):
    """The median of the runs, and the bounds between which nine runs in ten lie."""

    middle: float
    lower: float
    upper: float


def replicate(run: Callable[[np.random.Generator], Found], runs: int, seed: int) -> list[Found]:
    """Run a simulation so many times; the same seed gives the same runs."""
    if not FEWEST_RUNS <= runs <= MOST_RUNS:
        raise ParameterError(
            f"A simulation has {FEWEST_RUNS} to {MOST_RUNS} runs.",
            str(runs),
            f"Add --runs {FEWEST_RUNS * 10}.",
        )
    if seed < 0:
        raise ParameterError("A seed is 0 or more.", str(seed), "Add --seed 1.")
    children = np.random.SeedSequence(seed).spawn(runs)
    return [run(np.random.default_rng(child)) for child in children]


def replicate_next(
    share: Callable[[Period, np.random.Generator], float],
    sources: Sequence[Period],
    runs: int,
    seed: int,
) -> list[float]:
    """Return the shares that the runs expect of the quarter that follows some past ones.

    Quarters differ by more than chance. So each run is made after one of them, drawn at random, and
    moved to a level that is drawn as that of one more quarter like them: Student's t about their
    mean, on the logit scale (Gelman et al., Bayesian Data Analysis, 3rd ed., 3.2).
    """

    def one(rng: np.random.Generator) -> tuple[int, float, float]:
        source = int(rng.integers(len(sources)))
        return source, share(sources[source], rng), float(rng.standard_t(len(sources) - 1))

    found = replicate(one, runs, seed)
    source, shares, t = (np.array(column) for column in zip(*found, strict=True))
    logits = _logit(shares)
    levels = np.array([logits[source == s].mean() for s in np.unique(source)])
    apart = levels.std(ddof=1) * np.sqrt(1 + 1 / len(levels))
    moved = logits - levels[np.searchsorted(np.unique(source), source)] + levels.mean() + t * apart
    return [float(value) for value in 1 / (1 + np.exp(-moved))]


def _logit(shares: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    inside = np.clip(shares, 0.001, 0.999)
    return np.log(inside / (1 - inside))


def drawn_twice(count: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Draw as many as there are with replacement, and again from what was drawn.

    The first drawing is what else the past might have been, the second what may come of it.
    """
    past = rng.integers(count, size=count)
    return past[rng.integers(count, size=count)]


def spread(values: Sequence[float] | npt.NDArray[np.float64], step: float = 0.0) -> Spread:
    """Return the median and the interval of 90 per cent, rounded to a step.

    The runs are drawn from the cases of a quarter. A step of so many of them keeps what is said of
    two changes from telling, by its difference, of few persons.
    """
    tail = (1 - CONFIDENCE) / 2
    ends = np.quantile(np.asarray(values), [tail, 0.5, 1 - tail])
    lower, middle, upper = np.round(ends / step) * step if step else ends
    return Spread(float(middle), float(lower), float(upper))
