"""Words and numbers per language.

Message ids are English (kpi.language.catalogue). Where a language has no translation, the message
is said in Danish, or whatever the main language is, as a whole: a sentence is in one language, its
dates and lists as well, and is marked with it (kpi.language.words). Numbers are rounded half up
(Babel rounds half to even), with a no-break space before the per cent sign.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path

from kpi.errors import ExportError
from kpi.language.catalogue import (
    LANGUAGES,
    SOURCE_LANGUAGE,
    add_languages,
    further_folder,
    known_here,
    state,
    translations,
)
from kpi.language.of_periods import in_english, is_about_quarters
from kpi.language.words import Text, filled, foreign, is_foreign, main_of, translated
from kpi.periods import Kind, Period

__all__ = ["COMPLETE", "LANGUAGES", "NBSP", "Labels", "language_name"]

NBSP = "\u00a0"
COMPLETE = ("da", "en")
"""The languages that need no other behind them."""


def _unknown(message: str, values: dict[str, object]) -> str:
    """Say a message that no catalogue has, as one of an earlier program's report, in English."""
    return foreign(filled(message, values), "en")


class Labels:
    """Translates message ids and writes numbers and dates as a language does.

    `main` is the language that stands in where this one has no translation. Messages about quarters
    speak of months or years where reports are about these (`kind`).
    """

    def __init__(self, language: str, main: str = SOURCE_LANGUAGE, kind: Kind = "quarter") -> None:
        if not known_here(language):
            raise ExportError(
                "Each language of the page has a catalogue of words.",
                f'none for "{language}"',
                f"Name the folder of parameters that has languages/{language}.po, or leave it out.",
            )
        self.language, self.kind = language, kind
        self._main = None if language in COMPLETE else Labels(main, kind=kind)
        self._locale = LANGUAGES[language]
        self._catalogue = translations(language)

    def __reduce__(self) -> tuple[Callable[..., Labels], tuple[str, str, Kind, str]]:
        """Let another process have the same words."""
        main = self._main.language if self._main else SOURCE_LANGUAGE
        return _elsewhere, (self.language, main, self.kind, further_folder())

    def __call__(self, message: Text, **values: object) -> str:
        """Return a message in the language, with its named values filled in."""
        if isinstance(message, Mapping):
            return self._own(message, values)
        text = self._translated(message) if message else ""
        if message and not text and self._main is None:
            return _unknown(message, values)
        return self._said(text, values, lambda main, known: main(message, **known))

    def plural(self, one: Text, many: Text, n: int, **values: object) -> str:
        """Return the form of a message that fits the number."""
        if not (isinstance(one, str) and isinstance(many, str)):
            return self(one if n == 1 else many, n=self.count(n), **values)
        text = self._one_or_many(one, many, n)
        if not text and self._main is None:
            return _unknown(one if n == 1 else many, {"n": self.count(n), **values})

        def behind(main: Labels, known: dict[str, object]) -> str:
            return main.plural(one, many, n, **{key: known[key] for key in values})

        return self._said(text, {"n": self.count(n), **values}, behind)

    def _translated(self, message: str) -> str:
        if self.kind == "quarter" or not is_about_quarters(message):
            return self._catalogue.gettext(message)
        if self.language == "en":
            return in_english(message, self.kind)
        return self._catalogue.pgettext(self.kind, message)

    def _one_or_many(self, one: str, many: str, n: int) -> str:
        if self.kind == "quarter" or not is_about_quarters(one):
            return self._catalogue.ngettext(one, many, n)
        if self.language == "en":
            return in_english(one if n == 1 else many, self.kind)
        return self._catalogue.npgettext(self.kind, one, many, n)

    def noun(self, one: Text, many: Text, number: float) -> str:
        """Return the form of a noun that goes with a number with one decimal: da 0,6 samtale.

        >>> Labels("da").noun("case", "cases", 0.6), Labels("en").noun("case", "cases", 0.6)
        ('sag', 'cases')
        """
        from babel import Locale

        is_one = Locale.parse(self._locale).plural_form(round(number, 1)) == "one"
        return self(one if is_one else many)

    def _own(self, texts: Mapping[str, str], values: dict[str, object]) -> str:
        """Fill a text that is given by language; where this one has none, another stands in."""
        language = next((one for one in (self.language, *self._behind, *texts) if one in texts), "")
        said = filled(texts.get(language, ""), values)
        if language != self.language:
            return foreign(said, language) if said else ""
        return translated(said, self._main(texts, **values)) if self._main else said

    @property
    def _behind(self) -> tuple[str, ...]:
        return (self._main.language,) if self._main else ()

    def _said(
        self,
        text: str,
        values: dict[str, object],
        behind: Callable[[Labels, dict[str, object]], str],
    ) -> str:
        """Fill a message; where it has no text, say all of it in the language behind."""
        if self._main is None:
            return filled(text, values)
        known = {name: main_of(value) for name, value in values.items()}
        said = behind(self._main, known)
        if not text:
            return foreign(said, self._main.language) if said else ""
        return translated(filled(text, values), said)

    def _as_behind(self, text: str, behind: Callable[[Labels], str]) -> str:
        """Keep beside a date or list what it is in the language behind."""
        return translated(text, behind(self._main)) if self._main else text

    @property
    def awaiting(self) -> tuple[int, int]:
        """How many of the program's messages await a translator, of how many."""
        if self._main is None:
            return 0, 0
        found = state(self.language)
        return sum(not one.is_current for one in found), len(found)

    def number(self, value: float | Decimal, decimals: int = 0) -> str:
        """Write a number, rounded half up; what rounds to nothing has no sign."""
        exact = Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
        return _number(exact or Decimal(0), decimals, self._locale)

    def count(self, value: float) -> str:
        """Write a whole number, rounded half up."""
        return self.number(value)

    def share(self, ratio: float, decimals: int = 1) -> str:
        """Write a ratio as a percentage: 0.75 as 75,0 %."""
        before, after = _around_per_cent(self._locale)
        return f"{before}{self.number(Decimal(str(ratio)) * 100, decimals)}{after}"

    def share_range(self, lower: float, upper: float, decimals: int = 1) -> str:
        """Write two ratios as a range: 90,2-95,1 %; one figure where both are written alike."""
        before, after = _around_per_cent(self._locale)
        low, high = (self.number(Decimal(str(end)) * 100, decimals) for end in (lower, upper))
        written = low if low == high else f"{low}\u2013{high}"
        return f"{before}{written}{after}"

    def signed(self, value: float, decimals: int = 1) -> str:
        """Write a difference with its sign; a difference that rounds to nothing has none."""
        written = self.number(value, decimals)
        if float(Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)) == 0:
            return written.lstrip("\u2212")
        return written if value < 0 else f"+{written}"

    def date(self, day: dt.date) -> str:
        """Write a date as the municipality does: 15-01-2020 (English: 15 January 2020)."""
        if self.language == "da":
            return f"{day:%d-%m-%Y}"
        form = "d MMMM y" if self.language == "en" else "long"
        return self._as_behind(self._date(day, form), lambda main: main.date(day))

    def quarter(self, quarter: Period) -> str:
        """Write a period: 4. kvartal 2019, 4. kvartal 2018/19, oktober 2019, 2018/19."""
        if quarter.kind == "month":
            return self.month(str(quarter), "LLLL y")
        if quarter.kind == "year":
            return quarter.year_name
        if self._main and quarter.year_starts == 1:
            written = self._date(quarter.first_day, "QQQQ y")
            return self._as_behind(written, lambda main: main.quarter(quarter))
        return self("Q{number} {year}", number=quarter.number, year=quarter.year_name)

    def month(self, name: str, form: str = "MMM y") -> str:
        """Write a month given as 2019-10: okt. 2019; LLLL is the form that stands alone."""
        written = self._date(dt.date.fromisoformat(f"{name}-01"), form)
        return self._as_behind(written, lambda main: main.month(name, form))

    def weekday(self, day: dt.date) -> str:
        """Write the weekday of a date: onsdag."""
        return self._as_behind(self._date(day, "EEEE"), lambda main: main.weekday(day))

    def week(self, day: dt.date) -> str:
        """Write the ISO week of a date, 2020-W01; Babel's weeks are not ISO in all locales."""
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02d}"

    def _date(self, day: dt.date, form: str) -> str:
        from babel.dates import format_date

        return str(format_date(day, form, locale=self._locale))

    def and_list(self, items: list[str]) -> str:
        """Join items as a sentence does: a, b og c."""
        from babel.lists import format_list

        if not items:
            return ""
        names = [f"{{item{number}}}" for number in range(len(items))]
        values: dict[str, object] = {f"item{n}": item for n, item in enumerate(items)}
        words = filled(format_list(names, locale=self._locale), values)
        if self._main is None:
            return words
        said = self._main.and_list([str(main_of(item)) for item in items])
        if any(is_foreign(item) for item in items):
            return foreign(said, self._main.language)
        return translated(words, said)


