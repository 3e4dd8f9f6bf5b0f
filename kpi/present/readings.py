"""What a figure's months say, in plain words: whether the latest are unusual for its own past."""

from __future__ import annotations

from kpi.labels import Labels
from kpi.labels.words import joined
from kpi.present.normal import Monthly
from kpi.present.wording import amount, capital

_SHIFT = 7
_YEAR = 12


def reading(labels: Labels, found: Monthly) -> str:
    """Say in plain words whether the latest months are unusual for the figure's own past."""
    if not found.has_limits:
        words = READING_WORDS["hidden" if found.since_hidden else "too few"]
        return labels(words, n=labels.count(len(found.months)))
    return joined((_latest(labels, found), _prospect(labels, found)))


def _latest(labels: Labels, found: Monthly) -> str:
    count = len(found.months) - found.start
    normal = {"range": normal_range(labels, found), "n": labels.count(count)}
    first_recent = len(found.months) - _YEAR
    recent = [place for place, side in enumerate(found.side) if side and place >= first_recent]
    if not recent:
        return _inside(labels, found, normal)
    stretch = _last_stretch(recent, found.side)
    is_latest = stretch[-1] == len(found.months) - 1
    words = READING_WORDS[found.side[stretch[-1]], "now" if is_latest else "before"]
    when = months_in_words(labels, [found.months[place] for place in stretch])
    return capital(labels(words, months=when, **normal))


READING_WORDS: dict[object, str] = {
    "too few": "There are only {n} figures: too few to say what is normal.",
    "hidden": "A recent month is hidden, so it cannot be said what is normal.",
    ("below", "now"): "{months} lay below what is normal for the latest {n} months ({range}).",
    ("above", "now"): "{months} lay above what is normal for the latest {n} months ({range}).",
    ("below", "before"): "{months} lay below what is normal for the latest {n} months ({range}). "
    "Since then the figure is within it again.",
    ("above", "before"): "{months} lay above what is normal for the latest {n} months ({range}). "
    "Since then the figure is within it again.",
    ("above", "shift"): "The latest {run} months all lie above the average of the latest {n} "
    "months: the level has risen. Normal is {range}.",
    ("below", "shift"): "The latest {run} months all lie below the average of the latest {n} "
    "months: the level has fallen. Normal is {range}.",
    ("within", ""): "The past year lies within what is normal for the latest {n} months ({range}).",
}


def _inside(labels: Labels, found: Monthly, normal: dict[str, str]) -> str:
    if found.run_length >= _SHIFT and found.run_side in ("above", "below"):
        run = labels.count(found.run_length)
        return labels(READING_WORDS[found.run_side, "shift"], run=run, **normal)
    return labels(READING_WORDS["within", ""], **normal)


def _prospect(labels: Labels, found: Monthly) -> str:
    if found.assurance == "consistent_fail" and not found.was_reached:
        return labels("The target lies outside it: without a change it will not be met.")
    return ""


def _last_stretch(places: list[int], side: list[str]) -> list[int]:
    """Return the latest neighbouring places that lie on one side."""
    stretch = [places[-1]]
    for place in reversed(places[:-1]):
        if place != stretch[0] - 1 or side[place] != side[stretch[0]]:
            break
        stretch.insert(0, place)
    return stretch


def normal_range(labels: Labels, found: Monthly) -> str:
    """Write the normal range, cut at what the figure can be."""
    low, high = found.shown_limits
    if found.unit == "share":
        return labels.share_range(low, high)
    return joined((amount(labels, found.unit, low), amount(labels, found.unit, high)), "\u2013")


def months_in_words(labels: Labels, months: list[str]) -> str:
    """Write neighbouring months: December 2019; July to September 2019."""
    first, last = months[0], months[-1]
    if first == last:
        return labels.month(last, "LLLL y")
    same_year = first[:4] == last[:4]
    return labels(
        "{low} to {high}",
        low=labels.month(first, "LLLL" if same_year else "LLLL y"),
        high=labels.month(last, "LLLL y"),
    )
