"""A new metric from a few answers: its definition, its spec test, its labels, its parameters.

What it changes in files that are there (the catalogue, the labels, the targets) is added; a file in
the way is left alone.
"""

from __future__ import annotations

import datetime as dt
import re
import textwrap
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import jinja2
import yaml

from kpi.definitions.subject import Subject
from kpi.definitions.subjects import SUBJECTS
from kpi.errors import DefinitionError, ParameterError, RunError, did_you_mean

Kind = Literal["share", "count", "duration"]
DayUnit = Literal["calendar_days", "working_days"]
Direction = Literal["at_least", "at_most"]
KINDS: tuple[Kind, ...] = get_args(Kind)
DAY_UNITS: tuple[DayUnit, ...] = get_args(DayUnit)
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


@dataclass(frozen=True)
class Answers:
    """One metric: its names and words in English and Danish, and how it counts.

    A share has a clock from `start` to `stop` and a limit of `days`; a duration has the clock
    alone; a count has the moment at which an event happened, `start`. `target` is a ratio for a
    share, a number for a count, days for a duration; None where there is none. It applies from
    `valid_from`: reports of earlier quarters do not have it; None for all quarters. `new_columns`
    are columns of the table that its contract does not have yet.
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
    """A moment that an extract has and the contract does not: its name and what it means."""

    name: str
    means: str
    means_da: str


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


def table_of(name: str) -> Subject:
    """Return a declared table whose rows are cases with moments; else a DefinitionError."""
    tables = {
        table.name: table for table in SUBJECTS.values() if moments(table) and _is_told(table)
    }
    if name not in tables:
        raise DefinitionError(
            "A metric counts the rows of a declared table that have a key.",
            f'"{name}"',
            did_you_mean(name, tables),
        )
    return tables[name]


def _is_told(table: Subject) -> bool:
    return len(table.key) == 1


def moments(table: Subject) -> list[str]:
    """Name the columns of a table that can start or stop a clock."""
    return [column.name for column in table.columns if column.type in {"date", "moment"}]


def check(answers: Answers, taken: Collection[str]) -> None:
    """See that answers fit together and that every column is declared; else a DefinitionError."""
    check_name(answers.name, taken)
    for field in TEXTS:
        check_text(field, getattr(answers, field))
    table = table_of(answers.table)
    added = [one.name for one in answers.new_columns]
    for name in added:
        check_column(name, table)
    known = [*moments(table), *added]
    columns = [answers.start] if answers.kind == "count" else [answers.start, answers.stop]
    for column in columns:
        if column not in known:
            raise DefinitionError(
                f"A clock starts and stops at moments of {table.name}.",
                f'"{column}"',
                f"{did_you_mean(column, known)} A column that the contract does not have yet: "
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


def check_text(field: str, text: str) -> None:
    """See that a title or definition says something, and ends; else a DefinitionError."""
    if not text.strip():
        raise DefinitionError(
            "A metric has a title and a definition in words, in English and in Danish.",
            f"no {field}",
            "Say it as the committee should read it.",
        )
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


def check_column(name: str, table: Subject) -> None:
    """See that a new column's name can be one and is not declared; else a DefinitionError."""
    if not _NAME.fullmatch(name) or name in table.by_name:
        raise DefinitionError(
            "A new column is small letters, digits and underscores, and not declared yet.",
            f'"{name[:60]}"',
            f"Write it like held_at. Declared: {', '.join(table.by_name)}.",
        )


_MESSAGE = re.compile(r'^msgid "(.*)"$', re.MULTILINE)


def constant_of(name: str) -> str:
    """Return the name of a metric's constant."""
    return name.upper()


def with_message(catalogue: str, message: str, translation: str) -> str:
    """Return a gettext catalogue with one more message, in the order of the messages.

    A message that is there stays as it is.
    """
    entry = f'msgid "{_escaped(message)}"\nmsgstr "{_escaped(translation)}"\n'
    known = {place.group(1): place.start() for place in _MESSAGE.finditer(catalogue)}
    if _escaped(message) in known:
        return catalogue
    later = [at for text, at in known.items() if text and text > _escaped(message)]
    if not later:
        return f"{catalogue.rstrip()}\n\n{entry}"
    at = _start_of_entry(catalogue, min(later))
    return f"{catalogue[:at]}{entry}\n{catalogue[at:]}"


