"""Where translations are kept: the program's catalogue, and files beside the parameters."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import yaml

from kpi.errors import ParameterError
from kpi.labels import language_name
from kpi.labels.catalogue import MadeFrom, catalogue_path, state
from kpi.params import Params
from kpi.params.translated import translated_path
from kpi.translate import program_name

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

    `sent` has translations by the names of items (kpi.translate).
    """
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
