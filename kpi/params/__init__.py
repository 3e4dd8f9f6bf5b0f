"""The parameter files of one report: what they hold together, and what they must agree on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import get_args

from kpi.definitions.catalogue import SHIPPED, Catalogue
from kpi.definitions.kinds import Metric
from kpi.errors import DefinitionError, ParameterError, did_you_mean
from kpi.params.carried_over import CarriedOver, Written, carried_over
from kpi.params.declared import catalogue_of
from kpi.params.quarter_file import (
    Agenda,
    ApprovalRules,
    Attestation,
    Comment,
    Language,
    Milestone,
    QuarterFile,
    Source,
    Steps,
)
from kpi.params.reading import read_content, read_file, validated
from kpi.params.targets_file import (
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
from kpi.periods import Quarter

__all__ = [
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
    "load_params",
    "quarter_file_in",
    "quarters_in",
]

TARGETS = "targets.yaml"


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
    def quarter(self) -> Quarter:
        """The reported quarter."""
        return self.report.quarter

    @property
    def quarters(self) -> list[Quarter]:
        """The quarters from the start of the history to the reported one."""
        return self.report.quarter.since(self.report.history_from)

    def definition(self, metric: str) -> Metric:
        """Return what a reported metric counts."""
        return self.catalogue.metrics[metric]

    def in_languages(self, languages: tuple[str, ...]) -> Params:
        """Return the same with the page in other languages; none named leaves it as it is."""
        for language in languages:
            if language not in get_args(Language):
                raise ParameterError(
                    "The page is made in languages that the program has a catalogue of.",
                    f'"{language}"',
                    f"Known here: {', '.join(get_args(Language))}.",
                )
        if not languages:
            return self
        chosen = tuple(dict.fromkeys(languages))
        return replace(self, report=self.report.model_copy(update={"languages": chosen}))


def load_params(
    folder: Path,
    quarter: Quarter,
    unit: Path | None = None,
) -> Params:
    """Read `<quarter>.yaml` and `targets.yaml` of a folder; a unit's file says what differs there.

    A metric that was introduced after the quarter is not among its metrics.
    Raises ParameterError for a missing file, an unknown key or metric, or a value of the wrong
    kind, and DefinitionError for targets that contradict themselves.
    """
    path = _quarter_path(folder, quarter)
    report, beside = _read_quarter(path, unit)
    if report.quarter != quarter:
        raise ParameterError(
            f"{quarter}.yaml describes the quarter it is named after.",
            f"quarter: {report.quarter}",
            f"Write quarter: {quarter}, or rename the file.",
        )
    path = _existing(folder / TARGETS)
    targets, beside_targets = read_file(path, TargetsFile, DefinitionError, report.language)
    catalogue = catalogue_of(folder, report.language)
    _check_metric_names(report, targets, catalogue)
    files = {str(quarter): (report, beside), path.stem: (targets, beside_targets)}
    texts = gather(report.language, files, _sent(folder, list(files), report.language))
    before = _before(folder, quarter, unit)
    left_over = carried_over(Written(report, beside), before)
    known = {name: one for name, one in targets.metrics.items() if one.is_known_in(quarter)}
    return Params(report, known, targets.overlap_quarters, texts, catalogue, left_over)


def _read_quarter(path: Path, unit: Path | None) -> tuple[QuarterFile, Read]:
    content = read_content(path)
    if unit:
        content = with_unit(content, read_content(unit), unit.name)
    return validated(with_extracts(content), path, QuarterFile, ParameterError)


def _before(folder: Path, quarter: Quarter, unit: Path | None) -> Written | None:
    """Return the latest earlier quarter's file of the folder; None without one."""
    earlier = [one for one in quarters_in(folder) if one < quarter]
    return Written(*_read_quarter(folder / f"{max(earlier)}.yaml", unit)) if earlier else None


def quarter_file_in(path: Path) -> QuarterFile:
    """Read the file of a quarter alone; what is wrong with it is a ParameterError."""
    return _read_quarter(path, None)[0]


def quarters_in(folder: Path) -> list[Quarter]:
    """Return the quarters that have a file in a folder of parameters, the oldest first."""
    names = (file.stem for file in folder.glob("????Q?.yaml"))
    return sorted(Quarter.parse(name) for name in names if Quarter.is_name(name))


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


def _quarter_path(folder: Path, quarter: Quarter) -> Path:
    path = folder / f"{quarter}.yaml"
    if path.is_file():
        return path
    available = sorted(file.stem for file in folder.glob("????Q?.yaml"))
    if not available:
        raise ParameterError(
            "A folder of parameters has a file for each quarter, such as 2019Q4.yaml.",
            f"none in {folder.as_posix()}",
            "kpi init makes a project in an empty folder, kpi init --from FILE one for an extract; "
            "else change into the project's folder, or name that of its parameters with --params.",
        )
    raise ParameterError(
        f"The quarter {quarter} has no parameter file {path.name}.",
        f"in {folder.as_posix()}: {', '.join(available)}",
        f"kpi new-quarter {quarter} makes it from the latest one; "
        + did_you_mean(str(quarter), available),
    )


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise ParameterError(
            "A parameter folder holds targets.yaml beside the quarters' files.",
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
    for part in ("comments", "attestations", "accepted_deviations", "restatements"):
        for name in getattr(report, part):
            if name not in targets.metrics:
                raise ParameterError(
                    f"{part} of {report.quarter}.yaml are about metrics in targets.yaml.",
                    f'"{name}"',
                    did_you_mean(name, targets.metrics),
                )
