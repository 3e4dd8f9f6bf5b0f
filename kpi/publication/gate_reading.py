"""What can be read in a published file: its text, what its marks hide, its metadata, its pictures.

A text that is broken up by marks (a number half in bold), escaped, or kept beside the page (an alt
text, a property, a note in a picture) is read as its reader or a curious one would. What cannot be
read is an error, or is told as a file within the file: nothing passes unread.
"""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
import struct
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from kpi.errors import ExportError, KpiError
from kpi.publication.gate_persons import shown
from kpi.record import from_parquet

_TELLING = {
    "/Alt", "/ActualText", "/Title", "/Contents", "/URI", "/E", "/T", "/TU", "/JS", "/F", "/UF",
    "/Author", "/Subject", "/Keywords", "/Creator", "/Producer",
}  # fmt: skip
_NO_STEP = b">0<"
_DRAWN = re.compile(rb"^(?:-?[\d.]+ )+(?:m|l|c|re|w|rg|RG|g|G|d)\n|^(?:h|f|S|n|W)\n", re.MULTILINE)
_OTHER_CONTENT = re.compile(rb"\(|<[^>\r\n]*[\r\n]|\bBI\b")


def pdf_texts(content: bytes) -> Iterator[tuple[str, str, str]]:
    """Yield the parts of a PDF: where each stands, what is written there, and its kind."""
    import pypdf

    document = pypdf.PdfReader(BytesIO(content))
    yield "properties", "\n".join(map(str, (document.metadata or {}).values())), "text"
    root: Any = document.trailer["/Root"].get_object()
    about = root.get("/Metadata")
    if about is not None:
        yield "metadata", about.get_object().get_data().decode("utf-8", "replace"), "office"
    for number, page in enumerate(document.pages, start=1):
        yield f"page {number}", _text_of(page), "text"
    yield "objects", "\n".join(_words(document)), "pdf"


def _text_of(page: Any) -> str:
    """Return the text of a page; its lines and areas, which say nothing, are not even parsed."""
    from pypdf.generic import DecodedStreamObject, NameObject

    drawn = page.get_contents()
    if drawn is not None:
        said = DecodedStreamObject()
        said.set_data(without_drawing(drawn.get_data()))
        page[NameObject("/Contents")] = said
    return str(page.extract_text())


def without_drawing(content: bytes) -> bytes:
    """Return a page's content without lines, areas, colours and steps of no width between signs.

    All texts must be in hexadecimal on one line, as ours are, and no picture among them: else a
    line of these might look like one that draws, and the content is returned as it is.
    """
    if _OTHER_CONTENT.search(content):
        return content
    return _DRAWN.sub(b"", content.replace(_NO_STEP, b""))


def _words(document: Any) -> Iterator[str]:
    """Yield what the objects of a PDF say in words, and what kind each is: a script, a file."""
    for number in range(1, int(document.trailer["/Size"])):
        found = document.get_object(number)
        if not isinstance(found, dict):
            continue
        for key, value in found.items():
            if key in _TELLING:
                yield f"{key} {value}"
            elif key in {"/S", "/Type"}:
                yield str(value)
            elif isinstance(value, dict):
                yield from (f"{k} {v}" for k, v in value.items() if k in _TELLING or k == "/S")


_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8"
_TEXT_CHUNKS = {b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"iCCP"}
_LARGEST = 1_000_000
_START_OF_DOTS, _COMMENT = 0xDA, 0xFE


def picture_texts(content: bytes) -> Iterator[str]:
    """Yield the texts in the metadata of a PNG or JPEG; another kind is an ExportError."""
    if content.startswith(_PNG):
        yield from _png(content)
    elif content.startswith(_JPEG):
        yield from _jpeg(content)
    else:
        raise ExportError(
            "The release gate can read every picture of a report.",
            "one that is neither PNG nor JPEG",
            "Save it as PNG.",
        )


