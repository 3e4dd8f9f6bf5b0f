"""A further language: a catalogue in the parameter folder, and each word of a page in it."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from lxml import etree, html  # type: ignore[import-untyped]

from kpi.errors import ExportError, ParameterError
from kpi.language import LANGUAGES, NBSP, Labels
from kpi.language.catalogue import VARIABLE, add_languages, read_catalogue, translations
from kpi.params import load_params
from kpi.periods import Period
from kpi.publication.translation import keep_in_catalogue
from kpi.run import run
from tests.foreign import Administration

PARTS = re.compile(r"(\{[^}]*\}|<[^>]*>|&\w+;)")
PLAIN, OTHER = "abcdefghijklmnopqrstuvwxyz", "абцдефгхийклмнопярстувшхыз"
TABLE = str.maketrans(PLAIN + PLAIN.upper(), OTHER + OTHER.upper())


def pseudo(text: str) -> str:
    """Write each letter of a text as another one; names in braces stay."""
    parts = PARTS.split(text)
    return "".join(part if PARTS.fullmatch(part) else part.translate(TABLE) for part in parts)


def catalogue(language: str) -> bytes:
    """Return a catalogue in which every message of the program is translated, in each context."""
    made = Catalog(locale=language, charset="utf-8")
    for message in read_catalogue("da"):
        if not message.id:
            continue
        told: Any = message.id
        if isinstance(told, str):
            string: Any = pseudo(told)
        else:
            forms = [*told, *[told[1]] * 9][: made.num_plurals]
            string = tuple(pseudo(text) for text in forms)
        made.add(told, string, context=message.context).flags.clear()
    written = io.BytesIO()
    write_po(written, made)
    return written.getvalue()


@pytest.fixture
def further(tmp_path: Path) -> Iterator[Path]:
    """Give the folder of a catalogue in Russian letters, which is forgotten afterwards."""
    folder = tmp_path / "params" / "languages"
    folder.mkdir(parents=True)
    (folder / "ru.po").write_bytes(catalogue("ru"))
    yield folder
    add_languages(tmp_path / "nowhere")


def test_a_catalogue_of_the_folder_is_a_language(
    further: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the numbers, dates and lists of its locale, as Babel has them."""
    with pytest.raises(ExportError, match='none for "ru"'):
        Labels("ru")
    add_languages(further)
    labels = Labels("ru", "en")
    assert labels("not met") == pseudo("not met")
    assert labels.share(0.9345) == f"93,5{NBSP}%"
    assert labels.number(24826981) == f"24{NBSP}826{NBSP}981"
    assert labels.and_list(["1", "2"]) == "1 и 2"
    assert labels("what no catalogue has") == "what no catalogue has"
    assert labels.plural("{n} day", "{n} days", 5) == f"5 {pseudo('days')}"
    add_languages(further.parent / "others")
    assert "ru" not in LANGUAGES
    monkeypatch.setenv(VARIABLE, str(further))
    assert Labels("ru")("not met") == pseudo("not met")  # as another process finds it


@pytest.mark.parametrize(
    ("name", "why"), [("da.po", "own"), ("xq.po", "no language"), ("deutsch.po", "no language")]
)
def test_a_catalogue_is_called_after_its_language(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / name).write_text("", encoding="utf-8")
    with pytest.raises(ParameterError, match=why):
        add_languages(tmp_path)


def test_an_empty_catalogue_is_filled_with_all_messages(tmp_path: Path) -> None:
    """Those of months and years too; what was written stays."""
    (tmp_path / "de.po").write_text('msgid "Dropped"\nmsgstr "Entfallen"\n', encoding="utf-8")
    add_languages(tmp_path)
    try:
        keep_in_catalogue("de", {"program: Status": "Stand"})
        kept, known = read_catalogue("de"), read_catalogue("da")
        assert {(one.id, one.context) for one in kept} == {(one.id, one.context) for one in known}
        translations.cache_clear()
        labels = Labels("de", "en")
        assert [labels("Dropped"), labels("Status")] == ["Entfallen", "Stand"]
        assert labels.awaiting[0] == labels.awaiting[1] - 2
    finally:
        add_languages(tmp_path / "nowhere")


def test_a_language_without_a_catalogue_is_refused(tmp_path: Path) -> None:
    office = lamps(tmp_path, ["en", "de"])
    with pytest.raises(ParameterError, match=r'"de"') as caught:
        load_params(office.places.params, Period(2019, 1))
    assert "languages/de.po" in caught.value.remedy


