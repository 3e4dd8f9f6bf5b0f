"""An extract looked at before anything is declared of it: its columns, and what they seem to hold.

It is read as a run would read it, with the same detection, so that what is proposed of it holds
when it is read in earnest. Nothing of a row leaves here: names, types, counts and days alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from kpi.definitions.columns import Column, ColumnType
from kpi.definitions.subject import Subject
from kpi.engine import open_engine
from kpi.errors import SourceError
from kpi.files import rows_folder
from kpi.params import Source
from kpi.params.declared import RESERVED
from kpi.params.quarter_file import Persons
from kpi.params.source import EXCEL_DATES
from kpi.sources.columns import Shaper, is_header
from kpi.sources.dates import Seen, evidence, read_column
from kpi.sources.detection import NUMBERS, look_at, seen_in
from kpi.sources.letters import NO_DAY
from kpi.sources.opening import columns_in, open_file
from kpi.sources.pseudonyms import Pseudonyms
from kpi.sources.typed import typed_select

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_TABLE = "looked_at"
_MOST_SLIPS = 0.02  # of the values of a column of dates or numbers: slips, words for nothing
_A_MONTH = r"[12][0-9]{3}-(0[1-9]|1[0-2])"
_MONTH_FORM = "%Y-%m"
_A_NUMBER = "[+-]?[0-9][0-9., \u00a0\u2009\u202f]*(e0)?"
_YES_NO = {"yes", "no", "ja", "nej", "true", "false", "y", "n", "j", "t", "f"}
_CPR = "[0-3][0-9][01][0-9]{3}-?[0-9]{4}"
_MOST_CPR = 0.9  # of the values: administrative numbers are among them
_FOLDED = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa", "ß": "ss", "œ": "oe"})
_LONGEST_NAME = 40


@dataclass(frozen=True)
class SeenColumn:
    """A column: what the extract calls it, a name for it, its type, and how full it is.

    `values` counts the rows with a value, `distinct` the different ones. `is_whole` tells of
    numbers that are counts: whole and not below nothing, `has_offset` of moments that are written
    with one, `is_cpr` of texts that are Danish persons' numbers.
    """

    header: str
    name: str
    type: ColumnType
    values: int
    distinct: int
    is_whole: bool = False
    has_offset: bool = False
    is_cpr: bool = False


@dataclass(frozen=True)
class Looked:
    """An extract that was looked at, and questions about its typed rows.

    `forms` are the forms of dates to be declared, empty where they are detected.
    """

    rows: int
    columns: tuple[SeenColumn, ...]
    source: Source
    connection: DuckDBPyConnection
    forms: tuple[str, ...] = ()

    def ask(self, what: str, where: str = "true") -> Any:
        """Return the one value that an aggregate of the rows gives; `what` and `where` are SQL."""
        query = f"SELECT {what} FROM {_TABLE} WHERE {where}"  # noqa: S608 - columns that we named
        return self.connection.execute(query).fetchall()[0][0]

    def tells_apart(self, columns: Sequence[str]) -> bool:
        """Tell whether columns are filled in all rows, and no two rows are alike in them."""
        filled = " AND ".join(f"{name} IS NOT NULL" for name in columns)
        alike = ", ".join(f"{name} := {name}" for name in columns)
        counted = self.ask(f"count(DISTINCT struct_pack({alike}))", filled)
        return bool(counted == self.rows)

    def by_month(self, column: str) -> dict[str, int]:
        """Count the rows of each month (2019-10), by a column of dates."""
        name = f"strftime({column}, '%Y-%m')"
        query = (
            f"SELECT {name}, count(*) FROM {_TABLE} WHERE {column} IS NOT NULL "  # noqa: S608 - same
            "GROUP BY ALL ORDER BY 1"
        )
        return dict(self.connection.execute(query).fetchall())


@contextmanager
def look(path: Path, sheet: str = "") -> Iterator[Looked]:
    """Read a file into typed rows that are gone at the end.

    Raises SourceError or ContractError for a file that cannot be read, has no header, or no rows.
    """
    source = Source(file=path.name, sheet=sheet)
    names = _names(columns_in(path, source), path.name)
    source = source.model_copy(update={"columns": names})
    with rows_folder() as folder, open_engine(folder / "looked.duckdb") as backend:
        connection = backend.con
        plain = _subject(dict.fromkeys(names, "text"))
        rows = _read(connection, path, source, plain)
        if not rows:
            raise SourceError(f"{path.name} has rows.", "a header alone", "Draw it with its rows.")
        types, months = _types(connection, names)
        table = _subject(types)
        _read(connection, path, source, table)
        forms = _forms(connection, types, months)
        form = source.format.model_copy(update={"date": forms})
        source = source.model_copy(update={"format": form})
        written = look_at(connection, "texts", table, source, "", path.name)
        query = typed_select(table, source, "texts", "UTC", written)
        connection.execute(f"CREATE TABLE {_TABLE} AS {query}")
        days = {name for name, found in written.dates.items() if found.are_days}
        days |= {name for name, found in written.dates.items() if not found.moments}
        offsets = {name for name, found in written.dates.items() if found.instants}
        columns = tuple(
            _described(connection, names[name], name, "date" if name in days else kind, offsets)
            for name, kind in types.items()
        )
        yield Looked(rows, columns, source, connection, forms)


def name_of(header: str) -> str:
    """Return a column's name in small letters, digits and underscores.

    >>> name_of("Gare d'arrivée"), name_of("Færdig"), name_of("15min")
    ('gare_d_arrivee', 'faerdig', 'column_15min')
    """
    folded = unicodedata.normalize("NFKD", header.casefold().translate(_FOLDED))
    plain = "".join(sign for sign in folded if not unicodedata.combining(sign))
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:_LONGEST_NAME].rstrip("_")
    return name if name[:1].isalpha() else f"column_{name}".rstrip("_")


def _names(headers: Sequence[str], file: str) -> dict[str, str]:
    """Name the columns that can be told apart; SourceError where the first row is no header."""
    filled = [header for header in headers if header.strip()]
    if sum(not is_header([header]) for header in filled) * 2 > len(filled):
        raise SourceError(
            f"{file} has a header: a row with the names of its columns.",
            "a first row of values",
            "Draw it with a header.",
        )
    counted = Counter(filled)
    found: dict[str, str] = {}
    for header in (one for one in filled if counted[one] == 1):
        name = name_of(header)
        if name in _KEPT_BY_SQL.split() or name in RESERVED:
            name = f"{name}_value"
        number = 2
        while name in found:
            name, number = f"{name_of(header)}_{number}", number + 1
        found[name] = header
    return found


def _subject(types: Mapping[str, ColumnType]) -> Subject:
    columns = (Column(name, kind, name, optional=True) for name, kind in types.items())
    return Subject("extract", "row", tuple(columns))


def _read(connection: DuckDBPyConnection, path: Path, source: Source, table: Subject) -> int:
    """Read a file's canonical texts into the table `texts`; return how many rows it has."""
    shaper = Shaper(table, source, Pseudonyms.of(Persons(), path.parent), "any")
    dates = [source.columns[one.name] for one in table.columns if one.type in ("date", "moment")]
    part = open_file(path, source, dates)
    batches = shaper.batches(path.name, 0, part.tables())
    reader = pa.RecordBatchReader.from_batches(shaper.schema, batches)
    connection.register("batches", reader)
    try:
        connection.execute("CREATE OR REPLACE TABLE texts AS SELECT * FROM batches")
    finally:
        connection.unregister("batches")
    shaper.mend(connection, "texts")
    return shaper.rows


