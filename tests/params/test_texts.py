"""Texts in several languages: written as a mapping, sent by a translator, stale, too long."""

from __future__ import annotations

from pathlib import Path

import pytest

from kpi.errors import ParameterError
from kpi.params import Params, load_params
from kpi.params.texts import PROSE, REMARK, Place
from kpi.periods import Period

QUARTER = """
quarter: 2019Q4
as_of: 2020-01-15
history_from: 2018Q1
organisation: {{name: A town}}
calendar: {{country: GL}}
sources:
  bills: {{file: bills.csv, columns: {{bill_id: Number}}}}
comments:
  payments_on_time: {{cause: {cause}, owner: Ydelseschefen}}
agenda:
  recommendation: [{{da: første, en: the first}}, andet]
"""
TARGETS = """
metrics:
  payments_on_time:
    owner: {da: Ydelseschefen, en: Head of benefits}
    targets: [{direction: at_least, value: 0.9, wording: {da: mindst 90 %, en: at least 90%}}]
"""


def load(folder: Path, cause: str = "Sygdom", targets: str = TARGETS, **sent: str) -> Params:
    (folder / "2019Q4.yaml").write_text(QUARTER.format(cause=cause), encoding="utf-8")
    (folder / "targets.yaml").write_text(targets, encoding="utf-8")
    (folder / "texts").mkdir(exist_ok=True)
    for name, content in sent.items():
        file, language = name.rsplit("_", 1)
        path = folder / "texts" / f"{file}.{language}.yaml"
        path.write_text(content, encoding="utf-8")
    return load_params(folder, Period(2019, 4))


def entry(place: str, source: str, text: str) -> str:
    return f'texts:\n- {{place: {place}, source: "{source}", text: "{text}"}}\n'


CAUSE = "comments.payments_on_time.cause"


def test_a_text_is_the_one_in_the_reports_language(tmp_path: Path) -> None:
    """Wherever it is used; its translations are found by it."""
    params = load(tmp_path, cause="{da: Sygdom, en: Illness}")
    assert params.report.comments["payments_on_time"].cause == "Sygdom"
    assert params.metrics["payments_on_time"].targets[0].wording == "mindst 90 %"
    assert params.texts.say("Sygdom", "en") == "Illness"
    assert params.texts.say("første", "en") == "the first"
    assert params.texts.say("Sygdom", "da") == "Sygdom"
    assert params.texts.say("Sygdom", "kl") == ""


def test_a_text_that_stands_again_needs_its_translation_once(tmp_path: Path) -> None:
    """The owner has one in targets.yaml and none in the quarter's file."""
    assert load(tmp_path).texts.say("Ydelseschefen", "en") == "Head of benefits"


def test_every_text_that_readers_see_is_known_by_its_place(tmp_path: Path) -> None:
    """In lists as well; file numbers, names of files and dates are no texts."""
    assert {str(place): text for place, text in load(tmp_path).texts.sources.items()} == {
        "2019Q4: organisation.name": "A town",
        "2019Q4: comments.payments_on_time.cause": "Sygdom",
        "2019Q4: comments.payments_on_time.owner": "Ydelseschefen",
        "2019Q4: agenda.recommendation.1": "første",
        "2019Q4: agenda.recommendation.2": "andet",
        "targets: metrics.payments_on_time.owner": "Ydelseschefen",
        "targets: metrics.payments_on_time.targets.1.wording": "mindst 90 %",
    }


def test_what_a_translator_sent_is_used_while_its_source_stands(tmp_path: Path) -> None:
    """And is stale, not used, once the source is another."""
    sent = entry(CAUSE, "Sygdom", "Illness")
    assert load(tmp_path, **{"2019Q4_en": sent}).texts.say("Sygdom", "en") == "Illness"
    changed = load(tmp_path, cause="Ferie", **{"2019Q4_en": sent}).texts
    assert changed.say("Ferie", "en") == ""
    assert changed.stale["en"] == {Place("2019Q4", CAUSE): "Illness"}
    assert Place("2019Q4", CAUSE) in changed.missing("en")


def test_the_parameter_files_own_translation_comes_first(tmp_path: Path) -> None:
    """It is changed there."""
    sent = entry(CAUSE, "Sygdom", "Sickness")
    texts = load(tmp_path, cause="{da: Sygdom, en: Illness}", **{"2019Q4_en": sent}).texts
    assert texts.say("Sygdom", "en") == "Illness"
    assert "Sygdom" in texts.fixed["en"]


@pytest.mark.parametrize(
    ("cause", "message"),
    [
        ("{en: Illness}", "in the report's language as well"),
        ("{da: Sygdom, de: Krankheit}", 'per language (da, en, kl): "de"'),
        ("{da: Sygdom, en: 5}", "no text"),
        ("{da: andet, en: other}, action: {da: andet, en: else}", "two translations"),
        (f"'{'x' * (REMARK + 1)}'", "2,001 characters; at most 2,000"),
        (f"'{'🙂' * 10_000}'", "10,000 characters; at most 2,000"),
    ],
)
def test_what_cannot_be_printed_is_refused(tmp_path: Path, cause: str, message: str) -> None:
    """With the place, and what to do."""
    with pytest.raises(ParameterError) as caught:
        load(tmp_path, cause=cause)
    assert message in str(caught.value)
    assert "comments.payments_on_time" in str(caught.value)


def test_the_limits_are_what_has_room(tmp_path: Path) -> None:
    """A comment of 2,000 characters is printed; the agenda's texts may be ten times as long."""
    assert len(load(tmp_path, cause="x" * REMARK).texts.sources) == 7
    assert PROSE == 10 * REMARK


def test_a_targets_text_too_long_is_the_analysts_error_too(tmp_path: Path) -> None:
    """Not one of a definition."""
    long = TARGETS.replace("{da: Ydelseschefen, en: Head of benefits}", "x" * 301)
    with pytest.raises(ParameterError, match="301 characters"):
        load(tmp_path, targets=long)
