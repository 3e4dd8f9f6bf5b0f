"""The disclosed frames in words: what each is about, what its columns mean, in which unit.

The words are those of the contract (kpi.definitions.frames), in the language of the reader.
"""

from __future__ import annotations

from typing import NamedTuple

from kpi.definitions.frames import FRAMES, PROTECTION_WORDS, Column, Frame
from kpi.language import Labels

_LISTED = """# The frames of a report

What a report holds as data: `<name>.parquet` and `<name>.csv` in `data/`, signed and described in
`open_data/`, and `report.frame("<name>")` in a notebook. Each frame is declared once, in
`kpi/definitions/frames/`, and this page is written from there. Null means hidden, no data or no
such figure; in `open_data/` and the workbook each has its sign ([c], [x], [z])."""


class Described(NamedTuple):
    """A column in words."""

    name: str
    title: str
    meaning: str


def meaning(labels: Labels, column: Column) -> str:
    """Return what a column means, and in which unit it is or where that is told."""
    said = (labels(words) for words in (column.means, column.unit.words) if words)
    return " ".join(said)


def described(labels: Labels, frame: Frame) -> list[Described]:
    """Return the columns of a frame that leave, in their order."""
    return [
        Described(name, labels(frame[name].title), meaning(labels, frame[name]))
        for name in frame.leaving
    ]


def sums(labels: Labels, frame: Frame) -> list[str]:
    """Say how the rows and columns of a frame add up."""
    return [labels(relation.means) for relation in frame.adds_up]


def listed(language: str = "en") -> str:
    """Return all frames as Markdown: docs/frames.md, which a test holds to the contract."""
    labels = Labels(language)
    parts = [_LISTED]
    for frame in FRAMES.values():
        rows = "\n".join(
            f"| `{column.name}` | {column.title} | {column.meaning} |"
            for column in described(labels, frame)
        )
        keys = ", ".join(f"`{name}`" for name in frame.keys)
        parts += [
            f"## {frame.name}",
            f"{labels(frame.title)}. {labels(frame.about)} A row is told apart by {keys}.",
            " ".join((*sums(labels, frame), protection(labels, frame))),
            f"| column | heading | meaning |\n|---|---|---|\n{rows}",
        ]
    return "\n\n".join(parts) + "\n"


def protection(labels: Labels, frame: Frame) -> str:
    """Say how a frame is protected."""
    return labels(PROTECTION_WORDS[frame.protect])
