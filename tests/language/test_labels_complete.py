"""Every text that can reach a reader has a Danish translation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import jinja2
import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from kpi.definitions.catalogue import SHIPPED
from kpi.definitions.frames import FRAMES, MADE_OF_SHOWN, Inner
from kpi.definitions.kinds import FromRows, Rate
from kpi.definitions.overlapping import SUMS
from kpi.definitions.statuses import STATUSES
from kpi.definitions.words import NOT_RECORDED, NOT_SO, SAID, TOO_LATE, TOO_LATE_AT_A_STEP, UNKNOWN
from kpi.language.of_periods import in_english, is_about_quarters
from kpi.periods import Kind

KPI = Path(__file__).resolve().parents[2] / "kpi"
DANISH = KPI / "language" / "locale" / "da" / "LC_MESSAGES" / "kpi.po"
SPEAKERS = {"labels", "words", "self"}
PLURALS = {f"{speaker}.plural" for speaker in SPEAKERS}
PLACEHOLDER = re.compile(r"\{(\w*)\}")


def messages() -> Iterator[str | tuple[str, str]]:
    """Yield every message id: a text, or the two forms of a plural."""
    yield from _in_code()
    yield from _in_templates()
    yield from _in_word_lists()
    yield from _in_findings()
    yield from (text for one in STATUSES.values() for text in (one.word, one.meaning))
    yield from _in_frames()
    yield from (text for one in SUMS for text in (one.words, one.among))
    yield from SAID.values()
    yield from (NOT_RECORDED, NOT_SO, TOO_LATE, TOO_LATE_AT_A_STEP, UNKNOWN)
    for definition in SHIPPED.metrics.values():
        yield str(definition.title)
        yield str(definition.words)
        if isinstance(definition, FromRows):
            for forms in filter(None, (definition.late, definition.unknown)):
                yield str(forms[0]), str(forms[1])
        if isinstance(definition, Rate):
            per = definition.per
            yield from map(str, (per.means, per.short, per.basis, per.too_few, per.too_many))
    for table in SHIPPED.subjects.values():
        yield str(table.grain)
        yield str(table.title)
        said = table.words
        for one, many in (*said.late.values(), *said.unknown.values()):
            yield str(one), str(many)
        yield from map(str, said.cases)
        yield str(said.ended)
        by_name = (said.steps, said.groups, said.said)
        yield from (str(text) for words in by_name for text in words.values())
        yield from (
            text
            for column in (*table.columns, *table.derived)
            for text in (str(column.means), str(column.unit))
        )
        yield from (rule.words for rule in table.all_rules())


def _in_code() -> Iterator[str | tuple[str, str]]:
    for path in sorted(KPI.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield from _message(node, path)


def _message(call: ast.Call, path: Path) -> Iterator[str | tuple[str, str]]:
    called = (
        ast.unparse(call.func).removeprefix("facts.").removeprefix("self.").removeprefix("both.")
    )
    is_plural = called in PLURALS and len(call.args) == len(("one", "many", "n"))
    if not is_plural and called not in SPEAKERS:
        return
    texts = [_text(argument, path) for argument in call.args[: 2 if is_plural else 1]]
    if all(texts):
        yield (texts[0], texts[1]) if is_plural else texts[0]


def _text(node: ast.expr, path: Path) -> str:
    """Read a text, or a constant of the module that holds one; else nothing."""
    if isinstance(node, ast.Name) and node.id.isupper():
        return str(getattr(_module(path), node.id))
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return node.value if is_text else ""  # type: ignore[attr-defined]


def _module(path: Path) -> ModuleType:
    parts = path.relative_to(KPI.parent).with_suffix("").parts
    return import_module(".".join(parts[:-1] if parts[-1] == "__init__" else parts))


def _in_templates() -> Iterator[str]:
    environment = jinja2.Environment(autoescape=True)
    for path in sorted(KPI.rglob("*.j2")):
        tree = environment.parse(path.read_text(encoding="utf-8"))
        for call in tree.find_all(jinja2.nodes.Call):
            is_message = isinstance(call.node, jinja2.nodes.Name) and call.node.name == "t"
            if is_message and call.args and isinstance(call.args[0], jinja2.nodes.Const):
                yield call.args[0].value


def _in_word_lists() -> Iterator[str | tuple[str, str]]:
    """Read the constants whose names end with _WORDS: what is chosen at run time."""
    for path in sorted(KPI.rglob("*.py")):
        if "_WORDS" in path.read_text(encoding="utf-8"):
            for name, value in vars(_module(path)).items():
                if name.endswith("_WORDS"):
                    yield from value.values() if isinstance(value, dict) else value


def _in_findings() -> Iterator[str]:
    """Read what kpi.quality finds of whole tables: texts that it assigns to `words`."""
    for path in sorted((KPI / "quality").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "words":
                yield _text(node.value, path)


def _in_frames() -> Iterator[str]:
    for frame in (*FRAMES.values(), *MADE_OF_SHOWN.values()):
        yield from (frame.title, frame.about, *(relation.means for relation in frame.adds_up))
        for column in frame:
            if not isinstance(column, Inner):
                yield from (column.title, column.means, column.unit.words)


@cache
def danish() -> Catalog:
    with DANISH.open("rb") as file:
        return read_po(file, locale="da")


ALL = sorted({message for message in messages() if message}, key=str)


def _translations(message: str | tuple[str, str]) -> tuple[Any, ...]:
    found = danish().get(message)
    if not found:
        return ()
    return (found.string,) if isinstance(message, str) else tuple(found.string or ())


def test_every_message_has_a_danish_translation():
    missing = [one for one in ALL if not _translations(one) or not all(_translations(one))]
    assert missing == [], f"add them to {DANISH}"


def test_translations_fill_in_the_same_values():
    others = []
    for message in ALL:
        forms = (message,) if isinstance(message, str) else message
        wanted = {name for form in forms for name in PLACEHOLDER.findall(form)} - {"n"}
        filled_in = [set(PLACEHOLDER.findall(text)) - {"n"} for text in _translations(message)]
        others += [message for names in filled_in if names != wanted]
    assert others == []


def test_the_catalogue_has_no_message_that_nothing_uses():
    known = {message if isinstance(message, str) else message[0] for message in ALL}
    ids = {m.id if isinstance(m.id, str) else m.id[0] for m in danish() if m.id}
    assert sorted(ids - known) == []


@pytest.mark.parametrize("kind", ["month", "year"])
def test_what_is_said_of_quarters_is_said_of_other_periods(kind: Kind):
    """In Danish by a translation of its own, in English by the word; neither speaks of quarters."""
    ours = [one for one in ALL if is_about_quarters(one if isinstance(one, str) else one[0])]
    assert len(ours) > 50
    for one in ours:
        forms = (one,) if isinstance(one, str) else one
        found = danish().get(one, context=kind)
        assert found, f"no Danish for {kind}s: {one}"
        said = (found.string,) if isinstance(one, str) else tuple(found.string or ())
        english = tuple(in_english(form, kind) for form in forms)
        assert all(said)
        for text, form in zip((*said, *english), (*forms, *forms), strict=True):
            assert not re.search(r"(?<!\{)(?:kvartal|quarter)(?!Q)", text, re.IGNORECASE)
            assert set(PLACEHOLDER.findall(text)) - {"n"} == set(PLACEHOLDER.findall(form)) - {"n"}
    contexts = {m.id if isinstance(m.id, str) else tuple(m.id) for m in danish() if m.context}
    assert contexts == {one if isinstance(one, str) else tuple(one) for one in ours}