def _png(content: bytes) -> Iterator[str]:
    place = len(_PNG)
    while place + 12 <= len(content):
        length, kind = struct.unpack(">I4s", content[place : place + 8])
        if kind in _TEXT_CHUNKS:
            yield _readable(content[place + 8 : place + 8 + length])
        place += 12 + length
    if place < len(content):
        yield _readable(content[place:])


def _readable(chunk: bytes) -> str:
    """Return a chunk as text; what is packed in it is unpacked, up to a size."""
    written = chunk.decode("utf-8", "replace")
    for start in range(len(chunk)):
        if chunk[start] == 0x78:  # how zlib begins
            try:
                packed = zlib.decompressobj().decompress(chunk[start:], _LARGEST)
            except zlib.error:
                continue
            return f"{written}\n{packed.decode('utf-8', 'replace')}"
    return written


def _jpeg(content: bytes) -> Iterator[str]:
    place = 2
    while place + 4 <= len(content) and content[place] == 0xFF:
        kind, length = content[place + 1], struct.unpack(">H", content[place + 2 : place + 4])[0]
        if kind == _START_OF_DOTS:
            return
        if kind == _COMMENT or 0xE0 <= kind <= 0xEF:
            part = content[place + 4 : place + 2 + length]
            yield part.decode("utf-8", "replace")
            yield part.replace(b"\x00", b"").decode("latin-1")
        place += 2 + length


_TAG = re.compile(r"<[/!?]?([\w:.-]*)[^>]*>")
_MARKS = (
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q s "
    "samp small span strike strong sub sup time tspan tt u var wbr "  # HTML and SVG
    "w:r w:t w:rPr w:b w:bCs w:i w:iCs w:u w:color w:sz w:szCs w:lang w:rFonts w:rStyle w:bdr "
    "w:shd w:vertAlign w:noProof w:proofErr w:hyperlink w:bookmarkStart w:bookmarkEnd w:ins w:del "
    "a:r a:t a:rPr r t rPr sz color rFont family scheme text:span"
)
_INSIDE_A_WORD = frozenset(_MARKS.split())
"""Marks that may stand inside a word; at any other, one text ends and another begins."""
END = " | "
"""What stands between two texts that marks keep apart: no number goes on beyond it."""
_ESCAPED = re.compile(r"&|%[0-9A-Fa-f]{2}")
_EMBEDDED = re.compile(
    r"(?:=|\((?<=\burl\())\s*[\"']?\s*data:([^,\"'>]*),([^\"'>)]*)", re.IGNORECASE
)
_READ_WITHIN = re.compile(r"image/(?:png|jpeg)(?:;[\w=-]+)*;base64", re.IGNORECASE)
_HTML_OUTPUTS = ("text/html", "image/svg+xml")
_SCRIPT_OUTPUTS = ("application/javascript", "application/vnd.jupyter.widget-view+json")
_PLAIN = {
    ".html": "html", ".svg": "html", ".css": "html", ".csv": "cells", ".json": "text",
    ".ipynb": "notebook", ".txt": "text", ".md": "text", ".xml": "text", ".sig": "text",
}  # fmt: skip
_OFFICE = {".xml", ".rels", ".rdf", ".vml"}
_MACROS = {".bin", ".vba"}
_PICTURES = {".png", ".jpg", ".jpeg"}
_OF_GROUPS = ("group", "value", "from_step", "to_step")
"""Columns of disclosed frames whose values come from an extract as they are."""
_ARCHIVES = {".docx", ".xlsx", ".ods", ".zip"}
_WITH_MARKS = {"html", "office", "sheet"}


@dataclass(frozen=True)
class Text:
    """A readable part of a file: where it stands, what is written there, and of what kind it is."""

    where: str
    content: str
    kind: str


