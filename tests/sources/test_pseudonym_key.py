"""Where the key of pseudonyms may lie, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend

from kpi.errors import ParameterError
from kpi.params.quarter_file import Persons
from kpi.sources.pseudonyms import FILE_VARIABLE, KEY_VARIABLE, Pseudonyms, find_key

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """A project with its data, beside a folder for keys."""
    for folder in ("project/params", "project/data", "keys"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "project"


def key_file(folder: Path, mode: int = 0o600, text: str = KEY + "\n") -> Path:
    path = folder / "pseudonyms.key"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def test_without_any_key_there_is_none(project):
    assert find_key(Persons(), project / "data", {}) is None


def test_the_environment_comes_before_the_parameters(project):
    path = key_file(project.parent / "keys")
    persons = Persons(key_file=str(path))
    other = "another key, long enough"
    assert find_key(persons, project / "data", {KEY_VARIABLE: other}) == other.encode()
    assert find_key(persons, project / "data", {}) == KEY.encode()
    assert find_key(Persons(), project / "data", {FILE_VARIABLE: str(path)}) == KEY.encode()


@pytest.mark.parametrize("place", ["project", "project/data", "project/params"])
def test_a_key_file_inside_the_project_is_refused(project, place):
    path = key_file(project.parent / place)
    with pytest.raises(ParameterError, match="outside the project"):
        find_key(Persons(key_file=str(path)), project / "data", {})


def test_a_link_from_outside_does_not_help(project):
    path = key_file(project)
    link = project.parent / "keys" / "link.key"
    link.symlink_to(path)
    with pytest.raises(ParameterError, match="outside the project"):
        find_key(Persons(key_file=str(link)), project / "data", {})


@pytest.mark.skipif(os.name != "posix", reason="rights are those of POSIX")
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o606])
def test_a_key_file_that_others_may_read_is_refused(project, mode):
    path = key_file(project.parent / "keys", mode)
    with pytest.raises(ParameterError, match="chmod 600") as caught:
        find_key(Persons(key_file=str(path)), project / "data", {})
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("text", ["", "short", " \n"])
def test_a_short_key_is_refused(project, text):
    path = key_file(project.parent / "keys", text=text)
    with pytest.raises(ParameterError, match="at least 16"):
        find_key(Persons(key_file=str(path)), project / "data", {})


def test_a_missing_file_is_said(project):
    path = project.parent / "keys" / "gone.key"
    with pytest.raises(ParameterError, match=r"gone\.key"):
        find_key(Persons(key_file=str(path)), project / "data", {})


class Safe(KeyringBackend):
    """A keyring that lives for a test."""

    priority = 1

    def get_password(self, service, username):
        return {("kpi", "pseudonyms"): KEY}.get((service, username))

    def set_password(self, service, username, password):
        """Keep nothing."""

    def delete_password(self, service, username):
        """Keep nothing."""


def test_the_keyring_may_hold_it(project):
    before = keyring.get_keyring()
    keyring.set_keyring(Safe())
    try:
        assert find_key(Persons(keyring="kpi"), project / "data", {}) == KEY.encode()
        with pytest.raises(ParameterError, match="keyring set elsewhere pseudonyms"):
            find_key(Persons(keyring="elsewhere"), project / "data", {})
    finally:
        keyring.set_keyring(before)


def test_administrative_numbers_need_not_be_a_date(project):
    listed = project / "data" / "administrative.txt"
    listed.write_text("# numbers of those without a CPR number\n999999-0001\n6*\n", "utf-8")
    persons = Persons(administrative_numbers="administrative.txt")
    pseudonyms = Pseudonyms.of(persons, project / "data")
    found = {
        number: pseudonyms.of_person(number, numbers="cpr")[1]
        for number in ("9999990001", "999999-0001", "610190-1234", "999999-0002", "070761-4285")
    }
    assert list(found.values()) == ["", "", "", "impossible_date", ""]
    listed.write_text("*\n", "utf-8")
    with pytest.raises(ParameterError, match="begins with something"):
        Pseudonyms.of(persons, project / "data")
