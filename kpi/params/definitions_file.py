"""The shape of params/definitions.yaml: subjects and metrics that an administration declares.

They are the records of the program's own definitions (kpi.definitions.subject and .kinds), in the
same words. A text is in the report's language, or given by language. A subject declared here takes
the place of the program's own of that name, whose metrics then go with it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from string import Formatter
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, ValidationInfo, model_validator
from pydantic import Field as Given

from kpi.definitions.columns import Column, ColumnType
from kpi.definitions.kinds import KINDS
from kpi.definitions.subject import Appointments, Steps, Waits
from kpi.definitions.words import SAID
from kpi.definitions.words import Words as SaidOfCases
from kpi.errors import did_you_mean
from kpi.language import LANGUAGES
from kpi.language.words import ByLanguage
from kpi.params.strict import Strict

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def _name(value: Any) -> Any:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise ValueError(f'"{value}": a name has small letters, digits and _ alone')
    return value


def _by_language(value: Any, info: ValidationInfo) -> Any:
    """Take a text for one in the report's language, and one by language as it is."""
    main = info.context.language if info.context else "en"
    texts = value if isinstance(value, dict) else {main: value}
    for language in texts:
        if language not in LANGUAGES:
            raise ValueError(f'a text is given per language ({", ".join(LANGUAGES)}): "{language}"')
    if main not in texts:
        raise ValueError(f"a text is given in the report's language as well ({main})")
    return {main: texts[main]} | texts


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Name = Annotated[str, BeforeValidator(_name)]
Names = Annotated[tuple[Name, ...], BeforeValidator(_listed)]
Text = Annotated[dict[str, str], BeforeValidator(_by_language), AfterValidator(ByLanguage)]
Pair = Annotated[dict[str, tuple[str, str]], BeforeValidator(_by_language)]
"""What is said of one case and of many, by language; the report's own stands first."""


def forms(pair: Mapping[str, tuple[str, str]]) -> tuple[dict[str, str], dict[str, str]]:
    """Part what is said of one case from what is said of many."""
    one, many = (ByLanguage({name: said[at] for name, said in pair.items()}) for at in (0, 1))
    return one, many


def _see_places(texts: Iterator[str], allowed: frozenset[str], what: str) -> None:
    """See that a text names only what is filled into it."""
    for text in texts:
        places = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
        if places - allowed:
            known = ", ".join(f"{{{name}}}" for name in sorted(allowed)) or "nothing"
            raise ValueError(f"{known} is filled into {what}, and not {{{min(places - allowed)}}}")


class DeclaredColumn(Strict):
    """A column: its type, what it means, whether a value must be there; one word is its type.

    One with an `expr` is derived from others, and not read.
    """

    type: ColumnType = "text"
    means: Text | None = None
    label: Text | None = None
    required: bool = False
    allowed: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    unit: Text | None = None
    planned: bool = False
    no_date: tuple[dt.date, ...] = ()
    known_by: str = ""
    before: str | bool | None = None
    expr: str = ""

    @model_validator(mode="before")
    @classmethod
    def _one_word(cls, value: Any) -> Any:
        return {"type": value} if isinstance(value, str) else value

    def column(self, name: str, main: str) -> Column:
        """Return the column as the program declares its own; `main` is the report's language."""
        label = self.label or self.means or ByLanguage({main: name.replace("_", " ")})
        return Column(
            name,
            self.type,
            self.means or label,
            nullable=not self.required,
            optional=not self.required,
            allowed=self.allowed,
            label=label[main],
            language=main,
            unit=self.unit or "",
            planned=self.planned,
            no_date=self.no_date,
            known_by=self.known_by,
            before=self.before,
            expr=self.expr,
        )


class DeclaredSteps(Strict):
    """The steps of a case in their order: each has a column `<step>_at` of its own."""

    order: Names
    events: str = ""
    ends: str = ""
    done: str = ""
    closed: str = ""
    gate: str = ""

    def steps(self) -> Steps:
        """Return the steps as the program declares its own."""
        return Steps(**dict(self), gate_word=self.gate)


class DeclaredWaits(Strict):
    """The subject whose rows are periods in which a case waited for somebody outside."""

    subject: str
    since: str = "from_date"
    until: str = "to_date"
    stage: str = "waiting"

    def waits(self) -> Waits:
        """Return the waits as the program declares its own."""
        return Waits(**dict(self))


class DeclaredAppointments(Strict):
    """How cases that are given a time are booked: see kpi.definitions.subject.Appointments."""

    asked: str
    ready: str
    offered: str
    came: str
    fate: str
    held: str = "held"
    open: str = "open"
    no_show: str = "no_show"
    cancelled: str = "cancelled"
    filter: str = ""

    def appointments(self) -> Appointments:
        """Return how they are booked as the program declares its own."""
        return Appointments(**dict(self))


class DeclaredRule(Strict):
    """A rule of rows: `never` an expression, two columns `in_order`, or columns alike `once`."""

    id: Name | None = None
    severity: Literal["stop", "set_aside", "note"] = "note"
    words: Text | None = None
    never: str = ""
    in_order: tuple[str, str] | None = None
    once: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    among: str = ""
    casts_doubt: bool = False
    is_no_case: bool = False

    @model_validator(mode="after")
    def _is_one_rule(self) -> Self:
        if sum(map(bool, (self.never, self.in_order, self.once))) != 1:
            raise ValueError("a rule is one of never, in_order and once")
        if self.never and not (self.id and self.words):
            raise ValueError("a rule `never` has an id, and words that say what rows must keep")
        if self.among and not self.once:
            raise ValueError("among belongs to a rule `once`")
        return self


