"""Passwords of databases: from the environment or the system's keyring, never from a file."""

from __future__ import annotations

import os

from kpi.errors import ParameterError
from kpi.params.source import Database


def password_of(database: Database, user: str) -> str | None:
    """Return the password of a database, or null where none is named.

    Raises ParameterError where the variable or the keyring does not hold it.
    """
    if database.password_env:
        found = os.environ.get(database.password_env)
        if not found:
            raise ParameterError(
                "The environment variable that holds a password is set.",
                f"{database.password_env} is not",
                "Set it for this run only, or have the scheduler set it.",
            )
        return found
    return from_keyring(database.keyring, user) if database.keyring else None


def from_keyring(service: str, user: str) -> str:
    """Return what the system's keyring holds for a user under a service."""
    import keyring
    from keyring.errors import KeyringError

    try:
        found = keyring.get_password(service, user)
    except KeyringError as error:
        raise ParameterError(
            "The system's keyring can be asked.",
            f"an error of the kind {type(error).__name__}",
            "Unlock it, or use an environment variable.",
        ) from None
    if not found:
        raise ParameterError(
            "The system's keyring holds what the parameters name.",
            f"nothing under {service}",
            f"Store it once: keyring set {service} {user or 'NAME'}",
        )
    return found
