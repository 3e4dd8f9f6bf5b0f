"""How an extract is written, or which database it is drawn from."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, PlainSerializer, model_validator

from kpi.params.strict import Strict

DETECT = "detect"
EXCEL_DATES = "excel"  # beside strptime's forms: a spreadsheet's number of a day
_SECRET = re.compile(r"\b(?:pwd|\w*passw\w*|\w*secret|\w*token)\s*(?:=|%3d)", re.IGNORECASE)


class FileFormat(Strict):
    """How an extract writes its values; what is not declared is detected.

    A date is written in one of the forms of `date` (as strptime has them, or "excel" for a
    spreadsheet's day numbers) or in ISO form. `thousands` is "" where nothing groups digits.
    """

    encoding: str = ""
    separator: str = ""
    quote: Literal['"', "'", "none"] = '"'
    date: Annotated[
        tuple[str, ...], BeforeValidator(lambda v: (v,) if isinstance(v, str) else v)
    ] = ()
    decimal: Literal["", ".", ","] = ""
    thousands: str | None = None

    @model_validator(mode="after")
    def _signs_differ(self) -> Self:
        if self.decimal and self.decimal == self.thousands:
            raise ValueError("decimal and thousands are written with different signs")
        if len(self.separator) > 1:
            raise ValueError("a separator is one character")
        return self


def _declared(value: Any) -> Any:
    return {} if value == DETECT else value


DeclaredFormat = Annotated[FileFormat, BeforeValidator(_declared)]


def _without_user(url: str) -> str:
    """Return a URL as it may be recorded: the kind of database, its host and its name."""
    parts = urlsplit(url)
    name = parts.path.rsplit("/", 1)[-1]
    return f"{parts.scheme}://{parts.hostname or ''}/{name}"


class Database(Strict):
    """A database and what is read there: a table, or what a query gives.

    The password comes from the environment variable `password_env`, or from the system's keyring
    under the service `keyring`; a URL never holds one.
    """

    url: Annotated[str, PlainSerializer(_without_user, when_used="json")]
    table: str = ""
    query: str = ""
    password_env: str = ""
    keyring: str = ""

    @model_validator(mode="after")
    def _holds_no_password(self) -> Self:
        if urlsplit(self.url).password is not None or _SECRET.search(self.url):
            raise ValueError(
                "a database's URL holds no password; name the environment variable that does "
                "as password_env, or the service of the keyring as keyring"
            )
        if not re.match(r"[a-z0-9]+(?:\+[a-z0-9_]+)?://", self.url):
            raise ValueError("a database's URL begins with its kind, as postgresql://")
        return self

    @model_validator(mode="after")
    def _reads_one_thing(self) -> Self:
        if bool(self.table) == bool(self.query):
            raise ValueError("name the table, or write the query, of a database; not both")
        if self.password_env and self.keyring:
            raise ValueError("a password comes from password_env or from keyring, not from both")
        return self
