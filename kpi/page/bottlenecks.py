"""Where cases get stuck: which stage made them late, what got slower, and what it would take.

The share of late cases is the sum of the shares that its stages are responsible for, so the change
from one quarter to the next is the sum of their changes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from kpi.language import Labels
from kpi.language.words import joined
from kpi.page.charts.stages import Bar, delay_bars
from kpi.page.facts import Facts, Row, records
from kpi.page.fragments import Fragment, Listing, render, written
from kpi.page.stages import (
    days,
    share_of_widest,
    stage_days_of_all,
    stage_name,
    stages,
)
from kpi.page.wording import amount, capital, inside, is_rounded, roughly, rounded, rounding
from kpi.periods import Period

CAME_TOO_LATE, UNKNOWN = "received_too_late", "unknown"


@dataclass(frozen=True)
class Made:
    """A stage and what it did to the late cases of a quarter.

    `late` are those it is responsible for (it took longest beyond its norm), `days` the days late
    that fall to it; both null where they are hidden. `total_late` and `total_days` are of all.
    Cases are multiples of `rounded_to`, days are rounded as well.
    """

    stage: str
    late: float
    days: float
    total_late: float
    total_days: float
    unit: str
    rounded_to: float = 1

    @property
    def is_stage(self) -> bool:
        """Tell a stage from the lines for cases that no stage made late."""
        return self.stage not in (CAME_TOO_LATE, UNKNOWN)


def made_late(facts: Facts, metric: str, quarter: Period | None = None) -> list[Made]:
    """Return the stages and what they did to a quarter's late cases, in their order."""
    rows = facts.frame("lateness")
    chosen = (rows["metric"] == metric) & (rows["period"] == str(quarter or facts.quarter))
    return [_made(row) for row in records(rows[chosen])]


def _made(row: Row) -> Made:
    figures = {name: _number(row[name]) for name in ("late", "total_late", "total_days")}
    days, rounded_to = _number(row["shared_days"]), _number(row["rounded_to"])
    return Made(row["stage"], days=days, unit=row["unit"], rounded_to=rounded_to, **figures)


def _number(value: object) -> float:
    return float("nan") if pd.isna(value) else float(value)  # type: ignore[arg-type,call-overload]


def worst(made: list[Made]) -> Made | None:
    """Return the stage that is responsible for most late cases, if one may be named."""
    leading = _leading(made, 1)
    return leading[0] if leading else None


def _leading(made: list[Made], n: int) -> list[Made]:
    """Return the `n` stages with most late cases.

    None where the next one is as large, or where one that is hidden may be.
    """
    known = [one for one in made if one.is_stage and one.late > 0]
    ranked = sorted(known, key=_size, reverse=True)
    if len(ranked) < n or (len(ranked) > n and _size(ranked[n - 1]) == _size(ranked[n])):
        return []
    hidden = made[0].total_late - sum(one.late for one in made if not math.isnan(one.late))
    is_sure = not any(math.isnan(one.late) for one in made) or hidden < ranked[n - 1].late
    return ranked[:n] if is_sure else []


def _size(one: Made) -> tuple[float, float]:
    return one.late, 0.0 if math.isnan(one.days) else one.days


def made_late_in_short(facts: Facts, metric: str) -> str:
    """Name the stage that made most cases late, or the two that lead; empty where none may be."""
    labels, made = facts.labels, made_late(facts, metric)
    first, two = worst(made), _leading(made, 2)
    is_most = first is not None and first.late > first.total_late / 2
    if two and not is_most:
        return labels(
            SHORT_WORDS["two"],
            next_late=roughly(labels, two[1].late, two[1].rounded_to),
            next_stage=inside_sentence(facts, metric, two[1].stage),
            **_values(facts, metric, two[0], made),
        )
    if first is None:
        return ""
    return labels(SHORT_WORDS["most" if is_most else "some"], **_values(facts, metric, first, made))


