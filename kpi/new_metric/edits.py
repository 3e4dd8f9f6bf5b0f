"""What a new metric changes in files that are there: the catalogue, the labels, the targets."""

from __future__ import annotations

import re
from typing import Any

import yaml

from kpi.errors import DefinitionError
from kpi.new_metric.answers import Answers

_IMPORTS = re.compile(r"^from kpi\.metrics\.\S+ import [^\n]*(?:\([^)]*\))?\n", re.MULTILINE)
_END_OF_CATALOGUE = "\n    )\n}\n"
_MESSAGE = re.compile(r'^msgid "(.*)"$', re.MULTILINE)


def constant_of(name: str) -> str:
    """Return the name of a metric's constant."""
    return name.upper()


def with_metric(catalogue: str, name: str) -> str:
    """Return the catalogue's source with one more metric, at its end."""
    added = f"from kpi.metrics.{name} import {constant_of(name)}\n"
    found = list(_IMPORTS.finditer(catalogue))
    later = next(
        (place.start() for place in found if place.group().split()[1] > added.split()[1]), None
    )
    place = later if later is not None else found[-1].end() if found else None
    if place is None or catalogue.count(_END_OF_CATALOGUE) != 1:
        raise _by_hand("kpi/metrics/__init__.py", f"an import and {constant_of(name)} in CATALOGUE")
    listed = catalogue[:place] + added + catalogue[place:]
    return listed.replace(_END_OF_CATALOGUE, f"\n        {constant_of(name)},{_END_OF_CATALOGUE}")


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
    record: dict[str, Any] = {"aim": answers.title_da}
    if answers.owner:
        record["owner"] = answers.owner
    if answers.kind == "share":
        due = {"days": answers.days, "unit": answers.unit}
        record["counting"] = [{"due": due, "quarter_by": "due"}]
    if answers.target is not None:
        direction = "at_most" if answers.kind == "duration" else "at_least"
        record["targets"] = [{"direction": direction, "value": answers.target}]
    text: str = yaml.safe_dump(
        {answers.name: record}, allow_unicode=True, sort_keys=False, width=100
    )
    return "".join(f"  {line}\n" for line in text.splitlines())


def _by_hand(file: str, what: str) -> DefinitionError:
    return DefinitionError(
        f"{file} has the shape that a metric can be added to.",
        "another shape",
        f"Add it by hand: {what}.",
    )
