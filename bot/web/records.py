"""The records of the JSON beside each page: a story, a version, a change. Keys keep their names and meaning. Pure."""

from __future__ import annotations

from typing import Any

from bot.core.model import Change, Version, Watch


def watch_json(watch: Watch, base: str) -> dict[str, Any]:
    """A story's public facts."""
    return {
        "id": watch.id,
        "url": watch.url,
        "outlet": watch.outlet,
        "desk": watch.desk,
        "label": watch.label,
        "headline": watch.headline,
        "state": watch.state.value,
        "health": watch.health.value,
        "versions_count": watch.latest_n,
        "is_live": watch.is_live,
        "added_at": watch.added_at,
        "published_at": watch.published_at,
        "last_checked_at": watch.last_checked_at,
        "last_changed_at": watch.last_changed_at,
        "next_check_at": watch.next_check_at,
        "links": {
            "page": f"{base}/stories/{watch.id}",
            "json": f"{base}/stories/{watch.id}.json",
            "feed": f"{base}/stories/{watch.id}/feed.atom",
        },
    }


def version_json(found: Version, base: str) -> dict[str, Any]:
    """A version's record, without its text."""
    return {
        "watch": found.watch_id,
        "n": found.n,
        "seen_at": found.seen_at,
        "headline": found.headline,
        "words": found.words,
        "status": found.status,
        "final_url": found.final_url,
        "recipe": found.recipe,
        "fingerprint": found.fingerprint,
        "raw_sha256": found.raw_sha256,
        "story_sha256": found.story_sha256,
        "chain": found.chain,
        "links": {"page": f"{base}/stories/{found.watch_id}/versions/{found.n}"},
    }


def change_json(change: Change, base: str) -> dict[str, Any]:
    """A change, without its comparison."""
    return {
        "id": change.id,
        "watch": change.watch_id,
        "old": change.old_n,
        "new": change.new_n,
        "seen_at": change.seen_at,
        "severity": int(change.severity),
        "severity_name": change.severity.word,
        "kinds": list(change.kinds),
        "flags": list(change.flags),
        "summary": change.summary,
        "words_added": change.words_added,
        "words_removed": change.words_removed,
        "links": {"diff": f"{base}/stories/{change.watch_id}/diff/{change.old_n}..{change.new_n}"},
    }
