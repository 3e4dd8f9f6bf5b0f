"""What an administration declares itself: the same records, and errors that say what to mend."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import pytest
import yaml

from kpi.definitions.catalogue import SHIPPED
from kpi.definitions.kinds import Rate, ShareWithinLimit, Stock, check
from kpi.errors import DefinitionError, KpiError
from kpi.language import Labels
from kpi.params import load_params
from kpi.params.declared import DEFINITIONS, catalogue_of
from kpi.periods import Period
from kpi.run.reuse import as_data

DECLARED: dict[str, Any] = {
    "subjects": {
        "dispatches": {
            "title": {"en": "Dispatches", "da": "Udrykninger"},
            "key": "dispatch",
            "dated_by": "received_at",
            "groups": "district",
            "columns": {
                "dispatch": {"required": True},
                "received_at": {"type": "moment", "label": {"en": "call", "da": "opkald"}},
                "on_scene_at": {"type": "moment", "label": {"en": "arrival", "da": "ankomst"}},
                "priority": {"allowed": ["1", "2", "3"]},
                "district": "text",
                "is_urgent": {"type": "yes_no", "expr": "priority = '3'"},
            },
            "steps": {"order": ["received", "on_scene"]},
            "words": {
                "cases": {"en": ["dispatch", "dispatches"], "da": ["udrykning", "udrykninger"]},
                "steps": {"on_scene": {"en": "on scene", "da": "på stedet"}},
            },
            "rules": [
                {"in_order": ["received_at", "on_scene_at"]},
                {"never": "priority IS NULL", "id": "without_priority", "words": "It has one"},
            ],
        },
        "shifts": {
            "key": ["day", "unit"],
            "columns": {"day": {"type": "date", "required": True}, "unit": {"required": True}},
        },
    },
    "metrics": {
        "on_scene_in_time": {
            "kind": "share_within_limit",
            "title": {"en": "On scene within {days} days", "da": "På stedet inden {days} dage"},
            "subject": "dispatches",
            "filter": "is_urgent",
            "exclude": "district IS NULL",
            "start": "received_at",
            "stop": "on_scene_at",
        },
        "dispatches_a_shift": {
            "kind": "rate",
            "title": "Dispatches a shift",
            "words": "How many there were.",
            "subject": "dispatches",
            "happened": "received_at",
            "per": {"unit": "shift", "subject": "shifts", "on": "day", "means": "number per shift"},
        },
    },
}


@pytest.fixture
def read(tmp_path: Path):
    """Give what reads declarations with something changed: a path of keys, and its value."""

    def read(*changes: tuple[str, Any], language: str = "en"):
        declared = copy.deepcopy(DECLARED)
        for place, value in changes:
            *keys, last = place.split(".")
            node = declared
            for key in keys:
                node = node[key]
            node[last] = value
        text = yaml.safe_dump(declared, sort_keys=False)
        (tmp_path / DEFINITIONS).write_text(text, encoding="utf-8")
        return catalogue_of(tmp_path, language)

    return read


def test_declarations_make_the_records_of_the_programs_own(read):
    found = read()
    subject, metric = found.subjects["dispatches"], found.metrics["on_scene_in_time"]
    assert isinstance(metric, ShareWithinLimit)
    assert metric.subject is subject
    assert metric.last_step == "on_scene"
    assert [one.name for one in subject.derived] == ["is_urgent"]
    assert subject.groups == ("district",)
    rate = found.metrics["dispatches_a_shift"]
    assert isinstance(rate, Rate)
    assert (rate.unit, rate.tables) == ("per_shift", ("dispatches", "shifts"))
    for one in (metric, rate):
        check(one)


def test_the_programs_own_stay_beside_them(read):
    found = read()
    assert set(SHIPPED.metrics) < set(found.metrics)
    assert found.subjects["bills"] is SHIPPED.subjects["bills"]


def test_a_subject_of_the_same_name_takes_the_place_of_the_programs_own_with_its_metrics(read):
    own = {"columns": {"number": {"required": True}}, "key": "number"}
    found = read(("subjects.bills", own))
    assert list(found.subjects["bills"].by_name) == ["number"]
    assert "payments_on_time" not in found.metrics
    assert "application_time" in found.metrics


def test_a_folder_without_declarations_has_the_programs_own(tmp_path):
    assert catalogue_of(tmp_path, "da") is SHIPPED


def test_what_is_not_said_is_said_by_the_program_in_each_language(read):
    metric = read().metrics["on_scene_in_time"]
    assert Labels("en")(metric.words) == (
        "Of dispatches the share that came from “call” to “arrival” within the limit. Counted "
        "where “is urgent” is true. Not counted where “district” is missing."
    )
    assert Labels("da")(metric.words).startswith("Den andel af udrykninger, der nåede fra “opkald”")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["arrival is on or after the day of call", "It has one"]),
        ("da", ["ankomst er samme dag som opkald eller senere", "It has one"]),
    ],
)
def test_rules_are_neutral_notes_in_the_language_of_the_report(read, language, words):
    titles = [("metrics.dispatches_a_shift.title", "x")]
    rules = read(*titles, language=language).subjects["dispatches"].rules
    assert [rule.words for rule in rules] == words
    assert {(rule.severity, rule.casts_doubt) for rule in rules} == {("note", False)}


def test_another_process_makes_the_same_catalogue(read):
    found = read()
    again = pickle.loads(pickle.dumps(found))  # noqa: S301 - our own
    assert again.declared == found.declared
    assert list(again.metrics) == list(found.metrics)
    assert again.subjects["dispatches"].by_name == found.subjects["dispatches"].by_name
    assert pickle.loads(pickle.dumps(SHIPPED)) is SHIPPED  # noqa: S301 - our own


def test_what_depends_on_parameters_depends_on_declarations(tmp_path):
    (tmp_path / "targets.yaml").write_text("metrics: {}", encoding="utf-8")
    (tmp_path / "2019Q4.yaml").write_text(
        "{quarter: 2019Q4, as_of: 2020-01-15, history_from: 2019Q4, organisation: {name: A}, "
        "calendar: {country: DK}, sources: {}, language: en}",
        encoding="utf-8",
    )
    before = as_data(load_params(tmp_path, Period(2019, 4)))
    (tmp_path / DEFINITIONS).write_text(yaml.safe_dump(DECLARED), encoding="utf-8")
    assert as_data(load_params(tmp_path, Period(2019, 4))) != before


def test_a_stock_has_its_periods(read):
    held = {"subject": "dispatches", "since": "received_at", "until": "on_scene_at"}
    stock = {"kind": "stock", "title": "S", "subject": "dispatches", "state": held, "has": held}
    found = read(("metrics.under_way", stock)).metrics["under_way"]
    assert isinstance(found, Stock)
    assert found.state.until == "on_scene_at"


ON_SCENE, DISPATCHES = "metrics.on_scene_in_time", "subjects.dispatches"
BROKEN = {
    "a column that nobody declared": (
        (f"{ON_SCENE}.filter", "urgent"), ("filter reads columns that are declared", "is_urgent"),
    ),
    "a statement": ((f"{ON_SCENE}.filter", "DROP TABLE x"), ("is one expression",)),
    "two statements": ((f"{ON_SCENE}.filter", "TRUE; SELECT 1"), ("is one expression",)),
    "a subquery": (
        (f"{ON_SCENE}.filter", "priority IN (SELECT priority FROM shifts)"), ("nothing more",),
    ),
    "a function that reads files": (
        (f"{ON_SCENE}.filter", "length(read_text('/etc/passwd')) > 0"), ("nothing more",),
    ),
    "a filter that is no condition": ((f"{ON_SCENE}.filter", "priority"), ("is true or false",)),
    "a kind that lacks its clock": (
        ("metrics.x", {"kind": "duration", "title": "X", "subject": "dispatches", "stop": "a"}),
        ("a duration needs start",),
    ),
    "a kind that nobody knows": ((f"{ON_SCENE}.kind", "share_in_limit"), ("share_within_limit",)),
    "a part that its kind does not have": ((f"{ON_SCENE}.flag", "is_urgent"), ("has no flag",)),
    "a subject that nobody declared": ((f"{ON_SCENE}.subject", "dispatch"), ("dispatches",)),
    "a key that nobody declared": ((f"{DISPATCHES}.key", "dispach"), ("dispatch",)),
    "a step without a column": (
        (f"{DISPATCHES}.steps", {"order": ["received", "arrived"]}), ("arrived_at",),
    ),
    "a key of the file that nobody knows": ((f"{DISPATCHES}.colums", {}), ("columns",)),
    "a column that the program makes": (
        (f"{DISPATCHES}.columns.outcome", "text"), ("does not use itself", "outcome"),
    ),
    "a type that nobody knows": ((f"{DISPATCHES}.columns.a", "datetime"), ("moment",)),
    "a name that is none": ((f"{DISPATCHES}.columns.Abc Def", "text"), ("small letters",)),
    "a rule of two kinds": (
        (f"{DISPATCHES}.rules", [{"never": "TRUE", "once": "priority"}]), ("one of never",),
    ),
    "a rule over a column that nobody declared": (
        (f"{DISPATCHES}.rules", [{"never": "prio = 1", "id": "a", "words": "b"}]), ("prio",),
    ),
    "a title with a place that nothing fills": (
        (f"{ON_SCENE}.title", "Within {limit} days"), ("{days} is filled into a title", "{limit}"),
    ),
    "a text without the report's language": (
        (f"{ON_SCENE}.title", {"da": "Til tiden"}), ("report's language as well (en)",),
    ),
    "a language without a catalogue": ((f"{ON_SCENE}.title", {"en": "A", "sv": "B"}), ("sv",)),
    "appointments by a column that nobody declared": (
        (
            f"{DISPATCHES}.appointments",
            {"asked": "received_at", "ready": "received_at", "offered": "on_scene_at",
             "came": "on_scene_at", "fate": "what_became"},
        ),
        ("appointments names what is declared", '"what_became"'),
    ),
    "appointments by a condition that is none": (
        (
            f"{DISPATCHES}.appointments",
            {"asked": "received_at", "ready": "received_at", "offered": "on_scene_at",
             "came": "on_scene_at", "fate": "priority", "filter": "district"},
        ),
        ("appointments.filter is true or false",),
    ),
    "waits of a subject that nobody declared": (
        (f"{DISPATCHES}.waits", {"subject": "wait"}), ("waits.subject names what is declared",),
    ),
    "a value that the column cannot hold": ((f"{ON_SCENE}.filter", "priority = '4'"), ("hold",)),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_does_not_fit_is_told_with_a_suggestion(read, name):
    change, parts = BROKEN[name]

    def read_and_check():
        for metric in read(change).metrics.values():
            check(metric)

    with pytest.raises(KpiError) as broken:
        read_and_check()
    assert [part for part in parts if part not in str(broken.value)] == []


def test_two_subjects_with_one_name_are_told_with_their_line(tmp_path):
    twice = "subjects:\n  a: {columns: {b: text}}\n  a: {columns: {c: text}}\n"
    (tmp_path / DEFINITIONS).write_text(twice, encoding="utf-8")
    with pytest.raises(KpiError, match=r'line 3: the key "a" stands twice'):
        catalogue_of(tmp_path, "en")


def test_targets_name_metrics_that_are_declared(tmp_path, read):
    read()
    (tmp_path / "targets.yaml").write_text("metrics: {on_scene_in_tme: {}}", encoding="utf-8")
    (tmp_path / "2019Q4.yaml").write_text(
        "{quarter: 2019Q4, as_of: 2020-01-15, history_from: 2019Q4, organisation: {name: A}, "
        "calendar: {country: DK}, sources: {}, language: en}",
        encoding="utf-8",
    )
    with pytest.raises(DefinitionError, match="on_scene_in_time"):
        load_params(tmp_path, Period(2019, 4))
