"""Keyed pseudonyms: a person's number is replaced before anything is written.

The key comes from the environment, a key file or the keyring (kpi/pseudonym_key.py).
Without one, a key is drawn for the run and forgotten with it: figures are the same, and nobody can
link two runs.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from kpi.params.quarter_file import Persons
from kpi.pseudonym_key import find_key
from kpi.sources.administrative import read_administrative

_CPR_WEIGHTS = (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)


class Pseudonyms:
    """Turns identifiers into pseudonyms, the same identifier always into the same pseudonym."""

    def __init__(self, key: bytes | None = None, administrative: Iterable[str] = ()) -> None:
        self._key = key or secrets.token_bytes(32)
        self._administrative = tuple(administrative)
        self._known: dict[tuple[str, str], tuple[str | None, str]] = {}

    @classmethod
    def of(cls, persons: Persons, data: Path) -> Self:
        """Return the pseudonyms that an administration's parameters ask for."""
        return cls(find_key(persons, data), read_administrative(persons, data))

    def of_person(self, number: str, *, numbers: str) -> tuple[str | None, str]:
        """Return the pseudonym of a person's number and what was found of its form ('' if fine).

        `numbers` says what numbers are: "cpr", or "any" for numbers that have no known form. A
        malformed number has no pseudonym.
        """
        known = self._known.get((numbers, number))
        if known is None:
            whole, finding = self._read(number, numbers)
            known = (self._digest("person", whole) if whole else None, finding)
            self._known[numbers, number] = known
        return known

    def _read(self, number: str, numbers: str) -> tuple[str | None, str]:
        if numbers != "cpr":
            return number.strip(), ""
        plain = plain_number(number)
        is_administrative = any(
            plain.startswith(one[:-1]) if one.endswith("*") else plain == one
            for one in self._administrative
        )
        return (plain, "") if is_administrative else read_cpr(number)

    def of_staff(self, initials: str) -> str:
        """Return the pseudonym of a caseworker's initials."""
        known = self._known.get(("staff", initials))
        if known is None:
            known = (self._digest("staff", initials.strip().upper()), "")
            self._known["staff", initials] = known
        return str(known[0])

    def _digest(self, kind: str, identifier: str) -> str:
        message = f"{kind}:{identifier}".encode()
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()[:24]


def plain_number(number: str) -> str:
    """Return a person's number without spaces and hyphens."""
    return re.sub(r"[\s\-]", "", number)


def read_cpr(number: str) -> tuple[str | None, str]:
    """Return the ten digits of a CPR number and the finding, if any.

    A ninth digit lost by a spreadsheet (the leading zero) is put back. Numbers that fail modulus 11
    are valid: the finding is information. The date must exist in the century that digit 7 tells.
    """
    digits = plain_number(number)
    if not re.fullmatch(r"\d{9,10}", digits):
        return None, "malformed"
    finding = "nine_digits" if len(digits) == 9 else ""
    digits = digits.zfill(10)
    if _birth_date(digits) is None:
        return digits, "impossible_date"
    if not finding and sum(w * int(d) for w, d in zip(_CPR_WEIGHTS, digits, strict=True)) % 11:
        finding = "modulus_11"
    return digits, finding


def _birth_date(digits: str) -> dt.date | None:
    day, month, year, seventh = (int(digits[a:b]) for a, b in ((0, 2), (2, 4), (4, 6), (6, 7)))
    if seventh <= 3:
        century = 1900
    elif seventh in (4, 9):
        century = 2000 if year <= 36 else 1900
    else:
        century = 2000 if year <= 57 else 1800
    try:
        return dt.date(century + year, month, day)
    except ValueError:
        return None