def _types(
    connection: DuckDBPyConnection, names: Mapping[str, str]
) -> tuple[dict[str, ColumnType], set[str]]:
    """Tell the type of each column of texts, and which columns of dates hold months."""
    types: dict[str, ColumnType] = {}
    months = set()
    nothing = ", ".join("'" + word.replace("'", "''") + "'" for word in NO_DAY)
    for name in names:
        query = f"""
            SELECT count({name}), count(*) FILTER (regexp_full_match({name}, '{_A_MONTH}')),
                count(*) FILTER (regexp_full_match({name}, '{_A_NUMBER}')),
                count(*) FILTER (regexp_matches({name}, '^0[0-9]')),
                count(DISTINCT lower({name}))
            FROM texts WHERE {name} NOT IN ({nothing})
        """  # noqa: S608 - columns that we named
        values, in_months, numbers, zeros, distinct = connection.execute(query).fetchall()[0]
        least = values * (1 - _MOST_SLIPS)
        if not values:
            types[name] = "text"
        elif in_months >= least:
            types[name] = "moment"
            months.add(name)
        elif _dates_in(connection, name) >= least:
            types[name] = "moment"
        elif distinct <= 2 and _is_yes_no(connection, name):
            types[name] = "yes_no"
        elif numbers >= least and zeros * 2 < values:
            types[name] = "number"
        else:
            types[name] = "text"
    return types, months


