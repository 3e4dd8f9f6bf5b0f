"""The sections of the page, in the order of the agenda item."""

from __future__ import annotations

from kpi.definitions.statuses import STATUSES
from kpi.language import COMPLETE, language_name
from kpi.page.comparison import VERDICT_WORDS
from kpi.page.facts import Facts
from kpi.page.fragments import Fragment, render, style
from kpi.page.sentences import answer, background, by_status
from kpi.page.side_by_side import SideBySide, side_by_side
from kpi.page.targets import (
    GroupRow,
    attention,
    attention_rows,
    card,
    chart,
    featured,
    group_rows,
    published_sources,
    quarterly,
    result_rows,
    said_of_all,
    target_row,
)
from kpi.page.wording import NO_FIGURE, capital, status_word
from kpi.record import page_name

SHORT = 90
"""So many characters stand in one line with their heading."""
AGENDA_WORDS = {
    "assessment": "Proposed solution – professional assessment",
    "economy": "Economic and resource assessment",
    "law": "Legal basis and governing documents",
    "further_course": "Further course",
    "economic_secretariat": "Remarks of the economic secretariat",
}


def masthead(facts: Facts) -> Fragment:
    """Whose report it is, of which quarter, as of when, and the marks it carries."""
    found = marks(facts)
    others = [
        (language, language_name(language))
        for language in facts.page_languages
        if language != facts.labels.language
    ]
    made = render(
        "masthead",
        facts,
        marks=found,
        title=title(facts),
        others=others,
        page_name=page_name,
        awaiting=facts.awaiting,
        main_language=_main_language(facts),
    )
    said = str(facts.own(title(facts)))
    made.running_header = " · ".join([*found, said, facts.labels.quarter(facts.quarter)])
    return made


def _main_language(facts: Facts) -> str:
    """Name the language that stands in for missing translations, as a sentence does: Danish."""
    main, page = facts.parameters.language, facts.labels.language
    return language_name(main, within=page if page in COMPLETE else main)


def notebook_head(facts: Facts) -> Fragment:
    """The look of the fragments, whose figures of which quarter they are, and their marks."""
    head = render("notebook_head", facts, marks=marks(facts))
    return Fragment(style().html + head.html)


def marks(facts: Facts) -> list[str]:
    """Return what every copy of the page must say of its data; drafts are marked by the export."""
    running = [facts.labels("The quarter is not over")] if facts.is_running else []
    synthetic = [facts.labels("Synthetic data")] if facts.parameters.synthetic else []
    provisional = [facts.labels("Provisional figures")] if facts.provisional_until else []
    override = [facts.labels("Broken stop rule")] if facts.override else []
    left_over = [facts.labels("Texts of another quarter")] if facts.run.carried_over else []
    return [*running, *left_over, *synthetic, *provisional, *override]


def title(facts: Facts) -> str:
    """Return the page's title: the agenda item's own, or else whose figures they are."""
    return facts.parameters.agenda.title or facts.parameters.organisation.name


def summary(facts: Facts) -> Fragment:
    """The answer in a sentence, the tally, what needs attention, and the agenda's own summary."""
    is_one = len(facts.targets) == 1
    found = {} if is_one else by_status(facts)
    cards = [card(facts, metric) for metric in attention(facts)] if is_one else []
    counted = [
        (status, len(metrics), status_word(facts.labels, status))
        for status, metrics in found.items()
    ]
    return render(
        "summary",
        facts,
        answer=answer(facts),
        background=background(facts),
        judged=[one for one in counted if STATUSES[one[0]].is_judged],
        others=[one for one in counted if not STATUSES[one[0]].is_judged],
        cards=cards,
        rows=[] if is_one else attention_rows(facts),
        featured=None if cards else featured(facts),
    )


def recommendation(facts: Facts) -> Fragment:
    """What the administration asks the committee to decide."""
    return render("recommendation", facts)


def presentation(facts: Facts) -> Fragment:
    """The agenda's own presentation, and the wording of the targets as they were adopted."""
    aims = [facts.metrics[metric].aim for metric in facts.targets]
    return render("presentation", facts, adopted=[aim for aim in aims if aim])


