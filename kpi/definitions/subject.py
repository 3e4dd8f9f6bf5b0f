"""A subject: what a row is, what its columns promise, and what people call its cases.

One declaration drives the reading of an extract, the Great Expectations suite, the setting aside
of rows, the stages that cases pass, the words of the page and the data dictionary.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from kpi.definitions.columns import IBIS_TYPES, Column, ColumnType
from kpi.definitions.known import events, may_reach_beyond
from kpi.definitions.reading import READINGS, Reading
from kpi.definitions.rules import (
    AFTER_EXTRACTION,
    CONTENT,
    DATES_AFTER_EXTRACTION,
    PERSON_CHECK,
    ROW_NO,
    SOURCE_FILE,
    STATE,
    UNREADABLE,
    Context,
    Rule,
    Severity,
    after_extraction,
    column_rules,
    damaged_letters,
    dates_after_extraction,
    key_rules,
    repeated,
    rule,
    unreadable,
)
from kpi.definitions.words import CASES, Text, Words
from kpi.errors import ParameterError, did_you_mean

__all__ = [
    "AFTER_EXTRACTION",
    "CONTENT",
    "DATES_AFTER_EXTRACTION",
    "IBIS_TYPES",
    "PERSON_CHECK",
    "ROW_NO",
    "SOURCE_FILE",
    "STATE",
    "UNREADABLE",
    "Appointments",
    "Column",
    "ColumnType",
    "Context",
    "Rule",
    "Severity",
    "Steps",
    "Subject",
    "Waits",
    "Words",
    "repeated",
    "rule",
]

COLUMNS_PRESENT = "columns_present"
EMPTY_EXTRACT = "empty_extract"
NO_ROWS_IN_QUARTER = "no_rows_in_quarter"
VOLUME_OUTSIDE_BAND = "volume_outside_band"
FEWER_ROWS = "fewer_rows_than_before"
MOST_SET_ASIDE = "most_rows_set_aside"
KEYS_NOT_MET = "keys_not_met"
ABOUT_A_TABLE_WORDS = {
    COLUMNS_PRESENT: "A table has all its declared columns",
    EMPTY_EXTRACT: "An extract has rows",
    NO_ROWS_IN_QUARTER: "An extract has rows dated in the quarter",
    VOLUME_OUTSIDE_BAND: "A quarter has about as many rows as the quarter before",
    FEWER_ROWS: "An extract has not far fewer rows than that of the last published report",
    MOST_SET_ASIDE: "Most rows of an extract can be counted",
    KEYS_NOT_MET: "Most keys of an extract are in the extract that they lead to",
}
ALWAYS_STOPS = (COLUMNS_PRESENT, EMPTY_EXTRACT)
_OF_ANY_TABLE: dict[str, Severity] = {
    FEWER_ROWS: "note",
    MOST_SET_ASIDE: "stop",
    KEYS_NOT_MET: "stop",
}


@dataclass(frozen=True)
class Steps:
    """The steps that a case passes, in their order, each with a column `<step>_at` of its own.

    `events` names the subject that has a row for each step taken: the case's key, `step` and
    `happened_at`. Once a case came to the step `ends` it is done (the column `done`). The column
    `closed` tells that it ended in another way. `gate` is the step after which a case needs nobody
    but the administration; `gate_word` names what it is.
    """

    order: tuple[str, ...]
    events: str = ""
    ends: str = ""
    done: str = ""
    closed: str = ""
    gate: str = ""
    gate_word: str = ""


@dataclass(frozen=True)
class Waits:
    """The subject whose rows are periods in which a case waited for somebody outside.

    It has the case's key, and the first and last day of the wait (no last day: it runs). The time
    waited is a stage of the case, called `stage`.
    """

    subject: str
    since: str = "from_date"
    until: str = "to_date"
    stage: str = "waiting"


@dataclass(frozen=True)
class Appointments:
    """How cases that are given a time to come to are booked; `filter` says which cases are.

    `asked`, `ready`, `offered` and `came` name the columns (derived ones too) of when the case
    began to wait, could first be offered a time, which it was offered first, and when it took
    place. `fate` names the column that tells what became of it: a case is `held`, still `open`, the
    person stayed away (`no_show`), or it was `cancelled`.
    """

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


@dataclass(frozen=True, eq=False)
class Subject:
    """A kind of row: one per `grain`, told apart by `key`; two of one name are one subject.

    The administration finds a row by the columns in `found_by`, or by its key if none are named.
    A quarter without a new row stops the run, except where it `may_be_quiet`. `absent` names the
    optional columns that an administration's extract does not have, `unread` those that none of its
    figures reads: no row is set aside because of them. `title` is what its extract is called,
    `words` what is said of its cases. `amount` is the column of what a case is worth, `groups` are
    those that cases are parted by. With `appointments` more or fewer of them can be
    simulated. `derived` columns are expressions over the others.
    """

    name: str
    grain: Text
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    found_by: tuple[str, ...] = ()
    dated_by: str = ""
    may_be_quiet: bool = False
    rules: tuple[Rule, ...] = ()
    severities: Mapping[str, Severity] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()
    title: Text = ""
    words: Words = CASES
    amount: str = ""
    groups: tuple[str, ...] = ()
    steps: Steps | None = None
    waits: Waits | None = None
    appointments: Appointments | None = None
    derived: tuple[Column, ...] = ()
    by_name: Mapping[str, Column] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {column.name: column for column in self.columns})

    def __hash__(self) -> int:
        return hash(self.name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Subject) and other.name == self.name

    @property
    def events(self) -> str:
        """Name of the subject whose rows are the steps of this one's cases; else empty."""
        return self.steps.events if self.steps else ""

    @property
    def person(self) -> str | None:
        """Name of the column that tells persons apart, if the table has one."""
        return next((column.name for column in self.columns if column.type == "person"), None)

    def with_severities(self, severities: Mapping[str, Severity]) -> Subject:
        """Return the subject with other severities of some rules, by the rules' ids."""
        known = {rule.id for rule in self.all_rules()} | {*ABOUT_A_TABLE_WORDS, *READINGS}
        known.discard(AFTER_EXTRACTION)
        for name in severities:
            if name not in known:
                raise ParameterError(
                    f"rules.{self.name} names rules of that table.",
                    f'"{name}"',
                    did_you_mean(name, known),
                )
        return replace(self, severities=severities)

    def about_table(self) -> Iterator[tuple[str, Severity, str]]:
        """Yield id, severity and words of the rules about the table as a whole."""
        for name, words in ABOUT_A_TABLE_WORDS.items():
            severity = self._severity_about_table(name)
            if severity != "off":
                yield name, severity, words

    def about_reading(self) -> Iterator[Reading]:
        """Yield what may be doubtful in how an extract was read."""
        for name, one in READINGS.items():
            severity = self.severities.get(name, one.severity)
            if severity != "off":
                yield replace(one, severity=severity)

    def _severity_about_table(self, name: str) -> Severity:
        if name in ALWAYS_STOPS:
            return "stop"
        if name in _OF_ANY_TABLE:
            return self.severities.get(name, _OF_ANY_TABLE[name])
        is_note = name == VOLUME_OUTSIDE_BAND or self.may_be_quiet
        usual: Severity = "note" if is_note else "stop"
        return self.severities.get(name, usual) if self.dated_by else "off"

    def all_rules(self) -> Iterator[Rule]:
        """Yield the rules that follow from the columns and the key, then the table's own."""
        for each in self._declared_rules():
            severity = self.severities.get(each.id, each.severity)
            if severity != "off" and self.absent.isdisjoint(each.about):
                yield replace(each, severity=severity)

    def _declared_rules(self) -> Iterator[Rule]:
        if events(self):
            yield after_extraction()
        if may_reach_beyond(self):
            yield dates_after_extraction()
        yield from unreadable(self.unread)
        for column in self.columns:
            yield from column_rules(column)
        if self.key:
            yield from key_rules([self.by_name[name] for name in self.key])
        yield damaged_letters([column.name for column in self.columns if column.type == "text"])
        yield from self.rules
