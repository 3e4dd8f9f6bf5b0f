"""The summary by mail, read by a server of this machine."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from kpi.errors import ParameterError, RunError
from kpi.run.mail import MailSettings, read_settings, send


class Inbox:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []

    async def handle_DATA(self, _, __, envelope) -> str:  # noqa: N802 - as the server calls it
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


def accept(server, session, envelope, mechanism, given) -> AuthResult:
    """Let in who has the password, and refuse all others at once."""
    known = LoginPassword(b"kpi", b"not-for-the-file")
    known_here = (given.login, given.password) == (known.login, known.password)
    return AuthResult(success=known_here, handled=False)


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, int]]:
    """A mail server that asks for a password, and its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    kept = Inbox()
    server = Controller(
        kept,
        hostname="127.0.0.1",
        port=port,
        authenticator=accept,
        auth_require_tls=False,
        ready_timeout=60,
    )
    server.start()
    try:
        yield kept, port
    finally:
        server.stop()


def settings(port: int, **other: object) -> MailSettings:
    """Return settings for that server."""
    usual = {"server": "127.0.0.1", "port": port, "security": "none", "user": "kpi"}
    usual |= {"sender": "kpi@example.org", "to": ["office@example.org"]}
    return MailSettings.model_validate(usual | {"failures_to": "it@example.org"} | other)


@pytest.mark.parametrize(
    ("failed", "receiver"), [(False, "office@example.org"), (True, "it@example.org")]
)
def test_failures_go_to_another_address(
    inbox: tuple[Inbox, int], failed: bool, receiver: str
) -> None:
    """With the same words as on the terminal."""
    kept, port = inbox
    password = {"KPI_MAIL_PASSWORD": "not-for-the-file"}
    send(settings(port), "kpi: 1 of 2", "2019Q4 føj\n", failed=failed, environment=password)
    (message,) = kept.messages
    assert (message["To"], message["Subject"]) == (receiver, "kpi: 1 of 2")
    assert message.get_content().splitlines() == ["2019Q4 føj"]


def test_a_server_that_refuses(inbox: tuple[Inbox, int]) -> None:
    """The error says that the reports are made, and not the password."""
    kept, port = inbox
    with pytest.raises(RunError, match="SMTPAuthenticationError") as caught:
        send(settings(port), "s", "t", failed=False, environment={"KPI_MAIL_PASSWORD": "wrong"})
    assert "The reports are made" in str(caught.value)
    assert "wrong" not in str(caught.value)
    assert kept.messages == []


def test_a_server_that_is_not_there() -> None:
    """It is told, not waited for."""
    with pytest.raises(RunError, match="ConnectionRefusedError"):
        send(settings(1, user=""), "s", "t", failed=False, environment={})


def test_settings_from_a_file_and_from_the_environment(tmp_path: Path) -> None:
    """A variable stands in place of a key; an unknown key is an error."""
    path = tmp_path / "mail.yaml"
    path.write_text("server: a\nsender: k@x.gl\nto: [o@x.gl]\n", encoding="utf-8")
    read = read_settings(tmp_path, {"KPI_MAIL_SERVER": "b", "KPI_MAIL_TO": "p@x.gl,q@x.gl"})
    assert (read.server, read.to, read.port) == ("b", ("p@x.gl", "q@x.gl"), 587)
    path.write_text("server: a\nsender: k@x.gl\nto: [o@x.gl]\npassword: x\n", encoding="utf-8")
    with pytest.raises(ParameterError, match="password"):
        read_settings(tmp_path, {})


def test_without_settings(tmp_path: Path) -> None:
    """The error says where to write them."""
    with pytest.raises(ParameterError, match="KPI_MAIL_SERVER"):
        read_settings(tmp_path, {})


@pytest.mark.parametrize(
    ("owner", "receiver"), [("The head", "head@example.org"), ("Nobody", "office@example.org")]
)
def test_an_owner_with_an_address_gets_what_is_theirs(
    inbox: tuple[Inbox, int], owner: str, receiver: str
) -> None:
    """What belongs to somebody without one goes where summaries go."""
    kept, port = inbox
    owners = {"The head": ["head@example.org"]}
    password = {"KPI_MAIL_PASSWORD": "not-for-the-file"}
    send(settings(port, owners=owners), "s", "t", owner=owner, environment=password)
    assert [message["To"] for message in kept.messages] == [receiver]
