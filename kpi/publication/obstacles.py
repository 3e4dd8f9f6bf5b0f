"""What stands in the way of an approval, each with its remedy.

A report that is no longer of its parameters and extracts is stale: nobody should approve it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kpi.definitions.shared_cases import Sum
from kpi.errors import ExportError, ReviewError
from kpi.params import Params, load_params
from kpi.params.carried_over import CarriedOver, by_record, confirmation
from kpi.params.quarter_file import QuarterFile
from kpi.periods import Period
from kpi.publication.seal import check_bag
from kpi.record import (
    Run,
    changed_parameters,
    payload,
    read_frame,
    read_run,
    sha256_of,
    without_comment,
)
from kpi.sources.files import fitting

_CHOSEN_BY_THE_RUN = {"languages"}


def refuse_stale(folder: Path, params: Path, data: Path) -> None:
    """Raise ReviewError where parameters or extracts were changed after the report was made.

    Likewise where a translation is older than what it translates.
    """
    run = read_run(folder)
    read = load_params(params, run.quarter)
    found = [*_changed_parameters(run, read), *_changed_extracts(run, read, data)]
    if run.carried_over != read.carried_over:
        found.append(
            f"texts of {run.quarter.file_name}.yaml, or of the {run.quarter.kind}'s before"
        )
    if found:
        raise ReviewError(
            "A report is approved while it is of its parameters and extracts.",
            f"changed since: {', '.join(found)}",
            f"Make it again: kpi run {run.quarter}",
        )
    _refuse_stale_translations(run, read)


def _refuse_stale_translations(run: Run, params: Params) -> None:
    """Raise ReviewError where a text was changed after it was translated, in a page's language."""
    from kpi.publication.translation import items

    for language in run.parameters.page_languages:
        texts = [one.name for one in items(params, language) if one.standing == "stale"]
        if texts:
            raise ReviewError(
                "No translation on an approved page is older than what it translates.",
                f"{len(texts)} in {language}, the first of {texts[0]}",
                f"kpi translate {language} --export, --import what the translator sends back, then "
                f"kpi run {run.quarter}.",
            )


def _changed_parameters(run: Run, params: Params) -> list[str]:
    return [
        f"{name} in {run.quarter.file_name}.yaml"
        for name in changed_parameters(run.parameters, params.report)
        if name not in _CHOSEN_BY_THE_RUN
    ]


def _changed_extracts(run: Run, params: Params, data: Path) -> list[str]:
    """Name the extracts that are others now.

    Those that are no longer there, or may not be read by whoever approves, cannot be compared.
    """
    changed = []
    for one in run.inputs:
        with suppress(PermissionError):
            found = fitting(data, one.file, params.report.extract_folders)
            if found and sha256_of(found[0]) not in {"", one.sha256}:
                changed.append(one.file)
    return changed


@dataclass(frozen=True)
class Block:
    """One thing that must be mended first: what was found, and what to do."""

    found: str
    remedy: str


def blocks(folder: Path) -> list[Block]:
    """Return what stands in the way of approving a report, worst first."""
    run = read_run(folder)
    return [block for check in _CHECKS for block in check(folder, run)]


def of_record(run: Run) -> list[Block]:
    """Return what a report's record alone tells to stand in the way: texts, days, stop rules."""
    return [block for check in _OF_RECORD for block in check(Path(), run)]


def warnings(folder: Path) -> list[str]:
    """Return what an approver should know that does not stand in the way."""
    run = read_run(folder)
    told = []
    if run.parameters.synthetic:
        told.append("The data are synthetic: the report says nothing about real cases.")
    if run.versions["commit"].endswith("+") and not run.parameters.approval.committed_code:
        told.append("The code was changed after its last commit: nobody else can make the report.")
    changed = _changed_notebooks(run)
    if changed and not run.parameters.approval.committed_code:
        told.append(f"Not as they were committed, if they were at all: {changed}.")
    return told


def refuse(name: str, found: list[Block]) -> None:
    """Raise ReviewError with everything that stands in the way, if anything does."""
    if found:
        raise ReviewError(
            f"{name} can be approved when nothing stands in the way.",
            "; ".join(block.found for block in found),
            "\n".join(dict.fromkeys(block.remedy for block in found)),
        )


def _seal(folder: Path, run: Run) -> Iterator[Block]:
    faults = check_bag(folder).faults
    if faults:
        more = f" and {len(faults) - 1} more" if len(faults) > 1 else ""
        yield Block(f"{faults[0]}{more}", f"Make the report again: kpi run {run.quarter}")


def _quality(folder: Path, run: Run) -> Iterator[Block]:  # noqa: ARG001
    stops = run.quality.stops if run.quality.override else ()
    if stops:
        yield Block(
            f"{', '.join(stops)} broken, and the report made all the same",
            f"Get extracts without it, then kpi run {run.quarter} without --label-anyway.",
        )


def _running(folder: Path, run: Run) -> Iterator[Block]:  # noqa: ARG001
    if run.parameters.is_running:
        yield still_running(run.parameters)


