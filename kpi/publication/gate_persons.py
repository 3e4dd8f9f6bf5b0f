"""What tells of a person in a text: a personal number, however it is written, or free text.

A personal number is six digits of a date and four more. It is found with blanks, dots, slashes or
dashes of any kind in it, in digits of any script, with letters or underscores before and after it.
Its parts decide: the date must exist, and where the spelling alone says little, so must the check
digit fit. Numbers of persons born on a 1 January may have none; all others have one (cpr.dk,
"Personnumre uden kontrolciffer", 10 May 2023).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from kpi.sources.pseudonyms import read_cpr

_BLANKS = r" {1,3}|[ \t]{0,9}\n[ \t]{0,40}"
_MARK = rf"(?: {{0,3}}[-./_\\] {{0,3}}|{_BLANKS}|)"
_LIKE_ONE = re.compile(
    rf"(?<!\d)(\d\d)({_MARK})(\d\d)({_MARK})((?:18|19|20)?)(\d\d)({_MARK})(\d\d)({_MARK})(\d\d)(?!\d)"
)
_DIGIT_BY_DIGIT = re.compile(r"(?<!\d)(?<!\d[-. ])\d(?:[-. ]\d){9}(?![-. ]?\d)")
_DIGITS_AND_MARKS = re.compile(r"[0-9][-0-9./_\\ \t\n]{8,}[0-9]")
"""From the first to the last digit of what may stand in either: only there is it looked for."""
_FRACTION = re.compile(r"\.\d*[1-9]")
_CHECKSUM = re.compile(r"[0-9a-f]{32,128}", re.IGNORECASE)
_LONGEST = 128
_REST_OF_UUID = re.compile(r"-[0-9a-f]{4}-[0-9a-f]", re.IGNORECASE)
_LIKE_A_DASH = "\u00b7\u02d7\u2043\u2212\u30fc"  # beside those that Unicode calls dashes
_LIKE_A_SLASH = "\u2044\u2215\u29f8"


def plain(text: str) -> str:
    r"""Return a text in which each digit, dash and blank is the plain one.

    Signs that are not seen, such as a soft hyphen, are left out; lines stay lines.

    >>> plain("\u0660\u0661\u00ad01\u00a0\u2013")
    '0101 -'
    """
    if text.isascii():
        return text
    for sign in set(text):
        if not sign.isascii() and _plain(sign) != sign:
            text = text.replace(sign, _plain(sign))
    return text


@cache
def _plain(sign: str) -> str:
    if sign in _LIKE_A_SLASH:
        return "/"
    kind = unicodedata.category(sign)
    if kind == "Pd" or sign in _LIKE_A_DASH:
        return "-"
    if kind in {"Zs", "Zl", "Zp"}:
        return " "
    if kind == "Cf":
        return ""
    if kind == "Nd":
        return str(unicodedata.decimal(sign))
    same = unicodedata.normalize("NFKC", sign)
    return sign if len(same) != 1 or same == sign else _plain(same)


@dataclass(frozen=True)
class _Spelling:
    """Where ten digits stand that may be a personal number, and what stands between them.

    `marks` stand after the day, the month, the year and the seventh and eighth digit.
    """

    place: int
    digits: str
    century: str
    marks: tuple[str, str, str, str]

    @property
    def is_together(self) -> bool:
        return not any((self.century, *self.marks))

    @property
    def is_sure(self) -> bool:
        """Whether only personal numbers are written so: DDMMYY-SSSS, DD.MM.YY-SSSS, DDMMYY SSSS."""
        day, month, year, serial = self.marks
        if self.century or serial or any("\n" in mark for mark in self.marks):
            return False
        if day:
            return all(mark.strip() for mark in (day, month, year))
        return bool(year.strip()) or year == " "

    @property
    def is_usual(self) -> bool:
        """Whether marks stand where a person would put them; a year in full may end a date."""
        day, month, year, serial = self.marks
        is_date = bool(self.century and day and not year.strip())
        return bool(day) == bool(month) and bool(year or not serial) and not is_date

    @property
    def has_date(self) -> bool:
        """Whether its date exists; replacement numbers, which add 60 to the day, have one, too.

        These are known only with a mark in them: too many other numbers begin so.
        """
        digits = self.digits
        if digits[0] >= "6" and not self.is_together:
            digits = f"{int(digits[0]) - 6}{digits[1:]}"
        of_century = not self.century or self.century == _century(digits)
        return of_century and read_cpr(digits)[1] != "impossible_date"

    @property
    def is_checked(self) -> bool:
        """Whether its check digit fits, or it may have none."""
        return self.digits.startswith("0101") or read_cpr(self.digits)[1] == ""

    @property
    def is_personal(self) -> bool:
        """Whether a person's number is written with these marks."""
        return self.is_usual and self.has_date and (self.is_sure or self.is_checked)


