"""A project begun: in an empty folder, with a sample of its own or for an extract that is there.

What is made is a folder of parameters in which comments say what may be changed, the notebooks, and
the extract. It is made beside its place, read as a run would read it, and only then put there.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2
import yaml

from kpi.errors import ParameterError
from kpi.files import keep_private, private_folder, work_beside
from kpi.language import Labels
from kpi.params import load_params
from kpi.periods import MONTH_NAMES, Period
from kpi.project.proposal import Answers, capital, is_share, label_of, words_of
from kpi.project.shipped import copy_notebooks

NOTEBOOKS = ("01_data_quality", "02_targets", "04_methods", "committee")
_HERE = Path(__file__).parent
_SAMPLE = _HERE / "sample"
_SAMPLE_PERIOD = Period(2025, 4)
_HISTORY = {"quarter": 11, "month": 23, "year": 9}  # periods before the reported one


@dataclass(frozen=True)
class About:
    """What is known of an administration before anything is read."""

    organisation: str = ""
    country: str = ""
    zone: str = "UTC"
    language: str = "en"


@dataclass(frozen=True)
class Begun:
    """A project that was begun: its files, from its folder on, its first quarter, and guesses."""

    files: list[str]
    period: Period
    guesses: list[str] = field(default_factory=list)


def see_empty(folder: Path, spared: Collection[Path] = ()) -> None:
    """See that a folder is empty, but for hidden files, an environment, and files that are spared.

    Anything else is a ParameterError: nothing of it is written over.
    """
    kept = {path.resolve() for path in spared}
    found = [
        path.name
        for path in sorted(folder.iterdir() if folder.is_dir() else ())
        if not path.name.startswith(".")
        and path.resolve() not in kept
        and not (path / "pyvenv.cfg").is_file()
    ]
    if found or (folder.exists() and not folder.is_dir()):
        raise ParameterError(
            "A project is begun in an empty folder.",
            f"{', '.join(found[:5]) or folder.name} in it",
            "Make a new folder and change into it, or name one: kpi init FOLDER.",
        )


def begin_sample(folder: Path, language: str) -> Begun:
    """Make a project with an invented extract of its own: faults of street lights."""
    see_empty(folder)

    def fill(work: Path) -> list[str]:
        shutil.copytree(_SAMPLE / "params", work / "params")
        private_folder(work / "data")
        for path in (_SAMPLE / "data").iterdir():
            shutil.copyfile(path, work / "data" / path.name)
        path = work / "params" / f"{_SAMPLE_PERIOD}.yaml"
        text = path.read_text(encoding="utf-8").replace("language: en ", f"language: {language} ")
        text = text.replace("languages: [en] ", f"languages: [{language}] ")
        path.write_text(text, encoding="utf-8", newline="\n")
        return []

    return _placed(folder, fill, _SAMPLE_PERIOD, language, "Street lights")


def begin_from(
    folder: Path, extract: Path, sheet: str, answers: Answers, about: About, guessed: set[str]
) -> Begun:
    """Make a project for an extract, as it was answered; `guessed` are the options nobody gave."""
    see_empty(folder, [extract])
    period = answers.period
    assert period is not None  # noqa: S101 - the last question

    def fill(work: Path) -> list[str]:
        content = _Content(extract, sheet, answers, about, guessed).values
        params = work / "params"
        params.mkdir()
        for name in ("targets", "definitions"):
            _write(params / f"{name}.yaml", f"{name}.yaml.j2", content)
        _write(params / f"{period.file_name}.yaml", "period.yaml.j2", content)
        private_folder(work / "data")
        keep_private(Path(shutil.copyfile(extract, work / "data" / extract.name)))
        return _guesses(answers, guessed)

    return _placed(folder, fill, period, about.language, capital(answers.noun[1]))


def _placed(
    folder: Path, fill: Callable[[Path], list[str]], period: Period, language: str, title: str
) -> Begun:
    """Make a project beside its folder, see that its parameters are read, and put it there."""
    folder.mkdir(parents=True, exist_ok=True)
    with work_beside(folder / "project") as work:
        work.mkdir(exist_ok=True)
        guesses = fill(work)
        copy_notebooks(work / "notebooks", names=NOTEBOOKS)
        shutil.copyfile(_HERE / "templates" / "init" / "gitignore", work / ".gitignore")
        values = {
            "title": title,
            "period": period,
            "next_period": period.shift(1),
            **_words_of(period),
            "language": language,
            "guesses": guesses,
        }
        _write(work / "README.md", "README.md.j2", values)
        load_params(work / "params", period)
        files = sorted(
            path.relative_to(work).as_posix() for path in work.rglob("*") if path.is_file()
        )
        for path in work.iterdir():
            path.rename(folder / path.name)
    return Begun(files, period, guesses)


def _words_of(period: Period) -> dict[str, str]:
    """Return what comments and commands call the periods that reports are about."""
    return {
        "period_kind": period.kind,
        "file_name": period.file_name,
        "new_period": "new-quarter" if period.kind == "quarter" else "new-period",
        "year_starts": MONTH_NAMES[period.year_starts - 1] if period.year_starts > 1 else "",
    }


def _write(path: Path, template: str, values: dict[str, Any]) -> None:
    environment = jinja2.Environment(  # noqa: S701 - YAML and Markdown, not a page
        loader=jinja2.FileSystemLoader(_HERE / "templates" / "init", encoding="utf-8"),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["quoted"] = quoted
    environment.filters["comment"] = lambda text: " ".join(text.split())
    text = environment.get_template(template).render(**values)
    path.write_text(text, encoding="utf-8", newline="\n")


def quoted(text: str) -> str:
    """Write a text as YAML that reads as that very text, plainly where it can be.

    >>> quoted("Reported at"), quoted("no"), quoted("a: b")
    ('Reported at', '"no"', '"a: b"')
    """
    try:
        is_plain = yaml.safe_load(f"[{text}]") == [text]
    except yaml.YAMLError:
        is_plain = False
    return text if is_plain and " #" not in text else json.dumps(text, ensure_ascii=False)


class _Content:
    """What is filled into the files of parameters."""

    def __init__(
        self, extract: Path, sheet: str, answers: Answers, about: About, guessed: set[str]
    ) -> None:
        self.extract, self.sheet, self.about = extract, sheet, about
        self.answers, self.guessed = answers, guessed
        self.labels = Labels(about.language)

    @property
    def values(self) -> dict[str, Any]:
        """All values by their names in the templates."""
        answers, guessed = self.answers, self.guessed
        metric, kind, clock = self._first()
        return {
            **self._of_period(),
            "subject": self.subject,
            "subject_title": capital(answers.noun[1]),
            "noun": answers.noun,
            "grain": self._grain(),
            "rows": answers.looked.rows,
            "key": answers.key,
            "key_is_guessed": "key" in guessed,
            "found_by": self._found_by(),
            "start": answers.start,
            "stop": answers.stop,
            "group": answers.group,
            "group_label": label_of(answers, answers.group) if answers.group else "",
            "group_is_guessed": "group" in guessed,
            "columns": self._columns(),
            "metric": metric,
            "metric_kind": kind,
            "clock": clock,
            "guessed": guessed,
            "title": answers.title,
            "late": self._late(),
            "example_filter": f"{next(iter(sorted(answers.taken)), answers.start)} IS NOT NULL",
            "others": self._others(),
            "shape": answers.shape,
            "limit": answers.limit,
            "limit_is_guessed": "limit" in guessed and not answers.planned,
            "due": self._due(),
            "target": self._target(),
            "direction": self._direction(),
            "example": 0.9 if is_share(answers) else 10,
        }

    @property
    def subject(self) -> str:
        """What the rows are called in the parameters."""
        from kpi.sources.looking import name_of

        return name_of(self.extract.name.partition(".")[0])

    def _grain(self) -> str:
        """Return what a row is called: where rows are counts, it is none of what they count."""
        one, many = self.answers.noun
        is_counts = self.answers.shape == "counts"
        return self.labels("row of counts of {many}", many=many) if is_counts else one

    def _of_period(self) -> dict[str, Any]:
        answers, looked = self.answers, self.answers.looked
        period = answers.period
        assert period is not None  # noqa: S101 - the last question
        first = min(answers.by_period(period.cycle))
        used = answers.used
        zoned = [one for one in used if one.type == "moment"]
        is_cpr = answers.by_name[answers.person].is_cpr if answers.person else False
        return {
            "period": period,
            "next_period": period.shift(1),
            "as_of": answers.as_of,
            "history_from": min(max(first, period.shift(-_HISTORY[period.kind])), period),
            **_words_of(period),
            "language": self.about.language,
            "organisation": self.about.organisation or self.labels("Name of the organisation"),
            "country": self.about.country,
            "zone": self.about.zone,
            "has_offsets": any(one.has_offset for one in zoned),
            "zone_of_times": self.about.zone if any(not one.has_offset for one in zoned) else "",
            "person": answers.person,
            "person_numbers": "cpr" if is_cpr else "any",
            "file": self.extract.name,
            "sheet": self.sheet,
            "forms": looked.forms,
            "used": used,
            "unused": [one.header for one in looked.columns if one not in used],
            "kind": self.labels("A first draft"),
        }

    def _found_by(self) -> list[str]:
        texts = [one.name for one in self.answers.used if one.type == "text"]
        chosen = [self.answers.start, *texts[:3]]
        return [name for name in chosen if name != self.answers.person]

    def _columns(self) -> list[dict[str, Any]]:
        answers = self.answers
        needed = {answers.start, *answers.key}
        return [
            {
                "name": one.name,
                "type": "person" if one.name == answers.person else self._type(one.name),
                "label": label_of(answers, one.name),
                "is_required": one.name in needed and one.values == answers.looked.rows,
                "is_planned": one.name == answers.planned,
            }
            for one in answers.used
        ]

    def _type(self, name: str) -> str:
        """Return a column's type: what only tells rows apart is text, numbers too."""
        answers = self.answers
        is_counted = name in f"{answers.numerator} {answers.denominator}"
        is_text = name in (*answers.key, answers.group) and not is_counted
        kind = answers.by_name[name].type
        return "text" if is_text and kind == "number" else kind

    def _first(self) -> tuple[str, str, list[tuple[str, str]]]:
        """Return the name, kind and clock of the first metric."""
        answers = self.answers
        if answers.shape == "rows":
            return self.subject + "_counted", "count", [("happened", answers.start)]
        if answers.shape == "counts":
            on = ("on", answers.start)
            if not answers.denominator:
                return "total", "sum", [on, ("value", answers.numerator)]
            parts = [("numerator", answers.numerator), ("denominator", answers.denominator)]
            return "share", "ratio_of_sums", [on, *parts]
        clock = [("start", answers.start), ("stop", answers.stop)]
        if answers.limit is None:
            return "time_taken", "duration", clock
        return "within_the_limit", "share_within_limit", clock

    def _others(self) -> list[dict[str, Any]]:
        """Return the metrics that stand beside the first."""
        answers = self.answers
        if answers.shape == "cases" and answers.limit:
            names = {name: label_of(answers, name) for name in (answers.start, answers.stop)}
            title = self.labels(
                "Time from {start} to {stop}", start=names[answers.start], stop=names[answers.stop]
            )
            clock = [("start", answers.start), ("stop", answers.stop)]
            due = "" if answers.planned else self._due()
            more = {"id": "time_taken", "kind": "duration", "title": title}
            return [more | {"clock": clock, "due": due}]
        if answers.shape == "counts" and answers.denominator:
            whole = answers.denominator
            said = words_of(answers, whole)
            clock = [("on", answers.start), ("value", whole)]
            title = self.labels("Sum of {what}", what=said)
            return [{"id": "total", "kind": "sum", "title": title, "clock": clock, "due": ""}]
        return []

    def _late(self) -> tuple[str, str] | None:
        """Return what is said of one case, and of many, that were not as the first metric asks."""
        answers, labels = self.answers, self.labels
        one, many = answers.noun
        if answers.denominator:
            part = words_of(answers, answers.numerator)
            return (
                labels("{n} of the {many} is not in “{part}”", n="{n}", many=many, part=part),
                labels("{n} of the {many} are not in “{part}”", n="{n}", many=many, part=part),
            )
        if answers.shape == "cases" and answers.limit:
            return (
                labels("{n} {one} was not within the limit", n="{n}", one=one),
                labels("{n} {many} were not within the limit", n="{n}", many=many),
            )
        return None

    def _due(self) -> str:
        limit = self.answers.limit
        if limit is None:
            return ""
        if limit.column:
            return f"{{column: {limit.column}}}"
        if limit.unit in ("minutes", "hours"):
            return f"{{{limit.unit}: {limit.number}}}"
        return f"{{days: {limit.number}, unit: {limit.unit}}}"

    def _target(self) -> float | None:
        target = self.answers.target
        if target is None or not is_share(self.answers):
            return target
        return round(target / 100, 6)

    def _direction(self) -> str:
        is_time = self.answers.shape == "cases" and self.answers.limit is None
        return "at_most" if is_time else "at_least"


def _guesses(answers: Answers, guessed: set[str]) -> list[str]:
    """Say what was guessed, for whoever reads it through."""
    said = {
        "start": f"the clock starts at `{answers.start}`"
        if answers.stop
        else f"a row belongs to the period of `{answers.start}`",
        "stop": f"it stops at `{answers.stop}`",
        "limit": f"the limit is {answers.limit}" if answers.limit else "there is no limit",
        "denominator": f"a row counts `{answers.denominator or 'nothing'}`",
        "numerator": f"`{answers.numerator}` is what is looked at of it",
        "key": f"rows are told apart by {' and '.join(f'`{one}`' for one in answers.key)}"
        if answers.key
        else "no column tells rows apart, so each row is a case",
        "person": f"`{answers.person}` holds persons' numbers"
        if answers.person
        else "rows are about nobody, so that no small count is hidden",
        "group": f"figures are parted by `{answers.group}`"
        if answers.group
        else "figures are parted by nothing",
        "period": f"{answers.period} is over, and whole in the extract, as of {answers.as_of}",
    }
    return [f"{text} (`--{name}`)" for name, text in said.items() if name in guessed]
