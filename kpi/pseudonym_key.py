"""The key of pseudonyms: from the environment, a file outside the project, or the keyring.

Whoever holds the key and an extract can tell who a pseudonym is, so it lies where the project's
copies, backups and readers do not reach.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from kpi.errors import ParameterError
from kpi.params.quarter_file import Persons
from kpi.passwords import from_keyring

KEY_VARIABLE = "KPI_PSEUDONYM_KEY"
FILE_VARIABLE = "KPI_PSEUDONYM_KEY_FILE"
KEY_FILE, KEYRING = "the key file", "the keyring"
KEYRING_USER = "pseudonyms"
SHORTEST = 16  # characters

_PROJECT_SIGNS = ("params", "pyproject.toml", ".git")


def find_key(
    persons: Persons, data: Path, environment: Mapping[str, str] = os.environ
) -> bytes | None:
    """Return the key that is set, the environment's before the parameters'; null where none is.

    Raises ParameterError for a key that is too short, a key file inside the project, one that
    others may read, and a keyring that does not hold it.
    """
    where = key_named_in(persons, environment)
    if where == KEY_VARIABLE:
        return _checked(environment[KEY_VARIABLE], where)
    if where == KEY_FILE:
        file = environment.get(FILE_VARIABLE) or persons.key_file
        return _checked(_read(Path(file).expanduser(), data), where)
    if where == KEYRING:
        return _checked(from_keyring(persons.keyring, KEYRING_USER), where)
    return None


def key_named_in(persons: Persons, environment: Mapping[str, str] = os.environ) -> str:
    """Say where the key is, in the order of looking for it; empty where nothing names one."""
    if environment.get(KEY_VARIABLE):
        return KEY_VARIABLE
    if environment.get(FILE_VARIABLE) or persons.key_file:
        return KEY_FILE
    return KEYRING if persons.keyring else ""


def fingerprint(persons: Persons, data: Path) -> str:
    """Return what tells two keys apart and does not tell the key; empty where one is drawn."""
    key = find_key(persons, data)
    return hmac.new(key, b"fingerprint", hashlib.sha256).hexdigest() if key else ""


def _checked(key: str, where: str) -> bytes:
    if len(key.strip()) < SHORTEST:
        raise ParameterError(
            f"The key of pseudonyms has at least {SHORTEST} characters: a short one can be tried.",
            f"{len(key.strip())} in {where}",
            "Draw one: python -c 'import secrets; print(secrets.token_hex(32))'",
        )
    return key.strip().encode("utf-8")


def _read(path: Path, data: Path) -> str:
    _see_outside(path, data)
    try:
        with path.open(encoding="utf-8") as file:
            mode = os.fstat(file.fileno()).st_mode
            if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise ParameterError(
                    "Only its owner may read the key file.",
                    f"the rights {stat.filemode(mode)} of {path.name}",
                    f"chmod 600 {path.name}",
                )
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise ParameterError(
            "The key file can be read.",
            f"{path.name}: {type(error).__name__}",
            f"Correct {FILE_VARIABLE} or persons.key_file, or restore the file.",
        ) from None


def _see_outside(path: Path, data: Path) -> None:
    place = path.resolve()
    for folder in (_project_of(Path.cwd()), _project_of(data.resolve()), data.resolve()):
        if place.is_relative_to(folder):
            raise ParameterError(
                "The key file lies outside the project, which is copied and shared.",
                f"{path.name} inside it",
                "Move it to a folder of its own, such as ~/.config/kpi, and chmod 600.",
            )


def _project_of(start: Path) -> Path:
    """Return the nearest folder upwards that looks like a project, else the folder itself."""
    for folder in (start, *start.parents):
        if any((folder / sign).exists() for sign in _PROJECT_SIGNS):
            return folder
    return start
