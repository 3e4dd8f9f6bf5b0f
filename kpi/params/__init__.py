"""The parameter files of one report: what they hold together, and what they must agree on."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from kpi.definitions.catalogue import SHIPPED, Catalogue
from kpi.definitions.kinds import (
    Count,
    Metric,
    RatioOfSums,
    ShareOfFlag,
    ShareWithinLimit,
    Sum,
)
from kpi.errors import DefinitionError, ParameterError, did_you_mean
from kpi.language.catalogue import FOLDER as CATALOGUES
from kpi.language.catalogue import LANGUAGES, add_languages
from kpi.params.carried_over import CarriedOver, Written, carried_over
from kpi.params.declared import catalogue_of
from kpi.params.quarter_file import (
    Agenda,
    ApprovalRules,
    Attestation,
    Comment,
    QuarterFile,
)
from kpi.params.reading import read_content, read_file, validated
from kpi.params.source import Milestone, Source, Steps
from kpi.params.targets_file import (
    BUSINESS_UNITS,
    FINE_UNITS,
    Counting,
    Due,
    MetricParams,
    StageNorms,
    Target,
    TargetsFile,
)
from kpi.params.texts import (
    Read,
    Sent,
    Texts,
    TranslatedFile,
    gather,
    languages_beside,
    translated_path,
)
from kpi.params.unit_file import with_extracts, with_unit
from kpi.periods import MONTH_NAMES, MONTHS_OF, Cycle, Kind, Period

__all__ = [
    "BUSINESS_UNITS",
    "FINE_UNITS",
    "Agenda",
    "ApprovalRules",
    "Attestation",
    "Comment",
    "Counting",
    "Due",
    "MetricParams",
    "Milestone",
    "Params",
    "Source",
    "StageNorms",
    "Steps",
    "Target",
    "Texts",
    "cycle_of",
    "load_params",
    "quarter_file_in",
    "quarters_in",
]

TARGETS = "targets.yaml"
_CYCLE = re.compile(r"^(period|year_starts)\s*:\s*[\"']?(\w+)", re.MULTILINE)


@dataclass(frozen=True)
class Params:
    """Everything the administration decides about one report."""

    report: QuarterFile
    metrics: dict[str, MetricParams]
    overlap_quarters: int = 4
    texts: Texts = field(default_factory=Texts)
    catalogue: Catalogue = SHIPPED
    carried_over: tuple[CarriedOver, ...] = ()

    @property
    def quarter(self) -> Period:
        """The reported quarter."""
        return self.report.quarter

    @property
    def quarters(self) -> list[Period]:
        """The quarters from the start of the history to the reported one."""
        return self.report.quarter.since(self.report.history_from)

    @property
    def shown_persons(self) -> tuple[str, ...]:
        """Name the columns of persons that are read though no small count is hidden."""
        if not self.report.hides_nobody:
            return ()
        subjects = self.catalogue.subjects
        persons = ((name, subjects[name].person or "") for name in self.report.sources)
        return tuple(
            f"{name}.{person}"
            for name, person in persons
            if person and self._is_given(name, person)
        )

    def _is_given(self, name: str, column: str) -> bool:
        """Tell whether a source gives a column: one that names none gives them all."""
        source = self.report.sources[name]
        return source.gives(column) or (source.is_read and not source.columns)

    def definition(self, metric: str) -> Metric:
        """Return what a reported metric counts."""
        return self.catalogue.metrics[metric]

    def in_languages(self, languages: tuple[str, ...]) -> Params:
        """Return the same with the page in other languages; none named leaves it as it is."""
        see_languages(languages)
        if not languages:
            return self
        chosen = tuple(dict.fromkeys(languages))
        return replace(self, report=self.report.model_copy(update={"languages": chosen}))


def see_languages(languages: tuple[str, ...]) -> None:
    """See that there is a catalogue of each language; else raise ParameterError."""
    for language in languages:
        if language not in LANGUAGES:
            raise ParameterError(
                "The page is made in languages that there is a catalogue of.",
                f'"{language}"',
                f"Known here: {', '.join(LANGUAGES)}. A further one is languages/{language}.po in "
                "the folder of parameters.",
            )


def load_params(
    folder: Path,
    quarter: Period,
    unit: Path | None = None,
) -> Params:
    """Read `<period>.yaml` and `targets.yaml` of a folder; a unit's file says what differs there.

    A metric that was introduced after the quarter is not among its metrics.
    Raises ParameterError for a missing file, an unknown key or metric, or a value of the wrong
    kind, and DefinitionError for targets that contradict themselves.
    """
    add_languages(folder / CATALOGUES)
    path = _quarter_path(folder, quarter)
    report, beside = _read_quarter(path, unit, quarter.cycle)
    see_languages(report.page_languages)
    if report.quarter != quarter:
        raise ParameterError(
            f"{path.name} describes the {quarter.kind} it is named after.",
            f"{quarter.kind}: {report.quarter}",
            f"Write {quarter.kind}: {quarter}, or rename the file.",
        )
    path = _existing(folder / TARGETS)
    targets, beside_targets = read_file(path, TargetsFile, DefinitionError, report.language)
    catalogue = catalogue_of(folder, report.language)
    _check_metric_names(report, targets, catalogue)
    files = {quarter.file_name: (report, beside), path.stem: (targets, beside_targets)}
    texts = gather(report.language, files, _sent(folder, list(files), report.language))
    before = _before(folder, quarter, unit)
    left_over = carried_over(Written(report, beside), before)
    known = {
        name: _to_date(name, one, targets, catalogue.metrics[name])
        for name, one in targets.metrics.items()
        if one.is_known_in(quarter)
    }
    return Params(report, known, targets.overlap_quarters, texts, catalogue, left_over)


def _to_date(
    name: str, settings: MetricParams, targets: TargetsFile, definition: Metric
) -> MetricParams:
    """Say of a metric whether its year to date is shown: what does not add up has none."""
    adds_up = isinstance(definition, ShareWithinLimit | ShareOfFlag | Count | Sum | RatioOfSums)
    if settings.year_to_date and not adds_up:
        raise DefinitionError(
            "The year to date adds up the periods of a share, a count or a rate.",
            f"year_to_date of {name}, which is a {definition.kind}",
            f"Take it out of {name} in targets.yaml.",
        )
    asked = targets.year_to_date if settings.year_to_date is None else settings.year_to_date
    return settings.model_copy(update={"year_to_date": asked and adds_up})


def cycle_of(folder: Path) -> Cycle:
    """Return what a folder's reports are about, as its targets.yaml says: quarters unless it does.

    What is wrong with that file is told when it is read as a whole.
    """
    path = folder / TARGETS
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    said = dict(_CYCLE.findall(text))
    kind, starts = said.get("period"), said.get("year_starts")
    return Cycle(
        cast("Kind", kind) if kind in MONTHS_OF else "quarter",
        MONTH_NAMES.index(starts) + 1 if starts in MONTH_NAMES else 1,
    )


def _read_quarter(path: Path, unit: Path | None, cycle: Cycle) -> tuple[QuarterFile, Read]:
    content = read_content(path)
    if unit:
        content = with_unit(content, read_content(unit), unit.name)
    return validated(with_extracts(content), path, QuarterFile, ParameterError, cycle=cycle)


def _before(folder: Path, quarter: Period, unit: Path | None) -> Written | None:
    """Return the latest earlier period's file of the folder; None without one."""
    earlier = [one for one in quarters_in(folder) if one < quarter]
    if not earlier:
        return None
    path = folder / f"{max(earlier).file_name}.yaml"
    return Written(*_read_quarter(path, unit, quarter.cycle))


