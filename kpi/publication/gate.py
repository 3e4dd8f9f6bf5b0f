"""The release gate: every file of a report is read before it reaches its final place.

Here stands by which signs that is known which nobody may publish. A hit stops the export and says
which file and where, never what was found there.
"""

from __future__ import annotations

import html
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote, urlsplit

from kpi.errors import ExportError
from kpi.processes import WorkerPool
from kpi.publication.contents import links
from kpi.publication.gate_persons import free_text, personal_numbers, plain
from kpi.publication.gate_reading import Text, texts_of, with_readings
from kpi.record import CASES, RUN_FILE, office, payload, read_frame, read_run
from kpi.sources.detection import shape_of

Find = Callable[[str], Iterable[int]]
_SECRET_NAMES = re.compile(r"KEY|PASSW|SECRET|TOKEN|CREDENTIAL", re.IGNORECASE)
PERSONAL_NUMBER = "a number like a person's"
_SHORTEST_SECRET = 8
_SHORTEST_CASE = 6
_WORD = re.compile(rf"[\w-]{{{_SHORTEST_CASE},}}")


def secrets_of(environment: Mapping[str, str]) -> list[str]:
    """Return the secrets of this machine as they could be written: plain and escaped.

    They are the values of variables named like one, and passwords in addresses.
    """
    found = set()
    for name, value in environment.items():
        if _SECRET_NAMES.search(name):
            found.add(value)
        if "://" in value:
            found.add(_password(value))
    long_enough = {secret for secret in found if len(secret) >= _SHORTEST_SECRET}
    return sorted({form for secret in long_enough for form in _forms(secret)})


def _password(address: str) -> str:
    try:
        return urlsplit(address).password or ""
    except ValueError:
        return ""


def _forms(secret: str) -> Iterator[str]:
    yield from (secret, html.escape(secret), quote(secret, safe=""))
    yield from (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])


def known_cases(papers: Path) -> frozenset[str]:
    """Return the case numbers and pseudonyms in the office's papers of a report.

    Short ones, and short numbers, are left out: they would be found in any figure. There are none
    where another person made the report, who alone can read these papers.
    """
    try:
        rows = read_frame(papers, CASES)
    except (FileNotFoundError, PermissionError):
        return frozenset()
    except (OSError, ValueError):
        raise ExportError(
            "The release gate knows the cases that were set aside.",
            f"{CASES}.parquet in {papers.name} is damaged",
            f"Make the report again: kpi run {papers.stem} --force",
        ) from None
    names = {str(one) for column in ("case_number", "person") for one in rows[column].dropna()}
    return frozenset(name for name in names if _is_telling(name))


def declared_groups(folder: Path) -> frozenset[str]:
    """Return the names of groups that the parameters of a report write themselves.

    Somebody has called a group so: no text about a case that came along with its row.
    """
    if not (payload(folder) / RUN_FILE).is_file():
        return frozenset()
    run = read_run(folder)
    sources = run.parameters.sources.values()
    labelled = (name for one in sources for labels in one.labels.values() for name in labels)
    meant = (name for one in sources for words in one.values.values() for name in words.values())
    limited = (
        name
        for metric in run.metrics
        for counting in metric.counting
        if counting.due
        for name in counting.due.values
    )
    return frozenset((*labelled, *meant, *limited))


def _is_telling(name: str) -> bool:
    least = _SHORTEST_CASE if re.search(r"[^\W\d]", name) else _SHORTEST_SECRET
    return len(name) >= least and bool(re.search(r"\d", name)) and bool(_WORD.fullmatch(name))