def texts_of(path: Path, name: str) -> Iterator[Text]:
    """Yield the texts of a file; one that cannot be read, or is of an unknown kind, is an error."""
    try:
        yield from _texts(name, path.suffix.lower(), path.read_bytes())
    except KpiError:
        raise
    except Exception as error:  # noqa: BLE001 - each kind of file has its own ways to be damaged
        raise ExportError(
            "The release gate can read every file of a report.",
            f"{shown(name)}: an error of the kind {type(error).__name__}",
            "See whether it is whole and what its name says, then make it again.",
        ) from None


def with_readings(text: Text) -> Iterator[Text]:
    """Yield a text, and how it reads without its marks, and what is embedded in it."""
    yield text
    if text.kind in _WITH_MARKS:
        escaped: list[str] = []
        unmarked = _TAG.sub(partial(_unmarked, escaped), text.content)
        yield Text(text.where, html.unescape(unmarked), "text")
        if escaped:
            yield Text(f"{text.where}: marks", unquote(html.unescape("\n".join(escaped))), "text")
    for found in _EMBEDDED.finditer(text.content) if text.kind == "html" else ():
        if _READ_WITHIN.fullmatch(found[1].strip()):
            yield from _embedded(f"{text.where}: picture", unquote(found[2]))
        else:
            yield Text(text.where, "", "embedded")


def _unmarked(escaped: list[str], tag: re.Match[str]) -> str:
    """Return what stands for a mark: nothing inside a word, else an end; lines stay lines.

    A mark with something escaped in it is added to a list.
    """
    whole, name = tag.group(0, 1)
    if ("&" in whole or "%" in whole) and _ESCAPED.search(whole):
        escaped.append(whole)
    lines = "\n" * whole.count("\n") if "\n" in whole else ""
    is_inside = name in _INSIDE_A_WORD or name.lower() in _INSIDE_A_WORD
    return lines if is_inside else f"{END}{lines}"


def _texts(name: str, suffix: str, content: bytes) -> Iterator[Text]:
    if suffix in _PLAIN:
        yield from _plain(name, _PLAIN[suffix], content)
    elif suffix in _READERS:
        yield from _READERS[suffix](name, content)
    else:
        raise ExportError(
            "The release gate can read every file of a report.",
            f"{shown(name)}: the kind {suffix or 'without a suffix'}",
            "Take the file out of the report, or teach gate_reading.py to read its kind.",
        )


