"""A text file as blocks in UTF-8, however it is packed and encoded, and as blocks of whole records.

No more than one record and a block is held at a time, so that a file may be of any size; what
cannot be a table (a line without end, a quotation mark that is never closed) is an error as soon
as it shows.
"""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from kpi.errors import SourceError
from kpi.sources.files import GZIP

BLOCK_BYTES = 4 << 20
LONGEST_RECORD = 1 << 20  # bytes
_ONE_BYTE_LETTERS = ("utf-8", "utf8", "cp125", "latin", "iso-8859", "iso8859")
_MARK = codecs.BOM_UTF8
_END_OF_FILE = b"\x1a"  # as DOS wrote it, and some programs do still


def raw_blocks(path: Path) -> Iterator[bytes]:
    """Yield the bytes of a file, unpacked if it is packed by gzip."""
    with path.open("rb") as file:
        is_packed = file.read(2) == GZIP
        file.seek(0)
        if not is_packed:
            while block := file.read(BLOCK_BYTES):
                yield block
            return
        try:
            with gzip.GzipFile(fileobj=file) as unpacked:
                while block := unpacked.read(BLOCK_BYTES):
                    yield block
        except (EOFError, gzip.BadGzipFile, zlib.error):
            raise SourceError(
                f"{path.name} can be unpacked to its end.",
                f"{path.name} is cut off or damaged",
                "Copy or draw it again.",
            ) from None


def text_blocks(path: Path, encoding: str) -> Iterator[bytes]:
    """Yield the text of a file in UTF-8, without marks at its beginning and DOS's sign at its end.

    Raises SourceError for letters that the encoding does not have, zero bytes, and a mark within.
    """
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
    except LookupError:
        raise SourceError(
            f"The encoding of {path.name} is one that is known.",
            f"an encoding named {encoding!r}",
            "Declare utf-8, utf-8-sig, utf-16 or cp1252, or leave it out.",
        ) from None
    is_first, end_of_line, signs = True, False, b""
    for block in _with_end(raw_blocks(path)):
        if b"\0" in block and not encoding.startswith(("utf-16", "utf-32", "utf16", "utf32")):
            raise _no_text(path)
        text = signs + _decoded(path, decoder, block, encoding)
        while is_first and text.startswith(_MARK):
            text = text.removeprefix(_MARK)
        is_first = is_first and not text
        if b"\0" in text:
            raise _no_text(path)
        if (end_of_line and text.startswith(_MARK)) or b"\n" + _MARK in text:
            raise SourceError(
                f"{path.name} is one file.",
                f"{path.name} has the mark of a file's beginning within it",
                "Files were put together, each perhaps with its header: name them with a pattern "
                "instead, as `file` of that source.",
            )
        whole = text.rstrip(_END_OF_FILE)
        text, signs = whole, text[len(whole) :]
        if text:
            end_of_line = text.endswith(b"\n")
            yield text


def _no_text(path: Path) -> SourceError:
    return SourceError(
        f"{path.name} holds text.",
        "zero bytes",
        "It may be written in UTF-16 (declare encoding: utf-16, or leave encoding out to have it "
        "detected), be damaged, or hold no table at all: open it and see.",
    )


def _with_end(blocks: Iterable[bytes]) -> Iterator[bytes]:
    yield from blocks
    yield b""


def _decoded(path: Path, decoder: codecs.IncrementalDecoder, block: bytes, encoding: str) -> bytes:
    is_plain = block.isascii() and encoding.startswith(_ONE_BYTE_LETTERS)
    if is_plain and block and not decoder.getstate()[0]:
        return block
    try:
        return decoder.decode(block, final=not block).encode("utf-8")
    except UnicodeError:
        raise SourceError(
            f"{path.name} is written in {encoding}.",
            "letters in another encoding",
            "Declare the encoding the system writes (cp1252, utf-8, utf-8-sig, utf-16), or leave "
            "it out to have it detected.",
        ) from None


def records(name: str, blocks: Iterable[bytes], quote: bytes) -> Iterator[bytes]:
    """Yield the same text in blocks that end where a record ends: never within quotation marks.

    Raises SourceError for a record that is too long, and a quotation mark that is not closed.
    """
    rest = b""
    for block in blocks:
        held = rest + block
        end = _end_of_records(held, quote)
        if end:
            yield held[:end]
        rest = held[end:]
        if len(rest) > LONGEST_RECORD:
            raise _too_long(name, rest, quote)
    if quote and rest.count(quote) % 2:
        raise _not_closed(name)
    if rest:
        yield rest


def _end_of_records(held: bytes, quote: bytes) -> int:
    """Return where the last line ends that has an even number of quotation marks before it."""
    sign = b"\n" if b"\n" in held else b"\r"
    end, marks = len(held), held.count(quote) if quote else 0
    while True:
        line = held.rfind(sign, 0, end)
        if line < 0:
            return 0
        marks -= held.count(quote, line, end) if quote else 0
        if marks % 2 == 0:
            return line + 1
        end = line


def _too_long(name: str, rest: bytes, quote: bytes) -> SourceError:
    if quote and b"\n" in rest:
        return _not_closed(name)
    return SourceError(
        f"A line of {name} has at most {LONGEST_RECORD >> 20} MiB.",
        "one that is longer",
        "It holds no table with a row a line, or its line ends are lost: draw it again.",
    )


def _not_closed(name: str) -> SourceError:
    return SourceError(
        f"Each quotation mark of {name} that is opened is closed.",
        "one that is not",
        "The file may be cut off within a text. If its system does not quote texts, declare "
        "format: {quote: none}.",
    )


def count_lines(text: bytes) -> int:
    r"""Return the number of lines of a text, whether they end as in Windows, Unix or old Macs.

    >>> count_lines(b"a\r\nb\rc\nd")
    4
    """
    ends = text.count(b"\n") + text.count(b"\r") - text.count(b"\r\n")
    return ends + (not text.endswith((b"\n", b"\r")))