def finds_for(
    kind: str, content: str, cases: frozenset[str], groups: frozenset[str] = frozenset()
) -> dict[str, Find]:
    """Return what to look for in a text of a kind, and how.

    Cases are known by whole words: only where the text has such a word at all does it pay to look
    where it stands.
    """
    has_cases = bool(cases) and not cases.isdisjoint(_WORD.findall(content))
    return {
        **_EVERYWHERE,
        **_OF_KIND.get(kind, {}),
        **({_FREE_TEXT: partial(_free_text, groups)} if kind == "groups" else {}),
        **({"a case that was set aside": partial(_case_in, cases)} if has_cases else {}),
    }


def _case_in(cases: frozenset[str], content: str) -> Iterator[int]:
    yield from (word.start() for word in _WORD.finditer(content) if word[0] in cases)


def _matches(*patterns: str) -> Find:
    """Find patterns; each is quick that begins with a sign, of one case, and looks back from it."""
    compiled = [re.compile(pattern, re.IGNORECASE | re.MULTILINE) for pattern in patterns]

    def find(content: str) -> Iterator[int]:
        return (match.start() for one in compiled for match in one.finditer(content))

    return find


def _any_of(secrets: Iterable[str], content: str) -> Iterator[int]:
    return (content.index(secret) for secret in secrets if secret in content)


def _free_text(groups: frozenset[str], content: str) -> Iterator[int]:
    """Find names of groups, one a line, that look like words about a case; none that is known."""
    names = content.split("\n")
    for place in free_text(names):
        if names[place] not in groups:
            yield sum(len(name) + 1 for name in names[:place])


def _machine_paths() -> Find:
    known = {Path.home().as_posix(), Path.cwd().as_posix()} - {"/", "/root"}
    return _matches(
        r"/(?<![\w.]/)(?:home|root|Users|tmp|mnt|media)/\w",
        r":(?<=\b[A-Z]:)\\+Users\b",
        *(rf"{re.escape(path)}\b" for path in sorted(known)),
    )