def _plain(name: str, kind: str, content: bytes) -> Iterator[Text]:
    text = content.decode("utf-8-sig")
    yield from with_readings(Text(name, text, kind))
    if kind == "notebook":
        yield from _notebook(name, text)
    elif name.endswith(".json") and "\\" in text:
        yield Text(f"{name}: values", "\n".join(_values(_loaded(text))), "text")


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _values(node: Any) -> Iterator[str]:
    """Yield every text of a JSON document, keys among them, without escapes."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield key
            yield from _values(value)
    elif isinstance(node, list):
        for value in node:
            yield from _values(value)
    elif node is not None:
        yield str(node)


def _notebook(name: str, text: str) -> Iterator[Text]:
    """Yield the metadata and the outputs of a notebook: lines of a text are put together."""
    notebook = _loaded(text)
    if not isinstance(notebook, dict):
        return
    yield Text(f"{name}: metadata", "\n".join(_values(notebook.get("metadata"))), "text")
    for number, cell in enumerate(notebook.get("cells", []), start=1):
        where = f"{name}: cell {number}"
        yield Text(where, "\n".join(_values(cell.get("metadata"))), "text")
        for output in cell.get("outputs", []):
            yield from _output(where, output)
        for attached in cell.get("attachments", {}).values():
            yield from _output(where, {"data": attached})
        yield Text(where, "".join(cell.get("source", "")), "text")


def _output(where: str, output: dict[str, Any]) -> Iterator[Text]:
    yield Text(where, "\n".join(_values(output.get("metadata"))), "text")
    yield Text(where, "".join(output.get("text", "")), "text")
    for kind, content in output.get("data", {}).items():
        written = "".join(content) if isinstance(content, list) else str(content)
        if kind in _HTML_OUTPUTS:
            yield from with_readings(Text(where, written, "html"))
        elif kind in _SCRIPT_OUTPUTS:
            yield Text(where, "<script>", "html")
        elif kind.startswith("image/"):
            yield from _embedded(f"{where}: picture", written)
        elif kind.startswith("text/") or kind.endswith("json"):
            yield Text(
                where, "\n".join(_values(content)) if kind.endswith("json") else written, "text"
            )
        else:
            yield Text(where, "", "embedded")


def _embedded(where: str, encoded: str) -> Iterator[Text]:
    try:
        content = base64.b64decode(re.sub(r"\s", "", encoded), validate=True)
    except (binascii.Error, ValueError):
        yield Text(where, "", "embedded")
    else:
        yield from _picture(where, content)


def _picture(name: str, content: bytes) -> Iterator[Text]:
    yield Text(name, "\n".join(picture_texts(content)), "binary")


def _members(name: str, content: bytes) -> Iterator[Text]:
    """Yield the parts of an office document or another archive, and the names of its parts."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        yield Text(f"{name}: names", "\n".join(archive.namelist()), "text")
        for member in archive.namelist():
            where, suffix = f"{name}: {shown(member)}", _suffix(member)
            if suffix in _MACROS:
                yield Text(where, "vbaProject", "office")
            elif suffix in _OFFICE or member == "mimetype":
                kind = "sheet" if member.startswith("xl/worksheets/") else "office"
                written = archive.read(member).decode("utf-8")
                yield from with_readings(Text(where, written, kind))
            elif not member.endswith("/"):
                yield from _texts(where, suffix, archive.read(member))


def _suffix(member: str) -> str:
    """Return how a part's name ends; a name such as .rels is all ending."""
    last = member.rpartition("/")[2]
    return f".{last.rpartition('.')[2]}".lower() if "." in last else ""


@lru_cache(maxsize=128)
def _table(name: str, content: bytes) -> tuple[Text, ...]:
    """Return the texts of a Parquet file; whoever approves a report has it read twice."""
    return tuple(_texts_of_table(name, content))


def _texts_of_table(name: str, content: bytes) -> Iterator[Text]:
    """Yield the texts and long whole numbers of a Parquet file, and what its footer says."""
    frame = from_parquet(BytesIO(content))
    numbers = [c for c in frame.select_dtypes("number") if (frame[c].abs() >= 10**8).any()]
    kept = [*frame.select_dtypes(include=["object", "string", "category"]), *numbers]
    written = frame[kept].astype(dict.fromkeys(numbers, "Int64"), errors="ignore")
    yield Text(name, written.to_csv(index=False), "text")
    for column in [one for one in _OF_GROUPS if one in frame]:
        parts = defaultdict(list)
        for value in frame[column].dropna().astype(str).unique():
            parted_by, _, part = value.rpartition("=")
            parts[parted_by].append(part.replace("\n", "\t"))
        for parted_by, names in parts.items():
            where = ": ".join(filter(None, (name, column, parted_by)))
            yield Text(where, "\n".join(names), "groups")
    length = int.from_bytes(content[-8:-4], "little")
    yield Text(f"{name}: metadata", content[-8 - length : -8].decode("latin-1"), "binary")


def _pdf(name: str, content: bytes) -> Iterator[Text]:
    """Yield the parts of a PDF."""
    for where, written, kind in pdf_texts(content):
        yield from with_readings(Text(f"{name}: {where}", written, kind))


_READERS: dict[str, Callable[[str, bytes], Iterable[Text]]] = {
    **dict.fromkeys(_ARCHIVES, _members),
    **dict.fromkeys(_PICTURES, _picture),
    ".parquet": _table,
    ".pdf": _pdf,
}