def made_late_in_words(facts: Facts, metric: str) -> str:
    """Say which stage made the quarter's cases late, and which one in the quarter before.

    Where cases pass a gate, such as approval, it is said first how many were late although they
    passed it in time; the stage is then one of those after it.
    """
    labels, made = facts.labels, made_late(facts, metric)
    if not made:
        return ""
    if made[0].total_late == 0:
        return labels("None was late.")
    split = _at_the_gate(facts, metric)
    found = _worst_of(facts, metric, made, after_gate=bool(split))
    if found is None:
        return split or labels("No stage stands out, or too few were late to name one.")
    values = _values(facts, metric, found, made)
    if split:
        gate = facts.step(metric, facts.subject(metric).gate)
        now = joined((split, facts.said(metric, "after_gate", gate=gate, **values)))
    else:
        now = labels(NOW, **values)
    if "days" in values:
        now = joined((now, capital(labels(DAYS_LOST, **values))))
    earlier = made_late(facts, metric, facts.quarter.previous)
    before = _worst_of(facts, metric, earlier, after_gate=bool(split))
    if before is None or before.stage == found.stage:
        return now
    values = _values(facts, metric, before, earlier, facts.quarter.previous)
    return joined((now, labels(BEFORE, quarter=labels.quarter(facts.quarter.previous), **values)))


def _at_the_gate(facts: Facts, metric: str) -> str:
    """Say how many late cases passed the gate by their due day and how many did not, if known."""
    about, rows = facts.subject(metric), facts.frame("circumstances")
    chosen = (rows["metric"] == metric) & (rows["period"] == str(facts.quarter))
    at_gate = rows[chosen & (rows["circumstance"] == about.gate_word)] if about.gate else rows[:0]
    late = dict(zip(at_gate["value"], at_gate["missed"], strict=True))
    if late.keys() != {"by_due", "after_due"} or at_gate["missed"].isna().any():
        return ""
    multiple = at_gate["rounded_to"].iloc[0]
    told = {
        name: roughly(facts.labels, late[value], multiple)
        for name, value in (("in_time", "by_due"), ("too_late", "after_due"))
    }
    of_late = facts.labels.count(facts.row(metric)["missed"])
    gate = facts.step(metric, about.gate)
    return facts.said(metric, "gate_split", gate=gate, of_late=of_late, **told)


def _worst_of(facts: Facts, metric: str, made: list[Made], *, after_gate: bool) -> Made | None:
    """Return the stage that made most cases late, of all stages or of those after the gate."""
    return worst(_after_the_gate(facts, metric, made) if after_gate else made)


def _after_the_gate(facts: Facts, metric: str, made: list[Made]) -> list[Made]:
    """Return the lines of a quarter's late cases without the stages up to the gate."""
    gate = facts.subject(metric).gate
    starts = [one.stage.partition("-")[0] for one in made]
    return made[starts.index(gate) :] if gate in starts else made


def _values(
    facts: Facts, metric: str, one: Made, made: list[Made], quarter: Period | None = None
) -> dict[str, str]:
    """Write a stage's part of the delay; how many were late in all is the figure's own count."""
    labels, missed = facts.labels, facts.row(metric, quarter).get("missed")
    return {
        "late": roughly(labels, one.late, one.rounded_to),
        "of_late": labels.count(one.total_late if pd.isna(missed) else missed),
        "stage": inside_sentence(facts, metric, one.stage),
        **_days_lost(labels, one, made),
    }


def _days_lost(labels: Labels, one: Made, made: list[Made]) -> dict[str, str]:
    """Write the days that fall to a stage, and those of all; nothing where they are hidden."""
    days = _days_by_stage(made)[one.stage]
    if math.isnan(days + one.total_days):
        return {}
    return {"days": roughly(labels, days, one.rounded_to), "of_days": labels.count(one.total_days)}


def _days_by_stage(made: list[Made]) -> dict[str, float]:
    return dict(zip([one.stage for one in made], shown_days(made), strict=True))


def inside_sentence(facts: Facts, metric: str, stage: str) -> str:
    """Write a stage as it stands inside a sentence: from approved to sent to the ledger."""
    return inside(stage_name(facts, metric, stage))


