"""How an extract is declared: where it comes from, how it is written, which rows are asked for."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    field_validator,
    model_validator,
)

from kpi.definitions.rules import ADDED
from kpi.errors import did_you_mean
from kpi.params.strict import Strict
from kpi.params.texts import Line
from kpi.periods import time_zones

DETECT = "detect"
EXCEL_DATES = "excel"  # beside strptime's forms: a spreadsheet's number of a day
EXCEL_1904_DATES = "excel1904"  # the same, counted from 1904 as spreadsheets on old Macs did
UNIX_TIMES = {"unix_seconds": 10, "unix_milliseconds": 13}
"""Moments counted from the beginning of 1970 in UTC, and how many digits they have at most."""
LATEST_EXTRACT = "extract"
_SECRET = re.compile(r"\b(?:pwd|\w*passw\w*|\w*secret|\w*token)\s*(?:=|%3d)", re.IGNORECASE)


def _as_texts(value: Any) -> Any:
    """Take one text for a list of one, and numbers and dates as they are written."""
    listed = value if isinstance(value, list | tuple) else (value,)
    return tuple(str(one) if isinstance(one, int | float | dt.date) else one for one in listed)


def _words(value: Any) -> Any:
    """Take YAML's true, false and numbers among the words of `values` as words."""
    if not isinstance(value, dict):
        return value
    return {
        column: {_word(old): _word(new) for old, new in words.items()}
        if isinstance(words, dict)
        else words
        for column, words in value.items()
    }


def _labelled(value: Any) -> Any:
    """Take YAML's true, false and numbers among the values that have labels as words."""
    if not isinstance(value, dict):
        return value
    return {
        column: {_word(one): label for one, label in labels.items()}
        if isinstance(labels, dict)
        else labels
        for column, labels in value.items()
    }


def _word(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value) if isinstance(value, int | float) else value


AS_PRINTED = "as_printed"
"""The `timezone` of a source whose times stay as they are printed, whatever zone stands beside."""


def _zone(name: str) -> str:
    if name and name != AS_PRINTED and name not in time_zones():
        raise ValueError(
            f'a timezone is one that the world knows, or {AS_PRINTED}, not "{name}". '
            + did_you_mean(name, [AS_PRINTED, *time_zones()])
        )
    return name


Zone = Annotated[str, AfterValidator(_zone)]


class FileFormat(Strict):
    """How an extract writes its values; what is not declared is detected.

    A date is written in one of the forms of `date` (as strptime has them, "excel" for a
    spreadsheet's day numbers, "excel1904" for those counted from 1904, "unix_seconds" and
    "unix_milliseconds" for those counted from 1970 in UTC) or in ISO form. `thousands`
    is "" where nothing groups digits. `missing` are words, numbers and dates that stand for an
    empty cell, beside those that are always known ("NULL").
    """

    encoding: str = ""
    separator: str = ""
    quote: Literal['"', "'", "none"] = '"'
    date: Annotated[
        tuple[str, ...], BeforeValidator(lambda v: (v,) if isinstance(v, str) else v)
    ] = ()
    decimal: Literal["", ".", ","] = ""
    thousands: str | None = None
    missing: Annotated[tuple[str, ...], BeforeValidator(_as_texts)] = ()

    @model_validator(mode="after")
    def _signs_differ(self) -> Self:
        if self.decimal and self.decimal == self.thousands:
            raise ValueError("decimal and thousands are written with different signs")
        if len(self.separator) > 1:
            raise ValueError("a separator is one character")
        return self


def _declared(value: Any) -> Any:
    return {} if value == DETECT else value


DeclaredFormat = Annotated[FileFormat, BeforeValidator(_declared)]


def _without_user(url: str) -> str:
    """Return a URL as it may be recorded: the kind of database, its host and its name."""
    parts = urlsplit(url)
    name = parts.path.rsplit("/", 1)[-1]
    return f"{parts.scheme}://{parts.hostname or ''}/{name}"