def _dates_in(connection: DuckDBPyConnection, name: str) -> int:
    """Count the values that are dates and could be nothing else: no bare numbers."""
    seen = [one for one in seen_in(connection, "texts", name) if not one.shape.isdigit()]
    found = read_column(seen, (), evidence(seen))
    return sum(one.values for one in seen) if found.forms and not _is_serial(seen) else 0


def _is_serial(seen: Sequence[Seen]) -> bool:
    """Tell whether values are numbers with a part, which a spreadsheet may take for days."""
    return all(re.fullmatch(r"9+[.,]9+", one.shape) for one in seen)


def _is_yes_no(connection: DuckDBPyConnection, name: str) -> bool:
    query = f"SELECT DISTINCT lower({name}) FROM texts WHERE {name} IS NOT NULL"  # noqa: S608 - same
    return {word for (word,) in connection.execute(query).fetchall()} <= _YES_NO


def _forms(
    connection: DuckDBPyConnection, types: Mapping[str, ColumnType], months: set[str]
) -> tuple[str, ...]:
    """Return the forms of dates to be declared: where some are months, which nothing detects."""
    if not months:
        return ()
    found = {_MONTH_FORM: None}
    for name, kind in types.items():
        if kind == "moment" and name not in months:
            seen = seen_in(connection, "texts", name)
            forms = read_column(seen, (), evidence(seen)).forms
            found |= dict.fromkeys(one.format for one in forms if one.format != EXCEL_DATES)
    return tuple(found)


def _described(
    connection: DuckDBPyConnection,
    header: str,
    name: str,
    kind: ColumnType,
    offsets: set[str],
) -> SeenColumn:
    query = f"SELECT count({name}), count(DISTINCT {name}) FROM {_TABLE}"  # noqa: S608 - same
    values, distinct = connection.execute(query).fetchall()[0]
    is_whole = False
    if kind in NUMBERS:
        query = f"SELECT bool_and({name} >= 0 AND {name} = floor({name})) FROM {_TABLE}"  # noqa: S608 - same
        is_whole = bool(connection.execute(query).fetchall()[0][0])
    query = f"SELECT count(*) FILTER (regexp_full_match({name}, '{_CPR}')) FROM texts"  # noqa: S608 - same
    is_cpr = connection.execute(query).fetchall()[0][0] > _MOST_CPR * values
    return SeenColumn(header, name, kind, values, distinct, is_whole, name in offsets, is_cpr)


_KEPT_BY_SQL = """
    all analyse analyze and any array as asc asymmetric between both by case cast check collate
    column constraint create cross default deferrable desc describe distinct do else end except
    exists false fetch filter first for foreign from full grant group having in initially inner
    intersect interval into is isnull join key last lateral leading left like limit natural not
    notnull null of offset on only or order outer over overlaps partition pivot placing position
    primary qualify range references returning right row rows select show similar some summarize
    symmetric table then to trailing true union unique unpivot user using values variadic view
    where window with year month day quarter date time timestamp value person outcome days
    """
"""Names that a column cannot have in every engine."""