def line_name(facts: Facts, metric: str, stage: str) -> str:
    """Write what stands at the head of a line: a stage, or why no stage is responsible."""
    if stage == CAME_TOO_LATE:
        return facts.said(metric, "no_stage")
    if stage == UNKNOWN:
        return facts.labels("Not known: a date is missing")
    return stage_name(facts, metric, stage)


SHORT_WORDS = {
    "most": "Most of those that were late got stuck {stage}: {late} of {of_late}.",
    "some": "Of {of_late} that were late, {late} got stuck {stage}.",
    "two": "Of {of_late} that were late, {late} got stuck {stage} and {next_late} {next_stage}.",
}
NOW = "Of {of_late} that were late, {late} lost most time {stage}."
DAYS_LOST = "{days} of the {of_days} days of delay fall to that stage."
BEFORE = "In {quarter} it was {stage}: {late} of {of_late}."


LEAST = 0.005  # shares that change by less are not told


@dataclass(frozen=True)
class Change:
    """By how much the share late rose (or fell, below zero) through a stage.

    `p90` and `p90_before` are the days that nine in ten cases took there at most, in this quarter
    and in the one before; null where hidden. `least` is what is not told: rounding may give it.
    """

    stage: str
    rise: float
    p90: float
    p90_before: float
    least: float
    is_rounded: bool


def changes(facts: Facts, metric: str) -> list[Change]:
    """Return the changes that may be told since the quarter before, the largest first."""
    quarters = (facts.quarter, facts.quarter.previous)
    shares: list[dict[str, float]] = []
    for quarter in quarters:
        counted = facts.row(metric, quarter).get("n")
        if counted is None or pd.isna(counted) or not counted:
            return []
        late = [made for made in made_late(facts, metric, quarter) if made.is_stage]
        shares.append({made.stage: made.late / float(counted) for made in late})
    now, before = shares
    days, days_before = (stage_days_of_all(facts, metric, quarter) for quarter in quarters)
    multiple = facts.parameters.disclosure.hide_persons_below
    fewest = min(float(facts.row(metric, quarter)["n"]) for quarter in quarters)
    least = max(LEAST, multiple / fewest if multiple > 1 else 0.0)
    known = [stage for stage in now if pd.notna(now[stage] - before.get(stage, float("nan")))]
    found = [
        Change(
            stage,
            now[stage] - before[stage],
            days.get(stage, float("nan")),
            days_before.get(stage, float("nan")),
            least,
            multiple > 1,
        )
        for stage in known
    ]
    return sorted(found, key=lambda change: -abs(change.rise))


def slower_in_words(facts: Facts, metric: str) -> str:
    """Say by how much more, or fewer, cases were late than in the quarter before, and where."""
    labels, before = facts.labels, facts.quarter.previous
    if not made_late(facts, metric):
        return ""
    late = [_share_late(facts, metric, quarter) for quarter in (facts.quarter, before)]
    rise = late[0] - late[1]
    if pd.isna(rise) or abs(rise) < LEAST:
        return ""
    alike = [
        change
        for change in changes(facts, metric)
        if change.rise * rise > 0 and abs(change.rise) >= change.least
    ]
    if not alike:
        return ""
    return labels(
        CHANGE_WORDS[rise > 0],
        quarter=labels.quarter(before),
        points=labels.number(100 * abs(rise), 1),
        parts=labels.and_list([_part(facts, metric, change) for change in alike]),
    )


def _share_late(facts: Facts, metric: str, quarter: Period) -> float:
    row = facts.row(metric, quarter)
    if not row or pd.isna(row["n"]) or not row["n"] or pd.isna(row["missed"]):
        return float("nan")
    return float(row["missed"]) / float(row["n"])


