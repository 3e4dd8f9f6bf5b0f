"""Keyed pseudonyms: a person's number is replaced before anything is written.

Whoever holds the key and an extract can tell who a pseudonym is, so it lies where the project's
copies, backups and readers do not reach.

The key comes from the environment, a file outside the project or the keyring. Without one, a key is
drawn for the run and forgotten with it: figures are the same, and nobody can link two runs.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import os
import re
import secrets
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Self

from kpi.engine.passwords import from_keyring
from kpi.errors import ParameterError
from kpi.params.quarter_file import Persons
from kpi.sources.files import see_inside

KEY_VARIABLE = "KPI_PSEUDONYM_KEY"
FILE_VARIABLE = "KPI_PSEUDONYM_KEY_FILE"
KEY_FILE, KEYRING = "the key file", "the keyring"
KEYRING_USER = "pseudonyms"
SHORTEST = 16  # characters

_PROJECT_SIGNS = ("params", "pyproject.toml", ".git")


def find_key(
    persons: Persons, data: Path, environment: Mapping[str, str] = os.environ
) -> bytes | None:
    """Return the key that is set, the environment's before the parameters'; null where none is.

    Raises ParameterError for a key that is too short, a key file inside the project, one that
    others may read, and a keyring that does not hold it.
    """
    where = key_named_in(persons, environment)
    if where == KEY_VARIABLE:
        return _checked(environment[KEY_VARIABLE], where)
    if where == KEY_FILE:
        file = environment.get(FILE_VARIABLE) or persons.key_file
        return _checked(_read(Path(file).expanduser(), data), where)
    if where == KEYRING:
        return _checked(from_keyring(persons.keyring, KEYRING_USER), where)
    return None


def key_named_in(persons: Persons, environment: Mapping[str, str] = os.environ) -> str:
    """Say where the key is, in the order of looking for it; empty where nothing names one."""
    if environment.get(KEY_VARIABLE):
        return KEY_VARIABLE
    if environment.get(FILE_VARIABLE) or persons.key_file:
        return KEY_FILE
    return KEYRING if persons.keyring else ""


def fingerprint(persons: Persons, data: Path) -> str:
    """Return what tells two keys apart and does not tell the key; empty where one is drawn."""
    key = find_key(persons, data)
    return hmac.new(key, b"fingerprint", hashlib.sha256).hexdigest() if key else ""


def _checked(key: str, where: str) -> bytes:
    if len(key.strip()) < SHORTEST:
        raise ParameterError(
            f"The key of pseudonyms has at least {SHORTEST} characters: a short one can be tried.",
            f"{len(key.strip())} in {where}",
            "Draw one: python -c 'import secrets; print(secrets.token_hex(32))'",
        )
    return key.strip().encode("utf-8")


def _read(path: Path, data: Path) -> str:
    _see_outside(path, data)
    try:
        with path.open(encoding="utf-8") as file:
            mode = os.fstat(file.fileno()).st_mode
            if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise ParameterError(
                    "Only its owner may read the key file.",
                    f"the rights {stat.filemode(mode)} of {path.name}",
                    f"chmod 600 {path.name}",
                )
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise ParameterError(
            "The key file can be read.",
            f"{path.name}: {type(error).__name__}",
            f"Correct {FILE_VARIABLE} or persons.key_file, or restore the file.",
        ) from None


def _see_outside(path: Path, data: Path) -> None:
    place = path.resolve()
    for folder in (_project_of(Path.cwd()), _project_of(data.resolve()), data.resolve()):
        if place.is_relative_to(folder):
            raise ParameterError(
                "The key file lies outside the project, which is copied and shared.",
                f"{path.name} inside it",
                "Move it to a folder of its own, such as ~/.config/kpi, and chmod 600.",
            )


def _project_of(start: Path) -> Path:
    """Return the nearest folder upwards that looks like a project, else the folder itself."""
    for folder in (start, *start.parents):
        if any((folder / sign).exists() for sign in _PROJECT_SIGNS):
            return folder
    return start


def read_administrative(persons: Persons, data: Path) -> tuple[str, ...]:
    """Return the administrative numbers of the parameters' file, without spaces and hyphens.

    A line that ends in * stands for all numbers that begin so; # begins a remark.
    """
    if not persons.administrative_numbers:
        return ()
    path = data / persons.administrative_numbers
    see_inside(path, data)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise ParameterError(
            "The file of administrative numbers can be read as UTF-8.",
            f"{path.name} in the data folder cannot",
            "Restore it, or correct persons.administrative_numbers.",
        ) from None
    numbers = (line.partition("#")[0].replace("-", "").replace(" ", "") for line in lines)
    found = tuple(number for number in numbers if number)
    if any(number.strip("*") == "" for number in found):
        raise ParameterError(
            "An administrative number begins with something before its *.",
            f"a * alone in {path.name}",
            "It would let every number pass: write what these numbers begin with.",
        )
    return found


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
        return hmac.digest(self._key, message, "sha256").hex()[:24]


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
