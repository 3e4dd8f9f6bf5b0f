"""In which encoding a text file is written: its mark, else its letters, from first to last."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kpi.errors import SourceError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DANISH = "æøåÆØÅéÉäöüÄÖÜ§–—’“”·°½\u00a0"
_ONE_BYTE = ("cp1252", "cp850", "cp865", "mac_roman", "latin_1")  # the first of equals
_PLAUSIBLE = 0.8  # of the letters that are not plain ones
_DAMAGED = 0.1  # of the Danish letters
_SAMPLE = 1 << 16
_BOTH = (  # a Danish letter in UTF-8, and one in Windows-1252
    rb"\xc3[\xa6\xb8\xa5\x86\x98\x85]",
    rb"(?<![\xc2-\xf4\x80-\xbf])[\xe6\xf8\xe5\xc6\xd8\xc5](?![\x80-\xbf])",
)


@dataclass(frozen=True)
class Encoding:
    """An encoding, and whether it is a guess."""

    name: str
    is_guess: bool = False


def detect_encoding(name: str, blocks: Iterable[bytes]) -> Encoding:
    """Return the encoding of a file's bytes; all of them are looked at.

    Raises SourceError where its letters are written in two encodings.
    """
    read = iter(blocks)
    first = next(read, b"")
    for mark, encoding in _MARKS:
        if first.startswith(mark):
            return Encoding(encoding)
    wide = _wide(first)
    if wide:
        return Encoding(wide, is_guess=True)
    strange = _not_utf_8(_again(first, read))
    if not strange:
        return Encoding("utf-8")
    if _share_of_utf_8(strange) >= _DAMAGED:
        raise SourceError(
            f"{name} is written in one encoding.",
            f"{name} has letters in UTF-8 and others in Windows-1252",
            "Files of two systems may have been put together: draw it in one encoding, or name "
            "the files separately with a pattern.",
        )
    return Encoding(_one_byte(strange), is_guess=True)


def _again(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _wide(first: bytes) -> str:
    """Name UTF-16 without a mark: nearly every second byte of Danish text is then zero."""
    even, odd = first[0:4096:2], first[1:4096:2]
    if len(odd) > 8 and odd.count(0) > 0.7 * len(odd) and not even.count(0):
        return "utf-16-le"
    if len(odd) > 8 and even.count(0) > 0.7 * len(even) and not odd.count(0):
        return "utf-16-be"
    return ""


def _not_utf_8(blocks: Iterable[bytes]) -> bytes:
    """Return lines with letters that are not plain, if the whole is not UTF-8; else nothing."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    lines, is_utf_8 = b"", True
    for block in blocks:
        if block.isascii() and not decoder.getstate()[0]:
            continue
        if len(lines) < _SAMPLE:
            not_plain = (line for line in block.split(b"\n") if not line.isascii())
            lines += b"\n".join(not_plain)[:_SAMPLE] + b"\n"
        if is_utf_8:
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                is_utf_8 = False
                around = slice(max(error.start - 200, 0), error.start + 200)
                lines += b"\n" + block[around] + b"\n"
    try:
        decoder.decode(b"", final=is_utf_8)
    except UnicodeDecodeError:
        is_utf_8 = False
    return b"" if is_utf_8 else lines


def _share_of_utf_8(lines: bytes) -> float:
    """Return which part of the Danish letters is UTF-8's; 0 where there are none.

    A few such among many others are letters that another system had damaged before: a rule of the
    contracts notes their rows.
    """
    in_utf_8, in_windows = (len(re.findall(pattern, lines)) for pattern in _BOTH)
    return in_utf_8 / max(in_utf_8 + in_windows, 1) if in_windows else 0.0


def _one_byte(lines: bytes) -> str:
    """Name the encoding of one byte a letter that makes the lines Danish, or likely at all."""
    shares = {encoding: _share_of_danish(lines, encoding) for encoding in _ONE_BYTE}
    best = max(_ONE_BYTE, key=lambda encoding: shares[encoding])
    if shares[best] >= _PLAUSIBLE:
        return best
    from charset_normalizer import from_bytes

    found = from_bytes(lines, cp_isolation=list(_ONE_BYTE)).best()
    return found.encoding if found else "cp1252"


def _share_of_danish(lines: bytes, encoding: str) -> float:
    try:
        letters = [letter for letter in lines.decode(encoding) if ord(letter) > 127]
    except UnicodeDecodeError:
        return 0.0
    return sum(letter in _DANISH for letter in letters) / max(len(letters), 1)