def _part(facts: Facts, metric: str, change: Change) -> str:
    labels = facts.labels
    values = {
        "points": labels.number(100 * abs(change.rise), 0 if change.is_rounded else 1),
        "stage": inside_sentence(facts, metric, change.stage),
    }
    if pd.isna(change.p90) or pd.isna(change.p90_before):
        return labels(PART, **values)
    return labels(
        PART_WITH_DAYS,
        days=_days(labels, change.p90),
        before=_days(labels, change.p90_before),
        **values,
    )


def _days(labels: Labels, days: float) -> str:
    return labels.number(days, 0 if float(days).is_integer() else 1)


CHANGE_WORDS = {
    True: "Compared with {quarter}, {points} percentage points more were late. By stage that made "
    "them late: {parts}.",
    False: "Compared with {quarter}, {points} percentage points fewer were late. By stage that "
    "made them late: {parts}.",
}
PART = "{points} {stage}"
PART_WITH_DAYS = "{points} {stage} (nine in ten took at most {days} days there, {before} before)"


AS_IT_WAS = ""
BOTH = "+"


@dataclass(frozen=True)
class Remedy:
    """The share on time (from `lower` to `upper`) had the named stages kept to their norms.

    The bounds are null where they are hidden.
    """

    stages: tuple[str, ...]
    lower: float
    upper: float
    decimals: int = 1

    def share(self, labels: Labels) -> str:
        """Write the share; one that is made of rounded counts has no decimals."""
        return labels.share_range(self.lower, self.upper, self.decimals)

    @property
    def is_known(self) -> bool:
        """Tell whether the share may be shown."""
        return not pd.isna(self.lower)

    @property
    def is_single(self) -> bool:
        """Tell one stage, or none, from a pair."""
        return len(self.stages) < 2


def remedies(facts: Facts, metric: str, *, runs: str = "kept") -> list[Remedy]:
    """Return what it would take in the quarter, as it was first, then each stage, then pairs.

    `runs` says whether the wait for the next payment run is "kept" or "free".
    """
    rows = facts.frame("counterfactual")
    of_quarter = (rows["metric"] == metric) & (rows["period"] == str(facts.quarter))
    return [_remedy(row) for row in records(rows[of_quarter & (rows["runs"] == runs)])]


def _remedy(row: Row) -> Remedy:
    named = row["stages"] if isinstance(row["stages"], str) else AS_IT_WAS
    decimals = 0 if named and is_rounded(row["rounded_to"]) else 1
    stages = tuple(named.split(BOTH)) if named else ()
    return Remedy(stages, row["lower"], row["upper"], decimals)


def best(found: list[Remedy], stages: int) -> Remedy | None:
    """Return what would have helped most with so many stages mended, if it may be shown."""
    known = [one for one in found if len(one.stages) == stages and one.is_known]
    ranked = sorted(known, key=lambda one: (one.lower, one.upper), reverse=True)
    return ranked[0] if ranked and ranked[0].upper > as_it_was(found).upper else None


def as_it_was(found: list[Remedy]) -> Remedy:
    """Return the share as it was."""
    return next(one for one in found if not one.stages)


def remedy_in_words(facts: Facts, metric: str) -> str:
    """Say what one stage, and what two of them, would have done; empty where nothing is known."""
    labels, found = facts.labels, remedies(facts, metric)
    if not found or not as_it_was(found).is_known:
        return ""
    one, two, before = best(found, 1), best(found, 2), as_it_was(found)
    if one is None:
        return labels("No single stage would have changed the figure, or it may not be shown.")
    norm = norm_in_words(facts, metric, one.stages[0])
    said = labels(
        REMEDY_WORDS["norm known" if norm else "norm not known"],
        stage=inside_sentence(facts, metric, one.stages[0]),
        **({"norm": norm} if norm else {}),
        share=one.share(labels),
        before=before.share(labels),
    )
    if two is None or two.lower <= one.lower:
        return said
    names = labels.and_list([inside_sentence(facts, metric, stage) for stage in two.stages])
    words = labels(REMEDY_WORDS["two"], stages=names, share=two.share(labels))
    return joined((said, words))