def _elsewhere(language: str, main: str, kind: Kind, further: str) -> Labels:
    """Make labels in another process, which may not know of the further languages yet."""
    if further:
        add_languages(Path(further))
    return Labels(language, main, kind)


def language_name(language: str, within: str = "") -> str:
    """Return what a language calls itself, Dansk; or what another calls it, Danish."""
    from babel import Locale

    own, other = (LANGUAGES.get(one, one) for one in (language, within or language))
    name = str(Locale.parse(own).get_language_name(other))
    return name if within else name[:1].upper() + name[1:]


@lru_cache(maxsize=64)
def _around_per_cent(locale: str) -> tuple[str, str]:
    r"""Return what a locale writes before a percentage, and after it.

    >>> _around_per_cent("en_GB"), _around_per_cent("da_DK")
    (('', '%'), ('', '\xa0%'))
    """
    from babel import Locale

    pattern = str(Locale.parse(locale).percent_formats[None].pattern).partition(";")[0]
    before, _, after = pattern.partition("#,##0")
    return before, after


@lru_cache(maxsize=4096)
def _number(exact: Decimal, decimals: int, locale: str) -> str:
    from babel.numbers import format_decimal

    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return str(format_decimal(exact, format=pattern, locale=locale)).replace("-", "\u2212")
