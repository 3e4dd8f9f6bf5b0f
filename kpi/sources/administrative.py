"""Administrative numbers: given to persons without a CPR number, so they need not be a date."""

from __future__ import annotations

from pathlib import Path

from kpi.errors import ParameterError
from kpi.params.quarter_file import Persons


def read_administrative(persons: Persons, data: Path) -> tuple[str, ...]:
    """Return the administrative numbers of the parameters' file, without spaces and hyphens.

    A line that ends in * stands for all numbers that begin so; # begins a remark.
    """
    if not persons.administrative_numbers:
        return ()
    path = data / persons.administrative_numbers
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
