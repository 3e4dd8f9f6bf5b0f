"""Where cases get stuck: the sentence and the picture on the page, the numbers on the annex.

Which stage made cases late, what got slower and what it would take are told by kpi.page.lateness,
slower and remedies.
"""

from __future__ import annotations

import math

from markupsafe import Markup

from kpi.language import Labels
from kpi.language.words import joined
from kpi.page.charts.stages import Bar, delay_bars
from kpi.page.facts import Facts
from kpi.page.fragments import Fragment, Listing, render, written
from kpi.page.lateness import (
    Made,
    days_lost_in_words,
    inside_sentence,
    line_name,
    made_late,
    made_late_in_words,
    shown_days,
    worst,
)
from kpi.page.remedies import Remedy, remedies, remedy_in_words
from kpi.page.slower import slower_in_words
from kpi.page.stages import days, share_of_widest, stage_name, stages
from kpi.page.wording import amount, capital, is_rounded, roughly, rounding


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
        lost=joined((rounding(facts, short=True), _left_out(facts.labels, made))),
    )


def stage_numbers(facts: Facts, metric: str = "") -> Fragment:
    """Where the days went, what got slower, what it would take, and the stages in numbers."""
    metric = metric or facts.most_staged
    labels, found, made = facts.labels, stages(facts, metric), made_late(facts, metric)
    most = worst(made)
    return render(
        "stage_numbers",
        facts,
        metric=metric,
        stages=found,
        said=joined(
            (
                days_lost_in_words(facts, metric),
                slower_in_words(facts, metric),
                remedy_in_words(facts, metric),
            )
        ),
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
    return labels("The other stages have few cases or none.") if is_any else ""


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
