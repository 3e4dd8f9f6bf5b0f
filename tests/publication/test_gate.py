"""Nothing of a machine, a person or the world outside leaves in a report's files."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import zipfile

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.errors import ExportError
from kpi.publication.gate import hits, inspect
from kpi.publication.gate_reading import Text, texts_of
from kpi.record import CASES, office, write_frame, write_parquet
from tests.page.drawn_report import write_report

PSEUDONYM = "0123456789abcdef01234567"


def found_in(folder):
    with pytest.raises(ExportError) as raised:
        inspect(folder, {})
    return raised.value.found


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("results.csv", "metric,value\na,0101701234\n", "a number like a person's"),
        ("results.csv", f"metric,value\na,p_{PSEUDONYM}_b\n", "a pseudonym"),
        ("results.csv", "metric,value\na,\x1b[2Jb\n", "a control character"),
        ("page.html", "<p>\n1\u202e2</p>", "a control character"),
        ("results.csv", f"metric,value\na,{PSEUDONYM}\n", "a pseudonym"),
        ("results.csv", 'metric,value\na,"=HYPERLINK(1)"\n', "a formula in a cell"),
        ("results.csv", "metric,value\n@SUM(A1),2\n", "a formula in a cell"),
        ("results.csv", "metric,value\n-2+3+cmd|' /C calc'!A0,2\n", "a formula in a cell"),
        ("results.csv", 'metric,value\na," =1+1"\n', "a formula in a cell"),
        ("results.csv", "metric,value\na,\uff1d1+1\n", "a formula in a cell"),
        ("run.json", '{\n"path": "/home/someone/x"}', "a path of a machine"),
        ("run.json", '{\n"path": "C:\\\\Users\\\\someone"}', "a path of a machine"),
        ("chart.svg", '<svg>\n<image xlink:href="http://x/y.png"/></svg>', "a file to fetch"),
        ("page.html", "<p>\n010170-1234</p>", "a number like a person's"),
    ],
)
def test_each_kind_of_file_is_read(tmp_path, name, content, found):
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert found_in(tmp_path).startswith(f"{found} in {name}, line 2")


def test_a_notebook_s_error_stream_and_metadata_are_read(tmp_path):
    output = {"output_type": "stream", "name": "stderr", "text": ["x"]}
    notebook = {"cells": [{"outputs": [output]}], "metadata": {"by": "/Users/someone"}}
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps(notebook, indent=1), encoding="utf-8")
    assert {hit.what for hit in hits(texts_of(path, "a"), {})} == {
        "an error stream",
        "a path of a machine",
    }


def test_the_parts_of_an_office_document_are_read(tmp_path):
    with zipfile.ZipFile(tmp_path / "page.docx", "w") as archive:
        archive.writestr("word/document.xml", "<w:t>fine</w:t>")
        archive.writestr("word/vbaProject.bin", b"\x00")
        archive.writestr(
            "word/_rels/document.xml.rels",
            '<Relationship Id="1" Type="x/image" Target="http://x" TargetMode="External"/>',
        )
    assert found_in(tmp_path) == "a macro in page.docx: word/vbaProject.bin, line 1, and 1 more"


def test_the_texts_of_a_table_are_read(tmp_path):
    frame = pd.DataFrame({"group": ["a", PSEUDONYM], "n": [1, 2]})
    frame.to_parquet(tmp_path / "results.parquet")
    assert found_in(tmp_path).startswith("a pseudonym in results.parquet, line 3")


def test_a_secret_of_the_environment_is_found_and_not_repeated(tmp_path):
    (tmp_path / "run.json").write_text('{"engine": "correct-horse"}', encoding="utf-8")
    with pytest.raises(ExportError) as raised:
        inspect(tmp_path, {"LEDGER_PASSWORD": "correct-horse", "LANG": "correct-horse"})
    assert "a secret in run.json, line 1" in str(raised.value)
    assert "correct-horse" not in str(raised.value)


@pytest.mark.parametrize("name", ["a.xlsx", "a.pdf", "a.parquet", "a.docx", "a.csv"])
def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path, name):
    (tmp_path / name).write_bytes(b"PK\x03\x04\xff no such thing")
    assert found_in(tmp_path).startswith(f"{name}: an error of the kind ")


def test_a_kind_that_nobody_can_read_is_refused(tmp_path):
    (tmp_path / "a.exe").write_bytes(b"MZ")
    assert found_in(tmp_path) == "a.exe: the kind .exe"


def test_the_office_s_papers_lie_beside_the_report_and_tell_its_cases(tmp_path, monkeypatch):
    folder = tmp_path / "2019Q4"
    for one in (folder, office(folder)):
        one.mkdir()
    (office(folder) / "set_aside.csv").write_text(PSEUDONYM, encoding="utf-8")
    (folder / "run.json").write_text('{"a": "REG-004711"}', encoding="utf-8")
    inspect(folder, {})
    papers = pd.DataFrame({"case_number": ["REG-004711"], "person": [None]})
    write_parquet(papers, office(folder), CASES)
    assert found_in(folder) == "a case that was set aside in run.json, line 1"
    (office(folder) / f"{CASES}.parquet").write_bytes(b"PAR1")
    assert found_in(folder) == f"{CASES}.parquet in 2019Q4.office is damaged"

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("kpi.publication.gate.read_frame", refuse)
    inspect(folder, {})  # whoever approves as another user: the run has looked for them


FORMULA = st.text("=+-@|!'\"\t\r\n \uff1d\uff0b\uff20,;a1.", max_size=8)


@given(st.lists(FORMULA, min_size=1, max_size=5))
def test_what_is_written_as_csv_has_no_formula(tmp_path_factory, values):
    """A text like one gets an apostrophe; a number stays one, and what is read is the text."""
    folder = tmp_path_factory.mktemp("csv")
    write_frame(pd.DataFrame({"group": values, "n": [-1.5] * len(values)}), folder, "results")
    text = (folder / "results.csv").read_bytes().decode("utf-8")
    read = csv.reader(io.StringIO(text, newline=""))
    for row, value in zip(read, ["group", *values], strict=True):
        assert row[0].removeprefix("'") == value.replace("\r", " ").removeprefix("'")
        assert not row[0].strip().startswith(tuple("=+-@\uff1d\uff0b\uff20"))
        assert row[1] in {"n", "-1.5"}


@pytest.mark.parametrize("number", ["-1.5", "+2", "-3e-05", "-.5", "-7"])
def test_a_number_in_a_cell_is_no_formula(tmp_path, number):
    (tmp_path / "results.csv").write_text(f"a,b\n{number},{number}\n", encoding="utf-8")
    inspect(tmp_path, {})


@pytest.mark.parametrize(
    "innocent",
    [
        "EMN-2020-00627",
        "3112991",
        "sha256: " + "0" * 64,
        "951 of 1,055",
        "10.10.1010",
        "value -1.5",
        "1234567890.5",
        "https://example.org/about",
    ],
)
def test_what_only_looks_alike_passes(innocent):
    assert list(hits([Text("page.html", f"<p>{innocent}</p>", "html")], {})) == []


PARTS = st.sampled_from(
    ["a", "F", "07", "9" * 21, "\n", " ", "-", "_", "g", "\u00e6", ".", PSEUDONYM]
)
STRAIGHT = {
    "a pseudonym": r"(?<![^\W_])[0-9a-f]{24}(?![^\W_])",
    "an error stream": r"application/vnd\.jupyter\.stderr|class=\"[^\"]*stderr",
}


def found_straight(what, text):
    return [match.start() for match in re.finditer(STRAIGHT[what], text, re.IGNORECASE)]


@given(st.lists(PARTS, max_size=12).map("".join))
def test_a_pseudonym_is_found_as_it_is_defined(text):
    places = [text.count("\n", 0, at) + 1 for at in found_straight("a pseudonym", text)]
    told = [hit.where for hit in hits([Text("a", text, "text")], {}) if "pseudonym" in hit.what]
    assert told == [f"a, line {line}" for line in places]


@given(
    st.lists(
        st.sampled_from(
            ['class="', '"', "x", "STDERR", "\n", " ", "application/", "vnd.jupyter.stderr"]
        ),
        max_size=12,
    ).map("".join)
)
def test_an_error_stream_is_found_as_it_is_defined(text):
    told = any(hit.what == "an error stream" for hit in hits([Text("a", text, "html")], {}))
    assert told == bool(found_straight("an error stream", text))


def test_a_case_is_known_by_its_whole_word():
    cases = frozenset({"REG-004711"})
    texts = [Text("a", f"x {word}.", "text") for word in ("REG-004711", "REG-0047112", "REG")]
    assert {hit.where for hit in hits(texts[:1], {}, cases)} == {"a, line 1"}
    assert list(hits(texts[1:], {}, cases)) == []


@pytest.mark.parametrize("name", ["010170-1234.csv", "nr0101701234.csv", f"{PSEUDONYM}.csv"])
def test_the_name_of_a_file_is_read_and_not_repeated(tmp_path, name):
    (tmp_path / name).write_text("a\n", encoding="utf-8")
    assert found_in(tmp_path).endswith("in the name of a file, line 1")


def test_the_name_of_a_part_is_read_and_not_repeated(tmp_path):
    with zipfile.ZipFile(tmp_path / "page.docx", "w") as archive:
        archive.writestr("word/010170-1234.xml", "<w:t>0101701234</w:t>")
    assert found_in(tmp_path) == (
        "a number like a person's in page.docx: names, line 1, and 1 more"
    )
    with zipfile.ZipFile(tmp_path / "page.docx", "w") as archive:
        archive.writestr("word/010170-1234.exe", b"MZ")
    assert "010170" not in found_in(tmp_path)


def test_free_text_among_the_names_of_groups_is_found_and_not_repeated(tmp_path):
    groups = ["", "office=Nuuk", "office=Jens Hansen 4711", "office=Tasiilaq"]
    pd.DataFrame({"group": groups}).to_parquet(tmp_path / "results.parquet")
    with pytest.raises(ExportError, match="`labels` of that source") as raised:
        inspect(tmp_path, {})
    assert raised.value.found == (
        "free text as the name of a group in results.parquet: group: office, like aaaa aaaaaa 9999"
    )
    assert "Hansen" not in str(raised.value)


def test_a_name_that_the_parameters_write_is_the_name_of_a_group(tmp_path):
    """Somebody has looked at it, and called a group so."""
    groups = ["311 External Request", "Sewer", "Streets", "Noise"]
    rows = "\n".join(f"application_time | 2019Q4 | category={one} | 90 | 80 | 10" for one in groups)
    drawn = f"metric | period | group | n | met | missed\n{rows}"
    source = {"file": "applications.csv"}
    folder = write_report(tmp_path / "a", drawn, sources={"applications": source})
    with pytest.raises(ExportError, match="group: category, like 999 aaaaaaaa aaaaaaa"):
        inspect(folder, {})
    labels = {"category": {"311 External Request": "External requests"}}
    labelled = {"applications": {**source, "labels": labels}}
    folder = write_report(tmp_path / "b", drawn, sources=labelled)
    shutil.rmtree(folder / "params")
    inspect(folder, {})
