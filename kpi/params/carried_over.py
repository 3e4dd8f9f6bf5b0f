"""Texts that another quarter's file left behind: they read as there, or tell of its time.

Whoever begins a quarter copies the last one's file. What was not thought of again must not reach a
committee: a text counts as carried over until it is changed, or confirmed with `unchanged: true`.
A confirmation that stands in the earlier file as well was copied, too, so it counts only where it
names the quarter: `unchanged: 2020Q1`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Literal

from kpi.errors import ParameterError
from kpi.params.quarter_file import Comment, Confirmable, QuarterFile
from kpi.params.strict import CONFIRMED, Strict
from kpi.params.texts import Read
from kpi.periods import Kind, Period

AGENDA_TEXTS = (
    "summary", "presentation", "assessment", "economy", "law", "further_course",
    "economic_secretariat", "appendices",
)  # fmt: skip
"""Parts of the agenda item that one `unchanged: true` confirms; others are confirmed by name."""


Why = Literal["same", "due", "attested", "names_quarter"]
Reasons = list[tuple[str, Why, str]]
"""Where a text stands, why it is carried over, and the quarter or date that tells so."""


class CarriedOver(Strict):
    """A text that may be of another quarter: where it stands, why, and what would confirm it.

    `why` is same (it reads as in the file of another quarter), due (its date had passed by
    `as_of`), attested (it was stated before the quarter was over) or names_quarter. `told` is that
    quarter, or the date. `word` stands in `unchanged` of the record once somebody has confirmed the
    text; the quarter beside it where the earlier file has that word as well (`is_again`).
    """

    place: str
    why: Why
    told: str
    word: str = CONFIRMED
    is_again: bool = False

    @property
    def record(self) -> str:
        """The record of the quarter's file in which it is confirmed: comments.<metric>, agenda."""
        is_of_agenda = self.place.partition(".")[0] == "agenda"
        return "agenda" if is_of_agenda else ".".join(self.place.split(".")[:2])

    def __str__(self) -> str:
        return f"{self.place} {REASONS[self.why].format(told=self.told)}"


REASONS = {
    "same": "reads as in {told}",
    "due": "had passed on the day of the extracts ({told})",
    "attested": "was stated before the quarter was over ({told})",
    "names_quarter": "names {told}",
}


def by_record(found: tuple[CarriedOver, ...]) -> dict[str, list[CarriedOver]]:
    """Return what is carried over by the record in which it is confirmed."""
    records: dict[str, list[CarriedOver]] = {}
    for one in found:
        records.setdefault(one.record, []).append(one)
    return records


def confirmation(found: list[CarriedOver], quarter: Period) -> str:
    """Return the line that would confirm all that is carried over in one record.

    >>> told = {"place": "agenda.summary", "why": "same", "told": "2019Q4"}
    >>> confirmation([CarriedOver(**told)], Period(2020, 1))
    'unchanged: true'
    >>> confirmation([CarriedOver(**told, is_again=True)], Period(2020, 1))
    'unchanged: 2020Q1'
    """
    words = list(dict.fromkeys(one.word for one in found))
    if any(one.is_again for one in found):
        words = [str(quarter), *(words if words != [CONFIRMED] else [])]
    written = words[0] if len(words) == 1 else f"[{', '.join(words)}]"
    return f"unchanged: {written}"


@dataclass(frozen=True)
class Written:
    """A quarter's file, and the translations in it."""

    report: QuarterFile
    beside: Read

    def readings(self, text: str) -> set[str]:
        """Return a text in each language in which the file has it, without its line breaks."""
        found = {text, *(known.get(text, "") for known in self.beside.translations.values())}
        return {" ".join(one.split()) for one in found} - {""}


def carried_over(now: Written, before: Written | None) -> tuple[CarriedOver, ...]:
    """Return the texts that may be of another quarter and that nobody has confirmed.

    `before` is the latest earlier quarter's file; null where there is none to compare with.
    """
    found = (*_of_comments(now, before), *_of_attestations(now, before), *_of_agenda(now, before))
    return tuple(found)


