"""A new metric from a few answers: its definition and its targets, in a folder of parameters.

What is there is kept as it was written, comments too: entries are added to definitions.yaml, which
is made where there is none, and to targets.yaml.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

from kpi.definitions.catalogue import Catalogue
from kpi.definitions.subject import Subject
from kpi.errors import DefinitionError, ParameterError, RunError, did_you_mean
from kpi.params import TARGETS, quarter_file_in, quarters_in
from kpi.params.declared import DEFINITIONS, catalogue_of, declared
from kpi.params.reading import validated
from kpi.params.targets_file import TargetsFile

Kind = Literal["share", "count", "duration"]
DayUnit = Literal["calendar_days", "working_days"]
Direction = Literal["at_least", "at_most"]
KINDS: tuple[Kind, ...] = get_args(Kind)
DAY_UNITS: tuple[DayUnit, ...] = get_args(DayUnit)
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_CALLED = {"share": "share_within_limit", "count": "count", "duration": "duration"}


@dataclass(frozen=True)
class Answers:
    """One metric: its names and words, and how it counts.

    Texts are in English and Danish; those in the report's language are needed, and a definition in
    words only where the program should not say what is declared. A share has a clock from `start`
    to `stop` and a limit of `days`; a duration has the clock alone; a count has the moment at which
    an event happened, `start`. `target` is a ratio for a share, a number for a count, days for a
    duration; None where there is none. It applies from `valid_from`: reports of earlier quarters do
    not have it; None for all quarters. `new_columns` are columns of the table that definitions.yaml
    does not declare yet.
    """

    name: str
    title: str
    title_da: str
    words: str
    words_da: str
    kind: Kind
    table: str
    start: str
    stop: str = ""
    days: int | None = None
    unit: DayUnit = "calendar_days"
    target: float | None = None
    direction: Direction | None = None
    owner: str = ""
    valid_from: dt.date | None = None
    new_columns: tuple[NewColumn, ...] = ()


@dataclass(frozen=True)
class NewColumn:
    """A moment that an extract has and the subject does not: its name and what it means."""

    name: str
    means: str
    means_da: str = ""


@dataclass(frozen=True)
class Folder:
    """A folder of parameters: the language of its reports, and what is declared there."""

    path: Path
    language: str
    catalogue: Catalogue

    @classmethod
    def at(cls, path: Path) -> Folder:
        """Read a folder; ParameterError where there is none of a project."""
        quarters = quarters_in(path)
        if not quarters or not (path / TARGETS).is_file():
            raise ParameterError(
                "A metric is added to a project's folder of parameters.",
                f"none in {path.as_posix()}",
                "Change into the project's folder, or name the parameters with --params; kpi init "
                "makes a project.",
            )
        language = quarter_file_in(path / f"{max(quarters)}.yaml").language
        return cls(path, language, catalogue_of(path, language))

    def subject(self, name: str) -> Subject:
        """Return a declared subject whose rows have moments; else a DefinitionError."""
        known = {one.name: one for one in self.catalogue.subjects.values() if moments(one)}
        if name not in known:
            raise DefinitionError(
                "A metric counts the rows of a declared subject.",
                f'"{name}"',
                did_you_mean(name, known),
            )
        return known[name]

    def declares(self, subject: str) -> bool:
        """Tell whether definitions.yaml declares a subject, so that it may get a new column."""
        return subject in (_content(self.text).get("subjects") or {})

    @property
    def text(self) -> str:
        """What definitions.yaml holds; empty where there is none."""
        path = self.path / DEFINITIONS
        return path.read_text(encoding="utf-8") if path.is_file() else ""


def check_name(name: str, taken: Collection[str]) -> None:
    """See that a metric's name can be an id and is not taken; else a DefinitionError."""
    if not _NAME.fullmatch(name):
        raise DefinitionError(
            "A metric's name is small letters, digits and underscores, a letter first.",
            f'"{name[:60]}"',
            "Write it like payments_on_time.",
        )
    if name in taken:
        raise DefinitionError(
            "A metric's name is not taken.",
            f'"{name}" is in the catalogue',
            "A new way of counting is a version of the same metric, in targets.yaml; "
            "another metric has another name.",
        )


def moments(table: Subject) -> list[str]:
    """Name the columns of a subject that can start or stop a clock."""
    return [column.name for column in table.columns if column.type in {"date", "moment"}]


