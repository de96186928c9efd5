"""Every table of Stet, once, for SQLite and PostgreSQL.

Addresses and other long keys are unique by their SHA-256, because PostgreSQL indexes no text beyond 2,700 bytes.
A table's owner is the module of the same name beside this one.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    DDL,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
    false,
    text,
)

from bot.core.model import AlertKind, AlertStatus, Health, Only, SourceKind, WatchState
from bot.store.types import Choice, Id, Json, JsonTuple, Level, Moment, Packed, PackedJson, Words

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[int]:
    return Column("id", Id, primary_key=True, autoincrement=True)


def _words(name: str) -> Column[str]:
    """Text that is never NULL; empty when nothing was said."""
    return Column(name, Words, nullable=False, server_default=text("''"))


def _count(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default=text("0"))


def _json(name: str) -> Column[Any]:
    """A JSON object that is never NULL."""
    return Column(name, Json, nullable=False, server_default=text("'{}'"))


def _list(name: str) -> Column[tuple[Any, ...]]:
    return Column(name, JsonTuple, nullable=False, server_default=text("'[]'"))


def _watch(*, nullable: bool = False, ondelete: str = "CASCADE", primary_key: bool = False) -> Column[int]:
    return Column(
        "watch_id", Id, ForeignKey("watches.id", ondelete=ondelete), nullable=nullable, primary_key=primary_key
    )


meta = Table(
    "meta",
    metadata,
    Column("key", String(100), primary_key=True),
    Column("value", Words, nullable=False),
    Column("updated_at", Moment),
)

sources = Table(
    "sources",
    metadata,
    _id(),
    Column("url", Words, nullable=False),
    Column("url_sha256", String(64), nullable=False, unique=True),
    _words("host"),
    Column("kind", Choice(SourceKind), nullable=False),
    _words("title"),
    _words("outlet"),
    _words("desk"),
    _list("routes"),
    Column("every", Integer),
    _list("include"),
    _list("exclude"),
    Column("max_new_per_check", Integer, nullable=False, server_default=text("50")),
    Column("max_age_days", Integer, nullable=False, server_default=text("7")),
    Column("origin", Text, nullable=False, server_default=text("'cli'")),
    _words("added_by"),
    Column("added_at", Moment, nullable=False),
    Column("state", Choice(WatchState), nullable=False),
    Column("next_check_at", Moment),
    Column("etag", Words),
    Column("last_modified", Words),
    _count("failures"),
    Column("last_error", Words),
    Column("last_checked_at", Moment),
    Column("last_success_at", Moment),
    Column("last_new_at", Moment),
    Column("health", Choice(Health), nullable=False, server_default=text("'ok'")),
    _json("told"),
    Index(None, "state", "next_check_at"),
    sqlite_autoincrement=True,
)

source_links = Table(
    "source_links",
    metadata,
    Column("source_id", Id, ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True),
    Column("link_sha256", String(64), primary_key=True),
    Column("seen_at", Moment, nullable=False),
    Index(None, "seen_at"),
    sqlite_with_rowid=False,
)

watches = Table(
    "watches",
    metadata,
    _id(),
    Column("url", Words, nullable=False),
    Column("key", Words, nullable=False),
    Column("key_sha256", String(64), nullable=False, unique=True),
    _words("host"),
    _words("outlet"),
    _words("desk"),
    _words("label"),
    Column("state", Choice(WatchState), nullable=False),
    Column("every", Integer),
    Column("min_severity", Level),
    _list("routes"),
    Column("profile", Text, nullable=False, server_default=text("'story'")),
    Column("origin", Text, nullable=False, server_default=text("'cli'")),
    Column("source_id", Id, ForeignKey("sources.id", ondelete="SET NULL")),
    _words("added_by"),
    Column("added_at", Moment, nullable=False),
    Column("next_check_at", Moment),
    Column("leased_until", Moment),  # what a claim put into next_check_at: while they are the same, it is held
    Column("claimed_by", String(100)),
    Column("etag", Words),
    Column("last_modified", Words),
    Column("quick_key", Words),
    Column("body_hash", Words),
    Column("charset", Words),
    Column("recipe", Words),
    _count("failures"),
    Column("last_error", Words),
    Column("last_error_kind", Text),
    Column("failing_since", Moment),
    Column("last_checked_at", Moment),
    Column("last_success_at", Moment),
    Column("last_changed_at", Moment),
    _count("quiet_checks"),
    Column("published_at", Moment),
    _count("latest_n"),
    _words("headline"),
    Column("is_live", Boolean, nullable=False, server_default=false()),
    Column("health", Choice(Health), nullable=False, server_default=text("'ok'")),
    _json("told"),
    Column("hold", Json),
    Column("remembered", Json),
    Column("muted_until", Moment),
    _words("muted_by"),
    Column("hidden_reason", Words),
    Column("hidden_at", Moment),
    _words("hidden_by"),
    Index(None, "state", "next_check_at"),
    Index(None, "source_id"),
    Index(None, "last_changed_at"),
    sqlite_autoincrement=True,
)

versions = Table(
    "versions",
    metadata,
    _id(),
    _watch(),
    Column("n", Integer, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("headline_hash", String(64), nullable=False),
    Column("body_hash", String(64), nullable=False),
    _words("headline"),
    _count("words"),
    _words("recipe"),
    Column("raw_sha256", String(64)),
    Column("story_sha256", String(64), nullable=False),
    Column("chain", String(64), nullable=False),
    _words("final_url"),
    Column("status", Integer, nullable=False, server_default=text("200")),
    _list("headers"),
    Column("stored_at", Moment, nullable=False),
    Column("story", Packed),  # canonical Story JSON; NULL once pruned: number, times, hashes and headline stay
    UniqueConstraint("watch_id", "n"),
    Index(None, "watch_id", "fingerprint"),
    Index(None, "seen_at"),
    Index(None, "raw_sha256"),
    sqlite_autoincrement=True,
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("size", Integer, nullable=False),
    Column("stored_at", Moment, nullable=False),
    Column("raw", Packed, nullable=False),
    Index(None, "stored_at"),
)

changes = Table(
    "changes",
    metadata,
    _id(),
    _watch(),
    Column("old_n", Integer, nullable=False),
    Column("new_n", Integer, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("severity", Level, nullable=False),
    Column("status", Text, nullable=False),
    _list("kinds"),
    _words("summary"),
    _list("flags"),
    _count("words_added"),
    _count("words_removed"),
    _json("decisions"),
    Column("comparison", PackedJson, nullable=False),
    UniqueConstraint("watch_id", "old_n", "new_n"),
    Index(None, "seen_at"),
    Index(None, "severity", "seen_at"),
    Index(None, "watch_id", "severity", "seen_at"),  # covers: has this story a change of that level in that time?
    sqlite_autoincrement=True,
)

alerts = Table(
    "alerts",
    metadata,
    _id(),
    Column("public_id", String(32), nullable=False, unique=True),
    Column("key", Words, nullable=False),
    Column("key_sha256", String(64), nullable=False, unique=True),
    Column("kind", Choice(AlertKind), nullable=False),
    _words("route"),
    Column("channel", String(40), nullable=False),
    _words("address"),
    Column("target", Words, nullable=False),
    Column("severity", Level, nullable=False),
    _watch(nullable=True, ondelete="SET NULL"),
    Column("change_id", Id, ForeignKey("changes.id", ondelete="SET NULL")),
    Column("old_n", Integer),
    Column("new_n", Integer),
    _json("payload"),
    Column("status", Choice(AlertStatus), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("not_before", Moment),
    _count("attempts"),
    Column("first_try_at", Moment),
    Column("next_try_at", Moment),
    Column("leased_until", Moment),
    Column("claimed_by", String(100)),
    Column("sent_at", Moment),
    Column("receipt", Json),
    Column("last_error", Words),
    Column("maybe_sent", Boolean, nullable=False, server_default=false()),
    Column("folded_into", Id),
    Index(None, "status", "target", "id"),
    Index(None, "target", "id"),
    Index(None, "watch_id"),
    Index(None, "change_id"),
    Index(None, "created_at"),
    sqlite_autoincrement=True,
)

targets = Table(
    "targets",
    metadata,
    Column("key", String(400), primary_key=True),
    Column("paused_at", Moment),
    Column("paused_reason", Words),
    _count("failures"),
    Column("last_error", Words),
    Column("last_failure_at", Moment),
    Column("last_success_at", Moment),
    _json("settings"),
)

unsubscribes = Table(
    "unsubscribes",
    metadata,
    Column("target", String(400), primary_key=True),
    Column("rule", String(200), primary_key=True),
    Column("at", Moment, nullable=False),
)

route_states = Table(
    "route_states",
    metadata,
    _watch(primary_key=True),
    Column("route", String(200), primary_key=True),
    _json("state"),
    Column("due_at", Moment),
    Index(None, "due_at"),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    _id(),
    _watch(),
    _words("team"),
    Column("channel", String(100), nullable=False),
    _words("channel_name"),
    _words("label"),
    Column("only", Choice(Only), nullable=False, server_default=text("'all'")),
    Column("min_severity", Level),
    _words("added_by"),
    Column("added_at", Moment, nullable=False),
    Column("muted_until", Moment),
    _words("muted_by"),
    UniqueConstraint("watch_id", "team", "channel"),
    Index(None, "channel"),
    sqlite_autoincrement=True,
)

notices = Table(
    "notices",
    metadata,
    Column("key", String(400), primary_key=True),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    _count("times"),
    _json("details"),
)

hosts = Table(
    "hosts",
    metadata,
    Column("host", String(300), primary_key=True),
    Column("robots", Words),
    Column("robots_status", Integer),
    Column("robots_fetched_at", Moment),
    Column("robots_expires_at", Moment),
    Column("retry_after", Moment),  # nothing is fetched from this host before
    Column("crawl_delay", Float),  # seconds
    _count("failures"),
    Column("last_failure_at", Moment),
    Column("last_success_at", Moment),
    _json("state"),
)

line_counts = Table(
    "line_counts",
    metadata,
    Column("outlet", String(300), primary_key=True),
    Column("line_sha256", String(64), primary_key=True),
    _count("stories"),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Index(None, "last_at"),
)

threads = Table(
    "threads",
    metadata,
    _id(),
    _words("team"),
    Column("channel", String(100), nullable=False),
    _watch(),
    Column("ts", Text, nullable=False),
    _count("changes"),
    Column("started_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    _json("state"),
    UniqueConstraint("team", "channel", "watch_id", "ts"),
    Index(None, "channel", "ts"),
    sqlite_autoincrement=True,
)

mail_threads = Table(
    "mail_threads",
    metadata,
    Column("recipient", String(400), primary_key=True),  # a mail address in lower case
    _watch(primary_key=True),
    _words("subject"),  # of the first mail; the thread keeps it
    Column("alert", String(32), nullable=False),  # public id of the alert that began it
)

audit = Table(
    "audit",
    metadata,
    _id(),
    Column("at", Moment, nullable=False),
    _words("actor"),
    _words("via"),
    Column("action", String(100), nullable=False),
    _words("subject"),
    _watch(nullable=True, ondelete="SET NULL"),
    _words("team"),
    _words("channel"),
    _json("details"),
    Index(None, "at"),
    Index(None, "watch_id"),
    sqlite_autoincrement=True,
)

digests = Table(
    "digests",
    metadata,
    _id(),
    Column("recipient", String(400), nullable=False),
    Column("rule", String(200), nullable=False),
    Column("local_date", String(10), nullable=False),
    Column("window_start", Moment, nullable=False),
    Column("window_end", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("alert_id", Id, ForeignKey("alerts.id", ondelete="SET NULL")),
    _count("stories"),
    _count("changes"),
    _json("details"),
    UniqueConstraint("recipient", "rule", "local_date"),
    sqlite_autoincrement=True,
)

feedback = Table(
    "feedback",
    metadata,
    _id(),
    Column("at", Moment, nullable=False),
    _watch(nullable=True, ondelete="SET NULL"),
    Column("change_id", Id, ForeignKey("changes.id", ondelete="CASCADE")),
    Column("alert_id", Id, ForeignKey("alerts.id", ondelete="SET NULL")),
    Column("verdict", String(40), nullable=False),
    Column("actor", String(200), nullable=False),
    _words("team"),
    _words("channel"),
    _json("details"),
    UniqueConstraint("change_id", "actor", "verdict"),
    Index(None, "watch_id"),
    sqlite_autoincrement=True,
)

installations = Table(
    "installations",
    metadata,
    _id(),
    Column("enterprise", String(40), nullable=False, server_default=text("''")),
    Column("team", String(40), nullable=False, server_default=text("''")),
    Column("installer", String(40), nullable=False, server_default=text("''")),
    Column("installed_at", Moment, nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # tokens, encrypted with the secret key
    _json("details"),
    UniqueConstraint("enterprise", "team", "installer"),
    sqlite_autoincrement=True,
)

oauth_states = Table(
    "oauth_states",
    metadata,
    Column("state_sha256", String(64), primary_key=True),
    Column("expires_at", Moment, nullable=False),
)

seen_events = Table(
    "seen_events",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("at", Moment, nullable=False),
    Index(None, "at"),
)

story_texts = Table(
    "story_texts",
    metadata,
    _watch(primary_key=True),
    Column("lines", PackedJson, nullable=False),  # [[field, text, first version, last version], …], each text once
    Column("words", Words, nullable=False),  # the same, folded for searching; see search.py
)


def _ddl(statement: str, dialect: str) -> Any:
    return DDL(statement).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]


# The index over story_texts.words follows its table by triggers on SQLite; on PostgreSQL it is a generated column.
for _statement in (
    "CREATE VIRTUAL TABLE story_search USING fts5("
    "words, content='story_texts', content_rowid='watch_id', tokenize='unicode61')",
    "CREATE TRIGGER story_texts_ai AFTER INSERT ON story_texts BEGIN "
    "INSERT INTO story_search(rowid, words) VALUES (new.watch_id, new.words); END",
    "CREATE TRIGGER story_texts_ad AFTER DELETE ON story_texts BEGIN "
    "INSERT INTO story_search(story_search, rowid, words) VALUES ('delete', old.watch_id, old.words); END",
    "CREATE TRIGGER story_texts_au AFTER UPDATE OF words ON story_texts BEGIN "
    "INSERT INTO story_search(story_search, rowid, words) VALUES ('delete', old.watch_id, old.words); "
    "INSERT INTO story_search(rowid, words) VALUES (new.watch_id, new.words); END",
):
    event.listen(story_texts, "after_create", _ddl(_statement, "sqlite"))
for _statement in (
    "ALTER TABLE story_texts ADD COLUMN found tsvector GENERATED ALWAYS AS (to_tsvector('simple', words)) STORED",
    "CREATE INDEX ix_story_texts_found ON story_texts USING gin (found)",
):
    event.listen(story_texts, "after_create", _ddl(_statement, "postgresql"))
