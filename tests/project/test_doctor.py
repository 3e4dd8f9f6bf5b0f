"""What the doctor sees, and what it says to do."""

from __future__ import annotations

import builtins
import os
import subprocess
import sys
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import keyring
import pytest

from kpi.cli import main
from kpi.engine.postgres import PREFIX
from kpi.project.doctor import Check, examine, machine
from kpi.run import Places
from kpi.sources.pseudonyms import KEY_VARIABLE
from tests.town import build_town


@pytest.fixture
def places(tmp_path, monkeypatch) -> Places:
    monkeypatch.setenv(KEY_VARIABLE, "a key for a test")
    return build_town(tmp_path)


def found(places: Places) -> dict[str, Check]:
    return {check.subject: check for check in examine(places)}


def test_where_all_is_well_nothing_is_to_be_done(places):
    checks = found(places)
    assert {name: check.state for name, check in checks.items() if check.state != "ok"} == {}
    assert set(checks) == {
        "packages", "kernel", "fonts", "pdf", "disk", "parameters 2019Q4", "time zone",
        "extracts 2019Q4", "pseudonym key", "engine",
    }  # fmt: skip


def test_a_mistyped_parameter_is_named_with_what_was_meant(places):
    path = places.params / "2019Q4.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "langauge: da\n", encoding="utf-8")
    check = found(places)["parameters 2019Q4"]
    assert (check.state, "langauge" in check.found) == ("broken", True)
    assert "language" in check.remedy


def test_no_parameters_at_all(places):
    (places.params / "2019Q4.yaml").unlink()
    checks = found(places)
    assert checks["parameters"].state == "broken"
    assert "extracts 2019Q4" not in checks


def test_a_missing_extract_is_named(places):
    (places.data / "bills.csv").unlink()
    check = found(places)["extracts 2019Q4"]
    assert (check.state, check.found) == ("warning", "not in the data folder: bills.csv")


def test_without_a_key_runs_cannot_be_compared(places, monkeypatch):
    monkeypatch.delenv(KEY_VARIABLE)
    assert found(places)["pseudonym key"].state == "warning"


def test_the_key_itself_is_never_shown(places, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["kpi", "doctor", *options(places)])
    main()
    shown = capsys.readouterr()
    assert "pseudonym key: set" in shown.out
    assert "a key for a test" not in shown.out + shown.err


def with_persons(places: Places, persons: str) -> None:
    """Let the parameters name a key."""
    with (places.params / "2019Q4.yaml").open("a", encoding="utf-8") as file:
        file.write(f"persons: {{{persons}}}\n")


def test_a_key_that_the_parameters_name_is_read(places, monkeypatch, tmp_path_factory):
    monkeypatch.delenv(KEY_VARIABLE)
    key = tmp_path_factory.mktemp("keys") / "pseudonyms.key"
    key.write_text("a key for a test, in a file", encoding="utf-8")
    key.chmod(0o600)
    with_persons(places, f"key_file: {key}")
    check = found(places)["pseudonym key"]
    assert (check.state, check.found) == ("ok", "set, in the key file")

    key.chmod(0o644)
    check = found(places)["pseudonym key"]
    assert (check.state, check.remedy) == ("broken", "chmod 600 pseudonyms.key")
    key.unlink()
    check = found(places)["pseudonym key"]
    assert check.state == "broken"
    assert "pseudonyms.key: FileNotFoundError" in check.found


def test_a_keyring_without_the_key_is_found(places, monkeypatch):
    monkeypatch.delenv(KEY_VARIABLE)
    monkeypatch.setattr(keyring, "get_password", lambda *_: None)
    with_persons(places, "keyring: town")
    check = found(places)["pseudonym key"]
    assert (check.state, check.remedy) == ("broken", "Store it once: keyring set town pseudonyms")
    monkeypatch.setattr(keyring, "get_password", lambda *_: "a key for a test, in the keyring")
    assert found(places)["pseudonym key"].found == "set, in the keyring"


