"""What a driver's exception means, in a sentence for people."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.errors import SchemaMismatch, StoreBusy, StoreError, StoreFull

BUSY = "the database is busy: another process holds it; try again in a moment, or stop the other one"
FULL = "no room left for the database; free some space and start again, nothing was half-written"
READ_ONLY = "the database may not be written; check who owns the file and its directory, and how the disk is mounted"
CANNOT_OPEN = "the database cannot be opened; check that its directory exists and may be written"
DAMAGED = "the database file is damaged; stop Stet and restore the last backup with `stet restore FILE`"
FOREIGN = "the database does not have the tables this Stet expects; run `stet db upgrade`"
UNREACHABLE = "the database server does not answer; check that it runs and that [store] url is right"
LOGIN = "the database server refused the login; check user and password in STET_STORE_URL"
INPUT_OUTPUT = "the disk under the database failed; check the disk and its free space"

SQLITE = (
    ("database is locked", StoreBusy, BUSY),
    ("database table is locked", StoreBusy, BUSY),
    ("database is busy", StoreBusy, BUSY),
    ("database or disk is full", StoreFull, FULL),
    ("readonly database", StoreFull, READ_ONLY),
    ("unable to open database file", StoreFull, CANNOT_OPEN),
    ("disk i/o error", StoreFull, INPUT_OUTPUT),
    ("file is not a database", StoreError, DAMAGED),
    ("disk image is malformed", StoreError, DAMAGED),
    ("malformed database schema", StoreError, DAMAGED),
    ("no such table", SchemaMismatch, FOREIGN),
    ("no such column", SchemaMismatch, FOREIGN),
)

SQLSTATES = (
    ("40001", StoreBusy, BUSY),
    ("40P01", StoreBusy, BUSY),
    ("55P03", StoreBusy, BUSY),
    ("53100", StoreFull, FULL),
    ("25006", StoreFull, READ_ONLY),
    ("42501", StoreFull, READ_ONLY),
    ("28", StoreError, LOGIN),
    ("3D", StoreError, "the database named in [store] url does not exist; create it first"),
    ("42P01", SchemaMismatch, FOREIGN),
    ("42703", SchemaMismatch, FOREIGN),
    ("53", StoreBusy, "the database server is out of connections or memory; try again in a moment"),
    ("57", StoreError, UNREACHABLE),
    ("08", StoreError, UNREACHABLE),
    ("XX", StoreError, "the database is damaged; ask who runs the server"),
)


def translate(error: SQLAlchemyError, subject: str) -> StoreError:
    """The StoreError for what SQLAlchemy raised; chain it from ``cause(error)``. ``subject`` names the database."""
    if isinstance(error, PoolTimeout):
        return StoreBusy("all connections to the database are in use; try again in a moment", subject=subject)
    if not isinstance(error, DBAPIError) or error.orig is None:
        return StoreError("the database was used wrongly; please report this", subject=subject)
    state = getattr(error.orig, "sqlstate", None)
    if state:
        for prefix, kind, message in SQLSTATES:
            if state.startswith(prefix):
                return kind(message, subject=subject)
    if isinstance(error, IntegrityError):
        return StoreError("the database refused a row that breaks its rules; nothing was written", subject=subject)
    words = str(error.orig).lower()
    for part, kind, message in SQLITE:
        if part in words:
            return kind(message, subject=subject)
    if any(part in words for part in ("authentication", "role ", "password")):
        return StoreError(LOGIN, subject=subject)
    if error.connection_invalidated or "connection" in words or "could not translate host" in words:
        return StoreError(UNREACHABLE, subject=subject)
    return StoreError("the database failed; nothing was written", subject=subject)


def cause(error: SQLAlchemyError) -> BaseException:
    """The driver's own exception, without SQL and parameters: those may hold story text."""
    return error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
