"""The names of an extract's columns against those that the parameters name.

A file without a header has a person's row where the names should be. So nothing that could be a
value is ever repeated in an error.

Batches of an extract turned into the canonical columns, still as text.

Persons' numbers and caseworkers' initials become pseudonyms here, before anything is stored; what
no column of the contract names does not get this far.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

import pyarrow as pa

from kpi.definitions.subject import PERSON_CHECK, ROW_NO, SOURCE_FILE, Subject
from kpi.errors import ContractError
from kpi.params import Source
from kpi.sources.pseudonyms import Pseudonyms

_VALUE = re.compile(r"^[\d\s.,:;/+-]*\d[\d\s.,:;/+-]*$|\d{4}")
_MOST_NAMED = 12


def check_header(file: str, names: Sequence[str], wanted: Sequence[str]) -> None:
    """See that each wanted column is there once; ContractError with suggestions where not."""
    missing = [name for name in wanted if name not in names]
    if missing:
        raise _missing(file, names, wanted, missing)
    twice = sorted({name for name in wanted if list(names).count(name) > 1})
    if twice:
        raise ContractError(
            f"{file} has each column once.",
            f'"{twice[0]}" stands twice',
            "Ask the system's owner which of them is meant, and draw it with different names.",
        )


def is_header(names: Sequence[str]) -> bool:
    """Tell whether a row may be one of names: none of its cells could be a value."""
    filled = [name for name in names if name.strip()]
    return bool(filled) and not any(_VALUE.search(name) for name in filled)


def _missing(
    file: str, names: Sequence[str], wanted: Sequence[str], missing: Sequence[str]
) -> ContractError:
    rule = f"{file} has every column that the parameters name."
    if len(missing) == len(wanted) and not is_header(names):
        return ContractError(
            rule,
            f"none of the {len(wanted)}; the first row has values where names should be",
            "Draw it with a header, or name the file or sheet that has one.",
        )
    free = sorted({name.strip() for name in names if name not in wanted and is_header([name])})
    unnamed = sum(not name.strip() for name in names)
    found = ", ".join(_named(name, free) for name in missing[:_MOST_NAMED])
    more = f", and {len(missing) - _MOST_NAMED} more" if len(missing) > _MOST_NAMED else ""
    without = f"; {unnamed} of its columns have no name" if unnamed else ""
    return ContractError(
        rule,
        f"{found}{more}{without}",
        f"Correct `columns` of that source. Columns not used yet: {_listed(free)}.",
    )


def _named(name: str, free: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, free, n=1, cutoff=0.6)
    folded = {other.casefold(): other for other in free}
    suggestion = folded.get(name.strip().casefold()) or (near[0] if near else "")
    return f'no column "{name}"' + (f' (Did you mean "{suggestion}"?)' if suggestion else "")


def _listed(free: Sequence[str]) -> str:
    shown = [f'"{name[:60]}"' for name in free[:_MOST_NAMED]]
    more = f" and {len(free) - _MOST_NAMED} more" if len(free) > _MOST_NAMED else ""
    return (", ".join(shown) + more) if shown else "none"


class Shaper:
    """Numbers the rows of all files of a table through, from 1."""

    def __init__(
        self, table: Subject, source: Source, pseudonyms: Pseudonyms, numbers: str
    ) -> None:
        self.table, self.source = table, source
        self.pseudonyms, self.numbers = pseudonyms, numbers
        self.rows = 0
        self.zeros_put_back = 0
        fields = [pa.field(column.name, pa.string()) for column in table.columns]
        if table.person:
            fields.append(pa.field(table.person + PERSON_CHECK, pa.string()))
        fields += [pa.field(ROW_NO, pa.int64()), pa.field(SOURCE_FILE, pa.string())]
        self.schema = pa.schema(fields)

    def batches(self, file: str, tables: Iterable[pa.Table]) -> Iterator[pa.RecordBatch]:
        """Yield the canonical batches of a file."""
        for texts in tables:
            yield from self._shape(file, texts).to_batches()

    def _shape(self, file: str, texts: pa.Table) -> pa.Table:
        columns = [self._column(texts, column.name) for column in self.table.columns]
        names = [column.name for column in self.table.columns]
        for place, column in enumerate(self.table.columns):
            if column.type == "person":
                columns[place], checks = self._persons(columns[place])
                columns.append(checks)
                names.append(column.name + PERSON_CHECK)
            elif column.type == "staff":
                columns[place] = _map_unique(columns[place], self.pseudonyms.of_staff)
        numbers = pa.array(range(self.rows + 1, self.rows + texts.num_rows + 1), pa.int64())
        self.rows += texts.num_rows
        files = pa.repeat(pa.scalar(file), texts.num_rows)
        shaped = pa.table([*columns, numbers, files], [*names, ROW_NO, SOURCE_FILE])
        return shaped.cast(self.schema)

    def _column(self, texts: pa.Table, name: str) -> pa.ChunkedArray | pa.Array:
        if name not in self.source.columns:
            constant = pa.scalar(self.source.constants.get(name), pa.string())
            return pa.repeat(constant, texts.num_rows)
        column = texts[self.source.columns[name]]
        return self._put_zeros_back(column, name) if name in self.source.widths else column

    def _put_zeros_back(self, column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
        import pyarrow.compute as pc

        width = self.source.widths[name]
        trimmed = pc.utf8_trim_whitespace(column)
        is_short = pc.and_(
            pc.match_substring_regex(trimmed, "^[0-9]+$"), pc.less(pc.utf8_length(trimmed), width)
        )
        self.zeros_put_back += pc.sum(is_short).as_py() or 0
        return pc.if_else(is_short, pc.utf8_lpad(trimmed, width, "0"), column)

    def _persons(self, numbers: pa.ChunkedArray) -> tuple[pa.Array, pa.Array]:
        def read(number: str) -> tuple[str | None, str]:
            return self.pseudonyms.of_person(number, numbers=self.numbers)

        return (
            _map_unique(numbers, lambda number: read(number)[0]),
            _map_unique(numbers, lambda number: read(number)[1]),
        )


def _map_unique(texts: pa.ChunkedArray, function: Callable[[str], str | None]) -> pa.Array:
    """Apply a function to each distinct text; null stays null."""
    encoded = pa.chunked_array(texts).combine_chunks().dictionary_encode()
    mapped = [function(text) for text in encoded.dictionary.to_pylist()]
    return pa.array(mapped, pa.string()).take(encoded.indices)
