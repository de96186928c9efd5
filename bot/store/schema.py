"""Which schema a database has, and bringing it to the one this release writes."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect

from bot.errors import SchemaMismatch
from bot.store.migrations import HEAD, REVISIONS

MIGRATIONS = Path(__file__).parent / "migrations"


def current(connection: Connection) -> str | None:
    """The schema's number, None for an empty database.

    Raises SchemaMismatch where tables exist but none of them says that they are ours.
    """
    tables = inspect(connection).get_table_names()
    if "alembic_version" not in tables:
        if "watches" in tables:
            raise SchemaMismatch("this database is not Stet's; point [store] url at another one")
        return None
    row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first()
    return None if row is None else str(row[0])


def check(found: str | None) -> None:
    """Raises SchemaMismatch for a schema this release does not know: a newer Stet wrote it."""
    if found is not None and found not in REVISIONS:
        raise SchemaMismatch(
            f"the database has schema {found}, this Stet knows up to {HEAD}; "
            "install the newer Stet again, or restore a backup made by this one"
        )


def upgrade(connection: Connection, target: str = HEAD) -> None:
    """Run the missing steps in the caller's transaction. Alembic is imported here only: it is slow to load."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, target)
