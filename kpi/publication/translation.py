"""What a translator has to do for a report, sent out and taken back.

The program's own messages (kpi.language.catalogue) and the texts of the parameters
(kpi.params.texts) are one list here: each with its source in Danish, or the report's language, and
its translation.

What goes out and comes back is a spreadsheet, or a gettext file (.po). Both hold each text with its
name, its source and its translation. Stale translations are shown as earlier ones (in a gettext
file: as fuzzy) and count only when they are given anew. What comes back is looked through before
anything of it is kept.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import string
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

import yaml

from kpi.errors import ParameterError, did_you_mean
from kpi.files import save_workbook
from kpi.language import COMPLETE, Labels, language_name
from kpi.language.catalogue import (
    SOURCE_LANGUAGE,
    MadeFrom,
    catalogue_path,
    is_further,
    read_catalogue,
    state,
)
from kpi.params import Params
from kpi.params.texts import PROSE, Place, translated_path

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet


PROGRAM = "program"
PLURAL_FORMS = ("one", "many")

Standing = Literal["translated", "missing", "stale"]


@dataclass(frozen=True)
class Item:
    """A text to translate: what it is called, its source, and its translation so far.

    A stale one was translated from another source: it is not used until it is looked at again. A
    fixed one stands in the analysts' own file and is changed there.
    """

    name: str
    source: str
    translation: str
    standing: Standing
    is_fixed: bool = False


def items(params: Params, language: str) -> list[Item]:
    """List every text of the report in the order of the report, then the program's messages."""
    program = [] if language in COMPLETE else _of_program(language)
    return [*_of_parameters(params, language), *program]


def awaiting(params: Params, language: str) -> list[Item]:
    """List the texts of a report whose translation is missing or stale: none may await approval."""
    return [item for item in items(params, language) if item.standing != "translated"]


def _of_parameters(params: Params, language: str) -> list[Item]:
    """List each text of the parameters once, by the first place where it stands."""
    texts = params.texts
    places: dict[str, list[Place]] = {}
    for place, source in texts.sources.items():
        places.setdefault(source, []).append(place)
    stale = texts.stale.get(language, {})
    fixed = texts.fixed.get(language, frozenset())

    def item(source: str) -> Item:
        name, translation = str(places[source][0]), texts.say(source, language)
        if translation:
            return Item(name, source, translation, "translated", source in fixed)
        earlier = next((stale[place] for place in places[source] if place in stale), "")
        return Item(name, source, earlier, _behind(is_stale=bool(earlier)))

    return [item(source) for source in places]


def _behind(*, is_stale: bool) -> Standing:
    return "stale" if is_stale else "missing"


def _of_program(language: str) -> list[Item]:
    found = []
    for one in state(language):
        standing = "translated" if one.is_current else _behind(is_stale=one.is_stale)
        for number, source in enumerate(one.source):
            name = program_name(one.id, number)
            found.append(Item(name, source, one.translation[number], standing))
    return found


def program_name(message: object, form: int) -> str:
    """Name a message of the program, or a form of a plural.

    >>> program_name(("{n} day", "{n} days"), 1)
    'program: {n} day (many)'
    """
    if isinstance(message, str):
        return f"{PROGRAM}: {message}"
    first = message[0] if isinstance(message, (list, tuple)) else ""
    return f"{PROGRAM}: {first} ({PLURAL_FORMS[form]})"


_ABOUT = """\
# {language}. Filled by translators, from the Danish (`kpi translate`); never by machine.
# Message ids are English. The comment of a translation is the fingerprint of the Danish text that
# it was made from; once that text is another, the translation is stale and not used.
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Language: {code}\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""
_BESIDE = """\
# Texts of {name}.yaml in {language}, as a translator sent them: `kpi translate {code} --import`.
# A text is used as long as {name}.yaml has its source.
"""


def keep_in_catalogue(language: str, sent: Mapping[str, str]) -> None:
    """Write the catalogue of a language anew: the program's messages, with what was sent.

    `sent` has translations by the names of items (kpi.publication.translation). What a catalogue of
    the parameter folder says, of months and years too, stays as it is.
    """
    if is_further(language):
        _write(Path(str(catalogue_path(language))), _further_text(language, sent))
        return
    _write(Path(str(catalogue_path(language))), catalogue_text(language, sent))


def catalogue_text(language: str, sent: Mapping[str, str]) -> str:
    """Return the catalogue as a gettext file; what was sent is marked as made from today's text."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    made = Catalog(locale=language, fuzzy=False)
    for one in state(language):
        names = [program_name(one.id, number) for number in range(len(one.source))]
        texts = [
            sent.get(name, before) for name, before in zip(names, one.translation, strict=True)
        ]
        is_sent = any(name in sent for name in names)
        origin = MadeFrom.text(one.source) if is_sent else one.made_from
        comments = [origin.comment] if any(texts) else []
        string = texts[0] if isinstance(one.id, str) else texts
        message = made.add(one.id, string, auto_comments=comments)
        message.flags.clear()  # else Babel takes "90% of" for a format
    written = io.BytesIO()
    write_po(written, made, width=0, omit_header=True, sort_output=True)
    head = _ABOUT.format(language=language_name(language), code=language)
    return head + written.getvalue().decode("utf-8").strip() + "\n"