def _start_of_entry(catalogue: str, place: int) -> int:
    """Return where the entry begins, its comments included."""
    gap = catalogue.rfind("\n\n", 0, place)
    return gap + 2 if gap >= 0 else place


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def with_entry(targets: str, answers: Answers) -> str:
    """Return targets.yaml with one more metric, at its end; all else stays as written."""
    text = f"{targets.rstrip()}\n{_entry_of(answers)}"
    if _metrics_of(text) != [*_metrics_of(targets), answers.name]:
        raise _by_hand("params/targets.yaml", f"an entry {answers.name} under metrics")
    return text


def _metrics_of(targets: str) -> list[str]:
    """Name the metrics of targets.yaml; none where it cannot be read."""
    try:
        content = yaml.safe_load(targets)
    except yaml.YAMLError:
        return []
    metrics = content.get("metrics") if isinstance(content, dict) else None
    return list(metrics) if isinstance(metrics, dict) else []


def _entry_of(answers: Answers) -> str:
    titles = {"da": answers.title_da, "en": answers.title}
    days = "" if answers.days is None else str(answers.days)
    record: dict[str, Any] = {
        "aim": {language: text.replace("{days}", days) for language, text in titles.items()}
    }
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
    text: str = yaml.safe_dump(
        {answers.name: record}, allow_unicode=True, sort_keys=False, width=100
    )
    return "".join(f"  {line}\n" for line in text.splitlines())


def contract_of(table: str, project: Path) -> Path:
    """Return the file of a project in which a table's columns are declared."""
    for path in sorted((project / SUBJECTS_FOLDER).glob("*.py")):
        if f'name="{table}"' in _read(path):
            return path.relative_to(project)
    raise _by_hand(SUBJECTS_FOLDER.as_posix(), f"the column to the subject {table}")


_END_OF_COLUMNS = "\n    ),\n"


def with_columns(source: str, table: str, columns: Collection[NewColumn]) -> str:
    """Return the source of a contract with more columns at the end of a table's own."""
    begins = source.find("    columns=(\n", source.find(f'name="{table}"'))
    ends = source.find(_END_OF_COLUMNS, begins)
    if begins < 0 or ends < 0:
        raise _by_hand("the contract", f"the new columns to the subject {table}")
    lines = "".join(f"\n{_column(one)}" for one in columns)
    return source[:ends] + lines + source[ends:]


def _column(one: NewColumn) -> str:
    parts = [_literal(one.name), _literal("moment"), _literal(one.means), "optional=True"]
    line = f"        Column({', '.join(parts)}),"
    if len(line) <= _WIDTH:
        return line
    return "\n".join(["        Column(", *(f"            {part}," for part in parts), "        ),"])


def _by_hand(file: str, what: str) -> DefinitionError:
    return DefinitionError(
        f"{file} has the shape that a metric can be added to.",
        "another shape",
        f"Add it by hand: {what}.",
    )


_CLASSES = {"share": "ShareWithinLimit", "count": "Count", "duration": "Duration"}
_WIDTH = 100
_START = dt.date(2019, 11, 4)  # a Monday; no holiday in the weeks after it
_DAYS_A_WEEK = {"calendar_days": 7, "working_days": 5}


def definition_of(answers: Answers) -> str:
    """Return the source of the module that defines a metric."""
    return _filled(
        "definition.py.j2",
        answers=answers,
        constant=constant_of(answers.name),
        kind=_CLASSES[answers.kind],
        title=_quoted(answers.title, "    title=", "        "),
        words=_quoted(answers.words, "    words=", "    "),
        heading=_docstring(answers.title.replace("{", "").replace("}", "") + "."),
    )


def spec_test_of(answers: Answers) -> str:
    """Return the source of a metric's spec test: drawn rows and the expected outcomes."""
    table = table_of(answers.table)
    last = _last_day(answers)
    return _filled(
        "spec_test.py.j2",
        answers=answers,
        key=table.key[0],
        first=_START,
        last=last,
        after=last + dt.timedelta(days=1 if last.weekday() < 4 else 3),
        width=len("limit passed"),
        heading=_docstring(answers.title.replace("{", "").replace("}", "") + ": what counts."),
    )


