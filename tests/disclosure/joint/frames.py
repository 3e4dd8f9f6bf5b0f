"""How the counts of each frame hang together, within it and with those of the results."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from itertools import pairwise

from kpi.periods import CALENDAR_QUARTERS
from tests.disclosure.joint.reading import COUNTS, OUTCOMES, Reading, Rows, Told, words
from tests.disclosure.joint.relations import Name

Key = tuple[Name, ...]


def in_results(tag: str, metric: str, period: str, group: str = "") -> Key:
    """Name a row of the results."""
    return (tag, "results", metric, period, group)


def outcomes_add_up(reading: Reading, key: Key) -> None:
    """Note that met, missed and unknown are all cases of a row."""
    reading.known.adds_up((*key, "n"), [(*key, outcome) for outcome in OUTCOMES])


def results(reading: Reading, frames: Told, tag: str) -> None:
    """Outcomes add up to n, months to their quarter, the values of a group to all."""
    rows = frames.get("results", Rows())
    for row in rows:
        key = in_results(tag, row["metric"], row["period"], row["group"])
        if row["unit"] == "share":
            outcomes_add_up(reading, key)
            reading.shares.add((tag, row["metric"]))
        if "open" in row:
            reading.known.at_most((*key, "overdue"), (*key, "open"))
            in_time = {(*key, "open"): 1, (*key, "overdue"): -1}
            reading.stake(words(key, "open in time"), in_time)
    for (metric, period), part in rows.parts("metric", "period"):
        whole = in_results(tag, metric, period)
        for count in ("n", *OUTCOMES, "not_yet_due"):
            for values in _values(part.of("group")):
                groups = [(*in_results(tag, metric, period, value), count) for value in values]
                reading.known.adds_up((*whole, count), groups)
            if "Q" in period:
                months = [
                    (*in_results(tag, metric, m), count)
                    for m in CALENDAR_QUARTERS.parse(period).months
                ]
                if all(reading.known.is_known(month) for month in months):
                    reading.known.adds_up((*whole, count), months)


def _values(groups: Iterable[str]) -> Iterator[list[str]]:
    """Yield the values of each group: ["office=North", "office=South"]."""
    listed = list(groups)
    for name in {group.partition("=")[0] for group in listed if group}:
        yield [group for group in listed if group.startswith(f"{name}=")]


def weeks(reading: Reading, frames: Told, tag: str) -> None:
    """A week that a month cuts has two parts; whole weeks and parts add up to the month.

    A week without cases has no row, so the weeks that are there hold all cases.
    """
    rows = frames.get("results", Rows())
    for (metric,), part in rows.where(period_kind="week").parts("metric"):
        months = set(rows.where(metric=metric).of("period"))
        for count in ("n", *OUTCOMES):
            by_month: dict[str, list[Name]] = {}
            for week in part.of("period"):
                pieces = {month: (tag, "part", metric, week, month, count) for month in _cut(week)}
                reading.known.adds_up((*in_results(tag, metric, week), count), pieces.values())
                for month, piece in pieces.items():
                    by_month.setdefault(month, []).append(piece)
                    if len(pieces) > 1:
                        reading.stake(words(piece), {piece: 1})
            for month, of_month in by_month.items():
                if month in months:
                    reading.known.adds_up((*in_results(tag, metric, month), count), of_month)


def _cut(week: str) -> list[str]:
    """Return the month of a week, or both: "2019-W40" lies in September and in October."""
    year, _, number = week.partition("-W")
    days = (dt.date.fromisocalendar(int(year), int(number), day) for day in (1, 7))
    return list(dict.fromkeys(f"{day:%Y-%m}" for day in days))


def overlap(reading: Reading, frames: Told, tag: str) -> None:
    """Both ways of counting count the same cases; the newest is that of the results."""
    for (metric, period), part in frames.get("overlap", Rows()).parts("metric", "period"):
        keys = [(tag, "overlap", metric, version, period) for version in part.of("version")]
        for key in keys:
            outcomes_add_up(reading, key)
        for one, other in pairwise(keys):
            for count in OUTCOMES:
                moved = {(*one, count): 1, (*other, count): -1}
                reading.stake(words(metric, period, count, "moved"), moved)
        judged = in_results(tag, metric, period)
        for count in ("n", *OUTCOMES):
            reading.known.relate({(*keys[-1], count): 1}, {(*judged, count): 1})


def outlook(reading: Reading, frames: Told, tag: str) -> None:
    """What is decided is that of the results; what is not yet due, and not due either, is left."""
    for (metric, period), _ in frames.get("outlook", Rows()).parts("metric", "period"):
        key, judged = (tag, "outlook", metric, period), in_results(tag, metric, period)
        reading.known.adds_up((*key, "decided"), [(*key, outcome) for outcome in OUTCOMES])
        for outcome in OUTCOMES:
            reading.known.relate({(*key, outcome): 1}, {(*judged, outcome): 1})
        reading.known.at_most((*key, "open_due"), (*judged, "not_yet_due"))
        left = {(*judged, "not_yet_due"): 1, (*key, "open_due"): -1}
        reading.stake(words(metric, period, "due after the quarter"), left)


def open_cases(reading: Reading, frames: Told, tag: str) -> None:
    """The bands add up to the open cases; those past the limit to the overdue."""
    for (metric, period), part in frames.get("open_cases", Rows()).parts("metric", "period"):
        bands = {band: (tag, "open_cases", metric, period, band, "n") for band in part.of("band")}
        judged = in_results(tag, metric, period)
        reading.known.adds_up((*judged, "open"), bands.values())
        if "within limit" in bands:
            late = [name for band, name in bands.items() if band != "within limit"]
            reading.known.adds_up((*judged, "overdue"), late)


def stages(reading: Reading, frames: Told, tag: str) -> None:
    """Cases that did not pass a stage are those of the outcome, less those that did."""
    rows, known = frames.get("stages", Rows()), reading.known
    if not rows.has("n"):
        return
    for (metric, period, stage), part in rows.parts("metric", "period", "stage"):
        key, judged = (tag, "stages", metric, period, stage), in_results(tag, metric, period)
        for outcome in {"met", "missed"} - {*part.of("outcome")}:
            known.number((*key, outcome, "n"), 0, 0)
        passed = [(*key, outcome, "n") for outcome in ("met", "missed")]
        known.adds_up((*key, "all", "n"), [*passed, (*key, "neither")])
        reading.stake(words(key, "neither"), {(*key, "neither"): 1})
        for outcome in ("met", "missed") if (tag, metric) in reading.shares else ():
            rest = (*key, outcome, "not passed")
            known.adds_up((*judged, outcome), [(*key, outcome, "n"), rest])
            reading.stake(words(rest), {rest: 1})
    for (metric, period, outcome), part in rows.parts("metric", "period", "outcome"):
        for one, other in pairwise(part.of("stage")):
            more, less = (
                (tag, "stages", metric, period, stage, outcome, "n") for stage in (one, other)
            )
            known.at_most(less, more)
            reading.stake(words(metric, period, outcome, one, "not", other), {more: 1, less: -1})


def stage_months(reading: Reading, frames: Told, tag: str) -> None:
    """The months of a quarter add up to it."""
    rows = frames.get("stage_months", Rows())
    if not rows.has("n"):
        return
    of = Rows({**row, "quarter": str(CALENDAR_QUARTERS.holding(row["period"]))} for row in rows)
    for (metric, quarter, stage), part in of.parts("metric", "quarter", "stage"):
        months = [(tag, "stage_months", metric, month, stage, "n") for month in part.of("period")]
        reading.known.adds_up((tag, "stages", metric, quarter, stage, "all", "n"), months)


def lateness(reading: Reading, frames: Told, tag: str) -> None:
    """The stages, and what no stage made late, add up to all that were missed."""
    for (metric, period), part in frames.get("lateness", Rows()).parts("metric", "period"):
        named = [(tag, "lateness", metric, period, stage) for stage in part.of("stage")]
        missed = (*in_results(tag, metric, period), "missed")
        reading.known.adds_up(missed, [(*key, "late") for key in named])
        if part.has("total_late"):
            reading.known.relate({(*named[0], "total_late"): 1}, {missed: 1})


def counterfactual(reading: Reading, frames: Told, tag: str) -> None:
    """What a stage would have saved is saved by it and another, too; free runs save no less."""
    known, rows = reading.known, frames.get("counterfactual", Rows())
    for (metric, period), part in rows.parts("metric", "period"):
        judged, counts_all = in_results(tag, metric, period), part.has("met")
        keys = {
            way: (tag, "counterfactual", metric, period, *way)
            for way in zip(part.of("stages"), part.of("runs"), strict=True)
        }
        for (kept, _), key in keys.items():
            if counts_all:
                outcomes_add_up(reading, key)
                for count in ("n", *(OUTCOMES if not kept else ())):
                    known.relate({(*key, count): 1}, {(*judged, count): 1})
            else:
                still = (*key, "still missed")
                known.adds_up((*judged, "missed"), [(*key, "on_time"), (*key, "perhaps"), still])
                reading.stake(words(still), {still: 1})
        saved = "met" if counts_all else "on_time"
        for more, key in keys.items():
            for fewer, other in keys.items():
                if key != other and _saves_what(more, fewer):
                    known.at_most((*other, saved), (*key, saved))
                    beyond = {(*key, saved): 1, (*other, saved): -1}
                    reading.stake(words(key, "beyond", *fewer), beyond)


def _saves_what(more: tuple[str, str], fewer: tuple[str, str]) -> bool:
    """Tell whether keeping some stages, with runs kept or free, saves all that another way does."""
    kept, kept_before = (set(way[0].split("+")) - {""} for way in (more, fewer))
    return kept_before <= kept and (not kept_before or more[1] == "free" or fewer[1] == "kept")


def circumstances(reading: Reading, frames: Told, tag: str) -> None:
    """The values of a circumstance part the cases of the quarter, and are groups of the results.

    A value of which no case was drawn has no row.
    """
    found = frames.get("circumstances", Rows()).parts("metric", "period", "circumstance")
    for (metric, period, kind), part in found:
        judged, known = in_results(tag, metric, period), reading.known
        keys = [(tag, "circumstances", metric, period, kind, value) for value in part.of("value")]
        is_share = (tag, metric) in reading.shares
        for key in keys if is_share else ():
            outcomes_add_up(reading, key)
        for count in COUNTS["circumstances"] if is_share else ("n",):
            not_named = (tag, "circumstances", metric, period, kind, "not named", count)
            known.adds_up((*judged, count), [not_named, *((*key, count) for key in keys)])
            for key in keys:
                group = (*in_results(tag, metric, period, f"{kind}={key[-1]}"), count)
                if known.is_known(group):
                    known.relate({group: 1}, {(*key, count): 1})


def step_paths(reading: Reading, frames: Told, tag: str) -> None:
    """As many passages enter a step as leave it; what begins is counted, or not yet due."""
    for (metric, period), part in frames.get("step_paths", Rows()).parts("metric", "period"):
        ways = list(zip(part.of("from_step"), part.of("to_step"), strict=True))
        if any("other steps" in way for way in ways):
            continue
        name = {way: (tag, "step_paths", metric, period, *way, "n") for way in ways}
        for step in {step for way in ways for step in way} - {""}:
            into = {name[way]: 1 for way in ways if way[1] == step != way[0]}
            reading.known.relate(into, {name[w]: 1 for w in ways if w[0] == step != w[1]})
        begun = {name[way]: 1 for way in ways if way[0] == ""}
        judged = in_results(tag, metric, period)
        reading.known.relate(begun, {(*judged, "n"): 1, (*judged, "not_yet_due"): 1})