def targets(facts: Facts) -> Fragment:
    """The table of all targets, in the committee's order."""
    rows = [target_row(facts, metric) for metric in facts.targets]
    told = attention(facts)
    return render("targets", facts, rows=rows, told=told, verdicts=VERDICT_WORDS, dash=NO_FIGURE)


def results(facts: Facts) -> Fragment:
    """The results beside what was published."""
    rows = result_rows(facts)
    is_own = facts.labels.language == facts.parameters.language
    return render(
        "results",
        facts,
        rows=rows,
        has_published=any(row.published_now or row.published_before for row in rows),
        sources=published_sources(facts),
        said_of_all=[capital(facts.own(note)) for note in said_of_all(facts)],
        printed_in="" if is_own else _main_language(facts),
    )


def section(facts: Facts, name: str) -> Fragment:
    """One of the agenda item's own texts; an empty one says so, or is left out without agenda.

    A short one stands in the line of its heading; a longer one is folded up below it, unfolded in
    print, in PDF and in Word.
    """
    source = getattr(facts.parameters.agenda, name)
    text = facts.translation(source) or source
    is_short = len(text) <= SHORT
    return render("section", facts, name=name, heading=AGENDA_WORDS[name], is_short=is_short)


def breakdowns(facts: Facts, only: str = "") -> Fragment:
    """The metrics that are broken down by groups, each in a table; or only one of them.

    A breakdown most of whose figures of the quarter are hidden is named and left out.

    Units that are to stand side by side do so in a funnel as well.
    """
    found = {
        metric: [
            (group, rows, _units(facts, metric, group))
            for group in described.groups
            if (rows := group_rows(facts, metric, group))
        ]
        for metric, described in facts.metrics.items()
        if only in ("", metric)
    }
    shown = {
        metric: kept
        for metric, groups in found.items()
        if (kept := [one for one in groups if not _is_mostly_hidden(one[1])])
    }
    left_out = [
        (metric, group)
        for metric, groups in found.items()
        for group, rows, _ in groups
        if _is_mostly_hidden(rows)
    ]
    return render("breakdowns", facts, found=shown, left_out=left_out)


def _is_mostly_hidden(rows: list[GroupRow]) -> bool:
    return 2 * sum(row.is_hidden for row in rows) > len(rows)


def _units(facts: Facts, metric: str, group: str) -> SideBySide | None:
    is_wanted = group in facts.metrics[metric].side_by_side
    return side_by_side(facts, metric, group) if is_wanted else None


def appendices(facts: Facts) -> Fragment:
    """What the agenda adds, the way to the annex, and what holds of every figure."""
    hide_below = int(facts.parameters.disclosure.hide_persons_below)
    return render("appendices", facts, hide_below=hide_below)


def annex(facts: Facts) -> Fragment:
    """The head of the annex, with the way back to the case."""
    return render("annex", facts, case=f"{page_name(facts.labels.language)}.html")


def colophon(facts: Facts) -> Fragment:
    """The last line: the marks, whose page it is, of which quarter, as of when."""
    return render("colophon", facts, marks=marks(facts))


def target(facts: Facts, metric: str) -> Fragment:
    """One target as the page shows those that need attention."""
    return render("target", facts, card=card(facts, metric))


def charted(facts: Facts, metric: str) -> Fragment:
    """One metric's chart; a plain sentence where there are too few months."""
    return render("charted", facts, metric=metric, chart=chart(facts, metric))


def most_staged(facts: Facts) -> Fragment:
    """The target whose cases pass most stages; a plain sentence where none has any."""
    if not facts.most_staged:
        sentence = facts.labels("No metric of this report has cases that pass stages.")
        return render("sentence", facts, sentence=sentence)
    return target(facts, facts.most_staged)


def statuses(facts: Facts) -> Fragment:
    """Every target's figure and status in each quarter of the history."""
    rows = [(m, quarterly(facts, m)) for m in facts.targets]
    quarters = facts.quarter.since(facts.parameters.history_from)
    return render("statuses", facts, rows=rows, quarters=quarters)