def _further_text(language: str, sent: Mapping[str, str]) -> str:
    """Return a catalogue of the parameter folder with all messages, and with what was sent."""
    from babel.messages.pofile import write_po

    made = read_catalogue(language)
    for message in read_catalogue(SOURCE_LANGUAGE):
        if not message.id:
            continue
        own = made.get(message.id, message.context)
        forms = 1 if isinstance(message.id, str) else made.num_plurals
        said = (own.string if own else "") or ""
        before = [said] if isinstance(said, str) else list(said)
        texts = [*before, *[""] * forms][:forms]
        if not message.context:
            names = [program_name(message.id, number) for number in range(min(forms, 2))]
            texts[: len(names)] = [
                sent.get(name, text) for name, text in zip(names, texts, strict=False)
            ]
        string = texts[0] if isinstance(message.id, str) else tuple(texts)
        made.add(message.id, string, context=message.context).flags.discard("python-format")
    written = io.BytesIO()
    write_po(written, made, width=0, sort_output=True)
    return written.getvalue().decode("utf-8")


def keep_beside(folder: Path, params: Params, language: str, sent: Mapping[str, str]) -> None:
    """Write the translated texts of the parameters into params/texts/, a file for each of theirs.

    What was sent before is kept; the analysts' own files are not touched.
    """
    sources = params.texts.sources
    for name in dict.fromkeys(place.file for place in sources):
        new = {
            place.where: (source, sent[str(place)])
            for place, source in sources.items()
            if place.file == name and str(place) in sent
        }
        if new:
            _keep_file(translated_path(folder, name, language), name, language, new)


def _keep_file(path: Path, name: str, language: str, new: dict[str, tuple[str, str]]) -> None:
    before = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}
    kept = {one["place"]: (one["source"], one["text"]) for one in (before or {}).get("texts", [])}
    texts = [
        {"place": place, "source": source, "text": text}
        for place, (source, text) in (kept | new).items()
    ]
    head = _BESIDE.format(name=name, language=language_name(language), code=language)
    body = yaml.safe_dump({"texts": texts}, allow_unicode=True, sort_keys=False, width=100)
    _write(path, f"{head}{body}")


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ParameterError(
            "The folder of the parameters and the program's catalogue can be written to.",
            f"{path.name}: {error.strerror or 'an error of the file system'}",
            "Free it, or work in a copy.",
        ) from None


Use = TypeVar("Use")
COLUMN_WORDS = ("Name", "Source text", "Translation", "Earlier translation", "State")
STANDING_WORDS = {
    "translated": "translated",
    "missing": "missing",
    "stale": "the source has changed since",
}
_WIDTHS = (34, 70, 70, 40, 16)
_SAVED_AT = dt.time(12)


@dataclass(frozen=True)
class Sent:
    """A text as it came back: what it is called, what it was translated from, its translation."""

    name: str
    source: str
    text: str


def write_items(found: list[Item], path: Path, *, language: str, main: str, as_of: dt.date) -> None:
    """Write texts for a translator, as the suffix of the file says (.xlsx or .po)."""
    write = _kind(path, {".xlsx": _write_sheet, ".po": _write_po})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(found, path, language, main, as_of)
    except OSError as error:
        raise ParameterError(
            "The file for the translator can be written.",
            f"{path.name}: {error.strerror or 'an error of the file system'}",
            "Close it, or name another with --export.",
        ) from None


def read_sent(path: Path) -> list[Sent]:
    """Read what a translator sent back; what is no such file is a ParameterError."""
    read = _kind(path, {".xlsx": _read_sheet, ".po": _read_po})
    if not path.is_file():
        raise ParameterError(
            "The translator's file exists.", path.name, "Name another with --import."
        )
    try:
        return read(path)
    except ParameterError:
        raise
    except Exception as error:  # noqa: BLE001 - a broken workbook has many names
        raise ParameterError(
            f"{path.name} is a file as `kpi translate --export` writes it.",
            type(error).__name__,
            "Export it again and put the translations into that file.",
        ) from None


def _kind(path: Path, known: dict[str, Use]) -> Use:
    suffix = path.suffix.lower()
    if suffix not in known:
        raise ParameterError(
            "A translator's file is a spreadsheet (.xlsx) or a gettext file (.po).",
            f'"{path.name}"',
            did_you_mean(suffix, known),
        )
    return known[suffix]


def _write_sheet(found: list[Item], path: Path, language: str, main: str, as_of: dt.date) -> None:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    labels = Labels(main)
    workbook = Workbook()
    sheet = workbook.active or workbook.create_sheet()
    sheet.title = language_name(language)
    sheet.append([str(labels(word)) for word in COLUMN_WORDS])
    for item in found:
        _append(sheet, item, labels(STANDING_WORDS[item.standing]))
    for column, width in zip("ABCDE", _WIDTHS, strict=True):
        sheet.column_dimensions[column].width = width
    for row in sheet.iter_rows():
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    save_workbook(workbook, path, dt.datetime.combine(as_of, _SAVED_AT))


