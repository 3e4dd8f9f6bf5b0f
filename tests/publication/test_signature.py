"""An approval may be signed with an SSH key, and anybody can check by whom."""

from __future__ import annotations

import subprocess

import pytest

from kpi.errors import ReviewError
from kpi.publication.approval import approve
from kpi.publication.seal import check_bag
from kpi.publication.verify import verify
from tests.publication.drawn import draw_report

HEAD = "ab, head of department"


@pytest.fixture
def key(tmp_path, require_tool):
    """A pair of keys without passphrase."""
    path = tmp_path / "key"
    command = [require_tool("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path]
    subprocess.run(command, check=True)
    return path


@pytest.fixture
def signers(tmp_path, key):
    """OpenSSH's list of allowed signers, with that key as anna's."""
    path = tmp_path / "allowed_signers"
    public = key.with_suffix(".pub").read_text(encoding="ascii")
    path.write_text(f'anna@town.example namespaces="kpi" {public}', encoding="ascii")
    return path


def told(folder, log, signers):
    return [one for one in verify(folder, log, signers) if "approval-1.sig" in one.words]


def test_a_signed_approval_says_whose_it_is(reports, log, key, signers):
    folder = draw_report(reports)
    approve(folder, log, HEAD, "", key)
    assert check_bag(folder).is_whole
    (one,) = told(folder, log, signers)
    assert (one.words, one.fault) == (
        "approval-1.sig is the signature of anna@town.example.",
        False,
    )
    (unchecked,) = told(folder, log, None)
    assert "not checked" in unchecked.words


def test_openssh_alone_can_check_it(reports, log, key, signers, require_tool):
    folder = draw_report(reports)
    approve(folder, log, HEAD, "", key)
    command = [
        require_tool("ssh-keygen"), "-Y", "verify", "-n", "kpi", "-f", signers,
        "-I", "anna@town.example", "-s", folder / "approval-1.sig",
    ]  # fmt: skip
    with (folder / "manifest-sha256.txt").open("rb") as listed:
        done = subprocess.run(command, stdin=listed, capture_output=True, check=False)
    assert done.returncode == 0


def test_a_signature_survives_a_run_of_the_same_content(reports, log, key, signers):
    approve(draw_report(reports), log, HEAD, "", key)
    (one,) = told(draw_report(reports), log, signers)
    assert not one.fault


def test_a_signature_of_another_content_is_nobody_s(reports, log, key, signers):
    folder = draw_report(reports)
    approve(folder, log, HEAD, "", key)
    signature = (folder / "approval-1.sig").read_text(encoding="ascii")
    other = draw_report(reports, words="Another.")
    from kpi.publication.seal import seal_tags

    (other / "approval-1.sig").write_text(signature, encoding="ascii")
    seal_tags(other)
    (one,) = told(other, log, signers)
    assert (one.words, one.fault) == ("approval-1.sig is by nobody in allowed_signers", True)


def test_a_key_that_is_not_in_the_list_is_nobody_s(reports, log, key, tmp_path):
    folder = draw_report(reports)
    approve(folder, log, HEAD, "", key)
    empty = tmp_path / "nobody"
    empty.write_text("", encoding="ascii")
    (one,) = told(folder, log, empty)
    assert one.fault


def test_a_file_that_is_no_key_approves_nothing(reports, log, tmp_path, require_tool):
    require_tool("ssh-keygen")
    wrong = tmp_path / "wrong"
    wrong.write_text("no key", encoding="ascii")
    with pytest.raises(ReviewError, match="ssh-keygen can use"):
        approve(draw_report(reports), log, HEAD, "", wrong)
    assert [entry.act for entry in log.entries()] == ["run"]


def test_without_ssh_keygen_the_message_says_what_to_install(reports, log, tmp_path, monkeypatch):
    folder = draw_report(reports)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ReviewError, match="openssh-client"):
        approve(folder, log, HEAD, "", tmp_path / "key")
