"""The catalogue of a parameter folder: what its definitions.yaml declares, and what kpi brings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

from kpi.definitions.catalogue import SHIPPED, Catalogue
from kpi.definitions.columns import Column
from kpi.definitions.expressions import columns_of
from kpi.definitions.in_words import condition_in_words, value_in_words
from kpi.definitions.kinds import KINDS, Metric, Per, Periods, columns_with_derived, with_derived
from kpi.definitions.rules import ADDED, COLUMNS_WORDS, Rule, in_order, never, once
from kpi.definitions.subject import Subject
from kpi.errors import DefinitionError, did_you_mean
from kpi.language import COMPLETE, Labels
from kpi.language.catalogue import add_languages, further_folder
from kpi.language.words import ByLanguage
from kpi.params.definitions_file import (
    DeclaredMetric,
    DeclaredPer,
    DeclaredPeriods,
    DeclaredRule,
    DeclaredSubject,
    DefinitionsFile,
    forms,
)
from kpi.params.reading import read_content, validated

DEFINITIONS = "definitions.yaml"
RESERVED = (
    "ignored_by_its_words",
    *ADDED, "person", "outcome", "period_on", "days", "net_days", "start_at", "stop_at", "is_done",
    "date", "quarter", "on_date", "covered", "was_so",
)  # fmt: skip
"""Columns that the program makes of a subject's rows."""


def catalogue_of(folder: Path, language: str) -> Catalogue:
    """Return the definitions of a parameter folder: those that it declares beside the program's.

    Raises ParameterError and DefinitionError for declarations that cannot be read or do not fit.
    """
    path = folder / DEFINITIONS
    if not path.is_file():
        return SHIPPED
    return declared(json.dumps(read_content(path), default=str), language, further_folder())


@lru_cache(maxsize=8)
def declared(text: str, language: str, further: str = "") -> Catalogue:
    """Make a catalogue of what a definitions.yaml holds, as JSON; `language` is the report's.

    `further` is the folder of further languages, which another process may not know of yet.
    """
    if further:
        add_languages(Path(further))
    file, _ = validated(
        json.loads(text), Path(DEFINITIONS), DefinitionsFile, DefinitionError, language
    )
    own = {name: _subject(name, one, language) for name, one in file.subjects.items()}
    subjects = {**SHIPPED.subjects, **own}
    for name, subject in own.items():
        _see_others(name, subject, subjects)
    kept = {
        name: one
        for name, one in SHIPPED.metrics.items()
        if not own.keys() & {table for table in one.tables if table in own}
    }
    metrics = {name: _metric(name, one, subjects) for name, one in file.metrics.items()}
    return Catalogue(subjects, {**kept, **metrics}, text, (declared, (text, language, further)))


def _subject(name: str, one: DeclaredSubject, main: str) -> Subject:
    columns = {column: about.column(column, main) for column, about in one.columns.items()}
    where = f"subjects.{name}"
    for column in columns:
        if column in RESERVED:
            raise DefinitionError(
                f"The columns of {where} have names that the program does not use itself.",
                f'"{column}"',
                f"Call it {name}_{column}, and map it in the quarter's sources.",
            )
    steps = one.steps.order if one.steps else ()
    named = {
        "key": one.key,
        "found_by": one.found_by,
        "dated_by": (one.dated_by,),
        "amount": (one.amount,),
        "groups": one.groups,
        "steps": (f"{step}_at" for step in steps),
        "steps.done": (one.steps.done, one.steps.closed) if one.steps else (),
        "appointments": _booked_by(one),
        "known_by": (column.known_by for column in columns.values()),
        **{f"rules.{at}": _columns_of(rule) for at, rule in enumerate(one.rules, start=1)},
    }
    listed = {part: [*filter(None, names)] for part, names in named.items()}
    for part, names in listed.items():
        _see(f"{where}.{part}", names, columns)
    early = _made_when_read(where, filter(None, chain(*listed.values())), one, columns)
    subject = Subject(
        name,
        one.grain or one.words.words().cases[0],
        tuple(one for one in columns.values() if not one.expr or one.name in early),
        key=one.key,
        found_by=one.found_by,
        dated_by=one.dated_by,
        may_be_quiet=one.may_be_quiet,
        rules=tuple(_rule(rule, columns) for rule in one.rules),
        title=one.title or ByLanguage({main: name.replace("_", " ").capitalize()}),
        words=one.words.words(),
        amount=one.amount,
        groups=one.groups,
        steps=one.steps.steps() if one.steps else None,
        waits=one.waits.waits() if one.waits else None,
        appointments=one.appointments.appointments() if one.appointments else None,
        derived=tuple(c for c in columns.values() if c.expr and c.name not in early),
    )
    _see_expressions(where, subject)
    return subject