def norm_in_words(facts: Facts, metric: str, stage: str) -> str:
    """Write a stage's norm with its unit: 3 working days; nothing where it is not known."""
    norm, unit = norm_of(facts, metric, stage)
    labels = facts.labels
    if math.isnan(norm):
        return ""
    if not float(norm).is_integer():
        words = "{number} working days" if unit == "working_days" else "{number} days"
        return labels(words, number=labels.number(norm, 1))
    if unit == "working_days":
        return labels.plural("{n} working day", "{n} working days", int(norm))
    return labels.plural("{n} day", "{n} days", int(norm))


def norm_of(facts: Facts, metric: str, stage: str) -> tuple[float, str]:
    """Return a stage's norm in the quarter and its unit; null where there is none."""
    rows = facts.stages
    chosen = (rows["metric"] == metric) & (rows["period"] == str(facts.quarter))
    found = rows[chosen & (rows["stage"] == stage)]
    if found.empty:
        return float("nan"), ""
    return float(found["norm_days"].iloc[0]), str(found["unit"].iloc[0])


REMEDY_WORDS = {
    "norm known": "Had none taken longer than {norm} {stage}, {share} would have been on time "
    "instead of {before}.",
    "norm not known": "Had none taken longer than its norm {stage}, {share} would have been on "
    "time instead of {before}.",
    "two": "Had two stages kept to their norms, {stages}, the share would have been {share}.",
}


def where_stuck(facts: Facts, metric: str = "") -> Fragment:
    """Which stage made the quarter's late cases late, in two sentences and a picture."""
    metric = metric or facts.most_staged
    found, made = stages(facts, metric), made_late(facts, metric)
    return render(
        "stages",
        facts,
        metric=metric,
        stages=found,
        heading=facts.said(metric, "stuck", title=facts.title(metric)) if found else "",
        said=made_late_in_words(facts, metric),
        picture=_picture(facts, metric, made) if made else "",
        lost=joined((_left_out(facts.labels, made), rounding(facts))),
    )


def stage_numbers(facts: Facts, metric: str = "") -> Fragment:
    """What got slower, what it would take, and the stages in numbers; else nothing."""
    metric = metric or facts.most_staged
    labels, found, made = facts.labels, stages(facts, metric), made_late(facts, metric)
    most = worst(made)
    return render(
        "stage_numbers",
        facts,
        metric=metric,
        stages=found,
        said=joined((slower_in_words(facts, metric), remedy_in_words(facts, metric))),
        caption=joined((_caption(facts, made), rounding(facts))),
        worst=most.stage if most else "",
        listings=_listings(facts, metric, made, remedies(facts, metric)),
        name=lambda stage: stage_name(facts, metric, stage.name),
        passed=lambda stage: written(
            labels, stage.passed, hidden=True, rounded_to=stage.rounded_to
        ),
        days=lambda stage, value: days(labels, stage, value),
        share=lambda value: share_of_widest(found, value),
    )


def _caption(facts: Facts, made: list[Made]) -> str:
    words = CAPTION_WORDS[
        "working_days" if made and made[0].unit == "working_days" else "calendar_days"
    ]
    return facts.labels(words, quarter=facts.labels.quarter(facts.quarter))


def _picture(facts: Facts, metric: str, made: list[Made]) -> Markup:
    """Draw the days late that fall to each stage; nothing where all of them are hidden."""
    labels, shown = facts.labels, shown_days(made)
    if not any(days > 0 for days in shown):
        return Markup("")
    bars = [
        Bar(
            line_name(facts, metric, one.stage),
            days,
            _days_and_cases(labels, one, days),
            is_stage=one.is_stage,
        )
        for one, days in zip(made, shown, strict=True)
        if one.late != 0 or days > 0
    ]
    said = [joined((bar.name, bar.value), ": ") for bar in bars]
    title = labels("Days of delay by stage")
    told = joined((f"{joined(said, '; ')}.", lost_days(labels, made), _left_out(labels, made)))
    return delay_bars(bars, title, told, name=metric)


