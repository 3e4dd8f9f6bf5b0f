"""The data dictionary: every metric, table and result frame in words, as JSON and as one page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from kpi.definitions.catalogue import SHIPPED
from kpi.definitions.frames import FRAMES, METRICS_TABLE, YEAR_TO_DATE
from kpi.definitions.kinds import (
    Count,
    Duration,
    FromRows,
    Metric,
    OfCounts,
    Rate,
    Reported,
    ShareOfFlag,
    Timed,
)
from kpi.definitions.words import SAID
from kpi.errors import ExportError, ParameterError
from kpi.language import COMPLETE, LANGUAGES, Labels
from kpi.language.words import Text, foreign, isolated
from kpi.page.fragments import PlainAttributes, plain
from kpi.page.frames import described, protection, sums
from kpi.page.methods import COUNTED_BY_WORDS, SEVERITY_WORDS, limit_in_words
from kpi.page.wording import BASELINE_WORDS, target_in_words
from kpi.params import Counting, MetricParams, Params, Target, cycle_of, load_params, quarters_in
from kpi.params.targets_file import Validity

TEMPLATES = Path(__file__).parent / "templates"
KIND_WORDS = {
    "share_within_limit": "Share of cases that end within a limit",
    "duration": "Time that cases take",
    "count": "Number of events",
    "rate": "Number of events",
    "share_of_flag": "Share of planned occasions that were kept",
    "share_of_days": "Share of planned occasions that were kept",
    "sum": "Sum of counts",
    "ratio_of_sums": "Share of counts",
    "reported": "Value as it is reported",
    "stock": "Share of those in a state on the last day of the quarter",
    "attested": "Not counted from data",
    "text": "Not counted from data",
}
UNIT_WORDS = {
    "share": "per cent",
    "count": "number",
    "days": "days",
    "value": "a value as it is reported",
    "none": "no figure",
}
DIRECTION_WORDS = {
    "at_least": "higher is better",
    "at_most": "lower is better",
    "between": "neither too high nor too low",
}
TYPE_WORDS = {
    "text": "text",
    "person": "person, as a keyed pseudonym",
    "staff": "caseworker, as a keyed pseudonym",
    "date": "date",
    "moment": "date, with the time if recorded",
    "amount": "amount with two decimals",
    "number": "decimal number",
    "yes_no": "yes or no",
}


def latest_params(folder: Path) -> Params:
    """Read the parameters of the latest quarter that a folder describes."""
    found = quarters_in(folder)
    if not found:
        raise ParameterError(
            f"A folder of parameters describes at least one {cycle_of(folder).kind}.",
            f"no file such as 2019Q4.yaml in {folder.as_posix()}",
            "Name another folder with --params.",
        )
    return load_params(folder, found[-1])


def catalogue_record(params: Params | None = None) -> list[dict[str, Any]]:
    """Return what is known of every metric, in the committee's order, for JSON.

    Without parameters: the definitions that the program brings alone. Texts in three languages;
    null where nobody has written one. Titles name the limit in force in the reported quarter ("N"
    without parameters).
    """
    if params is None:
        return [_record(definition, None) for definition in SHIPPED.metrics.values()]
    return [_record(params.definition(name), params) for name in params.metrics]


def _record(definition: Metric, params: Params | None) -> dict[str, Any]:
    settings = params.metrics[definition.id] if params else MetricParams(counting=())
    written = settings.model_dump(mode="json")
    return {
        "id": definition.id,
        "titles": _titles(definition, params),
        "definition": _in_all_languages(definition.words),
        "kind": definition.kind,
        "unit": definition.unit,
        "is_target": definition.is_target,
        "direction": settings.targets[-1].direction if settings.targets else None,
        "aim": settings.aim,
        "owner": settings.owner,
        "source": settings.source,
        "introduced": written["introduced"],
        "retired": written["retired"],
        "versions": written["counting"],
        "targets": written["targets"],
        "tables": list(definition.tables),
    }


def _titles(definition: Metric, params: Params | None) -> dict[str, str | None]:
    """Return the title in each language; one that the parameters give stands in theirs alone."""
    if params is None:
        return _in_all_languages(definition.title, days="N")
    settings = params.metrics[definition.id]
    if settings.title:
        said = {language: params.texts.say(settings.title, language) for language in LANGUAGES}
        return {language: text or None for language, text in said.items()}
    return _in_all_languages(definition.title, days=_days(settings, params))


def _days(settings: MetricParams, params: Params) -> str:
    counting = settings.counting_on(params.quarter.last_day)
    days = counting.due.days if counting and counting.due else None
    return "\u2013" if days is None else str(days)


def _in_all_languages(message: Text, **values: object) -> dict[str, str | None]:
    """Translate a message; null in a language in which no translator has written it."""
    texts = {language: str(Labels(language)(message, **values)) for language in LANGUAGES}
    others = (language for language in LANGUAGES if language not in COMPLETE)
    return texts | {one: None for one in others if texts[one] == texts["da"]}


def write_dictionary(params: Params, path: Path, language: str) -> None:
    """Write the data dictionary as one page: no script, no request, nothing about a person."""
    report, subjects = params.report, params.catalogue.subjects
    labels = Labels(language, report.language, report.quarter.kind)
    template = _environment().get_template("dictionary.html.j2")
    page = template.render(
        t=labels,
        own=_own_words(params, language),
        names={name: labels(one.title) if one.title else name for name, one in subjects.items()},
        per_units={
            definition.unit: labels(definition.per.means)
            for definition in map(params.definition, params.metrics)
            if isinstance(definition, Rate)
        },
        report=report,
        metrics=[_metric(params.definition(name), params, labels) for name in params.metrics],
        tables=[
            (subjects[name].with_severities(report.rules.get(name, {})), source)
            for name, source in report.sources.items()
        ],
        frames=[METRICS_TABLE, *FRAMES.values(), YEAR_TO_DATE],
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ExportError(
            "The data dictionary can be written.",
            error.strerror or "an error of the file system",
            "Name another file with --out.",
        ) from None


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[PlainAttributes],
    )
    environment.filters["plain"] = plain
    words = (UNIT_WORDS, DIRECTION_WORDS, TYPE_WORDS, SEVERITY_WORDS)
    names = ("units", "directions", "types", "severities")
    environment.globals.update(zip(names, words, strict=True))
    in_words: dict[str, object] = {
        "described": described,
        "sums": sums,
        "protection": protection,
    }
    environment.globals.update(in_words)
    return environment


def _own_words(params: Params, language: str) -> Callable[[str], Markup]:
    """Return what writes a text of the parameters; one that is not translated is marked."""

    def own(text: str) -> Markup:
        said = params.texts.say(text, language)
        return escape(isolated(said) if said or not text else foreign(text, params.report.language))

    return own


@dataclass(frozen=True)
class _Version:
    """One version of a metric's counting rules, or of its target, in words."""

    validity: str
    says: list[str]
    own_words: str
    decided: Validity


