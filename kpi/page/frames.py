"""The disclosed frames of a report as data, and in words: what each is about, what columns mean.

The words are those of the contract (kpi.definitions.frames), in the language of the reader.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kpi.definitions.frames import (
    FRAMES,
    METRICS_TABLE,
    PROTECTION_WORDS,
    YEAR_TO_DATE,
    Column,
    Frame,
)
from kpi.errors import DefinitionError, RunError, did_you_mean
from kpi.language import Labels
from kpi.page.facts import Facts
from kpi.page.fragments import Fragment, render
from kpi.page.year_to_date import year_to_date_table

if TYPE_CHECKING:
    import pandas as pd

TABLES = {METRICS_TABLE.name: METRICS_TABLE, **FRAMES, YEAR_TO_DATE.name: YEAR_TO_DATE}
"""All that a notebook may ask for: the metrics, the frames of a release, what is made of them."""

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


def described_frame(facts: Facts, name: str) -> pd.DataFrame:
    """Return a disclosed frame of a report, typed, with its words in `attrs`.

    `attrs` has name, title, about, sums and protection of the frame, and titles, meanings and units
    of its columns by their names. Null means hidden, no data or no such figure. Raises
    DefinitionError for a name that is no frame's, RunError where the report does not hold it.
    """
    contract, labels = _contract(name), facts.labels
    made = _MADE.get(name)
    rows = made(facts) if made else _read(facts, contract)
    rows.attrs = {
        "name": name,
        "title": labels(contract.title),
        "about": labels(contract.about),
        "sums": sums(labels, contract),
        "protection": protection(labels, contract),
        "titles": {column.name: column.title for column in described(labels, contract)},
        "meanings": {column.name: column.meaning for column in described(labels, contract)},
        "units": {c.name: unit for c in contract if (unit := c.unit.code or c.unit.told_by)},
    }
    return rows


def _contract(name: str) -> Frame:
    if name not in TABLES:
        raise DefinitionError(
            "A notebook names a frame of the report.", f'"{name}"', did_you_mean(name, TABLES)
        )
    return TABLES[name]


def _read(facts: Facts, contract: Frame) -> pd.DataFrame:
    try:
        rows = facts.as_written(contract.name)
    except FileNotFoundError:
        raise RunError(
            "A report holds the frames that are declared.",
            f"no {contract.name}",
            f"Make it anew: kpi run {facts.quarter}",
        ) from None
    return contract.typed(rows[[name for name in contract.leaving if name in rows.columns]])


def metrics_table(facts: Facts) -> pd.DataFrame:
    """Return the reported metrics with their titles and definitions in the reader's language."""
    import pandas as pd

    rows = [
        {
            "metric": metric,
            "title": str(facts.title(metric)),
            "definition": str(facts.labels(one.words)),
            "unit": one.unit,
            "days_unit": one.days_unit,
            "amount_unit": str(facts.labels(one.amount_unit)),
            "is_target": one.is_target,
            "owner": one.owner,
        }
        for metric, one in facts.metrics.items()
    ]
    return pd.DataFrame(rows, columns=list(METRICS_TABLE.leaving))


_MADE = {METRICS_TABLE.name: metrics_table, YEAR_TO_DATE.name: year_to_date_table}


def contents(facts: Facts) -> Fragment:
    """Return which frames a report holds: name, how many rows, what each is about."""
    held = {name: described_frame(facts, name) for name in TABLES}
    found = [(frame, len(held[name])) for name, frame in TABLES.items()]
    return render("frames", facts, found=found)


def columns(facts: Facts, name: str) -> Fragment:
    """Return what the columns of a frame mean, how its rows add up, how it is protected."""
    contract, labels = _contract(name), facts.labels
    return render(
        "columns",
        facts,
        frame=contract,
        columns=described(labels, contract),
        notes=[*sums(labels, contract), protection(labels, contract)],
    )


def listed(language: str = "en") -> str:
    """Return all frames as Markdown: docs/frames.md, which a test holds to the contract."""
    labels = Labels(language)
    parts = [_LISTED]
    for frame in (*FRAMES.values(), YEAR_TO_DATE):
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
