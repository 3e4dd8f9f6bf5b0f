"""Answers of what-if to several questions, read beside each other and beside the report."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import pandas as pd

from kpi.params import Counting, Params
from kpi.simulate import what_if
from kpi.simulate.what_if import Trial
from tests.disclosure.joint.reading import ANSWER, OUTCOMES, Reading, Rows, words
from tests.disclosure.joint.relations import MORE_THAN_ANY, Name

Key = tuple[Name, ...]


def ask(backend: Any, params: Params, then: pd.DataFrame, trial: Trial) -> pd.DataFrame:
    """Return what `kpi what-if` says of a metric's quarters.

    The engine has the accepted rows and the metric's cases; `then` are the disclosed results of the
    metric.
    """
    (metric,) = params.metrics
    parts = vars(what_if)
    tried = parts["_with_trial"](params, metric, trial)
    quarters = then[(then["period_kind"] == "quarter") & (then["group"] == "")]
    judged = parts["_judged_anew"](backend, params, tried, metric, quarters)
    backend.create_table(f"cases_{metric}", backend.table("cases_then"), overwrite=True)
    return parts["_side_by_side"](quarters, judged)


def relate(
    reading: Reading, answers: Mapping[int, Rows], tag: str, rules: Mapping[str, Counting]
) -> None:
    """Relate the answers for limits of so many days, and what was counted, to each other.

    Each told count is as near to the true one as the attacker supposes. Who is in time within a
    limit is so within a longer one, where quarters do not go by the day a case is due; `rules` has
    each metric's that is in force.
    """
    known: dict[tuple[str, str], dict[int, Key]] = {}
    for days, rows in sorted(answers.items()):
        for row in rows:
            key = (tag, ANSWER, row["metric"], row["period"], f"{days} days")
            if _note(reading, key, _counts(row)):
                known.setdefault((row["metric"], row["period"]), {})[days] = key
    for (metric, _), keys in known.items():
        for (_, less), (_, more) in combinations(keys.items(), 2):
            if rules[metric].quarter_by != "due":
                _goes_on(reading, less, more)
            for outcome in OUTCOMES:
                between = {(*more, outcome): 1, (*less, outcome): -1}
                reading.stake(words(more, "less", less, outcome), between)
        due = rules[metric].due
        if due and due.days is not None and rules[metric].quarter_by != "due":
            for days, key in keys.items():
                as_counted = (tag, "results", *key[2:4], "")
                ends = (key, as_counted) if days <= due.days else (as_counted, key)
                _goes_on(reading, *ends)


def _note(reading: Reading, key: Key, counts: Mapping[str, int]) -> bool:
    """Note what an answer tells, and what it says of who would have been judged otherwise.

    Of a hidden one only that there are such cases, which count for a whole; false for such a one.
    """
    if not counts:
        for outcome in OUTCOMES:
            reading.known.number((*key, outcome))
    for outcome, count in counts.items():
        low, high = count - reading.closeness, count + reading.closeness
        name = reading.known.number((*key, outcome), low, high)
        reading.stake(words(name), {name: 1})
        moved = {name: 1, (key[0], "results", *key[2:4], "", outcome): -1}
        reading.stake(words(key, "moved", outcome), moved)
    return bool(counts)


def _goes_on(reading: Reading, less: Key, more: Key) -> None:
    reading.known.relate({(*more, "met"): 1}, {(*less, "met"): 1}, 0, MORE_THAN_ANY)


def _counts(row: Mapping[str, Any]) -> dict[str, int]:
    """Return the outcomes that an answer tells; none where it is hidden."""
    n, low, high = (row[f"{name}_what_if"] for name in ("n", "lower", "upper"))
    if any(pd.isna(value) for value in (n, low, high)):
        return {}
    met, unknown = round(low * n), round((high - low) * n)
    return {"met": met, "missed": int(n) - met - unknown, "unknown": unknown}