def _booked_by(one: DeclaredSubject) -> tuple[str, ...]:
    booked = one.appointments
    return (booked.asked, booked.ready, booked.offered, booked.came, booked.fate) if booked else ()


def _made_when_read(
    where: str, named: Iterable[str], one: DeclaredSubject, columns: Mapping[str, Column]
) -> set[str]:
    """Return the columns made of others that are there before any figure: in the key, in rules."""
    found: set[str] = set()
    conditions = [text for rule in one.rules for text in (rule.never, rule.among) if text]
    todo = [*named, *(column for text in conditions for column in columns_of(text, columns, where))]
    while todo:
        name = todo.pop()
        if columns[name].expr and name not in found:
            found.add(name)
            todo += columns_of(columns[name].expr, columns, f"{where}.columns.{name}")
    return found


def _columns_of(rule: DeclaredRule) -> tuple[str, ...]:
    return (*(rule.in_order or ()), *rule.once)


def _rule(one: DeclaredRule, columns: Mapping[str, Column]) -> Rule:
    named = [columns[name] for name in _columns_of(one)]
    main = next(iter(one.words)) if one.words else ""
    words = one.words[main] if one.words else _in_words(one, named)
    more: dict[str, Any] = {"casts_doubt": one.casts_doubt, "is_no_case": one.is_no_case}
    if one.in_order:
        first, second = one.in_order
        rule_id = one.id or f"{second}_before_{first}"
        return in_order(rule_id, first, second, words, severity=one.severity, **more)
    if one.once:
        rule_id = one.id or f"{'_'.join(one.once)}_repeated"
        return once(rule_id, words, *one.once, among=one.among, severity=one.severity, **more)
    return never(str(one.id), one.severity, one.never, words, **more)


def _in_words(one: DeclaredRule, named: list[Column]) -> str:
    """Say what a rule about columns asks for, in the language of their labels."""
    labels = [column.label for column in named]
    say = Labels(named[0].language)
    if one.in_order:
        first, second = labels
        return str(say(GENERATED_WORDS["in_order"], first=first, second=second))
    return str(say(COLUMNS_WORDS["repeated_key"], columns=say.and_list(labels)))


def _see(where: str, names: Iterable[str], known: Iterable[str]) -> None:
    known = list(known)
    for name in names:
        if name not in known:
            raise DefinitionError(
                f"{where} names what is declared.", f'"{name}"', did_you_mean(name, known)
            )


def _see_expressions(where: str, subject: Subject) -> None:
    """See that derived columns and rules are expressions over the subject's columns."""
    from kpi.definitions.expressions import holds, unbound

    rows = with_derived(subject, unbound(subject.columns))
    if subject.appointments and subject.appointments.filter:
        which = subject.appointments.filter
        holds(which, rows, columns_with_derived(subject), f"{where}.appointments.filter")
    for rule in subject.rules:
        if rule.when:
            holds(rule.when, rows, columns_with_derived(subject), f"{where}.rules.{rule.id}")


