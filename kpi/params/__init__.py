"""Parameter files read into frozen, validated records; an unknown key brings a suggestion."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import ValidationError

from kpi.errors import DefinitionError, KpiError, ParameterError, did_you_mean
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
from kpi.params.strict import Strict
from kpi.params.targets_file import (
    Counting,
    Due,
    MetricParams,
    StageNorms,
    Target,
    TargetsFile,
)
from kpi.params.unit_file import with_unit
from kpi.periods import Quarter

__all__ = [
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
    "load_params",
]

Model = TypeVar("Model", bound=Strict)


@dataclass(frozen=True)
class Params:
    """Everything the administration decides about one report."""

    report: QuarterFile
    metrics: dict[str, MetricParams]
    overlap_quarters: int = 4

    @property
    def quarter(self) -> Quarter:
        """The reported quarter."""
        return self.report.quarter

    @property
    def quarters(self) -> list[Quarter]:
        """The quarters from the start of the history to the reported one."""
        return self.report.quarter.since(self.report.history_from)

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
    known_metrics: set[str] | None = None,
    unit: Path | None = None,
) -> Params:
    """Read `<quarter>.yaml` and `targets.yaml` of a folder; a unit's file says what differs there.

    Raises ParameterError for a missing file, an unknown key or metric, or a value of the wrong
    kind, and DefinitionError for targets that contradict themselves.
    """
    path = _quarter_path(folder, quarter)
    content = _content(path)
    if unit:
        content = with_unit(content, _content(unit), unit.name)
    report = _validated(content, path, QuarterFile, ParameterError)
    if report.quarter != quarter:
        raise ParameterError(
            f"{quarter}.yaml describes the quarter it is named after.",
            f"quarter: {report.quarter}",
            f"Write quarter: {quarter}, or rename the file.",
        )
    targets = _read(_existing(folder / "targets.yaml"), TargetsFile, DefinitionError)
    _check_metric_names(report, targets, known_metrics)
    return Params(report, targets.metrics, targets.overlap_quarters)


def _quarter_path(folder: Path, quarter: Quarter) -> Path:
    path = folder / f"{quarter}.yaml"
    if path.is_file():
        return path
    available = sorted(file.stem for file in folder.glob("????Q?.yaml"))
    found = f"in {folder.as_posix()}: {', '.join(available) or 'no quarter at all'}"
    raise ParameterError(
        f"The quarter {quarter} has no parameter file {path.name}.",
        found,
        f"Copy the latest one to {path.name} and adapt it; "
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


def _read(path: Path, model: type[Model], contradiction: type[KpiError]) -> Model:
    return _validated(_content(path), path, model, contradiction)


def _content(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
        content = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}" if mark else "the file"
        problem = getattr(error, "problem", None) or "cannot be read as YAML"
        raise ParameterError(
            f"{path.name} is a YAML file.", f"{place}: {problem}", "Correct that line."
        ) from None
    except UnicodeDecodeError:
        raise ParameterError(
            f"{path.name} is written in UTF-8.", "another encoding", "Save it as UTF-8."
        ) from None
    if not isinstance(content, dict):
        raise ParameterError(f"{path.name} holds keys and values.", "none", "Restore the file.")
    return content


def _validated(
    content: dict[str, Any], path: Path, model: type[Model], contradiction: type[KpiError]
) -> Model:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise _explain(path, model, error, contradiction) from None


class _Loader(yaml.SafeLoader):
    """A YAML loader that refuses a key written twice, and reads on, off, yes and no as words."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - as the base class has it
        letter: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":bool")]
        for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(
        self,
        node: yaml.MappingNode,
        deep: bool = False,  # noqa: FBT001, FBT002 - as the base class has it
    ) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f'the key "{key}" stands twice', key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("true|false"), list("tf"))


def _explain(
    path: Path, model: type[Strict], error: ValidationError, contradiction: type[KpiError]
) -> KpiError:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or path.name
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    if first["type"] == "extra_forbidden":
        return ParameterError(
            f"{path.name} has only keys that the program knows.",
            f"{where}{more}",
            did_you_mean(str(first["loc"][-1]), _keys_at(model, first["loc"][:-1])),
        )
    kind = contradiction if first["type"] in {"value_error", "missing"} else ParameterError
    message = first["msg"].removeprefix("Value error, ")
    return kind(f"{path.name}: {where}{more}.", message, f"Correct {where} in {path.name}.")


def _keys_at(model: type[Strict], location: tuple[int | str, ...]) -> list[str]:
    """List the keys that a record at a location of the file may have."""
    schema = model.model_json_schema()
    node: dict[str, Any] = schema
    for part in location:
        node = _resolve(schema, node)
        node = (
            node.get("properties", {}).get(part)
            or node.get("items")
            or node.get("additionalProperties", {})
        )
    return list(_resolve(schema, node).get("properties", {}))


def _resolve(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    for choice in (node, *node.get("anyOf", []), *node.get("allOf", [])):
        if "$ref" in choice:
            found: dict[str, Any] = schema["$defs"][choice["$ref"].rsplit("/", 1)[-1]]
            return found
    return node


def _check_metric_names(
    report: QuarterFile, targets: TargetsFile, known_metrics: set[str] | None
) -> None:
    for name in targets.metrics:
        if known_metrics is not None and name not in known_metrics:
            raise DefinitionError(
                "targets.yaml names metrics of the catalogue.",
                f'"{name}"',
                did_you_mean(name, known_metrics),
            )
    for part in ("comments", "attestations", "accepted_deviations", "restatements"):
        for name in getattr(report, part):
            if name not in targets.metrics:
                raise ParameterError(
                    f"{part} of {report.quarter}.yaml are about metrics in targets.yaml.",
                    f'"{name}"',
                    did_you_mean(name, targets.metrics),
                )
