"""What a translator sent, looked through before anything of it is kept."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable
from dataclasses import dataclass

from kpi.errors import ParameterError
from kpi.params.texts import PROSE
from kpi.translate import PROGRAM, Item
from kpi.translate.exchange import Sent

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
