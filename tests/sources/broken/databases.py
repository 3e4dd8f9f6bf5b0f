"""Databases that refuse, and sources that ask for what they must not."""

from __future__ import annotations

import sqlite3
from typing import Any

from tests.sources.broken.town import COLUMNS, HEADER, Broken, Town

PASSWORD = "ikke-til-nogens-øjne"  # noqa: S105 - of a server that lives for a test
VARIABLE = "LEDGER_PASSWORD"
WRONG, UNSET = "WRONG_PASSWORD", "NOT_SET_ANYWHERE"
QUERY = 'SELECT * FROM regninger ORDER BY "Nr"'


def fill_postgres(url: str) -> None:
    """Make the ledger's table, and users who may read it, may not, and must give a password."""
    import psycopg

    columns = ", ".join(f'"{name}" text' for name in HEADER.split(";"))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE TABLE regninger ({columns})")
        connection.execute("CREATE SEQUENCE bilagsnumre")
        for user in ("reader", "stranger", "locked"):
            connection.execute(f"CREATE ROLE {user} LOGIN PASSWORD '{PASSWORD}'")
        connection.execute("GRANT SELECT ON regninger TO reader, locked")
        connection.execute("GRANT ALL ON bilagsnumre TO reader")
        marks = ", ".join(["%s"] * len(HEADER.split(";")))
        with connection.cursor() as cursor:
            from tests.sources.broken.town import ROWS, row

            rows = [row(number) for number in range(1, ROWS + 1)]
            cursor.executemany(f"INSERT INTO regninger VALUES ({marks})", rows)
        shown = connection.execute("SHOW hba_file").fetchone()
        assert shown
        with open(shown[0], encoding="utf-8") as file:  # noqa: PTH123 - the server's own file
            rules = file.read()
        with open(shown[0], "w", encoding="utf-8") as file:  # noqa: PTH123
            file.write("host all locked 127.0.0.1/32 scram-sha-256\n" + rules)
        connection.execute("SELECT pg_reload_conf()")


def ask(town: Town, user: str = "reader", **database: Any) -> None:
    """Name the PostgreSQL server as the source, as a user."""
    url = town.postgres.replace("kpi@", f"{user}@")
    del town.source["file"]
    town.source["database"] = {"url": url, "table": "regninger"} | database
    if "query" in database:
        del town.source["database"]["table"]


def asking(name: str, user: str = "reader", **database: Any):
    def break_it(town: Town) -> None:
        ask(town, user, **database)

    break_it.__name__ = name
    return break_it


def server_down(town: Town) -> None:
    ask(town, url="postgresql://reader@127.0.0.1:9/ledger")


def columns_renamed(town: Town) -> None:
    ask(town)
    town.source["columns"] = COLUMNS | {"paid_at": "Betalinger"}


def sqlite_of(town: Town) -> None:
    with sqlite3.connect(town.data / "ledger.db") as connection:
        columns = ", ".join(f'"{name}"' for name in HEADER.split(";"))
        connection.execute(f"CREATE TABLE regninger ({columns})")
        marks = ", ".join("?" * len(HEADER.split(";")))
        connection.executemany(f"INSERT INTO regninger VALUES ({marks})", town.rows)
    connection.close()
    del town.source["file"]
    town.source["database"] = {"url": "sqlite:///ledger.db", "table": "regninger"}


def sqlite_good(town: Town) -> None:
    sqlite_of(town)


def sqlite_missing(town: Town) -> None:
    sqlite_of(town)
    (town.data / "ledger.db").unlink()


def sqlite_no_table(town: Town) -> None:
    sqlite_of(town)
    town.source["database"]["table"] = "regning"


def sqlite_no_database(town: Town) -> None:
    sqlite_of(town)
    (town.data / "ledger.db").write_text("no database\n" * 2000, encoding="utf-8")


SQLITE = [
    Broken(sqlite_good),
    Broken(sqlite_missing, 3, ("no file ledger.db", "sqlite:///ledger.db")),
    Broken(sqlite_no_table, 4, ("no table regning", "Correct `table`")),
    Broken(sqlite_no_database, 3, ("no database", "copy it again")),
    Broken(
        asking("password_in_the_url", url=f"postgresql://reader:{PASSWORD}@127.0.0.1:9/ledger"),
        2,
        ("holds no password", "password_env"),
    ),
    Broken(
        asking("unknown_driver", url="oracle://reader@127.0.0.1:9/ledger"),
        2,
        ("driver is installed", "kpi docs sources"),
    ),
    Broken(server_down, 3, ("no server that answers", "`url`")),
    Broken(asking("deletes", query="DELETE FROM regninger"), 2, ("one SELECT", "may write")),
    Broken(asking("two_statements", query=f"{QUERY}; DROP TABLE regninger"), 2, ("2 statements",)),
    Broken(
        asking(
            "deletes_within", query="WITH d AS (DELETE FROM regninger RETURNING *) SELECT * FROM d"
        ),
        2,
        ("may write",),
    ),
    Broken(asking("no_query", query="vis mig alt"), 2, ("one SELECT",)),
    Broken(
        asking("password_not_set", password_env=UNSET),
        2,
        ("NOT_SET_ANYWHERE is not", "scheduler"),
    ),
]
POSTGRES = [
    Broken(asking("good")),
    Broken(asking("good_query", query=QUERY)),
    Broken(asking("good_password", user="locked", password_env=VARIABLE)),
    Broken(asking("no_table", table="regning"), 4, ("no table regning", "schema.table")),
    Broken(asking("no_right", user="stranger"), 3, ("permission is denied", "SELECT")),
    Broken(
        asking("wrong_password", user="locked", password_env=WRONG),
        3,
        ("the user or the password is refused", "password_env"),
    ),
    Broken(asking("no_password", user="locked"), 3, ("the user or the password is refused",)),
    Broken(
        asking("writes_by_a_function", query="SELECT nextval('bilagsnumre') AS \"Nr\""),
        3,
        ("tries to write",),
    ),
    Broken(
        asking("no_such_column", query='SELECT "Nummer" FROM regninger'),
        4,
        ("columns that exist", "`query`"),
    ),
    Broken(
        asking("too_few_columns", query='SELECT "Nr", "CPR" FROM regninger'),
        4,
        ('no column "Betalt"', "`columns`"),
    ),
    Broken(columns_renamed, 4, ('no column "Betalinger"', 'Did you mean "Betalt"')),
]