class Database(Strict):
    """A database and what is read there: a table, or what a query gives.

    The password comes from the environment variable `password_env`, or from the system's keyring
    under the service `keyring`; a URL never holds one.
    """

    url: Annotated[str, PlainSerializer(_without_user, when_used="json")]
    table: str = ""
    query: str = ""
    password_env: str = ""
    keyring: str = ""

    @model_validator(mode="after")
    def _holds_no_password(self) -> Self:
        if urlsplit(self.url).password is not None or _SECRET.search(self.url):
            raise ValueError(
                "a database's URL holds no password; name the environment variable that does "
                "as password_env, or the service of the keyring as keyring"
            )
        if not re.match(r"[a-z0-9]+(?:\+[a-z0-9_]+)?://", self.url):
            raise ValueError("a database's URL begins with its kind, as postgresql://")
        return self

    @model_validator(mode="after")
    def _reads_one_thing(self) -> Self:
        if bool(self.table) == bool(self.query):
            raise ValueError("name the table, or write the query, of a database; not both")
        if self.password_env and self.keyring:
            raise ValueError("a password comes from password_env or from keyring, not from both")
        return self


class Steps(Strict):
    """Which steps of an event extract are meant: by their names, or how these end."""

    steps: tuple[str, ...] = ()
    ends_with: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _names_a_step(self) -> Self:
        if not self.steps and not self.ends_with:
            raise ValueError("name the steps, or how their names end (ends_with)")
        return self


class Milestone(Steps):
    """Which steps of an event extract make a milestone, and whether the first or last counts."""

    take: Literal["first", "last"]


class OneRow(Strict):
    """Which one of the rows of a case is taken: the first or last, in the order of a column `by`.

    `of` are the columns that tell a case; those of the key unless named.
    """

    of: Annotated[tuple[str, ...], BeforeValidator(_as_texts)] = ()
    take: Literal["first", "last"]
    by: str = ""

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if not self.by:
            raise ValueError(
                f"the {self.take} row of a case is told by a column of dates or numbers: name it "
                "as `by`"
            )
        return self


class FileColumn(Strict):
    """A column of a file that a query reads: how it is called there, and what it holds."""

    column: str
    type: Literal["text", "date", "moment", "amount", "number", "yes_no"] = "text"

    @model_validator(mode="before")
    @classmethod
    def _one_word(cls, value: Any) -> Any:
        return {"column": value} if isinstance(value, str) else value


_NAME = r"^[a-z][a-z0-9_]*$"
_Name = Annotated[str, Field(pattern=_NAME)]


class FileOfQuery(Strict):
    """A table of a query: a file, or all that fit a pattern, with the columns that it reads."""

    file: str
    sheet: str = ""
    format: DeclaredFormat = FileFormat()
    timezone: Zone = ""
    columns: dict[_Name, FileColumn] = Field(min_length=1)

    @field_validator("columns")
    @classmethod
    def _are_not_ours(cls, columns: dict[str, FileColumn]) -> dict[str, FileColumn]:
        for name in columns.keys() & {*ADDED}:
            raise ValueError(f'reading adds a column "{name}" itself: call this one otherwise')
        return columns

    @field_validator("file")
    @classmethod
    def _lies_in_the_data_folder(cls, file: str) -> str:
        return _in_the_data_folder(file)


def _in_the_data_folder(file: str) -> str:
    parts = re.split(r"[\\/]", file)
    if file.startswith(("/", "\\", "~")) or re.match("[A-Za-z]:", file) or ".." in parts:
        raise ValueError(
            "a file is named from the data folder on, for the report says where it came from "
            "and tells of no machine: name that folder with --data, or in extract_folders"
        )
    return file


DEFAULT, IGNORE = "default", "ignore"
"""Among the words of `values`: what all others are; and what leaves a row out."""


