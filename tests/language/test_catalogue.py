"""The catalogues: what is missing, stale or broken, and what Greenlandic may hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from kpi.errors import ExportError
from kpi.language import Labels, catalogue
from kpi.language.catalogue import MadeFrom, read_catalogue, state, translations

ATTESTED = {
    "Contents": "Imai",
    "Quarter": "Ukiup sisamararterutaa",
    "Q{number} {year}": "ukiup sisamararterutaa {number} {year}",
}
DANISH = """
msgid "Dropped"
msgstr "Udgået"

msgid "{n} day"
msgid_plural "{n} days"
msgstr[0] "{n} dag"
msgstr[1] "{n} dage"
"""
OTHER = """
#. translated from {mark}
msgid "Dropped"
msgstr "Bortfallet"

msgid "{{n}} day"
msgid_plural "{{n}} days"
msgstr[0] "{{n}} dag"
msgstr[1] ""
"""


@pytest.fixture
def other(tmp_path, monkeypatch):
    """Give what writes a Danish catalogue and one of another language."""
    monkeypatch.setattr(catalogue.resources, "files", lambda _: tmp_path)

    def write(texts: str, danish: str = DANISH) -> None:
        for language, content in (("da", danish), ("kl", texts)):
            path = Path(str(catalogue.catalogue_path(language)))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        translations.cache_clear()

    yield write
    monkeypatch.undo()
    translations.cache_clear()


def test_greenlandic_knows_every_message_of_the_program():
    """`kpi translate kl --refresh` adds those that are new."""
    ids = {message.id for message in read_catalogue("kl")}
    assert [one.id for one in state("kl") if one.id not in ids] == []


def test_greenlandic_holds_attested_words_only():
    """Until a translator has sent more; never machine-made."""
    written = {one.id: one.translation[0] for one in state("kl") if any(one.translation)}
    assert written == ATTESTED
    assert not any(one.is_stale for one in state("kl"))


def test_a_translation_is_used_while_its_source_is_the_same(other):
    other(OTHER.format(mark=MadeFrom.text(("Udgået",)).fingerprint))
    assert Labels("kl")("Dropped") == "Bortfallet"
    assert Labels("kl").awaiting == (1, 2)


def test_a_stale_translation_is_not_used(other):
    other(OTHER.format(mark=MadeFrom.text(("Afskaffet",)).fingerprint))
    assert [one.is_stale for one in state("kl")] == [True, True]
    assert Labels("kl")("Dropped") == "Udgået"
    assert Labels("kl").awaiting == (2, 2)


def test_a_plural_with_one_form_only_is_not_used(other):
    mark = MadeFrom.text(("{n} dag", "{n} dage")).fingerprint
    other(
        OTHER.format(mark="").replace(
            'msgid "{n} day"', f'#. translated from {mark}\nmsgid "{{n}} day"'
        )
    )
    assert Labels("kl").plural("{n} day", "{n} days", 1) == "1 dag"
    assert [one.is_current for one in state("kl")] == [False, False]


def test_a_missing_catalogue_says_what_to_do(other):
    other("")
    Path(str(catalogue.catalogue_path("kl"))).unlink()
    with pytest.raises(ExportError, match='none for "kl"') as caught:
        Labels("kl")
    assert "leave the language out" in caught.value.remedy


def test_a_broken_catalogue_is_told(other):
    other("what is this?")
    with pytest.raises(ExportError, match="is a gettext file"):
        Labels("kl")
