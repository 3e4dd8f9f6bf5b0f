"""A text file with separated columns, read a block at a time as text.

Every line of the file is accounted for: it is a row, a title, the header, blank, or a line break
within quotation marks. A quotation mark that is no bracket would otherwise swallow the rows up to
the next one without a word.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from kpi.errors import SourceError
from kpi.params.source import FileFormat
from kpi.sources.columns import HEADER_WITHIN, places_of
from kpi.sources.encodings import Encoding, detect_encoding
from kpi.sources.extract import Doubt
from kpi.sources.files import empty
from kpi.sources.letters import plain_name
from kpi.sources.text import LONGEST_RECORD, count_lines, raw_blocks, records, text_blocks

SEPARATORS = (";", ",", "\t", "|")
_SAMPLE = 1 << 18
_SAYS_SEPARATOR = re.compile(r'"?sep=(.)"?', re.IGNORECASE)


@dataclass(frozen=True)
class _Header:
    """Where a file's header is: after so many records, of which `titles` are not blank.

    It is the row with the most of the columns that are wanted; if none are named, of any.
    """

    names: tuple[str, ...]
    before: int = 0
    titles: int = 0


class CsvFile:
    """A text file: its encoding and separator are as declared, or detected."""

    def __init__(self, path: Path, declared: FileFormat, wanted: Sequence[str]) -> None:
        self.path, self.name, self.wanted = path, path.name, wanted
        self.quote = "" if declared.quote == "none" else declared.quote
        self.detected = tuple(
            name for name in ("encoding", "separator") if not getattr(declared, name)
        )
        self._declared = declared
        self._swallowed: Counter[str] = Counter()
        self._has_end = True

    @cached_property
    def _encoding(self) -> Encoding:
        if self._declared.encoding:
            return Encoding(self._declared.encoding.lower())
        return detect_encoding(self.name, raw_blocks(self.path))

    @property
    def written(self) -> dict[str, str]:
        """Its encoding and separator, and the row of its header where titles stand above."""
        found = {"encoding": self._encoding.name, "separator": self._separator}
        return found | ({"header": str(self._header.before + 1)} if self._header.titles else {})

    @cached_property
    def _separator(self) -> str:
        """What stands between the columns: as declared, as the file says, or as found.

        What finds the most of the columns that are named is found.
        """
        if self._declared.separator:
            return self._declared.separator
        if self._said_separator:
            return self._said_separator
        scores = [self._score(sign) for sign in SEPARATORS]
        return SEPARATORS[scores.index(max(scores))]

    @cached_property
    def _said_separator(self) -> str:
        """What a first line sep=; says, which spreadsheet programs write and read."""
        found = _SAYS_SEPARATOR.fullmatch(self._begin.partition("\n")[0].strip())
        return found[1] if found else ""

    def _score(self, separator: str) -> tuple[int, int]:
        wanted = {plain_name(name) for name in self.wanted}
        return max(
            (
                (len(wanted & {plain_name(cell) for cell in row}), len(row))
                for row in itertools.islice(self._rows(separator), HEADER_WITHIN)
            ),
            default=(0, 0),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """What its columns are called, in their order."""
        return self._header.names

    @property
    def doubts(self) -> list[Doubt]:
        """What was guessed or is odd in it."""
        found = []
        if self._encoding.is_guess:
            found.append(Doubt("doubtful_encoding"))
        if "separator" in self.detected and len(self._header.names) == 1:
            found.append(Doubt("doubtful_separator"))
        if self._swallowed:
            columns = tuple(sorted(self._swallowed))
            found.append(Doubt("rows_within_quotes", self._swallowed.total(), columns))
        if not self._has_end:
            found.append(Doubt("last_line_without_end", 1))
        return found

    @cached_property
    def _begin(self) -> str:
        """The first lines of the file."""
        blocks = records(
            self.name, text_blocks(self.path, self._encoding.name), self.quote.encode()
        )
        begin = next(blocks, b"")[:_SAMPLE].decode("utf-8", errors="ignore")
        is_whole = len(begin) < _SAMPLE - 4
        return begin if is_whole else begin[: begin.rfind("\n") + 1] or begin

    def _rows(self, separator: str) -> Iterator[list[str]]:
        return iter(_reader(io.StringIO(self._begin, newline=""), separator, self.quote))

    @cached_property
    def _header(self) -> _Header:
        """The row with the most of the named columns, among the first."""
        rows = list(itertools.islice(self._rows(self._separator), HEADER_WITHIN))
        first = 1 if self._said_separator else 0
        filled = [place for place, row in enumerate(rows) if place >= first and _is_filled(row)]
        if not filled:
            raise empty(self.name)
        wanted = {plain_name(name) for name in self.wanted}
        named = [set(map(plain_name, rows[place])) - {""} for place in filled]
        found = [len(wanted & names if wanted else names) for names in named]
        place = filled[found.index(max(found))]
        names = tuple(map(plain_name, rows[place]))
        if len(names) == 1 and not wanted <= set(names):
            raise self._not_separated()
        return _Header(names, place, filled.index(place))

    @cached_property
    def _places(self) -> dict[str, int]:
        return places_of(self.name, self._header.names, self.wanted)

    def _not_separated(self) -> SourceError:
        best = max(SEPARATORS, key=self._score)
        hint = f": {best!r}" if self._score(best)[1] > 1 else ""
        return SourceError(
            f"{self.name} is separated by {self._separator!r}.",
            "one column only",
            f"Declare the separator that the file uses{hint}, or leave it out to have it detected.",
        )

    def tables(self) -> Iterator[pa.Table]:
        """Yield the wanted columns as text; SourceError where rows have another shape."""
        quote = self.quote.encode()
        blocks = records(self.name, text_blocks(self.path, self._encoding.name), quote)
        _ = self._places
        bad = 0
        for place, block in enumerate(blocks):
            text = block if place else _without_first(block, self._header.before + 1, quote)
            if not text.strip(b"\r\n"):
                continue
            self._has_end = text.endswith((b"\n", b"\r"))
            table, more = self._parse(text)
            bad += more
            yield table
        if bad:
            raise self._another_shape(bad)

    def _parse(self, text: bytes) -> tuple[pa.Table, int]:
        """Return the rows of a block that are not blank, and how many have another shape."""
        table, bad, blank = self._read(text, self.wanted)
        self._see_all_read(text, table.num_rows + bad, blank)
        if _is_blank(table) is not None:
            every, _, _ = self._read(text, ())
            is_blank = _is_blank(every)
            if is_blank is not None:
                import pyarrow.compute as pc

                table = table.filter(pc.invert(is_blank))
        return table, bad

    def _read(self, text: bytes, columns: Sequence[str]) -> tuple[pa.Table, int, int]:
        """Read columns of a block, or all of them, and count the lines that are no such rows.

        Returns the rows, how many have another shape, and how many hold spaces alone.
        """
        from pyarrow import csv as arrow

        bad = blank = 0

        def skip(row: Any) -> str:
            nonlocal bad, blank
            is_blank = not (row.text or "").strip()
            bad, blank = bad + (not is_blank), blank + is_blank
            return "skip"

        named = [str(place) for place in range(len(self._header.names))]
        chosen = [named[self._places[name]] for name in columns] or named
        try:
            table = arrow.read_csv(
                pa.BufferReader(text),
                arrow.ReadOptions(column_names=named, block_size=len(text) + 1),
                arrow.ParseOptions(
                    delimiter=self._separator,
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
        return table.rename_columns(list(columns) or named), bad, blank

    def _see_all_read(self, text: bytes, rows: int, blank: int) -> None:
        """See that each line of a block is a row, blank, or a line break in quotation marks."""
        lines = count_lines(text)
        if lines == rows + blank:
            return
        found, line = 0, 0
        is_one = len(self._header.names) == 1
        reader = _reader(io.StringIO(text.decode("utf-8"), newline=""), self._separator, self.quote)
        try:
            for row in reader:
                found += bool(row) and (is_one or _is_filled(row) or len(row) > 1)
                if reader.line_num > line + 1:
                    self._see_no_rows_within(row)
                line = reader.line_num
        except csv.Error:
            line = 0
        if (line, found) != (lines, rows):
            raise SourceError(
                f"Each line of {self.name} is read as a row, or belongs to one.",
                f"{lines} lines with {found} rows, of which {rows} can be read",
                "Quotation marks stand where they bracket no text, or lines end in different "
                "ways. Have it drawn again with all texts in quotation marks.",
            )

    def _see_no_rows_within(self, row: Sequence[str]) -> None:
        """Count the lines that a text of several lines has swallowed, if these could be rows."""
        between = len(self._header.names) - 1
        for place, cell in enumerate(row[: between + 1]):
            breaks = count_lines(cell.encode()) - 1
            if breaks > 0 and cell.count(self._separator) >= max(between, 1):
                self._swallowed[self._header.names[place] or f"column {place + 1}"] += breaks

    def _another_shape(self, bad: int) -> SourceError:
        """Say how many rows have another number of columns, and where the first one is."""
        width = len(self._header.names)
        line, found, is_last = self._first_bad()
        where = f", the first near line {line} with {found}" if line else ""
        rows = "1 row with" if bad == 1 else f"{bad} rows with"
        columns = f"{rows} another number of columns than the {width} of the header"
        if is_last and bad == 1 and found == 1 and width > 1:
            remedy = (
                "It is the last line: something written below the rows, or the file is cut off. "
                "Draw it again without such a line."
            )
        elif is_last and bad == 1:
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
        lines = _lines(text_blocks(self.path, self._encoding.name))
        rows = _reader(lines, self._separator, self.quote)
        try:
            for row in itertools.islice(rows, self._header.before + 1, None):
                if row and len(row) != len(self._header.names):
                    line = rows.line_num
                    return line, len(row), next(rows, None) is None
        except csv.Error:
            pass
        return 0, 0, False


def _is_filled(row: Sequence[str]) -> bool:
    return any(map(str.strip, row))


def _is_blank(table: pa.Table) -> pa.ChunkedArray | None:
    """Tell the rows whose cells hold nothing but spaces; null where there is none."""
    import pyarrow.compute as pc

    found = None
    for column in table.columns:
        trimmed = pc.utf8_trim_whitespace(column)
        is_blank = pc.or_kleene(pc.is_null(column), pc.equal(trimmed, ""))
        found = is_blank if found is None else pc.and_(found, is_blank)
        if not pc.any(found).as_py():
            return None
    return found


def _reader(lines: Iterable[str], separator: str, quote: str) -> Any:
    csv.field_size_limit(LONGEST_RECORD)
    if quote:
        return csv.reader(lines, delimiter=separator, quotechar=quote)
    return csv.reader(lines, delimiter=separator, quoting=csv.QUOTE_NONE)


def _without_first(block: bytes, skipped: int, quote: bytes) -> bytes:
    """Return what follows so many records, blank ones among them."""
    end = marks = 0
    while end < len(block) and skipped:
        ends = re.compile(rb"\r\n|\n|\r").search(block, end)
        start, end = end, ends.end() if ends else len(block)
        marks += block.count(quote, start, end) if quote else 0
        skipped -= marks % 2 == 0
    return block[end:]


def _lines(blocks: Iterator[bytes]) -> Iterator[str]:
    rest = b""
    for block in blocks:
        *lines, rest = (rest + block).split(b"\n")
        for line in lines:
            yield (line + b"\n").decode("utf-8")
    if rest:
        yield rest.decode("utf-8")