def check(answers: Answers, folder: Folder) -> None:
    """See that answers fit together and that every column is declared; else a DefinitionError."""
    check_name(answers.name, folder.catalogue.metrics)
    for field in TEXTS:
        check_text(field, getattr(answers, field), folder.language)
    table = folder.subject(answers.table)
    added = [one.name for one in answers.new_columns]
    for name in added:
        check_column(name, table, folder)
    known = [*moments(table), *added]
    columns = [answers.start] if answers.kind == "count" else [answers.start, answers.stop]
    for column in columns:
        if column not in known:
            raise DefinitionError(
                f"A clock starts and stops at moments of {table.name}.",
                f'"{column}"',
                f"{did_you_mean(column, known)} A column that is not declared yet: "
                f"--new-column {column} MEANING DANISH.",
            )
    if answers.kind == "share" and (answers.days is None or answers.days < 0):
        raise DefinitionError(
            "A share within a limit has a limit of so many days.",
            "none" if answers.days is None else str(answers.days),
            "Give --days.",
        )
    check_target(answers.kind, answers.target)


def check_target(kind: Kind, target: float | None) -> None:
    """See that a target is one of its kind; else a DefinitionError."""
    if kind == "share" and target is not None and not 0 <= target <= 1:
        raise DefinitionError(
            "The target of a share is a ratio from 0 to 1.", str(target), "Write 0.9 for 90 %."
        )
    if target is not None and target < 0:
        raise DefinitionError("A target is no less than 0.", str(target), "Leave the sign out.")


TEXTS = ("title", "title_da", "words", "words_da")


def language_of(field: str) -> str:
    """Return the language of a text among the answers."""
    return "da" if field.endswith("_da") else "en"


def check_text(field: str, text: str, language: str) -> None:
    """See that a title or definition is there where it is needed, and ends; else an error.

    `language` is that of the reports, in which a title is needed.
    """
    if not text.strip():
        if field.startswith("title") and language_of(field) == language:
            raise DefinitionError(
                "A metric has a title in the language of its reports.",
                f"no {field}",
                "Say it as the committee should read it.",
            )
        return
    if field.startswith("words") and not text.strip().endswith("."):
        raise DefinitionError(
            "A definition in words is whole sentences.", f"{field} without a full stop", "End it."
        )
    unknown = [name for name in re.findall(r"\{(.*?)\}", text) if name != "days"]
    if unknown:
        raise DefinitionError(
            "A title may hold {days}, which becomes the limit, and nothing else in braces.",
            f"{{{unknown[0]}}} in {field}",
            "Write the words themselves.",
        )


def check_column(name: str, table: Subject, folder: Folder) -> None:
    """See that a column can be declared, and is not; else a DefinitionError."""
    if not _NAME.fullmatch(name) or name in table.by_name:
        raise DefinitionError(
            "A new column is small letters, digits and underscores, and not declared yet.",
            f'"{name[:60]}"',
            f"Write it like held_at. Declared: {', '.join(table.by_name)}.",
        )
    if not folder.declares(table.name):
        raise DefinitionError(
            f"A column is added to a subject that {DEFINITIONS} declares.",
            f'"{table.name}" is the program\'s own',
            f"Declare a subject of your own with its columns in {DEFINITIONS}: "
            "kpi docs definitions.",
        )


def make_metric(answers: Answers, params: Path) -> list[Path]:
    """Write a metric into a folder of parameters and return the files made or changed.

    Nothing is written unless everything can be, and reads as it should.

    Raises:
        DefinitionError: the answers do not fit together.
        ParameterError: the folder is none of a project.
    """
    folder = Folder.at(params)
    check(answers, folder)
    definitions = _with_columns(folder.text or _BEGINNING, answers)
    definitions = with_item(definitions, ("metrics",), _written(answers.name, _defined(answers)))
    before = (params / TARGETS).read_text(encoding="utf-8")
    targets = with_item(before, ("metrics",), _written(answers.name, _targets(answers, folder)))
    known = declared(json.dumps(_content(definitions), default=str), folder.language).metrics
    content = _content(targets)
    validated(content, params / TARGETS, TargetsFile, DefinitionError, folder.language)
    if answers.name not in known or answers.name not in content["metrics"]:
        raise _by_hand(DEFINITIONS)
    return _placed({params / DEFINITIONS: definitions, params / TARGETS: targets})


_BEGINNING = """\
# Metrics, and subjects, of this folder's own: kpi docs definitions.
metrics: {}
"""


def _content(text: str) -> dict[str, Any]:
    content = yaml.safe_load(text) if text else {}
    return content if isinstance(content, dict) else {}