def _left_out(labels: Labels, made: list[Made]) -> str:
    """Say that some lines have no bar: few cases or none, and their days hidden."""
    is_any = any(one.late == 0 and math.isnan(one.days) for one in made)
    return labels("The days of the other stages are hidden: few cases or none.") if is_any else ""


def lost_days(labels: Labels, made: list[Made]) -> str:
    """Say how many days late there were in all: the sum of the bars."""
    if not made:
        return ""
    unit = "working_days" if made[0].unit == "working_days" else "calendar_days"
    if math.isnan(made[0].total_days) or math.isnan(made[0].total_late):
        return ""
    return labels(
        "Together {days} of delay in {cases} cases.",
        days=amount(labels, unit, made[0].total_days),
        cases=roughly(labels, made[0].total_late, made[0].rounded_to),
    )


def _days_and_cases(labels: Labels, one: Made, days: float) -> str:
    if math.isnan(one.late):
        return labels("hidden")
    cases = labels.plural("{n} case", "{n} cases", int(one.late))
    if is_rounded(one.rounded_to) and not one.late:
        cases = labels("few cases or none")
    is_hidden = math.isnan(days)
    lost = labels("days hidden") if is_hidden else labels.plural("{n} day", "{n} days", int(days))
    return joined((lost, cases), ", ")


def shown_days(made: list[Made]) -> list[float]:
    """Return the days of delay of each line in whole days that add up to all of them.

    The largest remainders are rounded up (Hamilton's method); where a line is hidden, each is
    rounded by itself. Null where hidden.
    """
    days = [one.days for one in made]
    if any(math.isnan(one) for one in days) or math.isnan(made[0].total_days):
        return [one if math.isnan(one) else float(rounded(one)) for one in days]
    whole = [math.floor(one) for one in days]
    left = rounded(made[0].total_days) - sum(whole)
    by_remainder = sorted(range(len(days)), key=lambda place: whole[place] - days[place])
    for place in by_remainder[: max(left, 0)]:
        whole[place] += 1
    return [float(one) for one in whole]


def _listings(facts: Facts, metric: str, made: list[Made], found: list[Remedy]) -> list[Listing]:
    labels, listings = facts.labels, []
    days = shown_days(made) if made else []
    shown = [one for one in found if one.is_known or one.is_single]
    if made and made[0].total_late:
        listings.append(
            Listing(
                labels("Which stage made cases late: the one that took longest beyond its norm"),
                (labels("Stage"), labels("Late"), labels("Share"), labels("Days of delay")),
                tuple(_made_row(facts, metric, *one) for one in zip(made, days, strict=True)),
            )
        )
    if found:
        listings.append(
            Listing(
                labels("What it would take: the share on time had stages kept to their norms"),
                (labels("Stage"), labels("On time")),
                tuple(_remedy_row(facts, metric, one) for one in shown),
            )
        )
    return listings


def _made_row(facts: Facts, metric: str, one: Made, days: float) -> tuple[str, ...]:
    labels = facts.labels
    decimals = 0 if is_rounded(one.rounded_to) else 1
    share = "" if math.isnan(one.late) else labels.share(one.late / one.total_late, decimals)
    return (
        line_name(facts, metric, one.stage),
        written(labels, one.late, hidden=True, rounded_to=one.rounded_to),
        share or labels("hidden"),
        written(labels, days, 0, hidden=True),
    )


def _remedy_row(facts: Facts, metric: str, one: Remedy) -> tuple[str, str]:
    labels = facts.labels
    names = labels.and_list([inside_sentence(facts, metric, stage) for stage in one.stages])
    share = one.share(labels) if one.is_known else labels("hidden")
    return capital(names) or labels("As it was"), share


CAPTION_WORDS = {
    "working_days": "Working days in each stage in {quarter}; a step taken on a closed day counts "
    "on the next working day. Median: half took no longer. Nine in ten: nine of ten took no "
    "longer.",
    "calendar_days": "Calendar days in each stage in {quarter}. Median: half took no longer. Nine "
    "in ten: nine of ten took no longer.",
}
