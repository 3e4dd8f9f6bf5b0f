"""Open data: described in two languages, valid for another tool, each nothing has its sign."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path
from typing import Any

import frictionless
import pytest

from kpi.publication.open_data import write_open_data
from tests.publication.drawn_figures import ABOUT, drawn_figures

SIGNS = {"[c]", "[x]", "[z]"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("open_data")
    write_open_data(drawn_figures(made / "report"), made / "open_data", ABOUT, ["Draft"])
    return made / "open_data"


@pytest.fixture(scope="module")
def package(folder) -> dict[str, Any]:
    return json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def row(folder: Path, metric: str) -> dict[str, str]:
    found = rows(folder, "results")
    return next(r for r in found if (r["metric"], r["period"]) == (metric, "2019Q4"))


def test_frictionless_finds_it_valid(folder):
    report = frictionless.Package(str(folder / "datapackage.json")).validate()
    assert report.valid, report.flatten(["type", "message"])
    assert len(report.tasks) >= 3


def test_zero_hidden_no_data_and_none_are_four_different_things(folder):
    assert row(folder, "application_time")["missed"] == "0"
    assert row(folder, "housing_benefit_time")["missed"] == "[c]"
    assert row(folder, "acute_duty")["value"] == "[x]"
    assert row(folder, "good_service")["n"] == "[z]"


def test_a_hidden_row_gives_no_figure_away(folder):
    hidden = row(folder, "housing_benefit_time")
    assert hidden["suppressed"] == "hidden"
    assert {hidden[name] for name in ("n", "met", "missed", "value", "lower", "upper")} == {"[c]"}


def test_shares_are_not_rounded_and_counts_are_whole(folder):
    found = row(folder, "payments_on_time")
    assert float(found["lower"]) == 951 / 1055
    assert found["n"] == "1055"


def test_every_value_is_what_numerator_and_denominator_give(folder):
    shown = [found for found in rows(folder, "results") if found["value"] not in SIGNS]
    shares = [found for found in shown if found["unit"] == "share"]
    assert len(shares) >= 3
    for found in shares:
        assert float(found["value"]) == float(found["numerator"]) / float(found["denominator"])
        assert found["value"] == found["lower"]


def test_every_column_is_described_in_both_languages(package):
    for resource in package["resources"]:
        for field in resource["schema"]["fields"]:
            assert set(field["titles"]) == set(field["descriptions"]) == {"da", "en"}
            assert all(field["descriptions"].values()), (resource["name"], field["name"])


def test_the_signs_licence_publisher_and_marks_are_in_the_description(package):
    assert set(package["symbols"]) == {"0", "[c]", "[x]", "[z]"}
    assert package["licenses"] == [
        {"name": "CC-BY-4.0", "path": "https://creativecommons.org/licenses/by/4.0/"}
    ]
    assert package["contributors"] == [{"title": "A small town", "role": "publisher"}]
    assert (package["standing"], package["synthetic"]) == (["Draft"], True)
    assert package["created"] == "2020-01-15T12:00:00Z"


def test_checksums_and_sizes_are_those_of_the_files(folder, package):
    for resource in package["resources"]:
        for file in (resource, *resource["alternates"]):
            content = (folder / file["path"]).read_bytes()
            assert file["bytes"] == len(content)
            assert file["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"


def test_json_says_what_csv_says(folder):
    heads, *found = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    first = rows(folder, "results")[0]
    assert heads == list(first)
    assert [str(cell) for cell in found[0]][:5] == list(first.values())[:5]
    assert len(found) == len(rows(folder, "results"))


def test_no_cell_of_csv_is_a_formula(folder):
    steps = {found["to_step"] for found in rows(folder, "step_paths")}
    assert steps == {"'=1+1", ""}
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            cells = [cell for line in csv.reader(file) for cell in line]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r"))]


def test_the_same_report_gives_the_same_bytes(folder, tmp_path):
    write_open_data(drawn_figures(tmp_path / "report"), tmp_path / "again", ABOUT, ["Draft"])
    for path in sorted(folder.iterdir()):
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes(), path.name
