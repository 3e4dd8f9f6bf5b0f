"""An approval may be signed with an SSH key, and anybody can check by whom."""

from __future__ import annotations

import json
import subprocess
from dataclasses import asdict, replace

import pytest
from click.testing import CliRunner

from kpi.cli import cli
from kpi.errors import ParameterError, ReviewError
from kpi.params.quarter_file import ApprovalRules
from kpi.publication.approval import approvals, approve, is_approved
from kpi.publication.archive import publish
from kpi.publication.log import FIRST, Log
from kpi.publication.seal import check_bag, seal_tags
from kpi.publication.signature import allowed_signers
from kpi.publication.verify import verify
from tests.publication.drawn import draw_report

HEAD = "ab, head of department"
SIGNED = {"approval": {"signers": "allowed_signers"}}


@pytest.fixture
def draw_key(tmp_path, require_tool):
    """Give what draws a pair of keys without passphrase."""

    def draw(name):
        path = tmp_path / name
        command = [require_tool("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-C", "", "-f"]
        subprocess.run([*command, path], check=True)
        return path

    return draw


@pytest.fixture
def key(draw_key):
    return draw_key("key")


@pytest.fixture
def other_key(draw_key):
    return draw_key("other_key")


@pytest.fixture
def signers(tmp_path, key):
    """OpenSSH's list of allowed signers, with that key as ab's."""
    return list_signers(tmp_path / "allowed_signers", {"ab@town.example": key})


def list_signers(path, keys):
    """Write a list of allowed signers."""
    lines = [
        f'{names} namespaces="kpi" {key.with_suffix(".pub").read_text(encoding="ascii")}'
        for names, key in keys.items()
    ]
    path.write_text("".join(lines), encoding="ascii")
    return path


def told(folder, log, signers):
    return [one for one in verify(folder, log, signers) if "approval-1.sig" in one.words]


def faults(folder, log, signers=None):
    return [one.words for one in verify(folder, log, signers) if one.fault]


def rewrite(log, change):
    """Write the whole log anew, as somebody may who can write the file."""
    entries, before = [], FIRST
    for entry in change(list(log.entries())):
        entries.append(replace(entry, before=before))
        before = entries[-1].checksum()
    text = "".join(f"{entry.line()}\n" for entry in entries)
    log.path.write_text(text, encoding="utf-8")
    log.verify()


def test_a_signed_approval_says_whose_it_is(reports, log, key, signers):
    folder = draw_report(reports)
    approve(folder, log, HEAD, "", key)
    assert check_bag(folder).is_whole
    (one,) = told(folder, log, signers)
    assert (one.words, one.fault) == ("approval-1.sig is the signature of ab@town.example.", False)
    (unchecked,) = told(folder, log, None)
    assert "not checked" in unchecked.words


def test_an_unsigned_one_is_said_to_be_so(reports, log):
    folder = draw_report(reports)
    approve(folder, log, HEAD, "")
    assert any("is not signed" in one.words for one in verify(folder, log))


def test_openssh_alone_can_check_it(reports, log, key, signers, require_tool):
    folder = draw_report(reports, unit="north")
    approve(folder, log, HEAD, "Seen.", key)
    command = [
        require_tool("ssh-keygen"), "-Y", "verify", "-n", "kpi", "-f", signers,
        "-I", "ab@town.example", "-s", folder / "approval-1.sig",
    ]  # fmt: skip
    with (folder / "approval-1.txt").open("rb") as text:
        done = subprocess.run(command, stdin=text, capture_output=True, check=False)
    assert done.returncode == 0
    said = json.loads((folder / "approval-1.txt").read_text(encoding="utf-8"))
    run, _ = log.entries()
    assert (said["unit"], said["quarter"], said["who"]) == ("north", "2019Q4", "ab")
    assert (said["role"], said["note"]) == ("head of department", "Seen.")
    assert (said["content"], said["before"]) == (run.details["content"], run.checksum())


def test_a_signature_survives_a_run_of_the_same_content(reports, log, key, signers):
    approve(draw_report(reports), log, HEAD, "", key)
    (one,) = told(draw_report(reports), log, signers)
    assert not one.fault


def test_a_signature_of_another_content_is_of_something_else(reports, log, key, signers):
    folder = draw_report(reports)
    approve(folder, log, HEAD, "", key)
    signed = {path.name: path.read_bytes() for path in folder.glob("approval-1.*")}
    other = draw_report(reports, words="Another.")
    approve(other, log, HEAD, "", key)
    for name, content in signed.items():
        (other / name).write_bytes(content)
    seal_tags(other)
    (one,) = told(other, log, signers)
    assert (one.words, one.fault) == (
        "approval-1.sig is of something else than this approval",
        True,
    )


@pytest.mark.parametrize("name", ["by", "note", "at"])
def test_what_an_approval_says_is_what_was_signed(reports, log, key, signers, name):
    folder = draw_report(reports)
    approve(folder, log, HEAD, "Not before May.", key)
    path = folder / "approval.json"
    told_there = json.loads(path.read_text(encoding="utf-8"))
    told_there["approvals"][0][name] = {"by": "ab, mayor", "note": "", "at": "2020-01-01"}[name]
    path.write_text(json.dumps(told_there), encoding="utf-8")
    seal_tags(folder)
    (one,) = told(folder, log, signers)
    assert one.words == "approval-1.sig is of something else than this approval"


def test_a_signer_who_is_not_the_approver_is_a_fault(reports, log, tmp_path, key, other_key):
    listed = list_signers(tmp_path / "list", {"cd": key, "ab": other_key})
    folder = draw_report(reports)
    approve(folder, log, HEAD, "", key)
    (one,) = told(folder, log, listed)
    assert (one.words, one.fault) == (f"approval-1.sig is by cd, not by {HEAD}", True)


def test_a_key_that_is_not_in_the_list_is_nobody_s(reports, log, key, tmp_path):
    folder = draw_report(reports)
    approve(folder, log, HEAD, "", key)
    empty = tmp_path / "nobody"
    empty.write_text("", encoding="ascii")
    (one,) = told(folder, log, empty)
    assert one.words == "approval-1.sig is by nobody in nobody"


def test_where_the_parameters_list_signers_only_their_signature_approves(
    reports, signers, key, other_key
):
    log = Log(reports, signers)
    folder = draw_report(reports, log=log, **SIGNED)
    for wrong, match in ((None, "no key"), (other_key, "does not have under ab")):
        with pytest.raises(ReviewError, match=match):
            approve(folder, log, HEAD, "", wrong)
    with pytest.raises(ReviewError, match="does not have under cd"):
        approve(folder, log, "cd, analyst", "", key)
    assert [entry.act for entry in log.entries()] == ["run"]
    assert approve(folder, log, HEAD, "", key).missing == 0
    assert faults(folder, log, signers) == []
    with pytest.raises(ReviewError, match="no list"):
        is_approved(folder, Log(reports))


def test_an_approval_written_into_the_log_by_hand_approves_nothing(reports, signers, key):
    log = Log(reports, signers)
    folder = draw_report(reports, log=log, **SIGNED)
    by_hand = {"content": next(log.entries()).details["content"], "by": HEAD, "note": ""}
    log.add("approve", "2019Q4", **by_hand)
    assert not is_approved(folder, log)
    log.add("approve", "2019Q4", **by_hand, signature="-----BEGIN SSH SIGNATURE-----\n")
    assert not is_approved(folder, log)
    approve(folder, log, HEAD, "", key)
    assert is_approved(folder, log)


@pytest.mark.parametrize(
    "change",
    [
        lambda entries: [entries[0], *entries],
        lambda entries: [replace(entries[0], who="otto"), *entries[1:]],
        lambda entries: entries[1:],
    ],
    ids=["a line more", "another line", "a line less"],
)
def test_a_signature_holds_at_its_place_of_the_log_alone(reports, signers, key, change):
    log = Log(reports, signers)
    folder = draw_report(reports, log=log, **SIGNED)
    approve(folder, log, HEAD, "", key)
    rewrite(log, change)
    assert not is_approved(folder, log)
    assert faults(folder, log, signers)


def test_a_signature_that_was_there_before_approves_nothing(reports, signers, key, log_in):
    log = Log(reports, signers)
    folder = draw_report(reports, log=log, **SIGNED)
    approve(folder, log, HEAD, "", key)
    entry = list(log.entries())[-1]
    log.add("withdraw", "2019Q4", content=entry.details["content"], by=HEAD, note="No.")
    line = json.dumps(asdict(replace(entry, before=log.seal())), sort_keys=True)
    with log.path.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    assert not is_approved(folder, log)
    assert not is_approved(folder, Log(reports, signers))
    assert approvals(draw_report(reports, log=log), Log(reports)) == []


def test_one_key_is_one_person_under_whatever_names(reports, tmp_path, key, log_in):
    listed = list_signers(tmp_path / "allowed_signers", {"ab,cd": key})
    log = Log(reports, listed)
    rules = {"approval": {"persons": 2, "signers": "allowed_signers"}}
    folder = draw_report(reports, log=log, **rules)
    assert approve(folder, log, HEAD, "", key).missing == 1
    log_in("carl")
    assert approve(folder, log, "cd, analyst", "", key).missing == 1


def test_two_persons_with_a_key_each(reports, tmp_path, key, other_key, log_in):
    listed = list_signers(tmp_path / "allowed_signers", {"ab@town": key, "CD@town": other_key})
    log = Log(reports, listed)
    rules = {"approval": {"persons": 2, "signers": "allowed_signers"}}
    folder = draw_report(reports, log=log, **rules)
    approve(folder, log, HEAD, "", key)
    log_in("carl")
    assert approve(folder, log, "cd, analyst", "", other_key).missing == 0
    copy = publish(folder, log, reports.parent / "archive")
    assert faults(copy, log, listed) == []
    assert sorted(path.name for path in copy.glob("approval-*")) == [
        "approval-1.sig", "approval-1.txt", "approval-2.sig", "approval-2.txt",
    ]  # fmt: skip


def test_a_key_may_end_without_ending_what_it_signed(reports, tmp_path, key):
    listed = list_signers(tmp_path / "allowed_signers", {"ab": key})
    log = Log(reports, listed)
    folder = draw_report(reports, log=log, **SIGNED)
    approve(folder, log, HEAD, "", key)
    text = listed.read_text(encoding="ascii")
    listed.write_text(text.replace("namespaces", 'valid-before="29990101",namespaces'), "ascii")
    assert is_approved(folder, log)
    listed.write_text(text.replace("namespaces", 'valid-before="20190101",namespaces'), "ascii")
    assert not is_approved(folder, log)


def test_the_list_lies_in_the_folder_of_parameters(tmp_path, signers):
    assert allowed_signers(tmp_path, ApprovalRules()) is None
    assert allowed_signers(tmp_path, ApprovalRules(signers="allowed_signers")) == signers
    with pytest.raises(ParameterError, match="no file gone"):
        allowed_signers(tmp_path, ApprovalRules(signers="gone"))


def test_the_command_finds_the_list_of_the_parameters(reports, tmp_path, signers, key):
    folder = draw_report(reports, log=Log(reports, signers), **SIGNED)
    approve(folder, Log(reports, signers), HEAD, "", key)
    options = ["verify", str(folder), "--params", str(tmp_path)]
    done = CliRunner().invoke(cli, options)
    assert done.exit_code == 0, done.output
    assert "is the signature of ab@town.example" in done.output


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
