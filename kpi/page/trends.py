"""What a figure's months say: their control limits, and in words whether the latest are unusual."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from kpi.definitions.kinds import AS_REPORTED
from kpi.definitions.statuses import HIDDEN
from kpi.figures.control_charts import MINIMUM_POINTS, Direction, p_prime, xmr
from kpi.figures.control_limits import Floats
from kpi.figures.counts import versions_in
from kpi.language import NBSP, Labels
from kpi.language.words import joined
from kpi.page.facts import Facts, Row, records
from kpi.page.wording import FINE_WORDS, amount, capital, clock_of, is_in_whole_numbers
from kpi.params.targets_file import in_force
from kpi.periods import CALENDAR_QUARTERS, Cycle
from kpi.record import Metric

_WAYS: dict[str, Direction] = {
    "at_least": "increase", "at_most": "decrease", "": "neutral",
    "between": "neutral",
}  # fmt: skip
_FEWEST = 6
_MOST = 0.75


@dataclass(frozen=True)
class Monthly:
    """A metric's months: figures and bounds, null where hidden or empty, and what is normal.

    `targets` holds the target in force in each month, null without one, `targets_to` the upper ends
    of those between two values (none where no month has one), `aim` the direction, and `is_strict`
    whether it must be beaten. The normal range rests on the months since the latest hidden one and
    the latest change in how the metric counts, from place `start` on; `centre` is null where these
    are too few. `low`, `high` and `side` (above, below or "") are of each month: the limits of
    shares follow the number of cases (`chart` is "p_prime", else "xmr", or "xmr_median" where the
    limits lie about the median). `measured_in` is the unit
    of values that are reported.
    """

    metric: str
    unit: str
    frame: pd.DataFrame
    targets: tuple[float, ...]
    targets_to: tuple[float, ...] = ()
    aim: str = ""
    is_strict: bool = False
    start: int = 0
    chart: Literal["p_prime", "xmr", "xmr_median", ""] = ""
    centre: float | None = None
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    run_length: int = 0
    run_side: str = ""
    assurance: str = "none"
    side: list[str] = field(default_factory=list)
    cycle: Cycle = CALENDAR_QUARTERS
    measured_in: str = ""

    def in_its_unit(self, written: str) -> str:
        """Add the unit of a reported value, in words, to a value as it is written."""
        return joined((written, self.measured_in), NBSP)

    @cached_property
    def months(self) -> list[str]:
        """The months, such as 2019-10."""
        return [str(name) for name in self.frame["period"]]

    @cached_property
    def places(self) -> list[int]:
        """Each month's place in time, counted in months from the first."""
        starts = [month_start(name) for name in self.months]
        return [(day.year - starts[0].year) * 12 + day.month - starts[0].month for day in starts]

    @property
    def step(self) -> int:
        """How many months lie from one figure to the next: 3 where the ends of quarters are."""
        return int(min(np.diff(self.places), default=1))

    @property
    def counts_quarters(self) -> bool:
        """Tell figures of the reported periods' ends from those of months."""
        return self.step == self.cycle.months > 1

    @property
    def has_limits(self) -> bool:
        """Tell whether the normal range may and can be shown."""
        return self.centre is not None

    @property
    def shown_limits(self) -> tuple[Floats, Floats]:
        """The limits of each month, null where there are none, cut at what the figure can be."""
        ceiling = 1.0 if self.unit == "share" else np.inf
        none = [math.nan] * len(self.frame)
        low, high = np.array(self.low or none), np.array(self.high or none)
        floor = -np.inf if self.unit == AS_REPORTED else 0.0
        return np.maximum(low, floor), np.minimum(high, ceiling)

    @property
    def _hidden(self) -> pd.Series[bool]:
        return self.frame["status"] == HIDDEN.id

    @property
    def was_reached(self) -> bool:
        """Tell whether a month that is shown reached its target, whatever its unknown cases are."""
        if self.aim == "between":
            low, high = (
                self.frame[bound].to_numpy(dtype=float, na_value=math.nan)
                for bound in ("lower", "upper")
            )
            inside = (low >= np.array(self.targets)) & (high <= np.array(self.upper_ends))
            return bool(np.any(inside))
        worse = "lower" if self.aim == "at_least" else "upper"
        value, targets = self.frame[worse].to_numpy(dtype=float, na_value=math.nan), self.targets
        if self.is_strict:
            reached = value > targets if self.aim == "at_least" else value < targets
        else:
            reached = value >= targets if self.aim == "at_least" else value <= targets
        return bool(np.any(reached))

    @property
    def upper_ends(self) -> tuple[float, ...]:
        """The upper end of each month's target; null where it has none."""
        return self.targets_to or (math.nan,) * len(self.frame)

    @property
    def breaks(self) -> list[int]:
        """Places of the months in which a newer version of the rules counts for the first time.

        Cases of an older version may count in later months still. A month without cases has no
        version; that is no other way of counting.
        """
        places: list[int] = []
        known: set[str] = set()
        for at, label in enumerate(self.frame["version"]):
            found = set(versions_in(label))
            if known and found - known:
                places.append(at)
            known |= found
        return places

    @property
    def since_hidden(self) -> int:
        """Place of the first month after the latest hidden one."""
        hidden = np.flatnonzero(self._hidden)
        return int(hidden[-1]) + 1 if len(hidden) else 0


