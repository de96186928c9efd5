"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")

SEARCH = {
    "sqlite": (
        "CREATE VIRTUAL TABLE story_search USING fts5("
        "words, content='story_texts', content_rowid='watch_id', tokenize='unicode61')",
        "CREATE TRIGGER story_texts_ai AFTER INSERT ON story_texts BEGIN "
        "INSERT INTO story_search(rowid, words) VALUES (new.watch_id, new.words); END",
        "CREATE TRIGGER story_texts_ad AFTER DELETE ON story_texts BEGIN "
        "INSERT INTO story_search(story_search, rowid, words) VALUES ('delete', old.watch_id, old.words); END",
        "CREATE TRIGGER story_texts_au AFTER UPDATE OF words ON story_texts BEGIN "
        "INSERT INTO story_search(story_search, rowid, words) VALUES ('delete', old.watch_id, old.words); "
        "INSERT INTO story_search(rowid, words) VALUES (new.watch_id, new.words); END",
    ),
    "postgresql": (
        "ALTER TABLE story_texts ADD COLUMN found tsvector GENERATED ALWAYS AS (to_tsvector('simple', words)) STORED",
        "CREATE INDEX ix_story_texts_found ON story_texts USING gin (found)",
    ),
}


def upgrade() -> None:
    """Create everything."""
    _tables()
    connection = op.get_bind()
    for statement in SEARCH[connection.dialect.name]:
        connection.exec_driver_sql(statement)


