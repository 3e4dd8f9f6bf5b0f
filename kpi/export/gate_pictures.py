"""What a picture says beside its dots: notes, camera data, descriptions of its program."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from kpi.errors import ExportError

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