def monthly(facts: Facts, metric: str) -> Monthly | None:
    """Return a metric's months and what is normal; None where too few may be shown.

    A month that is not over is not among them.
    """
    frame = _whole(facts.series(metric, "month"))
    known = int(frame["value"].notna().sum())
    if known < max(_FEWEST, len(frame) * _MOST):
        return None
    described = facts.metrics[metric]
    cycle = facts.quarter.cycle
    months = records(frame)
    targets = tuple(_target_in(described, row, cycle) for row in months)
    ends = tuple(_upper_end_in(described, row, cycle) for row in months)
    last = described.targets[-1] if described.targets else None
    unit = clock_of(facts, metric) if described.unit == "days" else described.unit
    plain = Monthly(
        metric, unit, frame, targets,
        () if all(map(math.isnan, ends)) else ends, last.direction if last else "",
        is_strict=bool(last and last.baseline), cycle=cycle,
        measured_in=facts.labels(described.measured_in) if described.measured_in else "",
    )  # fmt: skip
    start = max([plain.since_hidden, *plain.breaks])
    baseline = frame.iloc[start:]
    if baseline["value"].notna().sum() < MINIMUM_POINTS:
        return plain
    return _with_limits(replace(plain, start=start), baseline)


def _whole(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the months that were seen to their end."""
    return frame[~frame["is_part"].astype(bool)].reset_index(drop=True)


def _target_in(described: Metric, month: Row, cycle: Cycle) -> float:
    """Return the target in force when a month's period ended; a relative one is in the row."""
    target = in_force(described.targets, cycle.holding(month["period"]).last_day)
    if target is None:
        return math.nan
    given = month["target"] if target.value is None else target.value
    return math.nan if pd.isna(given) else float(given)


def _upper_end_in(described: Metric, month: Row, cycle: Cycle) -> float:
    """Return the upper end of the target in force when a month's period ended, if it has one."""
    target = in_force(described.targets, cycle.holding(month["period"]).last_day)
    return math.nan if target is None or target.to is None else target.to


def hidden_months(facts: Facts, metric: str) -> tuple[int, int]:
    """Return how many of a metric's months are hidden, of how many; none where a chart is drawn."""
    hidden = facts.series(metric, "month")["status"] == HIDDEN.id
    return (int(hidden.sum()), len(hidden)) if hidden.mean() > 1 - _MOST else (0, len(hidden))


def _with_limits(plain: Monthly, baseline: pd.DataFrame) -> Monthly:
    points = pd.DataFrame(
        {
            "series": plain.metric,
            "x": pd.to_datetime(baseline["period"] + "-01"),
            "y": baseline["value"].astype(float),
            "n": baseline["n"].astype(float),
        }
    )
    way = _WAYS[plain.aim]
    is_one = way != "neutral" and not math.isnan(plain.targets[-1])
    target = plain.targets[-1] if is_one else None
    if plain.unit == "share":
        charts = p_prime(points, direction=way, target=target)
    else:
        charts = xmr(points, direction=way, target=target)
    latest, limits = charts.readings.iloc[-1], charts.points
    if limits["lower_limit"].notna().sum() < MINIMUM_POINTS:
        return replace(plain, chart="p_prime")
    none = [math.nan] * plain.start
    is_about_median = bool((charts.notes["kind"] == "about_median").any())
    of_values: Literal["xmr", "xmr_median"] = "xmr_median" if is_about_median else "xmr"
    return replace(
        plain,
        chart="p_prime" if plain.unit == "share" else of_values,
        centre=float(limits["mean"].iloc[-1]),
        low=[*none, *limits["lower_limit"]],
        high=[*none, *limits["upper_limit"]],
        run_length=int(latest["run_length"]),
        run_side=str(latest["side"]),
        assurance=str(charts.verdicts["assurance"].iloc[-1]),
        side=[
            *[""] * plain.start,
            *(
                _side(point, upper)
                for point, upper in zip(records(limits), baseline["upper"], strict=True)
            ),
        ],
    )


def _side(point: Row, upper: float) -> str:
    """Tell on which side of the limits a figure lies; with unknown cases, all of its range."""
    if pd.isna(point["y"]) or pd.isna(point["lower_limit"]):
        return ""
    if upper < point["lower_limit"]:
        return "below"
    return "above" if point["y"] > point["upper_limit"] else ""


def month_start(name: str) -> dt.date:
    """Return the first day of a month written 2019-10."""
    return dt.date.fromisoformat(f"{name}-01")


_SHIFT = 7
_YEAR = 12


def reading(labels: Labels, found: Monthly) -> str:
    """Say in plain words whether the latest months are unusual for the figure's own past."""
    if not found.has_limits:
        return in_short(labels, found)
    at = _latest_unusual(found)
    return joined(
        (
            _latest(labels, found),
            labels(
                NORMAL,
                span=_span(labels, found),
                range=normal_range(labels, found, at[-1] if at else len(found.months) - 1),
            ),
            _prospect(labels, found),
        )
    )


def in_short(labels: Labels, found: Monthly) -> str:
    """Say it without the range that is normal, as beside the one chart of the case."""
    if found.has_limits:
        return joined((_latest(labels, found), _prospect(labels, found)))
    anew = len(found.months) - max(found.breaks, default=0)
    if found.breaks and not found.chart and not found.since_hidden:
        return labels.plural(
            "Only {n} figure is counted in the new way: too few to say what is normal.",
            "Only {n} figures are counted in the new way: too few to say what is normal.",
            anew,
        )
    why = "few cases" if found.chart else "hidden" if found.since_hidden else "too few"
    return labels(READING_WORDS[why], n=labels.count(len(found.months)))


def _latest_unusual(found: Monthly) -> list[int]:
    """Return the places of the past year's latest stretch that is unusual, if there is one."""
    last = found.places[-1]
    recent = [at for at, side in enumerate(found.side) if side and found.places[at] > last - _YEAR]
    return _last_stretch(recent, found) if recent else []


def _latest(labels: Labels, found: Monthly) -> str:
    stretch = _latest_unusual(found)
    if not stretch:
        return _inside(labels, found)
    known = found.frame["value"].notna().to_numpy()
    is_back = bool(known[stretch[-1] + 1 :].any())
    words = READING_WORDS[found.side[stretch[-1]], "before" if is_back else "now"]
    when = months_in_words(labels, found, stretch[0], stretch[-1])
    return capital(labels(words, months=when))


NORMAL = "Normal for the latest {span}: {range}."
READING_WORDS: dict[object, str] = {
    "too few": "There are only {n} figures: too few to say what is normal.",
    "few cases": "So few cases lie behind each figure that it cannot be said what is normal.",
    "hidden": "A recent figure is hidden, so it cannot be said what is normal.",
    ("below", "now"): "{months} lay below normal.",
    ("above", "now"): "{months} lay above normal.",
    (
        "below",
        "before",
    ): "{months} lay below normal. It has been normal since.",
    (
        "above",
        "before",
    ): "{months} lay above normal. It has been normal since.",
    ("above", "shift"): "The latest {run} all lie above the average of the latest {span}: the "
    "level has risen.",
    ("below", "shift"): "The latest {run} all lie below the average of the latest {span}: the "
    "level has fallen.",
    ("within", ""): "The past year lies within what is normal.",
}


def _periods(labels: Labels, found: Monthly, n: int) -> str:
    if found.counts_quarters:
        return labels.plural("{n} quarter", "{n} quarters", n)
    return labels.plural("{n} month", "{n} months", n)


def _span(labels: Labels, found: Monthly) -> str:
    return _periods(labels, found, len(found.months) - found.start)


def _inside(labels: Labels, found: Monthly) -> str:
    beside_average = found.chart != "xmr_median" and found.run_length >= _SHIFT
    if beside_average and found.run_side in ("above", "below"):
        run = _periods(labels, found, found.run_length)
        words = READING_WORDS[found.run_side, "shift"]
        return labels(words, run=run, span=_span(labels, found))
    return labels(READING_WORDS["within", ""])


def _prospect(labels: Labels, found: Monthly) -> str:
    if found.assurance == "consistent_fail" and not found.was_reached:
        return labels(
            "The target lies outside what is normal: without a change it will not be met."
        )
    return ""


def _last_stretch(places: list[int], found: Monthly) -> list[int]:
    """Return the latest neighbouring places that lie on one side, with no month between them."""
    stretch = [places[-1]]
    months = found.places
    for place in reversed(places[:-1]):
        is_next = months[stretch[0]] - months[place] == found.step
        if not is_next or found.side[place] != found.side[stretch[0]]:
            break
        stretch.insert(0, place)
    return stretch


def normal_range(labels: Labels, found: Monthly, place: int) -> str:
    """Write the normal range, cut at what the figure can be, and the chart that it is read from.

    What is counted in whole numbers has limits in whole numbers, rounded inwards: each figure then
    lies inside them as written just if it lies inside them. The limits of shares follow the number
    of cases, so it is said of which month they are.
    """
    of_month = [(low, high) for low, high in zip(*found.shown_limits, strict=True)]
    known = [at for at in range(len(of_month)) if not math.isnan(of_month[at][0])]
    place = max((at for at in known if at <= place), default=known[-1])
    low, high = of_month[place]
    chart = labels(CHART_WORDS[found.chart])
    if found.unit == "share":
        written = labels.share_range(low, high)
        if all(of_month[at] == of_month[place] for at in known):
            return joined((written, chart), "; ")
        month = months_in_words(labels, found, place, place)
        return labels(
            "{range} with as many cases as in {month}; {chart}",
            range=written, month=month, chart=chart,
        )  # fmt: skip
    inwards = math.ceil(low), math.floor(high)
    if is_in_whole_numbers(found.unit) and inwards[0] <= inwards[1]:
        ends = (labels.count(inwards[0]), amount(labels, found.unit, inwards[1]))
    else:
        in_unit = found.unit in FINE_WORDS
        highest = amount(labels, found.unit, round(high, 1)) if in_unit else labels.number(high, 1)
        ends = (labels.number(low, 1), found.in_its_unit(highest))
    return joined((joined(ends, "\u2013"), chart), "; ")


CHART_WORDS = {
    "p_prime": "p\u2032 chart",
    "xmr": "XmR chart",
    "xmr_median": "XmR chart about the median",
}


def months_in_words(labels: Labels, found: Monthly, first: int, last: int) -> str:
    """Write neighbouring months (July and August 2019; July to September 2019), or quarters."""
    names = found.months[first], found.months[last]
    if found.counts_quarters:
        low, high = (labels.quarter(found.cycle.holding(name)) for name in names)
    else:
        is_one_year = names[0][:4] == names[1][:4]
        low = labels.month(names[0], "LLLL" if is_one_year else "LLLL y")
        high = labels.month(names[1], "LLLL y")
    if first == last:
        return high
    return (
        labels.and_list([low, high])
        if last == first + 1
        else labels("{low} to {high}", low=low, high=high)
    )
