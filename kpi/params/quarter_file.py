"""The shape of params/<quarter>.yaml: one report, its sources, its texts."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AliasChoices,
    Field,
    field_validator,
    model_validator,
)

from kpi.params.source import Source
from kpi.params.strict import CONFIRMED, MonthDay, QuarterField, Strict, Unchanged
from kpi.params.texts import Line, Prose, Remark
from kpi.periods import ClosedDay, Period, WorkCalendar

Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(_[A-Za-z]{2,4})*$")]
"""A language of pages: the program's, or one that the parameter folder has a catalogue of."""
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
    Where nobody is hidden (0) though rows are about persons, `because` says why that may be.
    """

    hide_persons_below: int = Field(default=5, ge=0)
    because: str = ""
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
    def hides_nobody(self) -> bool:
        """Tell whether counts of single persons are shown, and nobody has said why they may be."""
        care = self.disclosure
        return care.hide_persons_below <= 1 and not (care.because or self.synthetic)

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
