"""What a metric's definition consists of; limits, targets and dates stand in the parameters.

The declared tables without data, to try a definition on their columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from kpi.definitions.subject import IBIS_TYPES
from kpi.definitions.subjects import TABLES
from kpi.errors import DefinitionError

if TYPE_CHECKING:
    import ibis.expr.types as ir

    Tables = Mapping[str, ir.Table]


Unit = Literal["share", "count", "per_week", "per_caseworker_week", "days", "none"]
RATES: tuple[Unit, ...] = ("per_week", "per_caseworker_week")


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A metric: its id, its title and its definition in words.

    `is_target` tells the committee's service targets from the result rows that stand beside them.
    """

    id: str
    title: str
    words: str
    unit: Unit
    is_target: bool = True

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that the definition reads."""
        return ()

    @property
    def is_about_persons(self) -> bool:
        """Tell whether the cases are persons' (a telephone window or a working day is nobody's)."""
        return False


@dataclass(frozen=True, kw_only=True)
class FromTable(Definition):
    """A metric made of the rows of a table that lie in its population.

    `by_row` tells that each case is a row of the table, and no other row has a say in it.
    """

    table: str
    population: Callable[[Tables], ir.Table]
    also_reads: tuple[str, ...] = ()
    by_row: bool = True

    @property
    def tables(self) -> tuple[str, ...]:
        """The table of the population, then those that it is compared with."""
        return (self.table, *self.also_reads)

    @property
    def is_about_persons(self) -> bool:
        """Tell whether the table of the population has a column of persons."""
        return TABLES[self.table].person is not None


@dataclass(frozen=True, kw_only=True)
class Timed(FromTable):
    """A share of cases that reached their end within the limit.

    `start` and `stop` are the clock's columns; `done` tells that the end was reached where the
    date may be missing. `waits` names a table of periods in which cases waited for the citizen,
    with the key of `table`, from_date and to_date; without it net time is not known.

    `steps` are the columns of moments that a case passes, in that order; the first stands for the
    start of the clock, the last for its stop. `arrivals` gives all rows on their way, where those
    of the population are known by a later step (only approved bills count, others wait as well).
    """

    start: str
    stop: str
    done: str = ""
    waits: str = ""
    steps: tuple[str, ...] = ()
    arrivals: Callable[[Tables], ir.Table] | None = None


@dataclass(frozen=True, kw_only=True)
class Duration(Timed):
    """The time that cases took: median and 90th percentile of the ended ones."""


@dataclass(frozen=True, kw_only=True)
class Counted(FromTable):
    """A number of events, or a rate per week (`unit`), by the date on which they happened."""

    happened: str


@dataclass(frozen=True, kw_only=True)
class Kept(FromTable):
    """A share of planned occasions that were kept: `kept` is true, false or null (not recorded)."""

    planned: str
    kept: str


@dataclass(frozen=True, kw_only=True)
class Stock(FromTable):
    """A share of those in a state on the last day of a period who have what they should.

    `population` gives the rows with a column `on_date` filled from the periods' last days, and a
    boolean `covered`.
    """

    by_row: bool = False


@dataclass(frozen=True, kw_only=True)
class Stated(Definition):
    """An aim without a measure (text), or one that a person attests."""

    attested: bool


def check_columns(definition: Definition) -> None:
    """Build the population on the declared columns alone.

    Raises DefinitionError where it reads a column or table that no contract declares.
    """
    if not isinstance(definition, FromTable):
        return
    import ibis

    for name in definition.tables:
        if name not in TABLES and name != "calendar":
            raise DefinitionError(f"{definition.id} reads declared tables.", f'"{name}"')
    try:
        rows = definition.population(unbound_tables(definition.tables))
        for column in _used_columns(definition):
            rows[column]
        _check_waits(definition)
    except (AttributeError, ibis.common.exceptions.IbisError, KeyError) as error:
        raise DefinitionError(
            f"{definition.id} reads only columns that its tables declare.",
            str(error).splitlines()[0],
            "Declare the column in kpi/definitions/subjects, or correct the definition.",
        ) from None


def _check_waits(definition: FromTable) -> None:
    if isinstance(definition, Timed) and definition.waits:
        columns = TABLES[definition.waits].by_name
        for column in (TABLES[definition.table].key[0], "from_date", "to_date"):
            columns[column]


def _used_columns(definition: FromTable) -> list[str]:
    if isinstance(definition, Timed):
        named = (definition.start, definition.stop, definition.done, *definition.steps)
        return [column for column in named if column]
    if isinstance(definition, Counted):
        return [definition.happened]
    if isinstance(definition, Kept):
        return [definition.planned, definition.kept]
    return ["on_date", "covered"]


_CALENDAR = {"date": "date", "is_workday": "boolean", "workday_index": "int64"}
_PERIODS = {"quarter": "string", "first_day": "date", "last_day": "date"}


def unbound_tables(names: Iterable[str]) -> dict[str, ir.Table]:
    """Return Ibis tables with the declared columns, plus the calendar and the periods."""
    import ibis

    tables = {
        name: ibis.table(
            {c.name: IBIS_TYPES[c.type] for c in TABLES[name].columns} | {"row_no": "int64"},
            name=name,
        )
        for name in names
        if name in TABLES
    }
    return tables | {
        "calendar": ibis.table(_CALENDAR, name="calendar"),
        "periods": ibis.table(_PERIODS, name="periods"),
    }
