"""Where cases get stuck: which stage made them late, what it would take, and the numbers behind."""

from __future__ import annotations

import math

from markupsafe import Markup

from kpi.present.facts import Facts
from kpi.present.figures_stages import Piece, stage_strip
from kpi.present.fragment import Fragment, render
from kpi.present.late import Made, inside_sentence, line_name, made_late, made_late_in_words, worst
from kpi.present.listing import Listing, written
from kpi.present.remedies import Remedy, remedies, remedy_in_words
from kpi.present.slower import slower_in_words
from kpi.present.stages import PAYMENTS, Stage, days, share_of_widest, stage_name, stages
from kpi.present.wording import capital


def where_stuck(facts: Facts, metric: str = PAYMENTS) -> Fragment:
    """Which stage made the quarter's late cases late, and what it would take; else nothing."""
    labels, found, made = facts.labels, stages(facts, metric), made_late(facts, metric)
    most = worst(made)
    return render(
        "stages",
        facts,
        metric=metric,
        stages=found,
        heading=_heading(facts, metric) if found else "",
        sentence=made_late_in_words(facts, metric),
        slower=slower_in_words(facts, metric),
        remedy=remedy_in_words(facts, metric),
        strip=_strip(facts, metric, found, made) if found else "",
        caption=_caption(facts, made),
        worst=most.stage if most else "",
        listings=_listings(facts, made, remedies(facts, metric)),
        name=lambda stage: stage_name(labels, stage.name),
        passed=lambda stage: written(labels, stage.passed, hidden=True),
        days=lambda stage, value: days(labels, stage, value),
        share=lambda value: share_of_widest(found, value),
    )


def _heading(facts: Facts, metric: str) -> str:
    if metric == PAYMENTS:
        return facts.labels("Where do payments get stuck?")
    return facts.labels("Where does it take time? {title}", title=facts.title(metric))


def _caption(facts: Facts, made: list[Made]) -> str:
    words = CAPTION_WORDS[
        "working_days" if made and made[0].unit == "working_days" else "calendar_days"
    ]
    return facts.labels(words, quarter=facts.labels.quarter(facts.quarter))


def _strip(facts: Facts, metric: str, found: list[Stage], made: list[Made]) -> Markup:
    labels = facts.labels
    share = {one.stage: one.late / one.total_late if one.total_late else math.nan for one in made}
    pieces = [
        Piece(number, stage.late, stage.on_time, share.get(stage.name, math.nan))
        for number, stage in enumerate(found, start=1)
    ]
    said = [
        labels(
            "{number} {stage}: {late} late, {on_time} on time",
            number=piece.number,
            stage=stage_name(labels, stage.name),
            late=days(labels, stage, stage.late),
            on_time=days(labels, stage, stage.on_time),
        )
        for piece, stage in zip(pieces, found, strict=True)
    ]
    title = labels("Median days in each stage, late cases and those on time")
    return stage_strip(labels, pieces, title, f"{'; '.join(said)}.", name=metric)


def _listings(facts: Facts, made: list[Made], found: list[Remedy]) -> list[Listing]:
    labels, listings = facts.labels, []
    if made and made[0].total_late:
        listings.append(
            Listing(
                labels("Which stage made cases late: the one that took longest beyond its norm"),
                (labels("Stage"), labels("Late"), labels("Share"), labels("Days of delay")),
                tuple(_made_row(facts, one) for one in made),
            )
        )
    if found:
        listings.append(
            Listing(
                labels("What it would take: the share on time had stages kept to their norms"),
                (labels("Stage"), labels("On time")),
                tuple(_remedy_row(facts, one) for one in found if one.is_known or one.is_single),
            )
        )
    return listings


def _made_row(facts: Facts, one: Made) -> tuple[str, ...]:
    labels = facts.labels
    share = "" if math.isnan(one.late) else labels.share(one.late / one.total_late)
    return (
        line_name(labels, one),
        written(labels, one.late, hidden=True),
        share or labels("hidden"),
        written(labels, one.days, 0, hidden=True),
    )


def _remedy_row(facts: Facts, one: Remedy) -> tuple[str, str]:
    labels = facts.labels
    names = labels.and_list([inside_sentence(labels, stage) for stage in one.stages])
    share = labels.share_range(one.lower, one.upper) if one.is_known else labels("hidden")
    return capital(names) or labels("As it was"), share


CAPTION_WORDS = {
    "working_days": "Working days in each stage in {quarter}. Median: half took no longer. Nine in "
    "ten: nine of ten took no longer.",
    "calendar_days": "Days in each stage in {quarter}. Median: half took no longer. Nine in ten: "
    "nine of ten took no longer.",
}