def quarter_file_in(path: Path) -> QuarterFile:
    """Read the file of a quarter alone; what is wrong with it is a ParameterError."""
    return _read_quarter(path, None, cycle_of(path.parent))[0]


def quarters_in(folder: Path) -> list[Period]:
    """Return the periods that have a file in a folder of parameters, the oldest first."""
    cycle, found = cycle_of(folder), []
    for file in folder.glob("[12]*.yaml"):
        with suppress(ParameterError):
            found.append(cycle.parse(file.stem))
    return sorted(found)


def _sent(folder: Path, names: list[str], main: str) -> dict[str, Sent]:
    """Read what translators sent, for each language that has something."""
    found: dict[str, Sent] = {}
    for language in languages_beside(main):
        for name in names:
            path = translated_path(folder, name, language)
            if path.is_file():
                file, _ = read_file(path, TranslatedFile, ParameterError)
                found.setdefault(language, []).extend((name, one) for one in file.texts)
    return found


def _quarter_path(folder: Path, quarter: Period) -> Path:
    path = folder / f"{quarter.file_name}.yaml"
    if path.is_file():
        return path
    available = [str(one) for one in quarters_in(folder)]
    kind, command = quarter.kind, "new-quarter" if quarter.kind == "quarter" else "new-period"
    if not available:
        raise ParameterError(
            f"A folder of parameters has a file for each {kind}, such as {path.name}.",
            f"none in {folder.as_posix()}",
            "kpi init makes a project in an empty folder, kpi init --from FILE one for an extract; "
            "else change into the project's folder, or name that of its parameters with --params.",
        )
    raise ParameterError(
        f"The {kind} {quarter} has no parameter file {path.name}.",
        f"in {folder.as_posix()}: {', '.join(available)}",
        f"kpi {command} {quarter} makes it from the latest one; "
        + did_you_mean(str(quarter), available),
    )


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise ParameterError(
            "A parameter folder holds targets.yaml beside the periods' files.",
            f"no file {path.name} in {path.parent.as_posix()}",
            "Restore it, or name another folder with --params.",
        )
    return path


def _check_metric_names(report: QuarterFile, targets: TargetsFile, catalogue: Catalogue) -> None:
    for name in targets.metrics:
        if name not in catalogue.metrics:
            raise DefinitionError(
                "targets.yaml names metrics of the catalogue.",
                f'"{name}"',
                did_you_mean(name, catalogue.metrics),
            )
    groups = {group for subject in catalogue.subjects.values() for group in subject.groups}
    units_by = report.disclosure.units_by
    if units_by and units_by not in groups:
        raise ParameterError(
            f"disclosure.units_by of {report.quarter}.yaml is a group of subjects.",
            f'"{units_by}"',
            did_you_mean(units_by, sorted(groups)),
        )
    for part in ("comments", "attestations", "accepted_deviations", "restatements"):
        for name in getattr(report, part):
            if name not in targets.metrics:
                raise ParameterError(
                    f"{part} of {report.quarter.file_name}.yaml are about metrics in targets.yaml.",
                    f'"{name}"',
                    did_you_mean(name, targets.metrics),
                )