def _century(digits: str) -> str:
    year, seventh = int(digits[4:6]), int(digits[6])
    if seventh <= 3:
        return "19"
    if seventh in {4, 9}:
        return "20" if year <= 36 else "19"
    return "20" if year <= 57 else "18"


def personal_numbers(text: str) -> list[int]:
    """Return where personal numbers begin in a text that is `plain`."""
    together, found = [], []
    parts = [part.span() for part in _DIGITS_AND_MARKS.finditer(text)]
    for like in (one for part in parts for one in _LIKE_ONE.finditer(text, *part)):
        day, a, month, b, century, year, c, seventh, d, last = like.groups()
        digits = f"{day}{month}{year}{seventh}{last}"
        one = _Spelling(like.start(), digits, century, (a, b, c, d))
        if one.is_together:
            if not _is_of_another_number(text, like):
                together.append(one)
        elif one.is_personal and not _REST_OF_UUID.match(text, like.end()):
            found.append(one)
    for like in (one for part in parts for one in _DIGIT_BY_DIGIT.finditer(text, *part)):
        one = _Spelling(like.start(), re.sub(r"\D", "", like[0]), "", (" ",) * 4)
        if one.is_personal:
            found.append(one)
    return sorted({one.place for one in (*found, *_of_persons(together))})


def _of_persons(together: Sequence[_Spelling]) -> Iterator[_Spelling]:
    """Yield ten digits in a row that are a person's.

    Where most of a text are no dates they number something else, cases or accounts: there the
    check digit decides.
    """
    dated = [one for one in together if one.has_date]
    usual = 2 * len(dated) >= len(together)
    yield from (one for one in dated if usual or one.is_checked)


def _is_of_another_number(text: str, like: re.Match[str]) -> bool:
    """Tell digits after a decimal point, before a fraction, or of a checksum."""
    start, end = like.span()
    if re.fullmatch(r"\d\.", text[max(0, start - 2) : start]) or _FRACTION.match(text, end):
        return True
    before = max(0, start - _LONGEST)
    around = _CHECKSUM.finditer(text[before : end + _LONGEST])
    return any(one.start() <= start - before < one.end() for one in around)


def shown(name: str) -> str:
    """Return the name of a file or of a part of one, unless that tells of a person itself."""
    return "a part whose name is not shown" if personal_numbers(plain(name)) else name


_LONGEST_NAME = 80
_MOST = 12
_NO_NAME = re.compile(r"[@\n\r\t?;]|https?:")
_NUMBER = re.compile(r"(?<!\w)(?:\d{3,}|\d\d(?:[ .-]\d\d){2,})(?!\w)")
_WORD = re.compile(r"[^\W\d_]{2,}")
_FEWEST = 3


def free_text(values: Sequence[str]) -> list[int]:
    """Return which of the names of groups look like words that somebody wrote about a case.

    Such are long ones, ones with an address or a question, and ones with words and a number
    ("Jens Hansen 4711") where most of the others have none, nor the same words, nor that number.

    >>> free_text(["Nuuk", "Jens Hansen 4711", "Tasiilaq"]), free_text(["Unit 4711", "Unit 4712"])
    ([1], [])
    """
    numbered = [value for value in values if _NUMBER.search(value) and _WORD.search(value)]
    usual = len(numbered) >= _FEWEST and 2 * len(numbered) >= len(values)
    parts = [(_NUMBER.sub("", value), _NUMBER.findall(value)) for value in numbered]
    words = Counter(said for said, _ in parts)
    numbers = Counter(number for _, found in parts for number in {*found})
    told = {
        value
        for value, (said, found) in zip(numbered, parts, strict=True)
        if not usual and words[said] == 1 and any(numbers[number] == 1 for number in found)
    }
    return [place for place, value in enumerate(values) if value in told or _is_prose(value)]


def _is_prose(value: str) -> bool:
    is_long = len(value) > _LONGEST_NAME or len(value.split()) > _MOST
    return is_long or bool(_NO_NAME.search(value))