_CONTROL = "a control character"
_controls = _matches(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_NOT_OF_SIGNS = {"binary", "pdf"}
_FREE_TEXT = "free text as the name of a group"
_REMEDIES = {
    _FREE_TEXT: "If it is the name of a group, give it a label (`labels` of that source); else "
    "write which group it belongs to (`values`), or leave out that breakdown (`groups` in "
    "targets.yaml).",
}
_EVERYWHERE: dict[str, Find] = {
    PERSONAL_NUMBER: personal_numbers,
    "a pseudonym": _matches(r"(?-i:[0-9a-fA-F][0-9a-fA-F]{23})(?<![^\W_].{24})(?![^\W_])"),
    "a path of a machine": _machine_paths(),
}
_HTML: dict[str, Find] = {
    "a script": _matches(r"<script\b"),
    "a file to fetch": _matches(
        r"<(?:img|iframe|link|object|embed|source|image|use)\b[^>]*"
        r"\s(?:src|srcset|href|data|xlink:href)\s*=(?!\s*[\"']?(?:data:|#))"
    ),
    "an address to fetch": _matches(r"url\(\s*[\"']?(?:https?:)?//"),
    "a style sheet to fetch": _matches(r"@import\b"),
    "a script in an attribute": _matches(r"=\s*[\"']?\s*javascript:|<[^>]+\son\w+\s*="),
    "an error stream": _matches(
        r"/(?<=application/)vnd\.jupyter\.stderr|=(?<=class=)\"[^\"]*stderr"
    ),
}
_BEGINNING = r"(?:^|(?<=[,;\n]))\"?[ ]*"
_NO_NUMBER = r"[+-](?!(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\"?(?:[,;\r\n]|\Z))"
_OF_KIND: dict[str, dict[str, Find]] = {
    "html": _HTML,
    "notebook": {
        "an error stream": _matches(r"\"name\":\s*\"stderr\"|\"output_type\":\s*\"error\"")
    },
    "office": {
        "a macro": _matches(r"vbaProject"),
        "a file to fetch": _matches(
            r"<Relationship\b(?![^>]*/hyperlink\")[^>]*TargetMode=\"External\""
            r"|\bINCLUDE(?:PICTURE|TEXT)\b|\bDDE(?:AUTO)?\b"
        ),
    },
    "pdf": {
        "a script": _matches(r"^/(?:JS|JavaScript)\b|^/S /JavaScript\b"),
        "a file to fetch": _matches(r"^(?:/S )?/(?:Launch|GoToR|ImportData|SubmitForm)\b"),
        "a file within the file": _matches(r"^/EmbeddedFile\b"),
    },
    "embedded": {"a file within the file": lambda _: (0,)},
    "sheet": {"a formula in a cell": _matches(r"<(?:\w+:)?f[ />]")},
    "cells": {
        "a formula in a cell": _matches(rf"(?:^|(?<=[,;\n]))\"?[ ]*(?:[=@\t\r]|{_NO_NUMBER})")
    },
}


@dataclass(frozen=True)
class Hit:
    """What must not be published, and where it stands; never the text itself."""

    what: str
    where: str


def inspect(
    folder: Path,
    environment: Mapping[str, str] = os.environ,
    papers: Path | None = None,
    workers: WorkerPool | None = None,
) -> None:
    """Read every file of a folder; ExportError where one holds what nobody may publish, or a link.

    Case numbers and pseudonyms of the rows set aside are known from the office's papers, of this
    report unless `papers` names another folder.
    """
    faults = links(folder)
    if faults:
        raise ExportError(
            "The release gate reads the files that are published themselves.",
            faults[0],
            "Put the file in the place of the link.",
        )
    known = known_cases(papers or office(folder)), declared_groups(folder)
    read = partial(_hits_in, folder, dict(environment), *known)
    inside = [path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file()]
    for found in (workers or WorkerPool(1)).map(read, inside):
        refuse(found)


def _hits_in(
    folder: Path,
    environment: Mapping[str, str],
    cases: frozenset[str],
    groups: frozenset[str],
    inside: Path,
) -> list[Hit]:
    name = inside.as_posix()
    of_name = [*hits([Text("the name of a file", name, "name")], environment, cases)]
    return of_name or [*hits(texts_of(folder / inside, name), environment, cases, groups)]


def check(text: Text) -> None:
    """Refuse a text that holds what nobody may publish, read with and without its marks."""
    refuse(hits(with_readings(text)))


def refuse(found: Iterable[Hit]) -> None:
    """Raise ExportError with the first hit and the number of others, if there is any."""
    listed = list(dict.fromkeys(found))
    if listed:
        others = f", and {len(listed) - 1} more" if len(listed) > 1 else ""
        raise ExportError(
            "A published file has no script, no request and nothing of a machine or person.",
            f"{listed[0].what} in {listed[0].where}{others}",
            _REMEDIES.get(
                listed[0].what,
                "Remove it from the notebook, the parameters or the text it comes from.",
            ),
        )


def hits(
    texts: Iterable[Text],
    environment: Mapping[str, str] = os.environ,
    cases: frozenset[str] = frozenset(),
    groups: frozenset[str] = frozenset(),
) -> Iterator[Hit]:
    """Yield what must not be published, in the order of the texts."""
    secrets = partial(_any_of, secrets_of(environment))
    for text in texts:
        yield from _places(text.where, text.content, "a secret", secrets)
        if text.kind not in _NOT_OF_SIGNS:
            yield from _places(text.where, text.content, _CONTROL, _controls)
        content = plain(text.content)
        for what, find in finds_for(text.kind, content, cases, groups).items():
            yield from _places(text.where, content, what, find)


def _places(where: str, content: str, what: str, find: Find) -> Iterator[Hit]:
    for place in find(content):
        line = content.count("\n", 0, place)
        told = f"line {line + 1}"
        if what == _FREE_TEXT:  # the file is not there to look it up: what the name looks like
            told = f"like {shape_of([content.splitlines()[line]])}"
        yield Hit(what, f"{where}, {told}")
