"""Mail: the summary of a batch, to one address when all went well, to another when not; reminders.

Settings stand in params/mail.yaml; a variable such as KPI_MAIL_SERVER stands in place of one. The
password comes from KPI_MAIL_PASSWORD or the machine's keyring, never from a file.
"""

from __future__ import annotations

import os
import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError

from kpi.engine.passwords import from_keyring
from kpi.errors import ParameterError, RunError
from kpi.params.strict import Strict

MAIL_FILE = "mail.yaml"
VARIABLE = "KPI_MAIL_"
KEYRING_SERVICE = "kpi-mail"
_SECONDS = 30

Addresses = Annotated[
    tuple[str, ...],
    BeforeValidator(lambda value: tuple(value.split(",")) if isinstance(value, str) else value),
]


class MailSettings(Strict):
    """Through which server mail goes, from whom, and to whom.

    `owners` are the addresses of those who own a figure or an extract, by what the parameters call
    them.
    """

    server: str
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    sender: str
    to: Addresses = Field(min_length=1)
    failures_to: Addresses = ()
    owners: dict[str, Addresses] = Field(default_factory=dict)


def read_settings(params: Path, environment: Mapping[str, str] = os.environ) -> MailSettings:
    """Read params/mail.yaml and the variables that stand in place of its keys."""
    import yaml

    path = params / MAIL_FILE
    given: dict[str, Any] = {}
    if path.is_file():
        given = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    for name in MailSettings.model_fields:
        value = environment.get(VARIABLE + name.upper())
        if value is not None:
            given[name] = value
    try:
        return MailSettings.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][:1])
        raise ParameterError(
            f"{MAIL_FILE} says how the summary is sent.",
            f"{where}: {first['msg']}",
            f"Write it in {MAIL_FILE} beside the parameters, or set {VARIABLE}{where.upper()}.",
        ) from None


def send(
    settings: MailSettings,
    subject: str,
    text: str,
    *,
    failed: bool = False,
    owner: str = "",
    environment: Mapping[str, str] = os.environ,
) -> None:
    """Send a text to those who get summaries, or to an owner who has an address.

    RunError where the server cannot be reached or does not take it.
    """
    message = EmailMessage()
    message["Subject"], message["From"] = subject, settings.sender
    usual = settings.failures_to if failed and settings.failures_to else settings.to
    message["To"] = ", ".join(settings.owners.get(owner, usual))
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    try:
        with _connected(settings) as server:
            if settings.user:
                server.login(settings.user, _password(settings.user, environment))
            server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        raise RunError(
            "What is to be sent by mail is sent.",
            f"{type(error).__name__} from {settings.server}",
            f"Correct {MAIL_FILE}. The reports are made, whatever became of the mail.",
        ) from None


def _connected(settings: MailSettings) -> smtplib.SMTP:
    at = (settings.server, settings.port)
    if settings.security == "tls":
        return smtplib.SMTP_SSL(*at, timeout=_SECONDS, context=ssl.create_default_context())
    server = smtplib.SMTP(*at, timeout=_SECONDS)
    if settings.security == "starttls":
        server.starttls(context=ssl.create_default_context())
    return server


def _password(user: str, environment: Mapping[str, str]) -> str:
    return environment.get(f"{VARIABLE}PASSWORD") or from_keyring(KEYRING_SERVICE, user)