def _with_columns(text: str, answers: Answers) -> str:
    place = ("subjects", answers.table, "columns")
    for one in answers.new_columns:
        means = {"en": one.means} | ({"da": one.means_da} if one.means_da else {})
        text = with_item(text, place, _written(one.name, {"type": "moment", "means": means}))
    return text


def _defined(answers: Answers) -> dict[str, Any]:
    texts = {
        part: {
            language_of(field): getattr(answers, field).strip()
            for field in (part, f"{part}_da")
            if getattr(answers, field).strip()
        }
        for part in ("title", "words")
    }
    record: dict[str, Any] = {"kind": _CALLED[answers.kind]}
    record |= {part: said for part, said in texts.items() if said}
    record["subject"] = answers.table
    if answers.kind == "count":
        return record | {"happened": answers.start}
    return record | {"start": answers.start, "stop": answers.stop}


def _targets(answers: Answers, folder: Folder) -> dict[str, Any]:
    titles = {"en": answers.title, "da": answers.title_da}
    days = "" if answers.days is None else str(answers.days)
    aim = {language: said.replace("{days}", days) for language, said in titles.items() if said}
    record: dict[str, Any] = {"aim": {folder.language: aim[folder.language]} | aim}
    if answers.owner:
        record["owner"] = answers.owner
    since = {"valid_from": answers.valid_from} if answers.valid_from else {}
    if answers.valid_from:
        record["introduced"] = answers.valid_from
    if answers.kind == "share":
        due = {"days": answers.days, "unit": answers.unit}
        record["counting"] = [{**since, "due": due, "quarter_by": "due"}]
    elif since:
        record["counting"] = [since.copy()]
    if answers.target is not None:
        usual = "at_most" if answers.kind == "duration" else "at_least"
        direction = answers.direction or usual
        record["targets"] = [{**since, "direction": direction, "value": answers.target}]
    return record


def _written(name: str, record: Mapping[str, Any]) -> str:
    text: str = yaml.safe_dump({name: record}, allow_unicode=True, sort_keys=False, width=100)
    return text


def with_item(text: str, path: tuple[str, ...], item: str) -> str:
    """Return a YAML text with one more item in a mapping, at its end; all else stays as written.

    `path` are the keys that lead to the mapping; a last one that is not there is made.
    """
    node, key = yaml.compose(text, Loader=yaml.SafeLoader), None
    for name in path:
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        key, node = next((pair for pair in pairs if pair[0].value == name), (None, None))
        if key is None:
            return f"{text.rstrip()}\n{path[-1]}:\n{_indented(item, 2)}"
    if not isinstance(node, yaml.MappingNode) or (node.value and node.flow_style):
        raise _by_hand(path[-1])
    assert key is not None  # noqa: S101 - a path has a key
    if not node.value:
        start, end = node.start_mark.index, node.end_mark.index
        written = _indented(item, key.start_mark.column + 2).rstrip()
        return f"{text[:start].rstrip(' ')}\n{written}{text[end:]}"
    end = _end_of(text, node)
    column = node.value[0][0].start_mark.column
    return f"{text[:end].rstrip()}\n{_indented(item, column)}{text[end:].lstrip(chr(10))}"


def _end_of(text: str, node: yaml.Node) -> int:
    """Return where the last line of a node ends, with the remark behind it."""
    while isinstance(node, yaml.CollectionNode) and node.value and not node.flow_style:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    end: int = len(text[: node.end_mark.index].rstrip())
    line = text.find("\n", end)
    return len(text) if line < 0 else line + 1


def _indented(item: str, column: int) -> str:
    return "".join(f"{' ' * column}{line}\n" for line in item.splitlines())


def _by_hand(what: str) -> DefinitionError:
    return DefinitionError(
        "The parameters have the shape that a metric can be added to.",
        f"{what} has another",
        "Write each entry in lines of its own, or add the metric by hand: kpi docs definitions.",
    )


def _placed(files: dict[Path, str]) -> list[Path]:
    """Write all files beside their places first, then move them there."""
    beside = {path.with_name(f".{path.name}.new"): path for path in files}
    try:
        for new, text in zip(beside, files.values(), strict=True):
            new.write_text(text, encoding="utf-8", newline="\n")
        for new, path in beside.items():
            new.replace(path)
    except OSError as error:
        for new in beside:
            new.unlink(missing_ok=True)
        raise RunError(
            "The folder of parameters can be written to.",
            error.strerror or "an error of the file system",
            "Free it and try again; a file that was not written yet is as it was.",
        ) from None
    return list(files)