def test_what_killed_runs_of_others_left_is_named(places, postgres_server):
    """What is the user's own is dropped meanwhile; the rest needs its owner."""
    psycopg = pytest.importorskip("psycopg")
    user, theirs, own = "doctors_user", f"{PREFIX}{'0' * 12}", f"{PREFIX}{'1' * 12}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {user} LOGIN")
        connection.execute(f"GRANT CREATE ON DATABASE postgres TO {user}")
        connection.execute(f"CREATE SCHEMA {theirs}")
        connection.execute(f"CREATE SCHEMA {own} AUTHORIZATION {user}")
        try:
            address = postgres_server.replace("kpi@", f"{user}@")
            check = found(replace(places, engine=address))["engine"]
        finally:
            connection.execute(f"DROP SCHEMA {theirs}")
            connection.execute(f"DROP OWNED BY {user}")
            connection.execute(f"DROP ROLE {user}")
    assert (check.state, own in check.found) == ("warning", False)
    assert f"DROP SCHEMA {theirs} CASCADE;" in check.remedy


def test_a_package_that_is_missing_is_named(monkeypatch):
    monkeypatch.setattr(
        metadata, "requires", lambda _: ["pandas>=3", "no-such-thing>=1", "other; extra == 'dev'"]
    )
    check = machine.packages()
    assert (check.state, check.found) == ("broken", "not installed: no-such-thing")


def test_a_kernel_of_another_python_is_found(monkeypatch):
    from jupyter_client.kernelspec import KernelSpecManager

    other = SimpleNamespace(argv=[str(Path(os.sep, "another", "bin", "python"))])
    monkeypatch.setattr(KernelSpecManager, "get_kernel_spec", lambda *_: other)
    assert machine.kernel().state == "broken"


def test_a_kernel_that_is_missing_is_found(monkeypatch):
    monkeypatch.setattr(machine, "KERNEL", "no_such_kernel")
    assert machine.kernel().found == "no kernel no_such_kernel"


def test_without_pango_all_but_pdf_is_made(monkeypatch):
    imported = builtins.__import__

    def without(name: str, *more: object) -> object:
        if name == "weasyprint":
            raise OSError("cannot load library")
        return imported(name, *more)

    monkeypatch.setattr(builtins, "__import__", without)
    check = machine.pdf()
    assert check.state == "warning"
    assert "libpango" in check.remedy


def test_a_zone_that_does_not_exist():
    assert machine.time_zone("America/Atlantis").state == "broken"


def test_little_room_is_a_warning(tmp_path, monkeypatch):
    little = SimpleNamespace(free=5_000_000)
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: little)
    check = machine.room(tmp_path / "not" / "made" / "yet")
    assert (check.state, "0.0 GB" in check.found) == ("warning", True)
    assert not (tmp_path / "not").exists()


def test_a_folder_that_cannot_be_written_is_found(tmp_path, monkeypatch):
    def refused(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(machine.tempfile, "TemporaryFile", refused)
    check = machine.room(tmp_path)
    assert (check.state, check.found) == ("broken", "the reports folder: Permission denied")


def options(places: Places) -> list[str]:
    return [
        "--params", str(places.params), "--data", str(places.data),
        "--notebooks", str(places.notebooks), "--reports", str(places.reports),
    ]  # fmt: skip


def test_the_command_ends_with_an_exit_code_where_something_is_broken(places, capsys, monkeypatch):
    (places.params / "targets.yaml").unlink()
    monkeypatch.setattr(sys, "argv", ["kpi", "doctor", *options(places)])
    with pytest.raises(SystemExit) as stopped:
        main()
    shown = capsys.readouterr()
    assert stopped.value.code == 8
    assert "broken   parameters 2019Q4" in shown.out
    assert "Traceback" not in shown.out + shown.err


def test_the_shell_completes_commands_and_options():
    environment = os.environ | {
        "_KPI_COMPLETE": "bash_complete", "COMP_WORDS": "kpi doc", "COMP_CWORD": "1",
    }  # fmt: skip
    command = [
        sys.executable,
        "-c",
        "import sys; sys.argv = ['kpi']; import kpi.cli as c; c.main()",
    ]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.split(",")[-1].split() == ["doctor"], done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(shell, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["kpi", "completion", shell])
    main()
    assert "_KPI_COMPLETE" in capsys.readouterr().out