def still_running(report: QuarterFile) -> Block:
    """Return what stands in the way of a report as of a day before its quarter is over."""
    quarter = report.quarter
    return Block(
        f"as_of {report.as_of} lies before {quarter.last_day}, the last day of {quarter}: "
        "its figures may still change",
        f"Draw extracts that know all of {quarter}, correct as_of in {quarter.file_name}.yaml, "
        f"then kpi run {quarter}.",
    )


def _comments(folder: Path, run: Run) -> Iterator[Block]:  # noqa: ARG001
    for metric in without_comment(run):
        yield Block(
            f"no comment on {metric}, whose target is missed",
            f"Write comments.{metric} (cause, action, owner, due) in {run.quarter.file_name}.yaml, "
            f"then kpi run {run.quarter}.",
        )


def _carried_over(folder: Path, run: Run) -> Iterator[Block]:  # noqa: ARG001
    yield from left_over(run.carried_over, run.quarter)


def _persons(folder: Path, run: Run) -> Iterator[Block]:  # noqa: ARG001
    yield from shown_persons(run.shown_persons, run.quarter)


def shown_persons(columns: tuple[str, ...], quarter: Period) -> Iterator[Block]:
    """Yield what stands in the way where rows are about persons and no small count is hidden."""
    if columns:
        yield Block(
            f"no small count is hidden, and {', '.join(columns)} "
            f"{'are columns' if len(columns) > 1 else 'is a column'} of persons",
            f"Write hide_persons_below: 5 under disclosure in {quarter.file_name}.yaml, or "
            f'because: "..." why everybody may be shown; then kpi run {quarter}.',
        )


def in_parameters(params: Params) -> Iterator[Block]:
    """Yield what stands in the way of an approval in a quarter's file alone, before any run."""
    if params.report.is_running:
        yield still_running(params.report)
    yield from shown_persons(params.shown_persons, params.quarter)
    yield from left_over(params.carried_over, params.quarter)


def left_over(found: tuple[CarriedOver, ...], quarter: Period) -> Iterator[Block]:
    """Yield what another quarter's file left behind, by the record in which it is confirmed."""
    for record, texts in by_record(found).items():
        places = list(dict.fromkeys(one.place.removesuffix(".due") for one in texts))
        yield Block(
            "; ".join(map(str, texts)),
            f"Change {', '.join(places)} in {quarter.file_name}.yaml, or confirm it: in {record} "
            f"write {confirmation(texts, quarter)}; then kpi run {quarter}.",
        )


def _disclosure(folder: Path, run: Run) -> Iterator[Block]:
    from kpi.disclosure.findings import narrowed

    threshold = run.parameters.disclosure.hide_persons_below
    sums = [Sum(one.whole, one.parts, one.rest) for one in run.adds_up]
    found = narrowed(read_frame(payload(folder), "results"), threshold, run.quarter.cycle, sums)
    if found:
        yield Block(
            f"{len(found)} hidden counts can be worked out, the first of {found[0]}",
            "This is a fault of the program: report it. Until then leave out that breakdown "
            "(groups in targets.yaml).",
        )


def _gate(folder: Path, run: Run) -> Iterator[Block]:
    from kpi.publication.gate import inspect

    try:
        inspect(folder)
    except ExportError as error:
        yield Block(error.found, f"{error.remedy} Then kpi run {run.quarter}.")


def _translations(folder: Path, run: Run) -> Iterator[Block]:  # noqa: ARG001
    """Find translations of texts that have changed since: the page shows the new text instead."""
    for language, found in run.translations.items():
        stale = found.stale
        if stale:
            yield Block(
                f"{len(stale)} stale translations ({language}), the first of {stale[0]}",
                f"Have them looked at: kpi translate {language} --export FILE, --import FILE, "
                f"then kpi run {run.quarter}; or leave the language out (--lang).",
            )


def _code(folder: Path, run: Run) -> Iterator[Block]:  # noqa: ARG001
    if run.parameters.approval.committed_code and not _is_committed(run):
        yield Block(
            f"the code is {run.versions['commit']}: not as it was committed",
            f"Commit it, then kpi run {run.quarter}.",
        )

    changed = _changed_notebooks(run)
    if run.parameters.approval.committed_code and changed:
        yield Block(
            f"not as they were committed, if they were at all: {changed}",
            f"Commit them, then kpi run {run.quarter}.",
        )


def _changed_notebooks(run: Run) -> str:
    """Name the notebooks that were executed and differ from the committed ones."""
    return ", ".join(f"{one.name}.ipynb" for one in run.notebooks if one.is_committed is False)


def _is_committed(run: Run) -> bool:
    commit = run.versions["commit"]
    return commit != "unknown" and not commit.endswith("+")


_OF_RECORD: tuple[Callable[[Path, Run], Iterator[Block]], ...] = (
    _running, _quality, _persons, _carried_over, _comments, _translations, _code,
)  # fmt: skip
_CHECKS = (_seal, _disclosure, _gate, *_OF_RECORD)