def _last_day(answers: Answers) -> dt.date:
    days = answers.days or 0
    if answers.unit == "calendar_days":
        return _START + dt.timedelta(days=days)
    weeks, rest = divmod(days, _DAYS_A_WEEK["working_days"])
    return _START + dt.timedelta(days=7 * weeks + rest)


def _quoted(text: str, before: str, indent: str) -> str:
    """Write a text as adjacent string literals, none beyond the line's width."""
    room = _WIDTH - len(before) - len('" ",')
    lines = textwrap.wrap(text, room, drop_whitespace=False, break_long_words=False)
    return f"\n{indent}".join(_literal(line) for line in lines)


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\")
    if '"' in text and "'" not in text:
        return f"'{escaped}'"
    return '"' + escaped.replace('"', '\\"') + '"'


def _docstring(text: str) -> str:
    return textwrap.shorten(
        text.replace('"', "'").replace("\\", ""), _WIDTH - 20, placeholder=" ..."
    )


def _filled(template: str, **values: object) -> str:
    loader = jinja2.FileSystemLoader(Path(__file__).parent / "templates", encoding="utf-8")
    environment = jinja2.Environment(  # noqa: S701 - Python source, not a page
        loader=loader,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(**values)


METRICS = Path("kpi/definitions/metrics")
SUBJECTS_FOLDER = Path("kpi/definitions/subjects")
LOCALES = Path("kpi/language/locale")
TARGETS = Path("params/targets.yaml")
OWN_LANGUAGE = "da"


def names_taken() -> set[str]:
    """Return the ids of the catalogue."""
    from kpi.definitions.metrics import METRICS

    return set(METRICS)


def make_metric(answers: Answers, project: Path) -> list[Path]:
    """Write a metric into a project's folder and return the files made or changed.

    Nothing is written unless everything can be.

    Raises:
        DefinitionError: the answers do not fit together.
        ParameterError: the folder is not a project, or one of the files is there already.
    """
    check(answers, names_taken())
    _see_project(project)
    files = _new_files(answers) | _changed_files(answers, project)
    for path in _new_files(answers):
        if (project / path).exists():
            raise ParameterError(
                "A new metric overwrites no file.", path.as_posix(), "Choose another name."
            )
    return _written(files, project)


def _see_project(project: Path) -> None:
    for path in (METRICS / "__init__.py", TARGETS):
        if not (project / path).is_file():
            raise ParameterError(
                "A metric is added to a checked-out project.",
                f"no file {path.as_posix()}",
                "Change into the project's folder.",
            )


def _new_files(answers: Answers) -> dict[Path, str]:
    return {
        METRICS / f"{answers.name}.py": definition_of(answers),
        Path("tests/definitions") / f"test_{answers.name}.py": spec_test_of(answers),
    }


def _changed_files(answers: Answers, project: Path) -> dict[Path, str]:
    changed = {TARGETS: with_entry(_read(project / TARGETS), answers)}
    if answers.new_columns:
        contract = contract_of(answers.table, project)
        source = _read(project / contract)
        changed[contract] = with_columns(source, answers.table, answers.new_columns)
    for catalogue in sorted((project / LOCALES).glob("*/LC_MESSAGES/kpi.po")):
        text = _read(catalogue)
        is_own = catalogue.parent.parent.name == OWN_LANGUAGE
        for message, translation in (
            (answers.title, answers.title_da),
            (answers.words, answers.words_da),
            *((column.means, column.means_da) for column in answers.new_columns),
        ):
            text = with_message(text, message, translation if is_own else "")
        changed[catalogue.relative_to(project)] = text
    return changed


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _written(files: dict[Path, str], project: Path) -> list[Path]:
    """Write all files beside their places first, then move them there."""
    beside = {(project / path).with_name(f".{path.name}.new"): project / path for path in files}
    try:
        for new, text in zip(beside, files.values(), strict=True):
            new.write_text(text, encoding="utf-8", newline="\n")
        for new, path in beside.items():
            new.replace(path)
    except OSError as error:
        for new in beside:
            new.unlink(missing_ok=True)
        raise RunError(
            "The project's files can be written to.",
            error.strerror or "an error of the file system",
            "Free them and try again; a file that was not written yet is as it was.",
        ) from None
    return list(files)