def _see_others(name: str, subject: Subject, subjects: Mapping[str, Subject]) -> None:
    """See that other subjects which it names are there, with the columns that they need."""
    events, waits = subject.events, subject.waits
    others = {"steps.events": (events, "step", "happened_at")} if events else {}
    if waits:
        others["waits.subject"] = (waits.subject, waits.since, waits.until)
    for part, (other, *columns) in others.items():
        _see(f"subjects.{name}.{part}", [other], subjects)
        _see(f"subjects.{other}.columns", [*subject.key, *columns], subjects[other].by_name)


def _metric(name: str, one: DeclaredMetric, subjects: Mapping[str, Subject]) -> Metric:
    where = f"metrics.{name}"
    kind = KINDS[one.kind]
    values: dict[str, Any] = {
        part.name: getattr(one, part.name)
        for part in fields(kind)
        if part.name in one.model_fields_set
    }
    for part, value in values.items():
        if part == "subject":
            _see(f"{where}.subject", [value], subjects)
            values[part] = subjects[value]
        elif isinstance(value, DeclaredPeriods):
            values[part] = _periods(f"{where}.{part}", value, subjects)
        elif isinstance(value, DeclaredPer):
            values[part] = _per(f"{where}.{part}", value, subjects)
        elif part in ("late", "unknown"):
            values[part] = forms(value)
    if not one.words:
        values["words"] = _generated(one, subjects.get(one.subject))
    metric: Metric = kind(id=name, **values)
    return metric


def _periods(where: str, one: DeclaredPeriods, subjects: Mapping[str, Subject]) -> Periods:
    _see(f"{where}.subject", [one.subject], subjects)
    return Periods(**dict(one) | {"subject": subjects[one.subject]})


def _per(where: str, one: DeclaredPer, subjects: Mapping[str, Subject]) -> Per:
    _see(f"{where}.subject", [one.subject], subjects)
    given = {name: getattr(one, name) for name in one.model_fields_set}
    return Per(**given | {"subject": subjects[one.subject], "unit": f"per_{one.unit}"})


def _generated(one: DeclaredMetric, subject: Subject | None) -> ByLanguage:
    """Say in words what a metric counts, in each language that the program is complete in."""
    found = ByLanguage()
    for language in COMPLETE:
        say = Labels(language)
        values = {name: str(getattr(one, name)) for name in _NAMED}
        cases = say(subject.words.cases[1]) if subject else ""
        columns = columns_with_derived(subject) if subject else {}
        values |= {
            name: value_in_words(text, columns, say)
            for name, text in values.items()
            if text and name != "flag"
        }
        values["flag"] = condition_in_words(one.flag, columns, say) if one.flag else ""
        said = str(say(GENERATED_WORDS[one.kind], cases=cases, **values))
        parts = [said[:1].upper() + said[1:]]
        for part, text in (("filter", one.filter), ("exclude", one.exclude)):
            if text:
                condition = condition_in_words(text, columns, say)
                parts.append(say(GENERATED_WORDS[part], condition=condition))
        found[language] = " ".join(map(str, parts))
    return found


_NAMED = ("start", "stop", "flag", "value", "numerator", "denominator")
GENERATED_WORDS = {
    "share_within_limit": "Of {cases} the share that came from \u201c{start}\u201d to "
    "\u201c{stop}\u201d within the limit.",
    "duration": "How long {cases} took from \u201c{start}\u201d to \u201c{stop}\u201d.",
    "share_of_flag": "Of {cases} the share of which this is true: {flag}.",
    "share_of_days": "The share of working days with {cases} of which this is true: {flag}.",
    "count": "The number of {cases}.",
    "rate": "The number of {cases} in relation to the time or work that it took.",
    "sum": "The sum of {value}.",
    "ratio_of_sums": "The share of {numerator} in {denominator}.",
    "reported": "{value}, as it is reported.",
    "stock": "{cases} on the last day of the period.",
    "attested": "A person states whether the target was kept.",
    "text": "An aim without a measure.",
    "filter": "Counted where {condition}.",
    "exclude": "Not counted where {condition}.",
    "in_order": "{second} is on or after the day of {first}",
}
"""What is said of a metric whose declaration does not say it."""
