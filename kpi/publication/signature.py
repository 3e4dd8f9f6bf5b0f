"""Signatures with an SSH key over what an act says: ssh-keygen makes and checks them.

Anybody can check one without this program:
ssh-keygen -Y verify -n kpi -f allowed_signers -I NAME -s approval-1.sig < approval-1.txt
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from kpi.errors import ParameterError, ReviewError
from kpi.files import rows_folder
from kpi.params.quarter_file import ApprovalRules

NAMESPACE = "kpi"
_SECONDS = 60
_KEY = re.compile(r"key (SHA256:\S+)")


@dataclass(frozen=True)
class Signer:
    """Whose a signature is: the names that a list of signers gives to its key, and the key."""

    names: tuple[str, ...]
    key: str

    def is_called(self, initials: str) -> bool:
        """Tell whether one of the names is these initials, with or without an address after @."""
        return any(name.partition("@")[0].casefold() == initials.casefold() for name in self.names)


def allowed_signers(params: Path, rules: ApprovalRules) -> Path | None:
    """Return the list of who may sign approvals, if the rules ask for one; ParameterError if gone.

    It lies in the folder of parameters, one key a line: ab@town.example ssh-ed25519 ...
    """
    if not rules.signers:
        return None
    path = params / rules.signers
    if not path.is_file():
        raise ParameterError(
            "The list of those who may sign approvals exists.",
            f"no file {rules.signers} in the folder of parameters",
            "Restore it, or correct approval.signers.",
        )
    return path


def sign(text: str, key: Path) -> str:
    """Return the signature of a text; ssh-keygen asks for the key's passphrase if it has one."""
    with rows_folder() as folder:
        written = _write(folder / "signed", text)
        done = _ssh_keygen("-Y", "sign", "-f", str(key), "-n", NAMESPACE, str(written))
        signature = written.with_name(f"{written.name}.sig")
        if done.returncode or not signature.is_file():
            raise ReviewError(
                "An approval is signed with a key that ssh-keygen can use.",
                _last_line(done),
                "Name a private key, or a public one whose private key the agent holds.",
            )
        return signature.read_text(encoding="ascii")


def signer(text: str, signature: str, allowed: Path, at: str) -> Signer | None:
    """Return who signed a text at a moment (ISO), as a list of signers has it; None for nobody.

    A signature of another text, or by a key that was not in the list then, is nobody's.
    """
    moment = dt.datetime.fromisoformat(at).astimezone()
    listed = ["-f", str(allowed), "-O", f"verify-time={moment:%Y%m%d%H%M%S}"]
    with rows_folder() as folder:
        file = _write(folder / "signature", signature)
        found = _ssh_keygen("-Y", "find-principals", "-s", str(file), *listed)
        names = tuple(found.stdout.split()) if not found.returncode else ()
        for name in names[:1]:
            told = ["-Y", "verify", "-n", NAMESPACE, "-I", name, "-s", str(file)]
            checked = _ssh_keygen(*told, *listed, stdin=text)
            key = _KEY.search(checked.stdout)
            if not checked.returncode and key:
                return Signer(names, key[1])
    return None


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def _ssh_keygen(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    program = shutil.which("ssh-keygen")
    if program is None:
        raise ReviewError(
            "Signatures are made and checked by ssh-keygen.",
            "no such program",
            "Install OpenSSH (Debian: openssh-client), or approve without a key.",
        )
    return subprocess.run(  # noqa: S603 - a program of the machine, arguments of our own
        [program, *arguments],
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=_SECONDS,
    )


def _last_line(done: subprocess.CompletedProcess[str]) -> str:
    lines = done.stderr.strip().splitlines()
    return lines[-1] if lines else f"ssh-keygen ended with {done.returncode}"
