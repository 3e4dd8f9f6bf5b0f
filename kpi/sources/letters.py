"""Texts without letters that cannot be seen, each written in one way, and words for nothing.

Two texts that look the same are the same afterwards: zero-width letters, soft hyphens, marks of
direction and control letters are taken out, spaces of every width become one kind, and letters that
are written in two parts become one (Unicode's normal form C).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import pyarrow as pa

NOTHING = ("NULL", "Null", "null", "(null)", "<null>", "<NULL>", "\\N")
"""Words that systems write for a missing value; no text of a person or thing is written so."""
NO_VALUE = (
    *NOTHING,
    "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NaT", "None", "none", "nil", "NIL", "(blank)",
    "(tom)", "(ingen)", "ingen", "Ingen", "-", "--", "\u2013", "\u2014",
)  # fmt: skip
"""What stands for a missing value in a column of numbers, dates, or yes and no."""
NO_DAY = (*NO_VALUE, "infinity", "-infinity", "Infinity", "-Infinity")
"""What stands for a missing value in a column of dates."""

_LINE_ENDS = "\t\n\r"


def plain(text: str) -> str:
    r"""Return a text without letters that cannot be seen, and no spaces around it.

    >>> plain("Tasii\u00adlaq\u200b"), plain("Nuuk\x0bcentrum"), plain("A\u030a")
    ('Tasiilaq', 'Nuuk centrum', 'Å')
    """
    return "".join(map(_shown, unicodedata.normalize("NFC", text))).strip()


def _shown(letter: str) -> str:
    if letter in _LINE_ENDS or letter.isprintable():
        return letter
    return "" if unicodedata.category(letter) == "Cf" else " "


def plain_texts(column: pa.ChunkedArray) -> tuple[pa.ChunkedArray, int]:
    """Return a column's texts without invisible letters, and how many of them had such.

    Spaces around a text are no such letters; a text of nothing else is missing. A text that a
    system wrote as a formula, ="0042", is that text.
    """
    import pyarrow.compute as pc

    trimmed = _from_formula(pc.utf8_trim_whitespace(column))
    is_odd = pc.fill_null(pc.invert(_is_plain(trimmed)), False)
    changed = pc.sum(is_odd).as_py() or 0
    if changed:
        odd = mapped(pc.if_else(is_odd, trimmed, None), plain)
        trimmed = pc.if_else(is_odd, odd, trimmed)
    return pc.if_else(pc.equal(trimmed, ""), None, trimmed), changed


_FORMULA = '^="([^"]*)"$'


def _from_formula(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return texts that were written as formulas (="0042"), so that a spreadsheet keeps them."""
    import pyarrow.compute as pc

    if not pc.any(pc.starts_with(texts, '="')).as_py():
        return texts
    return pc.replace_substring_regex(texts, _FORMULA, r"\1")


def _is_plain(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow.compute as pc

    printable = pc.ascii_is_printable(texts)
    if pc.all(printable).as_py() in (True, None):
        return printable
    visible = pc.utf8_is_printable(
        pc.replace_substring_regex(texts, f"[{_LINE_ENDS}]", "")
        if pc.any(pc.match_substring_regex(texts, f"[{_LINE_ENDS}]")).as_py()
        else texts
    )
    return pc.and_(visible, pc.equal(pc.utf8_normalize(texts, "NFC"), texts))


def mapped(texts: pa.ChunkedArray | pa.Array, function: Callable[[str], str | None]) -> pa.Array:
    """Apply a function to each distinct text; null stays null."""
    whole = pa.chunked_array([texts]) if isinstance(texts, pa.Array) else texts
    encoded = whole.combine_chunks().dictionary_encode()
    found = [function(text) for text in encoded.dictionary.to_pylist()]
    return pa.array(found, pa.string()).take(encoded.indices)


_SPACES = re.compile(r"\s+")


def plain_name(name: str) -> str:
    r"""Return the name of a column as it is compared: plain letters, single spaces.

    >>> plain_name(" Betalt\u00a0\nden ")
    'Betalt den'
    """
    return _SPACES.sub(" ", plain(name))
