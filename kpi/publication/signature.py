"""Signatures with an SSH key over the list of a payload: ssh-keygen makes and checks them.

Anybody can check one without this program:
ssh-keygen -Y verify -n kpi -f allowed_signers -I NAME -s approval-1.sig < manifest-sha256.txt
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from kpi.errors import ReviewError
from kpi.files import rows_folder

NAMESPACE = "kpi"
_SECONDS = 60


def sign(path: Path, key: Path) -> str:
    """Return the signature of a file; ssh-keygen asks for the key's passphrase if it has one."""
    with rows_folder() as folder:
        copy = shutil.copy(path, folder / path.name)
        done = _ssh_keygen("-Y", "sign", "-f", str(key), "-n", NAMESPACE, str(copy))
        signature = Path(f"{copy}.sig")
        if done.returncode or not signature.is_file():
            raise ReviewError(
                "An approval is signed with a key that ssh-keygen can use.",
                _last_line(done),
                "Name a private key, or a public one whose private key the agent holds.",
            )
        return signature.read_text(encoding="ascii")


def signer(path: Path, signature: Path, allowed: Path) -> str:
    """Return who signed a file, as the list of allowed signers names them; "" where nobody of it.

    A signature of another text, or by a key that is not in the list, is nobody's.
    """
    found = _ssh_keygen("-Y", "find-principals", "-s", str(signature), "-f", str(allowed))
    for name in found.stdout.splitlines() if not found.returncode else []:
        checked = _ssh_keygen(
            "-Y", "verify", "-n", NAMESPACE, "-f", str(allowed), "-I", name, "-s", str(signature),
            stdin=path,
        )  # fmt: skip
        if not checked.returncode:
            return name
    return ""


def _ssh_keygen(*arguments: str, stdin: Path | None = None) -> subprocess.CompletedProcess[str]:
    program = shutil.which("ssh-keygen")
    if program is None:
        raise ReviewError(
            "Signatures are made and checked by ssh-keygen.",
            "no such program",
            "Install OpenSSH (Debian: openssh-client), or approve without a key.",
        )
    return subprocess.run(  # noqa: S603 - a program of the machine, arguments of our own
        [program, *arguments],
        input=stdin.read_text(encoding="utf-8") if stdin else "",
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=_SECONDS,
    )


def _last_line(done: subprocess.CompletedProcess[str]) -> str:
    lines = done.stderr.strip().splitlines()
    return lines[-1] if lines else f"ssh-keygen ended with {done.returncode}"
