"""How an extract is written, in words: what was declared, and what was detected."""

from __future__ import annotations

import re
from typing import Any

from kpi.labels import Labels
from kpi.labels.words import joined

SEPARATOR_WORDS = {
    ";": "semicolons",
    ",": "commas",
    "\t": "tabs",
    "|": "upright strokes",
}
_LETTERS = {
    "Y": "yyyy",
    "m": "mm",
    "d": "dd",
    "H": "hh",
    "M": "mm",
    "S": "ss",
    "f": "f",
    "z": "+hh",
}


def written_words(labels: Labels, extract: dict[str, Any]) -> str:
    """Word how an extract is written; what was not declared is marked as detected."""
    written, detected = extract.get("written", {}), extract.get("detected", ())
    parts = [
        (name, words)
        for name, words in (
            ("encoding", written.get("encoding", "")),
            ("separator", _separator(labels, written.get("separator", ""))),
            ("date", _dates(labels, written.get("date", ""))),
            ("decimal", _decimal(labels, written.get("decimal", ""))),
        )
        if words
    ]
    said = [
        labels("{what} (detected)", what=words) if name in detected else words
        for name, words in parts
    ]
    return joined(said, "; ")


def _separator(labels: Labels, sign: str) -> str:
    return labels(SEPARATOR_WORDS[sign]) if sign in SEPARATOR_WORDS else sign


def _dates(labels: Labels, forms: str) -> str:
    shown = [
        labels("day numbers")
        if form == "excel"
        else re.sub("%(.)", lambda found: _LETTERS.get(found[1], found[1]), form)
        for form in forms.split(", ")
        if form
    ]
    return labels("dates {forms}", forms=joined(shown, ", ")) if shown else ""


def _decimal(labels: Labels, sign: str) -> str:
    if not sign:
        return ""
    return labels("decimal comma") if sign == "," else labels("decimal point")