class Source(Strict):
    """Where a table comes from and how its columns are called there.

    `file` is a file of the data folder, or a pattern that several files fit; where none does there,
    one of the quarter's `extract_folders`. `database` is read instead of files, or a `query`, one
    SELECT over the tables in `files`.
    `timezone` is that of its times, or "as_printed" where they stay as printed, because the zone
    written beside them is not meant. `widths` are the digits of identifiers whose leading zeros a
    spreadsheet may have lost. `latest` says which of several rows with the same key is the case's
    present state: that of the latest "extract" (by the date in the file's name), or that with the
    greatest value in a column of the extract.

    Not every row need be asked for. `derive` makes columns of others, `filter` is true of the rows
    that are asked for, and of those `one_row` takes one for each case. `values` translate the words
    of an extract; there `default` is what all other words are, and rows with a word that is to
    `ignore` are not asked for.

    `labels` say what readers call the values of a column that figures are parted by; the data keep
    the values.

    Of an event extract, `ends` are the steps that end a case in another way than its last
    milestone does, where they come last: rejected, withdrawn, cancelled. An open case without any
    step for more than `silent_after` days is told apart from those that wait.
    """

    file: str = ""
    sheet: str = ""
    database: Database | None = None
    query: str = ""
    files: dict[_Name, FileOfQuery] = Field(default_factory=dict)
    format: DeclaredFormat = FileFormat()
    timezone: Zone = ""
    columns: dict[str, str] = Field(default_factory=dict)
    widths: dict[str, int] = Field(default_factory=dict)
    constants: dict[str, str] = Field(default_factory=dict)
    values: Annotated[dict[str, dict[str, str]], BeforeValidator(_words)] = Field(
        default_factory=dict
    )
    labels: Annotated[dict[str, dict[str, Line]], BeforeValidator(_labelled)] = Field(
        default_factory=dict
    )
    latest: str = ""
    derive: dict[str, str] = Field(default_factory=dict)
    filter: str = ""
    one_row: OneRow | None = None
    milestones: dict[str, Milestone] = Field(default_factory=dict)
    returns: Steps | None = None
    other_steps: Steps | None = None
    ends: Steps | None = None
    silent_after: int | None = Field(default=None, ge=1)
    owner: Line = ""

    @model_validator(mode="after")
    def _returns_among_steps(self) -> Source:
        about_steps = (self.returns, self.other_steps, self.ends, self.silent_after)
        if any(about_steps) and not self.milestones:
            raise ValueError(
                "returns, other_steps, ends and silent_after are about the steps of an event "
                "extract, as milestones"
            )
        return self

    @field_validator("file")
    @classmethod
    def _lies_in_the_data_folder(cls, file: str) -> str:
        return _in_the_data_folder(file)

    @model_validator(mode="after")
    def _asks_files(self) -> Self:
        if bool(self.query) != bool(self.files):
            raise ValueError("a query has both: query (one SELECT), and files (its tables)")
        if self.query and (self.sheet or self.timezone or self.format != FileFormat()):
            raise ValueError(
                "sheet, format and timezone of a query stand with each of its files, under files"
            )
        return self

    @model_validator(mode="after")
    def _comes_from_somewhere(self) -> Source:
        if not self.is_read and not self.milestones:
            raise ValueError(
                "a source needs a file, a database, a query over files, or milestones of an event "
                "extract"
            )
        if sum(map(bool, (self.file, self.database, self.query))) > 1:
            raise ValueError("a source is one of file, database and query, and not two of them")
        return self

    @model_validator(mode="after")
    def _derives_what_is_not_there(self) -> Self:
        for name in self.derive:
            if name in self.columns or name in self.constants:
                part = "columns" if name in self.columns else "constants"
                raise ValueError(f"{name} is derived, and stands in {part} as well: leave one out")
        if not self.is_read and (self.filter or self.one_row):
            raise ValueError(
                "filter and one_row are about the rows of an extract: write them in the source of "
                "the steps, or as `filter` of the metric"
            )
        return self

    @model_validator(mode="after")
    def _labels_what_it_gives(self) -> Self:
        for name, labels in self.labels.items():
            if len(set(labels.values())) < len(labels):
                raise ValueError(f"two values of {name} have the same label: give each its own")
            if self.columns and not self.gives(name):
                known = [*self.columns, *self.constants, *self.derive]
                raise ValueError(
                    f"labels are of the values of a column, and {name} is none of this source. "
                    + did_you_mean(name, known)
                )
        return self

    def gives(self, column: str) -> bool:
        """Tell whether a column comes from the extract, is the same in all rows, or is made."""
        is_milestone = column.removesuffix("_at") in self.milestones
        is_there = column in self.columns or column in self.constants
        return is_there or column in self.derive or is_milestone

    def is_ignored(self, column: str) -> bool:
        """Tell whether rows are left out because of what a column says."""
        return IGNORE in self.values.get(column, {}).values()

    @property
    def patterns(self) -> tuple[str, ...]:
        """The files that it reads, by their names or patterns."""
        return tuple(filter(None, (self.file, *(one.file for one in self.files.values()))))

    @property
    def is_read(self) -> bool:
        """Tell whether it has an extract of its own; else it is made of another's events."""
        return bool(self.file or self.query) or self.database is not None