def _of_comments(now: Written, before: Written | None) -> Iterator[CarriedOver]:
    for metric, said in now.report.comments.items():
        then = before.report.comments.get(metric) if before else None
        place = f"comments.{metric}"
        reasons: Reasons = []
        if before and then and _reads_alike(now, said, before, then):
            reasons.append((place, "same", str(before.report.quarter)))
        if said.due and said.due < now.report.as_of:
            reasons.append((f"{place}.due", "due", said.due.isoformat()))
        yield from _unconfirmed(reasons, said, then, now.report.quarter)


def _reads_alike(now: Written, said: Comment, before: Written, then: Comment) -> bool:
    pairs = ((said.cause, then.cause), (said.action, then.action))
    return any(now.readings(new) & before.readings(old) for new, old in pairs)


def _of_attestations(now: Written, before: Written | None) -> Iterator[CarriedOver]:
    quarter = now.report.quarter
    for metric, stated in now.report.attestations.items():
        then = before.report.attestations.get(metric) if before else None
        place = f"attestations.{metric}"
        reasons: Reasons = []
        if before and then and then.date == stated.date:
            reasons.append((place, "same", str(before.report.quarter)))
        elif stated.date < quarter.last_day:
            reasons.append((place, "attested", stated.date.isoformat()))
        yield from _unconfirmed(reasons, stated, then, quarter)


def _unconfirmed(
    reasons: Reasons,
    said: Confirmable,
    then: Confirmable | None,
    quarter: Period,
    word: str = CONFIRMED,
) -> Iterator[CarriedOver]:
    """Yield the reasons why a text is carried over, unless it is confirmed for this quarter."""
    earlier = then.unchanged if then else ()
    if not _is_confirmed(said.unchanged, earlier, quarter, word):
        is_again = word in earlier
        for place, why, told in reasons:
            yield CarriedOver(place=place, why=why, told=told, word=word, is_again=is_again)


def _is_confirmed(
    words: tuple[str, ...], earlier: tuple[str, ...], quarter: Period, word: str
) -> bool:
    """Tell whether somebody confirmed a text in this quarter, and not in the file it came from."""
    quarters = [one for one in words if one[0].isdigit()]
    says_so = word in words or (word == CONFIRMED and len(quarters) == len(words) > 0)
    is_of_now = bool({str(quarter), quarter.file_name} & set(quarters))
    return says_so and (is_of_now if quarters else word not in earlier)


def _of_agenda(now: Written, before: Written | None) -> Iterator[CarriedOver]:
    agenda, quarter = now.report.agenda, now.report.quarter
    then = before.report.agenda if before else None
    for word, reasons in _reasons_of_agenda(now, before):
        yield from _unconfirmed(reasons, agenda, then, quarter, word)


def _reasons_of_agenda(now: Written, before: Written | None) -> Iterator[tuple[str, Reasons]]:
    """Yield why texts of the agenda item are carried over, each with the word that confirms it."""
    agenda = now.report.agenda
    named = _named(now, agenda.title)
    if named:
        yield "title", [("agenda.title", "names_quarter", str(named))]
    known = _readings_of_agenda(before) if before else set()
    told = str(before.report.quarter) if before else ""
    if " ".join(agenda.journal_number.split()) in known:
        yield "journal_number", [("agenda.journal_number", "same", told)]
    for number, point in enumerate(agenda.recommendation, start=1):
        place = f"agenda.recommendation.{number}"
        named = _named(now, point)
        if named:
            yield "recommendation", [(place, "names_quarter", str(named))]
        elif now.readings(point) & known:
            yield CONFIRMED, [(place, "same", told)]
    for name in AGENDA_TEXTS:
        if now.readings(getattr(agenda, name)) & known:
            yield CONFIRMED, [(f"agenda.{name}", "same", told)]


