"""A new metric from a few answers: its definition, its spec test, its labels, its parameters."""

from __future__ import annotations

from pathlib import Path

from kpi.errors import ParameterError, RunError
from kpi.new_metric.answers import DAY_UNITS, KINDS, Answers, check, check_name, moments, table_of
from kpi.new_metric.edits import with_entry, with_message, with_metric
from kpi.new_metric.made import definition_of, spec_test_of

__all__ = [
    "DAY_UNITS",
    "KINDS",
    "Answers",
    "check",
    "check_name",
    "make_metric",
    "moments",
    "names_taken",
    "table_of",
]

CATALOGUE = Path("kpi/metrics/__init__.py")
LOCALES = Path("kpi/locale")
TARGETS = Path("params/targets.yaml")
OWN_LANGUAGE = "da"


def names_taken() -> set[str]:
    """Return the ids of the catalogue."""
    from kpi import metrics

    return set(metrics.CATALOGUE)


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
    for path in (CATALOGUE, TARGETS):
        if not (project / path).is_file():
            raise ParameterError(
                "A metric is added to a checked-out project.",
                f"no file {path.as_posix()}",
                "Change into the project's folder.",
            )


def _new_files(answers: Answers) -> dict[Path, str]:
    return {
        Path("kpi/metrics") / f"{answers.name}.py": definition_of(answers),
        Path("tests/metrics") / f"test_{answers.name}.py": spec_test_of(answers),
    }


def _changed_files(answers: Answers, project: Path) -> dict[Path, str]:
    changed = {CATALOGUE: with_metric(_read(project / CATALOGUE), answers.name)}
    changed[TARGETS] = with_entry(_read(project / TARGETS), answers)
    for catalogue in sorted((project / LOCALES).glob("*/LC_MESSAGES/kpi.po")):
        text = _read(catalogue)
        is_own = catalogue.parent.parent.name == OWN_LANGUAGE
        for message, translation in (
            (answers.title, answers.title_da),
            (answers.words, answers.words_da),
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
