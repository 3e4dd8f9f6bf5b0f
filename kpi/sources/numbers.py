"""How numbers are written in a sample of texts: the decimal sign, and what groups thousands."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

SPACES = " \u00a0\u2009\u202f"  # between thousands, in some systems
_NUMBER = re.compile(r"[+-]?(\d*)([.,])(\d+)-?")
_BOTH = re.compile(r"[+-]?\d{1,3}(?:([.,])\d{3})+(?!\1)([.,])\d+-?")
_GROUPED = re.compile(r"[+-]?\d{1,3}([.,])\d{3}(?:\1\d{3})+-?")
_OTHER = {",": ".", ".": ","}


def detect_numbers(texts: Iterable[str], usual: str) -> tuple[str, set[str]]:
    """Return the decimal sign of the texts, and what is doubtful; `usual` where nothing tells.

    A single sign before three digits ("1.234") may be either; it is taken to group thousands, for
    amounts have two decimals. Where nothing else tells, that is a doubt, and so are two decimal
    signs in one extract.
    """
    decimals: Counter[str] = Counter()
    vague: Counter[str] = Counter()
    for text in texts:
        plain = re.sub(rf"[{SPACES}]", "", text)
        if found := _GROUPED.fullmatch(plain):
            decimals[_OTHER[found[1]]] += 1
        elif found := _BOTH.fullmatch(plain):
            decimals[found[2]] += 1
        elif found := _NUMBER.fullmatch(plain):
            is_vague = len(found[3]) == 3 and 1 <= len(found[1]) <= 3 and found[1] != "0"
            (vague if is_vague else decimals)[found[2]] += 1
    if len(decimals) > 1:
        return decimals.most_common(1)[0][0], {"doubtful_numbers"}
    if decimals:
        return next(iter(decimals)), set()
    if vague:
        return _OTHER[vague.most_common(1)[0][0]], {"doubtful_numbers"}
    return usual, set()