def _tables() -> None:
    op.create_table(
        "hosts",
        sa.Column("host", sa.String(300), nullable=False),
        sa.Column("robots", sa.Text(), nullable=True),
        sa.Column("robots_status", sa.Integer(), nullable=True),
        sa.Column("robots_fetched_at", MOMENT, nullable=True),
        sa.Column("robots_expires_at", MOMENT, nullable=True),
        sa.Column("retry_after", MOMENT, nullable=True),
        sa.Column("crawl_delay", sa.Float(), nullable=True),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_failure_at", MOMENT, nullable=True),
        sa.Column("last_success_at", MOMENT, nullable=True),
        sa.Column("state", sa.Text(), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_hosts")),
    )
    op.create_table(
        "installations",
        sa.Column("id", ID, nullable=False, autoincrement=True),
        sa.Column("enterprise", sa.String(40), server_default=sa.text("''"), nullable=False),
        sa.Column("team", sa.String(40), server_default=sa.text("''"), nullable=False),
        sa.Column("installer", sa.String(40), server_default=sa.text("''"), nullable=False),
        sa.Column("installed_at", MOMENT, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("details", sa.Text(), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installations")),
        sa.UniqueConstraint("enterprise", "team", "installer", name=op.f("uq_installations_enterprise_team_installer")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "line_counts",
        sa.Column("outlet", sa.String(300), nullable=False),
        sa.Column("line_sha256", sa.String(64), nullable=False),
        sa.Column("stories", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("first_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("outlet", "line_sha256", name=op.f("pk_line_counts")),
    )
    op.create_index(op.f("ix_line_counts_last_at"), "line_counts", ["last_at"])
    op.create_table(
        "meta",
        sa.Column("key", sa.String(100), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
    )
    op.create_table(
        "notices",
        sa.Column("key", sa.String(400), nullable=False),
        sa.Column("first_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.Column("times", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("details", sa.Text(), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_notices")),
    )
    op.create_table(
        "oauth_states",
        sa.Column("state_sha256", sa.String(64), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("state_sha256", name=op.f("pk_oauth_states")),
    )
    op.create_table(
        "seen_events",
        sa.Column("id", sa.String(200), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seen_events")),
    )
    op.create_index(op.f("ix_seen_events_at"), "seen_events", ["at"])
    op.create_table(
        "snapshots",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("stored_at", MOMENT, nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_snapshots")),
    )
    op.create_index(op.f("ix_snapshots_stored_at"), "snapshots", ["stored_at"])
    op.create_table(
        "sources",
        sa.Column("id", ID, nullable=False, autoincrement=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("url_sha256", sa.String(64), nullable=False),
        sa.Column("host", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("outlet", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("desk", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("routes", sa.Text(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("every", sa.Integer(), nullable=True),
        sa.Column("include", sa.Text(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("exclude", sa.Text(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("max_new_per_check", sa.Integer(), server_default=sa.text("50"), nullable=False),
        sa.Column("max_age_days", sa.Integer(), server_default=sa.text("7"), nullable=False),
        sa.Column("origin", sa.Text(), server_default=sa.text("'cli'"), nullable=False),
        sa.Column("added_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("next_check_at", MOMENT, nullable=True),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("last_checked_at", MOMENT, nullable=True),
        sa.Column("last_success_at", MOMENT, nullable=True),
        sa.Column("last_new_at", MOMENT, nullable=True),
        sa.Column("health", sa.Text(), server_default=sa.text("'ok'"), nullable=False),
        sa.Column("told", sa.Text(), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
        sa.UniqueConstraint("url_sha256", name=op.f("uq_sources_url_sha256")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_sources_state_next_check_at"), "sources", ["state", "next_check_at"])
    op.create_table(
        "targets",
        sa.Column("key", sa.String(400), nullable=False),
        sa.Column("paused_at", MOMENT, nullable=True),
        sa.Column("paused_reason", sa.Text(), nullable=True),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("last_failure_at", MOMENT, nullable=True),
        sa.Column("last_success_at", MOMENT, nullable=True),
        sa.Column("settings", sa.Text(), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_targets")),
    )
    op.create_table(
        "unsubscribes",
        sa.Column("target", sa.String(400), nullable=False),
        sa.Column("rule", sa.String(200), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("target", "rule", name=op.f("pk_unsubscribes")),
    )
    op.create_table(
        "source_links",
        sa.Column("source_id", ID, nullable=False),
        sa.Column("link_sha256", sa.String(64), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("source_id", "link_sha256", name=op.f("pk_source_links")),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name=op.f("fk_source_links_source_id_sources"), ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_source_links_seen_at"), "source_links", ["seen_at"])
    op.create_table(
        "watches",
        sa.Column("id", ID, nullable=False, autoincrement=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("key_sha256", sa.String(64), nullable=False),
        sa.Column("host", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("outlet", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("desk", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("label", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("every", sa.Integer(), nullable=True),
        sa.Column("min_severity", sa.SmallInteger(), nullable=True),
        sa.Column("routes", sa.Text(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("profile", sa.Text(), server_default=sa.text("'story'"), nullable=False),
        sa.Column("origin", sa.Text(), server_default=sa.text("'cli'"), nullable=False),
        sa.Column("source_id", ID, nullable=True),
        sa.Column("added_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("next_check_at", MOMENT, nullable=True),
        sa.Column("leased_until", MOMENT, nullable=True),
        sa.Column("claimed_by", sa.String(100), nullable=True),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("quick_key", sa.Text(), nullable=True),
        sa.Column("body_hash", sa.Text(), nullable=True),
        sa.Column("charset", sa.Text(), nullable=True),
        sa.Column("recipe", sa.Text(), nullable=True),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("last_error_kind", sa.Text(), nullable=True),
        sa.Column("failing_since", MOMENT, nullable=True),
        sa.Column("last_checked_at", MOMENT, nullable=True),
        sa.Column("last_success_at", MOMENT, nullable=True),
        sa.Column("last_changed_at", MOMENT, nullable=True),
        sa.Column("quiet_checks", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.Column("latest_n", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("headline", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("is_live", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("health", sa.Text(), server_default=sa.text("'ok'"), nullable=False),
        sa.Column("told", sa.Text(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("hold", sa.Text(), nullable=True),
        sa.Column("remembered", sa.Text(), nullable=True),
        sa.Column("muted_until", MOMENT, nullable=True),
        sa.Column("muted_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("hidden_reason", sa.Text(), nullable=True),
        sa.Column("hidden_at", MOMENT, nullable=True),
        sa.Column("hidden_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watches")),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name=op.f("fk_watches_source_id_sources"), ondelete="SET NULL"
        ),
        sa.UniqueConstraint("key_sha256", name=op.f("uq_watches_key_sha256")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_watches_last_changed_at"), "watches", ["last_changed_at"])
    op.create_index(op.f("ix_watches_source_id"), "watches", ["source_id"])
    op.create_index(op.f("ix_watches_state_next_check_at"), "watches", ["state", "next_check_at"])
    op.create_table(
        "audit",
        sa.Column("id", ID, nullable=False, autoincrement=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("via", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("action", sa.String(100), nullable=False),
        sa.Column("subject", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("watch_id", ID, nullable=True),
        sa.Column("team", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("channel", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("details", sa.Text(), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sa.ForeignKeyConstraint(
            ["watch_id"], ["watches.id"], name=op.f("fk_audit_watch_id_watches"), ondelete="SET NULL"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_audit_at"), "audit", ["at"])
    op.create_index(op.f("ix_audit_watch_id"), "audit", ["watch_id"])
    op.create_table(
        "changes",
        sa.Column("id", ID, nullable=False, autoincrement=True),
        sa.Column("watch_id", ID, nullable=False),
        sa.Column("old_n", sa.Integer(), nullable=False),
        sa.Column("new_n", sa.Integer(), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("kinds", sa.Text(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("summary", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("flags", sa.Text(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("words_added", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("words_removed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("decisions", sa.Text(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("comparison", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
        sa.ForeignKeyConstraint(
            ["watch_id"], ["watches.id"], name=op.f("fk_changes_watch_id_watches"), ondelete="CASCADE"
        ),
        sa.UniqueConstraint("watch_id", "old_n", "new_n", name=op.f("uq_changes_watch_id_old_n_new_n")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_changes_seen_at"), "changes", ["seen_at"])
    op.create_index(op.f("ix_changes_severity_seen_at"), "changes", ["severity", "seen_at"])
    op.create_index(op.f("ix_changes_watch_id_severity_seen_at"), "changes", ["watch_id", "severity", "seen_at"])
    op.create_table(
        "mail_threads",
        sa.Column("recipient", sa.String(400), nullable=False),
        sa.Column("watch_id", ID, nullable=False),
        sa.Column("subject", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("alert", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("recipient", "watch_id", name=op.f("pk_mail_threads")),
        sa.ForeignKeyConstraint(
            ["watch_id"], ["watches.id"], name=op.f("fk_mail_threads_watch_id_watches"), ondelete="CASCADE"
        ),
    )
    op.create_table(
        "route_states",
        sa.Column("watch_id", ID, nullable=False),
        sa.Column("route", sa.String(200), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("watch_id", "route", name=op.f("pk_route_states")),
        sa.ForeignKeyConstraint(
            ["watch_id"], ["watches.id"], name=op.f("fk_route_states_watch_id_watches"), ondelete="CASCADE"
        ),
    )
    op.create_index(op.f("ix_route_states_due_at"), "route_states", ["due_at"])
    op.create_table(
        "story_texts",
        sa.Column("watch_id", ID, nullable=False),
        sa.Column("lines", sa.LargeBinary(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("watch_id", name=op.f("pk_story_texts")),
        sa.ForeignKeyConstraint(
            ["watch_id"], ["watches.id"], name=op.f("fk_story_texts_watch_id_watches"), ondelete="CASCADE"
        ),
    )
    op.create_table(
        "subscriptions",
        sa.Column("id", ID, nullable=False, autoincrement=True),
        sa.Column("watch_id", ID, nullable=False),
        sa.Column("team", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("channel", sa.String(100), nullable=False),
        sa.Column("channel_name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("label", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("only", sa.Text(), server_default=sa.text("'all'"), nullable=False),
        sa.Column("min_severity", sa.SmallInteger(), nullable=True),
        sa.Column("added_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("muted_until", MOMENT, nullable=True),
        sa.Column("muted_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
        sa.ForeignKeyConstraint(
            ["watch_id"], ["watches.id"], name=op.f("fk_subscriptions_watch_id_watches"), ondelete="CASCADE"
        ),
        sa.UniqueConstraint("watch_id", "team", "channel", name=op.f("uq_subscriptions_watch_id_team_channel")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_subscriptions_channel"), "subscriptions", ["channel"])
    op.create_table(
        "threads",
        sa.Column("id", ID, nullable=False, autoincrement=True),
        sa.Column("team", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("channel", sa.String(100), nullable=False),
        sa.Column("watch_id", ID, nullable=False),
        sa.Column("ts", sa.Text(), nullable=False),
        sa.Column("changes", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_threads")),
        sa.ForeignKeyConstraint(
            ["watch_id"], ["watches.id"], name=op.f("fk_threads_watch_id_watches"), ondelete="CASCADE"
        ),
        sa.UniqueConstraint("team", "channel", "watch_id", "ts", name=op.f("uq_threads_team_channel_watch_id_ts")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_threads_channel_ts"), "threads", ["channel", "ts"])
    op.create_table(
        "versions",
        sa.Column("id", ID, nullable=False, autoincrement=True),
        sa.Column("watch_id", ID, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("headline_hash", sa.String(64), nullable=False),
        sa.Column("body_hash", sa.String(64), nullable=False),
        sa.Column("headline", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("words", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("recipe", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("raw_sha256", sa.String(64), nullable=True),
        sa.Column("story_sha256", sa.String(64), nullable=False),
        sa.Column("chain", sa.String(64), nullable=False),
        sa.Column("final_url", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("status", sa.Integer(), server_default=sa.text("200"), nullable=False),
        sa.Column("headers", sa.Text(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("stored_at", MOMENT, nullable=False),
        sa.Column("story", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_versions")),
        sa.ForeignKeyConstraint(
            ["watch_id"], ["watches.id"], name=op.f("fk_versions_watch_id_watches"), ondelete="CASCADE"
        ),
        sa.UniqueConstraint("watch_id", "n", name=op.f("uq_versions_watch_id_n")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_versions_raw_sha256"), "versions", ["raw_sha256"])
    op.create_index(op.f("ix_versions_seen_at"), "versions", ["seen_at"])
    op.create_index(op.f("ix_versions_watch_id_fingerprint"), "versions", ["watch_id", "fingerprint"])
    op.create_table(
        "alerts",
        sa.Column("id", ID, nullable=False, autoincrement=True),
        sa.Column("public_id", sa.String(32), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("key_sha256", sa.String(64), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("address", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("watch_id", ID, nullable=True),
        sa.Column("change_id", ID, nullable=True),
        sa.Column("old_n", sa.Integer(), nullable=True),
        sa.Column("new_n", sa.Integer(), nullable=True),
        sa.Column("payload", sa.Text(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("not_before", MOMENT, nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("first_try_at", MOMENT, nullable=True),
        sa.Column("next_try_at", MOMENT, nullable=True),
        sa.Column("leased_until", MOMENT, nullable=True),
        sa.Column("claimed_by", sa.String(100), nullable=True),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("maybe_sent", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("folded_into", ID, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.ForeignKeyConstraint(
            ["change_id"], ["changes.id"], name=op.f("fk_alerts_change_id_changes"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["watch_id"], ["watches.id"], name=op.f("fk_alerts_watch_id_watches"), ondelete="SET NULL"
        ),
        sa.UniqueConstraint("key_sha256", name=op.f("uq_alerts_key_sha256")),
        sa.UniqueConstraint("public_id", name=op.f("uq_alerts_public_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_alerts_change_id"), "alerts", ["change_id"])
    op.create_index(op.f("ix_alerts_created_at"), "alerts", ["created_at"])
    op.create_index(op.f("ix_alerts_status_target_id"), "alerts", ["status", "target", "id"])
    op.create_index(op.f("ix_alerts_target_id"), "alerts", ["target", "id"])
    op.create_index(op.f("ix_alerts_watch_id"), "alerts", ["watch_id"])
    op.create_table(
        "digests",
        sa.Column("id", ID, nullable=False, autoincrement=True),
        sa.Column("recipient", sa.String(400), nullable=False),
        sa.Column("rule", sa.String(200), nullable=False),
        sa.Column("local_date", sa.String(10), nullable=False),
        sa.Column("window_start", MOMENT, nullable=False),
        sa.Column("window_end", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("alert_id", ID, nullable=True),
        sa.Column("stories", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("changes", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("details", sa.Text(), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digests")),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alerts.id"], name=op.f("fk_digests_alert_id_alerts"), ondelete="SET NULL"
        ),
        sa.UniqueConstraint("recipient", "rule", "local_date", name=op.f("uq_digests_recipient_rule_local_date")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "feedback",
        sa.Column("id", ID, nullable=False, autoincrement=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("watch_id", ID, nullable=True),
        sa.Column("change_id", ID, nullable=True),
        sa.Column("alert_id", ID, nullable=True),
        sa.Column("verdict", sa.String(40), nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("team", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("channel", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("details", sa.Text(), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alerts.id"], name=op.f("fk_feedback_alert_id_alerts"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["change_id"], ["changes.id"], name=op.f("fk_feedback_change_id_changes"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["watch_id"], ["watches.id"], name=op.f("fk_feedback_watch_id_watches"), ondelete="SET NULL"
        ),
        sa.UniqueConstraint("change_id", "actor", "verdict", name=op.f("uq_feedback_change_id_actor_verdict")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_feedback_watch_id"), "feedback", ["watch_id"])
