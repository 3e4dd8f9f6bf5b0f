"""Great Expectations counts the same inside the engine, and its Data Docs give nothing away.

One run serves all tests of this file: the library takes seconds to import. That a wrong
count is found is seen in test_witness.py, too.
"""

from __future__ import annotations

import dataclasses
import gc
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from kpi.definitions.subject import Context
from kpi.definitions.subjects import SUBJECTS
from kpi.errors import DefinitionError, ExportError
from kpi.language import Labels
from kpi.periods import Period
from kpi.quality import QualityReport, StopRuleError, check_tables
from kpi.quality import great_expectations as dialect
from kpi.quality.data_docs import Docs, make_self_contained
from kpi.quality.great_expectations import confirm
from tests.quality.extracts import read

pytestmark = pytest.mark.slow
Q4 = Period(2019, 4)
SECRETS = ("p-ane", "p-bo", "w-initials", "Nuussuaq", "inv-4711", "gift-kind")
EXTRACTS = {
    "conversations": """
        conversation_id | citizen | ordered_at | held_at    | kind      | caseworker | office
        c1              | p-ane   | 2019-10-02 | 2019-10-01 | booked    | w-initials | Nuussuaq
        c1              | p-ane   | 2019-10-02 | 2019-10-03 | gift-kind | w-initials | Nuussuaq
        c2              |         | 2019-10-02 | 2019-10-03 | booked    | w-initials | Nuussuaq
        """,
    "match_groups": """
        citizen | match_group | from_date  | to_date    | citizen_check
        p-ane   | 3           | 2019-10-01 | 2019-09-30 | nine_digits
        p-bo    | 0           | 2019-10-01 |            | malformed
        """,
    "bills": """
        bill_id | citizen | supplier | invoice_number | received_at | kind
        b1      | p-ane   | 10       | inv-4711       | 2019-10-01  | bill
        b2      | p-bo    | 10       | inv-4711       | 2019-10-01  | bill
        b3      | p-bo    | 10       |                | 2019-10-01  | gift-kind
        """,
    "bill_steps": "bill_id | step\n",
}


class Checked(NamedTuple):
    """One run of the check: where, of what, with what result, and what it tried to reach."""

    backend: Any
    context: Context
    report: QualityReport
    docs: Path
    reached: list[object]

    def again(self, docs: Path, reports: Any = None) -> str:
        """Let Great Expectations check once more."""
        wanted = Docs(docs, Q4, self.context.as_of, Labels("en"))
        tables = {name: SUBJECTS[name] for name in EXTRACTS}
        return confirm(self.backend, tables, reports or self.report.tables, wanted)


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checked]:
    docs = tmp_path_factory.mktemp("quality") / "data_docs"
    reached: list[object] = []
    backend, context = read(EXTRACTS)
    with pytest.MonkeyPatch.context() as patch:
        for way in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, way, lambda *where: reached.append(where))
        patch.setattr(socket, "getaddrinfo", lambda *where, **_: reached.append(where))
        with pytest.raises(StopRuleError, match="bill_steps: An extract has rows") as stopped:
            check_tables(
                backend,
                {name: SUBJECTS[name] for name in EXTRACTS},
                context,
                quarter=Q4,
                docs=docs,
                language="en",
            )
        yield Checked(backend, context, stopped.value.report, docs, reached)


def pages(docs: Path) -> dict[str, str]:
    return {
        path.relative_to(docs).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(docs.rglob("*"))
        if path.is_file()
    }


def test_it_counts_the_same(checked: Checked) -> None:
    """Every rule of every table, also where the extract is empty."""
    assert re.fullmatch(r"Great Expectations 1\.\d+\.\d+", checked.report.confirmed_by or "")


def test_another_count_is_a_fault(checked: Checked, tmp_path: Path) -> None:
    """If the two counts differ, no figure can be trusted."""
    table = checked.report.tables[0]
    wrong = tuple(dataclasses.replace(finding, rows=7) for finding in table.findings)
    reports = (dataclasses.replace(table, findings=wrong), *checked.report.tables[1:])
    with pytest.raises(DefinitionError, match="finds 0 rows, not 7"):
        checked.again(tmp_path, reports)


def test_the_documents(checked: Checked) -> None:
    """An index, and for each table its rules and what was found."""
    found = pages(checked.docs)
    for table in EXTRACTS:
        assert f"expectations/{table}.html" in found
        (result,) = (name for name in found if name.startswith(f"validations/{table}/"))
        assert f'href="{result}"' in found["index.html"]
    assert all(name.endswith(".html") for name in found)
    conversations = found[next(name for name in found if name.startswith("validations/conv"))]
    assert "A conversation is held on or after the day it was booked" in conversations
    assert "[set aside; held_before_ordered]" in conversations
    assert "1 unexpected values found" in conversations
    assert "No two rows have the same conversation number" in found["index.html"]


def test_the_documents_load_nothing(checked: Checked) -> None:
    """No script, no picture, no font and no address outside the folder."""
    for name, page in pages(checked.docs).items():
        assert not re.search(r"<(script|link|img|iframe|object)\b|url\(|@import|\son\w+=", page), (
            name
        )
        links = re.findall(r'(?:href|src|action)\s*=\s*["\']?([^"\'\s>]*)', page)
        assert not [link for link in links if "//" in link or ":" in link], name
        local = {link.partition("#")[0] for link in links} - {""}
        assert all((checked.docs / name).parent.joinpath(link).is_file() for link in local), name


def test_the_documents_give_nothing_away(checked: Checked) -> None:
    """No value of a row, no path of the machine."""
    for name, page in pages(checked.docs).items():
        for secret in (*SECRETS, str(checked.docs.parent), str(Path.cwd()), str(Path.home())):
            assert secret not in page, name


def test_the_same_input_gives_the_same_documents(checked: Checked, tmp_path: Path) -> None:
    """No clock and no random name is in them; earlier documents in the folder are replaced."""
    (tmp_path / "validations" / "gone").mkdir(parents=True)
    checked.again(tmp_path)
    assert pages(tmp_path) == pages(checked.docs)


def test_it_tells_nobody(checked: Checked) -> None:
    """No connection was attempted."""
    assert checked.reached == []


def test_it_lets_go_of_the_database(checked: Checked) -> None:
    """No connection of its own stays open."""
    gc.collect()
    assert checked.report.confirmed_by
    assert dialect._opened == {}


def test_an_outside_address_is_refused(tmp_path: Path) -> None:
    """A page of another make than expected is not written."""
    from kpi.quality.data_docs import _write

    page = make_self_contained('<html><head></head><embed src="https://example.org/x"></html>', "t")
    with pytest.raises(ExportError, match=r"an outside address in page\.html"):
        _write(tmp_path / "page.html", page)
