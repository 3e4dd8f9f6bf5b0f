"""A text file as blocks of whole records in UTF-8, however it is packed and encoded.

No more than one record and a block is held at a time, so that a file may be of any size; what
cannot be a table (a line without end, a quotation mark that is never closed) is an error as soon
as it shows.

A text file with separated columns, read a block at a time as text.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import itertools
import zlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from kpi.errors import SourceError
from kpi.params.quarter_file import FileFormat
from kpi.sources.columns import check_header
from kpi.sources.encodings import Encoding, detect_encoding
from kpi.sources.files import GZIP, empty

BLOCK_BYTES = 4 << 20
LONGEST_RECORD = 1 << 20  # bytes
_ONE_BYTE_LETTERS = ("utf-8", "utf8", "cp125", "latin", "iso-8859", "iso8859")
_MARK = codecs.BOM_UTF8


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
    """Yield the text of a file in UTF-8, without the mark at its beginning.

    Raises SourceError for letters that the encoding does not have, zero bytes, and a second mark.
    """
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
    except LookupError:
        raise SourceError(
            f"The encoding of {path.name} is one that is known.",
            f"an encoding named {encoding!r}",
            "Declare utf-8, utf-8-sig, utf-16 or cp1252, or leave it out.",
        ) from None
    is_first, end_of_line = True, False
    for block in _with_end(raw_blocks(path)):
        if b"\0" in block and not encoding.startswith(("utf-16", "utf-32", "utf16", "utf32")):
            raise _no_text(path)
        text = _decoded(path, decoder, block, encoding)
        if is_first:
            text = text.removeprefix(_MARK)
            is_first = not text
        if b"\0" in text:
            raise _no_text(path)
        if (end_of_line and text.startswith(_MARK)) or b"\n" + _MARK in text:
            raise SourceError(
                f"{path.name} is one file.",
                f"{path.name} has the mark of a file's beginning within it",
                "Files were put together, each perhaps with its header: name them with a pattern "
                "instead, as `file` of that source.",
            )
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


SEPARATORS = (";", ",", "\t", "|")
_SAMPLE = 1 << 18


class CsvFile:
    """A text file: its encoding and separator are as declared, or detected."""

    def __init__(self, path: Path, declared: FileFormat, wanted: Sequence[str]) -> None:
        self.path, self.name, self.wanted = path, path.name, wanted
        self.quote = "" if declared.quote == "none" else declared.quote
        self.detected = tuple(
            name for name in ("encoding", "separator") if not getattr(declared, name)
        )
        self._declared = declared

    @cached_property
    def _encoding(self) -> Encoding:
        if self._declared.encoding:
            return Encoding(self._declared.encoding.lower())
        return detect_encoding(self.name, raw_blocks(self.path))

    @property
    def encoding(self) -> str:
        """The encoding of the file."""
        return self._encoding.name

    @cached_property
    def separator(self) -> str:
        """What stands between the columns: as declared, or what finds the most named columns."""
        if self._declared.separator:
            return self._declared.separator
        scores = [self._score(sign) for sign in SEPARATORS]
        return SEPARATORS[scores.index(max(scores))]

    def _score(self, separator: str) -> tuple[int, int]:
        header = next(iter(self._rows(separator)), [])
        return sum(name in {cell.strip() for cell in header} for name in self.wanted), len(header)

    @property
    def doubts(self) -> dict[str, int]:
        """What was guessed in reading it."""
        is_vague = "separator" in self.detected and len(self._header) == 1
        found = {"doubtful_encoding": self._encoding.is_guess, "doubtful_separator": is_vague}
        return {name: 0 for name, is_doubtful in found.items() if is_doubtful}

    @cached_property
    def _begin(self) -> str:
        """The first lines of the file."""
        blocks = records(self.name, text_blocks(self.path, self.encoding), self.quote.encode())
        begin = next(blocks, b"")[:_SAMPLE].decode("utf-8", errors="ignore")
        is_whole = len(begin) < _SAMPLE - 4
        return begin if is_whole else begin[: begin.rfind("\n") + 1] or begin

    def _rows(self, separator: str) -> Iterator[list[str]]:
        lines = io.StringIO(self._begin, newline="")
        return (row for row in _reader(lines, separator, self.quote) if row)

    @cached_property
    def _header(self) -> list[str]:
        header = next(self._rows(self.separator), None)
        if header is None:
            raise empty(self.name)
        names = [name.strip() for name in header]
        if len(names) == 1 and not set(self.wanted) <= set(names):
            raise self._not_separated()
        check_header(self.name, names, self.wanted)
        return names

    def _not_separated(self) -> SourceError:
        best = max(SEPARATORS, key=self._score)
        hint = f": {best!r}" if self._score(best)[1] > 1 else ""
        return SourceError(
            f"{self.name} is separated by {self.separator!r}.",
            "one column only",
            f"Declare the separator that the file uses{hint}, or leave it out to have it detected.",
        )

    def sample(self) -> dict[str, list[str]]:
        """Return the texts of the wanted columns in the file's first rows."""
        places = {name: self._header.index(name) for name in self.wanted}
        rows = [
            row
            for row in itertools.islice(self._rows(self.separator), 1, None)
            if len(row) == len(self._header)
        ]
        return {name: [row[place] for row in rows] for name, place in places.items()}

    def tables(self, _: FileFormat) -> Iterator[pa.Table]:
        """Yield the wanted columns as text; SourceError where rows have another shape."""
        header = self._header
        blocks = records(self.name, text_blocks(self.path, self.encoding), self.quote.encode())
        bad = 0
        for place, block in enumerate(blocks):
            text = block if place else _without_first(block, self.quote.encode())
            table, more = self._parse(text, len(header))
            bad += more
            yield table.rename_columns(list(self.wanted))
        if bad:
            raise self._another_shape(bad)

    def _parse(self, text: bytes, width: int) -> tuple[pa.Table, int]:
        from pyarrow import csv as arrow

        bad = 0

        def skip(_: object) -> str:
            nonlocal bad
            bad += 1
            return "skip"

        named = [str(place) for place in range(width)]
        chosen = [named[self._header.index(name)] for name in self.wanted]
        if not text.strip(b"\r\n"):
            return pa.table({name: pa.array([], pa.string()) for name in chosen}), 0
        try:
            table = arrow.read_csv(
                pa.BufferReader(text),
                arrow.ReadOptions(column_names=named, block_size=len(text) + 1),
                arrow.ParseOptions(
                    delimiter=self.separator,
                    quote_char=self.quote or False,
                    newlines_in_values=bool(self.quote),
                    invalid_row_handler=skip,
                ),
                arrow.ConvertOptions(
                    column_types=dict.fromkeys(chosen, pa.string()),
                    include_columns=chosen,
                    strings_can_be_null=True,
                    null_values=[""],
                ),
            )
        except pa.ArrowInvalid as error:
            raise SourceError(
                f"{self.name} is a table with a row a line.",
                f"something unreadable ({type(error).__name__})",
                "Open the file and see whether it is whole, then draw it again.",
            ) from None
        return table, bad

    def _another_shape(self, bad: int) -> SourceError:
        """Say how many rows have another number of columns, and where the first one is."""
        line, width, is_last = self._first_bad()
        where = f", the first near line {line} with {width}" if line else ""
        rows = "1 row with" if bad == 1 else f"{bad} rows with"
        columns = f"{rows} another number of columns than the {len(self._header)} of the header"
        if is_last and bad == 1:
            remedy = "It is the last row: the file is cut off. Draw it again."
        else:
            remedy = (
                "A text may hold the separator without quotation marks, lines may end in a "
                "separator, or the file is cut off. Ask for it with all texts in quotation marks."
            )
        return SourceError(
            f"Each row of {self.name} has as many columns as its header.",
            f"{columns}{where}",
            remedy,
        )

    def _first_bad(self) -> tuple[int, int, bool]:
        """Find the line of the first row with another number of columns, how many, if it ends."""
        lines = _lines(text_blocks(self.path, self.encoding))
        rows = _reader(lines, self.separator, self.quote)
        try:
            for row in rows:
                if row and len(row) != len(self._header):
                    line = rows.line_num
                    return line, len(row), next(rows, None) is None
        except csv.Error:
            pass
        return 0, 0, False


def _reader(lines: Iterable[str], separator: str, quote: str) -> Any:
    csv.field_size_limit(LONGEST_RECORD)
    if quote:
        return csv.reader(lines, delimiter=separator, quotechar=quote)
    return csv.reader(lines, delimiter=separator, quoting=csv.QUOTE_NONE)


def _without_first(block: bytes, quote: bytes) -> bytes:
    """Return what follows the first record that is not blank."""
    end, marks = 0, 0
    while end < len(block):
        start = end
        places = [
            place for place in (block.find(sign, start) for sign in (b"\n", b"\r")) if place >= 0
        ]
        end = min(places, default=len(block) - 1) + 1
        line = block[start:end]
        marks += line.count(quote) if quote else 0
        if marks % 2 == 0 and line.strip():
            break
    return block[end:]


def _lines(blocks: Iterator[bytes]) -> Iterator[str]:
    rest = b""
    for block in blocks:
        *lines, rest = (rest + block).split(b"\n")
        for line in lines:
            yield (line + b"\n").decode("utf-8")
    if rest:
        yield rest.decode("utf-8")