class DeclaredWords(Strict):
    """What people call a subject's cases: as kpi.definitions.words.Words."""

    cases: Pair | None = None
    ended: Text | None = None
    steps: dict[str, Text] = Given(default_factory=dict)
    groups: dict[str, Text] = Given(default_factory=dict)
    late: dict[str, Pair] = Given(default_factory=dict)
    unknown: dict[str, Pair] = Given(default_factory=dict)
    said: dict[str, Text] = Given(default_factory=dict)

    @model_validator(mode="after")
    def _fill_what_is_known(self) -> Self:
        for said in (*self.late.values(), *self.unknown.values()):
            for pair in said.values():
                _see_places(iter(pair), frozenset({"n"}), "what is said of late cases")
        for name, texts in self.said.items():
            if name not in SAID:
                raise ValueError(f'said has sentences that the page knows, not "{name}"')
            places = {place for _, place, _, _ in Formatter().parse(SAID[name]) if place}
            _see_places(iter(texts.values()), frozenset(places), f"said.{name}")
        return self

    def words(self) -> SaidOfCases:
        """Return the words as the program declares its own; neutral ones where none are given."""
        neutral = SaidOfCases()
        cases = forms(self.cases) if self.cases else neutral.cases
        return SaidOfCases(
            cases=cases,
            ended=self.ended or cases[1],
            steps=self.steps,
            groups=self.groups,
            late={step: forms(pair) for step, pair in self.late.items()},
            unknown={step: forms(pair) for step, pair in self.unknown.items()},
            said=self.said,
        )


class DeclaredSubject(Strict):
    """A kind of row: see kpi.definitions.subject.Subject."""

    title: Text | None = None
    grain: Text | None = None
    key: Names = ()
    found_by: Names = ()
    dated_by: str = ""
    may_be_quiet: bool = False
    amount: str = ""
    groups: Names = ()
    columns: dict[Name, DeclaredColumn]
    steps: DeclaredSteps | None = None
    waits: DeclaredWaits | None = None
    appointments: DeclaredAppointments | None = None
    words: DeclaredWords = DeclaredWords()
    rules: tuple[DeclaredRule, ...] = ()


class DeclaredPeriods(Strict):
    """Rows of a subject that hold from one day to another: see kpi.definitions.kinds.Periods."""

    subject: str
    since: str
    until: str
    filter: str = ""
    is_inclusive: bool = True


class DeclaredPer(Strict):
    """What a rate is divided by: see kpi.definitions.kinds.Per."""

    unit: Name
    subject: str
    on: str
    filter: str = ""
    divided_by: float = Given(default=1, gt=0)
    means: Text | None = None
    short: Text | None = None
    basis: Text | None = None
    too_few: Text | None = None
    too_many: Text | None = None


class DeclaredMetric(Strict):
    """A metric: see kpi.definitions.kinds, whose kinds say which of these keys they have."""

    kind: str
    title: Text
    words: Text | None = None
    is_target: bool = True
    subject: str = ""
    filter: str = ""
    exclude: str = ""
    start: str = ""
    stop: str = ""
    done: str = ""
    steps: Names = ()
    arrivals: str = ""
    on: str = ""
    flag: str = ""
    happened: str = ""
    value: str = ""
    numerator: str = ""
    denominator: str = ""
    latest: str = ""
    whole: str = ""
    measured_in: Text | None = None
    percentile: int = Given(default=50, ge=1, le=99)
    figure: Literal["share", "count"] = "share"
    per: DeclaredPer | None = None
    during: DeclaredPeriods | None = None
    state: DeclaredPeriods | None = None
    has: DeclaredPeriods | None = None
    late: Pair | None = None
    unknown: Pair | None = None

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if self.kind not in KINDS:
            raise ValueError(f'no kind "{self.kind}". {did_you_mean(self.kind, KINDS)}')
        known = {one.name: one for one in fields(KINDS[self.kind])}
        for name in self.model_fields_set - {"kind"}:
            if name not in known:
                raise ValueError(f"a {self.kind} has no {name}. {did_you_mean(name, known)}")
        for name, one in known.items():
            is_needed = one.default is MISSING and one.default_factory is MISSING
            if is_needed and name not in {"id", "words"} and name not in self.model_fields_set:
                raise ValueError(f"a {self.kind} needs {name}: {NEEDED[name]}")
        _see_places(iter(self.title.values()), frozenset({"days"}), "a title")
        for pair in (self.late, self.unknown):
            for said in (pair or {}).values():
                _see_places(iter(said), frozenset({"n"}), "what is said of late cases")
        return self


NEEDED = {
    "title": "what readers call it",
    "subject": "the subject whose rows it counts",
    "start": "the column or expression that says when the clock starts",
    "stop": "the column or expression that says when the clock stops",
    "on": "the column or expression that says on which day a row counts",
    "flag": "the condition that is true of the rows that are as they should be",
    "happened": "the column or expression that says when it happened",
    "value": "the column or expression of numbers that it tells",
    "numerator": "the column or expression that says how many of a row's cases were so",
    "denominator": "the column or expression that says how many cases a row counts",
    "state": "the rows that tell who was in the state, from when until when",
    "has": "the rows that tell who had what they should, from when until when",
}
"""What a kind cannot do without, in words."""


class DefinitionsFile(Strict):
    """What an administration declares: subjects and metrics by their names."""

    subjects: dict[Name, DeclaredSubject] = Given(default_factory=dict)
    metrics: dict[Name, DeclaredMetric] = Given(default_factory=dict)