def lamps(folder: Path, languages: list[str]) -> Administration:
    """Return an office of street lights whose own texts are in English and in the other letters."""

    def said(text: str) -> dict[str, str]:
        both = {"en": text, "ru": pseudo(text)}
        return {language: both[language] for language in both if language in languages}

    def cases(one: str, many: str) -> dict[str, list[str]]:
        return {language: [said(one)[language], said(many)[language]] for language in said(one)}

    lines = ["Nr;Office;Reported;Repaired"]
    for number in range(400):
        month, day = number % 15, 1 + number % 27
        at = f"{2018 + month // 12}-{month % 12 + 1:02d}-{day:02d}"
        lines.append(f"{number};{'12'[number % 2]};{at} 08:00;{at} {9 + number % 11:02d}:00")
    moment = {"type": "moment", "required": True}
    return Administration(
        folder,
        {"lamps": {
            "title": said("Street lights"), "key": "lamp", "dated_by": "reported_at",
            "groups": "office",
            "columns": {
                "lamp": {"required": True, "label": said("number")},
                "office": {"label": said("office")},
                "reported_at": moment | {"label": said("report")},
                "repaired_at": moment | {"label": said("repair")},
            },
            "rules": [{"in_order": ["reported_at", "repaired_at"]}],
            "words": {"cases": cases("light", "lights"), "groups": {"office": said("Office")}},
        }},
        {"in_time": {
            "kind": "share_within_limit", "title": said("Repaired in time"), "subject": "lamps",
            "start": "reported_at", "stop": "repaired_at",
            "words": said("Lights repaired in time."),
            "late": cases("{n} light was late", "{n} lights were late"),
         },
         "took": {
            "kind": "duration", "title": said("Time to repair"), "subject": "lamps",
            "start": "reported_at", "stop": "repaired_at", "words": said("How long it took."),
         }},
        {"in_time": {
            "counting": [{"due": {"hours": 6}, "quarter_by": "due"}], "groups": ["office"],
            "targets": [{"between": [0.7, 0.9], "near": 2}],
         },
         "took": {"counting": [{"due": {"hours": 6}, "quarter_by": "stop"}]}},
        {"lamps": {"file": "lamps.csv", "timezone": "Europe/Paris", "columns": {
            "lamp": "Nr", "office": "Office", "reported_at": "Reported",
            "repaired_at": "Repaired"}}},
        {"lamps.csv": "\n".join(lines)},
        report={
            "languages": languages, "language": "en", "history_from": "2018Q1",
            "disclosure": {"hide_persons_below": 0}, "forms": ["html"],
            "notebooks": ["01_data_quality", "02_targets", "04_methods", "committee"],
            "organisation": {"name": said("Lights"), "person_numbers": "any"},
            "agenda": {"title": said("Street lights"), "kind": said("Case")},
        },
    )  # fmt: skip


CODE = re.compile(
    r"annex\.ru\.docx|kpi|commit|python|duckdb|great-expectations|ibis-framework|matplotlib|nbconvert|pandas"
    r"|papermill|English|Europe/Paris|holidays|babel|utf-8|lamps\.csv|SHA-256|yyyy|mm|dd|hh|XmR|Kaplan|Meier|p\u2032|[0-9a-f]{12}\+?"
)


def english_in(texts: Iterable[object]) -> set[str]:
    """Return the words in Latin letters that are no names and no code."""
    return {word for text in texts for word in re.findall(r"[A-Za-z]{2,}", CODE.sub("", str(text)))}


def written_in(path: Path) -> Iterator[object]:
    """Yield the texts of a document or a workbook, its headers and titles among them."""
    if path.suffix == ".xlsx":
        for sheet in openpyxl.load_workbook(path):
            yield sheet.title
            yield from (cell or "" for row in sheet.iter_rows(values_only=True) for cell in row)
        return
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if re.match(r"word/(document|header|footer)|docProps/core", name):
                part = etree.fromstring(archive.read(name))
                yield from (one.text for one in part.iter(f"{WORD}t", f"{CORE}title"))
                yield from (one.get("descr", "") for one in part.iter(DESCRIBED))


WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
CORE = "{http://purl.org/dc/elements/1.1/}"
DESCRIBED = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"


@pytest.mark.slow
def test_each_word_of_a_page_is_in_its_language(further: Path, tmp_path: Path) -> None:
    """What no catalogue can reach would stand there in English; in Word and the workbook, too."""
    office: Any = lamps(tmp_path, ["en", "ru"])
    office.report["forms"] = ["html", "docx", "xlsx"]
    office.__post_init__()
    made = run(Period(2019, 1), office.places, lambda _: None)
    for name in ("committee.ru.docx", "annex.ru.docx", "figures.ru.xlsx"):
        assert english_in(written_in(made / name)) == set(), name
    for name in ("committee.ru.html", "annex.ru.html"):
        page = html.parse(str(made / name)).getroot()
        assert page.get("lang") == "ru"
        for gone in page.xpath("//style | //script"):
            gone.drop_tree()
        said = [*page.itertext(), *page.xpath("//@aria-label | //@alt | //@title | //@data-label")]
        css = re.sub(r"\\[0-9a-f]+ ?", "", (made / name).read_text("utf-8"))  # escaped signs
        printed = re.findall(r'content: "([^"]*)"', css)
        assert english_in([*said, *printed]) == set()