@dataclass(frozen=True)
class _Metric:
    """A metric as the page shows it."""

    definition: Metric
    settings: MetricParams
    title: str
    kind: str
    clock: str
    versions: list[_Version]
    targets: list[_Version]


def _metric(definition: Metric, params: Params, labels: Labels) -> _Metric:
    settings = params.metrics[definition.id]
    is_counted = isinstance(definition, FromRows)
    now = settings.counting_on(params.quarter.last_day)
    unit = now.due.shown_in if definition.unit == "days" and now and now.due else definition.unit
    return _Metric(
        definition=definition,
        settings=settings,
        title=settings.title or labels(definition.title, days=_days(settings, params)),
        kind=labels(KIND_WORDS[definition.kind]),
        clock=_clock(definition, labels),
        versions=[_rules(v, definition, labels) for v in settings.counting if is_counted],
        targets=[_target(target, unit, labels) for target in settings.targets],
    )


def _clock(definition: Metric, labels: Labels) -> str:
    if isinstance(definition, Timed):
        start, stop = definition.start, definition.stop
        return labels("From {start} (day 0) to {stop}.", start=start, stop=stop)
    if isinstance(definition, Count | ShareOfFlag | OfCounts | Reported):
        day = definition.happened if isinstance(definition, Count) else definition.on
        return labels("By the date in {column}.", column=day)
    return labels("On the last day of the quarter.") if isinstance(definition, FromRows) else ""


def _rules(counting: Counting, definition: Metric, labels: Labels) -> _Version:
    says = [labels("Version {number}.", number=counting.version)]
    due = counting.due
    if due and not (isinstance(definition, Duration) and counting.quarter_by != "due"):
        says.append(labels("Limit: {limit}.", limit=limit_in_words(labels, due)))
    if due and due.roll_forward:
        says.append(labels("A limit that ends on a closed day moves to the next working day."))
    if due and due.precision == "second":
        says.append(labels("Judged to the second."))
    if isinstance(definition, Timed):
        says.append(labels(COUNTED_BY_WORDS[counting.quarter_by]))
    if counting.clock == "net":
        words = definition.subject.words.said if isinstance(definition, FromRows) else {}
        says.append(labels(words.get("net_clock", SAID["net_clock"])))
    if counting.is_sample:
        says.append(labels("The cases are a sample."))
    return _Version(_validity(counting, labels), says, counting.what, counting)


def _target(target: Target, unit: str, labels: Labels) -> _Version:
    if target.value is None:
        goal = labels(BASELINE_WORDS[target.direction, str(target.baseline)])
    else:
        goal = target_in_words(labels, unit, (unit, target.direction), (target.value, target.to))
    return _Version(_validity(target, labels), [goal], target.wording, target)


def _validity(version: Validity, labels: Labels) -> str:
    first, last = (day and labels.date(day) for day in (version.valid_from, version.valid_to))
    if first and last:
        return labels("from {first} to {last}", first=first, last=last)
    if first:
        return labels("from {first}", first=first)
    return labels("until {last}", last=last) if last else labels("no dates recorded")
