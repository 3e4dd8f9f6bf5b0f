"""An extract's columns found by their names, and turned into the canonical ones, still as text.

A file without a header has a person's row where the names should be. So nothing that could be a
value is ever repeated in an error.

Persons' numbers and caseworkers' initials become pseudonyms here, before anything is stored; what
no column of the contract names does not get this far.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from kpi.definitions.columns import Column
from kpi.definitions.subject import PERSON_CHECK, ROW_NO, SOURCE_FILE, STATE, Subject
from kpi.errors import ContractError
from kpi.params import Source
from kpi.sources.extract import Doubt
from kpi.sources.letters import NO_DAY, NO_VALUE, NOTHING, mapped, plain_name, plain_texts
from kpi.sources.pseudonyms import Pseudonyms

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


_VALUE = re.compile(r"^[\d\s.,:;/+-]*\d[\d\s.,:;/+-]*$|\d{4}")
_MOST_NAMED = 12
HEADER_WITHIN = 30  # rows: titles may stand above


def places_of(file: str, names: Sequence[str], wanted: Sequence[str]) -> dict[str, int]:
    """Return where each wanted column is among a file's; ContractError with suggestions if not.

    Names are compared by the letters that can be seen.
    """
    plain = [plain_name(name) for name in names]
    missing = [name for name in wanted if plain_name(name) not in plain]
    if missing:
        raise _missing(file, plain, wanted, missing)
    twice = sorted({name for name in wanted if plain.count(plain_name(name)) > 1})
    if twice:
        raise ContractError(
            f"{file} has each column once.",
            f'"{twice[0]}" stands twice',
            "Ask the system's owner which of them is meant, and draw it with different names.",
        )
    return {name: plain.index(plain_name(name)) for name in wanted}


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
    used = {plain_name(name) for name in wanted}
    free = sorted({name for name in names if name not in used and is_header([name])})
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


_AS_NUMBERS = "identifiers_as_numbers"
_IDENTIFIERS = ("text", "person", "staff")
_WITH_ZERO, _WITH_PART = "^[0-9]+[.,]0+$", "^[0-9]+[.,][0-9]*[1-9][0-9]*$"
_WITH_EXPONENT = "^[0-9]([.,][0-9]+)?[eE][+]?[0-9]+$"


class Shaper:
    """Numbers the rows of all files of a table through, from 1, and counts what it mends."""

    def __init__(
        self, table: Subject, source: Source, pseudonyms: Pseudonyms, numbers: str
    ) -> None:
        self.table, self.source = table, source
        self.pseudonyms, self.numbers = pseudonyms, numbers
        self.rows = 0
        self.counts: dict[str, Counter[str]] = {}
        fields = [pa.field(column.name, pa.string()) for column in table.columns]
        fields += [
            pa.field(column.name + PERSON_CHECK, pa.string())
            for column in table.columns
            if column.type == "person"
        ]
        fields += [pa.field(ROW_NO, pa.int64()), pa.field(SOURCE_FILE, pa.string())]
        self.schema = pa.schema([*fields, pa.field(STATE, pa.int64())])

    def batches(
        self, file: str, state: int, tables: Iterable[pa.Table]
    ) -> Iterator[pa.RecordBatch]:
        """Yield the canonical batches of a file; of two files, one with a higher state is later."""
        for texts in tables:
            yield from self._shape(file, state, texts).to_batches()

    @property
    def doubts(self) -> list[Doubt]:
        """What was mended or is odd, by column."""
        with_zeros = self._with_zeros
        return [
            Doubt(reading, rows, (self.source.columns[name],))
            for reading, counted in self.counts.items()
            for name, rows in counted.items()
            if reading != _WITH_PART and (reading != _AS_NUMBERS or name in with_zeros)
        ]

    @property
    def _with_zeros(self) -> list[str]:
        """The columns of identifiers that a program took for numbers with decimals: 1001.0."""
        parts = self.counts.get(_WITH_PART, Counter())
        return [name for name in self.counts.get(_AS_NUMBERS, ()) if not parts[name]]

    def mend(self, connection: DuckDBPyConnection, texts: str) -> None:
        """Take the decimals off identifiers that a program took for numbers, once all are read."""
        for name in self._with_zeros:
            connection.execute(
                f"UPDATE {texts} SET {name} = regexp_replace({name}, '[.,]0+$', '') "  # noqa: S608 - declared names only
                f"WHERE regexp_full_match({name}, '{_WITH_ZERO}')"
            )

    def _count(self, reading: str, name: str, rows: int | None) -> None:
        if rows:
            self.counts.setdefault(reading, Counter())[name] += rows

    def _shape(self, file: str, state: int, texts: pa.Table) -> pa.Table:
        columns: dict[str, pa.ChunkedArray | pa.Array] = {}
        checks: dict[str, pa.Array] = {}
        for column in self.table.columns:
            found = self._column(texts, column)
            if column.type == "person":
                found, checks[column.name + PERSON_CHECK] = self._persons(found)
            elif column.type == "staff":
                found = mapped(found, self.pseudonyms.of_staff)
            columns[column.name] = found
        rows = texts.num_rows
        numbers = pa.array(range(self.rows + 1, self.rows + rows + 1), pa.int64())
        self.rows += rows
        about = {
            ROW_NO: numbers,
            SOURCE_FILE: pa.repeat(pa.scalar(file), rows),
            STATE: pa.repeat(pa.scalar(state, pa.int64()), rows),
        }
        return pa.table({**columns, **checks, **about}).cast(self.schema)

    def _column(self, texts: pa.Table, column: Column) -> pa.ChunkedArray | pa.Array:
        name = column.name
        if name not in self.source.columns:
            constant = pa.scalar(self.source.constants.get(name), pa.string())
            return pa.repeat(constant, texts.num_rows)
        found, invisible = plain_texts(texts[self.source.columns[name]])
        found = self._without_words_for_nothing(found, column)
        if column.type in _IDENTIFIERS:
            self._count("invisible_letters", name, invisible)
            found = self._see_numbers(found, name)
        return self._put_zeros_back(found, name) if name in self.source.widths else found

    def _without_words_for_nothing(self, texts: pa.ChunkedArray, column: Column) -> pa.ChunkedArray:
        import pyarrow.compute as pc

        words: tuple[str, ...] = NOTHING if column.type in _IDENTIFIERS else NO_VALUE
        if column.type in ("date", "moment"):
            words = NO_DAY
        translated = self.source.values.get(column.name, {})
        known = [word for word in words if word not in translated]
        declared = [word for word in self.source.format.missing if word not in translated]
        is_nothing = pc.is_in(texts, value_set=pa.array([*known, *declared], pa.string()))
        rows = pc.sum(is_nothing).as_py()
        if not rows:
            return texts
        if not declared:
            self._count("words_for_nothing", column.name, rows)
        return pc.if_else(is_nothing, None, texts)

    def _see_numbers(self, texts: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
        """Count identifiers that a program took for numbers: rounded, or with decimals."""
        import pyarrow.compute as pc

        if pc.any(pc.match_substring(texts, "e", ignore_case=True)).as_py():
            is_cut = pc.match_substring_regex(texts, _WITH_EXPONENT)
            self._count("identifiers_cut", name, pc.sum(is_cut).as_py())
            texts = pc.replace_substring_regex(texts, r"^(-?[0-9]+[.][0-9]+)e0$", r"\\1")
        for sign in (".", ","):
            if pc.any(pc.match_substring(texts, sign)).as_py():
                zeros, parts = (
                    pc.sum(pc.match_substring_regex(texts, kind)).as_py()
                    for kind in (_WITH_ZERO, _WITH_PART)
                )
                self._count(_AS_NUMBERS, name, zeros)
                self._count(_WITH_PART, name, parts)
                break
        return texts

    def _put_zeros_back(self, column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
        import pyarrow.compute as pc

        width = self.source.widths[name]
        is_short = pc.and_(
            pc.match_substring_regex(column, "^[0-9]+$"), pc.less(pc.utf8_length(column), width)
        )
        self._count("zeros_put_back", name, pc.sum(is_short).as_py())
        return pc.if_else(is_short, pc.utf8_lpad(column, width, "0"), column)

    def _persons(self, numbers: pa.ChunkedArray | pa.Array) -> tuple[pa.Array, pa.Array]:
        """Return the pseudonym of each number, and what was found of the number's form."""
        whole = pa.chunked_array([numbers]) if isinstance(numbers, pa.Array) else numbers
        encoded = whole.combine_chunks().dictionary_encode()
        read = [
            self.pseudonyms.of_person(number, numbers=self.numbers)
            for number in encoded.dictionary.to_pylist()
        ]
        pseudonyms, findings = zip(*read, strict=True) if read else ((), ())
        return (
            pa.array(pseudonyms, pa.string()).take(encoded.indices),
            pa.array(findings, pa.string()).take(encoded.indices),
        )
