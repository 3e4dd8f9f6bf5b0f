"""The shape of params/<quarter>.yaml: one report, how its extracts are written, its texts."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, ClassVar, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    AliasChoices,
    BeforeValidator,
    Field,
    PlainSerializer,
    field_validator,
    model_validator,
)

from kpi.definitions.rules import ADDED
from kpi.errors import did_you_mean
from kpi.params.strict import CONFIRMED, MonthDay, QuarterField, Strict, Unchanged
from kpi.params.texts import Line, Prose, Remark
from kpi.periods import ClosedDay, Period, WorkCalendar

DETECT = "detect"
EXCEL_DATES = "excel"  # beside strptime's forms: a spreadsheet's number of a day
EXCEL_1904_DATES = "excel1904"  # the same, counted from 1904 as spreadsheets on old Macs did
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


def _word(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value) if isinstance(value, int | float) else value


class FileFormat(Strict):
    """How an extract writes its values; what is not declared is detected.

    A date is written in one of the forms of `date` (as strptime has them, "excel" for a
    spreadsheet's day numbers, "excel1904" for those counted from 1904) or in ISO form. `thousands`
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


Language = Literal["da", "en", "kl"]
Form = Literal["html", "pdf", "docx", "xlsx", "csv"]
RuleSeverity = Literal["stop", "set_aside", "note", "off"]


class Organisation(Strict):
    """Whose report it is."""

    name: Line
    department: Line = ""
    committee: Line = ""
    code: str = Field(default="", validation_alias=AliasChoices("code", "municipality_code"))
    person_numbers: Literal["cpr", "any"] = "cpr"


class YearlyClosing(Strict):
    """A day of every year on which the offices are closed, while it is valid."""

    day: MonthDay
    name: str
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None


class SingleClosing(Strict):
    """One date on which the offices were closed."""

    date: dt.date
    name: str


class Calendar(Strict):
    """Country, or a part of it (GB, ENG), zone and closing days."""

    country: str
    part: str = ""
    timezone: str = "UTC"
    closed_every_year: tuple[YearlyClosing, ...] = ()
    closed_once: tuple[SingleClosing, ...] = ()
    open_anyway: tuple[dt.date, ...] = ()

    def work_calendar(self) -> WorkCalendar:
        """Return the working-day calendar."""
        return WorkCalendar(
            self.country,
            tuple(
                ClosedDay(*rule.day, rule.name, rule.valid_from, rule.valid_to)
                for rule in self.closed_every_year
            ),
            tuple((closing.date, closing.name) for closing in self.closed_once),
            self.open_anyway,
            self.part,
        )

    @model_validator(mode="after")
    def _part_of_a_country(self) -> Self:
        if self.part and not self.country:
            raise ValueError("a part is one of a country: name that as well")
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


AS_PRINTED = "as_printed"
"""The `timezone` of a source whose times stay as they are printed, whatever zone stands beside."""


def _zone(name: str) -> str:
    known = available_timezones()
    if name and name != AS_PRINTED and name not in known:
        raise ValueError(
            f'a timezone is one that the world knows, or {AS_PRINTED}, not "{name}". '
            + did_you_mean(name, [AS_PRINTED, *known])
        )
    return name


_Zone = Annotated[str, AfterValidator(_zone)]
_NAME = r"^[a-z][a-z0-9_]*$"
_Name = Annotated[str, Field(pattern=_NAME)]


class FileOfQuery(Strict):
    """A table of a query: a file, or all that fit a pattern, with the columns that it reads."""

    file: str
    sheet: str = ""
    format: DeclaredFormat = FileFormat()
    timezone: _Zone = ""
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
    timezone: _Zone = ""
    columns: dict[str, str] = Field(default_factory=dict)
    widths: dict[str, int] = Field(default_factory=dict)
    constants: dict[str, str] = Field(default_factory=dict)
    values: Annotated[dict[str, dict[str, str]], BeforeValidator(_words)] = Field(
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


class Confirmable(Strict):
    """Texts that may read as in the quarter before once somebody has confirmed it.

    `unchanged` is true, the period in which it was confirmed, or names of what was (`BY_NAME`).
    """

    BY_NAME: ClassVar[tuple[str, ...]] = ()
    unchanged: Unchanged = ()

    @field_validator("unchanged")
    @classmethod
    def _says_what(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        for word in words:
            if word not in {CONFIRMED, *cls.BY_NAME} and not Period.is_name(word):
                known = ", ".join(("true", "a quarter such as 2020Q1", *cls.BY_NAME))
                raise ValueError(f'unchanged says what was confirmed ({known}), not "{word}"')
        return words


class Comment(Confirmable):
    """What the administration says about a figure: cause, action, who, by when."""

    cause: Remark
    action: Remark = ""
    owner: Line = ""
    due: dt.date | None = None


class Attestation(Confirmable):
    """A person's statement about a target that no data measure."""

    by: Line
    date: dt.date
    statement: Remark
    is_met: bool


class Deviation(Strict):
    """A missed target that the committee has accepted until a date."""

    until: dt.date
    reason: Remark


class Agenda(Confirmable):
    """The agenda item's own texts; an empty section prints "none".

    `unchanged: true` confirms those that read as in the quarter before; the journal number, and a
    title or recommendation that names another quarter, are confirmed by name.
    """

    BY_NAME: ClassVar[tuple[str, ...]] = ("journal_number", "title", "recommendation")

    title: Line = ""
    kind: Line = ""
    journal_number: str = ""
    responsible: Line = ""
    summary: Prose = ""
    recommendation: tuple[Remark, ...] = ()
    presentation: Prose = ""
    assessment: Prose = ""
    economy: Prose = ""
    law: Prose = ""
    further_course: Prose = ""
    economic_secretariat: Prose = ""
    appendices: Prose = ""


class Persons(Strict):
    """Where the key of pseudonyms is kept, and which persons' numbers are administrative ones.

    `key_file` lies outside the project, and run.json does not tell where; `keyring` is the service
    under which the system's keyring holds the key. `administrative_numbers` is a file of the data
    folder with a number a line; one that ends in * stands for all that begin so.
    """

    key_file: str = Field(default="", exclude=True)
    keyring: str = ""
    administrative_numbers: str = ""


class Limits(Strict):
    """How much may be wrong with an extract before no figure is made of it, as parts of its rows.

    `set_aside`: rows set aside for another reason than that they are no case. `not_met`: keys that
    are in no row of the extract they lead to, and rows there that no key leads to. An extract with
    fewer rows than the part `fewer_rows` of that of the last published report is noted.
    """

    set_aside: float = Field(default=0.5, gt=0, le=1)
    not_met: float = Field(default=0.5, gt=0, le=1)
    fewer_rows: float = Field(default=0.75, ge=0, le=1)


class Disclosure(Strict):
    """How small a count of persons may be shown, and what else is one person's, or everyone's.

    Counts of fewer persons are hidden, and frames that explain a figure are rounded to so many.
    `longest` is the longest time and the oldest case: one person's. `all_missed` tells whether it
    may be shown that all of a group were late, which tells of everyone in it: nowhere, not of parts
    (months, groups), or everywhere. `units_by` is the group that units with reports of their own
    are made of: what is rounded is rounded within each of its values, so that a whole is the sum.
    """

    hide_persons_below: int = Field(default=5, ge=0)
    units_by: str = ""
    longest: Literal["hidden", "shown"] = "hidden"
    all_missed: Literal["hidden", "hidden_in_parts", "shown"] = "hidden_in_parts"


class License(Strict):
    """Under which terms others may use the open data."""

    name: str = Field(pattern=r"^[A-Za-z0-9._-]+$")
    title: str = ""
    path: str = Field(default="", pattern=r"^(https://.+)?$")


class ApprovalRules(Strict):
    """What it takes to approve the report: how many persons, signatures, and committed code.

    `signers` is a file of the parameters' folder, OpenSSH's list of allowed signers: an approval
    counts only if it is signed with a key that the list has under the approver's initials.
    """

    persons: int = Field(default=1, ge=1, le=2)
    committed_code: bool = False
    signers: str = ""


class Restatement(Strict):
    """Why published figures of a metric are others now, as the administration states it."""

    cause: Literal["late_data", "correction", "definition"]
    reason: str
    quarters: tuple[QuarterField, ...] = ()


class QuarterFile(Strict):
    """One report: which period, as of when, from which extracts, with which texts.

    Where published reports are archived, and in which folders beside the data folder extracts may
    lie (`extract_folders`), run.json does not tell: a path may name a machine.
    """

    quarter: QuarterField
    as_of: dt.date
    history_from: QuarterField
    unit: str = Field(default="", pattern=r"^[a-z0-9_]*$")
    synthetic: bool = False
    language: Literal["da", "en"] = "da"
    languages: tuple[Language, ...] = ()
    attention_order: Literal["need", "committee"] = "need"
    forms: tuple[Form, ...] = ("html", "csv")
    license: License | None = None
    organisation: Organisation
    calendar: Calendar
    disclosure: Disclosure = Disclosure()
    persons: Persons = Persons()
    sources: dict[str, Source]
    rules: dict[str, dict[str, RuleSeverity]] = Field(default_factory=dict)
    limits: Limits = Limits()
    notebooks: tuple[str, ...] = (
        "01_data_quality",
        "02_targets",
        "03_payments",
        "04_methods",
        "committee",
    )
    notebook_minutes: int = Field(default=10, ge=1)
    published: str = ""
    comments: dict[str, Comment] = Field(default_factory=dict)
    attestations: dict[str, Attestation] = Field(default_factory=dict)
    accepted_deviations: dict[str, Deviation] = Field(default_factory=dict)
    agenda: Agenda = Agenda()
    approval: ApprovalRules = ApprovalRules()
    archive: str = Field(default="", exclude=True)
    extract_folders: tuple[str, ...] = Field(default=(), exclude=True)
    provisional_until: dt.date | None = None
    restatements: dict[str, Restatement] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _period_by_its_kind(cls, content: Any) -> Any:
        """Take the reported period by what it is called: period, quarter, month or year."""
        if not isinstance(content, dict) or "quarter" in content:
            return content
        named = [key for key in ("period", "month", "year") if key in content]
        if len(named) != 1:
            return content
        rest = {key: value for key, value in content.items() if key != named[0]}
        return {"quarter": content[named[0]], **rest}

    @property
    def is_running(self) -> bool:
        """Tell whether the period was not over on the day whose end the extracts know."""
        return self.as_of < self.quarter.last_day

    @property
    def page_languages(self) -> tuple[Language, ...]:
        """The languages of the committee's page: those named, or else the report's own."""
        return self.languages or (self.language,)

    @model_validator(mode="after")
    def _dates_in_order(self) -> QuarterFile:
        if self.as_of < self.quarter.first_day:
            raise ValueError(
                f"as_of {self.as_of} lies before the {self.quarter.kind} {self.quarter} begins"
            )
        if self.history_from > self.quarter:
            raise ValueError(f"history_from {self.history_from} is later than {self.quarter}")
        return self