def _append(sheet: Worksheet, item: Item, standing: str) -> None:
    is_stale = item.standing == "stale"
    texts = ("", item.translation) if is_stale else (item.translation, "")
    number = sheet.max_row + 1
    for place, value in enumerate((item.name, item.source, *texts, standing), start=1):
        cell = sheet.cell(number, place)
        cell.value = value or None
        if value:
            cell.data_type = "s"  # a text that begins with = is no formula
            cell.quotePrefix = value.startswith(("=", "+", "-", "@"))


def _read_sheet(path: Path) -> list[Sent]:
    from openpyxl import load_workbook

    with closing(load_workbook(path, read_only=True, data_only=True)) as workbook:
        rows = workbook.worksheets[0].iter_rows(min_row=2, max_col=3, values_only=True)
        texts = [["" if value is None else str(value).strip() for value in row] for row in rows]
    return [Sent(*row) for row in texts if row[0]]


def _write_po(found: list[Item], path: Path, language: str, main: str, as_of: dt.date) -> None:
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    saved = dt.datetime.combine(as_of, _SAVED_AT, dt.UTC)
    made = Catalog(
        locale=language, project="kpi", version="", header_comment="#", charset="utf-8",
        creation_date=saved, revision_date=saved, fuzzy=False,
    )  # fmt: skip
    labels = Labels(main)
    for item in found:
        message = made.add(
            item.source,
            item.translation,
            auto_comments=[str(labels(STANDING_WORDS[item.standing]))],
            context=item.name,
        )
        message.flags.clear()
        if item.standing == "stale":
            message.flags.add("fuzzy")
    written = io.BytesIO()
    write_po(written, made, width=0)
    path.write_bytes(written.getvalue())


def _read_po(path: Path) -> list[Sent]:
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    return [
        Sent(str(message.context), str(message.id), "" if message.fuzzy else str(message.string))
        for message in catalogue
        if message.id
    ]


_HTML = re.compile(r"<[A-Za-z/!?]|&#?\w+;")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_NAMED = 5


@dataclass(frozen=True)
class Looked:
    """What may be kept, by name, and the names of texts whose source has changed meanwhile."""

    accepted: dict[str, str]
    stale: list[str]


def look_through(known: list[Item], sent: Iterable[Sent]) -> Looked:
    """Sort what was sent; what no page can print is a ParameterError, and nothing is kept.

    A text whose source is another than when it was sent out is passed over and named.
    """
    by_name = {item.name: item for item in known}
    accepted: dict[str, str] = {}
    stale: list[str] = []
    refused: list[str] = []
    for one in sent:
        item = by_name.get(one.name)
        if item is None:
            refused.append(f'"{one.name}" is not a text of this report')
        elif one.text and _written_alike(one.source) != _written_alike(item.source):
            stale.append(one.name)
        elif one.text and item.is_fixed:
            if one.text != item.translation:
                refused.append(f'"{one.name}" has its translation in the parameter file itself')
        elif one.text:
            refused += [f'"{one.name}" {why}' for why in _wrong(item, one, accepted)]
            accepted[one.name] = one.text
    _refuse(refused)
    return Looked(accepted, stale)


def _wrong(item: Item, sent: Sent, accepted: dict[str, str]) -> list[str]:
    """Say what is wrong with a translation."""
    text, found = sent.text, []
    if accepted.get(sent.name, text) != text:
        found.append("stands twice, with two translations")
    if _HTML.search(text):
        found.append("holds HTML; texts are plain")
    if _CONTROL.search(text):
        found.append("holds control characters")
    if len(text) > PROSE:
        found.append(f"has more than {PROSE:,} characters")
    if item.name.startswith(f"{PROGRAM}: "):
        found += _wrong_names(item.source, text)
    return found


def _wrong_names(source: str, text: str) -> list[str]:
    wanted = names_in(source)
    try:
        found = names_in(text)
    except ValueError:
        return ["has braces that do not match"]
    if found == wanted:
        return []
    listed = ", ".join(f"{{{name}}}" for name in sorted(wanted)) or "none"
    return [f"must have the same names in braces as its source: {listed}"]


def names_in(message: str) -> set[str]:
    """Return the names in braces of a message, with what follows them inside the braces.

    >>> sorted(names_in("{n} of {all}"))
    ['all', 'n']
    """
    parts = string.Formatter().parse(message)
    return {
        f"{name}{'!' + conversion if conversion else ''}{':' + form if form else ''}"
        for _, name, form, conversion in parts
        if name is not None
    }


def _written_alike(text: str) -> str:
    """Return a text as spreadsheets leave it: ends of lines and outer spaces may differ."""
    return re.sub(r"\r\n?", "\n", text).strip()


def _refuse(refused: list[str]) -> None:
    if refused:
        more = f"; and {len(refused) - _NAMED} more" if len(refused) > _NAMED else ""
        raise ParameterError(
            "Translations fit the texts that were sent out, and hold no HTML.",
            "; ".join(refused[:_NAMED]) + more,
            "Correct them in the file and import it again; nothing was changed.",
        )
