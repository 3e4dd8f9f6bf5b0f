"""What a result frame holds, declared once: its columns, how its rows add up, how it is protected.

Evaluation makes what is declared and nothing else; what is not declared never leaves. Disclosure,
open data, the workbook, the data dictionary and `kpi.report` read these records and know no frame
by name. The texts are message ids, as all texts of the program.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from kpi.errors import DefinitionError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd


Kind = Literal["text", "date", "count", "number", "share", "days", "amount", "yes_no"]
"""What a cell holds; a share is a ratio between 0 and 1."""
_TYPES: dict[Kind, str] = {
    "count": "Int64",
    "number": "float64",
    "share": "float64",
    "days": "float64",
    "amount": "float64",
    "yes_no": "bool",
}
Protection = Literal["nobody", "shown", "headline", "versions", "ways", "rows", "drawn"]
PROTECTION_WORDS: dict[Protection, str] = {
    "nobody": "It counts nobody.",
    "shown": "Made of what the results show: where a part is hidden, so is the sum.",
    "headline": (
        "Exact. Hidden where few persons lie behind a count, and where the figures beside it would "
        "tell that count."
    ),
    "versions": (
        "The way in force is exact and hidden as the results are. Of another way of counting only "
        "the figure is told, and its difference rounded."
    ),
    "ways": "The differences from the figure are rounded down.",
    "rows": "Hidden where few persons lie behind a row.",
    "drawn": (
        "Counted from drawn cases, each of which stands for several: counts are rounded. Times and "
        "amounts are of all cases, and hidden where few persons lie behind them."
    ),
}


@dataclass(frozen=True)
class Unit:
    """What a number counts: a fixed unit, or where it is told.

    `code` is a fixed unit. `told_by` names the column that tells it: of the same row ("unit"), or
    of another table ("metrics.days_unit"). `words` is a sentence that ends the column's meaning.
    """

    code: str = ""
    told_by: str = ""
    words: str = ""


NO_UNIT = Unit()
NUMBER = Unit("1")
RATIO = Unit("ratio", words="A ratio between 0 and 1, not rounded.")
CALENDAR_DAYS = Unit("calendar_days", words="In calendar days.")
WORKING_DAYS = Unit("working_days")
OF_THE_ROW = Unit(told_by="unit", words="In the unit of the row.")
DAYS_OF_THE_LIMIT = Unit(
    told_by="metrics.days_unit",
    words="In the days in which the metric's limit counts; without a limit, in calendar days.",
)
DAYS_OF_THE_STAGES = Unit(
    told_by="stages.unit", words="In the days in which the metric's stages are timed."
)
MONEY = Unit(
    told_by="metrics.amount_unit",
    words="In the unit of the amounts, which the metrics' table tells.",
)


@dataclass(frozen=True)
class Column:
    """A column: its name in data, its heading, what it means, what its cells hold.

    This class itself is for what no case has a share in (a unit, a number of working days): it is
    shown even in a row whose figures are hidden. The other classes say what else there is. `only`
    names values of other columns without which a row never has one: (("period_kind", "quarter"),).
    Null in a column of some rows alone (`not_in_all`) says that there is none. The mark `said_in`
    says where it is hidden.
    """

    name: str
    title: str
    means: str
    kind: Kind = "text"
    unit: Unit = NO_UNIT
    only: tuple[tuple[str, str], ...] = field(default=(), kw_only=True)
    not_in_all: bool = field(default=False, kw_only=True)
    said_in: str = field(default="suppressed", kw_only=True)


@dataclass(frozen=True)
class Key(Column):
    """It tells one row from another, and is never hidden."""


@dataclass(frozen=True)
class Count(Column):
    """A whole number of cases or persons (`counts`), or of what is neither.

    It is hidden with its row; and alone, where few persons stand in one of the columns `persons`.
    One `of_the_whole` belongs to all rows of a whole together (`Rows.column`) and stands in each.
    """

    kind: Kind = "count"
    unit: Unit = NUMBER
    counts: Literal["cases", "persons", "other"] = "cases"
    persons: tuple[str, ...] = ()
    of_the_whole: bool = False


@dataclass(frozen=True)
class Figure(Column):
    """What is worked out from the cases in the columns `of`: it is hidden with them.

    `persons` and `of_the_whole` are those of Count. `instead` is what a hidden text is replaced by.
    One that cases need not tell (`may_be_unknown`) is null then, too.
    `beyond` is the share of persons that lie beyond a time: half for a median (which stands for
    no one of them, so that it need not be said), a tenth for nine in ten, none for the longest. It
    is hidden where so few are one of them, or none.
    """

    of: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    of_the_whole: bool = False
    instead: str | None = None
    may_be_unknown: bool = False
    beyond: float | None = None


@dataclass(frozen=True)
class Inner(Column):
    """A number of distinct persons that only disclosure needs. It never leaves."""

    kind: Kind = "count"
    unit: Unit = NUMBER


@dataclass(frozen=True)
class Mark(Column):
    """What is written after evaluation: what is hidden, what stands as published, and the like."""


@dataclass(frozen=True)
class Columns:
    """In each row some columns add up to another: met, missed and unknown to all cases.

    `only` limits it to rows with a value in a column, as ("unit", "share").
    """

    whole: str
    parts: tuple[str, ...]
    only: tuple[str, str] | None = None
    means: str = ""


@dataclass(frozen=True)
class Rows:
    """Rows that differ in the key `over` alone are the parts of one whole, each case in one part.

    `counts` add up to it, in the order of `columns` where these have another name. The whole stands
    in the row whose `over` is `row`, else in the columns of each part, or in those of the frame
    `frame`; without these, other figures may tell it. `by` "quarter" makes the months of a quarter
    its parts; `parts` names the values of `over` that are parts, where not all are.
    """

    over: str
    counts: tuple[str, ...]
    row: str | None = None
    columns: tuple[str, ...] = ()
    frame: str = ""
    by: Literal["", "quarter"] = ""
    parts: tuple[str, ...] = ()
    means: str = ""


@dataclass(frozen=True)
class Running:
    """A count goes on from row to row along the key `over`: each holds the cases of those before.

    `grows` tells whether a later row holds more (dates) or fewer (steps on a case's way).
    """

    over: str
    count: str
    grows: bool
    means: str = ""


@dataclass(frozen=True)
class Nested:
    """A row holds what another does, and more, by its keys `over`: the rows are not parts."""

    over: tuple[str, ...]
    means: str = ""


@dataclass(frozen=True)
class Passages:
    """As many passages enter a step (`to`) as leave it (`origin`)."""

    origin: str
    to: str
    means: str = ""


Relation = Columns | Rows | Running | Nested | Passages
SUPPRESSED = Mark(
    "suppressed", "Hidden", "Says hidden where the row's figures are hidden; else empty."
)
ROUNDED = Mark(
    "rounded_to", "Rounded to", "Counts are rounded to a multiple of this.", "count", NUMBER
)
SYNTHETIC = Mark("synthetic", "Synthetic", "Whether the data are made up.", "yes_no")


@dataclass(frozen=True)
class Frame:
    """A result frame.

    `decided_by` names the columns of persons that hide a whole row where they are few. A frame that
    is hidden `with_results` shows nothing of a metric's quarter or month that the results hide; one
    with `groups` (the columns of a group's name and of its value) nothing of a group hidden there.
    """

    name: str
    title: str
    about: str
    columns: tuple[Column, ...]
    adds_up: tuple[Relation, ...] = ()
    protect: Protection = "nobody"
    decided_by: tuple[str, ...] = ()
    with_results: bool = False
    groups: tuple[str, str] | None = None

    def __getitem__(self, name: str) -> Column:
        """Return a column by its name; DefinitionError where it is not declared."""
        if name not in self._by_name:
            raise DefinitionError(
                f"The frame {self.name} has the columns of its contract.",
                f'"{name}"',
                did_you_mean(name, self._by_name),
            )
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The columns that tell its rows apart."""
        return tuple(c.name for c in self.columns if isinstance(c, Key))

    @cached_property
    def made(self) -> tuple[str, ...]:
        """The columns that evaluation makes, those that never leave among them."""
        return tuple(c.name for c in self.columns if not isinstance(c, Mark))

    @cached_property
    def leaving(self) -> tuple[str, ...]:
        """The columns that a release may hold, in their order."""
        return tuple(c.name for c in self.columns if not isinstance(c, Inner))

    @cached_property
    def inner(self) -> tuple[str, ...]:
        """The columns that never leave."""
        return tuple(c.name for c in self.columns if isinstance(c, Inner))

    @cached_property
    def hidden_alone(self) -> tuple[str, ...]:
        """The columns whose null, in a row with cases that is shown, says that they are hidden."""
        alone = (c for c in self.columns if isinstance(c, Count | Figure) and c.persons)
        return tuple(c.name for c in alone if isinstance(c, Count) or not c.may_be_unknown)

    @cached_property
    def base(self) -> str:
        """The column that counts what its rows rest on, as "n"."""
        return next(c.name for c in self.columns if isinstance(c, Count))

    @cached_property
    def figures(self) -> tuple[str, ...]:
        """The counts of a row and what is worked out from them: all that is hidden with it."""
        of_rows = (c for c in self.columns if isinstance(c, Count | Figure) and not c.of_the_whole)
        return tuple(c.name for c in of_rows)

    @property
    def empty(self) -> pd.DataFrame:
        """The frame as evaluation makes it, without rows."""
        import pandas as pd

        return pd.DataFrame(columns=list(self.made))

    def checked(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return rows as evaluation made them, their columns in the order of the contract.

        Raises DefinitionError where a column is missing or not declared, a key stands for two rows,
        or a count is no whole number from 0 (null where there is nothing to count).
        """
        self._has(rows, self.made)
        if rows.duplicated(list(self.keys)).any():
            raise DefinitionError(
                f"The rows of the frame {self.name} are told apart by {', '.join(self.keys)}.",
                f"{int(rows.duplicated(list(self.keys)).sum())} rows like another",
                "Count them together, or add the column that tells them apart to its contract.",
            )
        for name in self.made:
            if self[name].kind == "count":
                self._counts(rows, name)
        return rows[list(self.made)]

    def typed(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return rows whose columns have the types of the contract, whatever is null in them.

        Counts are whole numbers (Int64), other numbers floats, dates and texts as they are.
        """
        types = {c.name: _TYPES[c.kind] for c in self.columns if c.kind in _TYPES}
        return rows.astype({name: of for name, of in types.items() if name in rows.columns})

    def _has(self, rows: pd.DataFrame, names: Sequence[str]) -> None:
        missing = [name for name in names if name not in rows.columns]
        strange = [str(name) for name in rows.columns if name not in names]
        if missing or strange:
            said = [f"without {', '.join(missing)}"] if missing else []
            said += [f"with {', '.join(strange)}, not declared"] if strange else []
            raise DefinitionError(
                f"The frame {self.name} has the columns of its contract, and no other.",
                "; ".join(said),
                "Declare the column in kpi/definitions/frames, or make what is declared.",
            )

    def _counts(self, rows: pd.DataFrame, name: str) -> None:
        import pandas as pd

        numbers = pd.to_numeric(rows[name]).dropna().astype(float)
        if ((numbers < 0) | (numbers % 1 != 0)).any():
            raise DefinitionError(
                f"{self.name}.{name} counts in whole numbers from 0.",
                f"{int(((numbers < 0) | (numbers % 1 != 0)).sum())} other values",
                "Correct the column, or declare in kpi/definitions/frames what it holds.",
            )
