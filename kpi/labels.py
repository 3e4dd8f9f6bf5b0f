"""Words and numbers per language.

Message ids are English; locale/<language>/LC_MESSAGES/kpi.po holds the translations. Numbers are
rounded half up (Babel rounds half to even), with a no-break space before the per cent sign.
"""

from __future__ import annotations

import datetime as dt
import gettext
import io
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from importlib import resources

from kpi.errors import ExportError
from kpi.periods import Quarter

NBSP = "\u00a0"
LANGUAGES = {"da": "da_DK", "en": "en_GB"}


class Labels:
    """Translates message ids and writes numbers and dates as a language does."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._locale = LANGUAGES[language]
        self._catalogue = _catalogue(language)

    def __call__(self, message: str, **values: object) -> str:
        """Return a message in the language, with its named values filled in."""
        text = self._catalogue.gettext(message) if message else ""
        return text.format(**values) if values else text

    def plural(self, one: str, many: str, n: int, **values: object) -> str:
        """Return the form of a message that fits the number."""
        return self._catalogue.ngettext(one, many, n).format(n=self.count(n), **values)

    def number(self, value: float | Decimal, decimals: int = 0) -> str:
        """Write a number, rounded half up."""
        from babel.numbers import format_decimal

        exact = Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        written: str = format_decimal(exact, format=pattern, locale=self._locale)
        return written.replace("-", "\u2212")

    def count(self, value: float) -> str:
        """Write a whole number."""
        return self.number(int(value))

    def share(self, ratio: float, decimals: int = 1) -> str:
        """Write a ratio as a percentage: 0.75 as 75,0 %."""
        space = NBSP if self.language == "da" else ""
        return f"{self.number(Decimal(str(ratio)) * 100, decimals)}{space}%"

    def share_range(self, lower: float, upper: float, decimals: int = 1) -> str:
        """Write two ratios as a range: 90,2-95,1 %; one figure where both are written alike."""
        low, high = self.share(lower, decimals), self.share(upper, decimals)
        return high if low == high else f"{low.rstrip('%').rstrip(NBSP)}\u2013{high}"

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
        from babel.dates import format_date

        return str(format_date(day, "d MMMM y", locale=self._locale))

    def quarter(self, quarter: Quarter) -> str:
        """Write a quarter: 4. kvartal 2019."""
        return self("Q{number} {year}", number=quarter.number, year=quarter.year)

    def month(self, name: str, form: str = "MMM y") -> str:
        """Write a month given as 2019-10: okt. 2019."""
        from babel.dates import format_date

        return str(format_date(dt.date.fromisoformat(f"{name}-01"), form, locale=self._locale))

    def weekday(self, day: dt.date) -> str:
        """Write the weekday of a date: onsdag."""
        from babel.dates import format_date

        return str(format_date(day, "EEEE", locale=self._locale))

    def and_list(self, items: list[str]) -> str:
        """Join items as a sentence does: a, b og c."""
        from babel.lists import format_list

        return str(format_list(items, locale=self._locale)) if items else ""


def language_name(language: str) -> str:
    """Return what a language calls itself: Dansk, English."""
    from babel import Locale

    name = str(Locale.parse(LANGUAGES[language]).get_language_name())
    return name[:1].upper() + name[1:]


@lru_cache(maxsize=8)
def _catalogue(language: str) -> gettext.NullTranslations:
    if language == "en":
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    file = resources.files("kpi") / "locale" / language / "LC_MESSAGES" / "kpi.po"
    if not file.is_file():
        raise ExportError(
            "Each language of the page has a catalogue of words.",
            f'none for "{language}"',
            f"Restore kpi/locale/{language}/LC_MESSAGES/kpi.po.",
        )
    compiled = io.BytesIO()
    with file.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