def _readings_of_agenda(before: Written) -> set[str]:
    """Return the texts of an agenda item, wherever they stand in it, in each language."""
    agenda = before.report.agenda
    parts = [getattr(agenda, name) for name in AGENDA_TEXTS]
    texts = (agenda.journal_number, *agenda.recommendation, *parts)
    return {reading for text in texts for reading in before.readings(text)}


def _named(now: Written, text: str) -> Period | None:
    """Return another period that a text names, in any of its languages."""
    named = (
        one for reading in sorted(now.readings(text)) for one in named_periods(reading, now.report)
    )
    return next((one for one in named if one != now.report.quarter), None)


def named_periods(text: str, report: QuarterFile) -> Iterator[Period]:
    """Yield the periods that a text names: 2019Q4, 4. kvartal 2019, October-December 2019, 2018/19.

    Months without a year are taken for those of the reported period's year, and only where several
    stand together; a day (1 October 2019) names no period.
    """
    cycle = report.quarter.cycle
    names = _NAMES_IN[cycle.kind](text)
    for name in names:
        with suppress(ParameterError):
            yield cycle.parse(name)
    months, pattern = _months()
    for found in pattern.finditer(text):
        listed = re.findall(r"\w+", found["months"])
        numbers = [months[name.casefold()] for name in listed if name.casefold() in months]
        if found["year"] or len(numbers) > 1:
            year = int(found["year"] or report.quarter.last_day.year)
            yield from (cycle.holding(f"{year}-{number:02d}") for number in numbers)


def _quarters_in(text: str) -> Iterator[str]:
    for found in _NUMBERS.finditer(text):
        number = next(found[f"n{at}"] for at in (1, 2, 3) if found[f"n{at}"])
        year = next(found[f"y{at}"] for at in (1, 2, 3) if found[f"y{at}"])
        yield f"{year}Q{_number(number)}"


def _months_in(text: str) -> Iterator[str]:
    yield from re.findall(r"(?<![\d-])20\d\d-\d\d(?![\d-])", text)


def _years_in(text: str) -> Iterator[str]:
    """Yield the years that stand alone; one after a month is that month's."""
    months, _ = _months()
    for found in re.finditer(r"(?<![\d./-])20\d\d(?:/\d\d)?(?![\d-])", text):
        before = re.findall(r"\w+", text[: found.start()])[-1:]
        if not before or before[0].casefold() not in months:
            yield found[0]


_NAMES_IN: dict[Kind, Callable[[str], Iterator[str]]] = {
    "quarter": _quarters_in, "month": _months_in, "year": _years_in
}  # fmt: skip


_ORDINALS = {
    word: number
    for number, words in enumerate(
        (("første", "first"), ("andet", "second"), ("tredje", "third"), ("fjerde", "fourth")), 1
    )
    for word in words
}
_WORD = "|".join(_ORDINALS)
_YEAR = r"20\d\d(?:/\d\d)?"
_NUMBERS = re.compile(
    rf"(?P<y1>{_YEAR})\s?-?\s?Q(?P<n1>[1-4])|Q(?P<n2>[1-4])\s?-?\s?(?P<y2>{_YEAR})"
    rf"|(?P<n3>[1-4](?=\.)|{_WORD})\.?\s?(?:kvartal|kvt\.?|quarter)(?:\s(?:af|of))?\s(?P<y3>{_YEAR})",
    re.IGNORECASE,
)


def _number(written: str) -> int:
    return _ORDINALS.get(written.casefold()) or int(written)


@cache
def _months() -> tuple[dict[str, int], re.Pattern[str]]:
    from kpi.language.months import month_numbers

    months = month_numbers()
    any_month = "|".join(sorted(months, key=len, reverse=True))
    between = r"\s*(?:[-\u2013,/&]|og|and|til|to)\s*"
    return months, re.compile(
        rf"(?<![\w.])(?<!\d\s)(?<!\d\.\s)(?P<months>(?:{any_month})(?:{between}(?:{any_month}))*)\b"
        r"(?:\s(?P<year>20\d\d))?",
        re.IGNORECASE,
    )
